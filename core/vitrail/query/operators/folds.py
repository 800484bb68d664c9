"""$sum $avg $min $max: of one list its items, of several values the values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, Image, List, Nothing, Number, Struct, Versions, optional, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Expr, Items
from vitrail.query.operator import Args, Misfit, define

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering


def _folded(args: Args) -> Expr:
    """The list whose items are folded."""
    if len(args) == 1 and isinstance(required(args[0].dtype), List):
        return args[0]
    return Items(args)


def _item(name: str, listed: Expr) -> DType:
    inner = required(listed.dtype)
    item = required(inner.item) if isinstance(inner, List) else Nothing()
    if name in ("$min", "$max") and isinstance(item, Image | Versions):
        raise Misfit(f"{name} cannot compare {item}", argument=0)
    return item


def _numbers(args: Args) -> Expr:
    """The list that is added up; values that are no numbers are left out."""
    listed = _folded(args)
    if isinstance(listed, Items):
        return Items(tuple(i for i in listed.items if isinstance(required(i.dtype), Number)))
    return listed


def _sum_type(args: Args) -> DType:
    item = _item("$sum", _numbers(args))
    return Number(integer=not isinstance(item, Number) or bool(item.integer))


def _sum(lowering: Lowering, args: Args) -> Tree:
    listed = _numbers(args)
    if not isinstance(_item("$sum", listed), Number):
        return b.number(0)
    return b.coalesce(b.call("list_sum", lowering.sql(listed)), b.number(0))


define("$sum", (0, None), _sum_type, _sum)


def _avg(lowering: Lowering, args: Args) -> Tree:
    listed = _numbers(args)
    if not isinstance(_item("$avg", listed), Number):
        return b.cast(b.NULL(), "DOUBLE")
    return b.call("list_avg", lowering.sql(listed))


def _avg_type(args: Args) -> DType:
    _item("$avg", _numbers(args))
    return optional(Number(integer=False))


define("$avg", (0, None), _avg_type, _avg)


def _extreme(name: str) -> None:
    def dtype(args: Args) -> DType:
        return optional(_item(name, _folded(args)))

    def lower(lowering: Lowering, args: Args) -> Tree:
        listed = _folded(args)
        item = _item(name, listed)
        if isinstance(item, Nothing):
            return b.NULL()
        tree = lowering.sql(listed)
        if isinstance(item, List | Struct):
            return _by_key(lowering, tree, item, name)
        if not isinstance(item, Number) or item.integer:
            return b.call("list_min" if name == "$min" else "list_max", tree)
        return lowering.let(tree, _least if name == "$min" else _greatest)

    define(name, (0, None), dtype, lower)


def _least(tree: Tree) -> Tree:
    """NaN is the least number here, the greatest in DuckDB."""
    any_nan = b.call("list_contains", tree.copy(), b.nan())
    return b.case((any_nan, b.nan()), default=b.call("list_min", tree.copy()))


def _greatest(tree: Tree) -> Tree:
    argument = exp.to_identifier("n")
    test = b.function(("n",), b.negate(b.is_nan(argument)))
    real = b.call("list_max", b.call("list_filter", tree.copy(), test))
    return b.coalesce(real, b.call("list_max", tree.copy()))


def _by_key(lowering: Lowering, tree: Tree, item: DType, name: str) -> Tree:
    there = lowering.each("list_filter", tree, b.not_null)
    pairs = lowering.each(
        "list_transform",
        there,
        lambda v: b.struct({"k": lowering.key(v.copy(), item), "v": v.copy()}),
    )
    return b.part(b.call("list_min" if name == "$min" else "list_max", pairs), "v")


_extreme("$min")
_extreme("$max")
