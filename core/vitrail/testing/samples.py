"""Types that a pattern admits, and values of them: ordinary, missing, empty, huge, hostile."""

from __future__ import annotations

import datetime as dt
import math
from itertools import cycle, islice
from typing import Any

from vitrail.dtypes import Any as AnyType
from vitrail.dtypes import (
    Boolean,
    BoxLayer,
    DType,
    Image,
    List,
    MaskLayer,
    Medium,
    Mixed,
    Number,
    Optional,
    Struct,
    Table,
    Text,
    Timestamp,
    Versions,
    optional,
    required,
)
from vitrail.media.medium import medium_of

CANARY = "vitrail-canary"

# None of these may become an element or an attribute.
HOSTILE = (
    f"<{CANARY}>",
    f"<script>{CANARY}</script>",
    f"<img src=x onerror={CANARY}>",
    f"\" {CANARY}=1 onmouseover='{CANARY}()' x=\"",
    f"' {CANARY}=1 '",
    f"</title></svg></span></script><{CANARY}>",
    f"<!-- --><{CANARY}>",
    f"&lt;{CANARY}&gt; &amp;",
    f"@{{what}}{{safe}} <{CANARY}>",
    f"$$\\text{{{CANARY}}}$$",
    "javascript:alert(1)",
    "a\x00b\x1b\x7f",
    "\u202eright to left",
    "",
    " \n\t ",
    "w" * 20_000,
)
NUMBERS = (0.25, 0.0, -0.0, 1.0, -1e-9, 123_456.789, 1e308, -1e308, math.nan, math.inf, -math.inf)
WHOLE = (0, 1, -1, 7, 1_000, 2**63 - 1, -(2**63))
_DAY = dt.datetime(2026, 2, 28, 12, 30, 15, 250_000)
_CLASSES = ((0, "background"), (1, HOSTILE[0]))
_STRUCT = Struct(((HOSTILE[0], Number(integer=False)), ("", Text()), ("inner", optional(List(Text())))))
_IMAGE = Image(
    boxes=(BoxLayer(HOSTILE[3], (HOSTILE[0], "score"), _CLASSES),),
    masks=(MaskLayer(HOSTILE[5], _CLASSES),),
    classes=(),
)
_HOLE = (
    *(Number(integer=False), Text(), Boolean(), Timestamp(form="date"), Mixed(), _STRUCT, _IMAGE),
    *(List(Number(integer=True)), List(List(Text())), List(_IMAGE)),
)


def types(pattern: DType) -> tuple[DType, ...]:
    """Some of the types that a pattern admits: each of its parameters filled in, and optional too."""
    found = _filled(pattern)
    return (*found, *(optional(dtype) for dtype in found[:1]))


def _filled(pattern: DType) -> tuple[DType, ...]:
    match pattern:
        case AnyType():
            return _HOLE
        case Optional(item):
            return tuple(optional(dtype) for dtype in _filled(item))
        case Number():
            forms = (False, True) if pattern.integer is None else (pattern.integer,)
            units = (None, HOSTILE[0]) if pattern.unit is None else (pattern.unit,)
            return tuple(Number(integer, unit) for integer in forms for unit in units)
        case Timestamp(form=None):
            return (Timestamp("instant"), Timestamp("naive"), Timestamp("date"))
        case List(item):
            return tuple(made for d in _filled(item) for made in (List(d), List(optional(d))))
        case Versions(item, names=None):
            names = ("v0", HOSTILE[0])
            few = tuple(Versions(optional(dtype), names) for dtype in _filled(item))
            return (*few, Versions(few[0].item, tuple(f"name:v{i}" for i in range(5))))
        case Medium(name=str(name), parts=None):
            return (Medium(medium_of(name).parts, name),)
        case Medium(name=None):
            return (Medium((("digest", Text()), *(_STRUCT.parts or ())), HOSTILE[0]),)
        case Struct(parts=None):
            return (_STRUCT, Struct(()))
        case Image(boxes=None):
            return (_IMAGE, Image((), (), ()))
        case Table(columns=None):
            return (Table(((HOSTILE[0], Number(integer=True)), ("b", Text()))), Table(()))
        case _:
            return (pattern,)


