"""What the language says where a plain SELECT would say something else, asked through tables."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest

import vitrail as vt
from vitrail.errors import QueryError

NAN, INF = math.nan, math.inf
DAY = dt.datetime(2023, 1, 31, 12, 30, tzinfo=dt.UTC)


def values(expr: Any, column: list[Any] | None = None) -> list[Any]:
    """An expression's value for each row of a table with one column `x`."""
    rows = [None, 1] if column is None else column
    asked = vt.Table(["x"], [[value] for value in rows])
    return [row[0] for row in asked.query([{"$project": {"v": expr}}]).data]


def value(expr: Any) -> Any:
    return values(expr, [1])[0]


def kept(query: Any, column: list[Any]) -> list[int]:
    """The places of the rows that a filter keeps."""
    asked = vt.Table(["at", "x"], [[place, value] for place, value in enumerate(column)])
    return [row[0] for row in asked.query(query).data]


def refused(expr: Any) -> bool:
    with pytest.raises(QueryError):
        vt.Table(["x"], [[1]]).query([{"$project": {"v": expr}}])
    return True


def test_null_is_less_than_every_number_in_an_expression() -> None:
    assert kept({"$lt": ["$x", 0.5]}, [0.1, None, 0.9]) == [0, 1]
    assert kept({"$ne": ["$x", 1]}, [1, None, 2]) == [1, 2]
    assert kept({"$gt": ["$x", None]}, [1, None, 2]) == [0, 2]
    assert kept({"$eq": ["$x", None]}, [1, None, 2]) == [1]


def test_null_is_less_than_nothing_in_a_query_document() -> None:
    assert kept({"x": {"$lt": 0.5}}, [0.1, None, 0.9]) == [0]
    assert kept({"x": {"$ne": 1}}, [1, None, 2]) == [1, 2]
    assert kept({"x": None}, [1, None, 2]) == [1]


def test_kinds_have_an_order() -> None:
    assert kept({"$gt": ["$x", 5]}, ["a", None, ""]) == [0, 2]
    assert value({"$gt": [True, {"$literal": "z"}]}) is True


def test_nan_is_the_least_number_and_equals_itself() -> None:
    column = [1.0, NAN, -INF, None]
    assert kept({"$lt": ["$x", -INF]}, column) == [1, 3]
    assert kept({"$eq": ["$x", NAN]}, column) == [1]
    assert kept({"x": {"$lt": 5}}, column) == [0, 2]
    assert kept({"x": NAN}, column) == [1]
    assert kept({"x": {"$gte": NAN}}, column) == [1]
    assert math.isnan(value({"$min": [2.0, NAN, 1.0]}))
    assert kept([{"$sort": {"x": 1}}], column) == [3, 1, 2, 0]


def test_what_is_absent_reads_as_null() -> None:
    assert values({"$arrayElemAt": ["$x", 9]}, [[1, 2], None]) == [None, None]
    assert values({"$eq": [{"$first": "$x"}, None]}, [[], [1]]) == [True, False]


def test_true_is_no_number() -> None:
    assert values({"$eq": ["$x", 1]}, [True, False]) == [False, False]
    assert refused({"$add": [True, 1]})


def test_whole_numbers_and_floats_compare_by_their_exact_value() -> None:
    column = [2**53 + 1, 2**53]
    assert kept({"$eq": ["$x", float(2**53)]}, column) == [1]
    assert kept({"x": {"$gt": float(2**53)}}, column) == [0]


def test_lists_compare_element_by_element() -> None:
    column = [[1], [], [None]]
    assert kept([{"$match": {"$expr": {"$lt": ["$x", [1]]}}}], column) == [1, 2]
    assert kept({"$gt": ["$x", []]}, column) == [0, 2]


def test_the_order_of_names_counts_in_documents() -> None:
    assert value({"$eq": [{"p": 1, "q": 2}, {"p": 1, "q": 2}]}) is True
    assert value({"$eq": [{"p": 1, "q": 2}, {"q": 2, "p": 1}]}) is False


def test_texts_compare_by_their_bytes() -> None:
    assert kept([{"$sort": {"x": 1}}], ["b", "a", "B", "ä", "😀", "\ufb01"]) == [2, 1, 0, 3, 5, 4]


