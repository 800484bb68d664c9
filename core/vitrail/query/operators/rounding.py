"""$round and $trunc: half to even on the exact value, to a place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Literal
from vitrail.query.operator import Args, Misfit, define
from vitrail.query.operators.arithmetic import narrow, numbers, result, whole

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering


def _place(name: str, args: Args) -> int | None:
    """The constant place that a number is rounded to; None for null."""
    if len(args) == 1:
        return 0
    value = args[1].value if isinstance(args[1], Literal) else 0.5
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1:
        raise Misfit(f"{name} needs a constant whole number of places", argument=1)
    if not -20 <= value <= 100:
        raise Misfit(f"{name} rounds to a place from -20 to 100, got {value}", argument=1)
    return int(value)


def _rounded_type(name: str) -> Callable[[Args], DType]:
    def dtype(args: Args) -> DType:
        numbers(name, args)
        _place(name, args)
        return result(args, integer=whole(args[0]))

    return dtype


def _round(lowering: Lowering, args: Args) -> Tree:
    place = _place("$round", args)
    tree = lowering.sql(args[0])
    if place is None or isinstance(tree, exp.Null):
        return b.cast(b.NULL(), "BIGINT" if whole(args[0]) else "DOUBLE")
    if whole(args[0]):
        return tree if place >= 0 else lowering.let(tree, lambda v: _round_whole(v, -place))
    if place < 0:
        scale = b.cast(b.number(10**-place), "DOUBLE")
        near = b.call("round_even", b.infix(exp.Div, tree, scale), b.number(0))
        return b.infix(exp.Mul, near, scale)
    return _decimal(tree, place)


def _decimal(tree: Tree, place: int) -> Tree:
    """Rounded half to even on the exact binary value, which only the decimal text shows."""
    return b.cast(b.call("format", b.text(f"{{:.{place}f}}"), tree), "DOUBLE")


def _round_whole(tree: Tree, zeros: int) -> Tree:
    """A whole number rounded half to even to a power of ten."""
    unit = b.cast(b.number(10**zeros), "HUGEINT")
    wide = b.cast(tree, "HUGEINT")
    rest = b.infix(exp.Mod, wide, unit)
    below = b.infix(exp.Sub, wide, rest)
    twice = b.infix(exp.Mul, b.call("abs", rest.copy()), b.number(2))
    odd = b.infix(exp.NEQ, b.infix(exp.Mod, b.infix(exp.IntDiv, wide, unit), b.number(2)), b.number(0))
    up = b.either(b.infix(exp.GT, twice, unit), b.both(b.infix(exp.EQ, twice, unit), odd))
    sign = b.case((b.infix(exp.LT, wide, b.number(0)), b.number(-1)), default=b.number(1))
    raised = b.infix(exp.Add, below, b.infix(exp.Mul, unit, sign))
    return narrow(b.case((up, raised), default=below.copy()))


define("$round", (1, 2), _rounded_type("$round"), _round)


def _trunc(lowering: Lowering, args: Args) -> Tree:
    place = _place("$trunc", args)
    tree = lowering.sql(args[0])
    if place is None or isinstance(tree, exp.Null):
        return b.cast(b.NULL(), "BIGINT" if whole(args[0]) else "DOUBLE")
    if whole(args[0]):
        return tree if place >= 0 else lowering.let(tree, lambda v: _trunc_whole(v, -place))
    if place == 0:
        return b.call("trunc", tree)
    if place < 0:
        scale = b.cast(b.number(10**-place), "DOUBLE")
        return b.infix(exp.Mul, b.call("trunc", b.infix(exp.Div, tree, scale)), scale)
    return lowering.let(tree, lambda v: _cut(v, place))


def _cut(tree: Tree, place: int) -> Tree:
    """A float cut to a place: its decimal text is exact at 120 places, past which no cut falls."""
    digits = b.call("format", b.text("{:.120f}"), tree.copy())
    pattern = b.text(rf"\.(\d{{{place}}})\d*$")
    return b.cast(b.call("regexp_replace", digits, pattern, b.text(r".\1")), "DOUBLE")


def _trunc_whole(tree: Tree, zeros: int) -> Tree:
    wide = b.cast(tree, "HUGEINT")
    return b.infix(exp.Sub, wide, b.infix(exp.Mod, wide, b.cast(b.number(10**zeros), "HUGEINT")))


define("$trunc", (1, 2), _rounded_type("$trunc"), _trunc)
