"""Numbers and times in few letters, and conditions in the query language."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Sequence
from typing import Any

from vitrail.domain import Domain, NumberDomain

_EPOCH = dt.datetime(1970, 1, 1)


def number_text(value: float, digits: int = 4) -> str:
    """A number in at most `digits` significant digits, whole numbers in full.

    >>> number_text(0.123456), number_text(1234567), number_text(float("nan"))
    ('0.1235', '1,234,567', 'NaN')
    """
    if isinstance(value, int):
        return f"{value:,}"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == int(value) and abs(value) < 10**digits:
        return f"{value:,.0f}"
    if abs(value) >= 10**digits:
        return f"{value:,.0f}" if abs(value) < 1e12 else f"{value:.{digits - 1}e}"
    return f"{value:.{digits}g}"


def aligned_text(value: float, digits: int = 4) -> str:
    """A number with a fixed number of digits, so that those of a column stand under each other.

    >>> aligned_text(0.5), aligned_text(12.25), aligned_text(3e-7), aligned_text(12)
    ('0.5000', '12.25', '3.000e-07', '12')
    """
    if isinstance(value, int) or not math.isfinite(value) or abs(value) >= 10**digits:
        return number_text(value, digits)
    if value and abs(value) < 10.0**-digits:
        return f"{value:.{digits - 1}e}"
    whole = 0 if abs(value) <= 1 else len(str(int(abs(value))))
    return f"{value:.{max(0, digits - whole)}f}"


def time_text(seconds: float, span_s: float = 0) -> str:
    """A point in time, as fine as `span_s` of it calls for.

    Args:
        seconds: since 1970-01-01 UTC.
        span_s: how much time is looked at; 0 gives everything.
    """
    text = moment(seconds).isoformat(sep=" ", timespec="seconds")
    if span_s > 400 * 86_400:
        return text[:7]
    if span_s > 3 * 86_400:
        return text[:10]
    return text[:16] if span_s > 3_600 else text


def moment(seconds: float) -> dt.datetime:
    """A point in time, given in seconds since 1970-01-01; the calendar's first or last one beyond it."""
    try:
        return _EPOCH + dt.timedelta(seconds=seconds)
    except OverflowError:
        return dt.datetime.min if seconds < 0 else dt.datetime.max


def edge_text(edge: float, domain: Domain | None, edges: Sequence[float]) -> str:
    """An edge of a bin."""
    if isinstance(domain, NumberDomain) and domain.time:
        return time_text(edge, edges[-1] - edges[0])
    if isinstance(domain, NumberDomain) and domain.integer:
        return number_text(math.ceil(edge))
    return number_text(float(edge), 3)


def bin_text(place: int, edges: Sequence[float], domain: Domain | None) -> str:
    """What a bin holds, such as "0.1 to 0.2"; a bin of one whole number is that number."""
    low, high = edges[place], edges[place + 1]
    if isinstance(domain, NumberDomain) and domain.integer:
        first, last = math.ceil(low), math.floor(high)
        return number_text(first) if first == last else f"{first:,} to {last:,}"
    return f"{edge_text(low, domain, edges)} to {edge_text(high, domain, edges)}"


def path(column: str) -> str | dict[str, Any]:
    """A column in the query language: `$name`, or `$getField` where that would be no path."""
    if column and all(column.split(".")) and not column.startswith("$"):
        return f"${column}"
    return {"$getField": {"field": {"$literal": column}, "input": "$$ROOT"}}


def sided(column: str, there: Sequence[bool], side: int | None = None) -> list[str]:
    """The column of each compared version that has it, or of one of them; the column itself for one table.

    >>> sided("loss", [True]), sided("loss", [True, True]), sided("loss", [True, True], 1)
    (['loss'], ['0.loss', '1.loss'], ['1.loss'])
    """
    if len(there) < 2:
        return [column]
    chosen = [place for place, known in enumerate(there) if known and side in (None, place)]
    return [f"{place}.{column}" for place in chosen or range(len(there))]


def any_of(conditions: Sequence[str]) -> str:
    """The condition that one of several holds."""
    return conditions[0] if len(conditions) == 1 else f"{{$or: [{', '.join(conditions)}]}}"


def is_value(column: str, value: Any) -> str:
    """The condition that a column holds a value."""
    literal = isinstance(value, str) and value.startswith("$")
    wanted = {"$literal": value} if literal else value
    return json.dumps({"$eq": [path(column), wanted]}, ensure_ascii=False)


def is_between(column: str, low: float, high: float, *, last: bool, time: bool = False) -> str:
    """The condition that a column lies in [low, high), or in [low, high] for the last bin.

    Args:
        column: a column of numbers or timestamps.
        low: where it begins; for timestamps, seconds since 1970-01-01 UTC.
        high: where it ends.
        last: whether `high` belongs to it.
        time: whether the column holds timestamps.
    """
    upper = "$lte" if last else "$lt"
    if time:
        name = json.dumps(path(column), ensure_ascii=False)
        low_text, high_text = (f"ISODate('{_iso(edge)}')" for edge in (low, high))
        return f"{{$and: [{{$gte: [{name}, {low_text}]}}, {{{upper}: [{name}, {high_text}]}}]}}"
    bounds = [{"$gte": [path(column), low]}, {upper: [path(column), high]}]
    return json.dumps({"$and": bounds}, ensure_ascii=False)


def _iso(seconds: float) -> str:
    return moment(seconds).isoformat(timespec="milliseconds") + "Z"
