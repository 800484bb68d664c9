"""$stdDevPop $stdDevSamp $median $percentile of lists, and $rand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, List, Number, optional, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Call, Expr, Items, Literal
from vitrail.query.operator import Args, Misfit, define
from vitrail.query.operators.checks import null_of

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

FLOAT = Number(integer=False)


def _sample(args: Args) -> Expr:
    """The list that is looked at: of one list its items, of several values those that are numbers."""
    if len(args) == 1 and isinstance(required(args[0].dtype), List):
        return args[0]
    return Items(tuple(arg for arg in args if isinstance(required(arg.dtype), Number)))


def _numeric(listed: Expr) -> bool:
    inner = required(listed.dtype)
    return isinstance(inner, List) and isinstance(required(inner.item), Number)


def _floats(lowering: Lowering, listed: Expr) -> Tree:
    return b.cast(lowering.sql(listed), "DOUBLE[]")


def _deviation(name: str, function: str) -> None:
    def lower(lowering: Lowering, args: Args) -> Tree:
        listed = _sample(args)
        if not _numeric(listed):
            return null_of(FLOAT)
        return lowering.let(_floats(lowering, listed), spread)

    def spread(v: Tree) -> Tree:
        """The engine refuses what is not finite; here it has no deviation to speak of."""
        argument = exp.to_identifier("n")
        test = b.function(("n",), b.negate(b.coalesce(b.call("isfinite", argument), b.TRUE())))
        unbounded = b.infix(exp.GT, b.call("len", b.call("list_filter", v.copy(), test)), b.number(0))
        count = b.call("list_count", v.copy())
        few = b.infix(exp.LT, count, b.number(2 if name == "$stdDevSamp" else 1))
        return b.case(
            (few, null_of(FLOAT)),
            (unbounded, b.nan()),
            default=b.call("list_aggregate", v.copy(), b.text(function)),
        )

    define(name, (1, None), lambda _args: optional(FLOAT), lower)


_deviation("$stdDevPop", "stddev_pop")
_deviation("$stdDevSamp", "stddev_samp")


def _shares(args: Args) -> list[float]:
    """The shares that are asked for: constants from 0 to 1."""
    found: list[float] = []
    for item in args[1].items if isinstance(args[1], Items) else ():
        value = item.value if isinstance(item, Literal) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise Misfit("$percentile: p is a list of constants from 0 to 1", argument=1)
        found.append(float(value))
    if not found:
        raise Misfit("$percentile: p is a list of one or more constants from 0 to 1", argument=1)
    return found


def _method(name: str, arg: Expr, place: int) -> None:
    if not isinstance(arg, Literal) or arg.value != "approximate":
        raise Misfit(f"{name}: the method is 'approximate'", argument=place)


def _sorted(lowering: Lowering, arg: Expr) -> Tree | None:
    """The numbers of a list, or a number as a list of one, ascending; without NaN."""
    listed = _sample((arg,))
    if not _numeric(listed):
        return None
    there = lowering.each(
        "list_filter",
        _floats(lowering, listed),
        lambda v: b.both(b.not_null(v), b.negate(b.is_nan(v))),
    )
    return b.call("list_sort", there)


def _at(ordered: Tree, share: float) -> Tree:
    """The least item below or at which lies that share of all."""
    scaled = b.infix(exp.Mul, b.call("len", ordered.copy()), b.cast(b.text(repr(share)), "DOUBLE"))
    place = b.call("greatest", b.cast(b.call("ceil", scaled), "BIGINT"), b.number(1))
    return b.call("list_extract", ordered.copy(), place)


def _median_type(args: Args) -> DType:
    _method("$median", args[1], 1)
    return optional(FLOAT)


def _median(lowering: Lowering, args: Args) -> Tree:
    ordered = _sorted(lowering, args[0])
    if ordered is None:
        return null_of(FLOAT)
    return lowering.let(ordered, lambda v: _at(v, 0.5))


define("$median", (2, 2), _median_type, _median, named=("input", "method"), positional=0)


def _percentile_type(args: Args) -> DType:
    _shares(args)
    _method("$percentile", args[2], 2)
    return List(optional(FLOAT))


def _percentile(lowering: Lowering, args: Args) -> Tree:
    shares = _shares(args)
    ordered = _sorted(lowering, args[0])
    if ordered is None:
        return b.cast(b.array(*(b.NULL() for _ in shares)), "DOUBLE[]")

    def found(v: Tree) -> Tree:
        values = b.array(*(_at(v, share) for share in shares))
        nothing = b.array(*(null_of(FLOAT) for _ in shares))
        return b.case((b.not_null(v), values), default=nothing)

    return lowering.let(ordered, found)


define(
    "$percentile",
    (3, 3),
    _percentile_type,
    _percentile,
    named=("input", "p", "method"),
    positional=0,
)
define("$rand", (0, 0), lambda _args: FLOAT, lambda _lowering, _args: b.call("random"))


def sampled(rate: float) -> Call:
    """A condition that so large a share of the rows meets, drawn anew each time."""
    return Call("$lt", (Call("$rand", ()), Literal(rate)))
