"""The SQL that questions become: one SELECT, our names only, every value bound."""

from __future__ import annotations

import re

import duckdb
import pytest
from engine_library import col, greater, side
from sqlglot import exp, parse

from vitrail.domain import CategoryDomain, NumberDomain
from vitrail.dtypes import List, Number, Optional, Table, Text
from vitrail.errors import Invalid
from vitrail.query.expr import Call, Literal
from vitrail.query.plan import Compare, Group, Join, Plan, Scan, Sort, Where
from vitrail.query.question import Ask, Question
from vitrail.query.reduction import Bins, Counts, Points, Sample, Stats, Values
from vitrail.query.sql import compile_question

SCHEMA = Table(
    (
        ('"; DROP TABLE t0; --', Optional(Text())),
        ("id", Number(integer=True)),
        ("score", Number(integer=False)),
        ("tags", List(Text())),
    )
)
NAME = '"; DROP TABLE t0; --'
SCAN = Scan("d" * 64, SCHEMA, 1000)
OTHER = Scan("e" * 64, SCHEMA, 2000)
FILES = {SCAN.table: ("/data/one.parquet",), OTHER.table: ("/data/a.parquet", "/data/b.parquet")}
OFFSETS = {OTHER.table: (0, 1500)}

WHERE = Where(SCAN, Call("$eq", (col(SCAN, NAME), Literal("x'; DROP TABLE t0; --"))))
SORT = Sort(WHERE, ((col(WHERE, "id"), True),))
COMPARE = Compare((SCAN, OTHER), ("v0", "v1"), "id")
JOIN = Join(SCAN, OTHER, ("id", None))
GROUP = Group(COMPARE, (("half", greater(side(COMPARE, 0, "score"), 0.5)),))
OURS = re.compile(r"[aceiknopqrstvx]\d*(_v\d+)?|page|file_row_number|file_index")
PLANS: dict[str, Plan] = {
    "scan": SCAN,
    "parts": OTHER,
    "where": WHERE,
    "sort": SORT,
    "group": Group(SORT, ((NAME, col(SORT, NAME)),)),
    "compare": Sort(COMPARE, ((col(COMPARE, "id"), False),)),
    "join": Where(JOIN, greater(side(JOIN, 1, "score"), 0.5)),
    "compared groups": Where(GROUP, Call("$gt", (col(GROUP, "half"), Literal(None)))),
}


def questions(plan: Plan) -> list[Question]:
    names = [name for name, _ in plan.dtype.columns or ()]
    last = names[-2]
    asks = {name: Ask(Values(3)) for name in names}
    return [
        Question("count", plan),
        Question("window", plan, 10, 60, asks),
        Question("rows", plan, 3, 5),
        Question("rows", plan),
        Question("reduce", plan, asks={names[1]: Ask(Sample(4))}),
        Question("range", plan, column=last),
        Question("categories", plan, column=names[0]),
    ]


@pytest.mark.parametrize("name", PLANS)
def test_every_question_is_one_select_with_names_of_ours_and_bound_values(name: str) -> None:
    for question in questions(PLANS[name]):
        sql = compile_question(question, FILES, OFFSETS)
        (tree,) = parse(sql.text, dialect="duckdb")
        assert isinstance(tree, exp.Select)
        (statement,) = duckdb.connect().extract_statements(sql.text)
        assert statement.type == duckdb.StatementType.SELECT
        assert "DROP" not in sql.text
        assert "/data" not in sql.text
        assert {node.name for node in tree.find_all(exp.Placeholder)} == set(sql.values)
        names = {node.name for node in tree.find_all(exp.Identifier)}
        assert {name for name in names if not OURS.fullmatch(name)} == set()


def text_of(question: Question) -> tuple[str, dict[str, object]]:
    sql = compile_question(question, FILES, OFFSETS)
    return sql.text, dict(sql.values)


