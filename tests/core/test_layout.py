"""Python values and guests' columns in our Arrow layout, and Parquet files of them."""

from __future__ import annotations

import datetime as dt
import decimal
import hashlib
import math

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrail import layout
from vitrail.cell import cell, holds
from vitrail.dtypes import (
    Boolean,
    List,
    Nothing,
    Number,
    Optional,
    Struct,
    Table,
    Text,
    Timestamp,
    Versions,
)
from vitrail.errors import CellError, Invalid, NewerFormat
from vitrail.guest import adopt, recast
from vitrail.lazy_rows import alike
from vitrail.parquet import GROUP_ROWS, read_groups, write_parts
from vitrail.union import union
from vitrail.values import to_python

INT, FLOAT = Number(integer=True), Number(integer=False)
ZONE = dt.timezone(dt.timedelta(hours=2))

names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=4)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.dates(),
    st.datetimes(),
    st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 1, 1), timezones=st.just(ZONE)),
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


def typed(value):
    return cell(value, lambda _: None)


def filled(value, dtype):
    """What a value is in a column of a wider type: absent parts are missing."""
    plain = dtype.item if isinstance(dtype, Optional) else dtype
    match plain:
        case _ if value is None:
            return None
        case List(item):
            return [filled(part, item) for part in value]
        case Struct(parts=parts):
            return {name: filled(value.get(name), part) for name, part in parts}
        case _:
            return value


@settings(max_examples=300, deadline=None)
@given(values)
def test_a_value_comes_back_from_its_column(value):
    try:
        plain, dtype = typed(value)
        array = layout.to_arrow([plain], dtype)
    except Invalid:
        return  # a list of a text and a number has no type
    assert array.type == layout.arrow_type(dtype)
    array.validate(full=True)
    assert alike(to_python(array, dtype), [filled(value, dtype)])


@settings(max_examples=200, deadline=None)
@given(values, values)
def test_a_column_can_be_recast_to_the_union_of_two_types(value, other):
    try:
        (plain, dtype), (other_plain, other_dtype) = typed(value), typed(other)
        both = union(dtype, other_dtype, "it")
        arrays = [
            recast(layout.to_arrow([plain], dtype), dtype, both),
            recast(layout.to_arrow([other_plain], other_dtype), other_dtype, both),
        ]
    except (Invalid, pa.ArrowInvalid):
        return  # no common type, or a whole number that is not exact as a float
    assert holds(both, dtype)
    assert holds(both, other_dtype)
    whole = to_python(pa.chunked_array(arrays, layout.arrow_type(both)), both)
    assert alike(whole, [filled(value, both), filled(other, both)])


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (5, INT),
        (5.0, FLOAT),
        (True, Boolean()),
        ("é\0", Text()),
        (None, Nothing()),
        (dt.date(2020, 2, 29), Timestamp("date")),
        (dt.datetime(2020, 1, 1), Timestamp("naive")),
        (dt.datetime(2020, 1, 1, tzinfo=ZONE), Timestamp("instant")),
        ([], List(Nothing())),
        ((1, None), List(Optional(INT))),
        ([1, 0.5], List(FLOAT)),
        ({"a": 1, "b": [{}]}, Struct((("a", INT), ("b", List(Struct(())))))),
        (np.float32(0.5), FLOAT),
        (np.int8(5), INT),
        (np.bool_(True), Boolean()),
        (np.str_("a"), Text()),
        (np.datetime64("2020-01-01T00:00:00.000001000"), Timestamp("naive")),
        (np.datetime64("NaT"), Nothing()),
        (np.array([1.5, 2]), List(FLOAT)),
        (np.zeros((2, 2), np.uint16), List(List(INT))),
        (np.array(5), INT),
        (np.array(["a"]), List(Text())),
    ],
)
def test_a_value_has_its_type(value, dtype):
    plain, found = typed(value)
    assert found == dtype
    layout.to_arrow([plain], dtype)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (b"bytes", r"a bytes is nothing that a column can hold; text is bytes.decode\(\)"),
        (2**63, "does not fit 64 bits"),
        (np.uint64(2**63), "does not fit 64 bits"),
        (np.array([2**63], np.uint64), "does not fit 64 bits"),
        (object(), "a object is nothing"),
        ({1, 2}, "a list keeps its order"),
        (decimal.Decimal("0.1"), "neither digits nor scale"),
        (1j, "a complex is nothing"),
        (dt.timedelta(1), "give seconds"),
        (dt.time(1), "give seconds"),
        ("\ud800", "lone surrogate"),
        ({"\ud800": 1}, "lone surrogate"),
        ({1: 2}, "the name of a part is text"),
        ({"a\0": 2}, "the name of a part is text"),
        ([1, "a"], "no type in common"),
        (np.datetime64("2020-01-01T00:00:00.000000001"), "finer than a microsecond"),
        (np.timedelta64(1, "s"), "nothing that a column can hold"),
        (np.array([b"a"]), "nothing that a column can hold"),
        (np.array([1j]), "nothing that a column can hold"),
    ],
)
def test_a_value_that_no_column_holds_is_refused(value, message):
    with pytest.raises(Invalid, match=message):
        typed(value)


