"""$unwind: one row for each item of a list."""

from __future__ import annotations

from vitrail.dtypes import List, Mixed, Nothing, Optional, required
from vitrail.query.expr import Call, Column, Expr, Field, Literal, Record
from vitrail.query.paths import base, resolve
from vitrail.query.plan import Compare, Plan
from vitrail.query.stages.dynamic import write
from vitrail.query.stages.paths import column, fresh, is_document, parts_of, placed, values_of
from vitrail.query.stages.pipeline import Stage, stage
from vitrail.query.steps import Project, Unwound
from vitrail.query.syntax import Document, Node

_NULL = Literal(None)


@stage("$unwind")
def _unwind(stage: Stage, node: Node, place: str) -> Plan:
    given = {"path": node}
    if isinstance(node, Document):
        names = ("path", "includeArrayIndex", "preserveNullAndEmptyArrays")
        given = stage.parameters(node, place, names, 1)
    path = stage.text(given["path"], place)
    if not path.startswith("$") or path.startswith("$$") or not all(path[1:].split(".")):
        raise stage.fault("$unwind takes a path such as '$boxes'", given["path"], place)
    stage.parser.expr(given["path"], place)  # refuses what leads nowhere
    keep = stage.flag(given.get("preserveNullAndEmptyArrays"), place)
    segments = tuple(path[1:].split("."))
    items = _items(stage, segments)
    if len(segments) > 1 and isinstance(base(stage.plan), Compare) and segments[0].isdecimal():
        hint = f"write '${'.'.join(segments[1:])}' for the first version that has the row"
        raise stage.fault("$unwind takes the list of all versions", given["path"], place, hint=hint)
    own = fresh(stage.plan, "item"), fresh(stage.plan, "index")
    unwound = Unwound(stage.plan, items, own, keep)
    values = values_of(unwound)
    name, *inside = _landing(stage, segments)
    values[name] = _put(values.get(name, _NULL), tuple(inside), column(unwound, own[0]), items)
    if "includeArrayIndex" in given:
        index = stage.text(given["includeArrayIndex"], place)
        if not index or index.startswith("$") or not all(index.split(".")):
            message = "includeArrayIndex is a column's name"
            raise stage.fault(message, given["includeArrayIndex"], place)
        values = placed(unwound, tuple(index.split(".")), column(unwound, own[1]), values)
    kept = tuple((name, value) for name, value in values.items() if name not in own)
    return Project(unwound, kept)


def _landing(stage: Stage, segments: tuple[str, ...]) -> tuple[str, ...]:
    """The column in which an item is put, and the path inside of it; `0.tags` is a column of a join."""
    known = dict(stage.plan.dtype.columns or ())
    for length in range(1, len(segments) + 1):
        if ".".join(segments[:length]) in known:
            return ".".join(segments[:length]), *segments[length:]
    return segments


def _items(stage: Stage, segments: tuple[str, ...]) -> Expr:
    """What is unwound: a path leads through documents to it, never through a list."""
    known = dict(stage.plan.dtype.columns or ())
    if segments[0] in known:
        found: Expr = Column(segments[0], None, known[segments[0]])
        used = 1
    elif stage.pipeline.lenient:
        return _NULL
    else:
        found, used = resolve(stage.plan, segments)
    for at in range(used, len(segments)):
        inner = required(found.dtype)
        if isinstance(inner, Mixed):
            return Call("inside", (found, Literal(".".join(segments[at:]))))
        if isinstance(inner, List) or not is_document(found.dtype) or inner.field(segments[at]) is None:
            return _NULL
        found = Field(found, segments[at])
    return found


def _put(source: Expr, path: tuple[str, ...], item: Expr, items: Expr) -> Expr:
    """A value with an item where its list was; as it was where there is no list."""
    if not path:
        return item
    if isinstance(required(source.dtype), Mixed):
        there = Call("$ne", (items, _NULL))
        return Call("$cond", (there, write(source, path, item), source))
    if not is_document(source.dtype):
        return source
    parts = parts_of(source)
    if path[0] not in parts:
        return source
    parts[path[0]] = _put(parts[path[0]], path[1:], item, items)
    made = Record(tuple(parts.items()))
    if not isinstance(source.dtype, Optional | Nothing):
        return made
    return Call("$cond", (Call("$eq", (source, _NULL)), _NULL, made))
