"""What a filter may be about: the columns of each table, the parts of records, the items of lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from vitrail.dtypes import Boolean, DType, Image, List, Number, Struct, Text, Timestamp, required

if TYPE_CHECKING:
    from vitrail.query.plan import Plan

MOST = 400
_DEEPEST = 5
_KINDS: dict[type[DType], str] = {
    Number: "number",
    Text: "text",
    Boolean: "boolean",
    Timestamp: "time",
    List: "list",
}

Classes = Sequence[tuple[int, str]]


def offered(plan: Plan) -> list[dict[str, Any]]:
    """The paths of a plan's rows, those of compared and joined tables with their number in front.

    Returns:
        dicts of name, type, kind ("number", "text", "boolean", "time", "list" or "") and, where they are
        known, `choices` (the values with their labels) and `items` (the same of what is in a list).
    """
    found: list[dict[str, Any]] = []
    for name, dtype in _columns(plan):
        for path in _of(name, dtype):
            found.append(path)
            if len(found) == MOST:
                return found
    return found


def _columns(plan: Plan) -> Iterator[tuple[str, DType]]:
    sides = [table.columns or () for table in plan.sides]
    if len(sides) < 2:
        yield from _plain(plan.dtype.columns or ())
        return
    for side, columns in enumerate(sides):
        yield from ((f"{side}.{name}", dtype) for name, dtype in _plain(columns))
    known = {
        n for side, columns in enumerate(sides) for name, _ in columns for n in (name, f"{side}.{name}")
    }
    yield from _plain([one for one in plan.dtype.columns or () if one[0] not in known])


def _plain(columns: Sequence[tuple[str, DType]]) -> Iterator[tuple[str, DType]]:
    """The columns whose names are paths."""
    return ((n, dtype) for n, dtype in columns if all(n.split(".")) and not n.startswith("$"))


def _of(name: str, dtype: DType, classes: Classes = (), depth: int = 0) -> Iterator[dict[str, Any]]:
    """A value, and after it what is in it.

    Args:
        name: its path; "" for an item of a list.
        dtype: its type.
        classes: what the class ids in it are called.
        depth: how many records and lists hold it.
    """
    kind = required(dtype)
    told: dict[str, Any] = {"name": name, "type": str(kind), "kind": _KINDS.get(type(kind), "")}
    if isinstance(kind, Number) and classes and name.rpartition(".")[2] in ("class_id", ""):
        told["choices"] = [{"value": number, "label": label} for number, label in classes]
    if isinstance(kind, List):
        inner = () if depth == _DEEPEST else _of("", kind.item, classes, depth + 1)
        told["items"] = [part for part in inner if part["kind"] not in ("", "list")]
    yield told
    if depth < _DEEPEST:
        for part, inner_dtype, known in _parts(kind, classes):
            yield from _of(f"{name}.{part}" if name else part, inner_dtype, known, depth + 1)


def _parts(dtype: DType, classes: Classes) -> Iterator[tuple[str, DType, Classes]]:
    """What is in a record or a picture: path, type and the classes that are known of it."""
    if isinstance(dtype, Image):
        plain = (part for part in dtype.record.parts or () if part[0] not in ("boxes", "masks"))
        yield from ((name, part, ()) for name, part in plain)
        for boxes in dtype.boxes or ():
            yield f"boxes.{boxes.name}", List(boxes.box), boxes.classes
        for mask in dtype.masks or ():
            ids = List(Number(integer=True))
            yield f"masks.{mask.name}.class_ids", ids, mask.classes
    elif isinstance(dtype, Struct):
        yield from ((name, part, classes) for name, part in dtype.parts or ())
