"""Timestamps as a clock in a time zone shows them, and back; units of time."""

from __future__ import annotations

import functools
import math
import re
import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, Nothing, Timestamp, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Expr, Literal
from vitrail.query.operator import Args, Misfit, said

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

MONTHS = {"year": 12, "quarter": 3, "month": 1}
DAYS = {"week": 7, "day": 1}
MICROSECONDS = {"hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000, "millisecond": 1_000}
UNITS = (*MONTHS, *DAYS, *MICROSECONDS)
FIRST_MILLISECOND, LAST_MILLISECOND = -62_135_596_800_000, 253_402_300_799_999
FAR = 1000 * 366 * 86_400_000
"""Milliseconds beyond which a step may well lead out of the years 1 to 9999."""
WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")

_OFFSET = re.compile(r"([+-])(\d{2})(?::?(\d{2}))?")


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone: a fixed offset, or the rules of a place.

    Attributes:
        minutes: how far it is ahead of UTC, where that is fixed.
        name: the place's name; "" where the offset is fixed.
    """

    minutes: int = 0
    name: str = ""

    @property
    def utc(self) -> bool:
        """Whether it is UTC itself."""
        return not self.name and not self.minutes


@functools.cache
def _names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def zone(name: str, arg: Expr | None, place: int) -> Zone | None:
    """The time zone that an argument names; None where it is null.

    Raises:
        Misfit: it is no constant, or no zone has this name.
    """
    if arg is None:
        return Zone()
    if not isinstance(arg, Literal) or not isinstance(arg.value, str | None):
        raise Misfit(f"{name} needs a constant time zone", argument=place)
    if arg.value is None:
        return None
    if arg.value in ("UTC", "GMT", "Z"):
        return Zone()
    found = _OFFSET.fullmatch(arg.value)
    if found:
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        return Zone(-minutes if found[1] == "-" else minutes)
    if arg.value not in _names():
        hint = "write it as 'Europe/Paris' or '+05:30'"
        raise Misfit(f"no time zone {arg.value!r}", argument=place, hint=hint)
    return Zone(name=arg.value)


def moments(name: str, args: Args, places: tuple[int, ...]) -> None:
    """Refuse what is no timestamp."""
    for place in places:
        if not isinstance(required(args[place].dtype), Timestamp | Nothing):
            raise Misfit(f"{name} needs a Timestamp, got {said(args[place].dtype)}", argument=place)


def moment(dtype: DType) -> Timestamp:
    """The type of a timestamp that is worked out of one: a day becomes its midnight."""
    inner = required(dtype)
    instant = not isinstance(inner, Timestamp) or inner.form == "instant"
    return Timestamp("instant") if instant else Timestamp("naive")


def utc(lowering: Lowering, arg: Expr) -> Tree:
    """A timestamp as a clock in UTC shows it."""
    tree = lowering.sql(arg)
    inner = required(arg.dtype)
    if isinstance(inner, Timestamp) and inner.form == "instant":
        return b.call("make_timestamp", b.call("epoch_us", tree))
    return b.cast(tree, "TIMESTAMP")


def local(lowering: Lowering, tree: Tree, where: Zone) -> Tree:
    """What a clock in a zone shows when one in UTC shows this."""
    if where.utc:
        return tree
    if not where.name:
        return b.infix(exp.Add, tree, b.call("to_minutes", b.number(where.minutes)))
    instant = b.call("make_timestamptz", b.call("epoch_us", tree))
    return b.call("timezone", lowering.bind(where.name), instant)


def from_local(lowering: Lowering, tree: Tree, where: Zone) -> Tree:
    """What a clock in UTC shows when one in a zone shows this."""
    if where.utc:
        return tree
    if not where.name:
        return b.infix(exp.Sub, tree, b.call("to_minutes", b.number(where.minutes)))
    instant = b.call("timezone", lowering.bind(where.name), tree)
    return b.call("make_timestamp", b.call("epoch_us", instant))


def kept(tree: Tree, dtype: Timestamp) -> Tree:
    """What a clock in UTC shows, in the storage of a timestamp."""
    if dtype.form == "instant":
        return b.call("make_timestamptz", b.call("epoch_us", tree))
    return tree


def dated(lowering: Lowering, microseconds: Tree, dtype: Timestamp) -> Tree:
    """The timestamp so long after 1970, null outside the years 1 to 9999."""
    make = "make_timestamptz" if dtype.form == "instant" else "make_timestamp"

    def made(v: Tree) -> Tree:
        known = b.both(
            b.infix(exp.GTE, v.copy(), b.number(FIRST_MILLISECOND * 1000)),
            b.infix(exp.LTE, v.copy(), b.number(LAST_MILLISECOND * 1000 + 999)),
        )
        return b.case((known, b.call(make, v.copy())))

    return lowering.let(microseconds, made)


def magnitude(arg: Expr) -> float:
    """How far from 0 a constant number lies, infinitely where it is no constant."""
    value = arg.value if isinstance(arg, Literal) else math.inf
    return abs(value) if isinstance(value, int | float) else 0


def word(name: str, arg: Expr, place: int, known: tuple[str, ...], what: str) -> str:
    """A constant that is one of some words; "" where it is null.

    Raises:
        Misfit: it is none of them.
    """
    value = arg.value if isinstance(arg, Literal) else 0
    if value is None:
        return ""
    if not isinstance(value, str) or value.lower() not in known:
        raise Misfit(f"{name} needs a constant {what}, one of {', '.join(known)}", argument=place)
    return value.lower()


def weekday(name: str, arg: Expr, place: int) -> int:
    """The day on which a week begins, 0 for Sunday."""
    days = {day[:length]: i for i, day in enumerate(WEEKDAYS) for length in (3, len(day))}
    value = arg.value if isinstance(arg, Literal) else 0
    if not isinstance(value, str) or value.lower() not in days:
        raise Misfit(f"{name} needs a day of the week, such as 'monday'", argument=place)
    return days[value.lower()]


def floor_by(tree: Tree, step: Tree) -> Tree:
    """How many whole steps lie below a whole number; both are written more than once."""
    rest = b.infix(exp.Mod, b.infix(exp.Add, b.infix(exp.Mod, tree, step), step), step)
    return b.infix(exp.IntDiv, b.infix(exp.Sub, tree, rest), step)


def days_since(tree: Tree, day: str) -> Tree:
    """How many days lie between a day and that of a timestamp."""
    return b.call("date_diff", b.text("day"), b.cast(b.text(day), "TIMESTAMP"), tree)
