"""What can be asked of texts and of points in time: `vt.col("name").str`, `vt.col("ts").dt`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from vitrail.builder import op

if TYPE_CHECKING:
    from vitrail.builder import Col


class Texts:
    """Questions of a text. Letters are told apart by case, and changed, in ASCII only."""

    def __init__(self, source: Col) -> None:
        self._source = source

    def lower(self) -> Col:
        """In small letters."""
        return op("$toLower", self._source)

    def upper(self) -> Col:
        """In capital letters."""
        return op("$toUpper", self._source)

    def len(self) -> Col:
        """How many characters it has."""
        return op("$strLenCP", self._source)

    def contains(self, pattern: str, *, ignore_case: bool = False) -> Col:
        """Whether a regular expression is found in it."""
        regex = re.compile(pattern) if pattern.startswith("$") else pattern  # a text would be a path
        options = {"options": "i"} if ignore_case else {}
        return op("$regexMatch", input=self._source, regex=regex, **options)

    def starts_with(self, prefix: str) -> Col:
        """Whether it begins so."""
        return op("$eq", op("$indexOfCP", self._source, prefix), 0)

    def ends_with(self, suffix: str) -> Col:
        """Whether it ends so."""
        return self.contains(f"{re.escape(suffix)}$")

    def strip(self, characters: str | None = None) -> Col:
        """Without white space, or without some characters, at both ends."""
        return self._trimmed("$trim", characters)

    def lstrip(self, characters: str | None = None) -> Col:
        """As `strip`, at the beginning only."""
        return self._trimmed("$ltrim", characters)

    def rstrip(self, characters: str | None = None) -> Col:
        """As `strip`, at the end only."""
        return self._trimmed("$rtrim", characters)

    def _trimmed(self, name: str, characters: str | None) -> Col:
        chars = {} if characters is None else {"chars": characters}
        return op(name, input=self._source, **chars)

    def split(self, separator: str) -> Col:
        """The pieces between separators."""
        return op("$split", self._source, separator)

    def replace(self, old: str, new: Any) -> Col:
        """With another text wherever `old` stands."""
        return op("$replaceAll", input=self._source, find=old, replacement=new)

    def slice(self, start: Any, length: Any) -> Col:
        """So many characters from the one at `start`, counted from 0."""
        return op("$substrCP", self._source, start, length)


class Dates:
    """Questions of a point in time, answered in UTC; `vt.op` takes a `timezone` as well."""

    def __init__(self, source: Col) -> None:
        self._source = source

    def year(self) -> Col:
        """The year."""
        return op("$year", self._source)

    def month(self) -> Col:
        """The month, 1 to 12."""
        return op("$month", self._source)

    def day(self) -> Col:
        """The day of the month, from 1."""
        return op("$dayOfMonth", self._source)

    def hour(self) -> Col:
        """The hour, 0 to 23."""
        return op("$hour", self._source)

    def minute(self) -> Col:
        """The minute."""
        return op("$minute", self._source)

    def second(self) -> Col:
        """The second."""
        return op("$second", self._source)

    def millisecond(self) -> Col:
        """The millisecond."""
        return op("$millisecond", self._source)

    def weekday(self) -> Col:
        """The day of the week, Monday 1 to Sunday 7."""
        return op("$isoDayOfWeek", self._source)

    def week(self) -> Col:
        """The week of the year by ISO 8601."""
        return op("$isoWeek", self._source)

    def ordinal_day(self) -> Col:
        """The day of the year, from 1."""
        return op("$dayOfYear", self._source)

    def truncate(self, unit: str) -> Col:
        """The beginning of its "day", "hour", "month" …; weeks begin on Sunday."""
        return op("$dateTrunc", date=self._source, unit=unit)

    def add(self, amount: Any, unit: str) -> Col:
        """So many units later."""
        return op("$dateAdd", startDate=self._source, unit=unit, amount=amount)

    def since(self, start: Any, unit: str) -> Col:
        """How many boundaries of a unit lie between `start` and it."""
        return op("$dateDiff", startDate=start, endDate=self._source, unit=unit)

    def strftime(self, form: str) -> Col:
        """As text, by a format such as "%Y-%m-%d"."""
        return op("$dateToString", date=self._source, format=form)
