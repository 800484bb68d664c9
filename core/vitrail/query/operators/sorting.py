"""$sortArray $firstN $lastN $maxN $minN: items in MongoDB's order, and some of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, Nothing, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Expr, Field, Literal, Variable
from vitrail.query.operator import Args, Complaint, Misfit, define
from vitrail.query.operators.checks import below, missing, of_null, whole_sql, wholes
from vitrail.query.operators.comparison import rank
from vitrail.query.value_types import item_type

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

_THIS = "this item"


def _keys(args: Args) -> list[tuple[str, bool]]:
    """The paths to sort by and whether each ascends; "" is the item itself."""
    values = [str(arg.value) for arg in args[1:] if isinstance(arg, Literal)]
    return [(path, way == "1") for path, way in zip(values[0::2], values[1::2], strict=True)]


def _value(item: DType, path: str) -> Expr:
    value: Expr = Variable(_THIS, item)
    for segment in path.split(".") if path else ():
        value = Field(value, segment)
    return value


def _comparable(name: str, dtype: DType) -> None:
    if rank(dtype) is None and not isinstance(required(dtype), Nothing):
        raise Misfit(f"{name} cannot compare {dtype}", argument=0)


def _sort_type(args: Args) -> DType:
    item = item_type("$sortArray", args[0])
    for path, _ in _keys(args):
        if not isinstance(item, Nothing):
            _comparable("$sortArray", _value(item, path).dtype)
    return args[0].dtype


def _sort(lowering: Lowering, args: Args) -> Tree:
    item = item_type("$sortArray", args[0])
    tree = lowering.sql(args[0])
    if isinstance(required(item), Nothing):
        return tree
    for path, ascending in reversed(_keys(args)):  # each pass keeps the order of the one before
        tree = ordered(lowering, tree, _value(item, path), ascending=ascending)
    return tree


def ordered(lowering: Lowering, tree: Tree, value: Expr, *, ascending: bool) -> Tree:
    """A list sorted by a value of its items, in which `_THIS` stands for the item; equals keep their order."""
    item, place = lowering.fresh(), lowering.fresh()
    at = exp.to_identifier(place)
    key = lowering.inside(
        {_THIS: exp.to_identifier(item)}, lambda: lowering.key(lowering.sql(value), value.dtype)
    )
    tie = at if ascending else b.infix(exp.Sub, b.number(0), at)
    triple = b.struct({"k": key, "i": tie, "v": exp.to_identifier(item)})
    triples = b.call("list_transform", tree, b.function((item, place), triple))
    way, nulls = ("ASC", "NULLS FIRST") if ascending else ("DESC", "NULLS LAST")
    inside = b.call("list_sort", triples, b.text(way), b.text(nulls))
    return lowering.each("list_transform", inside, lambda v: b.part(v, "v"))


define("$sortArray", (3, None), _sort_type, _sort)


def _some(name: str, pick: Callable[[Lowering, Args], Tree]) -> None:
    """The first, last, least or greatest so many items of a list."""

    def dtype(args: Args) -> DType:
        item = item_type(name, args[1], 1)
        wholes(name, args, (0,), least=1)
        if name in ("$maxN", "$minN"):
            _comparable(name, item)
        return missing(args, required(args[1].dtype))

    def lower(lowering: Lowering, args: Args) -> Tree:
        if any(isinstance(required(arg.dtype), Nothing) for arg in args):
            return b.NULL()
        packed = b.struct({"n": whole_sql(lowering.sql(args[0])), "l": pick(lowering, args)})

        def cut(v: Tree) -> Tree:
            n, listed = b.part(v.copy(), "n"), b.part(v.copy(), "l")
            length = b.call("len", listed.copy())
            begin: Tree = b.number(1)
            if name == "$lastN":
                before = b.infix(exp.Sub, length, n)
                begin = b.infix(exp.Add, b.call("greatest", before, b.number(0)), b.number(1))
            end = length.copy() if name == "$lastN" else n.copy()
            test = b.infix(exp.GTE, n, b.number(1))
            return b.case((test, b.call("list_slice", listed.copy(), begin, end)))

        return lowering.let(packed, cut)

    def complaints(args: Args) -> tuple[Complaint, ...]:
        return (*of_null(name, args, (0, 1)), *below(f"{name} of fewer than 1 items", args, (0,), 1))

    define(name, (2, 2), dtype, lower, complaints=complaints, named=("n", "input"), positional=0)


def _there(lowering: Lowering, args: Args, *, ascending: bool) -> Tree:
    """The items that are not null, in order."""
    item = item_type("$minN", args[1], 1)
    kept = lowering.each("list_filter", lowering.sql(args[1]), b.not_null)
    if isinstance(item, Nothing):
        return kept
    return ordered(lowering, kept, Variable(_THIS, item), ascending=ascending)


_some("$firstN", lambda lowering, args: lowering.sql(args[1]))
_some("$lastN", lambda lowering, args: lowering.sql(args[1]))
_some("$minN", lambda lowering, args: _there(lowering, args, ascending=True))
_some("$maxN", lambda lowering, args: _there(lowering, args, ascending=False))
