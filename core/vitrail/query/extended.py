"""MongoDB's extended JSON: documents of one key that stand for dates, numbers and patterns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from vitrail.errors import QueryError, Span
from vitrail.query.syntax import Regex, Scalar


def extended(value: Mapping[Any, Any], span: Span | None) -> Scalar | None:
    """The value that a document of MongoDB's extended JSON stands for; None if it is none."""
    if len(value) != 1:
        return None
    ((key, inside),) = value.items()
    match key, inside:
        case "$date", str() | int():
            return Scalar(span, date(inside, span))
        case (("$numberDouble" | "$numberLong" | "$numberInt"), str() | int() | float()):
            return Scalar(span, _extended_number(key, str(inside), span))
        case "$regularExpression", {"pattern": str(pattern), **more}:
            return Scalar(span, Regex(pattern, str(more.get("options", ""))))
    return None


def _extended_number(key: str, text: str, span: Span | None) -> float:
    try:
        return float(text.replace("Infinity", "inf")) if key == "$numberDouble" else int(text)
    except ValueError:
        raise QueryError(f"{key} takes a number, got {short(text)}", span=span) from None


def date(value: Any, span: Span | None) -> dt.datetime:
    """A point in time from ISO 8601 text or milliseconds since 1970, in UTC where no zone is said.

    Raises:
        QueryError: the text is no date.
    """
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=value)
        moment = dt.datetime.fromisoformat(str(value))
    except (ValueError, OverflowError):
        hint = "write it as '2023-01-31' or '2023-01-31T12:00:00Z'"
        raise QueryError(f"{short(value)} is no date", span=span, hint=hint) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def short(value: Any) -> str:
    """A value as it is told in messages."""
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "…" + shown[0]
