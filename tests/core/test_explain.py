"""What a table says of how a query was understood and how it is answered."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

import vitrail as vt
from vitrail.errors import QueryError
from vitrail.query.mongo import parse_expression
from vitrail.query.words import expr_in_words, plan_in_words

PARTS = ("plan:", "statement:", "values:", "the engine's plan:")


@pytest.fixture(scope="module")
def table():
    return vt.Table(
        ["road", "label", "boxes", "a.b"],
        [[0.1, "a", [{"score": 1}], 1], [0.2, "b", [], 2], [0.3, "b", [], 3]],
    )


def part(text, name):
    """The indented lines under a heading."""
    after = text.split(f"{name}\n", 1)[1]
    lines = after.split("\n\n", 1)[0] if name == "plan:" else after
    return [line[2:] for line in lines.splitlines() if line.startswith("  ")]


@pytest.mark.parametrize(
    ("query", "reading"),
    [
        ("{$gt: ['$road', 0.15]}", "expression"),
        (vt.col("road") > 0.15, "expression"),
        ({"road": {"$gt": 0.15}}, "query document"),
        ([{"$match": vt.col("road") > 0.15}, {"$limit": 1}], "pipeline"),
        ("[{$match: {road: {$gt: 0.15}}}]", "pipeline"),
    ],
)
def test_an_explanation_says_as_what_a_query_was_read(table, query, reading):
    text = table.explain(query)
    assert text.startswith(f"read as: {reading}\n\nplan:\n")
    assert table.query(query).explain() == text
    assert [text.index(name) for name in PARTS] == sorted(text.index(name) for name in PARTS)


def test_an_explanation_shows_the_plan_with_its_types(table):
    text = table.explain(
        [
            {"$match": vt.col("road") > 0.15},
            {"$project": {"_id": 0, "label": 1, "n": {"$size": "$boxes"}}},
            {"$sort": {"n": -1}},
        ]
    )
    digest = table.plan().table[:12]
    assert part(text, "plan:") == [
        "sort '$n' descending",
        "  project",
        "      label = '$label'",
        "      n = {$size: '$boxes'}",
        "      → label: Text, n: Number(integer=True)",
        "    where {$gt: ['$road', 0.15]}",
        f"      scan of table {digest}, 3 rows",
        "          → road: Number(integer=False), label: Text, "
        "boxes: List(Optional(Struct(score: Number(integer=True)))), a.b: Number(integer=True)",
    ]


def test_an_explanation_shows_the_statement_that_is_run_and_what_is_bound(table):
    text = table.explain({"label": "it's; DROP TABLE x --"})
    statement = text.split("statement:\n")[1].split("values:")[0]
    assert isinstance(sqlglot.parse_one(statement, read="duckdb"), exp.Select)
    assert "DROP" not in statement
    assert '"it\'s; DROP TABLE x --"' in text.split("values:\n")[1]


def test_an_explanation_shows_the_engines_own_plan(table):
    found = table.explain({"label": "a"}).split("the engine's plan:\n")[1]
    assert "READ_PARQUET" in found
    assert "c1 = 'a'" in found


def test_a_table_that_was_not_queried_is_explained_as_it_lies(table):
    text = table.explain()
    assert "read as" not in text
    assert part(text, "plan:")[0] == f"scan of table {table.plan().table[:12]}, 3 rows"


def test_a_joined_table_is_explained(table):
    joined = vt.JoinedTable(table, table, "label")
    lines = part(joined.explain(vt.col("1")["road"] > 0.15), "plan:")
    assert lines[0] == "where {$gt: ['$1.road', 0.15]}"
    assert [line.strip() for line in lines[1:4]] == ["join", "keys: 'label', 'label'", "how: 'inner'"]
    assert [line.strip()[:14] for line in lines if "scan" in line] == [
        "left: scan of ",
        "right: scan of",
    ]
    assert "Hash Join" in joined.explain()


def test_a_query_that_makes_no_sense_is_not_explained(table):
    with pytest.raises(QueryError, match="Did you mean 'road'"):
        table.explain("{$gt: ['$raod', 1]}")


@pytest.mark.parametrize(
    "text",
    [
        "{$cond: [{$gt: ['$road', 0.5]}, 'yes', {$literal: '$no'}]}",
        "{$filter: {input: '$boxes', as: 'b', cond: {$gte: ['$$b.score', 1]}, limit: 2}}",
        "{$map: {input: '$boxes', as: 'b', in: {$multiply: ['$$b.score', 2]}}}",
        "{$reduce: {input: '$boxes.score', initialValue: 0, in: {$add: ['$$value', '$$this']}}}",
        "{$let: {vars: {x: {$size: '$boxes'}}, in: {$add: ['$$x', 1]}}}",
        "{$in: ['$label', ['a', 'it\\'s']]}",
        "[1, 2.5, null]",
        "{a: '$road', 'b c': [true]}",
        "'$boxes.score'",
    ],
)
def test_an_expression_in_words_is_read_back_as_itself(table, text):
    expr = parse_expression(text, table.plan())
    words = expr_in_words(expr)
    assert words == text
    assert parse_expression(words, table.plan()) == expr


def test_a_plan_in_words_is_bounded():
    wide = vt.Table([f"c{i}" for i in range(40)], [[1] * 40])
    text = plan_in_words(wide.query({"c0": {"$in": list(range(5000))}}).plan())
    assert "and 28 more" in text
    assert max(map(len, text.splitlines())) < 2_100
