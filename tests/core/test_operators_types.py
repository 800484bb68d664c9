"""Conversions, types, and dates as texts, executed."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest
from asking import Asker
from sample import asker, told, values

from vitrail.errors import QueryError
from vitrail.query.mongo import parse_expression, parse_match


@pytest.fixture(scope="module")
def table() -> Asker:
    return asker()


def alike(got: list[Any], wanted: list[Any]) -> bool:
    """Equal in kind too, and NaN equal to itself."""
    return repr(got) == repr(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$type: $i}", ["int", "int", "null", "int"]),
        ("{$type: $d}", ["double", "double", "null", "double"]),
        ("{$type: $s}", ["string", "string", "null", "string"]),
        ("{$type: $b}", ["bool", "bool", "null", "bool"]),
        ("{$type: $t}", ["date", "date", "null", "date"]),
        ("{$type: $n}", ["array", "array", "null", "array"]),
        ("{$type: $o}", ["object", "object", "null", "object"]),
        ("{$type: 2147483648}", ["long"] * 4),
        ("{$type: {$toLong: 5}}", ["long"] * 4),
        ("{$type: {$add: [1, {$toLong: 5}]}}", ["long"] * 4),
        ("{$type: {$dateDiff: {startDate: ISODate('2023-01-01'), endDate: $t, unit: 'day'}}}", ["long", "long", "null", "long"]),
        ("{$type: /a/}", ["regex"] * 4),
        ("{$type: [[1]]}", ["array"] * 4),
        ("{$type: {$size: $n}}", ["int", "int", None, "int"]),
    ],
)  # fmt: skip
def test_types_have_mongodbs_names(table: Asker, text: str, wanted: list[Any]) -> None:
    assert values(table, text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$toInt: $d}", [2, None, None, 0]),
        ("{$toInt: $s}", [None] * 4),
        ("{$toInt: 2.9}", [2] * 4),
        ("{$toInt: -2.9}", [-2] * 4),
        ("{$toInt: '+7'}", [7] * 4),
        ("{$toInt: $b}", [1, 0, None, 1]),
        ("{$toLong: $t}", [1673778645250, -14182939001, None, 1735689599999]),
        ("{$toDouble: '1e3'}", [1000.0] * 4),
        ("{$toDouble: '-Infinity'}", [-math.inf] * 4),
        ("{$toDouble: $i}", [2.0, 0.0, None, -7.0]),
        ("{$toString: $d}", ["2.5", "NaN", None, "-0.5"]),
        ("{$toString: $i}", ["2", "0", None, "-7"]),
        ("{$toString: $b}", ["true", "false", None, "true"]),
        ("{$toString: $t}", ["2023-01-15T10:30:45.250Z", "1969-07-20T20:17:40.999Z", None, "2024-12-31T23:59:59.999Z"]),
        ("{$toString: 1.0}", ["1"] * 4),
        ("{$toString: 1e21}", ["1e+21"] * 4),
        ("{$toString: -Infinity}", ["-Infinity"] * 4),
        ("{$toBool: $s}", [True, True, None, True]),
        ("{$toBool: -0.0}", [False] * 4),
        ("{$convert: {input: $s, to: 'int', onError: -1, onNull: 0}}", [-1, -1, 0, -1]),
        ("{$convert: {input: $s, to: 'int', onError: 'no'}}", ["no", "no", None, "no"]),
        ("{$convert: {input: $d, to: 16, onError: null}}", [2, None, None, 0]),
        ("{$convert: {input: $n, to: 'string', onError: 'list'}}", ["list", "list", None, "list"]),
        ("{$convert: {input: 'x', to: 'double', onError: $i}}", [2, 0, None, -7]),
        ("{$convert: {input: $i, to: null}}", [None] * 4),
        ("{$convert: {input: null, to: 'int', onNull: 'none'}}", ["none"] * 4),
    ],
)  # fmt: skip
def test_conversions_are_strict(table: Asker, text: str, wanted: list[Any]) -> None:
    assert alike(values(table, text), wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2018-03-20", "2018-03-20T00:00:00.000"),
        ("2018-03-20 11:00:06 +0500", "2018-03-20T06:00:06.000"),
        ("2018-03-20T11:00:06.123456Z", "2018-03-20T11:00:06.123"),
        ("2017-02-08A", "2017-02-07T23:00:00.000"),
        ("2017-02-08Y", "2017-02-08T12:00:00.000"),
        ("1969-07-20T20:17:40.999", "1969-07-20T20:17:40.999"),
        ("July 20, 1969 20:17", "1969-07-20T20:17:00.000"),
        ("20230115T103045Z", "2023-01-15T10:30:45.000"),
        ("2023-07-01T12:00:00 Europe/Paris", "2023-07-01T10:00:00.000"),
    ],
)
def test_dates_are_read_as_people_write_them(table: Asker, text: str, wanted: str) -> None:
    (got,) = set(values(table, f"{{$toDate: '{text}'}}"))
    assert got.astimezone(dt.UTC).isoformat(timespec="milliseconds") == f"{wanted}+00:00"


@pytest.mark.parametrize(
    "text",
    [
        *("{$toInt: '3.7'}", "{$toInt: ' 7'}", "{$toInt: '1e3'}", "{$toInt: ''}", "{$toInt: NaN}"),
        *("{$toInt: '0x1A'}", "{$toInt: 2147483648}", "{$toInt: 2147483647.5}", "{$toInt: $t}"),
        *("{$toLong: 9223372036854775808.0}", "{$toDouble: '0x1A'}", "{$toDouble: '1e999'}"),
        *("{$toDate: 0}", "{$toDate: true}", "{$toDate: 'Friday'}", "{$toDate: '2023-02-30'}"),
        *("{$toString: $n}", "{$toBool: $o}", "{$toInt: ['1', '2']}", "{$type: [1, 2]}"),
        *("{$convert: {input: 5, to: 'number'}}", "{$convert: {input: 5, to: 'x', onError: 1}}"),
        *("{$convert: {input: 5}}", "{$convert: {input: 1, to: 'int', other: 2}}"),
        *("{$dateToString: {date: $t, format: '%q'}}", "{$dateToString: {date: $t, timezone: 'X/Y'}}"),
        *("{$dateToString: {date: $i}}", "{$dateToString: {format: '%Y'}}", "{$dateToString: $t}"),
        *("{$dateFromString: {dateString: 'x'}}", "{$dateFromString: {dateString: $i}}"),
        "{$dateFromString: {dateString: '2017-01-01', format: '%Y'}}",
        "{$dateFromString: {dateString: '2017-01-01T00:00:00Z', timezone: '+01'}}",
        *("{$cond: [true, 1, {$toInt: 'x'}]}", "{$cond: [true, 1, {$toSomething: 1}]}"),
    ],
)
def test_what_can_never_be_converted_is_refused_at_once(table: Asker, text: str) -> None:
    with pytest.raises(QueryError):
        parse_expression(text, table.scan)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("{$toInt: $s}", [True, True, False, True]),
        ("{$toInt: $d}", [False, True, False, False]),
        ("{$toDate: $i}", [True, True, False, True]),
        ("{$toDate: $s}", [True, True, False, True]),
        ("{$convert: {input: $s, to: 'int'}}", [True, True, False, True]),
        ("{$convert: {input: $s, to: 'int', onError: 0}}", [False] * 4),
        ("{$dateFromString: {dateString: $s}}", [True, True, False, True]),
        ("{$dateFromString: {dateString: $s, onError: null}}", [False] * 4),
    ],
)
def test_what_a_row_cannot_convert_is_told(table: Asker, text: str, rows: list[bool]) -> None:
    assert told(table, text)[1] == rows


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ("", ["2023-01-15T10:30:45.250Z", "1969-07-20T20:17:40.999Z", None, "2024-12-31T23:59:59.999Z"]),
        (", timezone: '+05:30'", ["2023-01-15T16:00:45.250", "1969-07-21T01:47:40.999", None, "2025-01-01T05:29:59.999"]),
        (", format: '%Y/%m/%d %H%%%M', onNull: '-'", ["2023/01/15 10%30", "1969/07/20 20%17", "-", "2024/12/31 23%59"]),
        (", format: '%j %w %u %U %V %G'", ["015 1 7 03 02 2023", "201 1 7 29 29 1969", None, "366 3 2 52 01 2025"]),
        (", format: '%z (%Z)', timezone: 'America/New_York'", ["-0500 (-300)", "-0400 (-240)", None, "-0500 (-300)"]),
        (", format: 'ü %b %B'", ["ü Jan January", "ü Jul July", None, "ü Dec December"]),
        (", format: null", [None] * 4),
        (", timezone: null", [None] * 4),
    ],
)  # fmt: skip
def test_dates_are_written_by_mongodbs_letters(table: Asker, parameters: str, wanted: list[Any]) -> None:
    assert values(table, f"{{$dateToString: {{date: $t{parameters}}}}}") == wanted


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ("dateString: '06-15-2018', format: '%m-%d-%Y'", "2018-06-15T00:00:00"),
        ("dateString: '2017-02-08T12:10:40.787', timezone: '-0500'", "2017-02-08T17:10:40.787000"),
        ("dateString: '2023-07-01', timezone: 'Europe/Paris'", "2023-06-30T22:00:00"),
        ("dateString: '2023 015 +0100', format: '%Y %j %z'", "2023-01-14T23:00:00"),
        ("dateString: '2020-W53-5', format: '%G-W%V-%u'", "2021-01-01T00:00:00"),
    ],
)
def test_dates_are_read_by_a_format(table: Asker, parameters: str, wanted: str) -> None:
    (got,) = set(values(table, f"{{$dateFromString: {{{parameters}}}}}"))
    assert got.astimezone(dt.UTC).replace(tzinfo=None).isoformat() == wanted


def test_now_is_one_moment_throughout_a_query(table: Asker) -> None:
    before = dt.datetime.now(dt.UTC) - dt.timedelta(milliseconds=1)
    (now,) = set(values(table, "$$NOW"))
    assert before <= now <= dt.datetime.now(dt.UTC)
    assert values(table, "{$eq: [$$NOW, $$NOW]}") == [True] * 4


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("{i: {$type: 'int'}}", [0, 1, 3]),
        ("{i: {$type: ['long', 'null']}}", [2]),
        ("{i: {$type: 16}}", [0, 1, 3]),
        ("{d: {$type: 'number'}}", [0, 1, 3]),
        ("{n: {$type: 'array'}}", [0, 1, 3]),
        ("{n: {$type: 'int'}}", [0, 3]),
        ("{n: {$type: 'null'}}", [2, 3]),
        ("{'o.x': {$type: 10}}", [1, 2]),
        ("{s: {$not: {$type: 2}}}", [2]),
        ("{i: {$type: 'javascript'}}", []),
        ("{i: {$bitsAllSet: 2}}", [0]),
        ("{i: {$bitsAllSet: [0, 3]}}", [3]),
        ("{i: {$bitsAnySet: [63]}}", [3]),
        ("{i: {$bitsAllClear: 1}}", [0, 1]),
        ("{i: {$bitsAnyClear: [0, 1]}}", [0, 1, 3]),
        ("{d: {$bitsAllClear: 1}}", []),
        ("{n: {$bitsAllSet: 5}}", [3]),
        ("{$sampleRate: 1}", [0, 1, 2, 3]),
        ("{$sampleRate: 0.0}", []),
        ("{i: 2, $comment: 'why'}", [0]),
    ],
)
def test_query_documents_ask_for_types_and_bits(table: Asker, text: str, kept: list[int]) -> None:
    found = table.kept(parse_match(text, table.scan))
    assert [place for place, there in enumerate(found) if there] == kept


@pytest.mark.parametrize(
    "text",
    [
        *("{i: {$type: 'whole'}}", "{i: {$type: 99}}", "{i: {$type: []}}", "{i: {$type: true}}"),
        *("{i: {$bitsAllSet: -1}}", "{i: {$bitsAllSet: 1.5}}", "{i: {$bitsAnySet: [-1]}}"),
        *("{i: {$bitsAnySet: 'x'}}", "{$sampleRate: 2}", "{$sampleRate: 'x'}", "{i: {$sampleRate: 1}}"),
    ],
)
def test_bad_types_and_masks_are_refused(table: Asker, text: str) -> None:
    with pytest.raises(QueryError):
        parse_match(text, table.scan)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$lt: [{$size: $n}, 3]}", [False, True, None, True]),
        ("{$eq: [{$size: $n}, 3]}", [True, False, None, False]),
        ("{$ifNull: [{$size: $n}, 9]}", [3, 0, None, 2]),
        ("{$cond: [$n, {$size: $n}, 9]}", [3, 0, 9, 2]),
        ("{$add: [{$size: $n}, 1]}", [4, 1, None, 3]),
        ("{a: {$eq: [{$size: $n}, 0]}, b: $i}", [{"a": False, "b": 2}, {"a": True, "b": 0}, {"a": None, "b": None}, {"a": False, "b": -7}]),
    ],
)  # fmt: skip
def test_a_refused_row_has_no_value_at_all(table: Asker, text: str, wanted: list[Any]) -> None:
    assert values(table, text) == wanted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{$divide: [1, {$subtract: [1, 1]}]}", "by zero"),
        ("{$cond: [true, 1, {$size: null}]}", "of null"),
        ("{$or: [true, {$in: [1, {$literal: null}]}]}", "of null"),
        ("{$sqrt: {$add: [-2, 1]}}", "negative"),
        ("{$filter: {input: $n, cond: {$gt: [$$this, {$mod: [5, {$multiply: [0, 2]}]}]}}}", "by zero"),
        ("{$strLenCP: {$concat: ['a', null]}}", "of null"),
    ],
)  # fmt: skip
def test_a_constant_part_that_fails_is_refused_wherever_it_stands(
    table: Asker, text: str, message: str
) -> None:
    with pytest.raises(QueryError, match=message):
        parse_expression(text, table.scan)


def test_a_constant_as_it_stands_is_not_looked_into(table: Asker) -> None:
    assert values(table, "{$literal: {$divide: [1, 0]}}") == [{"$divide": [1, 0]}] * 4
