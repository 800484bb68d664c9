"""Numbers and times in few letters, and conditions in the query language."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Sequence
from typing import Any

from vitrail.domain import Domain, NumberDomain

_PLAIN_PATH = re.compile(r"[^\W\d]\w*|\d+")


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


def time_text(seconds: float, span_s: float = 0) -> str:
    """A point in time, as fine as `span_s` of it calls for.

    Args:
        seconds: since 1970-01-01 UTC.
        span_s: how much time is looked at; 0 gives everything.
    """
    moment = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=seconds)
    if span_s > 400 * 86_400:
        return f"{moment:%Y-%m}"
    if span_s > 3 * 86_400:
        return f"{moment:%Y-%m-%d}"
    return f"{moment:%Y-%m-%d %H:%M}" if span_s > 3_600 else f"{moment:%Y-%m-%d %H:%M:%S}"


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


def path(column: str) -> str | dict[str, str]:
    """A column in the query language: `$name`, or `$getField` where the name holds dots or signs."""
    plain = all(_PLAIN_PATH.fullmatch(part) for part in column.split(".", 1))
    return f"${column}" if plain else {"$getField": column}


def is_value(column: str, value: Any) -> str:
    """The condition that a column holds a value."""
    return json.dumps({"$eq": [path(column), value]}, ensure_ascii=False)


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
        spelled = path(column)
        text = spelled if isinstance(spelled, str) else json.dumps(spelled)
        name = json.dumps(text) if isinstance(spelled, str) else text
        low_text, high_text = (f"ISODate('{_iso(edge)}')" for edge in (low, high))
        return f"{{$and: [{{$gte: [{name}, {low_text}]}}, {{{upper}: [{name}, {high_text}]}}]}}"
    bounds = [{"$gte": [path(column), low]}, {upper: [path(column), high]}]
    return json.dumps({"$and": bounds}, ensure_ascii=False)


def _iso(seconds: float) -> str:
    moment = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds") + "Z"
