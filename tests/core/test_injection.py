"""Names and values are never read as the engine's language, wherever they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

import vitrail as vt
from vitrail.errors import VitrailError
from vitrail.query.desk import Desk
from vitrail.query.limits import Limits

ODD = (
    *(
        'quo"te',
        "it's",
        "''",
        "; DROP TABLE t0; --",
        "/* x */",
        "-- x",
        "back\\slash",
        "\\'",
        "new\nline",
    ),
    *(
        "$x0",
        "?",
        "%s",
        "{x}",
        "select",
        "t0",
        "c0",
        "f0",
        "NULL",
        "유니코드",
        "\u202eabc\u202c",
        "😀",
        "e\u0301",
    ),
    *("') OR 1=1 --", '" FROM t0; SELECT "', " ", "getenv('HOME')", "read_csv('/etc/passwd')"),
)


IDENTIFIERS = ("select", "t0", "c0", "f0", "유니코드", "😀")


def named(name: str) -> dict[str, Any]:
    """The column of this name, as an expression."""
    return {"$getField": {"$literal": name}}


def table(name: str) -> vt.Table:
    """A table with the name as a column's, and as a value."""
    return vt.Table.from_arrow(pa.table({name: [name, "plain", None], "n": [1, 2, 3]}))


def answered(asked: vt.Table, query: Any, **more: Any) -> list[list[Any]]:
    return [list(row) for row in asked.query(query, **more).data]


@pytest.mark.parametrize("odd", ODD)
def test_a_columns_name_and_a_text_are_compared_as_they_are(odd: str) -> None:
    kept = answered(table(odd), {"$eq": [named(odd), {"$literal": odd}]})
    assert kept == [[odd, 1]]


@pytest.mark.parametrize(
    "odd", [odd for odd in ODD if not odd.startswith("$") and odd.strip() and "." not in odd]
)
def test_a_query_documents_path_and_value_are_as_they_are(odd: str) -> None:
    assert answered(table(odd), {odd: odd}) == [[odd, 1]]
    assert answered(table(odd), {odd: {"$in": [odd, "'"]}}) == [[odd, 1]]
    assert answered(table(odd), {odd: {"$nin": [odd]}}) == [["plain", 2], [None, 3]]


def test_a_name_with_a_nul_is_refused_and_a_text_with_one_is_kept() -> None:
    with pytest.raises(VitrailError, match="has no NUL"):
        table("a\0b")
    asked = vt.Table.from_arrow(pa.table({"x": ["a\0b", "a"]}))
    assert answered(asked, {"x": "a\0b"}) == [["a\0b"]]


@pytest.mark.parametrize("odd", ODD)
def test_the_parts_of_structs_are_named_as_they_are(odd: str) -> None:
    record = pa.array([{odd: 1, "k": 2}, {odd: 5, "k": 6}])
    asked = vt.Table.from_arrow(pa.table({"o": record, "l": pa.array([[{odd: 3}], [{odd: 4}]])}))
    part = {"$getField": {"field": {"$literal": odd}, "input": "$o"}}
    assert [row[0] for row in answered(asked, {"$gt": [part, 2]})] == [{odd: 5, "k": 6}]
    inside = {"$getField": {"field": {"$literal": odd}, "input": "$$e"}}
    found = {"$map": {"input": "$l", "as": "e", "in": inside}}
    assert [row[1] for row in answered(asked, {"$eq": [found, [3]]})] == [[{odd: 3}]]


@pytest.mark.parametrize("odd", ODD)
def test_patterns_match_texts_as_they_are(odd: str) -> None:
    escaped = re.escape(odd)
    query = {"$regexMatch": {"input": named(odd), "regex": escaped}}
    assert answered(table(odd), query) == [[odd, 1]]


@pytest.mark.parametrize("odd", ODD)
def test_a_pattern_that_makes_no_sense_is_an_error_of_ours(odd: str) -> None:
    with pytest.raises(VitrailError):
        answered(table(odd), {"$regexMatch": {"input": named(odd), "regex": "(?<" + odd}})


@pytest.mark.parametrize("odd", ODD)
def test_variables_are_named_cleanly_or_not_at_all(odd: str) -> None:
    query = {"$filter": {"input": ["a", "b"], "as": odd, "cond": {"$eq": [f"$${odd}", "b"]}}}
    if odd in IDENTIFIERS:
        assert answered(table("x"), {"$eq": [query, ["b"]]}) == [["x", 1], ["plain", 2], [None, 3]]
        return
    with pytest.raises(VitrailError):
        answered(table("x"), {"$eq": [query, ["b"]]})


@pytest.mark.parametrize("odd", ODD)
def test_a_pipelines_keys_and_names_are_as_they_are(odd: str) -> None:
    group = [{"$group": {"_id": named(odd), "n": {"$sum": "$n"}}}, {"$sort": {"_id": -1, "n": 1}}]
    wanted = sorted([odd, "plain"], key=lambda text: text.encode(), reverse=True)
    assert [row[0] for row in answered(table(odd), group)] == [*wanted, None]
    project = [{"$project": {odd: "$x"}}]
    if odd.startswith("$") or "." in odd:
        with pytest.raises(VitrailError):
            table("x").query(project)
        return
    assert table("x").query(project).columns == [odd]
    assert answered(table("x"), project) == [["x"], ["plain"], [None]]
    assert [row[-1] for row in answered(table("x"), [{"$set": {odd: "$n"}}])] == [1, 2, 3]
    assert answered(table("x"), [{"$match": {}}, {"$count": odd}]) == [[3]]


@pytest.mark.parametrize("odd", ODD)
def test_another_tables_name_is_as_it_is(odd: str) -> None:
    stage = {"$lookup": {"from": odd, "localField": "n", "foreignField": "n", "as": "found"}}
    other = vt.Table(["n", "m"], [[1, 10], [2, 20]])
    found = table("x").query([stage], tables={odd: other})
    assert [len(row[-1]) for row in found.data] == [1, 1, 0]
    with pytest.raises(VitrailError):
        answered(table("x"), [stage], tables={"other": other})


@pytest.mark.parametrize(
    "text",
    [
        "SELECT getenv('HOME')",
        "SELECT * FROM read_json('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd.csv'",
        "SELECT * FROM parquet_metadata('/tmp/x.parquet')",
        "COPY t FROM '/etc/passwd'",
        "INSTALL httpfs FROM 'https://example.org'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "PRAGMA database_list; ATTACH ':memory:' AS other (TYPE sqlite)",
        "SELECT * FROM ODD",
    ],
)
def test_the_engines_own_settings_refuse_what_is_outside(text: str, tmp_path: Path) -> None:
    desk = Desk({}, Limits(), str(tmp_path), {}, {})
    with pytest.raises(duckdb.Error):
        desk.connection.execute(text).fetchall()
