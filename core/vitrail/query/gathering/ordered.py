"""$push $first $last, $firstN … $bottomN: rows' values in an order, all or some of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, List, Nothing, Number, optional, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Expr, Literal
from vitrail.query.gather import Gather, define
from vitrail.query.gathering.accumulators import comparable
from vitrail.query.operator import Misfit, said

if TYPE_CHECKING:
    from vitrail.query.folding import Folding

Order = Callable[["Folding", Gather], list[Tree]]


def _listed(gather: Gather) -> DType:
    return List(gather.args[0].dtype)


def _push(folding: Folding, gather: Gather) -> Tree:
    return folding.listed(folding.sql(gather.args[0]), folding.standing)


define("$push", _listed, _push)


def _one(gather: Gather) -> DType:
    return optional(gather.args[0].dtype)


def _end(name: str) -> Callable[[Folding, Gather], Tree]:
    first = name == "$first"

    def lower(folding: Folding, gather: Gather) -> Tree:
        tree = folding.sql(gather.args[0])
        if folding.position is not None and folding.over is None:
            nearest = "arg_min_null" if first else "arg_max_null"
            return folding.aggregate(nearest, tree, folding.position.copy())
        return folding.aggregate("first" if first else "last", tree, order=folding.standing)

    return lower


define("$first", _one, _end("$first"))
define("$last", _one, _end("$last"))


def _sorted_end(*, top: bool) -> Callable[[Folding, Gather], Tree]:
    def lower(folding: Folding, gather: Gather) -> Tree:
        by = gather.by if top else tuple((key, not descending) for key, descending in gather.by)
        return folding.aggregate("first", folding.sql(gather.args[0]), order=folding.terms(by))

    return lower


define("$top", _one, _sorted_end(top=True), parameters=("output", "sortBy"))
define("$bottom", _one, _sorted_end(top=False), parameters=("output", "sortBy"))


def _some_type(gather: Gather) -> DType:
    if gather.name in ("$minN", "$maxN"):
        comparable(gather.name, gather.args[0].dtype)
    whole(gather.name, gather.args[1])
    return List(gather.args[0].dtype)


def whole(name: str, n: Expr) -> None:
    """Refuse a number of items that is none.

    Raises:
        Misfit: it is not a whole number of 1 or more.
    """
    inner = required(n.dtype)
    if not isinstance(inner, Number | Nothing):
        raise Misfit(f"{name}'s n is a whole number, got {said(inner)}", argument=1)
    if isinstance(n, Literal):
        value = n.value
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 1 or value % 1:
            raise Misfit(f"{name}'s n is a whole number, 1 or more, got {value}", argument=1)


def _some(name: str, order: Order, *, last: bool = False, there: bool = False) -> None:
    """The first or last so many values of an order; with `there`, of those that are not null."""

    def lower(folding: Folding, gather: Gather) -> Tree:
        tree = folding.sql(gather.args[0])
        where = b.not_null(tree) if there else None
        listed = folding.listed(tree, order(folding, gather), where)
        return folding.lowering.let(listed, lambda v: _cut(v, _n(folding, gather), last=last))

    sorted_by = name in ("$topN", "$bottomN")
    parameters = ("output", "n", "sortBy") if sorted_by else ("input", "n")
    define(name, _some_type, lower, parameters=parameters)


def _n(folding: Folding, gather: Gather) -> Tree:
    n = gather.args[1]
    if isinstance(n, Literal):
        return b.number(int(float(str(n.value))))
    tree = folding.sql(n)
    return b.cast(folding.aggregate("any_value", tree), "BIGINT")


def _cut(listed: Tree, n: Tree, *, last: bool) -> Tree:
    if not last:
        return b.call("list_slice", listed.copy(), b.number(1), n)
    length = b.call("len", listed.copy())
    before = b.call("greatest", b.infix(exp.Sub, length, n), b.number(0))
    return b.call("list_slice", listed.copy(), b.infix(exp.Add, before, b.number(1)), length.copy())


def _stands(folding: Folding, _gather: Gather) -> list[Tree]:
    return [term.copy() for term in folding.standing]


def _own(*, descending: bool) -> Order:
    def order(folding: Folding, gather: Gather) -> list[Tree]:
        return folding.terms(((gather.args[0], descending),))

    return order


_some("$firstN", _stands)
_some("$lastN", _stands, last=True)
_some("$minN", _own(descending=False), there=True)
_some("$maxN", _own(descending=True), there=True)
_some("$topN", lambda folding, gather: folding.terms(gather.by))
_some("$bottomN", lambda folding, gather: folding.terms(gather.by), last=True)
