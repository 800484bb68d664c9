"""Boxes over a picture: checked, and brought into one form."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vitrail.dtypes import BoxLayer
from vitrail.errors import Invalid, did_you_mean
from vitrail.media.classes import class_id, label_pairs
from vitrail.media.text import name, text

_KEYS = ("position", "domain", "class_id", "scores", "box_caption")
_CORNERS = ("minX", "maxX", "minY", "maxY")
_CENTRED = ("middle", "width", "height")


@dataclass(frozen=True, slots=True)
class Box:
    """One box.

    Attributes:
        corners: minX, maxX, minY, maxY; in pixels, or relative to the picture's size, in [0, 1].
        domain: "pixel" or "relative".
        class_id: None where it has none.
        box_caption: None where it has none.
        scores: (name, value).
    """

    corners: tuple[float, float, float, float]
    domain: str
    class_id: int | None
    box_caption: str | None
    scores: tuple[tuple[str, float], ...]

    def as_dict(self) -> dict[str, Any]:
        """The box as `vt.Image(boxes=...)` takes it."""
        return {
            "position": dict(zip(_CORNERS, self.corners, strict=True)),
            "domain": self.domain,
            "class_id": self.class_id,
            "box_caption": self.box_caption,
            **({"scores": dict(self.scores)} if self.scores else {}),
        }

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Box:
        """The box of a stored record."""
        position, scores = record["position"], record.get("scores") or {}
        return cls(
            tuple(position[side] for side in _CORNERS),
            record["domain"],
            record["class_id"],
            record["box_caption"],
            tuple((name, value) for name, value in scores.items() if value is not None),
        )


@dataclass(frozen=True, slots=True)
class Boxes:
    """A named layer of boxes.

    Attributes:
        name: such as "ground_truth".
        data: the boxes, in the guest's order.
        classes: (class id, name), by id; empty where none were given.
    """

    name: str
    data: tuple[Box, ...]
    classes: tuple[tuple[int, str], ...] = ()

    @property
    def layer(self) -> BoxLayer:
        """The layer's part in the picture's type."""
        scores = dict.fromkeys(name for box in self.data for name, _ in box.scores)
        return BoxLayer(self.name, tuple(scores), self.classes)

    @property
    def labelled(self) -> list[tuple[Any, ...]]:
        """What is seen of each box: its corners, caption, scores, class and the class's name."""
        names = dict(self.classes)
        return [
            (b.corners, b.domain, b.class_id, names.get(b.class_id or 0), b.box_caption, dict(b.scores))
            if b.class_id is not None
            else (b.corners, b.domain, None, None, b.box_caption, dict(b.scores))
            for b in self.data
        ]

    def as_dict(self) -> dict[str, Any]:
        """The layer as `vt.Image(boxes=...)` takes it."""
        labels = {"class_labels": dict(self.classes)} if self.classes else {}
        return {"box_data": [box.as_dict() for box in self.data], **labels}


def box_layer(
    name: str, layer: Any, size: tuple[int, int], classes: tuple[tuple[int, str], ...]
) -> Boxes:
    """A guest's layer of boxes.

    Args:
        name: the layer's name.
        layer: {"box_data": [box, …], "class_labels"?: {id: name}}.
        size: the picture's width and height in pixels.
        classes: the picture's own classes, for a layer without `class_labels`.

    Raises:
        Invalid: a box is none, lies outside the picture, or has an unknown class; the message names
            the layer and the box.
    """
    place = f"the boxes {name!r}"
    if not isinstance(layer, Mapping) or "box_data" not in layer:
        raise Invalid(f"{place} are {{'box_data': [...]}}, not {layer!r:.200}")
    _known(layer, ("box_data", "class_labels"), place)
    if layer.get("class_labels") is not None:
        classes = label_pairs(layer["class_labels"], place)
    data = layer["box_data"]
    if isinstance(data, str | bytes | Mapping) or not isinstance(data, Iterable):
        raise Invalid(f"the box_data of {place} is a list of boxes, not {data!r:.200}")
    ids = dict(classes)
    boxes = []
    for number, box in enumerate(data):
        try:
            boxes.append(_box(box, size, ids))
        except Invalid as error:
            raise Invalid(f"box {number} of {place}: {error}") from None
    return Boxes(name, tuple(boxes), classes)


