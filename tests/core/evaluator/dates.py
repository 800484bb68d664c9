"""Parts of dates, in UTC; weeks begin on Sunday unless they are ISO weeks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from evaluator.table import NAMED, STRICT
from evaluator.values import Failed, Unsupported, Value


def _utc(value: Value) -> dt.datetime:
    if not isinstance(value, dt.datetime):
        raise Failed(f"{value!r} is no date")
    return value.astimezone(dt.UTC)


def _sunday_week(date: dt.datetime) -> int:
    return int(date.strftime("%U"))


PARTS: dict[str, Callable[[dt.datetime], int]] = {
    "$year": lambda date: date.year,
    "$month": lambda date: date.month,
    "$dayOfMonth": lambda date: date.day,
    "$dayOfYear": lambda date: date.timetuple().tm_yday,
    "$dayOfWeek": lambda date: date.isoweekday() % 7 + 1,
    "$hour": lambda date: date.hour,
    "$minute": lambda date: date.minute,
    "$second": lambda date: date.second,
    "$millisecond": lambda date: date.microsecond // 1000,
    "$week": _sunday_week,
    "$isoWeek": lambda date: date.isocalendar().week,
    "$isoWeekYear": lambda date: date.isocalendar().year,
    "$isoDayOfWeek": lambda date: date.isoweekday(),
}


def _part(read: Callable[[dt.datetime], int]) -> Callable[[Value], Value]:
    def part(date: Value, timezone: Value = "UTC") -> Value:
        if timezone not in ("UTC", "GMT", "Z"):
            raise Unsupported("timezones")
        return None if date is None else read(_utc(date))

    return part


STRICT.update({name: _part(read) for name, read in PARTS.items()})
NAMED.update(dict.fromkeys(PARTS, ("date", "timezone")))
