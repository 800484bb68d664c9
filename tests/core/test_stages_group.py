"""Rows gathered into one: groups, their accumulators, and buckets."""

from __future__ import annotations

import math
from typing import Any

import pytest
from stage_tables import ask, near, plan_of

import vitrail as vt
from vitrail.errors import QueryError

NAN = {"$numberDouble": "NaN"}
ROWS = [
    {"_id": 1, "g": "b", "x": 3, "y": 1.5},
    {"_id": 2, "g": "a", "x": 1, "y": None},
    {"_id": 3, "g": "b", "x": None, "y": 2.5},
    {"_id": 4, "g": None, "x": 2, "y": 4.0},
    {"_id": 5, "g": "b", "x": 7, "y": 0.5},
]


def gathered(accumulator: dict[str, Any], docs: list[dict[str, Any]] = ROWS, *before: Any) -> Any:
    """What is gathered over all rows."""
    (row,) = ask([*before, {"$group": {"_id": None, "v": accumulator}}], docs)
    return row["v"]


def test_groups_come_in_the_order_of_their_key() -> None:
    assert [row["_id"] for row in ask([{"$group": {"_id": "$g"}}], ROWS)] == [None, "a", "b"]


def test_there_is_no_group_of_no_rows() -> None:
    stages = [{"$match": {"_id": 9}}, {"$group": {"_id": None, "n": {"$sum": 1}}}]
    assert ask(stages, ROWS) == []


def test_a_key_may_be_a_document() -> None:
    found = ask([{"$group": {"_id": {"g": "$g", "odd": {"$mod": ["$_id", 2]}}, "n": {"$sum": 1}}}], ROWS)
    assert {"_id": {"g": "b", "odd": 1}, "n": 3} in found


def test_nan_is_one_key_and_minus_zero_is_zero() -> None:
    minus = {"$numberDouble": "-0.0"}
    rows = [{"_id": i, "k": k} for i, k in enumerate([NAN, NAN, 0.0, minus, 1.0])]
    found = ask([{"$group": {"_id": "$k", "n": {"$sum": 1}}}], rows, {"_id": "int64", "k": "double"})
    assert [row["n"] for row in found] == [2, 2, 1]
    assert math.isnan(found[0]["_id"])


def test_values_of_several_kinds_are_one_key_where_they_are_equal() -> None:
    rows = [{"_id": 1, "k": 1}, {"_id": 2, "k": 1.0}, {"_id": 3, "k": "1"}, {"_id": 4, "k": None}]
    found = ask([{"$group": {"_id": "$k", "n": {"$sum": 1}}}], rows, {"_id": "int64", "k": "any"})
    assert [row["n"] for row in found] == [1, 2, 1]


SMALL_OR_NAN = {"$cond": [{"$gt": ["$x", 2]}, math.nan, "$x"]}


@pytest.mark.parametrize(
    ("accumulator", "value"),
    [
        ({"$sum": "$x"}, 13),
        ({"$sum": "$g"}, 0),
        ({"$sum": 1}, 5),
        ({"$avg": "$y"}, 2.125),
        ({"$avg": "$g"}, None),
        ({"$min": "$g"}, "a"),
        ({"$max": "$x"}, 7),
        ({"$min": {"a": "$x", "b": "$_id"}}, {"a": None, "b": 3}),
        ({"$count": {}}, 5),
        ({"$push": "$x"}, [3, 1, None, 2, 7]),
        ({"$push": {"i": "$_id"}}, [{"i": i} for i in range(1, 6)]),
        ({"$addToSet": "$g"}, [None, "a", "b"]),
        ({"$first": "$y"}, 1.5),
        ({"$last": "$g"}, "b"),
        ({"$stdDevPop": "$x"}, math.sqrt(5.1875)),
        ({"$stdDevSamp": "$x"}, math.sqrt(5.1875 * 4 / 3)),
        ({"$median": {"input": "$x", "method": "approximate"}}, 2.0),
        ({"$median": {"input": SMALL_OR_NAN, "method": "approximate"}}, 1.0),
        ({"$percentile": {"input": "$x", "p": [0.9, 0.1], "method": "approximate"}}, [7.0, 1.0]),
        ({"$firstN": {"input": "$x", "n": 2}}, [3, 1]),
        ({"$lastN": {"input": "$x", "n": 2}}, [2, 7]),
        ({"$minN": {"input": "$x", "n": 3}}, [1, 2, 3]),
        ({"$maxN": {"input": "$x", "n": 9}}, [7, 3, 2, 1]),
        ({"$top": {"sortBy": {"x": 1}, "output": "$_id"}}, 3),
        ({"$bottom": {"sortBy": {"x": 1}, "output": "$_id"}}, 5),
        ({"$topN": {"n": 2, "sortBy": {"x": -1}, "output": ["$_id", "$x"]}}, [[5, 7], [1, 3]]),
        ({"$bottomN": {"n": 2, "sortBy": {"g": 1, "x": 1}, "output": "$_id"}}, [1, 5]),
    ],
)
def test_an_accumulator_gathers(accumulator: dict[str, Any], value: Any) -> None:
    found = gathered(accumulator)
    assert found == pytest.approx(value) if isinstance(value, float) else found == value