def _known(given: Mapping[Any, Any], keys: tuple[str, ...], place: str) -> None:
    for key in given:
        if key not in keys:
            raise Invalid(f"{place} know no {key!r}{did_you_mean(str(key), keys)}")


def _box(box: Any, size: tuple[int, int], ids: Mapping[int, str]) -> Box:
    if not isinstance(box, Mapping):
        raise Invalid(f"a box is a dict with a position, not {box!r:.200}")
    _known(box, _KEYS, "boxes")
    if "position" not in box:
        raise Invalid(
            "it has no position: {'minX', 'maxX', 'minY', 'maxY'} or {'middle', 'width', 'height'}"
        )
    domain = box.get("domain") or "relative"
    if domain not in ("pixel", "relative"):
        raise Invalid(f"its domain is 'pixel' or 'relative', not {domain!r}")
    number = box.get("class_id")
    if number is not None:
        number = class_id(number)
        if ids and number not in ids:
            known = ", ".join(f"{i} {n}" for i, n in list(ids.items())[:12])
            raise Invalid(f"no class {number}; there are: {known}")
    caption = box.get("box_caption")
    caption = None if caption is None else text(caption, "its box_caption")
    limits = (float(size[0]), float(size[1])) if domain == "pixel" else (1.0, 1.0)
    corners = _corners(box["position"], domain, limits)
    return Box(corners, domain, number, caption, _scores(box.get("scores")))


def _corners(
    position: Any, domain: str, limits: tuple[float, float]
) -> tuple[float, float, float, float]:
    if not isinstance(position, Mapping):
        raise Invalid(f"its position is a dict, not {position!r:.200}")
    keys = _CENTRED if "middle" in position else _CORNERS
    _known(position, keys, "positions of this kind")
    lacking = [key for key in keys if key not in position]
    if lacking:
        raise Invalid(
            f"its position has no {', '.join(lacking)}; it has {', '.join(map(str, position))}"
        )
    if "middle" in position:
        low_x, high_x, low_y, high_y = _from_middle(position, limits)
    else:
        low_x, high_x, low_y, high_y = (_finite(position[key], key) for key in keys)
    for axis, low, high, limit in (("X", low_x, high_x, limits[0]), ("Y", low_y, high_y, limits[1])):
        if low > high:
            raise Invalid(f"its min{axis} {low:g} is greater than its max{axis} {high:g}")
        if low < 0 or high > limit:
            wanted = "pixels of the picture" if domain == "pixel" else "relative positions"
            advice = "; pixels are said by 'domain': 'pixel'" if domain == "relative" else ""
            raise Invalid(
                f"it lies outside the picture: {axis} from {low:g} to {high:g}, "
                f"where {wanted} go from 0 to {limit:g}{advice}"
            )
    return low_x, high_x, low_y, high_y


def _from_middle(
    position: Mapping[str, Any], limits: tuple[float, float]
) -> tuple[float, float, float, float]:
    middle = list(position["middle"]) if isinstance(position["middle"], Iterable) else []
    if len(middle) != 2:
        raise Invalid(f"its middle is [x, y], not {position['middle']!r:.200}")
    sides: list[float] = []
    for value, key, limit in zip(middle, ("width", "height"), limits, strict=True):
        half = _finite(position[key], key) / 2
        centre = _finite(value, "middle")
        sides += [_snapped(centre - half, limit), _snapped(centre + half, limit)]
    return sides[0], sides[1], sides[2], sides[3]


def _snapped(value: float, limit: float) -> float:
    """A side at the picture's edge, where only rounding took it beyond."""
    return next((edge for edge in (0.0, limit) if abs(value - edge) <= 1e-9 * limit), value)


def _finite(value: Any, name: str) -> float:
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Invalid(f"its {name} is a finite number, not {value!r:.200}")
    return float(value)


def _scores(scores: Any) -> tuple[tuple[str, float], ...]:
    if scores is None:
        return ()
    if not isinstance(scores, Mapping):
        raise Invalid(f"its scores are a dict of name → number, not {scores!r:.200}")
    return tuple(
        (name(key, "a score's name"), _finite(value, f"score {key!r}"))
        for key, value in scores.items()
        if value is not None
    )
