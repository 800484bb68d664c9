"""Tables: rows in, rows out, types that widen."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from table_cells import FLOAT, INT, column_types, one_column

from vitrail.dtypes import Boolean, List, Nothing, Number, Optional, Struct, Text, Timestamp
from vitrail.errors import CellError, Invalid, NotFound
from vitrail.table import Table


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
