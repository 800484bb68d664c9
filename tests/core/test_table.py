"""Tables: rows in, rows out, guests' frames, the store, questions, joins."""

from __future__ import annotations

import datetime as dt
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables_shelf import FolderShelf

from vitrail import parquet
from vitrail.dtypes import Boolean, Image, List, Nothing, Number, Optional, Struct, Text, Timestamp
from vitrail.errors import CellError, Damaged, Invalid, NewerFormat, NotFound, QueryError
from vitrail.joined_table import JoinedTable
from vitrail.lazy_rows import alike
from vitrail.media.classes import Classes
from vitrail.media.image import Image as Picture
from vitrail.query.plan import Join, Scan
from vitrail.table import Table

INT, FLOAT = Number(integer=True), Number(integer=False)
CLASSES = Classes([{"id": 0, "name": "dog"}, {"id": 1, "name": "cat"}])


@pytest.fixture
def shelf(tmp_path):
    return FolderShelf(tmp_path / "shelf")


def column_types(table):
    return [dtype for _, dtype in table.dtype.columns]


def one_column(*values):
    return Table(["c"], [[value] for value in values])


def picture(shade, **layers):
    return Picture(np.full((4, 6), shade, np.uint8), classes=CLASSES, **layers)


def boxes(*ids):
    position = {"minX": 0, "maxX": 3, "minY": 1, "maxY": 2}
    data = [{"position": position, "domain": "pixel", "class_id": number} for number in ids]
    return {"truth": {"box_data": data}}


# Rows


def test_rows_come_back_as_they_were_added():
    table = Table(("name", "age"), [("Ada", 36)])
    table.add_data("Alan", None)
    assert table.columns == ["name", "age"]
    assert len(table) == 2
    assert table.data == [["Ada", 36], ["Alan", None]]
    assert list(table.iterrows()) == [(0, ["Ada", 36]), (1, ["Alan", None])]
    assert table.get_column("name") == ["Ada", "Alan"]
    assert table.get_index() == [0, 1]
    assert table.data[-1][0] == "Alan"
    assert table.data[0:1] == [["Ada", 36]]
    assert repr(table) == "Table(2 rows; name: Text, age: Optional(Number(integer=True)))"


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, 2], INT),
        ([1, None], Optional(INT)),
        ([None, 1], Optional(INT)),
        ([1, 0.5], FLOAT),
        ([0.5, 1], FLOAT),
        ([None, 1, 0.5], Optional(FLOAT)),
        ([None, None], Nothing()),
        ([True, None], Optional(Boolean())),
        ([dt.date(2020, 1, 1)], Timestamp("date")),
        ([[1], [0.5], None], Optional(List(FLOAT))),
        ([{"a": 1}, {"b": "x"}], Struct((("a", Optional(INT)), ("b", Optional(Text()))))),
        ([{"a": 1}, {"a": 0.5}], Struct((("a", FLOAT),))),
        ([np.float32(0.5), np.int64(1)], FLOAT),
        ([np.arange(3), np.ones(2)], List(FLOAT)),
        ([[{"a": [1]}], [{"a": [0.5]}]], List(Struct((("a", List(FLOAT)),)))),
    ],
)
def test_a_columns_type_widens_as_rows_come(values, dtype):
    table = one_column(*values)
    assert column_types(table) == [dtype]
    assert len(table.data) == len(values)


