"""Tables that are the answers of queries: lazy, asked again, joined, changed and stored."""

from __future__ import annotations

import gc
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tables_shelf import FolderShelf

import vitrail as vt
from vitrail import result
from vitrail.dtypes import Number
from vitrail.errors import Invalid, NotFound, QueryError, StoreError
from vitrail.media.image import Image
from vitrail.query.plan import Where

ALL = {}


@pytest.fixture
def shelf(tmp_path):
    shelf = FolderShelf(tmp_path / "shelf")
    yield shelf
    shelf.engine.close()


def numbers(count, start=0):
    return vt.Table(["i", "x"], [[i, i / 4] for i in range(start, start + count)])


def picture(shade):
    return Image(np.full((4, 6), shade, np.uint8))


def test_the_answer_of_a_query_is_read_only_when_it_is_looked_at(shelf):
    stored = shelf.add("a", "t", numbers(3))
    _, document = shelf.entries["a", "t"]
    shelf.path(document["parts"][0]).write_bytes(b"damaged")
    found = stored.query("{$gt: ['$x', 0.3]}").query({"i": {"$lt": 9}})
    assert found.columns == ["i", "x"]
    assert found.dtype == stored.dtype
    assert repr(found) == (
        "Table(the rows of a query; i: Number(integer=True), x: Number(integer=False))"
    )
    with pytest.raises(StoreError, match="cannot be read"):
        len(found)


def test_the_answer_of_a_query_is_a_table_in_every_way():
    found = numbers(6).query("{$gt: ['$x', 0.3]}")
    rows = [[i, i / 4] for i in range(2, 6)]
    assert len(found) == 4
    assert found.data == rows
    assert list(found.iterrows()) == list(enumerate(rows))
    assert found.get_column("i") == [2, 3, 4, 5]
    assert found.get_column("x", convert_to="numpy").tolist() == [0.5, 0.75, 1.0, 1.25]
    assert found.get_index() == [0, 1, 2, 3]
    assert found.to_arrow().equals(pa.table({"i": [2, 3, 4, 5], "x": [0.5, 0.75, 1.0, 1.25]}))
    pd.testing.assert_frame_equal(found.get_dataframe(), pd.DataFrame(rows, columns=["i", "x"]))
    assert found == vt.Table(["i", "x"], rows)
    assert found != numbers(4)
    with pytest.raises(NotFound, match="no column 'y'"):
        found.get_column("y")


def test_an_answer_without_rows_keeps_its_columns():
    found = numbers(3).query({"i": 99})
    assert (len(found), found.columns, list(found.iterrows())) == (0, ["i", "x"], [])
    assert found.to_arrow().num_rows == 0
    assert found.get_column("i") == []
    assert vt.Table(dataframe=found.get_dataframe()).columns == ["i", "x"]


def test_an_answer_is_asked_again_as_one_plan():
    table = numbers(100)
    once = table.query({"i": {"$gte": 50}})
    twice = once.query({"i": {"$lt": 53}})
    assert isinstance(twice.plan(), Where)
    assert twice.plan().source == once.plan()
    assert once.plan().source == table.plan()
    assert twice.get_column("i") == [50, 51, 52]
    assert twice == table.query({"i": {"$gte": 50}}).query({"i": {"$lt": 53}})


@pytest.mark.parametrize("rows", [1, 1024, 1025, 20_000])
def test_an_answer_is_read_in_windows(monkeypatch, rows):
    monkeypatch.setattr(result, "_WINDOW_BYTES", 50_000)
    monkeypatch.setattr(result, "_AHEAD_BYTES", 2_000)
    found = numbers(rows).query({"i": {"$ne": 7}})
    wanted = [i for i in range(rows) if i != 7]
    assert [row[0] for _, row in found.iterrows()] == wanted
    assert found.get_column("i") == wanted
    assert found.data[-1] == [wanted[-1], wanted[-1] / 4]
    assert [row[0] for row in found.data[5:9]] == wanted[5:9]
    assert found == vt.Table(["i", "x"], [[i, i / 4] for i in wanted])


def test_an_answer_keeps_the_tables_that_it_came_from():
    found = numbers(3).query({"i": {"$gt": 0}})
    joined = vt.JoinedTable(numbers(5), numbers(5, 1), "i").query({"i": {"$gt": 2}})
    for start in range(20):  # more than are kept for their own sake
        assert len(numbers(2, start + 100).query(ALL)) == 2
    gc.collect()
    assert found.get_column("i") == [1, 2]
    assert joined.get_column("0.x") == [0.75, 1.0]


