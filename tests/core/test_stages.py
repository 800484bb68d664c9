"""Stages that keep, order and reshape rows."""

from __future__ import annotations

import json

import pytest
from stage_tables import ask, near, plan_of, table

from vitrail.query.mongo import parse_query
from vitrail.query.plan import plan_from_json
from vitrail.query.steps import Project

ROWS = [
    {"_id": 1, "label": "cat", "score": 0.9, "boxes": [{"k": 1, "w": 2}, {"k": 2, "w": 3}]},
    {"_id": 2, "label": "dog", "score": None, "boxes": []},
    {"_id": 3, "label": None, "score": 0.5, "boxes": None},
]
DEEP = [{"_id": 1, "o": {"x": 1, "p": {"q": 2, "r": 3}}}, {"_id": 2, "o": None}]


def test_a_pipeline_is_known_by_its_first_stage() -> None:
    plan = table(ROWS)
    assert parse_query("[{$limit: 1}]", plan).reading == "pipeline"
    assert parse_query("{label: 'cat'}", plan).reading == "query document"
    assert parse_query("{$eq: ['$label', 'cat']}", plan).reading == "expression"


def test_a_pipeline_without_stages_is_the_table() -> None:
    assert ask([], ROWS) == ROWS


def test_match_keeps_what_a_query_document_says() -> None:
    assert [row["_id"] for row in ask([{"$match": {"score": {"$gt": 0.6}}}], ROWS)] == [1]


def test_an_inclusion_keeps_the_id_and_the_order_of_the_table() -> None:
    assert list(ask([{"$project": {"score": 1, "label": 5}}], ROWS)[0]) == ["_id", "label", "score"]


def test_an_inclusion_leaves_the_id_out_where_it_says_so() -> None:
    assert ask([{"$project": {"_id": 0, "label": 1}}, {"$limit": 1}], ROWS) == [{"label": "cat"}]


def test_an_exclusion_keeps_everything_else() -> None:
    assert ask([{"$project": {"boxes": 0, "score": False}}, {"$limit": 1}], ROWS) == [
        {"_id": 1, "label": "cat"}
    ]


def test_a_dotted_inclusion_reaches_into_lists() -> None:
    found = ask([{"$project": {"_id": 0, "boxes.k": 1}}], ROWS)
    assert found == [{"boxes": [{"k": 1}, {"k": 2}]}, {"boxes": []}, {"boxes": None}]


def test_a_dotted_inclusion_of_a_missing_document_is_missing() -> None:
    assert ask([{"$project": {"_id": 0, "o.p.q": 1}}], DEEP) == [{"o": {"p": {"q": 2}}}, {"o": None}]


def test_an_exclusion_reaches_into_documents() -> None:
    found = ask([{"$unset": ["o.p.q", "_id"]}], DEEP)
    assert found == [{"o": {"x": 1, "p": {"r": 3}}}, {"o": None}]


def test_a_projection_works_out_nested_documents() -> None:
    found = ask([{"$project": {"_id": 0, "a": {"b": "$_id", "c": {"$literal": 5}}}}], DEEP)
    assert found == [{"a": {"b": 1, "c": 5}}, {"a": {"b": 2, "c": 5}}]


def test_remove_takes_a_column_away() -> None:
    assert ask([{"$set": {"o": "$$REMOVE"}}], DEEP) == [{"_id": 1}, {"_id": 2}]


def test_set_writes_into_documents_and_makes_them_where_there_are_none() -> None:
    found = ask([{"$set": {"o.z": "$_id"}}, {"$project": {"o.z": 1}}], DEEP)
    assert found == [{"_id": 1, "o": {"z": 1}}, {"_id": 2, "o": {"z": 2}}]


def test_set_writes_into_every_item_of_a_list() -> None:
    found = ask([{"$set": {"boxes.z": "$_id"}}, {"$project": {"boxes.z": 1}}], ROWS)
    assert found[0] == {"_id": 1, "boxes": [{"z": 1}, {"z": 1}]}


def test_a_stage_sees_the_columns_of_the_one_before_it() -> None:
    stages = [{"$set": {"a": {"$add": ["$_id", 1]}}}, {"$set": {"b": {"$multiply": ["$a", "$a"]}}}]
    assert [row["b"] for row in ask(stages, ROWS)] == [4, 9, 16]


def test_a_condition_after_a_projection_reads_its_columns() -> None:
    stages = [{"$project": {"n": {"$add": ["$_id", 1]}}}, {"$match": {"n": {"$gte": 3}}}]
    assert ask(stages, ROWS) == [{"_id": 2, "n": 3}, {"_id": 3, "n": 4}]


