"""The types a column may have, and the patterns by which a visualizer says which of them it draws.

A type and a pattern are the same kind of object. In a pattern, `Any()` is a hole that admits every
type, and a parameter left at None admits every value of it: `Number()` admits integers and floats,
`Struct()` every struct, `List(Any())` every list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any as Json
from typing import ClassVar, Literal, Self

from vitrail.errors import Invalid


@dataclass(frozen=True, slots=True)
class DType:
    """What a value is. Frozen, hashable, equal by content."""

    kind: ClassVar[str]

    def admits(self, other: DType) -> bool:
        """Whether a visualizer that declares this pattern draws values of type `other`.

        A pattern that admits T admits `Optional(T)` too: the frame draws missing values.
        """
        if isinstance(other, Optional) and not isinstance(self, Optional):
            return self.admits(other.item)
        return type(self) is type(other) and self._parameters_admit(other)

    def _parameters_admit(self, other: Self) -> bool:
        wanted = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return all(
            mine is None or (mine.admits(theirs) if isinstance(mine, DType) else mine == theirs)
            for mine, theirs in wanted
        )

    @property
    def depth(self) -> int:
        """How much a pattern says: the number of its nested types; holes count nothing."""
        return 1 + sum(
            value.depth for f in fields(self) if isinstance(value := getattr(self, f.name), DType)
        )

    def field(self, name: str) -> tuple[DType, str] | None:
        """The type of the part that `name` leads to and its name in storage; None if there is none."""
        return None

    @property
    def field_names(self) -> tuple[str, ...]:
        """The names that `field` knows, in order."""
        return ()

    def to_json(self) -> dict[str, Json]:
        """The type as a JSON document; `dtype_from_json` reads it back."""
        return {"type": self.kind} | {
            f.name: _to_json(value) for f in fields(self) if (value := getattr(self, f.name)) is not None
        }

    def __str__(self) -> str:
        inside = ", ".join(
            str(v) if isinstance(v, DType) else f"{f.name}={v!r}"
            for f in fields(self)
            if (v := getattr(self, f.name)) is not None and f.repr
        )
        return f"{type(self).__name__}({inside})" if inside else type(self).__name__


@dataclass(frozen=True, slots=True)
class Any(DType):
    """A hole in a pattern: admits every type. No column has it."""

    kind = "any"

    def admits(self, other: DType) -> bool:
        return True

    @property
    def depth(self) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Nothing(DType):
    """The type of a column in which nothing was ever put."""

    kind = "nothing"


@dataclass(frozen=True, slots=True)
class Number(DType):
    """An integer (64 bit, signed) or a float (64 bit).

    Attributes:
        integer: whether all values are whole; None in a pattern that admits both.
        unit: what is counted, such as "px" or "s"; None where it is not known.
    """

    kind = "number"
    integer: bool | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Text(DType):
    """Unicode text."""

    kind = "text"


@dataclass(frozen=True, slots=True)
class Boolean(DType):
    """True or false."""

    kind = "boolean"


@dataclass(frozen=True, slots=True)
class Timestamp(DType):
    """A point in time, to the microsecond.

    Attributes:
        form: "instant" (knows its zone, kept as UTC), "naive" (a clock's reading without a zone) or
            "date" (a calendar day); None in a pattern that admits all three.
    """

    kind = "timestamp"
    form: Literal["instant", "naive", "date"] | None = None


@dataclass(frozen=True, slots=True)
class Mixed(DType):
    """A value of any kind, which itself says what it is: a number here, a text or a list there."""

    kind = "mixed"


@dataclass(frozen=True, slots=True)
class Optional(DType):
    """A value that may be missing."""

    kind = "optional"
    item: DType

    def admits(self, other: DType) -> bool:
        return self.item.admits(other.item if isinstance(other, Optional) else other)

    @property
    def depth(self) -> int:
        return self.item.depth

    def field(self, name: str) -> tuple[DType, str] | None:
        found = self.item.field(name)
        return (optional(found[0]), found[1]) if found else None

    @property
    def field_names(self) -> tuple[str, ...]:
        return self.item.field_names


@dataclass(frozen=True, slots=True)
class List(DType):
    """Any number of values of one type; what grouping makes of a column."""

    kind = "list"
    item: DType


@dataclass(frozen=True, slots=True)
class Versions(DType):
    """One value for each compared version (None where a version lacks the row).

    Attributes:
        item: the type of each version's value.
        names: the versions' names, first the one compared with; None in a pattern.
    """

    kind = "versions"
    item: DType
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Struct(DType):
    """A record of named parts.

    Attributes:
        parts: (name, type) in order; None in a pattern that admits every struct.
    """

    kind = "struct"
    parts: tuple[tuple[str, DType], ...] | None = None

    def __post_init__(self) -> None:
        names = [name for name, _ in self.parts or ()]
        if len(set(names)) != len(names):
            raise Invalid(f"two parts of a struct have one name: {', '.join(names)}")

    def field(self, name: str) -> tuple[DType, str] | None:
        for place, (known, dtype) in enumerate(self.parts or ()):
            if known == name:
                return dtype, f"f{place}"
        return None

    @property
    def field_names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.parts or ())

    def __str__(self) -> str:
        if self.parts is None:
            return "Struct"
        return f"Struct({', '.join(f'{name}: {dtype}' for name, dtype in self.parts)})"


@dataclass(frozen=True, slots=True)
class Medium(Struct):
    """A value of another distribution's kind, such as a sound: a record that names its files by digest.

    Attributes:
        parts: (name, type) of the record, in order; None in a pattern that admits every record.
        name: the kind's, such as "audio"; None in a pattern that admits every medium.
    """

    kind = "medium"
    name: str | None = None

    def __str__(self) -> str:
        return (self.name or "medium").title()


@dataclass(frozen=True, slots=True)
class BoxLayer:
    """A named layer of boxes over a picture.

    Attributes:
        name: such as "ground_truth".
        scores: the names of the scores that its boxes carry.
        classes: (class id, class name), by id.
    """

    name: str
    scores: tuple[str, ...] = ()
    classes: tuple[tuple[int, str], ...] = ()

    @property
    def box(self) -> Struct:
        """One box of the layer, as queries see it."""
        corner = Number(integer=False)
        corners = tuple((side, corner) for side in ("minX", "maxX", "minY", "maxY"))
        scores = tuple((score, optional(Number(integer=False))) for score in self.scores)
        return Struct(
            (
                ("class_id", optional(Number(integer=True))),
                ("position", Struct(corners)),
                ("domain", Text()),
                ("box_caption", optional(Text())),
                *((("scores", Struct(scores)),) if scores else ()),
            )
        )


@dataclass(frozen=True, slots=True)
class MaskLayer:
    """A named mask over a picture: for each pixel the id of a class.

    Attributes:
        name: such as "predictions".
        classes: (class id, class name), by id.
    """

    name: str
    classes: tuple[tuple[int, str], ...] = ()

    @property
    def mask(self) -> Struct:
        """The layer's mask, as queries see it: the file's digest, and the ids that occur in it."""
        return Struct((("digest", Text()), ("class_ids", List(Number(integer=True)))))


@dataclass(frozen=True, slots=True)
class Image(DType):
    """A picture with named layers of boxes and masks.

    Attributes:
        boxes: the layers of boxes, by name; None in a pattern that admits every picture.
        masks: the layers of masks, by name; None in a pattern.
        classes: (class id, class name) of the picture itself, by id; None in a pattern.
    """

    kind = "image"
    boxes: tuple[BoxLayer, ...] | None = None
    masks: tuple[MaskLayer, ...] | None = None
    classes: tuple[tuple[int, str], ...] | None = None

    @property
    def record(self) -> Struct:
        """The picture as queries see it: a record whose layers are named parts."""
        layers: list[tuple[str, DType]] = []
        if self.boxes:
            lists = tuple((layer.name, optional(List(layer.box))) for layer in self.boxes)
            layers.append(("boxes", Struct(lists)))
        if self.masks:
            masks = tuple((layer.name, optional(layer.mask)) for layer in self.masks)
            layers.append(("masks", Struct(masks)))
        return Struct(
            (
                ("digest", Text()),
                ("format", Text()),
                ("width", Number(integer=True, unit="px")),
                ("height", Number(integer=True, unit="px")),
                ("caption", optional(Text())),
                *layers,
            )
        )

    def field(self, name: str) -> tuple[DType, str] | None:
        return self.record.field(name)

    @property
    def field_names(self) -> tuple[str, ...]:
        return self.record.field_names

    def __str__(self) -> str:
        layers = [f"boxes {b.name}" for b in self.boxes or ()]
        layers += [f"mask {m.name}" for m in self.masks or ()]
        return f"Image({', '.join(layers)})" if layers else "Image"


@dataclass(frozen=True, slots=True)
class Table(DType):
    """A whole table.

    Attributes:
        columns: (name, type) in order; None in a pattern that admits every table.
    """

    kind = "table"
    columns: tuple[tuple[str, DType], ...] | None = field(default=None, repr=False)


def optional(dtype: DType) -> DType:
    """`dtype` as one that may be missing; what is optional already stays as it is."""
    return dtype if isinstance(dtype, Optional | Nothing) else Optional(dtype)


def required(dtype: DType) -> DType:
    """`dtype` without its `Optional`."""
    return dtype.item if isinstance(dtype, Optional) else dtype


_LAYERS = {"box_layer": BoxLayer, "mask_layer": MaskLayer}
_TYPES: dict[str, type[DType]] = {
    t.kind: t
    for t in (
        *(Any, Nothing, Number, Text, Boolean, Timestamp, Mixed),
        *(Optional, List, Versions, Struct, Medium, Image, Table),
    )
}


def _to_json(value: object) -> Json:
    match value:
        case DType():
            return value.to_json()
        case BoxLayer() | MaskLayer():
            tag = "box_layer" if isinstance(value, BoxLayer) else "mask_layer"
            return {"type": tag} | {f.name: _to_json(getattr(value, f.name)) for f in fields(value)}
        case tuple():
            return [_to_json(item) for item in value]
        case _:
            return value


def _from_json(value: Json) -> Json:
    match value:
        case {"type": str(kind), **rest}:
            known = _LAYERS.get(kind) or _TYPES.get(kind)
            if known is None:
                raise Invalid(f"no type {kind!r}; there are: {', '.join(sorted(_TYPES))}")
            try:
                return known(**{str(name): _from_json(part) for name, part in rest.items()})
            except TypeError as error:
                raise Invalid(f"type {kind!r} has other parameters: {error}") from None
        case list():
            return tuple(_from_json(item) for item in value)
        case _:
            return value


def dtype_from_json(document: Mapping[str, Json]) -> DType:
    """The type that `DType.to_json` wrote.

    Raises:
        Invalid: the document names a type or a parameter that there is not.

    >>> dtype_from_json(List(Number(integer=True)).to_json())
    List(item=Number(integer=True, unit=None))
    """
    dtype = _from_json(dict(document))
    if not isinstance(dtype, DType):
        raise Invalid(f"not a type: {document!r}")
    return dtype