def test_a_list_sorts_by_its_least_element_upwards_and_its_greatest_downwards() -> None:
    column = [[5, 1], [3], [], None]
    assert kept([{"$sort": {"x": 1}}], column)[2:] == [0, 1]
    assert kept([{"$sort": {"x": -1}}], column)[:2] == [0, 1]
    assert kept([{"$sort": {"x": 1}}], column)[:2] == [2, 3]


def test_only_false_null_and_zero_count_as_false() -> None:
    assert values({"$and": ["$x"]}, [0.0, -0.0, NAN, 2.0, None]) == [False, False, True, True, False]
    assert values({"$not": ["$x"]}, ["", "0", "false", None]) == [False, False, False, True]
    assert values({"$cond": ["$x", 1, 2]}, [[], [0], None]) == [1, 1, 2]
    assert value({"$and": []}) is True
    assert value({"$or": []}) is False
    assert refused({"$not": ["$x", "$x"]})


def test_a_constant_part_that_fails_is_refused_wherever_it_stands() -> None:
    assert refused({"$cond": [True, 1, {"$divide": [1, 0]}]})
    assert refused({"$or": [True, {"$divide": [1, 0]}]})


def test_a_division_by_zero_is_null_and_counted() -> None:
    asked = vt.Table(["x"], [[0], [2], [None]])
    found = asked.query([{"$project": {"v": {"$divide": [1, "$x"]}}}])
    assert [row[0] for row in found.data] == [None, 0.5, None]
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith("1 row: ")


def test_a_remainder_has_the_sign_of_the_dividend() -> None:
    assert values({"$mod": ["$x", 3]}, [-7, 7]) == [-1, 1]
    assert values({"$mod": ["$x", 2.0]}, [5.5, -5.5]) == [1.5, -1.5]


def test_whole_numbers_that_outgrow_64_bits_go_on_as_floats() -> None:
    assert values({"$add": ["$x", 1]}, [2**63 - 1, 1]) == [9.223372036854776e18, 2]


def test_rounding_goes_half_to_even_on_the_exact_value() -> None:
    assert values({"$round": "$x"}, [2.5, -2.5, 3.5]) == [2.0, -2.0, 4.0]
    assert values({"$round": ["$x", -1]}, [15, 25]) == [20, 20]
    assert values({"$round": ["$x", 2]}, [2.675, 10.055]) == [2.67, 10.05]


def test_what_lies_outside_a_functions_domain_is_null() -> None:
    for name in ("$ln", "$log10", "$sqrt"):
        assert values({name: "$x"}, [-1.0, None]) == [None, None]
    assert math.isnan(values({"$pow": ["$x", 0.5]}, [-8.0])[0])


def test_dates_differ_in_milliseconds() -> None:
    assert values({"$subtract": ["$x", DAY]}, [DAY + dt.timedelta(seconds=1.5)]) == [1500]
    assert values({"$add": ["$x", 1000]}, [DAY]) == [DAY + dt.timedelta(seconds=1)]


def test_a_sum_of_nothing_is_zero_and_a_mean_of_nothing_null() -> None:
    assert values({"$sum": "$x"}, [[], [1, None]]) == [0, 1]
    assert values({"$avg": "$x"}, [[], [1, None]]) == [None, 1.0]
    assert values({"$stdDevSamp": "$x"}, [[1]]) == [None]
    assert values({"$stdDevPop": "$x"}, [[1]]) == [0.0]


def test_a_median_is_a_value_of_the_list() -> None:
    query = {"$median": {"input": "$x", "method": "approximate"}}
    assert values(query, [[1, 2, 3, 4], []]) == [2.0, None]


def test_a_null_list_stays_null_and_has_no_size() -> None:
    for expr in (
        {"$filter": {"input": "$x", "cond": True}},
        {"$map": {"input": "$x", "in": 1}},
        {"$concatArrays": ["$x", [1]]},
        {"$reverseArray": "$x"},
        {"$size": "$x"},
        {"$setUnion": ["$x", [1]]},
    ):
        assert values(expr, [None, [1]])[0] is None