def test_replace_root_makes_the_parts_columns() -> None:
    found = ask([{"$match": {"_id": 1}}, {"$replaceRoot": {"newRoot": "$o"}}], DEEP)
    assert found == [{"x": 1, "p": {"q": 2, "r": 3}}]


def test_replace_root_of_null_is_told() -> None:
    plan = plan_of([{"$replaceRoot": {"newRoot": "$o"}}], DEEP)
    assert near().warnings(plan) == ("1 row: $replaceRoot of null",)


def test_a_pivot_takes_its_columns_from_the_data() -> None:
    stages = [
        {"$group": {"_id": None, "all": {"$push": {"k": "$label", "v": "$n"}}}},
        {"$replaceWith": {"$arrayToObject": "$all"}},
    ]
    rows = [{"_id": 1, "label": "cat", "n": 3}, {"_id": 2, "label": "dog", "n": 4}]
    assert ask(stages, rows) == [{"cat": 3, "dog": 4}]


def test_sort_puts_missing_first_and_keeps_the_order_of_ties() -> None:
    rows = [{"_id": 1, "k": 2}, {"_id": 2, "k": 1}, {"_id": 3, "k": None}, {"_id": 4, "k": 1}]
    assert [row["_id"] for row in ask([{"$sort": {"k": 1}}], rows)] == [3, 2, 4, 1]
    assert [row["_id"] for row in ask([{"$sort": {"k": -1}}], rows)] == [1, 2, 4, 3]


@pytest.mark.parametrize(("way", "order"), [(1, [1, 2, 4, 3]), (-1, [4, 3, 2, 1])])
def test_sort_takes_the_end_of_a_list_and_an_empty_one_below_null(way: int, order: list[int]) -> None:
    rows = [{"_id": 1, "l": []}, {"_id": 2, "l": None}, {"_id": 3, "l": [5, 6]}, {"_id": 4, "l": [9, 1]}]
    assert [row["_id"] for row in ask([{"$sort": {"l": way}}], rows)] == order


def test_sort_of_values_of_several_kinds_goes_by_their_kind() -> None:
    rows = [{"_id": 1, "v": "x"}, {"_id": 2, "v": 7}, {"_id": 3, "v": None}, {"_id": 4, "v": [2, True]}]
    assert [row["_id"] for row in ask([{"$sort": {"v": 1}}], rows)] == [3, 4, 2, 1]
    assert [row["_id"] for row in ask([{"$sort": {"v": -1}}], rows)] == [4, 1, 2, 3]


def test_a_later_sort_wins_and_an_earlier_one_breaks_ties() -> None:
    rows = [{"_id": 1, "a": 1, "b": 1}, {"_id": 2, "a": 1, "b": 2}, {"_id": 3, "a": 0, "b": 3}]
    found = ask([{"$sort": {"b": -1}}, {"$sort": {"a": 1}}], rows)
    assert [row["_id"] for row in found] == [3, 2, 1]


def test_skip_and_limit_follow_the_order() -> None:
    stages = [{"$sort": {"_id": -1}}, {"$skip": 1}, {"$limit": 1}]
    assert [row["_id"] for row in ask(stages, ROWS)] == [2]


def test_a_sort_after_a_limit_is_of_the_rows_that_are_left() -> None:
    stages = [{"$limit": 2}, {"$sort": {"_id": -1}}]
    assert [row["_id"] for row in ask(stages, ROWS)] == [2, 1]


def test_a_filter_after_a_limit_is_of_the_rows_that_are_left() -> None:
    assert ask([{"$limit": 1}, {"$match": {"_id": 2}}], ROWS) == []


def test_a_sample_is_as_large_as_it_may_be_and_stays_the_same() -> None:
    rows = [{"_id": i} for i in range(100)]
    plan = plan_of([{"$sample": {"size": 7}}], rows)
    first = near().documents(plan)
    assert len({row["_id"] for row in first}) == 7
    assert near().documents(plan) == first
    assert len(ask([{"$sample": {"size": 700}}], rows)) == 100


def test_count_of_nothing_gives_no_row() -> None:
    assert ask([{"$count": "n"}], ROWS) == [{"n": 3}]
    assert ask([{"$match": {"_id": 9}}, {"$count": "n"}], ROWS) == []


