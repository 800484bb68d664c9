"""Rows beside other rows of their series: windows, gaps filled in values and in rows."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from stage_tables import ask, near, plan_of

from vitrail.errors import QueryError


def day(number: int) -> dict[str, str]:
    return {"$date": f"2023-01-{number:02d}T00:00:00.000Z"}


ROWS = [
    {"_id": 1, "run": "a", "step": 1, "t": day(1), "loss": 4.0},
    {"_id": 2, "run": "a", "step": 2, "t": day(2), "loss": None},
    {"_id": 3, "run": "a", "step": 4, "t": day(4), "loss": 1.0},
    {"_id": 4, "run": "b", "step": 1, "t": day(1), "loss": 2.0},
    {"_id": 5, "run": "b", "step": 3, "t": day(3), "loss": 2.0},
]


def windows(function: dict[str, Any], by: dict[str, int] | None = None, **more: Any) -> list[Any]:
    """What a function gives for each row, in the order of the table."""
    stage = {"output": {"v": function}, **more} | ({"sortBy": by} if by else {})
    return [row["v"] for row in ask([{"$setWindowFields": stage}], ROWS)]


def test_a_window_without_bounds_holds_the_whole_partition() -> None:
    assert windows({"$sum": "$step"}, {"step": 1}, partitionBy="$run") == [7, 7, 7, 4, 4]
    assert windows({"$count": {}}) == [5] * 5


def test_a_window_of_documents_counts_rows() -> None:
    running = {"$push": "$_id", "window": {"documents": ["unbounded", "current"]}}
    assert windows(running, {"step": 1}, partitionBy="$run") == [[1], [1, 2], [1, 2, 3], [4], [4, 5]]
    near = {"$sum": "$step", "window": {"documents": [-1, 1]}}
    assert windows(near, {"_id": 1}) == [3, 7, 7, 8, 4]


def test_a_window_that_holds_no_row_gathers_nothing() -> None:
    later = {"$push": "$_id", "window": {"documents": [1, 1]}}
    assert windows(later, {"_id": 1}) == [[2], [3], [4], [5], []]
    assert windows({"$max": "$_id", "window": {"documents": [1, 1]}}, {"_id": 1})[-1] is None


def test_a_window_of_a_range_goes_by_the_values_of_the_key() -> None:
    near = {"$push": "$_id", "window": {"range": [-1, 0]}}
    found = windows(near, {"step": 1}, partitionBy="$run")
    assert found == [[1], [1, 2], [3], [4], [5]]


def test_a_range_of_times_has_a_unit() -> None:
    near = {"$sum": "$step", "window": {"range": [-2, "current"], "unit": "day"}}
    assert windows(near, {"t": 1}, partitionBy="$run") == [1, 3, 6, 1, 4]


def test_a_fraction_may_bound_a_range() -> None:
    near = {"$push": "$_id", "window": {"range": [-1.5, 0.5]}}
    assert windows(near, {"step": 1}, partitionBy="$run") == [[1], [1, 2], [3], [4], [5]]


def test_ranks_leave_gaps_after_ties_and_dense_ones_none() -> None:
    assert windows({"$rank": {}}, {"loss": 1}) == [5, 1, 2, 3, 3]
    assert windows({"$denseRank": {}}, {"loss": 1}) == [4, 1, 2, 3, 3]
    assert windows({"$documentNumber": {}}, {"loss": 1}) == [5, 1, 2, 3, 4]


def test_shift_looks_at_a_neighbour() -> None:
    before = {"$shift": {"output": "$loss", "by": -1, "default": -1.0}}
    assert windows(before, {"step": 1}, partitionBy="$run") == [-1.0, 4.0, None, -1.0, 2.0]
    after = {"$shift": {"output": "$_id", "by": 1}}
    assert windows(after, {"step": 1}, partitionBy="$run") == [2, 3, None, 5, None]


def test_a_moving_average_weighs_the_latest_most() -> None:
    found = windows({"$expMovingAvg": {"input": "$step", "alpha": 0.5}}, {"_id": 1})
    assert found == [1.0, 1.5, 2.75, 1.875, 2.4375]
    assert windows({"$expMovingAvg": {"input": "$step", "N": 3}}, {"_id": 1}) == found


def test_a_derivative_is_the_slope_between_the_ends_of_the_window() -> None:
    slope = {"$derivative": {"input": "$step", "unit": "day"}, "window": {"documents": [-1, 0]}}
    assert windows(slope, {"t": 1}, partitionBy="$run") == [None, 1.0, 1.0, None, 1.0]


def test_an_integral_is_the_area_under_the_values() -> None:
    area = {"$integral": {"input": "$step"}, "window": {"documents": ["unbounded", "current"]}}
    assert windows(area, {"step": 1}, partitionBy="$run") == [0.0, 1.5, 7.5, 0.0, 4.0]


def test_what_a_window_cannot_be_worked_out_of_is_told() -> None:
    slope = {"$derivative": {"input": "$loss"}, "window": {"documents": [-1, 0]}}
    stage = {"sortBy": {"step": 1}, "output": {"v": slope, "w": {"$sum": {"$divide": ["$step", 0]}}}}
    found = near().warnings(plan_of([{"$setWindowFields": stage}], ROWS))
    assert found == ("5 rows: $divide by zero", "1 row: $derivative of null")


def test_covariances() -> None:
    assert windows({"$covariancePop": ["$step", "$_id"]}) == [pytest.approx(0.6)] * 5
    assert windows({"$covarianceSamp": ["$step", "$_id"]}) == [pytest.approx(0.75)] * 5


def test_values_are_filled_along_a_line_or_carried() -> None:
    assert windows({"$linearFill": "$loss"}, {"step": 1}, partitionBy="$run") == [
        4.0,
        3.0,
        1.0,
        2.0,
        2.0,
    ]
    assert windows({"$locf": "$loss"}, {"step": 1}, partitionBy="$run") == [4.0, 4.0, 1.0, 2.0, 2.0]


def test_an_accumulator_with_an_order_of_its_own_stands_in_a_window() -> None:
    best = {"$top": {"sortBy": {"loss": -1}, "output": "$_id"}, "window": {"documents": [-1, 0]}}
    assert windows(best, {"_id": 1}) == [1, 1, 3, 4, 4]


def test_a_window_writes_into_documents() -> None:
    stage = {"sortBy": {"_id": 1}, "output": {"m.n": {"$sum": "$_id"}}}
    found = ask([{"$setWindowFields": stage}, {"$project": {"m": 1}}], ROWS)
    assert found[0] == {"_id": 1, "m": {"n": 15}}


def test_fill_takes_a_value_a_line_or_the_last_one() -> None:
    def filled(how: dict[str, Any]) -> Any:
        stage = {"sortBy": {"step": 1}, "partitionByFields": ["run"], "output": {"loss": how}}
        return [row["loss"] for row in ask([{"$fill": stage}], ROWS)][:3]

    assert filled({"value": "$step"}) == [4.0, 2.0, 1.0]
    assert filled({"value": "none"}) == [4.0, "none", 1.0]
    assert filled({"method": "linear"}) == [4.0, 3.0, 1.0]
    assert filled({"method": "locf"}) == [4.0, 4.0, 1.0]


def dense(column: str, **more: Any) -> list[Any]:
    """The series and the values of a column after it is densified."""
    stage = {"field": column, **more}
    return [(row["run"], row[column]) for row in ask([{"$densify": stage}], ROWS)]


def test_densify_fills_each_series_between_its_own_ends() -> None:
    found = dense("step", partitionByFields=["run"], range={"step": 1, "bounds": "partition"})
    assert found == [("a", 1), ("a", 2), ("a", 3), ("a", 4), ("b", 1), ("b", 2), ("b", 3)]


def test_densify_fills_each_series_between_the_ends_of_all() -> None:
    found = dense("step", partitionByFields=["run"], range={"step": 1, "bounds": "full"})
    assert found == [(run, step) for run in "ab" for step in (1, 2, 3, 4)]


def test_densify_leaves_out_the_upper_bound() -> None:
    rows = [{"_id": 1, "v": 1}]
    found = ask([{"$densify": {"field": "v", "range": {"step": 2, "bounds": [0, 4]}}}], rows)
    assert found == [{"_id": None, "v": 0}, {"_id": 1, "v": 1}, {"_id": None, "v": 2}]


def test_densify_counts_times_in_units() -> None:
    stage = {"field": "t", "range": {"step": 1, "unit": "month", "bounds": "full"}}
    rows = [
        {"_id": 1, "t": {"$date": "2023-01-31T00:00:00.000Z"}},
        {"_id": 2, "t": {"$date": "2023-04-30T00:00:00.000Z"}},
    ]
    found = ask([{"$densify": stage}], rows)
    assert [row["t"].strftime("%m-%d") for row in found] == ["01-31", "02-28", "03-31", "04-30"]


def test_densify_ends_at_its_bound() -> None:
    with pytest.raises(duckdb.InvalidInputException, match="more than 500,000 rows"):
        ask([{"$densify": {"field": "step", "range": {"step": 1, "bounds": [0, 2_000_000_000]}}}], ROWS)


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ({"$setWindowFields": {"output": {"v": {"$rank": {}}}}}, "needs sortBy"),
        ({"$setWindowFields": {"sortBy": {"a": 1}, "output": {}}}, "no column 'a'"),
        ({"$setWindowFields": {"sortBy": {"step": 1}, "output": {"v": {"$runk": {}}}}}, "no window function"),
        ({"$setWindowFields": {"output": {"v": {"$mergeObjects": "$$ROOT"}}}}, "no window function"),
        (
            {"$setWindowFields": {"sortBy": {"step": 1}, "output": {"v": {"$rank": {}, "window": {}}}}},
            "takes no window",
        ),
        (
            {"$setWindowFields": {"output": {"v": {"$sum": 1, "window": {"documents": [-1, 0]}}}}},
            "needs sortBy",
        ),
        (
            {"$setWindowFields": {
                "sortBy": {"t": 1}, "output": {"v": {"$sum": 1, "window": {"range": [-1, 0]}}}}},
            "needs a unit",
        ),
        (
            {"$setWindowFields": {
                "sortBy": {"step": 1}, "output": {"v": {"$sum": 1, "window": {"documents": [1, 0]}}}}},
            "lies above",
        ),
        (
            {"$setWindowFields": {
                "sortBy": {"step": 1}, "output": {"v": {"$expMovingAvg": {"input": "$step", "alpha": 2}}}}},
            "between 0 and 1",
        ),
        ({"$fill": {"output": {"loss": {"method": "linear"}}}}, "needs sortBy"),
        ({"$fill": {"output": {"loss": {"methd": "linear"}}}}, "Did you mean 'method'"),
        ({"$densify": {"field": "run", "range": {"step": 1, "bounds": "full"}}}, "numbers or times"),
        ({"$densify": {"field": "t", "range": {"step": 1, "bounds": "full"}}}, "times need a unit"),
        ({"$densify": {"field": "step", "range": {"step": 0, "bounds": "full"}}}, "above 0"),
        ({"$densify": {"field": "step", "range": {"step": 1, "bounds": "partition"}}}, "partitionByFields"),
    ],
)  # fmt: skip
def test_a_window_that_makes_no_sense_is_refused(stage: dict[str, Any], message: str) -> None:
    with pytest.raises(QueryError, match=message):
        plan_of([stage], ROWS)
