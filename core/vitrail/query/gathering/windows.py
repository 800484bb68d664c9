"""$rank $denseRank $documentNumber $shift $expMovingAvg $derivative $integral $covariance… $linearFill $locf."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, Mixed, Nothing, Number, Timestamp, optional, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Expr, Literal
from vitrail.query.folding import Over
from vitrail.query.gather import Gather, define
from vitrail.query.operator import Misfit, said

if TYPE_CHECKING:
    from vitrail.query.folding import Folding

_FLOAT = Number(integer=False)
_WINDOW = ("window",)
UNITS_MS = {
    "millisecond": 1,
    "second": 1_000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
}


def rows(
    low: str | Tree, low_side: str | None, high: str | Tree, high_side: str | None
) -> exp.WindowSpec:
    """A frame of rows."""
    return exp.WindowSpec(kind="ROWS", start=low, start_side=low_side, end=high, end_side=high_side)


def before() -> exp.WindowSpec:
    """The frame of all rows up to this one."""
    return rows("UNBOUNDED", "PRECEDING", "CURRENT ROW", None)


def after() -> exp.WindowSpec:
    """The frame of this row and all later ones."""
    return rows("CURRENT ROW", None, "UNBOUNDED", "FOLLOWING")


def _over(folding: Folding, *, keys: bool = False, frame: exp.WindowSpec | None = None) -> Over:
    over = folding.over
    if over is None:
        raise Misfit("a window's function stands in $setWindowFields")
    return Over(over.partition, over.keys if keys else over.order, over.keys, frame)


def _number(name: str, function: str, *, ties: bool) -> None:
    def lower(folding: Folding, _gather: Gather) -> Tree:
        return _over(folding, keys=ties).of(b.call(function))

    whole = Number(integer=True)
    define(
        name,
        lambda _: whole,
        lower,
        parameters=("",),
        places=_WINDOW,
        sorted=True,
        framed=False,
    )


_number("$rank", "rank", ties=True)
_number("$denseRank", "dense_rank", ties=True)
_number("$documentNumber", "row_number", ties=False)


def _shift_type(gather: Gather) -> DType:
    from vitrail.query.step import either

    output, _, default = gather.args
    if isinstance(required(default.dtype), Nothing):
        return optional(output.dtype)
    return either(output.dtype, default.dtype, "$shift")


def _shift(folding: Folding, gather: Gather) -> Tree:
    output, by, default = gather.args
    count = int(float(str(by.value))) if isinstance(by, Literal) else 0
    value = folding.lowering.as_type(output, gather.dtype)
    other = b.cast(folding.lowering.as_type(default, gather.dtype), b.duck_type(gather.dtype))
    function = "lead" if count >= 0 else "lag"
    return _over(folding).of(b.call(function, value, b.number(abs(count)), other))


define(
    "$shift",
    _shift_type,
    _shift,
    parameters=("output", "by", "default"),
    places=_WINDOW,
    sorted=True,
    framed=False,
)


def _float(gather: Gather) -> DType:
    for place, arg in enumerate(gather.args[:2]):
        inner = required(arg.dtype)
        if gather.name in _NUMBERS and not isinstance(inner, Number | Nothing | Mixed | Timestamp):
            raise Misfit(f"{gather.name} needs numbers, got {said(inner)}", argument=place)
    return optional(_FLOAT)


_NUMBERS = ("$derivative", "$integral", "$linearFill")


def number_of(folding: Folding, expr: Expr) -> Tree:
    """A value as a float: a number, or a time's milliseconds; null of anything else."""
    inner, tree = required(expr.dtype), folding.sql(expr)
    match inner:
        case Number():
            return b.cast(tree, "DOUBLE")
        case Timestamp():
            moment = tree if inner.form == "instant" else b.cast(tree, "TIMESTAMP")
            return b.infix(exp.Div, b.cast(b.call("epoch_us", moment), "DOUBLE"), b.number(1000))
        case Mixed():
            return b.call("mixed_number", tree)
    return b.cast(b.NULL(), "DOUBLE")


def _average(folding: Folding, gather: Gather) -> Tree:
    value, weight = gather.args
    alpha = float(str(weight.value)) if isinstance(weight, Literal) else 0.5
    # what is older than this has less than 1e-30 of the weight
    reach = max(1, min(1_000_000, math.ceil(-70 / math.log(1 - alpha)))) if alpha < 1 else 1
    number = number_of(folding, value)
    frame = rows(b.number(reach), "PRECEDING", "CURRENT ROW", None)
    listed = exp.Filter(this=b.call("array_agg", number), expression=exp.Where(this=b.not_null(number)))
    found = _over(folding, frame=frame).of(listed)
    so_far, item = folding.lowering.fresh(), folding.lowering.fresh()
    new = b.infix(exp.Mul, folding.lowering.bind(alpha), exp.to_identifier(item))
    old = b.infix(exp.Mul, folding.lowering.bind(1 - alpha), exp.to_identifier(so_far))
    step = b.function((so_far, item), b.infix(exp.Add, new, old))
    return folding.lowering.let(
        found, lambda v: b.case((b.not_null(v), b.call("list_reduce", v.copy(), step)))
    )