def test_the_order_of_a_sort_is_the_order_of_what_is_pushed() -> None:
    assert gathered({"$push": "$_id"}, ROWS, {"$sort": {"x": -1}}) == [5, 1, 4, 2, 3]
    assert gathered({"$first": "$_id"}, ROWS, {"$sort": {"x": -1}}) == 5
    assert gathered({"$last": "$_id"}, ROWS, {"$sort": {"x": -1}}) == 3


def test_nan_is_the_least_number() -> None:
    rows = [{"_id": 1, "v": 2.0}, {"_id": 2, "v": NAN}, {"_id": 3, "v": None}]
    schema = {"_id": "int64", "v": "double"}
    stages = [{"$group": {"_id": None, "low": {"$min": "$v"}, "high": {"$max": "$v"}}}]
    (row,) = ask(stages, rows, schema)
    assert math.isnan(row["low"])
    assert row["high"] == 2.0


def test_a_deviation_of_what_is_not_finite_is_nan() -> None:
    rows = [{"_id": 1, "v": 2.0}, {"_id": 2, "v": {"$numberDouble": "Infinity"}}]
    stages = [{"$group": {"_id": None, "v": {"$stdDevPop": "$v"}}}]
    (row,) = ask(stages, rows, {"_id": "int64", "v": "double"})
    assert math.isnan(row["v"])


def test_the_deviation_of_one_value() -> None:
    rows = [{"_id": 1, "v": 2.0}]
    assert gathered({"$stdDevPop": "$v"}, rows) == 0
    assert gathered({"$stdDevSamp": "$v"}, rows) is None


def test_a_sum_that_outgrows_64_bits_becomes_a_float() -> None:
    rows = [{"_id": 1, "v": 2**63 - 1}, {"_id": 2, "v": 1}]
    assert gathered({"$sum": "$v"}, rows) == 2.0**63


def test_a_sum_of_several_kinds_adds_the_numbers() -> None:
    rows = [{"_id": 1, "v": 2}, {"_id": 2, "v": "x"}, {"_id": 3, "v": 0.5}]
    assert gathered({"$sum": "$v"}, rows) == 2.5
    assert gathered({"$max": "$v"}, rows) == "x"


def test_merged_documents_have_the_parts_of_the_last() -> None:
    rows = [{"_id": 1, "o": {"a": 1, "b": 2}}, {"_id": 2, "o": None}, {"_id": 3, "o": {"a": 5, "b": 6}}]
    assert gathered({"$mergeObjects": "$o"}, rows) == {"a": 5, "b": 6}


def test_how_many_are_wanted_may_depend_on_the_key() -> None:
    n = {"$cond": [{"$eq": ["$g", "b"]}, 1, 3]}
    stages = [{"$group": {"_id": {"g": "$g"}, "v": {"$firstN": {"input": "$_id", "n": n}}}}]
    assert {str(row["_id"]["g"]): row["v"] for row in ask(stages, ROWS)} == {
        "None": [4],
        "a": [2],
        "b": [1],
    }


def test_errors_of_single_rows_are_told() -> None:
    stages = [{"$group": {"_id": "$g", "v": {"$avg": {"$divide": ["$x", 0]}}}}]
    (text,) = near().warnings(plan_of(stages, ROWS))
    assert text.startswith("4 rows: ")


def test_sort_by_count_puts_the_largest_first() -> None:
    found = ask([{"$sortByCount": "$g"}], ROWS)
    assert found[0] == {"_id": "b", "count": 3}


def test_a_bucket_holds_its_lower_edge_and_not_its_upper() -> None:
    found = ask([{"$bucket": {"groupBy": "$_id", "boundaries": [1, 3, 6]}}], ROWS)
    assert found == [{"_id": 1, "count": 2}, {"_id": 3, "count": 3}]


def test_what_no_bucket_holds_goes_to_the_default() -> None:
    bucket = {
        "groupBy": "$x",
        "boundaries": [0, 3],
        "default": "other",
        "output": {"i": {"$push": "$_id"}},
    }
    assert ask([{"$bucket": bucket}], ROWS) == [
        {"_id": 0, "i": [2, 4]},
        {"_id": "other", "i": [1, 3, 5]},
    ]


