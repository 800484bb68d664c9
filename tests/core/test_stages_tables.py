"""Several tables in one pipeline: looked up, stacked, or seen from several sides."""

from __future__ import annotations

from typing import Any

import pytest
from stage_tables import ask, near, plan_of

from vitrail.errors import QueryError

IMAGES = [{"_id": 1, "label": 7}, {"_id": 2, "label": None}, {"_id": 3, "label": 9}]
NAMES = [
    {"_id": 10, "id": 7, "name": "cat"},
    {"_id": 11, "id": 7, "name": "tom"},
    {"_id": 12, "id": None, "name": "?"},
]


def looked(docs: list[Any], others: list[Any], mine: str, theirs: str) -> list[list[Any]]:
    """The ids of the documents that are found for each row."""
    stage = {"from": "others", "localField": mine, "foreignField": theirs, "as": "found"}
    rows = ask([{"$lookup": stage}, {"$project": {"f": "$found._id"}}], docs, others=others)
    return [row["f"] for row in rows]


def test_lookup_finds_the_documents_of_the_same_key_and_null_meets_null() -> None:
    assert looked(IMAGES, NAMES, "label", "id") == [[10, 11], [12], []]


def test_lookup_by_a_list_finds_the_documents_of_each_of_its_items_once() -> None:
    rows = [{"_id": 1, "l": [7, 7, 8]}, {"_id": 2, "l": []}, {"_id": 3, "l": [8]}]
    assert looked(rows, NAMES, "l", "id") == [[10, 11], [12], []]
    assert looked(NAMES, rows, "id", "l") == [[1], [1], [2]]


def test_lookup_compares_whole_numbers_and_floats_by_value() -> None:
    assert looked([{"_id": 1, "v": 7.0}, {"_id": 2, "v": 7.5}], NAMES, "v", "id") == [[10, 11], []]


def test_lookup_by_keys_of_two_kinds_finds_only_null() -> None:
    rows = [{"_id": 1, "v": "7"}, {"_id": 2, "v": None}]
    assert looked(rows, NAMES, "v", "id") == [[], [12]]


def test_lookup_by_values_of_several_kinds() -> None:
    rows = [{"_id": 1, "v": "7"}, {"_id": 2, "v": 7.0}, {"_id": 3, "v": None}]
    assert looked(rows, NAMES, "v", "id") == [[], [10, 11], [12]]


def test_lookup_writes_over_a_column_and_into_documents() -> None:
    stage = {"from": "names", "localField": "label", "foreignField": "id", "as": "label"}
    assert list(ask([{"$lookup": stage}], IMAGES, names=NAMES)[0]) == ["_id", "label"]
    stage["as"] = "a.b"
    found = ask([{"$lookup": stage}, {"$project": {"n": {"$size": "$a.b"}}}], IMAGES, names=NAMES)
    assert [row["n"] for row in found] == [2, 1, 0]


def test_lookup_by_a_pipeline_sees_the_variables_of_its_row() -> None:
    stage = {
        "from": "names",
        "let": {"least": {"$add": ["$_id", 8]}},
        "pipeline": [
            {"$match": {"$expr": {"$gt": ["$_id", "$$least"]}}},
            {"$sort": {"_id": -1}},
            {"$limit": 2},
            {"$project": {"_id": 0, "d": {"$subtract": ["$_id", "$$least"]}}},
        ],
        "as": "found",
    }
    found = ask([{"$lookup": stage}], IMAGES, names=NAMES)
    assert [row["found"] for row in found] == [[{"d": 3}, {"d": 2}], [{"d": 2}, {"d": 1}], [{"d": 1}]]


def test_lookup_by_a_pipeline_may_gather() -> None:
    stage = {
        "from": "names",
        "let": {"i": "$_id"},
        "pipeline": [{"$group": {"_id": None, "n": {"$sum": "$$i"}}}],
        "as": "found",
    }
    found = ask([{"$lookup": stage}], IMAGES, names=NAMES)
    assert [row["found"][0]["n"] for row in found] == [3, 6, 9]


