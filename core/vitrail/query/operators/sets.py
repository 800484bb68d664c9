"""Lists as sets: null and NaN are values like any other, and what is made is in MongoDB's order."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import Boolean, DType, List, Nothing, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.operator import Args, Misfit, define
from vitrail.query.operators.checks import missing, null_of, of_null, where_none_null
from vitrail.query.operators.comparison import rank
from vitrail.query.operators.conditions import one_type
from vitrail.query.value_types import item_type

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering


def _item(name: str, args: Args) -> DType:
    """The type that holds the items of all lists."""
    for place, arg in enumerate(args):
        item = required(item_type(name, arg, place))
        if rank(item) is None and not isinstance(item, Nothing):
            raise Misfit(f"{name} cannot compare {item}", argument=place)
    shared = required(one_type(args)) if args else List(Nothing())
    return shared.item if isinstance(shared, List) else Nothing()


def _pairs(lowering: Lowering, tree: Tree, item: DType) -> Tree:
    """Each item beside the key by which it is compared."""
    if isinstance(item, Nothing):
        return lowering.each("list_transform", tree, lambda v: b.struct({"k": b.FALSE(), "v": v}))
    return lowering.each(
        "list_transform", tree, lambda v: b.struct({"k": lowering.key(v.copy(), item), "v": v.copy()})
    )


def _values(lowering: Lowering, pairs: Tree) -> Tree:
    ordered = b.call("list_sort", b.call("list_distinct", pairs))
    return lowering.each("list_transform", ordered, lambda v: b.part(v, "v"))


def _all_pairs(lowering: Lowering, name: str, args: Args) -> tuple[list[Tree], list[Tree]]:
    """The lists in one storage, and each as pairs."""
    item = _item(name, args)
    lists = [lowering.as_type(arg, List(item)) for arg in args]
    return lists, [_pairs(lowering, tree.copy(), item) for tree in lists]


def _made(name: str, arity: tuple[int, int | None], join: Callable[[Tree, Tree], Tree]) -> None:
    """An operator that makes a list of several lists."""

    def dtype(args: Args) -> DType:
        return missing(args, List(_item(name, args)))

    def lower(lowering: Lowering, args: Args) -> Tree:
        if not args:
            return b.array()
        if any(isinstance(arg.dtype, Nothing) for arg in args):
            return null_of(dtype(args))
        lists, pairs = _all_pairs(lowering, name, args)
        joined = pairs[0]
        for more in pairs[1:]:
            joined = join(joined, more)
        return where_none_null(lists, _values(lowering, joined))

    define(name, arity, dtype, lower)


_made("$setUnion", (0, None), lambda left, right: b.call("list_concat", left, right))
_made("$setIntersection", (0, None), lambda left, right: b.call("list_intersect", left, right))


def _difference_type(args: Args) -> DType:
    return missing(args, List(_item("$setDifference", args)))


def _difference(lowering: Lowering, args: Args) -> Tree:
    if any(isinstance(arg.dtype, Nothing) for arg in args):
        return null_of(_difference_type(args))
    lists, (mine, theirs) = _all_pairs(lowering, "$setDifference", args)
    other = lowering.fresh()
    outside = lowering.each(
        "list_filter",
        mine,
        lambda v: b.negate(b.call("list_contains", exp.to_identifier(other), v)),
    )
    kept = b.call(
        "list_extract",
        b.call("list_transform", b.array(theirs), b.function((other,), _values(lowering, outside))),
        b.number(1),
    )
    return where_none_null(lists, kept)


define("$setDifference", (2, 2), _difference_type, _difference)


def _asked(name: str, arity: tuple[int, int | None], test: Callable[[Tree, Tree], Tree]) -> None:
    """An operator that asks something of several lists, each beside the one before it."""

    def dtype(args: Args) -> DType:
        _item(name, args)
        return missing(args, Boolean())

    def lower(lowering: Lowering, args: Args) -> Tree:
        if any(isinstance(arg.dtype, Nothing) for arg in args):
            return null_of(Boolean())
        lists, pairs = _all_pairs(lowering, name, args)
        tests = [test(left, right) for left, right in itertools.pairwise(pairs)]
        return where_none_null(lists, b.both(*tests))

    def complaints(args: Args) -> tuple[tuple[str, object], ...]:
        return of_null(name, args, tuple(range(len(args))))

    define(name, arity, dtype, lower, complaints=complaints)


def _subset(left: Tree, right: Tree) -> Tree:
    return b.call("list_has_all", right.copy(), left.copy())


_asked("$setIsSubset", (2, 2), _subset)
_asked("$setEquals", (2, None), lambda left, right: b.both(_subset(left, right), _subset(right, left)))
