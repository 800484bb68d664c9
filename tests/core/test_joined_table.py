"""Joined tables pair the rows of two tables by a key."""

from __future__ import annotations

import math

import pytest
from table_cells import one_column, picture
from tables_shelf import FolderShelf

from vitrail.errors import Invalid, NotFound
from vitrail.joined_table import JoinedTable
from vitrail.lazy_rows import alike
from vitrail.query.plan import Join
from vitrail.table import Table


def test_a_joined_table_pairs_the_rows_with_one_key():
    left = Table(["id", "x"], [[2, "a"], [1, "b"], [9, "c"], [None, "d"]])
    right = Table(["key", "y"], [[1, "p"], [2, "q"], [2, "r"], [None, "s"]])
    joined = JoinedTable(left, right, ["id", "key"])
    assert list(joined) == [
        (2, [2, "a"], [2, "q"]),
        (2, [2, "a"], [2, "r"]),
        (1, [1, "b"], [1, "p"]),
    ]
    assert joined.plan() == Join(left.plan(), right.plan(), ("id", "key"))


def test_a_table_without_the_key_is_keyed_by_its_rows_index():
    joined = JoinedTable(Table(["id"], [[1], [0]]), Table(["x"], [["a"], ["b"]]), "id")
    assert joined.keys == ("id", None)
    assert list(joined) == [(1, [1], ["b"]), (0, [0], ["a"])]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([1, None, 2], [2, None, 1, 2]),
        ([1.0, math.nan, None], [math.nan, 1, None]),
        ([1, 2], [1.0, 2.5]),
        ([0.0, -0.0], [0.0]),
        (["a", "A"], ["A", "a"]),
        ([None], [None]),
    ],
)
def test_a_joined_table_has_the_rows_that_the_engine_finds(left, right):
    tables = one_column(*left), one_column(*right)
    joined = JoinedTable(*tables, "c")
    found = joined.query({})
    pairs = [[row[0], other[0]] for _, row, other in joined]
    assert alike(pairs, list(found.data))


@pytest.mark.parametrize(
    ("left", "right", "key", "error"),
    [
        ("text", 1, ["c", "c"], Invalid),
        ([1], [1], ["c", "c"], Invalid),
        ("text", 1, ["c", "x"], NotFound),
        (1, 1, ["x", "x"], NotFound),
        (1, 1, ["c"], Invalid),
        (1, 1, 5, Invalid),
        (1, 1, None, Invalid),
    ],
)
def test_keys_that_cannot_be_compared_are_refused(left, right, key, error):
    with pytest.raises(error):
        JoinedTable(one_column(left), one_column(right), key)


def test_a_joined_table_names_what_was_logged_and_stores_along_what_was_not(shelf):
    data = shelf.add("data", "t", Table(["id", "p"], [[i, picture(i)] for i in range(3)]))
    fresh = Table(["id", "x"], [[i, i * i] for i in range(3)])
    joined = JoinedTable(fresh, data, "id")
    shelf.put_digests.clear()
    back = shelf.add("joined", "j", joined)
    _, document = shelf.entries["joined", "j"]
    assert document["tables"][1] == {"artifact": "data", "entry": "t"}
    assert set(shelf.put_digests) == set(document["tables"][0]["table"]["parts"])
    assert back == joined
    assert list(back) == list(joined)
    assert back.plan() == joined.plan()


def test_a_joined_table_stores_a_table_of_another_store_along(shelf, tmp_path):
    other = FolderShelf(tmp_path / "other")
    data = other.add("data", "t", Table(["id"], [[1]]))
    back = shelf.add("joined", "j", JoinedTable(data, Table(["id"], [[1]]), "id"))
    assert list(back) == [(1, [1], [1])]
