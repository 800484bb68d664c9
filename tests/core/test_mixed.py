"""Values of several kinds in one column: what comes back, and in which order they stand."""

from __future__ import annotations

import datetime as dt
import functools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mixed_values import VALUES

import vitrail as vt
from vitrail import mixed
from vitrail.dtypes import List, Mixed, Number, Optional
from vitrail.errors import CellError, Invalid


def same(left: Any, right: Any) -> bool:
    """Whether two values are the same to the last sign: 1 is not 1.0, nor true, and NaN is NaN."""
    return repr(left) == repr(right)


@given(VALUES)
def test_a_value_comes_back_from_its_text(value: Any) -> None:
    assert same(mixed.decode(mixed.encode(value)), value)


@settings(deadline=None)
@given(st.lists(VALUES, max_size=5))
def test_a_column_gives_back_its_values(values: list[Any]) -> None:
    table = vt.Table(["c"], [[value] for value in values], dtype={"c": Mixed()})
    assert same(table.get_column("c"), values)
    assert same([row for _, row in table.iterrows()], [[value] for value in values])


@given(VALUES, VALUES)
def test_keys_are_in_mongodbs_order(left: Any, right: Any) -> None:
    mine, theirs = mixed.key(left), mixed.key(right)
    assert (mine > theirs) - (mine < theirs) == compared(left, right)


RANKS = {type(None): 0, int: 1, float: 1, str: 2, dict: 3, list: 4, bool: 5}


def rank(value: Any) -> int:
    return RANKS.get(type(value), 6)


def compared(left: Any, right: Any) -> int:
    """-1, 0 or 1, plainly after MongoDB's rules."""
    if rank(left) != rank(right):
        return 1 if rank(left) > rank(right) else -1
    if isinstance(left, list):
        for mine, theirs in zip(left, right, strict=False):
            if sign := compared(mine, theirs):
                return sign
        return (len(left) > len(right)) - (len(left) < len(right))
    if isinstance(left, dict):
        parts = [[(rank(v), k, v) for k, v in one.items()] for one in (left, right)]
        for (mine, name, value), (theirs, other, against) in zip(*parts, strict=False):
            first = (mine > theirs) - (mine < theirs)
            names = (name.encode(), other.encode())
            if (
                sign := first
                or (names[0] > names[1]) - (names[0] < names[1])
                or compared(value, against)
            ):
                return sign
        return (len(left) > len(right)) - (len(left) < len(right))
    one, other = (plain(value) for value in (left, right))
    return (one > other) - (one < other)


@functools.singledispatch
def plain(value: Any) -> Any:
    return 0 if value is None else value


@plain.register
def _(value: str) -> Any:
    return value.encode()


@plain.register
def _(value: float) -> Any:
    if math.isnan(value):
        return (0, Fraction(0))
    return (
        (1, Fraction(0))
        if value == -math.inf
        else (3, Fraction(0))
        if value == math.inf
        else (2, Fraction(value))
    )


@plain.register
def _(value: int) -> Any:
    return value if isinstance(value, bool) else (2, Fraction(value))


@plain.register
def _(value: dt.date) -> Any:
    if not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value


def test_a_column_of_one_kind_stays_strict_and_names_the_way_out() -> None:
    with pytest.raises(CellError, match=r"no type in common; .*Mixed.*allow_mixed_types"):
        vt.Table(["c"], [[1], ["a"]])


def test_rows_before_the_first_of_another_kind_keep_their_values() -> None:
    table = vt.Table(["c", "n"], [[1, 1], [2.5, 2]], allow_mixed_types=True)
    table.add_data("x", 3)
    table.add_data([1, "a"], None)
    assert table.get_column("c") == [1.0, 2.5, "x", [1, "a"]]
    assert dict(table.dtype.columns or ()) == {
        "c": Optional(Mixed()),
        "n": Optional(Number(integer=True)),
    }


def test_a_list_of_several_kinds_makes_its_column_mixed_where_that_is_allowed() -> None:
    table = vt.Table(["c"], [[[1, "a"]]], allow_mixed_types=True)
    assert table.get_column("c") == [[1, "a"]]
    with pytest.raises(CellError, match="an item of a list"):
        vt.Table(["c"], [[[1, "a"]]])


def test_a_picture_has_no_place_among_values_of_several_kinds() -> None:
    picture = vt.Image(np.zeros((2, 2, 3), np.uint8))
    for cells in ([1, picture], [picture, 1], [1, [picture]], [1, "a", picture]):
        with pytest.raises(CellError):
            vt.Table(["c"], [[cell] for cell in cells], allow_mixed_types=True)


def test_a_mixed_column_goes_out_as_text_and_comes_back_as_it_was() -> None:
    values = [1, 1.0, "1", None, {"$date": [True]}]
    table = vt.Table(["c"], [[value] for value in values], dtype={"c": Mixed()})
    out = table.to_arrow()
    assert out.column("c").to_pylist() == ["1", "1.0", '"1"', None, '{"$$date":[true]}']
    assert same(vt.Table(dataframe=out).get_column("c"), values)
    assert table.get_column("c", convert_to="numpy").tolist() == values


def test_numpy_values_are_taken_as_pythons() -> None:
    table = vt.Table(["c"], dtype={"c": Mixed()})
    for value in (np.int64(3), np.float32(0.5), np.array([1, 2]), np.bool_(True), (1, "a")):
        table.add_data(value)
    assert same(table.get_column("c"), [3, 0.5, [1, 2], True, [1, "a"]])


@pytest.mark.parametrize("value", [b"x", object(), {1: 2}, {"a\0": 1}, "\ud800", 2**64, [[b"x"]]])
def test_what_has_no_text_is_refused_with_its_row(value: Any) -> None:
    table = vt.Table(["c"], [[1]], dtype={"c": Mixed()})
    with pytest.raises(CellError, match="row 1, column 'c'"):
        table.add_data(value)
    assert len(table) == 1


def test_values_are_nested_only_so_deep() -> None:
    deep: Any = 1
    for _ in range(101):
        deep = [deep]
    with pytest.raises(Invalid, match="nested"):
        mixed.encode(deep)
    with pytest.raises(Invalid):
        mixed.decode("[" * 100_000)


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", '{"$date":"x"}', '{"$number":"x"}', '{"$date":1}', "1 2"]
)
def test_a_text_that_is_none_of_ours_is_told(text: str) -> None:
    with pytest.raises(Invalid, match="no value of a mixed column"):
        mixed.decode(text)


def test_the_type_is_written_and_read_like_any_other() -> None:
    from vitrail.dtypes import dtype_from_json

    assert dtype_from_json(List(Mixed()).to_json()) == List(Mixed())
