"""Tables come back from the store as they were, and lie in it once."""

from __future__ import annotations

import datetime as dt
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_cells import boxes, column_types, one_column, picture
from tables_shelf import FolderShelf

from vitrail import parquet
from vitrail.dtypes import Image
from vitrail.errors import CellError, Damaged, Invalid, NewerFormat
from vitrail.lazy_rows import alike
from vitrail.media.classes import Classes
from vitrail.media.image import Image as Picture
from vitrail.query.plan import Scan
from vitrail.table import Table

cells = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(),
        st.text(st.characters(exclude_categories=["Cs"])),
        st.dates(),
        st.datetimes(),
        st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 1, 1), timezones=st.just(dt.UTC)),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(cells, cells), max_size=5))
def test_any_table_comes_back_from_the_store_equal(rows, tmp_path_factory):
    table = Table(["x", "y"])
    for row in rows:
        try:
            table.add_data(*row)
        except CellError:
            continue
    shelf = FolderShelf(tmp_path_factory.mktemp("shelf"))
    back = shelf.add("a", "t", table)
    assert back == table
    assert back.dtype == table.dtype
    assert alike(list(back.data), list(table.data))


def test_pictures_and_their_layers_come_back_from_the_store(shelf):
    table = Table(("image", "gallery"))
    mask = {"truth": {"mask_data": np.eye(4, 6, dtype=int)}}
    table.add_data(picture(1, boxes=boxes(0, 1), masks=mask, caption="é"), [picture(2), picture(3)])
    table.add_data(None, [])
    table.add_data(picture(4, boxes=boxes()), [picture(2)])
    back = shelf.add("a", "t", table)
    assert back == table
    assert back.data == table.data
    assert isinstance(column_types(back)[0].item, Image)
    first = back.data[0][0]
    assert first == picture(1, boxes=boxes(0, 1), masks=mask, caption="é")
    assert [p.pixels()[0, 0] for p in back.data[0][1]] == [2, 3]


def test_classes_that_contradict_each_other_do_not_fit_one_column():
    table = one_column(picture(1, boxes=boxes(0)))
    other = Picture(np.zeros((4, 6)), classes=Classes.of([(0, "lion")]), boxes=boxes(0))
    with pytest.raises(CellError, match=r"row 1, column 'c': class 0 of .* is called 'dog' and 'lion'"):
        table.add_data(other)


def test_the_same_rows_give_the_same_document(tmp_path):
    rows = [
        [i, f"é{i}", picture(i, masks={"m": {"mask_data": np.full((4, 6), i % 2)}})] for i in range(9)
    ]
    first = Table(["i", "t", "p"], rows)
    second = Table(["i", "t", "p"])
    for row in rows:
        second.add_data(*row)
        len(second.data[-1])
    documents = [t.store(FolderShelf(tmp_path / n)) for t, n in ((first, "a"), (second, "b"))]
    assert documents[0] == documents[1]
    assert json.loads(json.dumps(documents[0])) == documents[0]
    assert first.plan() == Scan(documents[0]["digest"], first.dtype, 9)
    assert one_column(1).plan().digest != one_column(2).plan().digest


def test_the_document_lists_the_files_of_all_pictures(shelf):
    table = one_column(picture(1, masks={"m": {"mask_data": np.zeros((4, 6))}}), picture(1))
    document = table.store(shelf)
    wanted = {content.digest for p in table.get_column("c") for content in p.contents()}
    assert set(json.loads(shelf.read(document["media"]))) == wanted
    assert one_column(1).store(shelf)["media"] is None


def test_a_stored_table_reads_nothing_before_it_is_asked(shelf):
    document = Table(["a"], [[1]]).store(shelf)
    shelf.path(document["parts"][0]).write_bytes(b"damaged")
    back = Table.load(document, shelf)
    assert (len(back), back.columns, back.plan().rows) == (1, ["a"], 1)
    with pytest.raises(Damaged, match="cannot be read"):
        list(back.iterrows())


