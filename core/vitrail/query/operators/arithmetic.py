"""Arithmetic: whole numbers stay whole, a sum past 64 bits goes on in 128, products past that are floats."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, Nothing, Number, Timestamp, optional, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Call, Expr, Literal
from vitrail.query.operator import Args, Complaint, Misfit, define, no_complaints, said
from vitrail.query.operators.checks import no_value
from vitrail.query.operators.clock import FAR, dated, magnitude
from vitrail.query.operators.clock import moment as moved_type
from vitrail.query.value_types import nullable

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

_MOST = 20 * FAR


def numbers(name: str, args: Args) -> None:
    """Refuse what is no number."""
    for place, arg in enumerate(args):
        if not isinstance(required(arg.dtype), Number | Nothing):
            raise Misfit(f"{name} needs a Number, got {said(arg.dtype)}", argument=place)


def whole(expr: Expr) -> bool:
    """Whether a value is a whole number, or null."""
    inner = required(expr.dtype)
    return isinstance(inner, Nothing) or (isinstance(inner, Number) and bool(inner.integer))


def result(args: Args, *, integer: bool) -> DType:
    """A number that is missing where any argument is."""
    dtype = Number(integer=integer)
    return optional(dtype) if any(nullable(arg) for arg in args) else dtype


def bits(expr: Expr) -> int:
    """How many bits a whole number takes at most, its sign left aside."""
    match expr:
        case Literal(value=int() as value):
            return value.bit_length()
        case Call(name="$add" | "$subtract", args=args):
            return max((bits(arg) for arg in args), default=0) + (len(args) - 1).bit_length()
        case Call(name="$multiply", args=args):
            return sum(bits(arg) for arg in args)
        case Call(name="$size" | "length" | "$strLenCP"):
            return 32
        case Call(name="$abs" | "$ceil" | "$floor" | "$trunc" | "$round", args=(first, *_)):
            return min(bits(first) + 4, 63)
        case Call(name="$mod", args=(first, second)):
            return min(bits(first), bits(second))
        case Call(name="$sum"):
            return 96
    return 63


def _fits(name: str, args: Args) -> bool:
    """Whether whole numbers give a whole number of at most 126 bits."""
    if not all(whole(arg) for arg in args):
        return False
    sizes = [bits(arg) for arg in args]
    if name == "$multiply":
        return sum(sizes) <= 126
    return max(sizes, default=0) + max(len(args) - 1, 0).bit_length() <= 126


def _chain(name: str, kind: type[Tree], empty: int) -> None:
    def dtype(args: Args) -> DType:
        moments = [arg for arg in args if isinstance(required(arg.dtype), Timestamp)]
        if name == "$add" and len(moments) == 1:
            numbers(name, tuple(arg for arg in args if arg is not moments[0]))
            return optional(moved_type(moments[0].dtype))
        if moments and name == "$add":
            raise Misfit("$add takes one Timestamp only", argument=args.index(moments[1]))
        numbers(name, args)
        return result(args, integer=_fits(name, args))

    def lower(lowering: Lowering, args: Args) -> Tree:
        moments = [arg for arg in args if isinstance(required(arg.dtype), Timestamp)]
        if moments:
            rest = tuple(arg for arg in args if arg is not moments[0])
            shifted = lower(lowering, rest) if rest else b.number(0)
            return shift(lowering, moments[0], shifted)
        if not args:
            return b.number(empty)
        trees = _operands(lowering, name, args)
        total = trees[0]
        for tree in trees[1:]:
            total = b.infix(kind, total, tree)
        return total

    def complaints(args: Args) -> tuple[Complaint, ...]:
        return _past(name, args)

    define(name, (0, None), dtype, lower, complaints=complaints)


def _past(name: str, args: Args) -> tuple[Complaint, ...]:
    """The complaint that a timestamp is moved too far."""
    rest = [arg for arg in args if not isinstance(required(arg.dtype), Timestamp)]
    steps = [magnitude(arg) for arg in rest]
    near = sum(steps) <= FAR
    if near or len(rest) == len(args):
        return ()
    return no_value(f"{name} past the years 1 to 9999", Call(name, args), args)


def _operands(lowering: Lowering, name: str, args: Args) -> list[Tree]:
    trees = [lowering.sql(arg) for arg in args]
    if not all(whole(arg) for arg in args):
        return [b.cast(t, "DOUBLE") if whole(a) else t for t, a in zip(trees, args, strict=True)]
    if not _fits(name, args):
        return [b.cast(tree, "DOUBLE") for tree in trees]
    wide = bits(Call(name, args)) > 63
    return [b.cast(tree, "HUGEINT") if wide else plain(t) for t in trees for tree in (t,)]


def plain(tree: Tree) -> Tree:
    """A whole number, null of its type where it is a bare null."""
    return b.cast(tree, "BIGINT") if isinstance(tree, exp.Null) else tree


_chain("$add", exp.Add, 0)
_chain("$multiply", exp.Mul, 1)


def shift(lowering: Lowering, moment: Expr, milliseconds: Tree) -> Tree:
    """A timestamp moved by some milliseconds, null where that leads too far."""

    def by(v: Tree) -> Tree:
        near = b.infix(exp.LTE, b.call("abs", v.copy()), b.number(_MOST))
        return b.case((near, b.cast(b.infix(exp.Mul, v, b.number(1000)), "BIGINT")))

    start = b.call("epoch_us", lowering.sql(moment))
    moved = b.infix(exp.Add, start, lowering.let(milliseconds, by))
    return dated(lowering, moved, moved_type(moment.dtype))


def _subtract_type(args: Args) -> DType:
    left, right = (required(arg.dtype) for arg in args)
    if isinstance(left, Timestamp):
        if isinstance(right, Timestamp):
            return result(args, integer=True)
        numbers("$subtract", (Literal(0), args[1]))
        return optional(moved_type(left))
    numbers("$subtract", args)
    return result(args, integer=_fits("$subtract", args))


def _subtract(lowering: Lowering, args: Args) -> Tree:
    left, right = args
    if isinstance(required(left.dtype), Timestamp):
        if not isinstance(required(right.dtype), Timestamp):
            return shift(lowering, left, b.infix(exp.Sub, b.number(0), lowering.sql(right)))
        x, y = (b.call("epoch_ms", lowering.sql(arg)) for arg in args)
        return b.infix(exp.Sub, x, y)
    x, y = _operands(lowering, "$subtract", args)
    return b.infix(exp.Sub, x, y)


def _subtract_complaints(args: Args) -> tuple[Complaint, ...]:
    return _past("$subtract", args)


define("$subtract", (2, 2), _subtract_type, _subtract, complaints=_subtract_complaints)


def _zero(name: str, args: Args) -> tuple[Complaint, ...]:
    left, right = args
    if isinstance(right, Literal) and right.value != 0:
        return ()
    tests = [Call("$eq", (right, Literal(0)))]
    if nullable(left):
        tests.append(Call("$ne", (left, Literal(None))))
    return ((f"{name} by zero", Call("$and", tuple(tests))),)


def _by_zero(name: str, args: Args) -> None:
    constant = isinstance(args[0], Literal) and args[0].value is not None
    if constant and isinstance(args[1], Literal) and args[1].value == 0:
        raise Misfit(f"{name} by zero", argument=1)


def _divide_type(args: Args) -> DType:
    numbers("$divide", args)
    _by_zero("$divide", args)
    certain = isinstance(args[1], Literal) and args[1].value != 0
    dtype = result(args, integer=False)
    return dtype if certain else optional(dtype)


def _divisor(tree: Tree, expr: Expr) -> Tree:
    if isinstance(expr, Literal) and expr.value != 0:
        return tree
    return b.call("nullif", tree, b.number(0))


def _divide(lowering: Lowering, args: Args) -> Tree:
    x, y = (b.cast(lowering.sql(arg), "DOUBLE") for arg in args)
    return b.infix(exp.Div, x, _divisor(y, args[1]))


define("$divide", (2, 2), _divide_type, _divide, complaints=lambda args: _zero("$divide", args))


def _mod_type(args: Args) -> DType:
    numbers("$mod", args)
    _by_zero("$mod", args)
    certain = isinstance(args[1], Literal) and args[1].value != 0
    dtype = result(args, integer=all(whole(arg) for arg in args))
    return dtype if certain else optional(dtype)


def _mod(lowering: Lowering, args: Args) -> Tree:
    kind = "HUGEINT" if all(whole(arg) for arg in args) else "DOUBLE"
    positive = isinstance(args[1], Literal) and isinstance(args[1].value, int) and args[1].value > 0
    if kind == "HUGEINT" and positive:
        kind = "BIGINT" if bits(args[0]) <= 63 else kind
    x, y = (b.cast(lowering.sql(arg), kind) for arg in args)
    return b.infix(exp.Mod, x, _divisor(y, args[1]))


define("$mod", (2, 2), _mod_type, _mod, complaints=lambda args: _zero("$mod", args))


def _same_type(name: str) -> Callable[[Args], DType]:
    def dtype(args: Args) -> DType:
        numbers(name, args)
        return result(args, integer=whole(args[0]))

    return dtype


def _abs(lowering: Lowering, args: Args) -> Tree:
    tree = lowering.sql(args[0])
    if not whole(args[0]):
        return b.call("abs", tree)
    if bits(args[0]) < 64:
        return narrow(b.call("abs", b.cast(tree, "HUGEINT")))
    least = b.cast(b.number(-(2**63)), "HUGEINT")
    return b.call("abs", b.call("nullif", b.cast(tree, "HUGEINT"), least))


def narrow(tree: Tree) -> Tree:
    """A whole number of 64 bits, null past them, where MongoDB refuses the row."""
    return exp.TryCast(this=tree, to=exp.DataType.build("BIGINT", dialect="duckdb"))


def _abs_complaints(args: Args) -> tuple[Complaint, ...]:
    if not whole(args[0]) or bits(args[0]) < 63 or isinstance(args[0], Literal):
        return ()
    return (("$abs of the least whole number", Call("$eq", (args[0], Literal(-(2**63))))),)


define("$abs", (1, 1), _same_type("$abs"), _abs, complaints=_abs_complaints)


def _step(name: str, function: str) -> None:
    def lower(lowering: Lowering, args: Args) -> Tree:
        tree = lowering.sql(args[0])
        return plain(tree) if whole(args[0]) else b.call(function, tree)

    define(name, (1, 1), _same_type(name), lower)


_step("$ceil", "ceil")
_step("$floor", "floor")


def _float(
    name: str,
    function: str,
    *,
    text: str = "",
    refused: Callable[[Expr], Expr] | None = None,
    outside: Callable[[Tree], Tree] | None = None,
    wrong: Callable[[float], bool] | None = None,
) -> None:
    """A function of one float; `refused` and `outside` say where it has no value."""

    def dtype(args: Args) -> DType:
        numbers(name, args)
        value = args[0].value if isinstance(args[0], Literal) else None
        if wrong is not None and isinstance(value, int | float) and wrong(value):
            raise Misfit(f"{name} of {text}", argument=0)
        known = result(args, integer=False)
        return known if outside is None else optional(known)

    def lower(lowering: Lowering, args: Args) -> Tree:
        tree = b.cast(lowering.sql(args[0]), "DOUBLE")
        if outside is None:
            return b.call(function, tree)
        kept = lowering.let(tree, lambda v: b.case((outside(v), b.NULL()), default=v.copy()))
        return b.call(function, kept)

    def complaints(args: Args) -> tuple[Complaint, ...]:
        if refused is None:
            return no_complaints(args)
        test = refused(args[0])
        real = Call(
            "$and",
            (Call("$ne", (args[0], Literal(None))), Call("$ne", (args[0], Literal(float("nan")))), test),
        )
        return ((f"{name} of {text}", real),)

    define(name, (1, 1), dtype, lower, complaints=complaints)


def _below_zero(tree: Tree) -> Tree:
    return b.infix(exp.LT, tree, b.number(0))


def _not_positive(tree: Tree) -> Tree:
    return b.infix(exp.LTE, tree, b.number(0))


_float("$exp", "exp")
_float(
    "$sqrt",
    "sqrt",
    text="a negative number",
    refused=lambda x: Call("$lt", (x, Literal(0))),
    outside=_below_zero,
    wrong=lambda v: v < 0,
)
for _name, _function in (("$ln", "ln"), ("$log10", "log10")):
    _float(
        _name,
        _function,
        text="a number that is not positive",
        refused=lambda x: Call("$lte", (x, Literal(0))),
        outside=_not_positive,
        wrong=lambda v: v <= 0,
    )


def _pow_type(args: Args) -> DType:
    numbers("$pow", args)
    values = [arg.value for arg in args if isinstance(arg, Literal)]
    if len(values) == 2 and values[0] == 0 and isinstance(values[1], int | float) and values[1] < 0:
        raise Misfit("$pow of 0 to a negative exponent", argument=1)
    return optional(result(args, integer=False))


def _pow(lowering: Lowering, args: Args) -> Tree:
    x, y = (b.cast(lowering.sql(arg), "DOUBLE") for arg in args)
    exponent = args[1].value if isinstance(args[1], Literal) else -1
    if isinstance(exponent, int | float) and exponent >= 0:
        return b.call("pow", x, y)

    def guarded(v: Tree, w: Tree) -> Tree:
        none = b.both(b.infix(exp.EQ, v, b.number(0)), b.infix(exp.LT, w, b.number(0)))
        power = b.call("pow", v.copy(), w.copy())
        if not all(whole(arg) for arg in args):
            return b.case((none, b.NULL()), default=power)
        odd = b.infix(exp.NEQ, b.infix(exp.Mod, lowering.sql(args[1]), b.number(2)), b.number(0))
        turned = b.both(b.infix(exp.EQ, v.copy(), b.number(-1)), odd)
        return b.case((none, b.NULL()), (turned, b.number(-1)), default=power)

    return lowering.let(x, lambda v: lowering.let(y, lambda w: guarded(v, w)))


def _pow_complaints(args: Args) -> tuple[Complaint, ...]:
    base, exponent = args
    if isinstance(exponent, Literal) and isinstance(exponent.value, int | float) and exponent.value >= 0:
        return ()
    number = Call("$gte", (exponent, Literal(-math.inf)))  # neither null nor NaN
    negative = Call("$and", (number, Call("$lt", (exponent, Literal(0)))))
    test = Call("$and", (Call("$eq", (base, Literal(0))), negative))
    return (("$pow of 0 to a negative exponent", test),)


define("$pow", (2, 2), _pow_type, _pow, complaints=_pow_complaints)
