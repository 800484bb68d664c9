"""$type, $toInt $toLong $toDouble $toString $toDate $toBool and what $convert makes of them.

Each conversion is defined twice: `$toInt`, which complains of what it refuses, and `$toInt or null`,
which is silent, for `$convert` with `onError`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import (
    Boolean,
    DType,
    Image,
    List,
    Medium,
    Mixed,
    Nothing,
    Number,
    Struct,
    Text,
    Timestamp,
    Versions,
    optional,
    required,
)
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.dynamic.table import Refused
from vitrail.query.dynamic.table import call as worked_out
from vitrail.query.expr import Call, Expr, Literal
from vitrail.query.mixing import call
from vitrail.query.operator import Args, Complaint, Misfit, define, said
from vitrail.query.operators.checks import no_value, null_of
from vitrail.query.operators.clock import FIRST_MILLISECOND, LAST_MILLISECOND, utc
from vitrail.query.value_types import common, like, nullable

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

SMALL = 2**31
_LONG = frozenset(("$toLong", "$toLong or null", "$dateDiff"))
_ARITHMETIC = frozenset(
    ("$add", "$subtract", "$multiply", "$mod", "$abs", "$ceil", "$floor", "$round", "$trunc", "$pow")
)
_INTEGER = r"[+-]?[0-9]+"
_FLOAT = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_UNBOUNDED = r"[+-]?([nN][aA][nN]|[iI][nN][fF]([iI][nN][iI][tT][yY])?)"

TARGETS: dict[str, DType] = {
    "$toInt": Number(integer=True),
    "$toLong": Number(integer=True),
    "$toDouble": Number(integer=False),
    "$toString": Text(),
    "$toBool": Boolean(),
    "$toDate": Timestamp("instant"),
}


def is_long(expr: Expr) -> bool:
    """Whether a whole number is of 64 bits however small it is, as what $toLong gives."""
    match expr:
        case Call(name=name, args=args) if name in _ARITHMETIC:
            return any(is_long(arg) for arg in args) or all(
                isinstance(required(arg.dtype), Timestamp) for arg in args
            )
        case Call(name=name):
            return name in _LONG
    return False


def converts(name: str, dtype: DType) -> bool:
    """Whether a conversion takes values of a type at all."""
    inner = required(dtype)
    if isinstance(inner, List | Struct | Image | Versions):
        return False
    if name == "$toInt":
        return not isinstance(inner, Timestamp)
    return not (name == "$toDate" and isinstance(inner, Boolean))


def _certain(name: str, dtype: DType) -> bool:
    """Whether a conversion takes every value of a type."""
    match name, required(dtype):
        case ("$toString" | "$toBool", _) | (_, Nothing()) | ("$toDouble", Number()):
            return True
        case ("$toInt" | "$toLong" | "$toDouble", Boolean()):
            return True
        case ("$toLong" | "$toDouble" | "$toDate", Timestamp()):
            return True
    return False


def _result(name: str, dtype: DType) -> DType:
    """The type of a conversion's value, which is missing where it may be refused."""
    return like(dtype, TARGETS[name]) if _certain(name, dtype) else optional(TARGETS[name])


def converted(lowering: Lowering, name: str, arg: Expr) -> Tree:
    """SQL of a conversion; null where it is refused."""
    inner = required(arg.dtype)
    if isinstance(inner, Nothing) or not converts(name, inner):
        return null_of(TARGETS[name])
    return _LOWER[name](lowering, arg, inner)


def _whole(lowering: Lowering, arg: Expr, inner: DType, kind: str) -> Tree:
    tree = lowering.sql(arg)
    if isinstance(inner, Text):
        digits = lowering.let(
            tree, lambda v: b.case((b.call("regexp_full_match", v, b.text(_INTEGER)), v.copy()))
        )
        return b.cast(_try(digits, kind), "BIGINT")
    if isinstance(inner, Timestamp):
        return _milliseconds(lowering, arg)
    if isinstance(inner, Number) and not inner.integer:
        return b.cast(_try(lowering.let(tree, lambda v: _cut(v, kind)), kind), "BIGINT")
    return b.cast(_try(tree, kind), "BIGINT")


