"""Points in time read from texts and written as texts, after MongoDB's format letters."""

from __future__ import annotations

import datetime as dt
import functools
import re
import zoneinfo
from dataclasses import dataclass, field

from vitrail.mixed import Value, microseconds
from vitrail.query.dynamic.table import Refused, define

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = r"(?P<name>" + "|".join(f"{month[:3]}(?:{month[3:]})?" for month in MONTHS) + r"|sept)\.?"
_TIME = (
    r"(?:(?:[T\s]\s*|\s+at\s+)?"
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d+))?)?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?)?"
)
_ZONE = r"\s*(?P<zone>Z|(?:GMT|UTC)?[+-]\d{1,2}(?::?\d{2})?|[A-Za-z]\w*(?:/[\w+-]+)*)?"
_DAYS = (
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
    r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
    r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})",
    r"(?P<day>\d{1,2})[-.](?P<month>\d{1,2})[-.](?P<year>\d{4})",
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s.-]*{_MONTH}[\s.,-]*(?P<year>\d{{4}})",
    rf"{_MONTH}[\s.-]*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s.,]+(?P<year>\d{{4}})",
    rf"(?P<year>\d{{4}})-{_MONTH}-(?P<day>\d{{1,2}})",
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?"
_FREE = tuple(re.compile(f"{_WEEKDAY}{day}{_TIME}{_ZONE}", re.IGNORECASE | re.ASCII) for day in _DAYS)
_BASIC = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})"
    + _ZONE,
    re.ASCII,
)
_OFFSET = re.compile(r"(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_ABBREVIATIONS = {
    "z": 0,
    "utc": 0,
    "gmt": 0,
    "est": -300,
    "edt": -240,
    "cst": -360,
    "cdt": -300,
    "mst": -420,
    "mdt": -360,
    "pst": -480,
    "pdt": -420,
    "cet": 60,
    "cest": 120,
    "bst": 60,
}
MOST_LETTERS = 200


@dataclass
class Reading:
    """What a text says of a point in time.

    Attributes:
        parts: numbers by their name: year, month, day, hour, minute, second, micro, …
        offset: minutes ahead of UTC; None where the text names no zone.
        zone: the zone that the text names; None where it names none, or an offset.
    """

    parts: dict[str, int] = field(default_factory=dict)
    offset: int | None = None
    zone: zoneinfo.ZoneInfo | None = None


def read_moment(text: str, form: str | None = None, zone: str | None = None) -> dt.datetime:
    """The point in time that a text names, in UTC.

    Args:
        text: what is read.
        form: how it is written, in MongoDB's letters; None for the usual ways of writing a date.
        zone: the time zone of a text that names none.

    Raises:
        Refused: the text names none, or names a zone where one is given.
    """
    if len(text) > MOST_LETTERS:
        raise Refused("a text too long for a date")
    found = _formed(text, form) if form is not None else _freely(text)
    if zone not in (None, "UTC", "GMT", "Z") and (found.offset is not None or found.zone):
        raise Refused("a text names a time zone, and another is given")
    if found.offset is None and found.zone is None and zone is not None:
        _zoned(found, zone)
    return _built(found, text)


def _built(found: Reading, text: str) -> dt.datetime:
    parts = found.parts
    try:
        if "iso_year" in parts or "iso_week" in parts:
            day = dt.date.fromisocalendar(parts["iso_year"], parts["iso_week"], parts.get("iso_day", 1))
        elif "day_of_year" in parts:
            day = dt.date(parts["year"], 1, 1) + dt.timedelta(days=parts["day_of_year"] - 1)
        else:
            day = dt.date(parts["year"], parts["month"], parts["day"])
        clock = dt.timedelta(
            hours=_within(parts, "hour", 24),
            minutes=_within(parts, "minute", 59),
            seconds=_within(parts, "second", 59),
            microseconds=parts.get("micro", 0) // 1000 * 1000,
        )
        shown = dt.datetime(day.year, day.month, day.day) + clock
        if found.zone is not None:
            return shown.replace(tzinfo=found.zone).astimezone(dt.UTC)
        return (shown - dt.timedelta(minutes=found.offset or 0)).replace(tzinfo=dt.UTC)
    except (KeyError, ValueError, OverflowError):
        raise Refused(f"{text[:40]!r} is no complete date") from None


def _within(parts: dict[str, int], name: str, most: int) -> int:
    value = parts.get(name, 0)
    if value > most:
        raise ValueError(name)
    return value


def _freely(text: str) -> Reading:
    trimmed = text.strip(" \t")
    match = _BASIC.fullmatch(trimmed)
    for pattern in _FREE:
        match = match or pattern.fullmatch(trimmed)
    if match is None:
        raise Refused(f"{text[:40]!r} is no date")
    groups = match.groupdict()
    names = ("year", "month", "day", "hour", "minute", "second")
    parts = {name: int(groups[name]) for name in names if groups.get(name)}
    if groups.get("name"):
        parts["month"] = _month(groups["name"])
    if groups.get("part"):
        parts["micro"] = int(groups["part"][:6].ljust(6, "0"))
    if groups.get("half"):
        parts["hour"] = parts["hour"] % 12 + (12 if groups["half"][0] in "pP" else 0)
    elif groups.get("hour") and not groups.get("minute"):
        raise Refused(f"{text[:40]!r} is no complete date")
    found = Reading(parts)
    if groups.get("zone"):
        _zoned(found, groups["zone"])
    return found


