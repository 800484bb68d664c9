"""Expressions made in Python: the same nodes and the same text as the query language."""

from __future__ import annotations

import datetime as dt
import math
import re

import numpy as np
import pandas as pd
import pytest

import vitrail as vt
from vitrail.builder import Col, plain
from vitrail.errors import Invalid, QueryError
from vitrail.query.mongo import parse_expression, parse_filter
from vitrail.query.reading import read
from vitrail.query.syntax import Array, Document, Node, Scalar
from vitrail.query.text import written

col, op = vt.col, vt.op

BOXES = [
    [{"class_id": 13, "score": 0.9}, {"class_id": 2, "score": 0.4}],
    [{"class_id": 2, "score": 0.6}],
    [],
    None,
]
NOON = dt.datetime(2024, 1, 31, 12, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def table() -> vt.Table:
    columns = ["id", "road", "label", "ts", "boxes", "tags", "a.b", "$x", "hit"]
    table = vt.Table(columns)
    for place, boxes in enumerate(BOXES):
        road = None if place == 3 else place / 10
        moment = NOON + dt.timedelta(days=place)
        label = ["Cat", " dog ", "car-$1", "o'cat"][place]
        tags = [["x", "y"], [], ["y"], ["z", "x"]][place]
        table.add_data(place, road, label, moment, boxes, tags, place * 2, place * 3, place > 1)
    return table


SAME = [
    (col("road") > 0.05, "{$gt: ['$road', 0.05]}"),
    (0.05 < col("road"), "{$gt: ['$road', 0.05]}"),  # noqa: SIM300 - the habit that is tested
    (col("road") >= 0.1, "{$gte: ['$road', 0.1]}"),
    (col("road") != 0.1, "{$ne: ['$road', 0.1]}"),
    (col("label") == "Cat", "{$eq: ['$label', 'Cat']}"),
    (col("label") == "$1", "{$eq: ['$label', {$literal: '$1'}]}"),
    (col("road").between(0, 1), "{$and: [{$gte: ['$road', 0]}, {$lte: ['$road', 1]}]}"),
    (col("label").isin(["Cat", "o'cat"]), "{$in: ['$label', ['Cat', 'o\\'cat']]}"),
    (col("road").is_null(), "{$eq: ['$road', null]}"),
    (col("road").not_null(), "{$ne: ['$road', null]}"),
    (col("road").fill_null(0.5), "{$ifNull: ['$road', 0.5]}"),
    (
        (col("hit") & (col("id") > 1)) & (col("id") < 9),
        "{$and: ['$hit', {$gt: ['$id', 1]}, {$lt: ['$id', 9]}]}",
    ),
    (~col("hit") | (col("id") == 3), "{$or: [{$not: ['$hit']}, {$eq: ['$id', 3]}]}"),
    (1 - col("id") * 2, "{$subtract: [1, {$multiply: ['$id', 2]}]}"),
    (-col("id") % 3, "{$mod: [{$multiply: ['$id', -1]}, 3]}"),
    (2 ** col("id"), "{$pow: [2, '$id']}"),
    (col("id") // 2, "{$floor: {$divide: ['$id', 2]}}"),
    (abs(col("road")).sqrt().round(2), "{$round: [{$sqrt: {$abs: '$road'}}, 2]}"),
    (col("label") + "!", "{$concat: ['$label', '!']}"),
    ("<" + col("label"), "{$concat: ['<', '$label']}"),
    (col("boxes").size(), "{$size: '$boxes'}"),
    (col("boxes")["score"], "'$boxes.score'"),
    (col("tags")[0], "{$arrayElemAt: ['$tags', 0]}"),
    (col("tags")[:2], "{$slice: ['$tags', 2]}"),
    (col("tags")[-1:], "{$slice: ['$tags', -1]}"),
    (col("tags")[1:3], "{$slice: ['$tags', 1, 2]}"),
    (col("tags").contains("x"), "{$in: ['x', '$tags']}"),
    (
        col("boxes").filter(lambda box: box["class_id"] == 13).size() >= 1,
        "{$gte: [{$size: {$filter: {input: '$boxes', as: 'box', "
        "cond: {$eq: ['$$box.class_id', 13]}}}}, 1]}",
    ),
    (
        col("boxes").map(lambda b: b["score"] * 2),
        "{$map: {input: '$boxes', as: 'b', in: {$multiply: ['$$b.score', 2]}}}",
    ),
    (
        col("tags").reduce(lambda text, tag: op("$concat", text, tag), ""),
        "{$reduce: {input: '$tags', initialValue: '', in: {$concat: ['$$value', '$$this']}}}",
    ),
    (
        col("boxes").filter(lambda _: col("hit"))["score"].max(),
        "{$max: {$let: {vars: {it: {$filter: {input: '$boxes', as: 'item', cond: '$hit'}}}, "
        "in: '$$it.score'}}}",
    ),
    (
        col("boxes").sort("score", descending=True)[0]["class_id"],
        "{$let: {vars: {it: {$arrayElemAt: [{$sortArray: {input: '$boxes', sortBy: {score: -1}}}, 0]}},"
        " in: '$$it.class_id'}}",
    ),
    (col("label").str.lower().str.len(), "{$strLenCP: {$toLower: '$label'}}"),
    (
        col("label").str.contains("^c", ignore_case=True),
        "{$regexMatch: {input: '$label', regex: '^c', options: 'i'}}",
    ),
    (col("label").str.split("-")[0], "{$arrayElemAt: [{$split: ['$label', '-']}, 0]}"),
    (
        col("ts") > dt.datetime(2024, 2, 1),
        "{$gt: ['$ts', ISODate('2024-02-01T00:00:00Z')]}",
    ),
    (col("ts").dt.month() == 2, "{$eq: [{$month: '$ts'}, 2]}"),
    (col("ts").dt.truncate("day"), "{$dateTrunc: {date: '$ts', unit: 'day'}}"),
    (op("$cond", col("hit"), "yes", "no"), "{$cond: ['$hit', 'yes', 'no']}"),
    (
        op("$switch", branches=[{"case": col("hit"), "then": 1}], default=0),
        "{$switch: {branches: [{case: '$hit', then: 1}], default: 0}}",
    ),
    (op("$size", [1, col("id")]), "{$size: [[1, '$id']]}"),
    (col("id").cast(float), "{$toDouble: '$id'}"),
    (col("road") == math.inf, "{$eq: ['$road', Infinity]}"),
    (np.float64(0.5) < col("road"), "{$gt: ['$road', 0.5]}"),
    (col("id") == np.int64(2), "{$eq: ['$id', 2]}"),
]


@pytest.mark.parametrize(("built", "text"), SAME, ids=[text[:60] for _, text in SAME])
def test_what_is_built_is_the_text_and_the_same_node(table: vt.Table, built: Col, text: str) -> None:
    assert str(built) == text
    assert repr(built) == text
    node = parse_expression(text, table.plan())
    assert parse_expression(built.document, table.plan()) == node
    assert parse_expression(str(built), table.plan()) == node


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        (col("road") > 0.05, [1, 2]),
        (col("road") < 0.15, [0, 1, 3]),
        (col("hit"), [2, 3]),
        (~col("hit") & col("label").str.starts_with("Cat"), [0]),
        (col("label").str.ends_with("cat"), [3]),
        (col("label").str.contains("$"), [0, 1, 2, 3]),
        (col("label").str.strip() == "dog", [1]),
        (col("label").str.contains(re.escape("-$1")), [2]),
        (col("boxes").filter(lambda b: b["class_id"] == 13).size() > 0, [0]),
        (col("tags").map(lambda t: op("$strLenCP", t)).sum() == 2, [0, 3]),
        (col("boxes").is_null() | (col("boxes").fill_null([]).size() == 0), [2, 3]),
        (col("ts").dt.month() == 2, [1, 2, 3]),
        (col("ts").dt.strftime("%Y-%m-%d") == "2024-02-02", [2]),
        (col("ts").dt.since(NOON, "day") >= 2, [2, 3]),
        (col("ts").dt.add(1, "day").dt.truncate("day") == dt.datetime(2024, 2, 1), [0]),
        (col("label").str.replace("-", "+") == "car+$1", [2]),
        (col("label").str.slice(0, 2).isin(["Ca", "ca"]), [0, 2]),
        (col("a.b") > 2, [2, 3]),
        (col("$x") == 3, [1]),
        (col("boxes").map(lambda b: b["score"]).max() > 0.7, [0]),
        (col("tags").sort()[0] == "x", [0, 3]),
        (col("tags").sort(descending=True).first() == "y", [0, 2]),
        (col("tags").unique().size() == 2, [0, 3]),
        (col("id").cast(str) == "3", [3]),
        (col("id").between(1, 2) & (col("id") // 2 == 1), [2]),
    ],
)
def test_a_table_is_asked_with_what_is_built(table: vt.Table, condition: Col, ids: list[int]) -> None:
    assert table.query(condition).get_column("id") == ids
    assert table.query(str(condition)).get_column("id") == ids
    assert table.query({"$expr": condition}).get_column("id") == ids


def test_a_function_inside_a_function_keeps_its_variables_apart(table: vt.Table) -> None:
    def others(tag: Col) -> Col:
        return col("tags").filter(lambda tag2: tag2 != tag)

    def shadowing(tag: Col) -> Col:
        outer = tag
        return col("tags").filter(lambda tag: tag != outer)

    text = str(col("tags").map(others))
    assert "as: 'tag2', cond: {$ne: ['$$tag2', '$$tag']}" in text
    assert str(col("tags").map(shadowing)) == text


def test_a_reduction_inside_a_reduction_keeps_its_values_apart(table: vt.Table) -> None:
    def total(value: Col, item: Col) -> Col:
        return value + col("tags").reduce(lambda n, tag: n + op("$strLenCP", tag) + value, 0)

    built = col("tags").reduce(total, 1)
    node = parse_expression(str(built), table.plan())
    assert parse_expression(built.document, table.plan()) == node
    assert table.query(built == 17).get_column("id") == [0, 3]  # 1, 1 + (2 + 2 * 1), 5 + (2 + 2 * 5)


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (lambda: bool(col("a")), "write & instead of and"),
        (lambda: col("a") and col("b"), "write & instead of and"),
        (lambda: col("a") or col("b"), "instead of or"),
        (lambda: not col("a"), "~ instead of not"),
        (lambda: 0 < col("a") < 1, "between"),
        (lambda: "cat" in col("a"), r"write .contains\('cat'\)"),
        (lambda: list(col("a")), "is not gone through here"),
        (lambda: col("a")[0:0], "is no part"),
        (lambda: col("a")[1.5], "is no part"),
        (lambda: col("a").isin("cat"), "takes a list of values, not 'cat'"),
        (lambda: col("a").filter(lambda a, b: a), "this function takes 2 arguments"),
        (lambda: col("a").cast(list), "cast takes one of int, float"),
        (lambda: col(1), "a column's name is text"),
        (lambda: op("size", col("a")), r"begins with \$, got 'size'"),
        (lambda: op("$add", 1, x=1), "in order or by name, not both"),
    ],
)
def test_a_habit_of_python_that_would_mean_something_else_is_refused(mistake, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        mistake()


def test_a_mistake_in_what_is_built_is_told_with_its_place(table: vt.Table) -> None:
    with pytest.raises(QueryError, match=r"raod.*Did you mean 'road'.*at \$gt\[0\]"):
        table.query(col("raod") > 1)
    with pytest.raises(QueryError, match=r"\$size needs a List"):
        table.query(col("road").size() > 1)
    with pytest.raises(QueryError, match="a DataFrame is no value"):
        table.query(col("road") > pd.DataFrame())


def test_a_match_of_what_is_built_is_a_match_of_an_expression() -> None:
    assert plain([{"$match": col("a") > 1}, {"$set": {"b": col("a")}}]) == [
        {"$match": {"$expr": {"$gt": ["$a", 1]}}},
        {"$set": {"b": "$a"}},
    ]


def _values(node: Node) -> object:
    match node:
        case Document(entries=entries):
            return {entry.key: _values(entry.value) for entry in entries}
        case Array(items=items):
            return [_values(item) for item in items]
        case Scalar(value=value):
            return (type(value), repr(value))
    return None


@pytest.mark.parametrize(
    "document",
    [
        {"a b": 1, "it's": "it's", "$x.y": 'say "hi"', "": "", "유니": "코드\n\t\\\x00\u2028"},
        {"x": [math.nan, math.inf, -math.inf, -0.0, 1e300, 5e-324, 2**62, 2**70, True, None]},
        {"t": dt.datetime(1969, 1, 1, 1, 2, 3, 456789, tzinfo=dt.UTC)},
        {"r": re.compile(r"a/b\/c\\/[/]", re.IGNORECASE | re.DOTALL)},
        {"a": {"$date": "2024-01-01T00:00:00Z"}},
        [[], {}, [{}]],
        "$sp ace",
    ],
)
def test_what_is_written_is_read_back_as_it_was(document: object) -> None:
    text = written(document)
    read_back = _values(read(text))
    if isinstance(document, dict) and "r" in document:
        pattern = read(text).entries[0].value.value.pattern  # type: ignore[attr-defined, union-attr]
        assert re.fullmatch(pattern, "a/b/c\\//", re.IGNORECASE)
        return
    given = document if not isinstance(document, str) else written(document)
    assert read_back == _values(read(given))


def test_a_text_is_never_a_path() -> None:
    assert str(col("a") == "$b") == "{$eq: ['$a', {$literal: '$b'}]}"
    assert str(col("$a")) == "{$getField: {$literal: '$a'}}"
    assert str(col("a")["b.c"]) == "{$getField: {field: 'b.c', input: '$a'}}"


def test_a_query_document_may_hold_what_is_built(table: vt.Table) -> None:
    query = {"label": "Cat", "$expr": col("road") < 1}
    assert table.query(query).get_column("id") == [0]
    parsed = parse_filter(plain(query), table.plan())
    assert parsed.reading == "query document"
