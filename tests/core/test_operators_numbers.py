"""Angles, logarithms, bits and kinds of values, executed."""

from __future__ import annotations

import math
from typing import Any

import pytest
from asking import Asker
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