def test_a_value_that_holds_itself_is_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(Invalid, match="deeper than 32"):
        typed(loop)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ("1", INT),
        (1.0, INT),
        (True, INT),
        (True, FLOAT),
        (2**53 + 1, FLOAT),
        (1, Text()),
        (b"a", Text()),
        (1, Boolean()),
        (dt.datetime(2020, 1, 1), Timestamp("date")),
        (dt.date(2020, 1, 1), Timestamp("naive")),
        (dt.datetime(2020, 1, 1), Timestamp("instant")),
        (dt.datetime(2020, 1, 1, tzinfo=ZONE), Timestamp("naive")),
        (1, Nothing()),
        (5, List(INT)),
        ({"b": 1}, Struct((("a", INT),))),
        (5, Struct((("a", INT),))),
    ],
)
def test_a_value_of_another_type_is_named_with_its_row_and_column(value, dtype):
    with pytest.raises(CellError, match="row 12, column 'c'") as caught:
        layout.to_arrow([None, None, value], dtype, column="c", first_row=10)
    assert (caught.value.row, caught.value.column) == (12, "c")


def test_versions_are_tuples():
    dtype = Versions(Optional(INT), ("v0", "v1"))
    array = layout.to_arrow([(1, None), None], dtype)
    assert to_python(array, dtype) == [(1, None), None]


def test_every_nan_is_one():
    odd = np.array([0x7FF8000000000001, 0xFFF8000000000000], np.uint64).view(np.float64)
    array = layout.to_arrow(odd.tolist(), FLOAT)
    bits = {int(bits) for bits in array.to_numpy().view(np.uint64)}
    assert len(bits) == 1
    assert math.isnan(array[0].as_py())


# Guests' columns


@pytest.mark.parametrize(
    ("array", "dtype", "python"),
    [
        (pa.array([1, 2], pa.int8()), INT, [1, 2]),
        (pa.array([1, None], pa.uint64()), Optional(INT), [1, None]),
        (pa.array([0.5], pa.float32()), FLOAT, [0.5]),
        (pa.array([0.5], pa.float16()), FLOAT, [0.5]),
        (pa.array(["a", None], pa.large_string()), Optional(Text()), ["a", None]),
        (pa.array(["a"], pa.string_view()), Text(), ["a"]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), Text(), ["a", "b", "a"]),
        (pa.array([1, None]).dictionary_encode(), Optional(INT), [1, None]),
        (pa.nulls(2), Nothing(), [None, None]),
        (pa.array([0], pa.date64()), Timestamp("date"), [dt.date(1970, 1, 1)]),
        (pa.array([1], pa.timestamp("s")), Timestamp("naive"), [dt.datetime(1970, 1, 1, 0, 0, 1)]),
        (
            pa.array([1000], pa.timestamp("ns", "Europe/Berlin")),
            Timestamp("instant"),
            [dt.datetime(1970, 1, 1, 0, 0, 0, 1, dt.UTC)],
        ),
        (pa.array([[1], None, []], pa.large_list(pa.int8())), Optional(List(INT)), [[1], None, []]),
        (pa.array([[1, 2]], pa.list_(pa.int8(), 2)), List(INT), [[1, 2]]),
        (
            pa.array([{"a": 1}, None, {"a": 2}]),
            Optional(Struct((("a", INT),))),
            [{"a": 1}, None, {"a": 2}],
        ),
        (pa.array([{"a": None}, {"a": 2}]), Struct((("a", Optional(INT)),)), [{"a": None}, {"a": 2}]),
        (pa.chunked_array([[1], [None]], pa.int8()), Optional(INT), [1, None]),
        (pa.chunked_array([], pa.int8()), INT, []),
        (pa.array([[9], [1], [2]])[1:], List(INT), [[1], [2]]),
        (pa.array([{"a": 9}, {"a": 1}])[1:], Struct((("a", INT),)), [{"a": 1}]),
    ],
)
def test_a_guests_column_is_taken_over(array, dtype, python):
    adopted, found = adopt(array, "c")
    assert found == dtype
    assert adopted.type == layout.arrow_type(dtype)
    adopted.validate(full=True)
    assert to_python(adopted, dtype) == python


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (pa.array([2**63], pa.uint64()), "9223372036854775808"),
        (pa.array([1], pa.timestamp("ns")), "kept to the microsecond"),
        (pa.array([decimal.Decimal("0.1")]), "decimal128.*cast it to double"),
        (pa.array([b"a"]), "binary.*cast it to text"),
        (pa.array([1], pa.duration("s")), "duration.*seconds"),
        (pa.array([1], pa.time32("s")), "time32.*seconds"),
        (pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int8())), "map"),
        (pa.array([[b"a"]]), "binary"),
        (pa.array([{"a": b"a"}]), "binary"),
    ],
)
def test_a_guests_column_that_would_lose_something_is_refused(array, message):
    with pytest.raises(CellError, match=f"column 'c': .*{message}") as caught:
        adopt(array, "c")
    assert caught.value.column == "c"


