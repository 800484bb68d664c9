"""Keys whose native order is MongoDB's, as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.dtypes import DType, Image, List, Mixed, Nothing, Number, Optional, Struct, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Expr

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering


def key_of(lowering: Lowering, tree: Tree, dtype: DType) -> Tree:
    """A value whose native order is MongoDB's: null lowest, then NaN, inside lists and structs too."""
    if b.simple(tree):
        return _key(lowering, tree, dtype)
    return lowering.let(tree, lambda v: _key(lowering, v, dtype))


def _key(lowering: Lowering, tree: Tree, dtype: DType) -> Tree:
    inner = required(dtype)
    level: Tree = b.not_null(tree)
    value = tree.copy()
    match inner:
        case Mixed():
            return b.call("mixed_key", value)
        case Number(integer=False):
            level = b.case(
                (b.is_null(tree), b.number(0)), (b.is_nan(tree), b.number(1)), default=b.number(2)
            )
            return b.struct({"k": level, "v": value})
        case List(item):
            value = lowering.each("list_transform", value, lambda v: _key(lowering, v, item))
        case Struct(parts=tuple(parts)):
            value = b.struct(
                {
                    f"f{i}": _key(lowering, b.part(tree.copy(), f"f{i}"), part)
                    for i, (_, part) in enumerate(parts)
                }
            )
        case Image():
            return _key(lowering, tree, inner.record)
    return b.struct({"k": level, "v": value}) if isinstance(dtype, Optional | Nothing) else value


def order_of(lowering: Lowering, expr: Expr) -> tuple[Tree, ...]:
    """Keys that sort as MongoDB does: each ascending with NULLS FIRST, or descending with NULLS LAST."""
    tree = lowering.sql(expr)
    match required(expr.dtype):
        case Number(integer=False) if lowering.may_be_nan(expr):
            return b.case((b.is_nan(tree), b.number(0)), (b.not_null(tree), b.number(1))), tree
        case List() | Struct() | Image() | Mixed():
            return (key_of(lowering, tree, expr.dtype),)
    return (tree,)
