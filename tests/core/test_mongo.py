"""Filters and expressions read against plans: types, paths, refusals at their place."""

from __future__ import annotations

import string
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from vitrail.dtypes import (
    BoxLayer,
    DType,
    Image,
    List,
    Number,
    Optional,
    Struct,
    Table,
    Text,
    Timestamp,
    optional,
)
from vitrail.errors import QueryError, Span
from vitrail.query.complaint import complaints
from vitrail.query.expr import Column, Expr, Field
from vitrail.query.expr_reading import expr_from_json
from vitrail.query.lower import Lowering, bound
from vitrail.query.mongo import parse_expression, parse_filter
from vitrail.query.plan import Compare, Group, Join, Plan, Scan, Sort, Where

WHOLE, FLOAT = Number(integer=True), Number(integer=False)
PICTURE = Image((BoxLayer("ground_truth"),), (), ())
SCHEMA = Table(
    (
        ("id", WHOLE),
        ("label", Text()),
        ("road", Optional(FLOAT)),
        ("ts", Timestamp("instant")),
        ("meta", Struct((("source", Struct((("year", WHOLE),))),))),
        ("tags", List(Text())),
        ("pred_mask", Optional(PICTURE)),
        ("a.b", WHOLE),
    )
)
SCAN = Scan("a" * 64, SCHEMA, 10)
OTHER = Scan("b" * 64, Table((("id", WHOLE), ("loss", FLOAT), ("road", FLOAT))), 10)
BOXES = "{$gte: [{$size: {$filter: {input: '$0.pred_mask.boxes.ground_truth', as: 'box', cond: {$eq: ['$$box.class_id', 13]}}}}, 1]}"
COMPARED = Compare((SCAN, OTHER), ("v0", "v1"), "id")


def test_both_ways_of_writing_a_filter_are_told_apart() -> None:
    kinds = {
        "{$gt: ['$road', 0.05]}": "expression",
        BOXES: "expression",
        "$road": "expression",
        "{$and: [{$gt: ['$road', 1]}, '$label']}": "expression",
        "{$and: []}": "expression",
        "{road: {$gt: 0.05}}": "query document",
        "{}": "query document",
        "{$and: [{road: 1}, {$or: [{label: 'x'}]}]}": "query document",
        "{$nor: [{road: 1}]}": "query document",
        "{$expr: {$gt: ['$road', 1]}, label: 'x'}": "query document",
        "{$and: [{road: 1}], label: 'x'}": "query document",
    }
    assert {text: parse_filter(text, SCAN).reading for text in kinds} == kinds


