"""Rows that come one by one: fast ones and odd ones, and more of them than memory takes."""

from __future__ import annotations

import gc
import math
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tables_shelf import FolderShelf

from vitrail import buffer
from vitrail.dtypes import Boolean, List, Nothing, Number, Optional, Text
from vitrail.errors import CellError, StoreError
from vitrail.media import content
from vitrail.media.image import Image
from vitrail.table import Table

INT, FLOAT = Number(integer=True), Number(integer=False)


@pytest.fixture
def little_memory(monkeypatch):
    """Batches of few rows, of which hardly any stay in memory."""
    monkeypatch.setattr(buffer, "FIRST_ROWS", 100)
    monkeypatch.setattr(buffer, "MOST_ROWS", 100)
    monkeypatch.setattr(buffer, "MEMORY_BYTES", 4_000)


def many(count=2_000):
    rows = [
        [i, f"läbel {i % 7}", i / 8, None if i % 3 else i % 2 == 0, [i] * (i % 4)] for i in range(count)
    ]
    return Table(["id", "label", "score", "right", "list"], rows), rows


def folder_of(table):
    return table._buffer.spill.folder


def dtypes_of(table):
    return [dtype for _, dtype in table.dtype.columns]


@pytest.mark.usefixtures("little_memory")
def test_rows_that_outgrow_memory_lie_in_a_folder_that_goes_with_the_table():
    table, rows = many()
    folder = folder_of(table)
    assert folder.parent == Path(tempfile.gettempdir())
    (file,) = folder.iterdir()
    assert file.stat().st_size > 20_000
    assert list(table.data) == rows
    assert [row for _, row in table.iterrows()] == rows
    assert table.data[1_234] == rows[1_234]
    del table
    gc.collect()
    assert not folder.exists()


def test_a_small_table_writes_nothing():
    assert folder_of(many()[0]) is None


def test_where_rows_lie_makes_no_difference(tmp_path, little_memory):
    small, _ = many()
    assert folder_of(small) is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(buffer, "MEMORY_BYTES", 64_000_000)
        whole, _ = many()
    assert folder_of(whole) is None
    assert small == whole
    shelf = FolderShelf(tmp_path / "shelf")
    assert small.store(shelf) == whole.store(shelf)
    assert Table.load(small.store(shelf), shelf) == whole
    found = small.query("{'id': {$gte: 1500}}")
    assert len(found) == 500
    assert found.data[0] == whole.data[1_500]


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize(
    ("value", "dtype", "first"),
    [(0.5, FLOAT, 0.0), (None, Optional(INT), 0)],
)
def test_a_type_widens_after_rows_were_laid_aside(value, dtype, first):
    table = Table(["a"], [[i] for i in range(3_000)])
    assert folder_of(table) is not None
    table.add_data(value)
    assert dtypes_of(table) == [dtype]
    assert repr(table.data[0]) == f"[{first}]"
    assert [row[0] for row in table.data] == [*range(3_000), value]


@pytest.mark.usefixtures("little_memory")
def test_a_type_does_not_widen_where_a_row_laid_aside_would_lose_digits():
    table = Table(["a", "b"], [[2**53 + 1, 0], *([i, i] for i in range(3_000))])
    with pytest.raises(CellError, match=r"row 3001, column 'a': 0.5 makes the column .* lose digits"):
        table.add_data(0.5, None)
    assert dtypes_of(table) == [INT, INT]
    assert len(table) == 3_001
    table.add_data(1, None)
    assert dtypes_of(table) == [INT, Optional(INT)]


@pytest.mark.usefixtures("little_memory")
def test_structs_that_get_parts_later_have_them_missing_before():
    table = Table(["a"], [[{"x": i}] for i in range(1_000)])
    table.add_data({"y": ["z"]})
    assert table.data[0] == [{"x": 0, "y": None}]
    assert table.data[-1] == [{"x": None, "y": ["z"]}]


@pytest.mark.usefixtures("little_memory")
def test_a_full_disk_is_said_and_loses_no_row(monkeypatch, tmp_path):
    table = Table(["a"], [[i] for i in range(100)])
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    said = ""
    while len(table) < 5_000:
        try:
            table.add_data(len(table))
        except StoreError as error:
            said = str(error)
            break
    assert re.search(r"outgrew memory cannot be written to '.*nowhere'.*TMPDIR", said)
    monkeypatch.undo()
    assert 100 < len(table) < 5_000
    while len(table) < 5_000:
        table.add_data(len(table))
    assert [row[0] for row in table.data] == list(range(5_000))


