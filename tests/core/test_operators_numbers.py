"""Angles, logarithms, bits and kinds of values, executed."""

from __future__ import annotations

import math
from typing import Any

import pytest
from asking import Asker, table_of
from sample import asker, told, values

from vitrail.errors import QueryError
from vitrail.query.mongo import parse_expression


@pytest.fixture(scope="module")
def table() -> Asker:
    return asker()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$sin: $d}", [math.sin(2.5), math.nan, None, math.sin(-0.5)]),
        ("{$acos: $i}", [None, math.acos(0), None, None]),
        ("{$acosh: $i}", [math.acosh(2), None, None, None]),
        ("{$acos: NaN}", [math.nan] * 4),
        ("{$atan: Infinity}", [math.pi / 2] * 4),
        ("{$atan2: [$i, 1]}", [math.atan2(2, 1), 0.0, None, math.atan2(-7, 1)]),
        ("{$log: [$i, 2]}", [1.0, None, None, None]),
        ("{$bitAnd: [$i, 3]}", [2, 0, None, 1]),
        ("{$bitOr: [$i, 3]}", [3, 3, None, -5]),
        ("{$bitXor: [$i, 3]}", [1, 3, None, -6]),
        ("{$bitNot: $i}", [-3, -1, None, 6]),
        ("{$bitAnd: []}", [-1] * 4),
        ("{$isNumber: $d}", [True, True, False, True]),
        ("{$isNumber: $s}", [False] * 4),
        ("{$toBool: $s}", [True, True, None, True]),
        ("{$toBool: $d}", [True, True, None, True]),
        ("{$toBool: $i}", [True, False, None, True]),
    ],
)
def test_values_are_mongodbs(table: Asker, text: str, wanted: list[Any]) -> None:
    assert values(table, text) == pytest.approx(wanted, nan_ok=True)


def test_numbers_outside_a_function_are_told(table: Asker) -> None:
    assert told(table, "{$acos: $i}") == (
        ["$acos of a number that has none"],
        [True, False, False, True],
    )


@pytest.mark.parametrize(
    "text", ["{$sin: Infinity}", "{$atanh: 2}", "{$log: [1, 1]}", "{$bitOr: [$d, 1]}", "{$sin: $s}"]
)
def test_nonsense_is_refused(table: Asker, text: str) -> None:
    with pytest.raises(QueryError):
        parse_expression(text, table.scan)


def test_whole_numbers_past_64_bits_go_through_further_operators() -> None:
    far = {
        "schema": {"i": "int64", "j": "int64"},
        "docs": [{"i": 2**63 - 1, "j": 7}, {"i": -1, "j": 2**53 + 1}],
    }
    table = Asker(*table_of(far))

    def values(expr: Any) -> list[Any]:
        return table.values(parse_expression(expr, table.scan))

    assert values({"$abs": {"$add": ["$i", "$j"]}}) == [2**63 + 6, 2**53]
    assert values({"$abs": {"$subtract": [{"$subtract": [0, "$i"]}, "$j"]}}) == [2**63 + 6, 2**53]
    assert values({"$pow": ["$i", "$j"]})[1] == -1
    for name in ("$abs", "$floor", "$ceil", "$round", "$trunc"):
        square = {name: {"$multiply": ["$i", "$i"]}}
        found = values({"$multiply": [square, square, square]})
        assert found[0] == pytest.approx(2.0**378)
        assert found[1] == 1


def test_rows_without_a_power_or_an_absolute_value_are_told_and_no_others() -> None:
    rows = [
        {"i": -(2**63), "d": math.nan},
        {"i": 0, "d": -1.5},
        {"i": 0, "d": math.nan},
        {"i": 0, "d": None},
    ]
    table = Asker(*table_of({"schema": {"i": "int64", "d": "double"}, "docs": rows}))
    power = parse_expression({"$pow": ["$i", "$d"]}, table.scan)
    assert table.complained(power) == [False, True, False, False]
    assert table.complained(parse_expression({"$abs": "$i"}, table.scan)) == [True, False, False, False]