def test_a_polars_categorical_is_text():
    series = pl.Series("c", ["a", None, "b"], dtype=pl.Categorical)
    adopted, dtype = adopt(series.to_arrow(), "c")
    assert dtype == Optional(Text())
    assert adopted.to_pylist() == ["a", None, "b"]


# Parquet


def files_digest(paths):
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]


WIDE = Table(
    (
        ("i", INT),
        ("f", Optional(FLOAT)),
        ("t", Text()),
        ("s", Struct((("a", List(FLOAT)), ("b", Struct(())), ("c", Timestamp("instant"))))),
        ("n", Nothing()),
        ("v", Versions(INT, ("v0", "v1"))),
    )
)


def wide(count):
    moment = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    rows = range(count)
    columns = [
        list(rows),
        [None if i % 3 else i / 2 for i in rows],
        [f"é{i}" for i in rows],
        [{"a": [float(i)] * (i % 3), "b": {}, "c": moment} for i in rows],
        [None] * count,
        [(i, -i) for i in rows],
    ]
    arrays = [layout.to_arrow(c, d) for c, (_, d) in zip(columns, WIDE.columns, strict=True)]
    return pa.Table.from_arrays(arrays, schema=layout.arrow_schema(WIDE))


def test_the_same_rows_give_the_same_files_however_they_come(tmp_path):
    whole = wide(1000)
    for name in "ab":
        (tmp_path / name).mkdir()
    paths, rows = write_parts(WIDE, [whole], tmp_path / "a")
    pieces = [whole.slice(start, 7) for start in range(0, 1000, 7)]
    others, _ = write_parts(WIDE, pieces, tmp_path / "b")
    assert rows == 1000
    assert files_digest(paths) == files_digest(others)


def test_a_file_says_its_names_and_types_and_any_reader_reads_it(tmp_path):
    (path,), _ = write_parts(WIDE, [wide(10)], tmp_path)
    schema = pq.read_schema(path)
    assert layout.table_dtype(schema) == WIDE
    assert schema.remove_metadata() == layout.arrow_schema(WIDE)
    assert pl.read_parquet(path)["c0"].to_list() == list(range(10))
    column = pq.read_metadata(path).row_group(0).column(0)
    assert (column.compression, "DELTA_BINARY_PACKED" in column.encodings) == ("ZSTD", True)


def test_rows_are_read_group_by_group(tmp_path):
    count = GROUP_ROWS + 5
    dtype = Table((("i", INT),))
    (path,), rows = write_parts(dtype, [pa.table({"c0": range(count)})], tmp_path)
    assert rows == count
    assert pq.read_metadata(path).num_row_groups == 2
    groups = list(read_groups(path, GROUP_ROWS + 1, GROUP_ROWS + 3))
    assert [(first, group.num_rows) for first, group in groups] == [(GROUP_ROWS, 5)]


def test_a_table_of_a_newer_format_is_refused():
    schema = pa.schema([]).with_metadata({layout.METADATA_KEY: b'{"format": 99, "schema": {}}'})
    with pytest.raises(NewerFormat, match="format 99"):
        layout.table_dtype(schema)
    assert layout.table_dtype(pa.schema([])) is None