def test_memory_stays_flat_while_a_large_table_is_made_and_logged(tmp_path):
    program = f"""
import resource
import vitrail as vt

def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000

table = vt.Table(["id", "text"])
def add(count):
    for number in range(count):
        table.add_data(number, f"{{number:06}}" * 50)
add(200_000)
with vt.init(project="p", store={str(tmp_path / "store")!r}) as run:
    artifact = vt.Artifact("small", "data")
    artifact.add(table, "rows")
    run.log_artifact(artifact)
    before = peak_mb()
    add(500_000)
    artifact = vt.Artifact("large", "data")
    artifact.add(table, "rows")
    run.log_artifact(artifact)
    print(len(table), int(before), int(peak_mb()))
"""
    environment = {"TMPDIR": str(tmp_path), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, env=environment
    )
    assert not done.stderr
    rows, before_mb, after_mb = map(int, done.stdout.split())
    assert rows == 700_000
    assert after_mb - before_mb < 60  # the rows added in between take 150 MB
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


@pytest.mark.parametrize(
    ("first", "odd", "match"),
    [
        (1, 2**63, "64 bits"),
        (1, -(2**63) - 1, "64 bits"),
        (0.5, 2**53 + 1, "9007199254740993"),
        ("a", "\udc80", "lone surrogate"),
        ("ä", 1, "does not fit"),
        (True, 1, "does not fit"),
        (1, True, "does not fit"),
        (0.5, "1", "does not fit"),
        ([0.5], ["a"], "does not fit"),
    ],
)
def test_an_odd_cell_is_refused_at_once_amid_fast_rows(first, odd, match):
    table = Table(["ok", "odd"])
    for _ in range(5):
        table.add_data(1, first)
    with pytest.raises(CellError, match=rf"row 5, column 'odd': .*{match}"):
        table.add_data(2, odd)
    table.add_data(2, first)
    assert table.data == [[1, first]] * 5 + [[2, first]]


def test_whole_numbers_among_floats_and_missing_cells_are_taken():
    table = Table(["a", "b"])
    for row in [(0.5, "x"), (1, "ü"), (2**53, None), (None, "x"), (math.inf, None), (-1, "")] * 3:
        table.add_data(*row)
    assert dtypes_of(table) == [Optional(FLOAT), Optional(Text())]
    assert table.data[:6] == [
        [0.5, "x"],
        [1.0, "ü"],
        [2.0**53, None],
        [None, "x"],
        [math.inf, None],
        [-1.0, ""],
    ]
    assert type(table.data[1][0]) is float


def test_numpys_scalars_are_the_numbers_that_they_hold():
    table = Table(["a", "b", "c", "d"])
    for number in range(4):
        table.add_data(np.float32(number / 2), np.int16(number), np.bool_(number % 2), np.str_("x"))
    assert dtypes_of(table) == [FLOAT, INT, Boolean(), Text()]
    assert table.data[3] == [1.5, 3, True, "x"]
    with pytest.raises(CellError, match=r"row 4, column 'b': .*64 bits"):
        table.add_data(np.float32(0), np.uint64(2**63), np.bool_(0), np.str_("x"))
    table.add_data(np.float32(0), np.float64(0.5), np.bool_(0), np.str_("x"))
    assert dtypes_of(table) == [FLOAT, FLOAT, Boolean(), Text()]


def test_a_list_that_changes_after_it_was_added_changes_no_row():
    cell, box = [0.5], {"a": [1]}
    table = Table(["list", "struct"], [[cell, box]])
    cell.append(1.5)
    box["a"].append(2)
    assert table.data == [[[0.5], {"a": [1]}]]


@pytest.mark.usefixtures("little_memory")
def test_pictures_of_rows_laid_aside_are_found_again(tmp_path):
    def shade(number):
        return np.full((8, 8), number % 256, np.uint8)

    table = Table(["id", "picture"], [[i, Image(shade(i))] for i in range(700)])
    assert (table.data[300][1].pixels() == shade(300)).all()
    shelf = FolderShelf(tmp_path / "shelf")
    again = Table.load(table.store(shelf), shelf)
    assert (again.data[699][1].pixels() == shade(699)).all()
    assert again == table


# Columns of guests


FRAME = {
    "text": ["a", None, "ä"],
    "whole": [1, None, 3],
    "float": [0.5, None, math.inf],
    "list": [[1], None, []],
    "struct": [{"a": 1}, None, {"a": None}],
}


@pytest.mark.parametrize("make", [pa.table, pl.DataFrame], ids=["arrow", "polars"])
def test_a_frame_of_arrow_columns_is_the_table_of_its_rows(make):
    table = Table(dataframe=make(FRAME))
    assert table.data == [list(row) for row in zip(*FRAME.values(), strict=True)]