@pytest.mark.parametrize(
    "values",
    [
        ["a", 1],
        [1, "a"],
        [1, True],
        [dt.date(2020, 1, 1), dt.datetime(2020, 1, 1)],
        [dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 1, tzinfo=dt.UTC)],
        [[1], 1],
        [[1], ["a"]],
        [{"a": 1}, {"a": "x"}],
        [0.5, 2**53 + 1],
        [2**53 + 1, 0.5],
        [[0.5], [2**53 + 1]],
        [{"a": 2**53 + 1}, {"a": 0.5}],
        ["a", b"b"],
        [1, 2**64],
        ["a", "\ud800"],
    ],
)
def test_a_cell_that_does_not_fit_names_its_row_and_column_and_changes_nothing(values):
    table = Table(["ok", "wrong"], [[1, values[0]]])
    before = table.dtype
    with pytest.raises(CellError, match="row 1, column 'wrong': ") as caught:
        table.add_data(2, values[1])
    assert (caught.value.row, caught.value.column) == (1, "wrong")
    assert table.dtype == before
    assert table.data == [[1, values[0]]]
    table.add_data(2, values[0])
    assert len(table) == 2


def test_a_late_misfit_in_another_batch_is_found_too():
    table = one_column(*range(70_000))
    with pytest.raises(CellError, match="row 70000"):
        table.add_data("a")
    table.add_data(0.5)
    assert column_types(table) == [FLOAT]
    assert table.data[69_999] == [69_999.0]
    assert table.data[70_000] == [0.5]


def test_a_whole_number_that_no_float_holds_stops_a_float_in_another_batch():
    table = one_column(2**53 + 1, *range(70_000))
    with pytest.raises(CellError, match="would lose digits"):
        table.add_data(0.5)
    assert column_types(table) == [INT]


@pytest.mark.parametrize("row", [(), (1,), (1, 2, 3)])
def test_a_row_with_another_number_of_cells_is_refused(row):
    table = Table(["a", "b"])
    with pytest.raises(Invalid, match=f"row 0 has {len(row)} cells, the table 2 columns: 'a', 'b'"):
        table.add_data(*row)
    assert len(table) == 0


@pytest.mark.parametrize(
    "columns", [["a", "a"], [""], ["a\0"], [5], [None], "ab", 5, ["\ud800"]], ids=ascii
)
def test_a_wrong_column_name_is_refused(columns):
    with pytest.raises(Invalid, match="column"):
        Table(columns)


@pytest.mark.parametrize("name", ["c0", "A", "a", "<script>", "a.b", "$0", "é", " ", "x" * 300])
def test_any_other_column_name_is_kept(name, shelf):
    table = Table([name, "Ä"], [[1, 2]])
    assert shelf.add("a", "t", table).columns == [name, "Ä"]


@pytest.mark.parametrize("data", ["abc", 5, {"a": [1]}, [1], [{"a": 1}], ["ab"]])
def test_what_is_no_row_is_refused(data):
    with pytest.raises(Invalid, match=r"a row is a list or tuple|data is a list of rows"):
        Table(["a"], data)


def test_rows_without_columns_are_refused():
    with pytest.raises(Invalid, match="rows need columns"):
        Table(data=[[1]])


def test_a_declared_type_stays():
    table = Table(["a", "b"], dtype={"a": Optional(FLOAT)})
    table.add_data(1, "x")
    table.add_data(None, "y")
    assert column_types(table) == [Optional(FLOAT), Text()]
    assert table.data == [[1.0, "x"], [None, "y"]]
    with pytest.raises(CellError, match=r"row 2, column 'a': 'x' is Text, but the column was declared"):
        table.add_data("x", "x")
    with pytest.raises(CellError, match="row 0, column 'a'"):
        Table(["a"], [[None]], dtype=[INT])
    with pytest.raises(NotFound, match="Did you mean 'label'"):
        Table(["label"], dtype={"lable": Text()})
    with pytest.raises(Invalid, match="no column can be stored"):
        Table(["a"], dtype={"a": Number()})


def test_a_column_is_added_with_a_cell_for_each_row():
    table = Table(["a"], [[1], [2]])
    table.add_column("b", ("x", None))
    assert table.data == [[1, "x"], [2, None]]
    with pytest.raises(Invalid, match="column 'c' has 1 cells, the table 2 rows"):
        table.add_column("c", [1])
    with pytest.raises(Invalid, match="two columns are called 'a'"):
        table.add_column("a", [1, 2])
    with pytest.raises(CellError, match="row 1, column 'd'"):
        table.add_column("d", [1, "x"])
    assert table.columns == ["a", "b"]