def test_a_filter_of_a_list_keeps_nulls_below_numbers() -> None:
    query = {"$filter": {"input": "$x", "cond": {"$lt": ["$$this", 2]}}}
    assert values(query, [[1, None, 3]]) == [[1, None]]


def test_places_in_lists_count_from_zero_and_from_the_end() -> None:
    assert values({"$arrayElemAt": ["$x", -1]}, [[1, 2]]) == [2]
    assert values({"$indexOfArray": ["$x", 7]}, [[1, 2]]) == [-1]
    assert values({"$in": [None, "$x"]}, [[1, None], [1]]) == [True, False]
    assert values({"$in": [NAN, "$x"]}, [[1.0, NAN], [1.0]]) == [True, False]
    assert values({"$in": [2.0, "$x"]}, [[2], [1]]) == [True, False]


def test_sets_keep_null_as_a_value() -> None:
    (found,) = values({"$setUnion": ["$x", [1, None]]}, [[1, 2, None]])
    assert sorted(found, key=lambda v: (v is not None, v)) == [None, 1, 2]


def test_a_reduction_of_nothing_is_its_initial_value() -> None:
    query = {"$reduce": {"input": "$x", "initialValue": 7, "in": {"$add": ["$$value", "$$this"]}}}
    assert values(query, [[], [1]]) == [7, 8]
    assert refused({"$size": [1, 2, 3]})


def test_letters_change_their_case_in_ascii_only() -> None:
    assert values({"$toUpper": "$x"}, ["éß a", None]) == ["éß A", ""]
    assert values({"$regexMatch": {"input": "$x", "regex": "É", "options": "i"}}, ["é"]) == [True]


def test_texts_count_in_code_points() -> None:
    assert values({"$strLenCP": "$x"}, ["e\u0301😀"]) == [3]
    assert values({"$substrCP": ["$x", 1, 1]}, ["a😀b", None]) == ["😀", ""]
    assert values({"$split": ["$x", ","]}, ["a,,b"]) == [["a", "", "b"]]
    assert values({"$trim": {"input": "$x"}}, ["\t\u00a0a\u3000\n"]) == ["a\u3000"]


def test_a_pattern_that_the_engine_cannot_search_for_is_refused_not_misread() -> None:
    assert refused({"$regexMatch": {"input": "a", "regex": "a(?=b)"}})
    assert refused({"$regexMatch": {"input": "a", "regex": r"(.)\1"}})
    assert refused({"$regexMatch": {"input": "a", "regex": "("}})


def test_a_pattern_matches_lines_and_newlines_where_it_is_told_to() -> None:
    def matched(pattern: str, options: str) -> list[Any]:
        return values(
            {"$regexMatch": {"input": "$x", "regex": pattern, "options": options}}, ["a\nb", None]
        )

    assert matched("^b$", "") == [False, False]
    assert matched("^b$", "m") == [True, False]
    assert matched("a.b", "") == [False, False]
    assert matched("a.b", "s") == [True, False]


def test_weeks_begin_on_sunday() -> None:
    sunday = dt.datetime(2023, 1, 1, 5, tzinfo=dt.UTC)
    assert values({"$dayOfWeek": "$x"}, [sunday]) == [1]
    assert values({"$week": "$x"}, [sunday]) == [1]
    assert values({"$isoWeek": "$x"}, [sunday]) == [52]
    later = dt.datetime(2023, 1, 4, 5, tzinfo=dt.UTC)
    assert values({"$dateTrunc": {"date": "$x", "unit": "week"}}, [later]) == [sunday.replace(hour=0)]


