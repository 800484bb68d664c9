"""Documents and their parts, and statistics of lists, executed."""

from __future__ import annotations

import math
from typing import Any

import pytest
from asking import Asker, table_of
from sample import asker, told, values

from vitrail.dtypes import Mixed, Struct, required
from vitrail.errors import QueryError
from vitrail.query.mongo import parse_expression


@pytest.fixture(scope="module")
def table() -> Asker:
    return asker()


@pytest.fixture(scope="module")
def odd() -> Asker:
    """Columns whose names are no paths."""
    schema = {
        "_id": "int64",
        "a.b": "int64",
        "$price": "double",
        "": "string",
        "a": {"struct": {"$x": "int64"}},
    }
    docs = [
        {"_id": 0, "a.b": 1, "$price": 9.5, "": "s", "a": {"$x": 5}},
        {"_id": 1, "a.b": None, "$price": math.inf, "": None, "a": None},
    ]
    docs[1]["$price"] = {"$numberDouble": "Infinity"}
    return Asker(*table_of({"schema": schema, "docs": docs}))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$getField: 'a.b'}", [1, None]),
        ("{$getField: {$literal: '$price'}}", [9.5, math.inf]),
        ("{$getField: ''}", ["s", None]),
        ("{$getField: {field: '$price', input: $$ROOT}}", None),
        ("{$getField: {field: {$literal: '$price'}, input: $$ROOT}}", [9.5, math.inf]),
        ("{$getField: {field: {$literal: '$x'}, input: $a}}", [5, None]),
        ("{$getField: {field: 'k', input: {k: {$getField: 'a.b'}}}}", [1, None]),
        ("{$getField: {field: 'a.b', input: {$setField: {field: 'a.b', input: $$ROOT, value: 7}}}}", [7, 7]),
    ],
)  # fmt: skip
def test_fields_of_any_name_are_reached(odd: Asker, text: str, wanted: list[Any] | None) -> None:
    if wanted is None:
        with pytest.raises(QueryError, match="constant"):
            parse_expression(text, odd.scan)
    else:
        assert values(odd, text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$getField: {field: 'x', input: $o}}", [1, None, None, 4]),
        ("{$getField: {field: 'x', input: $n}}", [None] * 4),
        ("{$setField: {field: 'x', input: $o, value: 'new'}}", [{"x": "new", "y": 2.5}, {"x": "new", "y": None}, None, {"x": "new", "y": -0.5}]),
        ("{$setField: {field: 'z', input: $o, value: $i}}", [{"x": 1, "y": 2.5, "z": 2}, {"x": None, "y": None, "z": 0}, None, {"x": 4, "y": -0.5, "z": -7}]),
        ("{$setField: {field: 'x', input: $o, value: $$REMOVE}}", [{"y": 2.5}, {"y": None}, None, {"y": -0.5}]),
        ("{$unsetField: {field: 'x', input: $o}}", [{"y": 2.5}, {"y": None}, None, {"y": -0.5}]),
        ("{$unsetField: {field: 'k', input: {k: 1}}}", [{}] * 4),
        ("{$mergeObjects: [$o, {y: null, z: 'é'}]}", [{"x": 1, "y": None, "z": "é"}, {"x": None, "y": None, "z": "é"}, {"x": None, "y": None, "z": "é"}, {"x": 4, "y": None, "z": "é"}]),
        ("{$mergeObjects: [{x: 9}, $o]}", [{"x": 1, "y": 2.5}, {"x": None, "y": None}, {"x": 9, "y": None}, {"x": 4, "y": -0.5}]),
        ("{$mergeObjects: [{x: 'a'}, $o]}", [{"x": 1, "y": 2.5}, {"x": None, "y": None}, {"x": "a", "y": None}, {"x": 4, "y": -0.5}]),
        ("{$mergeObjects: [null, null]}", [{}] * 4),
        ("{$objectToArray: $o}", [[{"k": "x", "v": 1.0}, {"k": "y", "v": 2.5}], [{"k": "x", "v": None}, {"k": "y", "v": None}], None, [{"k": "x", "v": 4.0}, {"k": "y", "v": -0.5}]]),
        ("{$objectToArray: {a: 1, b: 'x'}}", [[{"k": "a", "v": 1}, {"k": "b", "v": "x"}]] * 4),
        ("{$arrayToObject: [[['a', 1], ['b', $s], ['a', 2]]]}", [{"a": 2, "b": s} for s in ("Äbc", "", None, " 12\t")]),
        ("{$arrayToObject: [[{k: 'a', v: $i}]]}", [{"a": 2}, {"a": 0}, {"a": None}, {"a": -7}]),
        ("{$arrayToObject: {$map: {input: $n, in: {k: {$concat: ['k', {$toString: {$ifNull: ['$$this', 0]}}]}, v: '$$this'}}}}", [{"k3": 3, "k1": 1, "k2": 2}, {}, None, {"k0": None, "k5": 5}]),
        ("{$arrayToObject: {$objectToArray: $o}}", [{"x": 1, "y": 2.5}, {"x": None, "y": None}, None, {"x": 4, "y": -0.5}]),
        ("{$arrayToObject: null}", [None] * 4),
    ],
)  # fmt: skip
def test_documents_are_taken_apart_and_put_together(table: Asker, text: str, wanted: list[Any]) -> None:
    assert values(table, text) == wanted


