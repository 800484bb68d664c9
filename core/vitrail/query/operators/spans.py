"""$dateTrunc $dateDiff $dateAdd $dateSubtract: whole units of time, in a time zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, Nothing, Number, optional
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Call, Literal
from vitrail.query.operator import Args, Complaint, Misfit, define
from vitrail.query.operators.checks import constant, missing, no_value, null_of, wholes
from vitrail.query.operators.clock import (
    DAYS,
    FAR,
    MICROSECONDS,
    MONTHS,
    UNITS,
    Zone,
    dated,
    days_since,
    floor_by,
    from_local,
    kept,
    local,
    magnitude,
    moment,
    moments,
    utc,
    weekday,
    word,
    zone,
)

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

_MOST_YEARS = 20_000


def _origin(start: int) -> str:
    """The first day of 2000 on which a week begins; 1 January was a Saturday."""
    return f"2000-01-{2 + start if start < 6 else 1:02d}"


def _trunc_type(args: Args) -> DType:
    moments("$dateTrunc", args, (0,))
    unit = word("$dateTrunc", args[1], 1, UNITS, "unit")
    wholes("$dateTrunc", args, (2,), least=1)
    if not isinstance(args[2], Literal):
        raise Misfit("$dateTrunc needs a constant binSize", argument=2)
    zone("$dateTrunc", args[3], 3)
    if unit == "week":
        weekday("$dateTrunc", args[4], 4)
    return missing(args[:4], moment(args[0].dtype))


def _trunc(lowering: Lowering, args: Args) -> Tree:
    unit, where = word("$dateTrunc", args[1], 1, UNITS, "unit"), zone("$dateTrunc", args[3], 3)
    dtype = _trunc_type(args)
    if not unit or where is None or constant(args[2]) is None or isinstance(args[0].dtype, Nothing):
        return null_of(dtype)
    size, start = int(constant(args[2])), weekday("$dateTrunc", args[4], 4) if unit == "week" else 0

    def cut(tree: Tree) -> Tree:
        if unit in MICROSECONDS:
            return _cut_exactly(lowering, tree, size * MICROSECONDS[unit], where)
        shown = local(lowering, tree, where)
        whole = lowering.let(shown, lambda v: _cut_days(v, unit, size, start))
        return from_local(lowering, whole, where)

    return kept(lowering.let(utc(lowering, args[0]), cut), moment(args[0].dtype))


def _cut_exactly(lowering: Lowering, tree: Tree, step: int, where: Zone) -> Tree:
    """Bins of hours and less are counted from 2000 in the zone, and all of one length."""
    first = from_local(lowering, b.cast(b.text("2000-01-01"), "TIMESTAMP"), where)

    def cut(v: Tree) -> Tree:
        since, origin = b.part(v.copy(), "s"), b.part(v.copy(), "o")
        bins = b.infix(exp.Mul, floor_by(since, b.number(step)), b.number(step))
        return b.call("make_timestamp", b.infix(exp.Add, origin, bins))

    origin = b.call("epoch_us", first)
    since = b.infix(exp.Sub, b.call("epoch_us", tree), origin)
    return lowering.let(b.struct({"s": since, "o": origin.copy()}), cut)


def _cut_days(shown: Tree, unit: str, size: int, start: int) -> Tree:
    if unit in MONTHS:
        since = _months_since(shown)
        step = b.number(size * MONTHS[unit])
        months = b.infix(exp.Mul, floor_by(since, step), step)
        bounded = b.call("to_months", b.cast(months, "INTEGER"))
        return b.infix(exp.Add, b.cast(b.text("2000-01-01"), "TIMESTAMP"), bounded)
    day = _origin(start) if unit == "week" else "2000-01-01"
    step = b.number(size * DAYS[unit])
    days = b.infix(exp.Mul, floor_by(days_since(shown.copy(), day), step), step)
    return b.infix(exp.Add, b.cast(b.text(day), "TIMESTAMP"), b.call("to_days", b.cast(days, "INTEGER")))


def _months_since(shown: Tree) -> Tree:
    years = b.infix(exp.Sub, b.call("year", shown.copy()), b.number(2000))
    month = b.infix(exp.Sub, b.call("month", shown.copy()), b.number(1))
    return b.infix(exp.Add, b.infix(exp.Mul, years, b.number(12)), month)


define(
    "$dateTrunc",
    (2, 5),
    _trunc_type,
    _trunc,
    named=("date", "unit", "binSize", "timezone", "startOfWeek"),
    defaults={"binSize": 1, "timezone": "UTC", "startOfWeek": "sunday"},
    positional=0,
)


def _diff_type(args: Args) -> DType:
    moments("$dateDiff", args, (0, 1))
    unit = word("$dateDiff", args[2], 2, UNITS, "unit")
    zone("$dateDiff", args[3], 3)
    if unit == "week":
        weekday("$dateDiff", args[4], 4)
    return missing(args[:4], Number(integer=True))


def _diff(lowering: Lowering, args: Args) -> Tree:
    """How many bounds of the unit lie between."""
    unit, where = word("$dateDiff", args[2], 2, UNITS, "unit"), zone("$dateDiff", args[3], 3)
    if not unit or where is None or any(isinstance(arg.dtype, Nothing) for arg in args[:2]):
        return null_of(Number(integer=True))
    start = weekday("$dateDiff", args[4], 4) if unit == "week" else 0
    ends = [utc(lowering, arg) for arg in args[:2]]
    shown = [local(lowering, end.copy(), where) for end in ends]

    def between(v: Tree) -> Tree:
        count = [_count(b.part(v.copy(), f"l{i}"), unit, start) for i in range(2)]
        if unit in MICROSECONDS:  # by the time that really passed, with the clock's minutes at the start
            begin, first = b.part(v.copy(), "u0"), b.part(v.copy(), "l0")
            ahead = b.infix(exp.Sub, b.call("epoch_us", first), b.call("epoch_us", begin))
            at = [
                b.infix(exp.Add, b.call("epoch_us", b.part(v.copy(), f"u{i}")), ahead) for i in range(2)
            ]
            count = [floor_by(one, b.number(MICROSECONDS[unit])) for one in at]
        return b.cast(b.infix(exp.Sub, count[1], count[0]), "BIGINT")

    parts = {"u0": ends[0], "u1": ends[1], "l0": shown[0], "l1": shown[1]}
    return lowering.let(b.struct(parts), between)


def _count(shown: Tree, unit: str, start: int) -> Tree:
    if unit in MONTHS:
        return floor_by(_months_since(shown), b.number(MONTHS[unit]))
    day = _origin(start) if unit == "week" else "2000-01-01"
    return floor_by(days_since(shown, day), b.number(DAYS.get(unit, 1)))


define(
    "$dateDiff",
    (3, 5),
    _diff_type,
    _diff,
    named=("startDate", "endDate", "unit", "timezone", "startOfWeek"),
    defaults={"timezone": "UTC", "startOfWeek": "sunday"},
    positional=0,
)


def _shift(name: str, sign: int) -> None:
    def dtype(args: Args) -> DType:
        moments(name, args, (0,))
        word(name, args[1], 1, UNITS, "unit")
        value = constant(args[2])
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole:
            wholes(name, args, (2,))
        zone(name, args[3], 3)
        return optional(moment(args[0].dtype))

    def lower(lowering: Lowering, args: Args) -> Tree:
        unit, where = word(name, args[1], 1, UNITS, "unit"), zone(name, args[3], 3)
        result = moment(args[0].dtype)
        if not unit or where is None or any(isinstance(args[i].dtype, Nothing) for i in (0, 2)):
            return null_of(result)
        amount = b.infix(exp.Mul, b.cast(lowering.sql(args[2]), "HUGEINT"), b.number(sign))
        packed = b.struct({"t": utc(lowering, args[0]), "n": amount})
        moved = lowering.let(packed, lambda v: _moved(lowering, v, unit, where))
        return dated(lowering, b.call("epoch_us", moved), result)

    def complaints(args: Args) -> tuple[Complaint, ...]:
        unit = word(name, args[1], 1, UNITS, "unit")
        if not unit or magnitude(args[2]) * _length(unit) <= FAR:
            return ()
        return no_value(f"{name} past the years 1 to 9999", Call(name, args), args)

    define(
        name,
        (3, 4),
        dtype,
        lower,
        complaints=complaints,
        named=("startDate", "unit", "amount", "timezone"),
        defaults={"timezone": "UTC"},
        positional=0,
    )


def _length(unit: str) -> int:
    """How many milliseconds a unit takes at most."""
    days = DAYS.get(unit) or MONTHS.get(unit, 0) * 31
    return days * 86_400_000 or MICROSECONDS[unit] // 1000


def _moved(lowering: Lowering, v: Tree, unit: str, where: Zone) -> Tree:
    """Days and more are moved on the clock of the zone, hours and less in time itself."""
    start, amount = b.part(v.copy(), "t"), b.part(v.copy(), "n")
    if unit in MICROSECONDS:
        step = MICROSECONDS[unit]
        most = _MOST_YEARS * 366 * 86_400_000_000 // step
        by = b.call("to_microseconds", b.cast(b.infix(exp.Mul, amount, b.number(step)), "BIGINT"))
        moved = b.infix(exp.Add, start, by)
    else:
        step = MONTHS.get(unit) or DAYS[unit]
        most = _MOST_YEARS * (12 if unit in MONTHS else 366) // step
        count = b.cast(b.infix(exp.Mul, amount, b.number(step)), "INTEGER")
        by = b.call("to_months" if unit in MONTHS else "to_days", count)
        moved = from_local(lowering, b.infix(exp.Add, local(lowering, start, where), by), where)
    fine = b.infix(exp.LTE, b.call("abs", amount.copy()), b.number(most))
    return b.case((fine, moved))


_shift("$dateAdd", 1)
_shift("$dateSubtract", -1)
