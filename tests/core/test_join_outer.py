"""Joins that keep rows that met none, on real workers, against plain Python."""

from __future__ import annotations

from typing import Any

import pytest
from tables_shelf import FolderShelf

import vitrail as vt
from vitrail.errors import Invalid
from vitrail.joined_table import JoinedTable
from vitrail.query.plan import JOINS, plan_from_json

LEFT = [["a", 1], ["b", 2], [None, 3], ["a", 4], ["c", 5]]
RIGHT = [["a", 0.5], ["d", 1.5], ["a", 2.5], [None, 3.5], ["c", 4.5]]


def joined(how: str = "inner") -> JoinedTable:
    return vt.JoinedTable(vt.Table(["k", "x"], LEFT), vt.Table(["k", "y"], RIGHT), "k", how=how)


def by_hand(how: str) -> list[list[Any]]:
    none = [None, None]
    met = [(a, b) for a in LEFT for b in RIGHT if a[0] is not None and a[0] == b[0]]
    rows = []
    for left in LEFT:
        found = [b for a, b in met if a is left]
        rows += [[*left, *right] for right in found]
        rows += [[*left, *none]] if not found and how in ("left", "outer") else []
    if how in ("right", "outer"):
        rows += [[*none, *right] for right in RIGHT if all(b is not right for _, b in met)]
    return rows


@pytest.mark.parametrize("how", JOINS)
def test_rows_that_met_none_are_kept_as_asked(how: str) -> None:
    table = joined(how).query({})
    assert table.columns == ["0.k", "0.x", "1.k", "1.y"]
    assert table.data == by_hand(how)
    walked = [[*(row or [None, None]), *(other or [None, None])] for _, row, other in joined(how)]
    assert walked == by_hand(how)
    plan = joined(how).plan()
    assert plan_from_json(plan.to_json()) == plan


@pytest.mark.parametrize(
    ("text", "keep"),
    [
        ("{$eq: ['$1', null]}", lambda row: row[3] is None),
        ("{$eq: ['$0', null]}", lambda row: row[1] is None),
        ("{$and: ['$0', '$1']}", lambda row: row[1] is not None and row[3] is not None),
        ("{$gt: ['$1.y', '$0.x']}", lambda row: row[3] is not None and row[3] > (row[1] or -1)),
        ("{$eq: [{$getField: {field: 'x', input: '$0'}}, 2]}", lambda row: row[1] == 2),
    ],
)
@pytest.mark.parametrize("how", JOINS)
def test_conditions_on_a_side(how: str, text: str, keep: Any) -> None:
    assert joined(how).query(text).data == [row for row in by_hand(how) if keep(row)]


def test_the_difference_orders_the_rows_of_an_outer_join() -> None:
    found = joined("outer").query(
        [{"$set": {"gap": {"$subtract": ["$1.y", "$0.x"]}}}, {"$sort": {"gap": -1}}]
    )
    gaps = [None if None in (x, y) else y - x for _, x, _, y in by_hand("outer")]
    assert found.get_column("gap") == sorted(
        gaps, key=lambda gap: -100 if gap is None else gap, reverse=True
    )


@pytest.mark.parametrize("how", JOINS)
def test_a_join_is_stored_with_what_it_keeps(how: str, tmp_path: Any) -> None:
    shelf = FolderShelf(tmp_path)
    back = shelf.add("a", "j", joined(how))
    assert back.how == how
    assert back == joined(how)
    assert (back == joined("outer")) is (how == "outer")
    assert back.plan() == joined(how).plan()
    assert list(back) == list(joined(how))


def test_another_word_for_a_join_is_refused() -> None:
    with pytest.raises(Invalid, match="one of inner, left, right, outer, not by 'cross'"):
        joined("cross")


def test_boxes_of_both_sides_are_asked_at_once() -> None:
    def scenes(shift: float) -> vt.Table:
        table = vt.Table(["id", "scene"])
        for row in range(4):
            boxes = [
                {"class_id": place % 2, "score": place / 4 + shift, "size": row * place}
                for place in range(3)
            ]
            table.add_data(row, {"boxes": boxes})
        return table

    text = """{$gte: [
        {$size: {$filter: {input: '$0.scene.boxes', as: 'box', cond: {$and: [
            {$eq: ['$$box.class_id', 0]},
            {$gt: ['$$box.size', {$size: {$filter: {
                input: '$1.scene.boxes', as: 'other', cond: {$gt: ['$$other.score', 0.6]}}}}]}]}}}},
        1]}"""
    kept = [
        row
        for row in range(4)
        if any(
            place % 2 == 0 and row * place > sum(other / 4 + 0.3 > 0.6 for other in range(3))
            for place in range(3)
        )
    ]
    assert kept == [1, 2, 3]
    found = vt.JoinedTable(scenes(0.0), scenes(0.3), "id").query(text)
    assert found.get_column("0.id") == kept