def test_unwind_drops_what_has_no_item() -> None:
    found = ask([{"$unwind": "$boxes"}, {"$project": {"k": "$boxes.k"}}], ROWS)
    assert found == [{"_id": 1, "k": 1}, {"_id": 1, "k": 2}]


def test_unwind_keeps_what_has_no_item_where_it_is_told_to() -> None:
    stages = [
        {"$unwind": {"path": "$boxes", "preserveNullAndEmptyArrays": True, "includeArrayIndex": "at"}},
        {"$project": {"at": 1, "k": "$boxes.k"}},
    ]
    assert ask(stages, ROWS) == [
        {"_id": 1, "at": 0, "k": 1},
        {"_id": 1, "at": 1, "k": 2},
        {"_id": 2, "at": None, "k": None},
        {"_id": 3, "at": None, "k": None},
    ]


def test_unwind_passes_a_value_that_is_no_list() -> None:
    stages = [{"$unwind": {"path": "$_id", "includeArrayIndex": "at"}}, {"$project": {"at": 1}}]
    assert ask(stages, ROWS)[0] == {"_id": 1, "at": None}


def test_unwind_does_not_lead_through_a_list() -> None:
    assert ask([{"$unwind": "$boxes.k"}], ROWS) == []


def test_unwind_of_values_of_several_kinds_takes_lists_apart() -> None:
    rows = [{"_id": 1, "v": [1, "a"]}, {"_id": 2, "v": 5}, {"_id": 3, "v": []}, {"_id": 4, "v": None}]
    found = ask([{"$unwind": "$v"}], rows, {"_id": "int64", "v": "any"})
    assert found == [{"_id": 1, "v": 1}, {"_id": 1, "v": "a"}, {"_id": 2, "v": 5}]


def test_unwinding_twice_keeps_the_order() -> None:
    rows = [{"_id": 1, "l": [[1, 2], [3]]}, {"_id": 2, "l": [[4]]}]
    stages = [{"$unwind": "$l"}, {"$unwind": "$l"}]
    assert [row["l"] for row in ask(stages, rows)] == [1, 2, 3, 4]


def test_a_value_by_chance_is_the_same_for_all_that_reads_it() -> None:
    rows = [{"_id": i} for i in range(200)]
    stages = [{"$set": {"r": {"$rand": {}}}}, {"$match": {"r": {"$lt": 0.5}}}, {"$sort": {"r": 1}}]
    found = [row["r"] for row in ask(stages, rows)]
    assert found == sorted(found)
    assert 0 < len(found) < 200
    assert max(found) < 0.5


def test_documents_are_rows() -> None:
    found = ask([{"$documents": [{"a": 1}, {"a": 2, "b": "x"}]}], ROWS)
    assert found == [{"a": 1, "b": None}, {"a": 2, "b": "x"}]


def test_a_projection_is_worked_out_on_the_rows_of_its_table() -> None:
    plan = plan_of([{"$project": {"n": {"$add": ["$_id", 1]}}}, {"$limit": 2}], ROWS)
    assert isinstance(plan.inputs[0] if hasattr(plan, "inputs") else None, Project)


@pytest.mark.parametrize(
    "pipeline",
    [
        [{"$project": {"a": {"$add": ["$_id", 1]}, "boxes.k": 1}}, {"$skip": 1}],
        [{"$unwind": {"path": "$boxes", "preserveNullAndEmptyArrays": True}}, {"$sample": {"size": 2}}],
        [{"$group": {"_id": "$label", "t": {"$topN": {"n": 2, "sortBy": {"score": -1}, "output": "$_id"}}}}],
        [{"$bucketAuto": {"groupBy": "$score", "buckets": 2}}],
        [{"$facet": {"a": [{"$count": "n"}], "b": [{"$sortByCount": "$label"}]}}],
        [{"$unionWith": "other"}, {"$lookup": {"from": "other", "as": "x", "pipeline": []}}],
        [{"$lookup": {"from": "other", "localField": "_id", "foreignField": "_id", "as": "x"}}],
        [{"$densify": {"field": "_id", "range": {"step": 1, "bounds": [0, 9]}}}],
        [{"$setWindowFields": {"sortBy": {"_id": 1}, "output": {"s": {
            "$sum": "$_id", "window": {"range": [-1, "current"]}}}}}],
        [{"$documents": [{"a": 1}]}],
    ],
)  # fmt: skip
def test_a_plan_is_a_document(pipeline: list[object]) -> None:
    plan = plan_of(pipeline, ROWS, other=ROWS)
    assert plan_from_json(json.loads(json.dumps(plan.to_json()))) == plan