def test_differences_of_dates_count_boundaries() -> None:
    eve = dt.datetime(2022, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
    query = {"$dateDiff": {"startDate": "$x", "endDate": eve + dt.timedelta(seconds=1), "unit": "year"}}
    assert values(query, [eve]) == [1]
    query = {"$dateAdd": {"startDate": "$x", "unit": "month", "amount": 1}}
    assert values(query, [DAY]) == [DAY.replace(month=2, day=28)]


def test_a_text_is_not_compared_with_a_time() -> None:
    with pytest.raises(QueryError):
        kept({"$gt": ["$x", "2023-01-01"]}, [DAY])


def test_a_forgotten_dollar_is_pointed_out() -> None:
    with pytest.raises(QueryError, match="x"):
        kept({"$gt": ["x", 0.5]}, [1.0])


def test_casts_are_strict_and_truncate() -> None:
    assert values({"$toInt": "$x"}, ["7", "3.7", " 7", "1e3", ""]) == [7, None, None, None, None]
    assert values({"$toInt": "$x"}, [2.9, -2.9, NAN]) == [2, -2, None]
    assert values({"$toBool": "$x"}, ["", "false", None]) == [True, True, None]
    assert values({"$toString": "$x"}, [1.0, 1e21]) == ["1", "1e+21"]


def test_a_group_takes_nan_and_the_zeros_as_one_key_each() -> None:
    column = [NAN, NAN, 0.0, -0.0, None]
    asked = vt.Table(["x"], [[one] for one in column])
    counts = [row[1] for row in asked.query([{"$group": {"_id": "$x", "n": {"$sum": 1}}}]).data]
    assert sorted(counts) == [1, 2, 2]
    nothing = asked.query({"x": 99.0})
    assert nothing.query([{"$group": {"_id": None, "n": {"$sum": 1}}}]).data == []


def test_unwinding_drops_what_has_no_elements() -> None:
    column = [[1, 2], [], None]
    assert kept([{"$unwind": "$x"}], column) == [0, 0]
    path = {"path": "$x", "preserveNullAndEmptyArrays": True}
    assert kept([{"$unwind": path}], column) == [0, 0, 1, 2]


def test_a_count_of_nothing_gives_no_row() -> None:
    assert vt.Table(["x"], [[1]]).query([{"$match": {"x": 9}}, {"$count": "n"}]).data == []
    for bad in (0, -1):
        with pytest.raises(QueryError):
            vt.Table(["x"], [[1]]).query([{"$limit": bad}])


def test_a_number_in_a_projection_includes() -> None:
    asked = vt.Table(["x", "y"], [[1, 2]])
    assert asked.query([{"$project": {"y": 5}}]).data == [[2]]
    with pytest.raises(QueryError):
        asked.query([{"$project": {"x": 1, "y": 0}}])


def test_query_documents_ask_the_elements_of_lists() -> None:
    column = [[0, 5], [2], [], None]
    assert kept({"x": 2}, column) == [1]
    assert kept({"x": {"$gt": 1, "$lt": 3}}, column) == [0, 1]
    assert kept({"x": {"$elemMatch": {"$gt": 1, "$lt": 3}}}, column) == [1]
    assert kept({"x": {"$ne": 2}}, column) == [0, 2, 3]
    assert kept({"x": [0, 5]}, column) == [0]
    assert kept({"x": {"$all": []}}, column) == []
    assert kept({"x.0": 2}, column) == [1]


@pytest.mark.parametrize(
    "query", [{"$and": []}, {"x": {"$and": []}}, {"$not": {"x": 1}}, {"x": 1, "$gt": ["$x", 1]}]
)
def test_documents_that_make_no_sense_are_refused(query: Any) -> None:
    with pytest.raises(QueryError):
        vt.Table(["x"], [[1]]).query([{"$match": query}])


@pytest.mark.parametrize(
    "expr",
    [
        {"$nope": 1},
        {"$cond": [False, {"$nope": 1}, 2]},
        {"$abs": [1, 2]},
        {"$abs": 1, "$ceil": 2},
        {"$abs": 1, "field": 2},
        {"$filter": {"input": [1], "cond": True, "extra": 1}},
        {"$filter": {"input": [1]}},
        {"$add": ["$$nope", 1]},
        *("$", "$.a", "$x.", "$x..b"),
        {"$dateTrunc": {"date": DAY, "unit": "eon"}},
        {"$year": {"date": DAY, "timezone": "Mars/Olympus"}},
        {"$range": [0, 5, 0]},
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(expr: Any) -> None:
    assert refused(expr)
    assert value({"$literal": "$nope"}) == "$nope"