def test_what_no_bucket_holds_is_an_error_without_a_default() -> None:
    import duckdb

    with pytest.raises(duckdb.InvalidInputException, match="no bucket for a value, and no default"):
        ask([{"$bucket": {"groupBy": "$_id", "boundaries": [0, 3]}}], ROWS)


def test_equal_values_share_a_bucket() -> None:
    rows = [{"_id": i, "v": v} for i, v in enumerate([1, 1, 1, 2, 3])]
    found = ask([{"$bucketAuto": {"groupBy": "$v", "buckets": 3}}], rows)
    assert found == [
        {"_id": {"min": 1, "max": 2}, "count": 3},
        {"_id": {"min": 2, "max": 3}, "count": 2},
    ]


def test_a_bucket_may_gather() -> None:
    found = ask(
        [{"$bucketAuto": {"groupBy": "$_id", "buckets": 2, "output": {"s": {"$sum": "$x"}}}}], ROWS
    )
    assert [row["s"] for row in found] == [4, 9]


@pytest.mark.parametrize(
    ("granularity", "edges", "counts"),
    [
        ("R20", [0, 20, 40, 63, 90, 100], [20, 20, 23, 27, 10]),
        ("E24", [0, 20, 43, 68, 91, 100], [20, 23, 25, 23, 9]),
        ("1-2-5", [0, 20, 50, 100], [20, 30, 50]),
        ("POWERSOF2", [0, 32, 64, 128], [32, 32, 36]),
    ],
)
def test_buckets_end_at_preferred_numbers(granularity: str, edges: list[int], counts: list[int]) -> None:
    rows = [{"_id": i} for i in range(100)]
    stage = {"groupBy": "$_id", "buckets": 5, "granularity": granularity}
    found = ask([{"$bucketAuto": stage}], rows)
    assert [row["count"] for row in found] == counts
    assert [row["_id"]["min"] for row in found] + [found[-1]["_id"]["max"]] == pytest.approx(edges)


def test_preferred_numbers_want_values_from_zero_up() -> None:
    table = vt.Table(["v"], data=[[-1.0], [float("nan")], [None], [3.0]])
    found = table.query([{"$bucketAuto": {"groupBy": "$v", "buckets": 2, "granularity": "R5"}}])
    assert found.warnings == ("3 rows: a granularity of what is no number from 0 up",)


def test_a_bucket_of_zeros_ends_below_the_next() -> None:
    rows = [{"_id": i, "v": v} for i, v in enumerate([0, 0, 0, 0, 10, 20])]
    found = ask([{"$bucketAuto": {"groupBy": "$v", "buckets": 2, "granularity": "R5"}}], rows)
    assert [row["_id"] for row in found] == [{"min": 0, "max": 6.3}, {"min": 6.3, "max": 25}]


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ({"$group": {"n": {"$sum": 1}}}, "needs the key _id"),
        ({"$group": {"_id": None, "n": {"$summ": 1}}}, r"no accumulator '\$summ'"),
        ({"$group": {"_id": None, "n": {"$sum": ["$x", "$y"]}}}, "one value here, not a list"),
        ({"$group": {"_id": None, "n": {"$sum": 1, "$avg": 1}}}, "needs one accumulator"),
        ({"$group": {"_id": None, "a.b": {"$sum": 1}}}, "no column's name"),
        (
            {"$group": {"_id": None, "n": {"$topN": {"n": 1, "output": 1}}}},
            "needs the parameter 'sortBy'",
        ),
        ({"$group": {"_id": None, "n": {"$firstN": {"n": 0, "input": 1}}}}, "1 or more, got 0"),
        ({"$group": {"_id": None, "n": {"$count": 1}}}, "takes an empty document"),
        ({"$bucket": {"groupBy": "$x", "boundaries": [3, 1]}}, "boundaries rise"),
        ({"$bucket": {"groupBy": "$x", "boundaries": [3, "a"]}}, "of one type"),
        ({"$bucket": {"groupBy": "x", "boundaries": [1, 2]}}, "a path or an expression"),
        ({"$bucket": {"groupBy": "$x", "boundaries": [1, 2], "default": 1}}, "outside"),
        ({"$bucketAuto": {"groupBy": "$x", "buckets": 0}}, "1 or more"),
        ({"$bucketAuto": {"groupBy": "$x", "buckets": 2, "granularity": "R6"}}, "no granularity 'R6'"),
        ({"$sortByCount": "x"}, "a path or an expression"),
    ],
)
def test_a_group_that_makes_no_sense_is_refused(stage: dict[str, Any], message: str) -> None:
    with pytest.raises(QueryError, match=message):
        plan_of([stage], ROWS)