def test_a_table_that_nobody_asks_any_more_is_let_go():
    first = numbers(3, 1000)
    plan, engine = first.plan(), first.query(ALL)._source.engine
    assert engine.rows(plan).num_rows == 3
    del first
    for start in range(20):
        assert len(numbers(2, start + 2000).query(ALL)) == 2
    gc.collect()
    with pytest.raises((NotFound, StoreError)):
        engine.rows(plan, 1, 2)


def test_an_answer_can_grow_and_leaves_its_table_alone():
    table = numbers(3)
    found = table.query({"i": {"$gt": 0}})
    found.add_data(0.5, 9)
    assert found.data == [[1.0, 0.25], [2.0, 0.5], [0.5, 9.0]]
    assert table.data == numbers(3).data
    wider = table.query({"i": 2})
    wider.add_column("name", ["two"])
    assert wider.data == [[2, 0.5, "two"]]
    assert wider.query({"name": "two"}).data == wider.data


def test_an_answer_stays_as_it_was_when_its_table_grows():
    table = numbers(3)
    found = table.query({"i": {"$gt": 0}})
    table.add_data(9, 9)
    assert found.get_column("i") == [1, 2]
    assert table.query({"i": {"$gt": 0}}).get_column("i") == [1, 2, 9]


def test_an_answer_is_stored_in_batches_with_its_pictures_by_reference(shelf, monkeypatch):
    monkeypatch.setattr(result, "_FIRST_ROWS", 7)
    monkeypatch.setattr(result, "_WINDOW_BYTES", 1)
    rows = [[i, picture(i)] for i in range(20)]
    stored = shelf.add("a", "t", vt.Table(["i", "p"], rows))
    shelf.put_digests.clear()
    back = shelf.add("b", "t", stored.query({"i": {"$gte": 4}}))
    assert back.data == rows[4:]
    pictures = {row[1].digest for row in rows[4:]}
    assert pictures <= set(shelf.referred)
    assert not pictures & set(shelf.put_digests)
    assert back == shelf.add("c", "t", vt.Table(["i", "p"], rows[4:]))


def test_an_answer_over_pictures_in_memory_is_stored_with_them(shelf):
    found = vt.Table(["i", "p"], [[i, picture(i)] for i in range(4)]).query({"i": 2})
    assert shelf.add("a", "t", found).data == [[2, picture(2)]]


def test_an_answer_is_logged_and_read_back(tmp_path):
    store = tmp_path / "store"
    artifact = vt.Artifact("numbers", "data")
    artifact.add(numbers(10), "all")
    with vt.init(project="p", store=store) as run:
        run.log_artifact(artifact)
    with vt.init(project="p", store=store) as run:
        found = run.use_artifact("numbers:latest").get("all").query({"x": {"$gt": 2}})
        few = vt.Artifact("few", "data")
        few.add(found, "few")
        run.log_artifact(few)
    with vt.init(project="p", store=store) as run:
        back = run.use_artifact("few:latest").get("few")
        assert back.data == [[9, 2.25]]
        assert back.query(ALL) == back


def test_whole_numbers_that_outgrow_64_bits_are_floats_in_an_answer(monkeypatch, shelf):
    monkeypatch.setattr(result, "_FIRST_ROWS", 2)
    monkeypatch.setattr(result, "_WINDOW_BYTES", 1)
    table = vt.Table(["i"], [[1], [2], [3], [2**62]])
    query = [{"$set": {"i": {"$multiply": ["$i", 4]}}}]
    found = table.query(query)
    assert shelf.add("a", "t", found).data == [[4.0], [8.0], [12.0], [2.0**64]]
    assert table.query(query).get_column("i") == [4.0, 8.0, 12.0, 2.0**64]
    assert dict(found.dtype.columns)["i"] == Number(integer=False)


# Joined tables, and tables of several stores


def test_a_joined_table_is_asked_by_both_its_sides():
    left = vt.Table(["id", "label", "p"], [[i, "ab"[i % 2], picture(i)] for i in range(4)])
    right = vt.Table(["id", "score", "p"], [[i, i / 10, picture(i + 100)] for i in range(4)])
    found = vt.JoinedTable(left, right, "id").query("{$gt: ['$1.score', 0.15]}")
    assert found.columns == ["0.id", "0.label", "0.p", "1.id", "1.score", "1.p"]
    assert found.data == [[i, "ab"[i % 2], picture(i), i, i / 10, picture(i + 100)] for i in (2, 3)]
    assert found.data[0][5].pixels().max() == 102
    assert found.query("{$eq: ['$0.label', 'a']}").get_column("1.id") == [2]
    built = vt.JoinedTable(left, right, "id").query(vt.col("1")["score"] > 0.25)
    assert built.get_column("0.id") == [3]