def _try(tree: Tree, kind: str) -> Tree:
    return exp.TryCast(this=tree, to=exp.DataType.build(kind, dialect="duckdb"))


def _cut(tree: Tree, kind: str) -> Tree:
    """A float without its fraction, null where its whole number does not fit."""
    most = SMALL - 1 if kind == "INTEGER" else 2**63
    low = b.cast(b.number(-SMALL if kind == "INTEGER" else -(2**63)), "DOUBLE")
    over = exp.LTE if kind == "INTEGER" else exp.LT
    fits = b.both(b.infix(exp.GTE, tree, low), b.infix(over, tree, b.cast(b.number(most), "DOUBLE")))
    return b.case((fits, b.call("trunc", tree.copy())))


def _milliseconds(lowering: Lowering, arg: Expr) -> Tree:
    micro = b.call("epoch_us", utc(lowering, arg))
    return b.cast(b.call("floor", b.infix(exp.Div, micro, b.number(1000))), "BIGINT")


def _to_double(lowering: Lowering, arg: Expr, inner: DType) -> Tree:
    if isinstance(inner, Timestamp):
        return b.cast(_milliseconds(lowering, arg), "DOUBLE")
    tree = lowering.sql(arg)
    return lowering.let(tree, _read_float) if isinstance(inner, Text) else b.cast(tree, "DOUBLE")


def _read_float(tree: Tree) -> Tree:
    """The text as a float; past the greatest one it is none."""
    plain = b.call("regexp_full_match", tree.copy(), b.text(_FLOAT))
    word = b.call("regexp_full_match", tree.copy(), b.text(_UNBOUNDED))
    read = _try(tree.copy(), "DOUBLE")
    finite = b.both(plain, b.call("isfinite", read))
    return b.case((finite, read.copy()), (word, read.copy()))


def _to_text(lowering: Lowering, arg: Expr, inner: DType) -> Tree:
    match inner:
        case Number(integer=False):
            return lowering.let(lowering.sql(arg), _float_text)
        case Timestamp():
            return b.call("strftime", utc(lowering, arg), b.text("%Y-%m-%dT%H:%M:%S.%gZ"))
    return b.cast(lowering.sql(arg), "VARCHAR")


def _float_text(tree: Tree) -> Tree:
    """16 digits at most, without a fraction of zeros."""
    below = b.infix(exp.LT, tree, b.number(0))
    return b.case(
        (b.call("isfinite", tree.copy()), b.call("format", b.text("{:.16g}"), tree.copy())),
        (b.is_nan(tree), b.text("NaN")),
        (below, b.text("-Infinity")),
        (b.not_null(tree), b.text("Infinity")),
    )


def _to_bool(lowering: Lowering, arg: Expr, inner: DType) -> Tree:
    """Every text is true, "" and "false" too; null stays null."""
    tree = lowering.sql(arg)
    match inner:
        case Boolean():
            return tree
        case Number():
            return b.infix(exp.NEQ, tree, b.number(0))
    return b.case((b.not_null(tree), b.TRUE()))


def _to_date(lowering: Lowering, arg: Expr, inner: DType) -> Tree:
    """A whole number of 32 bits is no date, only one of 64 bits or a float."""
    match inner:
        case Timestamp():
            return b.call("make_timestamptz", b.call("epoch_us", utc(lowering, arg)))
        case Text():
            tree = lowering.widen(lowering.sql(arg), arg.dtype, Mixed())
            return call(lowering, "$toDate", [tree], Timestamp("instant"))
    always = is_long(arg) or not (isinstance(inner, Number) and inner.integer)

    def moved(v: Tree) -> Tree:
        fits = b.both(
            b.infix(exp.GTE, v, b.number(FIRST_MILLISECOND)),
            b.infix(exp.LTE, v, b.number(LAST_MILLISECOND)),
        )
        small = b.both(b.infix(exp.GTE, v, b.number(-SMALL)), b.infix(exp.LT, v, b.number(SMALL)))
        whole = b.cast(b.call("trunc", v.copy()), "BIGINT")
        made = b.call("make_timestamptz", b.infix(exp.Mul, whole, b.number(1000)))
        return b.case((fits if always else b.both(fits, b.negate(small)), made))

    return lowering.let(lowering.sql(arg), moved)


