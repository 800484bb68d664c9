"""Query documents over values of several kinds: paths, lists and comparisons within one kind."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from asking import Asker
from hypothesis import given, settings
from hypothesis import strategies as st
from mixed_values import VALUES
from test_mixed_expressions import over

import vitrail as vt
from vitrail import mixed
from vitrail.dtypes import List, Mixed, Number, Struct, optional
from vitrail.errors import QueryError
from vitrail.query.mongo import parse_match

NAN = float("nan")
DAY = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
ROWS: list[Any] = [
    *(None, 5, 5.0, "5", True, NAN, DAY, [], [5], ["a", 5], [[5]], [None], {}, {"a": 5}),
    *(
        {"a": None},
        {"a": [1, 9]},
        {"a": {"b": 5}},
        [{"a": 5}, {"b": 1}],
        [{"a": [1, 9]}, 7],
        {"0": {"a": 5}},
    ),
    *([{"a": {"b": 5}}, {"a": {"b": [6]}}], "Some text"),
]


@pytest.fixture(scope="module")
def several() -> Asker:
    record = Struct((("x", optional(Mixed())), ("n", Number(integer=True))))
    documents = [{"x": value, "n": place} for place, value in enumerate(ROWS)]
    return over(
        {
            "v": (optional(Mixed()), ROWS),
            "o": (record, documents),
            "l": (List(record), [[document] for document in documents]),
        }
    )


def kept(asker: Asker, query: Any) -> list[Any]:
    found = asker.kept(parse_match(query, asker.scan))
    return [value for value, keep in zip(ROWS, found, strict=True) if keep]


FOUND: list[tuple[str, list[Any]]] = [
    ("{v: 5}", [5, 5.0, [5], ["a", 5]]),
    ("{v: {$gt: 4}}", [5, 5.0, [5], ["a", 5], [{"a": [1, 9]}, 7]]),
    ("{v: {$gte: 'Some'}}", [["a", 5], "Some text"]),
    ("{v: {$lt: 6}}", [5, 5.0, [5], ["a", 5]]),
    ("{v: NaN}", [NAN]),
    ("{v: {$lte: NaN}}", [NAN]),
    ("{v: null}", [None, [None]]),
    ("{v: {$gte: null}}", [None, [None]]),
    ("{v: [5]}", [[5], [[5]]]),
    ("{v: []}", [[]]),
    ("{v: {a: 5}}", [{"a": 5}, [{"a": 5}, {"b": 1}]]),
    ("{v: true}", [True]),
    ("{v: {$gt: ISODate('2024-01-01')}}", [DAY]),
    ("{v: {$in: [true, '5', /^Some/]}}", ["5", True, "Some text"]),
    ("{v: /text$/}", ["Some text"]),
    ("{v: {$regex: 'SOME', $options: 'i'}}", ["Some text"]),
    ("{v: {$size: 1}}", [[5], [[5]], [None]]),
    ("{v: {$type: 'number'}}", [5, 5.0, NAN, [5], ["a", 5], [{"a": [1, 9]}, 7]]),
    ("{v: {$type: ['bool', 9]}}", [True, DAY]),
    ("{v: {$mod: [4, 1]}}", [5, 5.0, [5], ["a", 5]]),
    ("{v: {$all: ['a', 5]}}", [["a", 5]]),
    ("{v: {$all: []}}", []),
    ("{v: {$bitsAllSet: 5}}", [5, 5.0, [5], ["a", 5], [{"a": [1, 9]}, 7]]),
    ("{v: {$elemMatch: {$gt: 4, $lt: 6}}}", [[5], ["a", 5]]),
    ("{v: {$elemMatch: {$elemMatch: {$eq: 5}}}}", [[[5]]]),
    ("{v: {$elemMatch: {a: 5}}}", [[{"a": 5}, {"b": 1}]]),
    ("{v: {$elemMatch: {$or: [{b: 1}, {'a.b': 6}]}}}", [ROWS[17], ROWS[20]]),
    ("{'v.a': 5}", [{"a": 5}, [{"a": 5}, {"b": 1}]]),
    ("{'v.a': 9}", [{"a": [1, 9]}, [{"a": [1, 9]}, 7]]),
    ("{'v.a.1': 9}", [{"a": [1, 9]}, [{"a": [1, 9]}, 7]]),
    ("{'v.0.a': 5}", [[{"a": 5}, {"b": 1}], {"0": {"a": 5}}]),
    ("{'v.0': 5}", [[5], [[5]]]),
    ("{'v.0.0': 5}", [[[5]]]),
    ("{'v.a.b': 5}", [{"a": {"b": 5}}, ROWS[20]]),
    ("{'v.a': {$exists: true}}", ROWS[13:19] + ROWS[20:21]),
    ("{'v.a': {$size: 2}}", [{"a": [1, 9]}, [{"a": [1, 9]}, 7]]),
    ("{'v.a': {$not: {$lt: 6}, $exists: true}}", [{"a": None}, {"a": {"b": 5}}, ROWS[20]]),
    ("{'o.x.a': 5}", [{"a": 5}, [{"a": 5}, {"b": 1}]]),
    ("{'l.x.a': 5}", [{"a": 5}, [{"a": 5}, {"b": 1}]]),
    ("{'l.0.x': 'Some text', 'o.n': {$gt: 3}}", ["Some text"]),
    ("{o: {x: 5, n: 1}}", [5]),
    ("{l: {$elemMatch: {x: 5, n: {$lt: 2}}}}", [5]),
    ("{$or: [{v: '5'}, {v: true}]}", ["5", True]),
    ("{$nor: [{v: {$exists: true}}]}", []),
]


@pytest.mark.parametrize(("query", "wanted"), FOUND, ids=[query for query, _ in FOUND])
def test_conditions_keep_what_mongodb_keeps(several: Asker, query: str, wanted: list[Any]) -> None:
    assert repr(kept(several, query)) == repr(wanted)


@pytest.mark.parametrize(
    ("query", "other"),
    [
        ("{v: {$ne: 5}}", "{v: 5}"),
        ("{'v.a': {$nin: [5, null]}}", "{'v.a': {$in: [5, null]}}"),
        ("{v: {$not: /text/}}", "{v: /text/}"),
        ("{v: {$not: {$elemMatch: {$gt: 4}}}}", "{v: {$elemMatch: {$gt: 4}}}"),
        ("{'v.a': {$exists: false}}", "{'v.a': {$exists: true}}"),
        ("{v: {$not: {$not: {$type: 'array'}}}}", "{v: {$not: {$type: 'array'}}}"),
    ],
)
def test_a_negation_keeps_all_the_other_rows(several: Asker, query: str, other: str) -> None:
    one, rest = (several.kept(parse_match(text, several.scan)) for text in (query, other))
    assert [not keep for keep in one] == rest


@settings(max_examples=25, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=10), VALUES)
def test_equality_goes_by_the_keys_of_a_value_and_its_items(values: list[Any], sought: Any) -> None:
    asker = over({"v": (optional(Mixed()), values)})
    wanted = mixed.key(_written(sought))
    expr = parse_match({"v": {"$in": [_written(sought)]}}, asker.scan)
    items = [[value, *(value if isinstance(value, list) else ())] for value in values]
    assert asker.kept(expr) == [any(mixed.key(item) == wanted for item in found) for found in items]


def _written(value: Any) -> Any:
    """A value as a query document in Python has it: documents must not look like operators."""
    if isinstance(value, dict):
        return {name.replace("$", "_") + "'": _written(item) for name, item in value.items()}
    return [_written(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{v: {$gtt: 5}}", "no operator '\\$gtt'"),
        ("{v: {$size: 1.5}}", "whole number"),
        ("{v: {$mod: [0, 1]}}", "divisor"),
        ("{v: {$in: 5}}", "needs a list"),
        ("{v: {$in: [{$gt: 5}]}}", "no operators"),
        ("{v: {$type: 'sring'}}", "type"),
        ("{v: {$regex: '('}}", "not valid"),
        ("{v: {$regex: '(?=a)'}}", "look-around"),
        ("{v: {$elemMatch: 5}}", "needs a document"),
        ("{v: {$not: 5}}", "needs a document"),
        ("{v: {$options: 'i'}}", "needs a \\$regex"),
        ("{'o.y.a': 5}", "no part 'y'"),
        ("{v: {$elemMatch: {$where: 5}}}", "no operator|does not stand"),
    ],
)
def test_nonsense_is_refused(several: Asker, query: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        parse_match(query, several.scan)


def test_an_expression_that_takes_long_elsewhere_is_answered(several: Asker) -> None:
    asker = over({"v": (optional(Mixed()), ["a" * 50_000 + "b"] * 3)})
    assert asker.kept(parse_match("{v: /^(a+)+$/}", asker.scan)) == [False] * 3


def test_a_stored_table_is_filtered_by_a_worker() -> None:
    table = vt.Table(
        ["id", "v"], list(map(list, enumerate(ROWS))), dtype={"v": Mixed(), "id": Number(True)}
    )
    assert table.query("{'v.a': 9}").get_column("id") == [15, 18]