def values(dtype: DType) -> tuple[Any, ...]:
    """Values of a type that are there, the awkward ones among them."""
    match required(dtype):
        case Number(integer=True):
            return WHOLE
        case Number():
            return NUMBERS
        case Text():
            return HOSTILE
        case Boolean():
            return (True, False)
        case Timestamp(form="instant"):
            return (_DAY.replace(tzinfo=dt.UTC), dt.datetime(1, 1, 1, tzinfo=dt.UTC))
        case Timestamp(form="naive"):
            return (_DAY, dt.datetime.max)
        case Timestamp():
            return (_DAY.date(), dt.date.min)
        case Mixed():
            scalars = (*HOSTILE[:4], *NUMBERS, *WHOLE, True, False, _DAY, _DAY.date())
            return (*scalars, [], {}, list(scalars), {HOSTILE[0]: [None, {"$date": HOSTILE[1]}]})
        case List(item):
            few = list(values(item))
            many = 100 if isinstance(required(item), List | Struct | Image) else 1_000
            missing = [None] if isinstance(item, Optional) else []
            lists = [[], few[:1], [*missing, *few], list(islice(cycle(few), many))]
            return (*lists, missing) if missing else tuple(lists)
        case Versions(item, names=tuple(names)):
            return tuple(_versions(values(item), len(names), isinstance(item, Optional)))
        case Struct(parts=tuple(parts)):
            return tuple(_records(parts))
        case Image() as image:
            return tuple(_pictures(image))
        case Table(columns=columns):
            return (columns,)
        case _:
            return ()


def _versions(few: tuple[Any, ...], count: int, may_miss: bool) -> list[tuple[Any, ...]]:
    alike = [(value,) * count for value in few[:4]]
    apart = [tuple(islice(cycle(few), place, place + count)) for place in range(0, len(few), count)]
    lacking = [(None, *[few[0]] * (count - 1)), (*[few[0]] * (count - 1), None), (None,) * count]
    return [*alike, *apart, *(lacking if may_miss else ())]


def _records(parts: tuple[tuple[str, DType], ...]) -> list[dict[str, Any]]:
    each = {name: ("0" * 64,) if name == "digest" else values(dtype) or (None,) for name, dtype in parts}
    count = max((len(few) for few in each.values()), default=1)
    full = [{name: few[place % len(few)] for name, few in each.items()} for place in range(count)]
    return [
        *full,
        {name: None if isinstance(dtype, Optional) else full[0][name] for name, dtype in parts},
    ]


def _pictures(image: Image) -> list[dict[str, Any]]:
    def picture(caption: str | None, boxes: Any, mask: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"digest": "0" * 64, "format": "png", "width": 40, "height": 30}
        found["caption"] = caption
        if image.boxes:
            found["boxes"] = {layer.name: boxes for layer in image.boxes}
        if image.masks:
            found["masks"] = {layer.name: mask for layer in image.masks}
        return found

    def box(
        class_id: int | None, domain: str, caption: str | None, score: float | None
    ) -> dict[str, Any]:
        corners = {"minX": 0.1, "maxX": 0.5, "minY": 0.2, "maxY": 0.9}
        scores = {name: score for layer in image.boxes or () for name in layer.scores}
        rest = {"domain": domain, "box_caption": caption, "scores": scores}
        return {"class_id": class_id, "position": corners} | rest

    few = [box(1, "pixel", None, 0.5), box(None, "fraction", None, None)]
    hostile = [box(13, "fraction", caption, 1.0) for caption in HOSTILE]
    mask = {"digest": "1" * 64, "class_ids": [0, 1, 13]}
    return [
        picture(None, None, None),
        picture("", [], {"digest": "1" * 64, "class_ids": []}),
        picture(HOSTILE[2], few, mask),
        picture(HOSTILE[-1], hostile, mask),
        picture(None, few * 600, mask),
    ]
