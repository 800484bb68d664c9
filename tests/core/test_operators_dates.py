"""Parts of dates, whole units of time and time zones, executed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from asking import Asker
from sample import asker, told, values

from vitrail.errors import QueryError
from vitrail.query.mongo import parse_expression


@pytest.fixture(scope="module")
def table() -> Asker:
    return asker()


def plain(value: Any) -> Any:
    """A timestamp as ISO 8601 in UTC."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="milliseconds")[:-6]
    return value


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$year: $t}", [2023, 1969, None, 2024]),
        ("{$year: {date: $t, timezone: 'Asia/Tokyo'}}", [2023, 1969, None, 2025]),
        ("{$hour: {date: $t, timezone: '+05:30'}}", [16, 1, None, 5]),
        ("{$second: [$t]}", [45, 40, None, 59]),
        ("{$millisecond: $t}", [250, 999, None, 999]),
        ("{$dayOfWeek: $t}", [1, 1, None, 3]),
        ("{$dayOfYear: $t}", [15, 201, None, 366]),
        ("{$week: $t}", [3, 29, None, 52]),
        ("{$isoWeek: $t}", [2, 29, None, 1]),
        ("{$isoWeekYear: $t}", [2023, 1969, None, 2025]),
        ("{$isoDayOfWeek: $t}", [7, 7, None, 2]),
        ("{$month: {date: $t, timezone: null}}", [None] * 4),
        ("{$let: {vars: {p: {$dateToParts: {date: $t, iso8601: true, timezone: '-05:00'}}}, in: $$p.isoWeekYear}}", [2023, 1969, None, 2025]),
    ],
)  # fmt: skip
def test_weeks_begin_on_sunday_and_clocks_stand_in_zones(
    table: Asker, text: str, wanted: list[Any]
) -> None:
    assert values(table, text) == wanted


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ("unit: 'week'", ["2023-01-15", "1969-07-20", None, "2024-12-29"]),
        ("unit: 'week', startOfWeek: 'Monday'", ["2023-01-09", "1969-07-14", None, "2024-12-30"]),
        ("unit: 'week', binSize: 2", ["2023-01-15", "1969-07-13", None, "2024-12-29"]),
        ("unit: 'day', binSize: 7", ["2023-01-14", "1969-07-19", None, "2024-12-28"]),
        ("unit: 'month', binSize: 5", ["2022-12-01", "1969-03-01", None, "2024-08-01"]),
        ("unit: 'quarter'", ["2023-01-01", "1969-07-01", None, "2024-10-01"]),
        ("unit: 'day', timezone: 'America/New_York'", ["2023-01-15T05", "1969-07-20T04", None, "2024-12-31T05"]),
        ("unit: 'hour', binSize: 5, timezone: 'America/New_York'", ["2023-01-15T10", "1969-07-20T18", None, "2024-12-31T21"]),
        ("unit: null", [None] * 4),
    ],
)  # fmt: skip
def test_bins_are_counted_from_2000(table: Asker, parameters: str, wanted: list[str | None]) -> None:
    got = values(table, f"{{$dateTrunc: {{date: $t, {parameters}}}}}")
    full = [day and f"{day}T00"[:13] + ":00:00.000" for day in wanted]
    assert [plain(one) for one in got] == full


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ("startDate: ISODate('2022-12-31T23:59:59Z'), endDate: $t, unit: 'year'", [1, -53, None, 2]),
        ("startDate: $t, endDate: ISODate('2022-12-31T23:59:59Z'), unit: 'week'", [-3, 2788, None, -105]),
        ("startDate: ISODate('2022-12-31T23:59:59Z'), endDate: ISODate('2023-01-01'), unit: 'week'", [1] * 4),
        ("startDate: ISODate('2022-12-31T23:59:59Z'), endDate: ISODate('2023-01-01'), unit: 'hour'", [1] * 4),
        ("startDate: ISODate('2022-12-31T23:59:59Z'), endDate: ISODate('2023-01-01'), unit: 'quarter', timezone: '+01'", [0] * 4),
    ],
)  # fmt: skip
def test_a_difference_counts_the_bounds_crossed(
    table: Asker, parameters: str, wanted: list[Any]
) -> None:
    assert values(table, f"{{$dateDiff: {{{parameters}}}}}") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$dateAdd: {startDate: ISODate('2023-01-31'), unit: 'month', amount: 1}}", "2023-02-28T00:00:00.000"),
        ("{$dateAdd: {startDate: ISODate('2023-03-11T12:00:00Z'), unit: 'day', amount: 1, timezone: 'America/New_York'}}", "2023-03-12T11:00:00.000"),
        ("{$dateAdd: {startDate: ISODate('2023-03-11T12:00:00Z'), unit: 'hour', amount: 24, timezone: 'America/New_York'}}", "2023-03-12T12:00:00.000"),
        ("{$dateSubtract: {startDate: $t, unit: 'quarter', amount: 1.0}}", "2022-10-15T10:30:45.250"),
        ("{$dateSubtract: {startDate: $t, unit: 'year', amount: 9000000000}}", None),
        ("{$dateFromParts: {year: 2016, month: 14, day: 31, hour: 23, minute: 46, second: 12, timezone: '-0500'}}", "2017-03-04T04:46:12.000"),
        ("{$dateFromParts: {isoWeekYear: 2020, isoWeek: 53, isoDayOfWeek: 7}}", "2021-01-03T00:00:00.000"),
    ],
)  # fmt: skip
def test_days_are_moved_on_the_zones_clock(table: Asker, text: str, wanted: str | None) -> None:
    assert plain(values(table, text)[0]) == wanted


def test_years_that_no_date_has_are_told(table: Asker) -> None:
    text = "{$dateFromParts: {year: $i}}"
    assert told(table, text) == (
        ["$dateFromParts outside the years 1 to 9999"],
        [False, True, False, True],
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$add: [$t, 1e20]}", [True, True, False, True]),
        ("{$subtract: [$t, {$multiply: [$i, 4e15]}]}", [True, False, False, True]),
        ("{$add: [$t, $d]}", [False, True, False, False]),
        ("{$dateAdd: {startDate: $t, unit: 'year', amount: 7976}}", [False, False, False, True]),
        ("{$dateSubtract: {startDate: $t, unit: 'month', amount: {$multiply: [13000, $i]}}}", [True, False, False, False]),
    ],
)  # fmt: skip
def test_dates_moved_past_all_years_are_null_and_told(
    table: Asker, text: str, wanted: list[bool]
) -> None:
    [message], rows = told(table, text)
    assert message.endswith("past the years 1 to 9999")
    assert rows == wanted
    assert [value is None for value in values(table, text)] == [wanted[0], wanted[1], True, wanted[3]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{$year: {date: $t, timezone: 'Mars/Olympus'}}", "no time zone 'Mars/Olympus'"),
        ("{$year: $s}", "$year needs a Timestamp, got Text"),
        ("{$year: [$t, 'UTC']}", "$year takes a document with date, timezone"),
        ("{$dateTrunc: {date: $t}}", "$dateTrunc needs the parameter 'unit'"),
        ("{$dateTrunc: {date: $t, unit: 'fortnight'}}", "$dateTrunc needs a constant unit"),
        ("{$dateAdd: {startDate: $t, unit: 'day', amount: 1.5}}", "$dateAdd needs a whole number"),
        ("{$dateFromParts: {year: 0}}", "a year is a number from 1 to 9999, got 0"),
    ],
)
def test_nonsense_is_refused(table: Asker, text: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_expression(text, table.scan)
    assert message in str(caught.value)
    assert caught.value.span is not None
