"""$zip: the items of several lists side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, List, Nothing, optional
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.operator import Args, define
from vitrail.query.operators.checks import constant, null_of
from vitrail.query.value_types import common, item_type, nullable

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering


def _parts(args: Args) -> tuple[bool, Args, Args]:
    """Whether the longest list counts, the defaults, and the lists: (longest, number of defaults, …)."""
    count = int(constant(args[1]))
    return bool(constant(args[0])), args[2 : 2 + count], args[2 + count :]


def _item(args: Args) -> DType:
    longest, defaults, lists = _parts(args)
    items = [item_type("$zip", one, None) for one in lists]
    kinds = [*items, *(one.dtype for one in defaults)]
    return common([*kinds, Nothing()] if longest and not defaults else kinds)


def _type(args: Args) -> DType:
    dtype = List(List(_item(args)))
    return optional(dtype) if any(nullable(one) for one in _parts(args)[2]) else dtype


def _lower(lowering: Lowering, args: Args) -> Tree:
    longest, defaults, lists = _parts(args)
    if any(isinstance(one.dtype, Nothing) for one in lists):
        return null_of(_type(args))
    item = _item(args)
    fallback = [lowering.as_type(one, item) for one in defaults] or [null_of(item)] * len(lists)
    names = [f"l{i}" for i in range(len(lists))]
    packed = b.struct(
        {
            name: lowering.as_type(one, List(item) if not isinstance(item, Nothing) else one.dtype)
            for name, one in zip(names, lists, strict=True)
        }
    )
    place = lowering.fresh()

    def zipped(v: Tree) -> Tree:
        at = exp.to_identifier(place)
        trees = [b.part(v.copy(), name) for name in names]
        lengths = [b.call("len", tree.copy()) for tree in trees]
        length = b.call("greatest" if longest else "least", *lengths)
        cells = [
            b.case(
                (b.infix(exp.LTE, at, b.call("len", tree.copy())), b.call("list_extract", tree, at)),
                default=other.copy(),
            )
            for tree, other in zip(trees, fallback, strict=True)
        ]
        places = b.call("range", b.number(1), b.infix(exp.Add, length, b.number(1)))
        rows = b.call("list_transform", places, b.function((place,), b.array(*cells)))
        return b.case((b.both(*(b.not_null(tree) for tree in trees)), rows))

    return lowering.let(packed, zipped)


define("$zip", (3, None), _type, _lower)
