"""$switch, slices, sets, sorting and zips of lists, executed."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from asking import Asker
from sample import asker, told, values

from vitrail.errors import QueryError
from vitrail.query.mongo import parse_expression

NAN = float("nan")


@pytest.fixture(scope="module")
def table() -> Asker:
    return asker()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$slice: [$n, 2]}", [[3, 1], [], None, [None, 5]]),
        ("{$slice: [$n, -2]}", [[1, 2], [], None, [None, 5]]),
        ("{$slice: [$n, 0]}", [[], [], None, []]),
        ("{$slice: [$n, 1, 5]}", [[1, 2], [], None, [5]]),
        ("{$slice: [$n, -1, 1]}", [[2], [], None, [5]]),
        ("{$slice: [$n, -99, 1]}", [[3], [], None, [None]]),
        ("{$slice: [$n, 99, 1]}", [[], [], None, []]),
        ("{$slice: [$n, 2147483647]}", [[3, 1, 2], [], None, [None, 5]]),
        ("{$slice: [[1, 2], {$multiply: [$i, 2147483647]}]}", [None, [], None, None]),
        ("{$slice: [$n, 0, $i]}", [[3, 1], None, None, None]),
        ("{$slice: [$n, null]}", [None] * 4),
        ("{$concatArrays: [$n, [1.5, null]]}", [[3.0, 1.0, 2.0, 1.5, None], [1.5, None], None, [None, 5.0, 1.5, None]]),
        ("{$concatArrays: []}", [[]] * 4),
        ("{$concatArrays: [$w, []]}", [["b", "a"], [], None, [None, "a"]]),
        ("{$reverseArray: $l}", [[NAN, None, 1.0], [], None, [1.5, 2.5]]),
        ("{$indexOfArray: [$l, null]}", [1, -1, None, -1]),
        ("{$indexOfArray: [$l, NaN]}", [2, -1, None, -1]),
        ("{$indexOfArray: [$n, 2.0]}", [2, -1, None, -1]),
        ("{$indexOfArray: [$n, 'x']}", [-1, -1, None, -1]),
        ("{$indexOfArray: [[7, 7, 7, 7], 7, 1, 3]}", [1] * 4),
        ("{$indexOfArray: [[7, 7], 7, 2]}", [-1] * 4),
        ("{$indexOfArray: [$rs, {k: 'b', at: {x: 1.5}}]}", [-1, -1, None, 0]),
    ],
)  # fmt: skip
def test_slices_count_from_zero_and_from_the_end(table: Asker, text: str, wanted: list[Any]) -> None:
    assert repr(values(table, text)) == repr(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$setUnion: [$n, [1, null, 1]]}", [[None, 1, 2, 3], [None, 1], None, [None, 1, 5]]),
        ("{$setUnion: [$l, [NaN, NaN, -0.0, 0]]}", [[None, NAN, 0.0, 1.0], [NAN, 0.0], None, [NAN, 0.0, 1.5, 2.5]]),
        ("{$setUnion: [$n, null]}", [None] * 4),
        ("{$setUnion: []}", [[]] * 4),
        ("{$setUnion: [$rs, $rs]}", [[{"k": None, "at": None}, {"k": "a", "at": {"x": 0.5}}], [], None, [{"k": "b", "at": {"x": 1.5}}]]),
        ("{$setIntersection: [$l, [NaN, null]]}", [[None, NAN], [], None, []]),
        ("{$setIntersection: [$n, [1, null, 1]]}", [[1], [], None, [None]]),
        ("{$setDifference: [$l, [1]]}", [[None, NAN], [], None, [1.5, 2.5]]),
        ("{$setDifference: [[1, 1, 2], $n]}", [[], [1, 2], None, [1, 2]]),
        ("{$setIsSubset: [[null], $l]}", [True, False, None, False]),
        ("{$setIsSubset: [[], $n]}", [True, True, None, True]),
        ("{$setEquals: [$n, [2, 3, 1, 1]]}", [True, False, None, False]),
        ("{$setEquals: [$n, [1, 2, 3], [3.0, 2, 1]]}", [True, False, None, False]),
        ("{$setEquals: [[null, 5], $n, $n]}", [False, False, None, True]),
    ],
)  # fmt: skip
def test_null_and_nan_are_members_of_sets(table: Asker, text: str, wanted: list[Any]) -> None:
    got = values(table, text)
    assert repr(got).replace("-0.0", "0.0") == repr(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$sortArray: {input: $l, sortBy: 1}}", [[None, NAN, 1.0], [], None, [1.5, 2.5]]),
        ("{$sortArray: {input: $l, sortBy: -1}}", [[1.0, NAN, None], [], None, [2.5, 1.5]]),
        ("{$sortArray: {input: $w, sortBy: 1}}", [["a", "b"], [], None, [None, "a"]]),
        ("{$map: {input: {$sortArray: {input: $rs, sortBy: {'at.x': -1, k: 1}}}, in: $$this.k}}", [["a", None], [], None, ["b"]]),
        ("{$map: {input: {$sortArray: {input: [{a: 1, b: 1}, {a: 2, b: 2}, {a: 1, b: 3}, {a: 2, b: 4}], sortBy: {a: -1, b: 1}}}, in: $$this.b}}", [[2, 4, 1, 3]] * 4),
        ("{$map: {input: {$sortArray: {input: [{a: 1, b: 1}, {a: 2, b: 2}, {a: 1, b: 3}, {a: 2, b: 4}], sortBy: {a: -1}}}, in: $$this.b}}", [[2, 4, 1, 3]] * 4),
        ("{$firstN: {n: 2, input: $n}}", [[3, 1], [], None, [None, 5]]),
        ("{$lastN: {n: 2, input: $n}}", [[1, 2], [], None, [None, 5]]),
        ("{$lastN: {n: $i, input: $n}}", [[1, 2], None, None, None]),
        ("{$maxN: {n: 2, input: $l}}", [[1.0, NAN], [], None, [2.5, 1.5]]),
        ("{$minN: {n: 2, input: $l}}", [[NAN, 1.0], [], None, [1.5, 2.5]]),
        ("{$minN: {n: 2.0, input: $w}}", [["a", "b"], [], None, ["a"]]),
        ("{$zip: {inputs: [$n, $l]}}", [[[3.0, 1.0], [1.0, None], [2.0, NAN]], [], None, [[None, 2.5], [5.0, 1.5]]]),
        ("{$zip: {inputs: [$n, [9]], useLongestLength: true}}", [[[3, 9], [1, None], [2, None]], [[None, 9]], None, [[None, 9], [5, None]]]),
        ("{$zip: {inputs: [$n, [9]], useLongestLength: true, defaults: [0, $i]}}", [[[3, 9], [1, 2], [2, 2]], [[0, 9]], None, [[None, 9], [5, -7]]]),
        ("{$zip: {inputs: [[], [1]]}}", [[]] * 4),
    ],
)  # fmt: skip
def test_items_are_sorted_and_zipped(table: Asker, text: str, wanted: list[Any]) -> None:
    assert repr(values(table, text)) == repr(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$switch: {branches: [{case: {$gt: [$i, 1]}, then: 'a'}, {case: $b, then: $s}]}}", ["a", None, None, " 12\t"]),
        ("{$switch: {branches: [{case: $i, then: 1}, {case: $d, then: 2.5}], default: 3}}", [1.0, 2.5, 3.0, 1.0]),
        ("{$switch: {branches: [{case: '', then: 1}], default: 3}}", [1] * 4),
        ("{$cond: [$b, $i, $$REMOVE]}", [2, None, None, -7]),
    ],
)  # fmt: skip
def test_the_first_branch_that_is_true_is_taken(table: Asker, text: str, wanted: list[Any]) -> None:
    assert repr(values(table, text)) == repr(wanted)


@pytest.mark.parametrize(
    ("text", "messages", "rows"),
    [
        ("{$setEquals: [$n, [1]]}", ["$setEquals of null"], [False, False, True, False]),
        ("{$firstN: {n: 1, input: $n}}", ["$firstN of null"], [False, False, True, False]),
        ("{$slice: [$n, 0, $i]}", ["$slice of fewer than 1 items"], [False, True, False, True]),
        ("{$slice: [$n, 1]}", [], [False] * 4),
        ("{$switch: {branches: [{case: $b, then: 1}]}}", ["$switch finds no branch and has no default"], [False, True, True, False]),
        ("{$switch: {branches: [{case: {$lte: [$i, 0]}, then: 0}, {case: true, then: {$divide: [1, $i]}}]}}", ["$divide by zero", "$switch finds no branch and has no default"], [False] * 4),
        ("{$switch: {branches: [{case: $b, then: 0.5}], default: {$divide: [1, $i]}}}", ["$divide by zero"], [False, True, False, False]),
    ],
)  # fmt: skip
def test_rows_that_mongodb_would_refuse_are_told(
    table: Asker, text: str, messages: list[str], rows: list[bool]
) -> None:
    assert told(table, text) == (messages, rows)


@pytest.mark.parametrize(
    ("text", "message", "piece"),
    [
        ("{$slice: [$n, 1, 0]}", "$slice needs a whole number, 1 or more, got 0", "0"),
        ("{$slice: [$n, 1.5]}", "$slice needs a whole number, got Number", "1.5"),
        ("{$slice: [$n, 2147483648]}", "needs a whole number of 32 bits, got 2147483648", "2147483648"),
        ("{$slice: [$i, 1]}", "$slice needs a List, got Number", "$i"),
        ("{$concatArrays: [$n, $s]}", "$concatArrays needs a List, got Text", "$s"),
        ("{$indexOfArray: [$n, 1, -1]}", "$indexOfArray needs a whole number, 0 or more, got -1", "-1"),
        ("{$setUnion: [$n, $i]}", "$setUnion needs a List, got Number", "$i"),
        ("{$sortArray: {input: $rs, sortBy: {'at.z': 1}}}", "no part 'z'", "$rs"),
        ("{$sortArray: {input: $n, sortBy: 2}}", "sortBy is 1, -1, or a document", "2"),
        ("{$minN: {n: 0, input: $n}}", "$minN needs a whole number, 1 or more, got 0", "0"),
        ("{$minN: [$n, 1]}", "$minN takes a document with n, input", "[$n, 1]"),
        ("{$zip: {inputs: [$n], defaults: [0]}}", "defaults want useLongestLength: true", "[0]"),
        ("{$zip: {inputs: [$n, $i]}}", "$zip needs a List, got Number", "[$n, $i]"),
        ("{$switch: {branches: []}}", "$switch needs a list of one or more branches", "[]"),
        ("{$switch: {branches: [{cas: 1, then: 'a'}]}}", "no parameter 'cas'", "cas"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_its_place(table: Asker, text: str, message: str, piece: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_expression(text, table.scan)
    assert message in str(caught.value)
    span = caught.value.span
    assert span is not None
    assert text[span.start : span.stop] == piece


@pytest.mark.parametrize(
    ("body", "first"),
    [
        ("{$concat: [$$value, $$value]}", "'ab'"),
        ("{$concatArrays: [$$value, $$value]}", "[1]"),
        ("{a: {$concat: [$$value.a, $$value.a]}}", "{a: 'ab'}"),
        ("{$map: {input: $$value, as: 'x', in: {$concat: [$$x, $$x]}}}", "['ab']"),
    ],
)
def test_what_doubles_itself_is_stopped(table: Asker, body: str, first: str) -> None:
    text = f"{{$reduce: {{input: {{$range: [0, 60]}}, initialValue: {first}, in: {body}}}}}"
    with pytest.raises(duckdb.InvalidInputException, match=r"\$reduce makes more than 1,000,000 bytes"):
        values(table, text)
