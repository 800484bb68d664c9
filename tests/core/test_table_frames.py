"""Tables of guests' frames and files, and frames of tables."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from table_cells import boxes, one_column, picture

from vitrail.errors import CellError, Invalid, NotFound
from vitrail.table import Table

FRAME = {
    "i": [1, 2],
    "f": [0.5, None],
    "t": ["a", None],
    "b": [True, False],
    "d": [dt.datetime(2020, 1, 1, 0, 0, 0, 1), None],
    "l": [[1, 2], []],
    "s": [{"a": 1}, {"a": 2}],
}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_guests_frame_is_the_table_of_its_rows(make):
    rows = [list(row) for row in zip(*FRAME.values(), strict=True)]
    table = Table(dataframe=make(FRAME))
    assert table.columns == list(FRAME)
    assert table.data == rows
    assert Table(data=make(FRAME)) == table
    assert Table.from_polars(pl.LazyFrame(FRAME)) == Table(dataframe=pl.DataFrame(FRAME))
    assert Table(columns=["t", "i"], dataframe=make(FRAME)).data == [["a", 1], [None, 2]]
    with pytest.raises(NotFound, match="no column 'x' in the data frame"):
        Table(columns=["x"], dataframe=make(FRAME))


def test_pandas_own_ways_of_missing_are_missing():
    frame = pd.DataFrame(
        {
            "I": pd.array([1, None], dtype="Int64"),
            "c": pd.Categorical(["a", None]),
            "o": ["a", math.nan],
            "m": [pd.NA, 1],
            "t": [pd.Timestamp("2020-01-01", tz="Europe/Berlin"), pd.NaT],
        }
    )
    table = Table.from_pandas(frame)
    moment = dt.datetime(2019, 12, 31, 23, tzinfo=dt.UTC)
    assert table.data == [[1, "a", "a", None, moment], [None, None, None, 1, None]]


def test_a_named_index_of_pandas_is_a_column_and_another_is_not():
    frame = pd.DataFrame({"a": [1]}, index=pd.Index(["x"], name="key"))
    assert Table.from_pandas(frame).data == [["x", 1]]
    assert Table.from_pandas(pd.DataFrame({"a": [1]}, index=["x"])).columns == ["a"]


def test_a_frame_with_what_no_column_holds_names_the_column():
    with pytest.raises(CellError, match="column 'c'"):
        Table.from_pandas(pd.DataFrame({"c": [1, "a"]}))
    with pytest.raises(CellError, match="column 'c'"):
        Table.from_polars(pl.DataFrame({"c": [b"a"]}))
    with pytest.raises(CellError, match="column 'c'"):
        Table.from_pandas(pd.DataFrame({"c": np.array([2**63], np.uint64)}))
    with pytest.raises(CellError, match="column 'c'"):
        Table.from_pandas(pd.DataFrame({"c": np.array([1], "datetime64[ns]")}))
    with pytest.raises(CellError, match=r"column 'c': .*period.* has no place in a table"):
        Table.from_pandas(pd.DataFrame({"c": pd.period_range("2020", periods=2, freq="M")}))
    with pytest.raises(Invalid, match="the frame holds what Arrow does not know"):
        Table.from_polars(pl.DataFrame({"c": pl.Series([2**100], dtype=pl.Int128)}))
    with pytest.raises(Invalid, match="two columns are called 'c'"):
        Table.from_arrow(pa.table([[1], [2]], names=["c", "c"]))
    with pytest.raises(Invalid, match="a data frame is one of"):
        Table(dataframe=[1])


def test_a_table_goes_through_arrow_and_pandas():
    table = Table(
        ["i", "o", "t", "s", "d"],
        [[1, None, "a", {"x": [1]}, dt.date(2020, 1, 1)], [2, 5, "b", {"x": []}, dt.date(2020, 1, 2)]],
    )
    arrow = table.to_arrow()
    assert arrow.column_names == table.columns
    assert arrow.column("s").to_pylist() == [{"x": [1]}, {"x": []}]
    assert Table.from_arrow(arrow) == table
    assert Table.from_arrow(arrow.select(["t"])).data == [["a"], ["b"]]
    frame = table.get_dataframe()
    assert frame["o"].tolist() == [pd.NA, 5]
    assert Table.from_pandas(frame).data == table.data


def test_pictures_go_to_guests_as_records_or_objects():
    table = one_column(picture(1, boxes=boxes(1)))
    record = table.to_arrow().column("c")[0].as_py()
    assert (record["width"], record["boxes"]["truth"][0]["class_id"]) == (6, 1)
    assert table.get_dataframe()["c"][0] == picture(1, boxes=boxes(1))


def test_pictures_come_from_a_pandas_frame():
    table = Table(dataframe=pd.DataFrame({"c": [picture(1), None]}))
    assert table.data == [[picture(1)], [None]]
    assert Table.from_pandas(table.get_dataframe()) == table


def test_files_are_read(tmp_path):
    path = tmp_path / "file"
    path.write_text("a,b\n1,x\n2,\n")
    assert Table.from_csv(path).data == [[1, "x"], [2, ""]]
    path.write_text('{"a": 1, "b": {"c": [1]}}\n\n{"a": 0.5, "d": "x"}\n')
    assert Table.from_jsonl(path).data == [[1, {"c": [1]}, None], [0.5, None, "x"]]
    pq.write_table(pa.table({"a": pa.array([1], pa.int8())}), path)
    assert Table.from_parquet(path).data == [[1]]
    path.write_text('{"a": 1}\n{"a": "x"}\n')
    with pytest.raises(CellError, match="row 1, column 'a'"):
        Table.from_jsonl(path)
    path.write_text('{"a": 1}\n[1]\n')
    with pytest.raises(Invalid, match=r"line 2 of .* is no JSON object"):
        Table.from_jsonl(path)
    with pytest.raises(Invalid, match="is no Parquet file"):
        Table.from_parquet(path)
    for read in (Table.from_csv, Table.from_jsonl, Table.from_parquet):
        with pytest.raises(NotFound, match="nowhere"):
            read(tmp_path / "nowhere")