def test_an_unknown_column_is_named_with_its_nearest():
    with pytest.raises(NotFound, match=r"no column 'raod'; there are: road, sky\. Did you mean 'road'"):
        Table(["road", "sky"]).get_column("raod")


def test_a_column_becomes_a_numpy_array():
    table = Table(["i", "f", "t", "l"], [[1, 0.5, "a", [1, 2]], [2, None, "b", [3]]])
    assert table.get_column("i", convert_to="numpy").tolist() == [1, 2]
    assert math.isnan(table.get_column("f", convert_to="numpy")[1])
    assert table.get_column("t", convert_to="numpy").tolist() == ["a", "b"]
    assert table.get_column("l", convert_to="numpy").tolist() == [[1, 2], [3]]
    with pytest.raises(Invalid, match="'numpy', not to 'torch'"):
        table.get_column("i", convert_to="torch")


def test_changing_a_row_that_was_read_changes_no_table():
    table = Table(["a"], [[1]])
    table.data[0][0] = 5
    assert table.data == [[1]]


def test_tables_are_equal_by_names_types_and_cells():
    table = Table(["a", "b"], [[1, math.nan], [2, 0.5]])
    assert table == Table(["a", "b"], [[1, math.nan], [2, 0.5]])
    others = [
        Table(["a", "c"], [[1, math.nan], [2, 0.5]]),
        Table(["a", "b"], [[1, math.nan]]),
        Table(["a", "b"], [[1, 0.1], [2, 0.5]]),
        Table(["a", "b"], [[1.0, math.nan], [2.0, 0.5]]),
    ]
    assert [other == table for other in others] == [False] * len(others)


# The store


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


# Guests' frames


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


# Questions


def test_a_query_gives_the_rows_for_which_it_is_true():
    table = Table(["road", "p"], [[i / 10, picture(i)] for i in range(10)])
    found = table.query("{$gt: ['$0.road', 0.65]}")
    assert found.data == [[i / 10, picture(i)] for i in (7, 8, 9)]
    assert found.dtype == table.dtype
    assert found == table.query({"$gt": ["$road", 0.65]})
    assert len(table.query({"$gt": ["$road", 5]})) == 0


def test_a_table_that_grew_answers_with_its_new_rows():
    table = one_column(1, 2)
    assert table.query({"$gt": ["$c", 1]}).data == [[2]]
    table.add_data(3)
    assert table.query({"$gt": ["$c", 1]}).data == [[2], [3]]


def test_a_stored_table_is_asked_where_it_lies_and_its_answer_stored_by_reference(shelf):
    table = Table(["road", "p"], [[i / 10, picture(i)] for i in range(10)])
    back = shelf.add("a", "t", table)
    try:
        found = back.query("{$gt: ['$0.road', 0.65]}")
        assert found.data == [[i / 10, picture(i)] for i in (7, 8, 9)]
        shelf.put_digests.clear()
        again = shelf.add("b", "t", found)
        assert again == found
        assert not {row[1].digest for row in found.data} & set(shelf.put_digests)
    finally:
        shelf.engine.close()


def test_a_strict_query_refuses_what_a_missing_value_makes_senseless():
    table = one_column([1, 2], None)
    condition = "{$gte: [{$size: '$c'}, 1]}"
    assert table.query(condition).data == [[[1, 2]]]
    with pytest.raises(QueryError, match=r"1 row.*\$size"):
        table.query(condition, strict=True)


def test_a_mistake_in_a_query_is_shown_at_its_place():
    text = "{$gt: ['$0.raod', 0.05]}"
    with pytest.raises(QueryError, match=r"raod.*Did you mean 'road'") as caught:
        Table(["road"], [[1]]).query(text)
    assert "raod" in text[caught.value.span.start : caught.value.span.stop]


# Joins


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
