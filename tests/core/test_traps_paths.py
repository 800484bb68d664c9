"""What paths, numbers and query documents mean where a plain SELECT would mean something else, through tables."""

from __future__ import annotations

from typing import Any

import pytest

import vitrail as vt
from vitrail.errors import QueryError

BOXES = [[{"class": 1, "score": 0.5}, {"class": 13, "score": None}], [], None]


def values(expr: Any, column: list[Any]) -> list[Any]:
    asked = vt.Table(["x"], [[value] for value in column])
    return [row[0] for row in asked.query([{"$project": {"v": expr}}]).data]


def kept(query: Any, column: list[Any], name: str = "x") -> list[int]:
    asked = vt.Table(["at", name], [[place, value] for place, value in enumerate(column)])
    return [row[0] for row in asked.query(query).data]


def refused(expr: Any, column: list[Any]) -> bool:
    with pytest.raises(QueryError):
        values(expr, column)
    return True


def test_a_path_through_a_list_is_the_list_of_the_parts() -> None:
    assert values("$x.class", BOXES) == [[1, 13], [], None]
    assert values({"$max": "$x.score"}, BOXES)[0] == 0.5


def test_a_number_in_a_path_is_a_place_in_query_documents_only() -> None:
    assert kept({"x.0.class": 1}, BOXES) == [0]
    assert kept({"x.1.class": 13}, BOXES) == [0]
    assert kept({"x.0.class": 13}, BOXES) == []


def test_a_column_may_have_a_number_for_a_name() -> None:
    assert kept({"$gt": ["$0", 1]}, [1, 2, None], "0") == [1]
    assert kept({"0": 2}, [1, 2, None], "0") == [1]


def test_places_are_whole_numbers_however_they_are_written() -> None:
    assert values({"$arrayElemAt": ["$x", 1.0]}, [[1, 2]]) == [2]
    assert refused({"$arrayElemAt": ["$x", 1.5]}, [[1, 2]])


def test_variables_begin_in_lower_case() -> None:
    assert refused({"$map": {"input": "$x", "as": "Box", "in": 1}}, [[1]])
    assert refused({"$let": {"vars": {"V": 1}, "in": 2}}, [1])


def test_some_of_null_is_refused_and_null() -> None:
    for name in ("$firstN", "$lastN", "$maxN", "$minN"):
        found = vt.Table(["x"], [[None], [[3, 1]]]).query(
            [{"$project": {"v": {name: {"input": "$x", "n": 2}}}}]
        )
        assert found.data[0] == [None]
        assert sorted(found.data[1][0]) == [1, 3]
        assert found.warnings[0].startswith("1 row: ")


def test_a_literal_list_is_an_argument_only_in_a_list() -> None:
    assert values({"$size": [[1, 2, 3]]}, [1]) == [3]
    assert refused({"$size": [1, 2, 3]}, [1])


def test_numbers_are_cut_and_divided_as_the_server_does() -> None:
    assert values({"$trunc": ["$x", 1]}, [2.57, -2.57]) == [2.5, -2.5]
    assert values({"$trunc": ["$x", -1]}, [19, -19]) == [10, -10]
    assert values({"$divide": ["$x", 2]}, [7, None]) == [3.5, None]
    assert values({"$divide": [1.0, "$x"]}, [0.0]) == [None]
    assert values({"$pow": ["$x", 2]}, [3, None]) == [9, None]
    assert refused({"$log": ["$x", 1]}, [2.0])


def test_extremes_of_several_lists_compare_lists_and_of_one_its_elements() -> None:
    assert values({"$max": ["$x", [2]]}, [[1, 9]]) == [[2]]
    assert values({"$max": "$x"}, [[1, 9]]) == [9]


def test_a_text_joined_with_null_is_null() -> None:
    assert values({"$concat": ["$x", "!"]}, ["a", None]) == ["a!", None]
    assert refused({"$concat": ["$x", "!"]}, [1])
    assert refused({"$split": ["$x", ""]}, ["a"])
    assert refused({"$substrCP": ["$x", -1, 1]}, ["a"])


def test_a_document_asks_lists_and_scalars_alike() -> None:
    assert kept({"x": "b"}, [["a", "b"], ["c"], None]) == [0]
    assert kept({"x": {"$nin": ["b"]}}, [["a", "b"], ["c"], None]) == [1, 2]
    assert kept({"x": {"$not": {"$gt": 3}}}, [[1, 5], [2], None]) == [1, 2]
    assert kept({"x": {"$size": 1}}, [["a"], [], None]) == [0]


def test_a_document_on_the_right_is_compared_whole() -> None:
    column = [{"p": 1, "q": 2}, {"p": 1, "q": 3}]
    assert kept({"x": {"p": 1, "q": 2}}, column) == [0]
    assert kept({"x": {"q": 2, "p": 1}}, column) == []
    assert kept({"x.q": 3}, column) == [1]


def test_a_dollar_on_the_right_of_a_document_is_a_letter() -> None:
    assert kept({"x": "$x"}, ["$x", "x"]) == [0]


def test_a_column_is_there_where_it_is_null() -> None:
    assert kept({"x": {"$exists": False}}, [1, None]) == []
    assert kept({"x": {"$exists": True}}, [1, None]) == [0, 1]


def test_a_pattern_in_a_document_asks_texts() -> None:
    assert kept({"x": {"$regex": "^A", "$options": "i"}}, ["abc", "cab", None]) == [0]
    assert kept({"x": {"$mod": [3, 1]}}, [4, 3, None, 7]) == [0, 3]
