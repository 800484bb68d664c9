"""Expressions over values of several kinds: the same answers as over typed columns, and errors row by row."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from asking import Asker
from hypothesis import given, settings
from hypothesis import strategies as st
from mixed_values import VALUES

import vitrail as vt
from vitrail import mixed
from vitrail.dtypes import (
    Boolean,
    DType,
    List,
    Mixed,
    Number,
    Optional,
    Struct,
    Table,
    Text,
    Timestamp,
    optional,
    required,
)
from vitrail.errors import QueryError
from vitrail.layout import arrow_schema, to_arrow
from vitrail.query.expr import Call, Column, Literal
from vitrail.query.mongo import parse_expression
from vitrail.query.plan import Scan

DAY = dt.datetime(2024, 5, 1, 12, 30, tzinfo=dt.UTC)
ROWS: list[Any] = [
    *(None, True, False, 0, 1, -7, 2.5, -0.0, float("nan"), float("inf"), 2**53 + 1, "", "a", "10"),
    *("Abc", [], [1, 2], [3, "x", None], [[1]], {}, {"a": 1}, {"a": {"b": [1, 2]}, "$c": None}, DAY),
    *([{"a": 1}, {"b": 2}, 5, {"a": None}], dt.date(2024, 5, 1)),
]


def over(columns: dict[str, tuple[DType, list[Any]]]) -> Asker:
    """An engine over columns of (type, values)."""
    import pyarrow as pa

    schema = Table(tuple((name, dtype) for name, (dtype, _) in columns.items()))
    arrays = [to_arrow(values, dtype) for dtype, values in columns.values()]
    rows = pa.Table.from_arrays(arrays, schema=arrow_schema(schema))
    return Asker(Scan("0" * 64, schema, rows.num_rows), rows)


@pytest.fixture(scope="module")
def several() -> Asker:
    return over({"v": (optional(Mixed()), ROWS), "n": (Number(integer=True), [*range(len(ROWS))])})


def values(asker: Asker, text: Any) -> list[Any]:
    return asker.values(parse_expression(text, asker.scan))


def by_row(asker: Asker, text: Any) -> dict[str, Any]:
    """What is not null, by the value it was made of."""
    found = zip(ROWS, values(asker, text), strict=True)
    return {repr(value): made for value, made in found if made is not None}


TYPED: list[tuple[DType, list[Any]]] = [
    (Number(integer=True), [None, 0, 1, -7, 2**53 + 1, 2**63 - 1]),
    (Number(integer=False), [None, 0.0, -0.0, 2.5, -2.5, 1e300, float("nan"), float("-inf")]),
    (Text(), [None, "", "a", "Abc", "éß\0", 'q"$', " 10 ", "2024-05-01"]),
    (Boolean(), [None, True, False]),
    (Timestamp("instant"), [None, DAY, dt.datetime(1901, 1, 1, 0, 0, 0, 5, tzinfo=dt.UTC)]),
    (List(Number(integer=True)), [None, [], [1, 2], [3]]),
    (List(optional(Text())), [None, [], ["a", None], ["b", "a"]]),
    (List(List(Number(integer=False))), [None, [[]], [[1.5], [float("nan")]]]),
    (
        Struct((("a", Number(integer=True)), ("$b", optional(Text())))),
        [None, {"a": 1, "$b": "x"}, {"a": 2, "$b": None}],
    ),
]


@pytest.mark.parametrize(("dtype", "given_values"), TYPED, ids=[str(dtype) for dtype, _ in TYPED])
def test_a_typed_value_becomes_one_of_several_kinds_unchanged(
    dtype: DType, given_values: list[Any]
) -> None:
    asker = over({"v": (optional(dtype), given_values)})
    column = Column("v", None, optional(dtype))
    texts = asker.ask(lambda lowering: lowering.as_type(column, Mixed()))
    assert repr([mixed.decode(text) for text in texts]) == repr(given_values)


SHARED = [
    *("{$eq: ['$v', '$w']}", "{$lt: ['$v', '$w']}", "{$gte: ['$v', '$w']}", "{$cmp: ['$v', '$w']}"),
    *(
        "{$and: ['$v', '$w']}",
        "{$not: ['$v']}",
        "{$ifNull: ['$v', '$w']}",
        "{$cond: ['$v', '$w', null]}",
    ),
    *("{$in: ['$v', ['$w', null]]}", "{$isArray: '$v'}", "{$isNumber: '$v'}", "{$type: '$v'}"),
    *("{$min: ['$v', '$w']}", "{$max: ['$v', '$w']}", "{$sum: ['$v', '$w']}", "{$avg: ['$v', '$w']}"),
]
BY_KIND: dict[type[DType], list[str]] = {
    Number: [
        *("{$add: ['$v', '$w', 1]}", "{$subtract: ['$v', '$w']}", "{$multiply: ['$v', 2]}"),
        *("{$divide: ['$v', '$w']}", "{$mod: ['$v', '$w']}", "{$floor: '$v'}", "{$ceil: '$v'}"),
        *("{$round: ['$v', 0]}", "{$trunc: ['$v', 0]}", "{$sqrt: '$v'}", "{$toString: '$w'}"),
        *("{$toBool: '$v'}", "{$toDouble: '$v'}"),
    ],
    Text: [
        *("{$concat: ['$v', '$w']}", "{$toLower: '$v'}", "{$toUpper: '$v'}", "{$strLenCP: '$v'}"),
        *("{$split: ['$v', 'b']}", "{$substrCP: ['$v', 1, 2]}", "{$trim: {input: '$v'}}"),
        *(
            "{$indexOfCP: ['$v', 'b']}",
            "{$regexMatch: {input: '$v', regex: '^[aA]'}}",
            "{$toString: '$v'}",
        ),
    ],
    Timestamp: [
        *("{$year: '$v'}", "{$dayOfWeek: '$v'}", "{$add: ['$v', 1000]}", "{$subtract: ['$v', '$w']}"),
        *("{$dateTrunc: {date: '$v', unit: 'month'}}", "{$toLong: '$v'}", "{$toString: '$v'}"),
    ],
    List: [
        *("{$size: '$v'}", "{$first: '$v'}", "{$last: '$v'}", "{$arrayElemAt: ['$v', 1]}"),
        *("{$slice: ['$v', 1]}", "{$concatArrays: ['$v', '$w']}", "{$reverseArray: '$v'}"),
        *("{$setUnion: ['$v', '$w']}", "{$setDifference: ['$v', '$w']}", "{$setEquals: ['$v', '$w']}"),
        *(
            "{$setIsSubset: ['$v', '$w']}",
            "{$in: [{$first: '$w'}, '$v']}",
            "{$min: '$v'}",
            "{$max: '$v'}",
        ),
        *("{$filter: {input: '$v', cond: {$gt: ['$$this', null]}}}", "{$anyElementTrue: ['$v']}"),
        *("{$map: {input: '$v', in: {$eq: ['$$this', {$first: '$w'}]}}}", "{$allElementsTrue: ['$v']}"),
        *("{$sortArray: {input: '$v', sortBy: -1}}", "{$zip: {inputs: ['$v', '$w']}}"),
        *("{$firstN: {n: 1, input: '$v'}}", "{$indexOfArray: ['$v', {$first: '$w'}]}"),
        "{$reduce: {input: '$v', initialValue: [], in: {$concatArrays: ['$$value', ['$$this']]}}}",
    ],
    Boolean: [],
    Struct: ["$v.a", "{$getField: {field: {$literal: '$b'}, input: '$v'}}"],
}


@pytest.mark.parametrize(("dtype", "given_values"), TYPED, ids=[str(dtype) for dtype, _ in TYPED])
def test_operators_answer_over_several_kinds_what_they_answer_over_one(
    dtype: DType, given_values: list[Any]
) -> None:
    pairs = [(v, w) for v in given_values for w in given_values]
    left, right = [v for v, _ in pairs], [w for _, w in pairs]
    typed = over({"v": (optional(dtype), left), "w": (optional(dtype), right)})
    loose = over({"v": (optional(Mixed()), left), "w": (optional(Mixed()), right)})
    half = over({"v": (optional(Mixed()), left), "w": (optional(dtype), right)})
    for text in (*SHARED, *BY_KIND[type(required(dtype))]):
        wanted = values(typed, text)
        for asker in (loose, half):
            found = values(asker, text)
            differing = [
                (*pair, one, other)
                for pair, one, other in zip(pairs, wanted, found, strict=True)
                if not alike(one, other)
            ]
            assert differing == [], text


def alike(one: Any, other: Any) -> bool:
    """Equal as MongoDB has it, numbers to the last digits, where typed floats may have rounded."""
    numbers = all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in (one, other)
    )
    if numbers:
        return abs(one - other) <= 1e-12 * abs(one) or repr(float(one)) == repr(float(other))
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return all(map(alike, one, other))
    return mixed.key(one) == mixed.key(other)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=12))
def test_comparisons_and_truth_go_by_the_keys(pairs: list[tuple[Any, Any]]) -> None:
    left, right = [v for v, _ in pairs], [w for _, w in pairs]
    asker = over({"v": (optional(Mixed()), left), "w": (optional(Mixed()), right)})
    keys = [(mixed.key(v), mixed.key(w)) for v, w in pairs]
    assert values(asker, "{$lt: ['$v', '$w']}") == [v < w for v, w in keys]
    assert values(asker, "{$eq: ['$v', '$w']}") == [v == w for v, w in keys]
    assert values(asker, "{$eq: [['$v'], ['$w']]}") == [v == w for v, w in keys]
    falsy = [value is None or value is False or mixed.key(value) == mixed.key(0) for value in left]
    assert values(asker, "{$not: ['$v']}") == falsy


def test_a_value_of_either_kind_is_of_several(several: Asker) -> None:
    expr = parse_expression("{$cond: [{$gt: ['$n', 2]}, '$n', 'few']}", several.scan)
    assert required(expr.dtype) == Mixed()
    assert several.values(expr)[:5] == ["few", "few", "few", 3, 4]
    assert values(several, "{$ifNull: [{$arrayElemAt: [[1, 'a'], '$n']}, true]}")[:4] == [
        1,
        "a",
        True,
        True,
    ]
    assert values(several, "[1, 'a', ['$n']]")[0] == [1, "a", [0]]
    assert values(several, "{$concatArrays: [['$n'], ['x']]}")[3] == [3, "x"]
    assert values(several, "{$map: {input: [1, 'a'], in: {$type: '$$this'}}}")[0] == ["int", "string"]
    assert values(several, "{$switch: {branches: [{case: {$eq: ['$n', 0]}, then: 1}], default: 'x'}}")[
        :2
    ] == [1, "x"]


def test_paths_go_through_documents_and_lists(several: Asker) -> None:
    assert by_row(several, "$v.a") == {
        "{'a': 1}": 1,
        "{'a': {'b': [1, 2]}, '$c': None}": {"b": [1, 2]},
        "[]": [],
        "[1, 2]": [],
        "[3, 'x', None]": [],
        "[[1]]": [],
        "[{'a': 1}, {'b': 2}, 5, {'a': None}]": [1, None],
    }
    assert by_row(several, "$v.a.b")["{'a': {'b': [1, 2]}, '$c': None}"] == [1, 2]


def test_a_row_of_another_kind_is_null_and_counted(several: Asker) -> None:
    added = by_row(several, "{$add: ['$v', 1]}")
    numbers = {"0", "1", "-7", "2.5", "-0.0", "nan", "inf", str(2**53 + 1)}
    assert added.keys() == numbers | {repr(DAY), repr(dt.date(2024, 5, 1))}
    expr = parse_expression("{$add: ['$v', 1]}", several.scan)
    refused = [value for value, wrong in zip(ROWS, several.complained(expr), strict=True) if wrong]
    assert len(refused) == len(ROWS) - len(added) - 1  # null makes null, and is no error
    sizes = parse_expression("{$size: '$v'}", several.scan)
    complained = [value for value, wrong in zip(ROWS, several.complained(sizes), strict=True) if wrong]
    assert complained == [value for value in ROWS if not isinstance(value, list)]


def test_lists_and_sets_hold_values_of_all_kinds(several: Asker) -> None:
    assert values(several, "{$setUnion: [[1, 'a', 1.0], ['a', null, true]]}")[0] == [None, 1, "a", True]
    assert values(several, "{$in: [1.0, ['a', 1]]}")[0] is True
    assert values(several, "{$max: [[1], 'a', true, 5]}")[0] is True
    assert values(several, "{$sum: [[1, 'a', 2.5], 4]}")[0] == 4
    assert values(several, "{$sum: {$concatArrays: [[1, 'a'], [2.5]]}}")[0] == 3.5
    assert values(several, "{$filter: {input: [0, '', null, 'a', []], cond: '$$this'}}")[0] == [
        "",
        "a",
        [],
    ]


def test_what_surely_makes_no_sense_is_still_refused_before_anything_runs(several: Asker) -> None:
    for text in (
        "{$add: ['$n', 'a']}",
        "{$size: '$n'}",
        "{$concat: [1, 'a']}",
        "{$add: ['$v', 'a']}",
        "{$concat: ['$v', 1]}",
        "{$setUnion: [['a'], '$n', '$v']}",
    ):
        with pytest.raises(QueryError):
            parse_expression(text, several.scan)


def test_a_call_over_several_kinds_is_a_document_like_any_other(several: Asker) -> None:
    from vitrail.query.expr_reading import expr_from_json

    for text in (
        "{$add: ['$v', 1]}",
        "{$filter: {input: '$v', cond: '$$this'}}",
        "{$cond: ['$v', 1, 'a']}",
    ):
        expr = parse_expression(text, several.scan)
        assert expr_from_json(expr.to_json()) == expr
        assert expr_from_json(expr.to_json()).dtype == expr.dtype


def test_texts_that_are_no_values_are_null_and_break_nothing() -> None:
    import pyarrow as pa

    broken = ["{", "[" * 100_000, '{"$date":"x"}', "NaN", "1e999", '"\\ud800"', "9" * 5000, "1"]
    schema = Table((("v", Optional(Mixed())),))
    rows = pa.table([pa.array(broken)], schema=arrow_schema(schema))
    asker = Asker(Scan("0" * 64, schema, len(broken)), rows)
    column = Column("v", None, Optional(Mixed()))
    assert asker.values(Call("$isNumber", (column,)))[-1] is True
    for call in (
        Call("$add", (column, Literal(1))),
        Call("$type", (column,)),
        Call("$eq", (column, column)),
    ):
        assert len(asker.values(call)) == len(broken)


def test_a_table_of_several_kinds_is_asked_like_any_other() -> None:
    table = vt.Table(
        ["id", "v"], [[place, value] for place, value in enumerate(ROWS)], allow_mixed_types=True
    )
    kept = table.query("{$gt: ['$v', 'a']}").get_column("v")
    assert repr(kept) == repr([v for v in ROWS if mixed.key(v) > mixed.key("a")])
