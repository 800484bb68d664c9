"""What stages, dates and conversions do where a plain SELECT would do something else, through tables."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import vitrail as vt
from vitrail.errors import QueryError

MOMENT = dt.datetime(2023, 1, 15, 23, 30, 0, 250_000, tzinfo=dt.UTC)


def table(**columns: list[Any]) -> vt.Table:
    return vt.Table(list(columns), [list(row) for row in zip(*columns.values(), strict=True)])


def rows(asked: vt.Table, *stages: dict[str, Any]) -> list[list[Any]]:
    return asked.query(list(stages)).data


def values(expr: Any, column: list[Any]) -> list[Any]:
    return [row[0] for row in rows(table(x=column), {"$project": {"v": expr}})]


def refused(asked: vt.Table, *stages: dict[str, Any]) -> bool:
    with pytest.raises(QueryError):
        asked.query(list(stages))
    return True


def date(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type, misc]


def test_zip_stops_at_the_shortest_list_unless_told() -> None:
    assert values({"$zip": {"inputs": ["$x", [7]]}}, [[1, 2], [], None]) == [[[1, 7]], [], None]
    longest = {"$zip": {"inputs": ["$x", [7]], "useLongestLength": True, "defaults": [0, 9]}}
    assert values(longest, [[1, 2], []]) == [[[1, 7], [2, 9]], [[0, 7]]]


def test_a_range_ends_before_its_end_in_steps() -> None:
    assert values({"$range": [0, "$x", 3]}, [7, 6, 0]) == [[0, 3, 6], [0, 3], []]
    assert values({"$range": ["$x", 0, -2]}, [5, -1]) == [[5, 3, 1], []]
    assert refused(table(x=[1]), {"$project": {"v": {"$range": [0, 1.5]}}})


def test_a_third_argument_of_slice_is_positive() -> None:
    assert values({"$slice": ["$x", -2, 1]}, [[1, 2, 3], None]) == [[2], None]
    assert refused(table(x=[[1]]), {"$project": {"v": {"$slice": ["$x", 1, 0]}}})


def test_the_limit_of_a_filter_is_positive() -> None:
    def some(limit: int) -> dict[str, Any]:
        return {"$filter": {"input": "$x", "cond": {"$gt": ["$$this", 1]}, "limit": limit}}

    assert values(some(1), [[1, 2, 3]]) == [[2]]
    assert refused(table(x=[[1]]), {"$project": {"v": some(0)}})


def test_bins_of_time_count_from_the_year_2000() -> None:
    def truncated(unit: str, size: int) -> Any:
        return values(
            {"$dateTrunc": {"date": "$x", "unit": unit, "binSize": size}}, [date(2000, 1, 20)]
        )[0]

    assert truncated("week", 2) == date(2000, 1, 16)
    assert truncated("day", 7) == date(2000, 1, 15)
    assert truncated("month", 5) == date(2000, 1, 1)
    early = {"$dateTrunc": {"date": "$x", "unit": "week", "binSize": 2}}
    assert values(early, [date(2000, 1, 1)]) == [date(1999, 12, 19)]


def test_a_day_lies_in_a_time_zone() -> None:
    def parts(zone: str) -> list[Any]:
        return [
            values({name: {"date": "$x", "timezone": zone}}, [MOMENT])[0]
            for name in ("$dayOfMonth", "$hour")
        ]

    assert parts("Asia/Tokyo") == [16, 8]
    assert parts("-05:30") == [15, 18]
    assert parts("America/New_York") == [15, 18]
    trunc = {"$dateTrunc": {"date": "$x", "unit": "day", "timezone": "Asia/Tokyo"}}
    assert values(trunc, [MOMENT]) == [date(2023, 1, 15, 15)]


def test_days_keep_the_local_time_over_a_change_of_clocks_and_hours_do_not() -> None:
    start = date(2023, 3, 11, 17)

    def moved(unit: str, amount: int) -> Any:
        add = {"startDate": "$x", "unit": unit, "amount": amount, "timezone": "America/New_York"}
        return values({"$dateAdd": add}, [start])[0]

    assert moved("day", 1) == date(2023, 3, 12, 16)
    assert moved("hour", 24) == date(2023, 3, 12, 17)


def test_a_difference_is_negative_backwards_and_its_weeks_begin_on_sunday() -> None:
    def apart(start: dt.datetime, end: dt.datetime, unit: str) -> Any:
        return values({"$dateDiff": {"startDate": "$x", "endDate": end, "unit": unit}}, [start])[0]

    assert apart(date(2023, 1, 1), date(2022, 12, 31), "year") == -1
    assert apart(date(2023, 1, 7), date(2023, 1, 8), "week") == 1
    assert apart(date(2023, 1, 8), date(2023, 1, 14), "week") == 0
    assert refused(
        table(x=[MOMENT]),
        {"$project": {"v": {"$dateAdd": {"startDate": "$x", "unit": "day", "amount": 1.5}}}},
    )


def test_a_date_is_written_in_its_letters() -> None:
    def written(more: dict[str, Any]) -> Any:
        return values({"$dateToString": {"date": "$x", **more}}, [MOMENT])[0]

    assert written({}) == "2023-01-15T23:30:00.250Z"
    assert written({"format": "%Y/%j %H:%M %L %w %u %V%%"}) == "2023/015 23:30 250 1 7 02%"
    assert written({"format": "%d %H %z", "timezone": "+05:30"}) == "16 05 +0530"
    assert values({"$dateToString": {"date": "$x", "onNull": "none"}}, [MOMENT, None])[1] == "none"
    assert refused(
        table(x=[MOMENT]), {"$project": {"v": {"$dateToString": {"date": "$x", "format": "%q"}}}}
    )


def test_a_text_is_read_as_a_date_or_not_at_all() -> None:
    def read(texts: list[Any], **more: Any) -> list[Any]:
        return values({"$dateFromString": {"dateString": "$x", **more}}, texts)

    assert read(["2023-01-15"]) == [date(2023, 1, 15)]
    assert read(["2023-01-15T23:30:00.2509Z"]) == [MOMENT]
    assert read(["2023-01-15T23:30:00+02:00"]) == [date(2023, 1, 15, 21, 30)]
    assert read(["soon", None]) == [None, None]
    assert read(["soon", None], onError=date(1999, 1, 1), onNull=date(2000, 1, 1)) == [
        date(1999, 1, 1),
        date(2000, 1, 1),
    ]


def test_a_small_whole_number_is_no_date() -> None:
    assert refused(table(x=[1]), {"$project": {"v": {"$toDate": {"$literal": 0}}}})
    assert values({"$toDate": "$x"}, [1.0, 1500.0]) == [
        date(1970, 1, 1) + dt.timedelta(milliseconds=n) for n in (1, 1500)
    ]


@pytest.mark.parametrize("text", ["3.7", " 7", "7 ", "1e3", "0x1A", "", "seven", "1_000", "٣", "9" * 19])
def test_a_text_that_is_no_plain_whole_number_converts_to_none(text: str) -> None:
    for name in ("$toInt", "$toLong"):
        assert values({name: "$x"}, [text]) == [None]
    both = {"input": "$x", "to": "long", "onError": -1, "onNull": -2}
    assert values({"$convert": both}, [text, None, "-12"]) == [-1, -2, -12]


def test_what_does_not_fit_does_not_convert() -> None:
    column = [float("nan"), float("inf"), 1e300, 2.9, -2.9, None]
    assert values({"$toInt": "$x"}, column) == [None, None, None, 2, -2, None]
    assert values({"$toInt": "$x"}, [2**31, 2**31 - 1]) == [None, 2**31 - 1]
    assert refused(
        table(x=[1]), {"$project": {"v": {"$convert": {"input": "$x", "to": "number", "onError": 1}}}}
    )
    assert values({"$toString": "$x"}, [MOMENT]) == ["2023-01-15T23:30:00.250Z"]


def test_no_group_comes_of_no_rows() -> None:
    asked = table(x=[1, 2])
    assert rows(asked, {"$match": {"x": 9}}, {"$group": {"_id": None, "n": {"$sum": 1}}}) == []
    assert refused(asked, {"$group": {"_id": None, "n": {"$sum": ["$x", "$x"]}}})
    for name in ("a.b", "$a"):
        assert refused(asked, {"$group": {"_id": None, name: {"$sum": 1}}})


def test_a_bucket_holds_its_lower_boundary_and_null_falls_to_the_default() -> None:
    stage = {"groupBy": "$x", "boundaries": [0, 5, 10]}
    asked = table(x=[0, 4, 5, None, 10])
    found = rows(asked, {"$bucket": {**stage, "default": -1}}, {"$sort": {"_id": 1}})
    assert found == [[-1, 2], [0, 2], [5, 1]]
    with pytest.raises(QueryError):
        rows(asked, {"$bucket": stage})


def test_automatic_buckets_never_split_equal_values() -> None:
    found = table(x=[1, 1, 1, 2, 3, 4]).query([{"$bucketAuto": {"groupBy": "$x", "buckets": 3}}]).data
    assert [tuple(bounds.values()) for bounds, _ in found] == [(1, 2), (2, 4), (4, 4)]
    assert [count for _, count in found] == [3, 2, 1]


def test_a_lookup_finds_null_by_null_and_elements_of_lists() -> None:
    other = table(k=[1, 2, None], w=["one", "two", "none"])
    stage = {"$lookup": {"from": "other", "localField": "x", "foreignField": "k", "as": "found"}}

    def found(column: list[Any]) -> list[list[str]]:
        asked = table(x=column).query([stage], tables={"other": other})
        return [sorted(one["w"] for one in row[1]) for row in asked.data]

    assert found([1, None, 9]) == [["one"], ["none"], []]
    assert found([[1, 2], [], None]) == [["one", "two"], ["none"], ["none"]]


def test_the_result_of_a_lookup_takes_the_place_of_a_column() -> None:
    stage = {"$lookup": {"from": "other", "localField": "x", "foreignField": "k", "as": "x"}}
    asked = table(x=[1]).query([stage], tables={"other": table(k=[1])})
    assert (asked.columns, asked.data) == (["x"], [[[{"k": 1}]]])


def test_windows_reach_over_rows_and_ranges_and_rank_null_first() -> None:
    asked = table(x=[3, None, 1, 1])

    def windowed(how: dict[str, Any]) -> list[Any]:
        stage = {"$setWindowFields": {"sortBy": {"x": 1}, "output": {"v": how}}}
        return [row[1] for row in rows(asked, stage, {"$sort": {"x": 1}})]

    assert windowed({"$rank": {}}) == [1, 2, 2, 4]
    assert windowed({"$denseRank": {}}) == [1, 2, 2, 3]
    assert windowed({"$sum": "$x", "window": {"documents": ["unbounded", "current"]}}) == [0, 1, 2, 5]
    assert windowed({"$shift": {"output": "$x", "by": -1}}) == [None, None, 1, 1]
    reach = {
        "$setWindowFields": {
            "sortBy": {"x": 1},
            "output": {"v": {"$count": {}, "window": {"range": [-1, 1]}}},
        }
    }
    assert [row[1] for row in rows(table(x=[3, 1, 2, 9]), reach, {"$sort": {"x": 1}})] == [2, 3, 2, 1]
    backwards = {
        "$setWindowFields": {"sortBy": {"x": -1}, "output": reach["$setWindowFields"]["output"]}
    }
    assert refused(asked, backwards)


def test_the_index_of_what_is_no_list_is_null() -> None:
    stage = {"$unwind": {"path": "$x", "includeArrayIndex": "at", "preserveNullAndEmptyArrays": True}}
    assert rows(table(x=[["a", "b"], [], None]), stage) == [
        ["a", 0],
        ["b", 1],
        [None, None],
        [None, None],
    ]
    scalar = {"$unwind": {"path": "$x", "includeArrayIndex": "at"}}
    assert rows(table(x=[5]), scalar) == [[5, None]]


def test_a_field_is_added_to_every_element_of_a_list() -> None:
    asked = table(x=[[{"a": 1}, {"a": 2}]])
    assert rows(asked, {"$addFields": {"x.z": 7}}) == [[[{"a": 1, "z": 7}, {"a": 2, "z": 7}]]]
    assert rows(asked, {"$project": {"x.a": 1}}) == [[[{"a": 1}, {"a": 2}]]]
    assert rows(table(x=[[{"a": 1, "b": 2}]]), {"$unset": "x.a"}) == [[[{"b": 2}]]]


def test_a_projection_includes_or_excludes_and_makes_constants_of_literals() -> None:
    asked = table(_id=[1], x=[2], y=[3])
    assert rows(asked, {"$project": {"x": 5}}) == [[1, 2]]
    assert rows(asked, {"$project": {"_id": 0, "x": True}}) == [[2]]
    assert rows(asked, {"$project": {"_id": 0, "x": {"$literal": 5}}}) == [[5]]
    assert rows(asked, {"$project": {"x": 0}}) == [[1, 3]]
    assert refused(asked, {"$project": {"x": 1, "y": 0}})


def test_the_name_of_a_count_is_a_plain_one() -> None:
    asked = table(x=[1, 2])
    assert rows(asked, {"$count": "n"}) == [[2]]
    for name in ("", "$n", "a.b", "a\0b", 5):
        assert refused(asked, {"$count": name})


def test_the_first_of_a_group_is_the_first_of_the_sort_before_it() -> None:
    group = {
        "$group": {"_id": None, "f": {"$first": "$x"}, "l": {"$last": "$x"}, "all": {"$push": "$x"}}
    }
    assert rows(table(x=[2, 3, 1]), group) == [[None, 2, 1, [2, 3, 1]]]
    assert rows(table(x=[2, 3, 1]), {"$sort": {"x": -1}}, group) == [[None, 3, 1, [3, 2, 1]]]


def test_nulls_sort_first_upwards_and_last_downwards() -> None:
    asked = table(x=[2, None, 1])
    assert rows(asked, {"$sort": {"x": 1}}) == [[None], [1], [2]]
    assert rows(asked, {"$sort": {"x": -1}}) == [[2], [1], [None]]
