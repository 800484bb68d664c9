"""The least type that holds the values of two."""

from __future__ import annotations

from dataclasses import replace

from vitrail.dtypes import (
    BoxLayer,
    DType,
    Image,
    List,
    MaskLayer,
    Medium,
    Mixed,
    Nothing,
    Number,
    Optional,
    Struct,
    optional,
    required,
)
from vitrail.errors import Invalid


def union(left: DType, right: DType, place: str) -> DType:
    """The least type that holds the values of both: integers and floats are numbers, structs have the
    parts of both, pictures the layers and classes of both, `Nothing` makes the other optional, and
    `Mixed` holds everything.

    Args:
        left: a type.
        right: another.
        place: what the types belong to, for the message.

    Raises:
        Invalid: there is none; the message names the place and both types.
    """
    if left == right:
        return left
    match left, right:
        case (Nothing(), other) | (other, Nothing()):
            return optional(other)
        case (Optional(), _) | (_, Optional()):
            return optional(union(required(left), required(right), place))
        case (Mixed(), _) | (_, Mixed()):
            return Mixed()
        case Number(), Number():
            unit = left.unit if left.unit == right.unit else None
            return Number(bool(left.integer and right.integer), unit)
        case List(), List():
            return List(union(left.item, right.item, f"an item of {place}"))
        case (Medium(), _) | (_, Medium()) if not _same_medium(left, right):
            raise Invalid(f"{place} holds {left} and {right}, which have no type in common")
        case Struct(parts=tuple(mine)), Struct(parts=tuple(theirs)):
            parts = {name: optional(dtype) for name, dtype in (*mine, *theirs)}
            both = dict(theirs)
            for name, dtype in mine:
                if name in both:
                    parts[name] = union(dtype, both[name], f"{place}.{name}")
            return replace(left, parts=tuple(parts.items()))
        case Image(), Image():
            boxes = {layer.name: layer for layer in left.boxes or ()}
            for box in right.boxes or ():
                known = boxes.get(box.name, box)
                scores = tuple(dict.fromkeys((*known.scores, *box.scores)))
                classes = _classes(known.classes, box.classes, f"{place}, boxes {box.name!r}")
                boxes[box.name] = BoxLayer(box.name, scores, classes)
            masks = {layer.name: layer for layer in left.masks or ()}
            for mask in right.masks or ():
                known_mask = masks.get(mask.name, mask)
                classes = _classes(known_mask.classes, mask.classes, f"{place}, mask {mask.name!r}")
                masks[mask.name] = MaskLayer(mask.name, classes)
            own = _classes(left.classes or (), right.classes or (), place)
            by_name = sorted(boxes.values(), key=lambda b: b.name)
            return Image(tuple(by_name), tuple(sorted(masks.values(), key=lambda m: m.name)), own)
        case _:
            raise Invalid(f"{place} holds {left} and {right}, which have no type in common")


def _same_medium(left: DType, right: DType) -> bool:
    return isinstance(left, Medium) and isinstance(right, Medium) and left.name == right.name


def _classes(
    left: tuple[tuple[int, str], ...], right: tuple[tuple[int, str], ...], place: str
) -> tuple[tuple[int, str], ...]:
    names = dict(left)
    for number, name in right:
        if names.setdefault(number, name) != name:
            raise Invalid(
                f"class {number} of {place} is called {names[number]!r} and {name!r}; "
                "one column takes one set of classes"
            )
    return tuple(sorted(names.items()))
