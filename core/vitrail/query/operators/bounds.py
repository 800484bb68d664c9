"""How large a value may grow that is worked out of itself, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, List, Mixed, Struct, Text, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.operators.checks import MOST_BYTES, refused

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

_ITEM_BYTES = 10  # so that a list has at most 100,000 items


def bounded(lowering: Lowering, tree: Tree, dtype: DType, name: str) -> Tree:
    """The value, or an error where it takes more than about 1 MB."""
    if not _grows(dtype):
        return tree
    refusal = refused(f"{name} makes more than {MOST_BYTES:,} bytes")

    def checked(v: Tree) -> Tree:
        large = b.infix(exp.GT, _bytes(lowering, v, dtype), b.number(MOST_BYTES))
        return b.case((large, refusal), default=v.copy())

    return lowering.let(tree, checked)


def _grows(dtype: DType) -> bool:
    match required(dtype):
        case Text() | List() | Mixed():
            return True
        case Struct(parts=tuple(parts)):
            return any(_grows(part) for _, part in parts)
    return False


def _bytes(lowering: Lowering, tree: Tree, dtype: DType) -> Tree:
    """About how many bytes a value takes; 0 of null."""
    match required(dtype):
        case Text() | Mixed():
            return b.coalesce(b.call("strlen", tree.copy()), b.number(0))
        case List(item):
            own = b.infix(exp.Mul, b.call("len", tree.copy()), b.number(_ITEM_BYTES))
            if _grows(item):
                sizes = lowering.each("list_transform", tree.copy(), lambda v: _bytes(lowering, v, item))
                inside = b.coalesce(b.call("list_sum", sizes), b.number(0))
                own = b.infix(exp.Add, own, inside)
            return b.coalesce(own, b.number(0))
        case Struct(parts=tuple(parts)):
            total: Tree = b.number(0)
            for place, (_, part) in enumerate(parts):
                size = _bytes(lowering, b.part(tree.copy(), f"f{place}"), part)
                total = b.infix(exp.Add, total, size)
            return total
    return b.number(0)