_LOWER: dict[str, Callable[[Lowering, Expr, DType], Tree]] = {
    "$toInt": lambda lowering, arg, inner: _whole(lowering, arg, inner, "INTEGER"),
    "$toLong": lambda lowering, arg, inner: _whole(lowering, arg, inner, "BIGINT"),
    "$toDouble": _to_double,
    "$toString": _to_text,
    "$toBool": _to_bool,
    "$toDate": _to_date,
}


def _conversion(name: str) -> None:
    def dtype(args: Args) -> DType:
        inner = required(args[0].dtype)
        if not converts(name, inner):
            raise Misfit(f"{name} takes no {said(inner)}", argument=0)
        if isinstance(args[0], Literal):
            try:
                worked_out(name, [args[0].value])
            except Refused as error:
                raise Misfit(str(error), argument=0) from None
        return _result(name, args[0].dtype)

    def lower(lowering: Lowering, args: Args) -> Tree:
        return converted(lowering, name, args[0])

    def complaints(args: Args) -> tuple[Complaint, ...]:
        if isinstance(args[0], Literal) or _certain(name, args[0].dtype):
            return ()
        return no_value(f"{name} of a value that it cannot convert", Call(name, args), args)

    define(name, (1, 1), dtype, lower, complaints=complaints)
    define(f"{name} or null", (1, 1), lambda _args: optional(TARGETS[name]), lower)


for _name in TARGETS:
    _conversion(_name)


def _otherwise_type(args: Args) -> DType:
    return common([args[1].dtype, *(arg.dtype for arg in args[2:])])


def _otherwise(lowering: Lowering, args: Args) -> Tree:
    """What was made of an input, another value where the input is null, and one where nothing was made."""
    source, made, of_null, of_error = args
    dtype = _otherwise_type(args)
    null, error = (lowering.as_type(arg, dtype) for arg in (of_null, of_error))
    missing = b.is_null(lowering.sql(source))
    failed = b.is_null(lowering.sql(made))
    return b.case((missing, null), (failed, error), default=lowering.as_type(made, dtype))


define("otherwise", (4, 4), _otherwise_type, _otherwise)

_NAMES: dict[type[DType], str] = {
    Boolean: "bool",
    Text: "string",
    Timestamp: "date",
    List: "array",
    Versions: "array",
    Struct: "object",
    Medium: "object",
    Image: "object",
    Nothing: "null",
}


def _type(lowering: Lowering, args: Args) -> Tree:
    inner = required(args[0].dtype)
    if isinstance(inner, Nothing):
        return b.text("null")
    if isinstance(inner, Number):
        return lowering.let(lowering.sql(args[0]), lambda v: _number_type(v, args[0], inner))
    named = b.text(_NAMES[type(inner)])
    if not nullable(args[0]):
        return named
    return b.case((b.is_null(lowering.sql(args[0])), b.text("null")), default=named)


def _number_type(tree: Tree, arg: Expr, inner: Number) -> Tree:
    """Whole numbers are "int" or "long" by their size, as a document would store them."""
    missing = b.is_null(tree), b.text("null")
    if not inner.integer:
        return b.case(missing, default=b.text("double"))
    if is_long(arg):
        return b.case(missing, default=b.text("long"))
    small = b.both(b.infix(exp.GTE, tree, b.number(-SMALL)), b.infix(exp.LT, tree, b.number(SMALL)))
    return b.case(missing, (small, b.text("int")), default=b.text("long"))


define("$type", (1, 1), lambda _args: Text(), _type)