def test_lookup_by_fields_and_a_pipeline_does_both() -> None:
    stage = {
        "from": "names",
        "localField": "label",
        "foreignField": "id",
        "pipeline": [{"$match": {"name": "tom"}}, {"$project": {"_id": 1}}],
        "as": "found",
    }
    found = ask([{"$lookup": stage}], IMAGES, names=NAMES)
    assert [row["found"] for row in found] == [[{"_id": 11}], [], []]


def test_lookups_stand_in_lookups() -> None:
    inner = {"from": "images", "localField": "id", "foreignField": "label", "as": "images"}
    outer = {
        "from": "names",
        "pipeline": [{"$lookup": inner}, {"$project": {"_id": 0, "i": "$images._id"}}],
        "as": "found",
    }
    found = ask([{"$limit": 1}, {"$lookup": outer}], IMAGES, names=NAMES, images=IMAGES)
    assert found[0]["found"] == [{"i": [1]}, {"i": [1]}, {"i": [2]}]


def test_union_puts_the_other_rows_behind() -> None:
    found = ask([{"$unionWith": "names"}], IMAGES, names=NAMES)
    assert [row["_id"] for row in found] == [1, 2, 3, 10, 11, 12]
    assert found[0] == {"_id": 1, "label": 7, "id": None, "name": None}


def test_union_of_columns_of_two_kinds_holds_both() -> None:
    stage = {"coll": "names", "pipeline": [{"$project": {"_id": "$name"}}]}
    found = ask([{"$project": {"_id": 1}}, {"$unionWith": stage}], IMAGES, names=NAMES)
    assert [row["_id"] for row in found] == [1, 2, 3, "cat", "tom", "?"]


def test_union_with_documents_written_out() -> None:
    stage = {"pipeline": [{"$documents": [{"_id": 9}]}]}
    assert [row["_id"] for row in ask([{"$unionWith": stage}], IMAGES)] == [1, 2, 3, 9]


def test_facets_are_views_of_the_same_rows() -> None:
    stages = [
        {"$match": {"_id": {"$lt": 3}}},
        {"$facet": {"n": [{"$count": "n"}], "back": [{"$sort": {"_id": -1}}, {"$project": {"_id": 1}}], "none": [{"$match": {"_id": 0}}]}},
    ]  # fmt: skip
    assert ask(stages, IMAGES) == [{"n": [{"n": 2}], "back": [{"_id": 2}, {"_id": 1}], "none": []}]


def test_complaints_of_tables_beside_are_told() -> None:
    stages = [{"$unionWith": {"coll": "names", "pipeline": [{"$set": {"s": {"$size": "$id"}}}]}}]
    rows = [{"_id": 1, "id": [1]}, {"_id": 2, "id": None}]
    assert near().warnings(plan_of(stages, IMAGES, names=rows)) == ("1 row: $size of null",)


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ({"$unionWith": "nmaes"}, "no table 'nmaes'; there are: names. Did you mean 'names'"),
        ({"$lookup": {"from": "names", "localField": "label", "as": "x"}}, "stand together"),
        ({"$lookup": {"from": "names", "as": "x"}}, "or a pipeline"),
        ({"$lookup": {"from": "names", "pipeline": []}}, "parameter 'as'"),
        ({"$lookup": {"from": "names", "let": {"A": 1}, "pipeline": [], "as": "x"}}, "small letter"),
        (
            {"$lookup": {"from": "names", "pipeline": [{"$match": {"$expr": "$$i"}}], "as": "x"}},
            r"no variable '\$\$i'",
        ),
        ({"$facet": {"a": [{"$facet": {"b": []}}]}}, r"\$facet does not stand in \$facet"),
        ({"$facet": {}}, "a document of pipelines"),
        ({"$facet": {"a": {"$count": "n"}}}, "a list of stages"),
    ],
)
def test_tables_that_make_no_sense_are_refused(stage: dict[str, Any], message: str) -> None:
    with pytest.raises(QueryError, match=message):
        plan_of([stage], IMAGES, names=NAMES)