def _month(name: str) -> int:
    short = name.lower()[:3]
    found = [place for place, month in enumerate(MONTHS, 1) if month.startswith(short)]
    if not found:
        raise Refused(f"no month {name!r}")
    return found[0]


def _zoned(found: Reading, name: str) -> None:
    """Enter the zone of a name, an offset, or a single letter as seamen and soldiers use them."""
    offset = _OFFSET.fullmatch(name)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        found.offset = -minutes if offset[1] == "-" else minutes
        return
    letter = name.upper()
    if len(name) == 1 and letter != "J":
        found.offset = 60 * _letter(letter)
        return
    if name.lower() in _ABBREVIATIONS:
        found.offset = _ABBREVIATIONS[name.lower()]
        return
    found.zone = _place(name)


def _letter(letter: str) -> int:
    """A is one hour ahead, M twelve; N one behind, Y twelve; there is no J."""
    if letter == "Z":
        return 0
    east, west = "ABCDEFGHIKLM", "NOPQRSTUVWXY"
    return east.index(letter) + 1 if letter in east else -west.index(letter) - 1


@functools.lru_cache(maxsize=64)
def _place(name: str) -> zoneinfo.ZoneInfo:
    if name not in zoneinfo.available_timezones():
        raise Refused(f"no time zone {name[:40]!r}")
    return zoneinfo.ZoneInfo(name)


_DIGITS = {
    "Y": ("year", r"\d{4}"),
    "m": ("month", r"\d{1,2}"),
    "d": ("day", r"\d{1,2}"),
    "H": ("hour", r"\d{1,2}"),
    "M": ("minute", r"\d{1,2}"),
    "S": ("second", r"\d{1,2}"),
    "j": ("day_of_year", r"\d{1,3}"),
    "G": ("iso_year", r"\d{4}"),
    "V": ("iso_week", r"\d{1,2}"),
    "u": ("iso_day", r"\d"),
}
_OTHERS = {
    "L": r"(?P<milli>\d{1,3})",
    "z": r"(?P<offset>Z|[+-]\d{2}:?\d{2}|[A-Za-z]\w*(?:/[\w+-]+)*)",
    "Z": r"(?P<minutes>[+-]?\d{1,4})",
    "b": r"(?P<short>[A-Za-z]{3})",
    "B": r"(?P<long>[A-Za-z]{3,9})",
    "%": "%",
}


@functools.lru_cache(maxsize=64)
def _pattern(form: str) -> re.Pattern[str]:
    """The regular expression of a format.

    Raises:
        Refused: it has a letter that is no part of a date, or twice the same.
    """
    pieces = re.findall(r"%.?|[^%]+", form, re.DOTALL)
    pattern = ""
    for piece in pieces:
        letter = piece[1:] if piece.startswith("%") else ""
        if not piece.startswith("%"):
            pattern += re.escape(piece)
        elif letter in _DIGITS:
            pattern += "(?P<{}>{})".format(*_DIGITS[letter])
        elif letter in _OTHERS:
            pattern += _OTHERS[letter]
        else:
            raise Refused(f"no letter {piece!r} in a date's format")
    try:
        return re.compile(pattern, re.ASCII | re.IGNORECASE)
    except re.error:
        raise Refused("a date's format names one part twice") from None


def check_form(form: str) -> None:
    """Refuse a format by which no text can be read."""
    _pattern(form)


def _formed(text: str, form: str) -> Reading:
    match = _pattern(form).fullmatch(text)
    if match is None:
        raise Refused(f"{text[:40]!r} is not written so")
    groups = {name: value for name, value in match.groupdict().items() if value is not None}
    numbers = {name for name, _ in _DIGITS.values()}
    found = Reading({name: int(value) for name, value in groups.items() if name in numbers})
    if "milli" in groups:
        found.parts["micro"] = int(groups["milli"].ljust(3, "0")) * 1000
    for name in ("short", "long"):
        if name in groups:
            found.parts["month"] = _month(groups[name])
    if "minutes" in groups:
        found.offset = int(groups["minutes"])
    if "offset" in groups:
        _zoned(found, groups["offset"])
    return found


def from_text(value: Value, form: Value = None, zone: Value = "UTC") -> dt.datetime | None:
    """$dateFromString."""
    if value is None or zone is None:
        return None
    if not isinstance(value, str):
        raise Refused("$dateFromString of a value that is no text")
    return read_moment(value, form, zone)


define("$dateFromString", from_text)


def iso_text(value: dt.date) -> str:
    """A timestamp in UTC, with milliseconds and Z."""
    whole = dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=microseconds(value))
    return f"{whole.year:04d}-{whole:%m-%dT%H:%M:%S}.{whole.microsecond // 1000:03d}Z"