define(
    "$expMovingAvg",
    _float,
    _average,
    parameters=("input", "N", "alpha"),
    places=_WINDOW,
    sorted=True,
    framed=False,
)


def _ms(gather: Gather) -> int:
    """How many of the key's units make one of the wanted unit."""
    unit = gather.args[2].value if len(gather.args) > 2 and isinstance(gather.args[2], Literal) else None
    return UNITS_MS.get(str(unit), 1)


def _slope(folding: Folding, gather: Gather) -> Tree:
    value, key = (number_of(folding, arg) for arg in gather.args[:2])
    ends = [
        folding.aggregate(function, one.copy(), order=folding.standing)
        for one in (value, key)
        for function in ("first", "last")
    ]
    y0, y1, x0, x1 = ends
    rise, run = b.infix(exp.Sub, y1, y0), b.infix(exp.Sub, x1, x0)
    per = b.infix(exp.Div, run, b.number(_ms(gather)))
    return b.case((b.infix(exp.NEQ, run.copy(), b.number(0)), b.infix(exp.Div, rise, per)))


define("$derivative", _float, _slope, parameters=("input", "unit"), places=_WINDOW, sorted=True)


def _area(folding: Folding, gather: Gather) -> Tree:
    value, key = (number_of(folding, arg) for arg in gather.args[:2])
    points = folding.aggregate("array_agg", b.struct({"x": key, "y": value}), order=folding.standing)

    def area(v: Tree) -> Tree:
        at = exp.to_identifier(folding.lowering.fresh())

        def of(offset: int, name: str) -> Tree:
            place = b.infix(exp.Add, at.copy(), b.number(offset))
            return b.part(b.call("list_extract", v.copy(), place), name)

        width = b.infix(exp.Sub, of(1, "x"), of(0, "x"))
        height = b.infix(exp.Div, b.infix(exp.Add, of(0, "y"), of(1, "y")), b.number(2))
        one = b.infix(exp.Mul, width, height)
        places = b.call("range", b.number(1), b.call("len", v.copy()))
        pieces = b.call("list_transform", places, b.function((at.name,), one))
        total = b.coalesce(b.call("list_sum", pieces), b.cast(b.number(0), "DOUBLE"))
        return b.case((b.not_null(v), b.infix(exp.Div, total, b.number(_ms(gather)))))

    return folding.lowering.let(points, area)


define("$integral", _float, _area, parameters=("input", "unit"), places=_WINDOW, sorted=True)


def _covariance(name: str, function: str) -> None:
    def lower(folding: Folding, gather: Gather) -> Tree:
        left, right = (number_of(folding, arg) for arg in gather.args)
        return folding.aggregate(function, left, right)

    define(name, _float, lower, parameters=("[]",), places=_WINDOW)


_covariance("$covariancePop", "covar_pop")
_covariance("$covarianceSamp", "covar_samp")


def _near(folding: Folding, value: Tree, where: Tree, frame: Callable[[], exp.WindowSpec]) -> Tree:
    """The nearest value before or after a row among those for which `where` is true."""
    function = exp.LastValue if frame is before else exp.FirstValue
    known = b.case((where.copy(), value.copy()))
    return _over(folding, frame=frame()).of(exp.IgnoreNulls(this=function(this=known)))


def _linear(folding: Folding, gather: Gather) -> Tree:
    value, key = (number_of(folding, arg) for arg in gather.args[:2])
    there = b.not_null(value)
    y0, y1 = (_near(folding, value, there, frame) for frame in (before, after))
    x0, x1 = (_near(folding, key, there, frame) for frame in (before, after))
    share = b.infix(exp.Div, b.infix(exp.Sub, key, x0), b.infix(exp.Sub, x1, x0.copy()))
    between = b.infix(exp.Add, y0, b.infix(exp.Mul, b.infix(exp.Sub, y1, y0.copy()), share))
    return b.coalesce(value.copy(), between)


define("$linearFill", _float, _linear, places=_WINDOW, sorted=True, framed=False)


def _carried(folding: Folding, gather: Gather) -> Tree:
    value = folding.sql(gather.args[0])
    return _near(folding, value, b.not_null(value), before)


define("$locf", lambda gather: optional(gather.args[0].dtype), _carried, places=_WINDOW, framed=False)