def test_a_window_of_a_stored_table_is_cut_by_row_number() -> None:
    asks = {"id": Ask(Values()), "tags": Ask(Values(2))}
    assert text_of(Question("window", SCAN, 10, 60, asks)) == (
        "SELECT t0.c1 AS a0, CASE WHEN NOT (t0.c3 IS NULL) "
        "THEN {'n': LEN(t0.c3), 'v': LIST_SLICE(t0.c3, 1, 2)} END AS a1 "
        "FROM READ_PARQUET($x2, file_row_number = TRUE) AS t0 "
        "WHERE t0.file_row_number >= $x0 AND t0.file_row_number < $x1 ORDER BY t0.file_row_number",
        {"x0": 10, "x1": 60, "x2": ["/data/one.parquet"]},
    )


def test_a_sorted_window_sorts_keys_and_fetches_the_rest_for_its_rows_only() -> None:
    plan = Sort(SCAN, ((col(SCAN, "id"), True),))
    assert text_of(Question("window", plan, 10, 60, {NAME: Ask(Values())})) == (
        "WITH page AS MATERIALIZED (SELECT t1.i0, t1.p, "
        "ROW_NUMBER() OVER (ORDER BY o0 DESC, p) AS i FROM (SELECT t0.file_row_number AS i0, "
        "t0.file_row_number AS p, t0.c1 AS o0 FROM READ_PARQUET($x0, file_row_number = TRUE) AS t0 "
        "ORDER BY o0 DESC, p LIMIT $x1 OFFSET $x2) AS t1) "
        "SELECT t0.c0 AS a0 FROM page "
        "INNER JOIN READ_PARQUET($x0, file_row_number = TRUE) AS t0 ON t0.file_row_number = page.i0 "
        "ORDER BY page.i",
        {"x0": ["/data/one.parquet"], "x1": 50, "x2": 10},
    )


def test_a_grouped_window_reduces_all_of_its_cells_in_one_pass() -> None:
    plan = Group(SCAN, (("tag", col(SCAN, NAME)),))
    asks = {
        "tag": Ask(Values()),
        "count": Ask(Values()),
        "score": Ask(Bins(2), NumberDomain(0.0, 1.0)),
        NAME: Ask(Counts(2), CategoryDomain(("a", "b", "c"), 3)),
        "id": Ask(Stats()),
    }
    text, values = text_of(Question("window", plan, 0, 50, asks))
    assert text.count("READ_PARQUET") == 2
    assert text.count("HISTOGRAM(") == 2
    assert ["a", "b"] in values.values()


def test_keys_that_are_known_to_be_unique_are_not_numbered() -> None:
    known = frozenset({(SCAN.table, "id"), (OTHER.table, "id")})
    asks = {"score": Ask(Values())}
    plain, _ = text_of(Question("window", COMPARE, 0, 5, asks))
    quick, _ = text_of(Question("window", COMPARE, 0, 5, asks, unique=known))
    assert "PARTITION BY" in plain
    assert "PARTITION BY" not in quick


def test_a_table_whose_files_are_unknown_is_refused() -> None:
    with pytest.raises(Invalid, match="no files of table dddddddddddd"):
        compile_question(Question("count", SCAN), {})


@pytest.mark.parametrize("name", PLANS)
def test_a_question_is_read_back_from_its_document(name: str) -> None:
    for question in questions(PLANS[name]):
        assert Question.from_json(question.to_json()) == question
    domain = NumberDomain(0.5, 2.0, time=True)
    others = CategoryDomain(("a", True, 3), 9)
    asks = {"": Ask(Points("id", "score"), domain, others), "id": Ask(Bins(3))}
    question = Question("points", SCAN, asks=asks, unique=frozenset({("d", "k")}))
    assert Question.from_json(question.to_json()) == question


def test_a_document_that_is_no_question_is_refused() -> None:
    with pytest.raises(Invalid, match="no question 'drop'"):
        Question.from_json({"kind": "drop"})
