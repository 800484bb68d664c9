"""$year … $millisecond, days and weeks of the year, $dateToParts and $dateFromParts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, Nothing, Number, Struct, Timestamp, optional
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Call, Literal
from vitrail.query.operator import Args, Complaint, Misfit, define
from vitrail.query.operators.checks import constant, missing, no_value, null_of, wholes
from vitrail.query.operators.clock import dated, from_local, local, moments, utc, zone

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

WHOLE = Number(integer=True)


def _of(function: str) -> Callable[[Tree], Tree]:
    return lambda tree: b.call(function, tree)


def _millisecond(tree: Tree) -> Tree:
    return b.infix(exp.Mod, b.call("millisecond", tree), b.number(1000))


def _day_of_week(tree: Tree) -> Tree:
    """1 is Sunday."""
    return b.infix(exp.Add, b.call("dayofweek", tree), b.number(1))


def sunday_week(tree: Tree) -> Tree:
    """The week of the year that begins on Sunday, 0 before the first."""
    return b.cast(b.call("strftime", tree, b.text("%U")), "BIGINT")


PARTS: dict[str, Callable[[Tree], Tree]] = {
    "$year": _of("year"),
    "$month": _of("month"),
    "$dayOfMonth": _of("day"),
    "$hour": _of("hour"),
    "$minute": _of("minute"),
    "$second": _of("second"),
    "$millisecond": _millisecond,
    "$dayOfWeek": _day_of_week,
    "$dayOfYear": _of("dayofyear"),
    "$week": sunday_week,
    "$isoWeek": _of("week"),
    "$isoWeekYear": _of("isoyear"),
    "$isoDayOfWeek": _of("isodow"),
}


def _part(name: str) -> None:
    def dtype(args: Args) -> DType:
        moments(name, args, (0,))
        zone(name, args[1] if len(args) > 1 else None, 1)
        return missing(args, WHOLE)

    def lower(lowering: Lowering, args: Args) -> Tree:
        where = zone(name, args[1] if len(args) > 1 else None, 1)
        if where is None or isinstance(args[0].dtype, Nothing):
            return null_of(WHOLE)
        shown = local(lowering, utc(lowering, args[0]), where)
        return b.cast(lowering.let(shown, PARTS[name]), "BIGINT")

    define(name, (1, 2), dtype, lower, named=("date", "timezone"), positional=1)


for _name in PARTS:
    _part(_name)

_PLAIN = ("year", "month", "day")
_ISO = ("isoWeekYear", "isoWeek", "isoDayOfWeek")
_TIME = ("hour", "minute", "second", "millisecond")


def _names(iso: bool) -> tuple[str, ...]:
    return (*(_ISO if iso else _PLAIN), *_TIME)


def _parts_type(args: Args) -> DType:
    moments("$dateToParts", args, (0,))
    zone("$dateToParts", args[1], 1)
    if not isinstance(constant(args[2]), bool):
        raise Misfit("$dateToParts: iso8601 is true or false", argument=2)
    parts = tuple((name, WHOLE) for name in _names(bool(constant(args[2]))))
    return missing(args[:2], Struct(parts))


def _parts(lowering: Lowering, args: Args) -> Tree:
    where = zone("$dateToParts", args[1], 1)
    if where is None or isinstance(args[0].dtype, Nothing):
        return null_of(_parts_type(args))

    def split(shown: Tree) -> Tree:
        names = [
            "$dayOfMonth" if name == "day" else f"${name}" for name in _names(bool(constant(args[2])))
        ]
        values = {f"f{i}": b.cast(PARTS[n](shown.copy()), "BIGINT") for i, n in enumerate(names)}
        return b.case((b.not_null(shown), b.struct(values)))

    return lowering.let(local(lowering, utc(lowering, args[0]), where), split)


define(
    "$dateToParts",
    (1, 3),
    _parts_type,
    _parts,
    named=("date", "timezone", "iso8601"),
    defaults={"timezone": "UTC", "iso8601": False},
    positional=0,
)


def _made_type(name: str) -> Callable[[Args], DType]:
    def dtype(args: Args) -> DType:
        wholes("$dateFromParts", args[:7], tuple(range(7)))
        year = constant(args[0])
        if isinstance(year, int) and not 1 <= year <= 9999:
            raise Misfit(f"a year is a number from 1 to 9999, got {year}", argument=0)
        zone(name, args[7], 7)
        return optional(Timestamp("instant"))

    return dtype


def _made(lowering: Lowering, args: Args, *, iso: bool) -> Tree:
    """Parts past their range are carried on: month 14 is February of the next year."""
    where = zone("$dateFromParts", args[7], 7)
    if where is None or any(isinstance(arg.dtype, Nothing) for arg in args[:7]):
        return null_of(Timestamp("instant"))
    numbers: dict[str, Tree] = {
        f"f{i}": exp.TryCast(this=lowering.sql(arg), to=exp.DataType.build("INTEGER", dialect="duckdb"))
        for i, arg in enumerate(args[:7])
    }

    def made(v: Tree) -> Tree:
        year, second, third, *time = (b.part(v.copy(), f"f{i}") for i in range(7))
        first = b.call(
            "make_timestamp", year, *(b.number(n) for n in (1, 4 if iso else 1, 0, 0)), b.number(0)
        )
        if iso:  # the week of 4 January is the first
            monday = b.infix(exp.Sub, b.call("isodow", first.copy()), b.number(1))
            first = b.infix(exp.Sub, first, b.call("to_days", b.cast(monday, "INTEGER")))
            days = b.infix(
                exp.Add,
                b.infix(exp.Mul, b.infix(exp.Sub, second, b.number(1)), b.number(7)),
                b.infix(exp.Sub, third, b.number(1)),
            )
            shown = b.infix(exp.Add, first, b.call("to_days", b.cast(days, "INTEGER")))
        else:
            months = b.call("to_months", b.cast(b.infix(exp.Sub, second, b.number(1)), "INTEGER"))
            days = b.call("to_days", b.cast(b.infix(exp.Sub, third, b.number(1)), "INTEGER"))
            shown = b.infix(exp.Add, b.infix(exp.Add, first, months), days)
        total: Tree = b.number(0)
        for part, unit in zip(time, (3_600_000_000, 60_000_000, 1_000_000, 1_000), strict=True):
            total = b.infix(exp.Add, total, b.infix(exp.Mul, b.cast(part, "BIGINT"), b.number(unit)))
        shown = b.infix(exp.Add, shown, b.call("to_microseconds", total))
        near = [
            b.infix(exp.LTE, b.call("abs", b.part(v.copy(), f"f{i}")), b.number(1_000_000))
            for i in range(1, 6)
        ]
        in_range = b.both(
            b.infix(exp.GTE, year, b.number(1)), b.infix(exp.LTE, year, b.number(9999)), *near
        )
        made = b.case((in_range, b.call("epoch_us", from_local(lowering, shown, where))))
        return dated(lowering, made, Timestamp("instant"))

    return lowering.let(b.struct(numbers), made)


def _complaints(name: str) -> Callable[[Args], tuple[Complaint, ...]]:
    def complaints(args: Args) -> tuple[Complaint, ...]:
        if all(isinstance(arg, Literal) for arg in args):
            return ()
        return no_value("$dateFromParts outside the years 1 to 9999", Call(name, args), args)

    return complaints


def _from_parts(name: str, *, iso: bool) -> None:
    def lower(lowering: Lowering, args: Args) -> Tree:
        return _made(lowering, args, iso=iso)

    define(name, (8, 8), _made_type(name), lower, complaints=_complaints(name))


_from_parts("date from parts", iso=False)
_from_parts("date from iso parts", iso=True)

FROM_PARTS = {
    False: ("date from parts", (*_PLAIN, *_TIME)),
    True: ("date from iso parts", (*_ISO, *_TIME)),
}
