"""Values of several kinds in SQL: how a typed value becomes one, and one a typed value again.

A value of several kinds lies as the text of `vitrail.mixed`; the functions called here are those of
`vitrail.query.dynamic.functions`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail import mixed
from vitrail.dtypes import (
    Boolean,
    DType,
    Image,
    List,
    Mixed,
    Nothing,
    Number,
    Struct,
    Text,
    Timestamp,
    Versions,
    required,
)
from vitrail.errors import QueryError
from vitrail.query import build as b
from vitrail.query.build import Tree

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

_FORMS = {
    "instant": ("%Y-%m-%dT%H:%M:%S.%f", '{"$date":"', 'Z"}'),
    "naive": ("%Y-%m-%dT%H:%M:%S.%f", '{"$date":"', '"}'),
    "date": ("%Y-%m-%d", '{"$date":"', '"}'),
}


def mixes(dtype: DType) -> bool:
    """Whether values of the type are of several kinds, or hold such values."""
    match required(dtype):
        case Mixed():
            return True
        case List(item):
            return mixes(item)
        case Struct(parts=tuple(parts)):
            return any(mixes(part) for _, part in parts)
    return False


def mixing(lowering: Lowering, tree: Tree, dtype: DType) -> Tree:
    """SQL of a typed value as one of several kinds; null stays null.

    Raises:
        QueryError: the type has no place among them.
    """
    inner = required(dtype)
    match inner:
        case Mixed():
            return tree
        case Nothing():
            return b.cast(tree, "VARCHAR")
        case Number(integer=True):
            return b.cast(tree, "VARCHAR")
        case Boolean():
            return b.cast(tree, "VARCHAR")
        case Text():
            return b.cast(b.call("to_json", b.cast(tree, "VARCHAR")), "VARCHAR")
        case Number():
            return lowering.let(tree, _float)
        case Timestamp(form=form):
            return _moment(tree, form or "naive")
        case List(item):
            return _list(lowering, tree, item)
        case Struct(parts=tuple(parts)):
            return lowering.let(tree, lambda v: _document(lowering, v, parts))
        case Image():
            return mixing(lowering, tree, inner.record)
        case Versions(item, names=tuple(names)):
            parts = tuple((name, item) for name in names)
            return lowering.let(tree, lambda v: _document(lowering, v, parts, letter="v"))
    raise QueryError(f"{dtype} has no place among values of several kinds")


def _float(tree: Tree) -> Tree:
    below = b.infix(exp.LT, tree, b.number(0))
    return b.case(
        (b.call("isfinite", tree.copy()), b.cast(tree.copy(), "VARCHAR")),
        (b.is_nan(tree), b.text(mixed.NAN)),
        (below, b.text(mixed.NEGATIVE_INFINITY)),
        (b.not_null(tree), b.text(mixed.INFINITY)),
    )


def _moment(tree: Tree, form: str) -> Tree:
    wanted, before, after = _FORMS[form]
    if form == "instant":
        tree = b.call("make_timestamp", b.call("epoch_us", tree))
    return _joined(b.text(before), b.call("strftime", tree, b.text(wanted)), b.text(after))


def _list(lowering: Lowering, tree: Tree, item: DType) -> Tree:
    texts = lowering.each("list_transform", tree, lambda v: _inside(lowering, v, item))
    return _joined(b.text("["), b.call("array_to_string", texts, b.text(",")), b.text("]"))


def _document(
    lowering: Lowering, tree: Tree, parts: tuple[tuple[str, DType], ...], *, letter: str = "f"
) -> Tree:
    pieces: list[Tree] = []
    for place, (name, part) in enumerate(parts):
        escaped = f"${name}" if name.startswith("$") else name
        before = ("," if place else "{") + json.dumps(escaped, ensure_ascii=False) + ":"
        pieces += [
            lowering.bind(before),
            _inside(lowering, b.part(tree.copy(), f"{letter}{place}"), part),
        ]
    whole = _joined(*pieces, b.text("}")) if pieces else b.text("{}")
    return b.case((b.not_null(tree), whole))


def _inside(lowering: Lowering, tree: Tree, dtype: DType) -> Tree:
    return b.coalesce(mixing(lowering, tree, dtype), b.text("null"))


def _joined(*pieces: Tree) -> Tree:
    """One text of several, null where any is."""
    joined = pieces[0]
    for piece in pieces[1:]:
        joined = b.infix(exp.DPipe, joined, piece)
    return joined


def unmixing(lowering: Lowering, tree: Tree, dtype: DType) -> Tree:
    """SQL of a value of several kinds as a typed one; null where it is of another kind.

    Raises:
        QueryError: no value of several kinds is read as this type.
    """
    match required(dtype):
        case Mixed():
            return tree
        case Nothing():
            return b.cast(b.NULL(), "INTEGER")
        case Boolean():
            return _boolean(lowering, tree)
        case Number(integer=True):
            return exp.TryCast(this=tree, to=exp.DataType.build("BIGINT", dialect="duckdb"))
        case Number():
            return b.call("mixed_number", tree)
        case Text():
            return b.call("mixed_text", tree)
        case Timestamp(form="instant"):
            return b.call("mixed_moment", tree)
        case List(item) if isinstance(required(item), Mixed):
            return b.call("mixed_items", tree)
        case List(item):
            items = b.call("mixed_items", tree)
            return lowering.each("list_transform", items, lambda v: unmixing(lowering, v, item))
    raise QueryError(f"no value of several kinds is read as {dtype}")


def _boolean(lowering: Lowering, tree: Tree) -> Tree:
    def read(v: Tree) -> Tree:
        yes, no = (b.infix(exp.EQ, v, b.text(word)) for word in ("true", "false"))
        return b.case((yes, b.TRUE()), (no, b.FALSE()))

    return lowering.let(tree, read)


def call(lowering: Lowering, name: str, args: list[Tree], dtype: DType) -> Tree:
    """SQL of an operator of `vitrail.query.dynamic` over values of several kinds, read as `dtype`."""
    listed = b.cast(b.array(*args), "VARCHAR[]")
    return unmixing(lowering, b.call("mixed_call", lowering.bind(name), listed), dtype)