def test_a_stored_table_can_grow_and_leaves_the_store_alone(shelf):
    back = shelf.add("a", "t", Table(["a", "p"], [[1, picture(1)]]))
    back.add_data(0.5, picture(2))
    assert back.data == [[1.0, picture(1)], [0.5, picture(2)]]
    assert back.origin is None
    again = shelf.add("b", "t", back)
    assert again == back
    assert len(shelf.entry("a", "t")) == 1


def test_a_stored_table_is_stored_again_by_reference(shelf):
    back = shelf.add("a", "t", Table(["a", "p"], [[1, picture(1)]]))
    shelf.put_digests.clear()
    again = shelf.add("b", "t", back)
    assert shelf.put_digests == []
    assert again == back


def test_a_stored_table_moves_to_another_store_with_its_pictures(shelf, tmp_path):
    table = Table(["a", "p"], [[1, picture(1, masks={"m": {"mask_data": np.zeros((4, 6))}})]])
    back = shelf.add("a", "t", table)
    other = FolderShelf(tmp_path / "other")
    moved = other.add("a", "t", back)
    for path in shelf.folder.iterdir():
        path.unlink()
    assert moved == table


def test_pictures_of_a_logged_table_are_references_in_another(shelf):
    data = shelf.add("a", "t", Table(["image"], [[picture(i)] for i in range(5)]))
    mask = {"m": {"mask_data": np.zeros((4, 6), np.uint8)}}
    shelf.put_digests.clear()
    predictions = Table(["id", "pred"], [[i, Picture(row[0], masks=mask)] for i, row in data.iterrows()])
    document = predictions.store(shelf)
    files = {row[1].digest for row in predictions.data}
    assert len(files) == 5
    assert files <= set(shelf.referred)
    assert not files & set(shelf.put_digests)
    assert set(document["parts"]) <= set(shelf.put_digests)


def test_a_table_without_columns_is_not_stored(shelf):
    with pytest.raises(Invalid, match="without columns cannot be stored"):
        Table().store(shelf)


def test_a_table_of_a_newer_format_is_refused(shelf):
    document = Table(["a"], [[1]]).store(shelf) | {"format": 99}
    with pytest.raises(NewerFormat, match="format 99"):
        Table.load(document, shelf)


def test_another_process_reads_the_same_table(shelf, tmp_path):
    table = Table(["a", "p"], [[math.nan, picture(1, boxes=boxes(1))], [0.5, None]])
    (tmp_path / "document").write_text(json.dumps(table.store(shelf)))
    code = (
        "import json, sys; from pathlib import Path; from tables_shelf import FolderShelf;"
        "from vitrail.table import Table;"
        f"table = Table.load(json.loads(Path({str(tmp_path / 'document')!r}).read_text()),"
        f" FolderShelf(Path({str(shelf.folder)!r})));"
        "image = table.data[0][1];"
        "print(table.data[1], image.pixels().tolist(), image.boxes['truth']['class_labels'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == f"[0.5, None] {[[1] * 6] * 4} {{0: 'dog', 1: 'cat'}}"


def test_a_stored_part_is_read_by_name_as_any_parquet_file(shelf):
    document = Table(["label", "p"], [["a", picture(1)]]).store(shelf)
    table = Table.from_parquet(shelf.path(document["parts"][0]))
    assert table.columns == ["label", "p"]
    assert table.data[0][1]["width"] == 6


def test_rows_are_read_wherever_the_files_and_their_groups_end(shelf, monkeypatch):
    monkeypatch.setattr(parquet, "GROUP_ROWS", 100)
    monkeypatch.setattr(parquet, "PART_GROUPS", 3)
    rows = [[i, {"a": [i] * (i % 3), "b": None if i % 7 else "x"}] for i in range(1000)]
    table = Table(["i", "s"], rows)
    document = table.store(shelf)
    assert len(document["parts"]) == 4
    back = Table.load(document, shelf)
    assert back == table
    assert back.data == rows
    assert back.data[299:302] == rows[299:302]
    assert back.get_column("i") == list(range(1000))
    assert [row for _, row in back.iterrows()] == rows
