"""Sines, cosines and their kin, $log, and the bits of whole numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, Nothing, Number, optional, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Call, Literal
from vitrail.query.operator import Args, Complaint, Misfit, define, said
from vitrail.query.operators.arithmetic import numbers, plain, result, whole
from vitrail.query.operators.checks import constant, no_value, null_of
from vitrail.query.value_types import nullable

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering


def _angle(
    name: str,
    function: str,
    *,
    inside: tuple[float, float] = (-math.inf, math.inf),
    finite: bool = False,
) -> None:
    """A function of one float that has values from one bound to another, which NaN passes through."""

    def refused(value: float) -> bool:
        return not math.isnan(value) and (
            not inside[0] <= value <= inside[1] or (finite and math.isinf(value))
        )

    limited = finite or inside != (-math.inf, math.inf)
    text = f"{name} of a number that has none"

    def dtype(args: Args) -> DType:
        numbers(name, args)
        value = constant(args[0])
        if isinstance(value, int | float) and refused(float(value)):
            raise Misfit(text, argument=0)
        known = result(args, integer=False)
        return optional(known) if limited and not isinstance(args[0], Literal) else known

    def lower(lowering: Lowering, args: Args) -> Tree:
        tree = b.cast(lowering.sql(args[0]), "DOUBLE")
        if not limited:
            return b.call(function, tree)

        def guarded(v: Tree) -> Tree:
            out: list[Tree] = [b.call("isinf", v.copy())] if finite else []
            for kind, bound in ((exp.LT, inside[0]), (exp.GT, inside[1])):
                if math.isfinite(bound):
                    limit = b.cast(b.number(int(bound)), "DOUBLE")
                    out.append(b.infix(kind, v, limit))
            real = b.both(b.negate(b.is_nan(v)), b.either(*out))
            return b.case((real, b.NULL()), default=v.copy())

        return b.call(function, lowering.let(tree, guarded))

    def complaints(args: Args) -> tuple[Complaint, ...]:
        if not limited or isinstance(args[0], Literal):
            return ()
        return no_value(text, Call(name, args), args)

    define(name, (1, 1), dtype, lower, complaints=complaints)


for _name in ("sin", "cos", "tan"):
    _angle(f"${_name}", _name, finite=True)
for _name in ("asin", "acos", "atanh"):
    _angle(f"${_name}", _name, inside=(-1, 1))
_angle("$acosh", "acosh", inside=(1, math.inf))
for _name in ("atan", "asinh", "sinh", "cosh", "tanh"):
    _angle(f"${_name}", _name)
_angle("$degreesToRadians", "radians")
_angle("$radiansToDegrees", "degrees")


def _floats(name: str) -> Callable[[Args], DType]:
    def dtype(args: Args) -> DType:
        numbers(name, args)
        return result(args, integer=False)

    return dtype


def _atan2(lowering: Lowering, args: Args) -> Tree:
    y, x = (b.cast(lowering.sql(arg), "DOUBLE") for arg in args)
    return b.call("atan2", y, x)


define("$atan2", (2, 2), _floats("$atan2"), _atan2)


def _log_type(args: Args) -> DType:
    numbers("$log", args)
    value, base = (constant(arg) for arg in args)
    if any(isinstance(required(arg.dtype), Nothing) for arg in args):
        return optional(Number(integer=False))  # null, whatever the other is
    if isinstance(value, int | float) and value <= 0:
        raise Misfit("$log of a number that is not positive", argument=0)
    if isinstance(base, int | float) and (base <= 0 or base == 1):
        raise Misfit("$log needs a positive base other than 1", argument=1)
    return optional(result(args, integer=False))


def _log(lowering: Lowering, args: Args) -> Tree:
    parts = {f"f{i}": b.cast(lowering.sql(arg), "DOUBLE") for i, arg in enumerate(args)}

    def ratio(v: Tree) -> Tree:
        value, base = b.part(v.copy(), "f0"), b.part(v.copy(), "f1")
        zero = b.number(0)
        fine = b.both(
            b.infix(exp.GT, value, zero),
            b.infix(exp.GT, base, zero),
            b.infix(exp.NEQ, base, b.number(1)),
        )
        return b.case((fine, b.infix(exp.Div, b.call("ln", value.copy()), b.call("ln", base.copy()))))

    return lowering.let(b.struct(parts), ratio)


define(
    "$log",
    (2, 2),
    _log_type,
    _log,
    complaints=lambda args: no_value("$log of a number that has none", Call("$log", args), args),
)


def _bits_type(name: str) -> Callable[[Args], DType]:
    def dtype(args: Args) -> DType:
        for place, arg in enumerate(args):
            if not whole(arg):
                raise Misfit(f"{name} needs a whole number, got {said(arg.dtype)}", argument=place)
        known = Number(integer=True)
        return optional(known) if any(nullable(arg) for arg in args) else known

    return dtype


def _bits(name: str, kind: type[Tree] | None, empty: int) -> None:
    def lower(lowering: Lowering, args: Args) -> Tree:
        if any(isinstance(required(arg.dtype), Nothing) for arg in args):
            return null_of(Number(integer=True))
        trees = [b.cast(plain(lowering.sql(arg)), "BIGINT") for arg in args]
        if not trees:
            return b.cast(b.number(empty), "BIGINT")
        total = trees[0]
        for tree in trees[1:]:
            total = b.infix(kind, total, tree) if kind else b.call("xor", total, tree)
        return total

    define(name, (0, None), _bits_type(name), lower)


_bits("$bitAnd", exp.BitwiseAnd, -1)
_bits("$bitOr", exp.BitwiseOr, 0)
_bits("$bitXor", None, 0)


def _bit_not(lowering: Lowering, args: Args) -> Tree:
    tree = b.cast(lowering.sql(args[0]), "BIGINT")
    return b.infix(exp.Sub, b.number(-1), tree)


define("$bitNot", (1, 1), _bits_type("$bitNot"), _bit_not)