@pytest.mark.parametrize(
    ("text", "piece", "message", "hint"),
    [
        ("{$gte: [{$size: '$0.road'}, 1]}", "'$0.road'", "$size needs a List, got Number, at $gte[0].$size ('$0.road')", ""),
        ("{$gt: ['$0.raod', 0.05]}", "raod", "no column 'raod'; there are: id, label, road, ts, meta, tags, pred_mask, a.b. Did you mean 'road'?", ""),
        ("{$gt: ['$meta.source.yaer', 1]}", "yaer", "no part 'yaer'; there are: year. Did you mean 'year'?", ""),
        ("{$gt: [$meta.sauce, 1]}", "sauce", "no part 'sauce'", ""),
        (BOXES.replace("$$box.class_id", "$$bx.class_id"), "'$$bx.class_id'", "no variable '$$bx'; there are: $$box", ""),
        (BOXES.replace("class_id", "class"), "class", "no part 'class'", ""),
        ("{$gtt: ['$road', 1]}", "$gtt", "no operator '$gtt'", "did you mean $gt?"),
        ("{road: {$gtt: 1}}", "$gtt", "no operator '$gtt' in a query document", "did you mean $gt?"),
        ("{raod: 1}", "raod", "no column 'raod'", ""),
        ("{'meta.source.yaer': 1}", "yaer", "no part 'yaer'", ""),
        ("{$gt: ['$road']}", "{$gt: ['$road']}", "$gt takes 2 arguments, got 1", "write {$gt: [a, b]}"),
        ("{$greater: ['$road', 1]}", "$greater", "no operator '$greater'", "did you mean $gt?"),
        ("{$GTE: ['$road', 1]}", "$GTE", "no operator '$GTE'", "did you mean $gte?"),
        ("{$starts_with: ['$label', 'c']}", "$starts_with", "no operator '$starts_with'", "did you mean $regexMatch?"),
        ("{label: {$like: 'c'}}", "$like", "no operator '$like' in a query document", "did you mean $regex?"),
        ("{gt: ['$road', 1]}", "gt", "no column 'gt'", "did you mean $gt?"),
        ("{road: {gt: 1}}", "{gt: 1}", "a Number is compared with a document", "did you mean $gt?"),
        ("{road: {$gt: 1, lt: 2}}", "lt", "the key 'lt' stands among operators", "did you mean $lt?"),
        ("{road: '0.5'}", "'0.5'", "a Number is compared with the text '0.5'", "write 0.5 without quotes"),
        ("{$lt: ['$road', '0.5']}", "'0.5'", "a Number is compared with the text '0.5'", "write 0.5 without quotes"),
        ("{road: '$id'}", "'$id'", "a Number is compared with the text '$id', not with the column", "columns are compared in {$expr: {$eq: ['$one', '$other']}}"),
        ("{$filter: {input: '$tags', as: 't', cond: {$eq: ['$t', 'x']}}}", "t", "no column 't'", "write '$$t' for the variable"),
        ("{$gt: ['road', 0.5]}", "'road'", "the text 'road' is compared", "write '$road' for the column"),
        ("{$eq: ['$ts', '2023-01-01']}", "'2023-01-01'", "a Timestamp is compared with the text '2023-01-01'", "write ISODate('2023-01-01')"),
        ("{ts: {$gt: '2023-01-01'}}", "'2023-01-01'", "a Timestamp is compared with a text", "write ISODate('2023-01-01')"),
        ("'road'", "'road'", "a text is always true", "write '$road' for the column"),
        ("{$and: [{label: 'cat'}, {$gt: ['$road', 1]}]}", "{label: 'cat'}", "$and mixes expressions and query documents", "write all of them as expressions, such as {$eq: ['$label', 'cat']}"),
        ("{label: 'cat', $gt: ['$road', 1]}", "$gt", "'$gt' does not belong here", "write {$and: […]} over parts of one kind, or {$expr: …} for an expression"),
        ("{$not: {label: 'cat'}}", "{label: 'cat'}", "a document is always true in an expression", "write it as an expression, such as {$eq: ['$label', 'cat']}"),
        ("{$gt: ['$road', 1], $lt: ['$road', 2]}", "$lt", "'$lt' does not belong here", "write {$and: […]} over parts of one kind, or {$expr: …} for an expression"),
        ("{$gt: [{$size: {$range: [0, 1000000000]}}, 1]}", "1000000000", "$range makes at most 100,000 items, got 1,000,000,000", ""),
        ("{$map: {input: {$range: [0, 9999]}, in: {$map: {input: {$range: [0, 9999]}, in: 1}}}}", "{$range: [0, 9999]}", "lists inside each other repeat at most 10,000,000 times, got 99,980,001", ""),
        ("{$divide: ['$road', {$divide: [1, 0]}]}", "0", "$divide by zero, at $divide[1].$divide", ""),
        ("{$add: ['$road', '$label']}", "'$label'", "$add needs a Number, got Text", ""),
        ("{$gt: [{$filter: {input: '$tags', cond: true, az: 'x'}}, 1]}", "az", "$filter has no parameter 'az'; there are: input, cond, as, limit", ""),
        ("{$regexMatch: {input: '$label', regex: '(?=x)'}}", "'(?=x)'", "a regular expression here has no look-around", ""),
        ("{$regexMatch: {input: '$label', regex: '(x'}}", "'(x'", "the regular expression is not valid", ""),
        ("{$regexMatch: {input: '$label', regex: '(a{60}){60}'}}", "'(a{60}){60}'", "the repetitions of a regular expression add up to at most 100", ""),
        ("{$gt: ['$1.road', 1]}", "1", "no table 1 here", ""),
        ("{$gt: ['$', 1]}", "'$'", "'$' is no path", "write '$column.part'"),
    ],
)  # fmt: skip
def test_a_mistake_is_shown_at_its_place(text: str, piece: str, message: str, hint: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_filter(text, SCAN)
    error = caught.value
    assert str(error).startswith(message), str(error)
    assert error.span is not None
    assert (text[error.span.start : error.span.stop], error.hint) == (piece, hint)


def test_a_python_document_is_refused_with_its_path() -> None:
    with pytest.raises(QueryError) as caught:
        parse_filter({"$gte": [{"$size": "$road"}, 1]}, SCAN)
    assert str(caught.value) == "$size needs a List, got Number, at $gte[0].$size ('$road')"
    assert (caught.value.span, caught.value.path) == (None, "$gte[0].$size")


@pytest.mark.parametrize(
    ("plan", "path", "wanted"),
    [
        (SCAN, "$road", Column("road", None, Optional(FLOAT))),
        (SCAN, "$0.road", Column("road", None, Optional(FLOAT))),
        (SCAN, "$a.b", Column("a.b", None, WHOLE)),
        (Scan("c", Table((("0", Struct((("road", FLOAT),))),)), 1), "$0.road", Field(Column("0", None, Struct((("road", FLOAT),))), "road")),
        (COMPARED, "$id", Column("id", None, WHOLE)),
        (COMPARED, "$loss", Column("loss", None, Optional(FLOAT))),
        (COMPARED, "$1.loss", Column("loss", 1, Optional(FLOAT))),
        (COMPARED, "$0.road", Column("road", 0, Optional(FLOAT))),
        (Join(SCAN, OTHER, ("id", "id")), "$1.loss", Column("loss", 1, FLOAT)),
        (Join(SCAN, OTHER, ("id", "id")), "$loss", Column("loss", 1, FLOAT)),
        (Join(SCAN, OTHER, ("id", "id")), "$road", Column("road", 0, Optional(FLOAT))),
        (Group(SCAN, (("label", Column("label", None, Text())),)), "$road", Column("road", None, List(Optional(FLOAT)))),
        (Group(COMPARED, (("label", Column("label", None, optional(Text()))),)), "$1.loss", Column("loss", 1, Optional(List(Optional(FLOAT))))),
        (Group(COMPARED, (("label", Column("label", None, optional(Text()))),)), "$label", Column("label", None, optional(Text()))),
    ],
)  # fmt: skip
def test_paths_lead_to_columns_and_tables(plan: Plan, path: str, wanted: Expr) -> None:
    assert parse_expression(f"'{path}'", plan) == wanted
    assert parse_expression(path, Where(Sort(plan, ((wanted, True),)), wanted)) == wanted


def test_a_plain_column_name_is_that_column() -> None:
    assert parse_expression("a.b", SCAN) == Column("a.b", None, WHOLE)
    assert parse_expression("0.road", Join(SCAN, OTHER, ("id", "id"))).dtype == Optional(FLOAT)


@pytest.mark.parametrize(
    ("text", "dtype"),
    [
        ("{$size: '$tags'}", WHOLE),
        ("$pred_mask.boxes.ground_truth.position.minX", Optional(List(FLOAT))),
        ("{$add: ['$id', 1]}", WHOLE),
        ("{$add: ['$id', 1.5]}", FLOAT),
        ("{$add: ['$id', '$road']}", Optional(FLOAT)),
        ("{$ifNull: ['$road', 0]}", FLOAT),
        ("{$cond: [true, '$id', '$road']}", Optional(FLOAT)),
        ("{$map: {input: '$tags', as: 't', in: {$strLenCP: '$$t'}}}", List(WHOLE)),
        ("{$subtract: ['$ts', '$ts']}", WHOLE),
        ("{$literal: {a: ['$x']}}", Struct((("a", List(Text())),))),
    ],
)
def test_each_node_knows_its_type(text: str, dtype: DType) -> None:
    assert parse_expression(text, SCAN).dtype == dtype


@pytest.mark.parametrize(
    "text",
    [
        BOXES,
        "{road: {$in: [1, 2.5, null]}, tags: {$elemMatch: {$eq: 'x'}}}",
        "{$gt: ['$ts', ISODate('2023-01-01')]}",
        "{$let: {vars: {x: {$reduce: {input: [1, 2.5], initialValue: 0, in: {$add: ['$$value', '$$this']}}}}, in: {$cond: ['$$x', NaN, -0.0]}}}",
        "{$regexMatch: {input: '$label', regex: /a/i}}",
        "{$filter: {input: '$tags', cond: true, limit: 3}}",
        "{$eq: ['$$ROOT', {a: Infinity}]}",
    ],
)  # fmt: skip
def test_an_expression_is_a_document_and_reads_back(text: str) -> None:
    import json

    parse = parse_filter if text.startswith("{road") else parse_expression
    parsed = parse(text, SCAN)
    expr = parsed if isinstance(parsed, Expr) else parsed.condition
    again = expr_from_json(json.loads(json.dumps(expr.to_json())))
    assert again == expr
    assert again.dtype == expr.dtype
    assert hash(again) == hash(expr)


def test_a_query_document_complains_of_no_null() -> None:
    text = "{road: {$size: 2}, tags: {$size: 1}, 'pred_mask.boxes.ground_truth': {$size: 3}}"
    assert complaints(parse_filter(text, SCAN).condition) == ()


def test_constants_of_different_types_are_different() -> None:
    texts = ("1", "1.0", "true", "0", "0.0", "-0.0", "false", "null", "'1'")
    assert len({parse_expression(text, SCAN) for text in texts}) == len(texts)


FUNCTIONS = {
    *(
        "list_filter",
        "list_transform",
        "list_extract",
        "list_contains",
        "list_reduce",
        "list_slice",
        "len",
    ),
    *(
        "list_sum",
        "list_avg",
        "list_min",
        "list_max",
        "struct_extract",
        "nullif",
        "isnan",
        "range",
        "error",
    ),
    *("abs", "ceil", "floor", "trunc", "round_even", "format", "regexp_replace", "regexp_matches"),
    *("sqrt", "exp", "ln", "log10", "pow", "translate", "length"),
    *("epoch_us", "epoch_ms", "make_timestamp", "make_timestamptz"),
    *("mixed_call", "mixed_fails", "mixed_key", "mixed_truth", "mixed_items", "mixed_path"),
    *("mixed_text", "mixed_number", "mixed_moment", "mixed_matches"),
    *("to_json", "isfinite", "strftime", "array_to_string", "strlen"),
}
NAMES = st.sampled_from(
    [
        "$road",
        "$label",
        "$tags",
        "$id",
        "$ts",
        "$pred_mask.boxes.ground_truth.class_id",
        "$$this",
        "'; --",
    ]
)
OPERATORS = st.sampled_from(
    [
        "$eq",
        "$lt",
        "$and",
        "$or",
        "$not",
        "$add",
        "$divide",
        "$mod",
        "$round",
        "$size",
        "$in",
        "$cond",
        "$ifNull",
        "$concat",
        "$toLower",
        "$sum",
        "$max",
        "$min",
        "$arrayElemAt",
        "$range",
        "$filter",
        "$map",
        "$let",
        "$regexMatch",
        "label",
        "road",
        "tags",
    ]
)
QUERIES: st.SearchStrategy[Any] = st.recursive(
    NAMES
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.none()
    | st.text(string.printable, max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(OPERATORS, inner, max_size=2)
        | st.dictionaries(OPERATORS, st.lists(inner, min_size=1, max_size=3), min_size=1, max_size=1)
        | st.fixed_dictionaries({"input": inner, "cond": inner}).map(lambda d: {"$filter": d})
    ),
    max_leaves=10,
)


@pytest.fixture(scope="module")
def empty() -> duckdb.DuckDBPyConnection:
    from vitrail.layout import arrow_schema
    from vitrail.query.dynamic.functions import register

    connection = duckdb.connect()
    register(connection)
    connection.register("t", arrow_schema(SCHEMA).empty_table())
    return connection


@settings(max_examples=300, deadline=None)
@given(query=QUERIES)
def test_whatever_is_asked_is_one_select_of_known_functions(
    empty: duckdb.DuckDBPyConnection, query: Any
) -> None:
    try:
        expr = parse_filter(query, SCAN).condition
    except QueryError:
        return
    names = [name for name, _ in SCHEMA.columns or ()]
    lowering = Lowering(lambda column: exp.column(f"c{names.index(column.name)}", table="t"))
    tree = exp.select(lowering.truth(expr)).from_("t").where(lowering.condition(expr))
    text = tree.sql("duckdb")
    assert {node.name for node in tree.find_all(exp.Anonymous)} <= FUNCTIONS
    assert [s.type for s in empty.extract_statements(text)] == [duckdb.StatementType.SELECT]
    assert empty.execute(text, bound(tree, lowering.params)).fetchall() == []


@pytest.mark.parametrize(
    ("key", "message", "hint"),
    [
        ("raod", "no column 'raod'", ""),
        ("meta.source", "'meta.source' is no column's name", "write '$meta.source' for the path"),
    ],
)
def test_a_key_that_is_no_column_is_said_to_be_none(key: str, message: str, hint: str) -> None:
    with pytest.raises(QueryError, match=message) as caught:
        parse_expression(key, SCAN)
    assert (caught.value.span, caught.value.hint) == (Span(0, len(key)), hint)


@pytest.mark.parametrize("filter_", [None, 5, ["$road"], b"{}"])
def test_a_filter_is_text_or_a_document(filter_: Any) -> None:
    with pytest.raises(QueryError, match="a filter is text or a document"):
        parse_filter(filter_, SCAN)


@pytest.mark.parametrize("value", ["\ud800", {"x"}, b"x", object(), [object()], np.zeros(2)])
def test_a_value_that_no_query_holds_is_refused(value: Any) -> None:
    with pytest.raises(QueryError):
        parse_filter({"label": value}, SCAN)