def test_tables_of_several_stores_and_of_none_are_asked_together(shelf, tmp_path):
    other = FolderShelf(tmp_path / "other")
    here = shelf.add("a", "t", vt.Table(["id", "p"], [[i, picture(i)] for i in range(4)]))
    there = other.add("b", "t", vt.Table(["id", "q"], [[i, picture(i + 50)] for i in range(4)]))
    fresh = vt.Table(["id", "r"], [[i, picture(i + 90)] for i in range(4)])
    for left, right, shade in ((here, there, 50), (here, fresh, 90), (fresh, there, 50)):
        found = vt.JoinedTable(left, right, "id").query("{$eq: ['$1.id', 2]}")
        assert found.data[0][3].pixels().max() == 2 + shade
        assert found.query(ALL).data == found.data
        stored = FolderShelf(tmp_path / f"{shade}{left is fresh}").add("j", "t", found)
        assert stored.data == found.data


def test_other_tables_are_looked_up_and_appended_wherever_they_lie(shelf, tmp_path):
    stored = shelf.add("a", "t", vt.Table(["id", "p"], [[1, picture(1)], [2, picture(2)]]))
    other = FolderShelf(tmp_path / "other").add("b", "t", vt.Table(["id", "n"], [[1, "x"], [1, "y"]]))
    fresh = vt.Table(["id", "n"], [[2, "z"]])
    lookup = [{"$lookup": {"from": "u", "localField": "id", "foreignField": "id", "as": "hits"}}]
    for table, hits in (
        (other, [[{"id": 1, "n": "x"}, {"id": 1, "n": "y"}], []]),
        (fresh, [[], [{"id": 2, "n": "z"}]]),
        (fresh.query({"n": "z"}), [[], [{"id": 2, "n": "z"}]]),
    ):
        found = stored.query(lookup, tables={"u": table})
        assert found.get_column("hits") == hits
        assert found.data[1][1] == picture(2)
        assert found.query([{"$unwind": "$hits"}]).get_column("id") == [
            row for row, listed in zip([1, 2], hits, strict=True) for _ in listed
        ]
    both = fresh.query([{"$unionWith": "u"}, {"$sort": {"n": 1}}], tables={"u": other})
    assert both.get_column("n") == ["x", "y", "z"]
    with pytest.raises(QueryError, match="no table 'v'; there are: u"):
        stored.query([{"$unionWith": "v"}], tables={"u": fresh})


def test_a_sample_stays_the_same_however_it_is_read(monkeypatch):
    monkeypatch.setattr(result, "_FIRST_ROWS", 3)
    monkeypatch.setattr(result, "_WINDOW_BYTES", 1)
    found = numbers(1000).query([{"$sample": {"size": 10}}])
    rows = [row for _, row in found.iterrows()]
    assert len(rows) == len(found) == 10
    assert found.get_column("i") == [row[0] for row in rows]
    assert list(found.data) == rows


def test_a_pipeline_makes_new_columns_that_are_asked_again(shelf):
    groups = numbers(9).query([{"$group": {"_id": {"$mod": ["$i", 3]}, "most": {"$max": "$x"}}}])
    assert groups.columns == ["_id", "most"]
    assert groups.query(vt.col("most") > 1.6).get_column("_id") == [1, 2]
    assert shelf.add("a", "t", groups).data == groups.data


# What a missing value makes senseless


def lists():
    return vt.Table(["c", "d"], [[[1, 2], 1], [None, 0], [None, 2]])


def test_what_was_read_as_missing_is_counted():
    found = lists().query("{$gte: [{$size: '$c'}, 1]}")
    assert found.data == [[[1, 2], 1]]
    assert found.warnings == ("2 rows: $size of null",)
    assert found.query("{$gt: [{$divide: [1, '$d']}, 0]}").warnings == ("2 rows: $size of null",)
    assert lists().warnings == ()


def test_a_strict_query_refuses_what_a_missing_value_makes_senseless():
    with pytest.raises(QueryError, match=r"2 rows: \$size of null"):
        lists().query("{$gte: [{$size: '$c'}, 1]}", strict=True)
    assert len(lists().query({"d": {"$gt": 0}}, strict=True)) == 2


def test_what_is_no_table_is_refused_among_the_tables():
    with pytest.raises(Invalid, match=r"tables\['x'\] is a Table, not a DataFrame"):
        numbers(1).query(ALL, tables={"x": pd.DataFrame()})
    assert not math.isnan(numbers(1).query(ALL, tables={"x": numbers(2)}).data[0][1])