def test_an_object_column_of_pandas_may_hold_anything_that_a_cell_does():
    frame = pd.DataFrame({"a": pd.Series(["x", None, "ü"], dtype=object)})
    assert Table.from_pandas(frame).data == [["x"], [None], ["ü"]]
    frame = pd.DataFrame({"a": pd.Series([1, 0.5, np.nan], dtype=object)})
    assert Table.from_pandas(frame).data == [[1.0], [0.5], [None]]
    frame = pd.DataFrame({"a": pd.Series([[1], pd.NA, np.arange(2)], dtype=object)})
    assert Table.from_pandas(frame).data == [[[1]], [None], [[0, 1]]]
    frame = pd.DataFrame({"a": pd.Series([None, None], dtype=object)})
    assert dtypes_of(Table.from_pandas(frame)) == [Nothing()]
    frame = pd.DataFrame({"a": pd.Series(["x", "y", 1], dtype=object)})
    with pytest.raises(CellError, match="row 2, column 'a'"):
        Table.from_pandas(frame)
    frame = pd.DataFrame({"a": pd.Series([0.5, 2**53 + 1], dtype=object)})
    with pytest.raises(CellError, match="column 'a'"):
        Table.from_pandas(frame)


def test_lists_in_sliced_and_fixed_arrays_are_taken_whole():
    fixed = pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int8(), 2))
    large = pa.array([["a"], [], None, ["b", "c"]], pa.large_list(pa.string()))
    table = Table(dataframe=pa.table({"fixed": fixed, "large": large.slice(1)}))
    assert table.data == [[[1, 2], []], [None, None], [[3, 4], ["b", "c"]]]
    assert dtypes_of(table) == [Optional(List(INT)), Optional(List(Text()))]


def test_a_large_frame_costs_no_python_call_for_each_value():
    count = 50_000
    frame = pd.DataFrame(
        {
            "id": np.arange(count),
            "text": [f"t{i}" for i in range(count)],
            "object": pd.Series([f"t{i}" for i in range(count)], dtype=object),
            "float": np.linspace(0, 1, count),
            "missing": pd.Series([None, 1] * (count // 2), dtype="Int64"),
        }
    )
    arrow = pa.table({"list": pa.array([[1, 2]] * count), "struct": pa.array([{"a": 1}] * count)})
    calls = 0

    def counted(*_):
        nonlocal calls
        calls += 1

    Table.from_pandas(frame.head()), Table.from_arrow(arrow.slice(0, 5))
    sys.setprofile(counted)
    try:
        tables = (
            Table.from_pandas(frame),
            Table.from_arrow(arrow),
            Table.from_polars(pl.from_pandas(frame)),
        )
    finally:
        sys.setprofile(None)
    assert [len(table) for table in tables] == [count] * 3
    assert calls < count / 2


# Pictures


def noise(number, side=200):
    return np.random.default_rng(number).integers(0, 256, (side, side, 3), np.uint8)


def test_large_pictures_are_those_that_were_given_though_threads_write_them(tmp_path):
    reused = np.empty((200, 200, 3), np.uint8)
    mask = np.zeros((200, 200), np.uint8)
    table = Table(["id", "picture"])
    for number in range(40):
        reused[:] = noise(number)
        mask[:] = number
        table.add_data(number, Image(reused, masks={"m": {"mask_data": mask}}))
    reused[:], mask[:] = 0, 0
    assert [row[1].digest for row in table.data] == [Image(noise(n)).digest for n in range(40)]
    shelf = FolderShelf(tmp_path / "shelf")
    again = Table.load(table.store(shelf), shelf)
    for number in (0, 17, 39):
        picture = again.data[number][1]
        assert (picture.pixels() == noise(number)).all()
        assert (picture.masks["m"]["mask_data"] == number).all()
    assert again == table


def test_pictures_that_outgrow_memory_lie_in_a_file(monkeypatch, tmp_path):
    monkeypatch.setattr(content, "MEMORY_BYTES", 300_000)
    table = Table(["picture"], [[Image(noise(number))] for number in range(30)])
    assert (table.data[3][0].pixels() == noise(3)).all()
    folder = table._contents._spill.folder
    assert sum(path.stat().st_size for path in folder.iterdir()) > 3_000_000
    shelf = FolderShelf(tmp_path / "shelf")
    assert Table.load(table.store(shelf), shelf) == table
    del table
    gc.collect()
    assert not folder.exists()


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_process_finishes_the_pictures_that_it_was_given():
    pictures = [Image(noise(number, 400)) for number in range(12)]
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        digests = [picture.digest for picture in [*pictures, Image(noise(12, 400))]]
        os.write(writing, "".join(digests).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        found = pipe.read()
    os.waitpid(child, 0)
    assert found == "".join(Image(noise(number, 400)).digest for number in range(13))