def test_known_keys_stay_typed_and_others_are_of_several_kinds(table: Asker) -> None:
    def inner(text: str) -> Any:
        return required(parse_expression(text, table.scan).dtype)

    assert isinstance(inner("{$arrayToObject: [[['a', 1], ['b', 'x']]]}"), Struct)
    assert isinstance(inner("{$mergeObjects: [$o, {a: 1}]}"), Struct)
    assert inner("{$arrayToObject: {$objectToArray: $o}}") == Mixed()


def test_a_key_that_is_no_text_is_told(table: Asker) -> None:
    text = "{$arrayToObject: {$map: {input: $w, in: {k: '$$this', v: 1}}}}"
    assert values(table, text) == [{"b": 1, "a": 1}, {}, None, None]
    assert told(table, text)[1] == [False, False, False, True]


@pytest.mark.parametrize(
    "text",
    [
        *("{$getField: 'nope'}", "{$getField: {field: 'z', input: $o}}", "{$getField: {field: 'x'}}"),
        *("{$getField: 5}", "{$getField: $s}", "{$getField: {field: 'x', input: $o, other: 1}}"),
        *("{$setField: {field: 'x', input: 5, value: 1}}", "{$setField: {field: 'x', input: $o}}"),
        *("{$unsetField: {field: 5, input: $o}}", "{$unsetField: {field: 'x', input: $n}}"),
        *("{$mergeObjects: [$o, 1]}", "{$mergeObjects: 'x'}", "{$objectToArray: $n}"),
        *("{$objectToArray: [$o, $o]}", "{$arrayToObject: [['a', 1], ['b', 2]]}"),
        *(
            "{$arrayToObject: [[['a']]]}",
            "{$arrayToObject: [[[1, 2]]]}",
            "{$arrayToObject: [[{k: 'a'}]]}",
        ),
        *("{$arrayToObject: $o}", "{$arrayToObject: $n}", "{$arrayToObject: [[5]]}"),
        *("{$percentile: {input: $n, p: [], method: 'approximate'}}", "{$median: $n}"),
        *("{$percentile: {input: $n, p: [1.5], method: 'approximate'}}", "{$rand: 1}", "{$rand: [1]}"),
        *("{$percentile: {input: $n, p: 0.5, method: 'approximate'}}", "{$median: {input: $n}}"),
        "{$median: {input: $n, method: 'exact'}}",
    ],
)
def test_what_makes_no_document_is_refused(table: Asker, text: str) -> None:
    with pytest.raises(QueryError):
        parse_expression(text, table.scan)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$stdDevPop: $n}", [math.sqrt(2 / 3), None, None, 0.0]),
        ("{$stdDevSamp: $n}", [1.0, None, None, None]),
        ("{$stdDevPop: $l}", [math.nan, None, None, 0.5]),
        ("{$stdDevPop: [1, Infinity]}", [math.nan] * 4),
        ("{$stdDevPop: ['a', 1, 3, null]}", [1.0] * 4),
        ("{$stdDevPop: $w}", [None] * 4),
        ("{$stdDevPop: $i}", [0.0, 0.0, None, 0.0]),
        ("{$median: {input: [[4, 1, 3, 2]], method: 'approximate'}}", [None] * 4),
        ("{$median: {input: [4, 1, 3, 2], method: 'approximate'}}", [2.0] * 4),
        ("{$median: {input: $l, method: 'approximate'}}", [1.0, None, None, 1.5]),
        ("{$median: {input: $i, method: 'approximate'}}", [2.0, 0.0, None, -7.0]),
        ("{$median: {input: $w, method: 'approximate'}}", [None] * 4),
        ("{$percentile: {input: $n, p: [0, 0.5, 1], method: 'approximate'}}", [[1.0, 2.0, 3.0], [None] * 3, [None] * 3, [5.0] * 3]),
        ("{$percentile: {input: [10, 10, 20], p: [0.5, 0.9], method: 'approximate'}}", [[10.0, 20.0]] * 4),
    ],
)  # fmt: skip
def test_statistics_of_lists(table: Asker, text: str, wanted: list[Any]) -> None:
    got = values(table, text)
    if any(isinstance(one, list) for one in wanted):
        assert got == wanted
    else:
        assert repr(got) == repr(wanted)


def test_random_numbers_lie_between_0_and_1(table: Asker) -> None:
    drawn = values(table, "{$rand: {}}")
    assert all(0 <= number < 1 for number in drawn)
    assert len(set(drawn)) == len(drawn)
