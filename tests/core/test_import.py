"""`vitrail import`: files of guests as tables, through the command line."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import vitrail as vt
from vitrail import buffer, cli
from vitrail.dtypes import Boolean, List, Nothing, Number, Optional, Struct, Text, Timestamp
from vitrail.errors import CellError
from vitrail.files import csv, json_lines
from vitrail.files import parquet as parquet_files
from vitrail.table import Table

INT, FLOAT = Number(integer=True), Number(integer=False)


@pytest.fixture
def bench(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    return Bench(capfd)


@pytest.fixture
def small_blocks(monkeypatch):
    """Files are read in many blocks, which are laid aside."""
    monkeypatch.setattr(csv, "_BLOCK_BYTES", 600)
    monkeypatch.setattr(json_lines, "_BLOCK_BYTES", 300)
    monkeypatch.setattr(parquet_files, "_ROWS", 7)
    monkeypatch.setattr(buffer, "MEMORY_BYTES", 1_000)


class Bench:
    """A folder with files, and the store beside them."""

    def __init__(self, capfd):
        self._capfd = capfd

    def run(self, *arguments):
        """(exit code, what was printed, what was said on stderr)."""
        code = cli.run(["import", *map(str, arguments), "--store", "store"])
        return (code, *self._capfd.readouterr())

    def table(self, artifact, entry):
        return vt.Api(store="store").artifact(artifact).get(entry)

    def artifacts(self):
        return {
            name: len(versions)
            for names in vt.Api(store="store").project.artifacts().values()
            for name, versions in names.items()
        }


def types_of(table):
    return dict(table.dtype.columns)


def test_a_csv_file_becomes_an_artifact_and_is_named_with_its_rows_and_digest(bench):
    Path("cities.csv").write_text("name,people\nBern,133883\nZürich,415367\n")
    code, out, err = bench.run("cities.csv")
    artifact = vt.Api(store="store").artifact("cities:v0")
    assert (code, err) == (0, "")
    assert out.split() == ["cities:v0", "cities", "2", "rows", artifact.digest]
    assert artifact.type == "dataset"
    assert artifact.get("cities").data == [["Bern", 133883], ["Zürich", 415367]]


def test_name_entry_type_and_alias_are_as_asked(bench):
    Path("a.csv").write_text("x\n1\n")
    Path("b.csv").write_text("x,y\n0.5,z\n")
    code, out, _ = bench.run(
        "a.csv", "b.csv", "--name", "both", "--entry", "rows", "--type", "points", "--alias", "first"
    )
    assert (code, out.split()[:3]) == (0, ["both:v0", "rows", "2"])
    found = vt.Api(store="store").artifact("both:first")
    assert found.type == "points"
    assert found.get("rows").data == [[1.0, None], [0.5, "z"]]
    code, out, _ = bench.run("a.csv", "b.csv", "--name", "apart")
    assert [line.split()[1] for line in out.splitlines()] == ["a", "b"]
    assert bench.table("apart", "b").data == [[0.5, "z"]]


def test_the_same_file_again_is_the_same_version(bench):
    Path("a.csv").write_text("x\n1\n")
    first, second = bench.run("a.csv"), bench.run("a.csv")
    assert first == second
    assert bench.run("a.csv", "--entry", "b")[1].startswith("a:v1 ")


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("packed", [False, True])
def test_a_columns_type_is_settled_by_all_blocks_of_a_csv_file(bench, packed):
    text = "whole,number,flag,day,time,zoned,empty,text,code,mixed\n"
    text += "".join(
        f"{i},{i},{i % 2 == 0},2020-01-{i % 28 + 1:02},2020-01-01 10:00:{i % 60:02},2020-01-01T10:00:00Z,,a{i},{i},{i}\n"
        for i in range(200)
    )
    text += ',1e3,FALSE,2021-01-01,2021-01-01,2021-01-01T12:00:00+02:00,NA,"a,\n""b""",98765432109876543210,x7\n'
    path = Path("t.csv.gz" if packed else "t.csv")
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    assert bench.run(path)[0] == 0
    table = bench.table("t", "t")
    assert types_of(table) == {
        "whole": Optional(INT),
        "number": FLOAT,
        "flag": Boolean(),
        "day": Timestamp("date"),
        "time": Timestamp("naive"),
        "zoned": Timestamp("instant"),
        "empty": Nothing(),
        "text": Text(),
        "code": Text(),
        "mixed": Text(),
    }
    assert table.data[-1] == [
        None,
        1000.0,
        False,
        dt.date(2021, 1, 1),
        dt.datetime(2021, 1, 1),
        dt.datetime(2021, 1, 1, 10, tzinfo=dt.UTC),
        None,
        'a,\n"b"',
        "98765432109876543210",
        "x7",
    ]
    assert table.data[7][-2:] == ["7", "7"]
    assert len(table) == 201


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("packed", [False, True])
def test_a_columns_type_widens_from_block_to_block_of_json_lines(bench, packed):
    rows = [{"a": i, "s": {"x": [i]}} for i in range(100)]
    rows += [{}, {"a": None, "new": "first"}, {"s": {"y": True}, "a": 0.5}]
    text = "\n\n".join(json.dumps(row) for row in rows).encode()
    path = Path("t.jsonl.gz" if packed else "t.jsonl")
    path.write_bytes(gzip.compress(text) if packed else text)
    assert bench.run(path)[0] == 0
    table = bench.table("t", "t")
    struct = Struct((("x", Optional(List(INT))), ("y", Optional(Boolean()))))
    assert types_of(table) == {
        "a": Optional(FLOAT),
        "s": Optional(struct),
        "new": Optional(Text()),
    }
    assert table.data[99:] == [
        [99.0, {"x": [99], "y": None}, None],
        [None, None, None],
        [None, None, "first"],
        [0.5, {"x": None, "y": True}, None],
    ]


@pytest.mark.usefixtures("small_blocks")
def test_a_folder_of_parquet_files_is_one_table(bench):
    folder = Path("parts")
    (folder / "deep").mkdir(parents=True)
    nested = pa.array([[{"k": i}] for i in range(10)])
    pq.write_table(pa.table({"a": pa.array(range(10), pa.int32()), "n": nested}), folder / "a.parquet")
    pq.write_table(pa.table({"b": ["x"] * 3, "a": [0.5, None, 1.5]}), folder / "deep" / "b.parquet")
    pq.write_table(pa.table({"a": pa.array([], pa.float32())}), folder / "c.parquet")
    (folder / "_metadata.parquet").write_bytes(b"no table")
    assert bench.run(folder, "--name", "p")[0] == 0
    table = bench.table("p", "parts")
    assert len(table) == 13
    assert table.data[9] == [9.0, [{"k": 9}], None]
    assert table.data[-2:] == [[None, None, "x"], [1.5, None, "x"]]
    assert Table.from_parquet(folder) == table


def test_files_without_rows_have_their_columns(bench):
    Path("a.csv").write_text("x,y\n")
    pq.write_table(pa.table({"x": pa.array([], pa.int8())}), "b.parquet")
    assert bench.run("a.csv", "b.parquet", "--name", "n")[0] == 0
    assert types_of(bench.table("n", "a")) == {"x": Nothing(), "y": Nothing()}
    assert types_of(bench.table("n", "b")) == {"x": INT}
    Path("tabs.TSV").write_bytes(b"\xef\xbb\xbfx\ty\n1\t2\n")
    assert bench.run("tabs.TSV")[0] == 0
    assert bench.table("tabs", "tabs").data == [[1, 2]]


def test_what_has_no_type_names_the_column_and_may_be_dropped(bench):
    table = pa.table({"id": [1], "price": [Decimal("1.50")], "time": pa.array([1], pa.time32("s"))})
    pq.write_table(table, "p.parquet")
    code, out, err = bench.run("p.parquet")
    assert (code, out) == (1, "")
    assert "rows 0 to 0" in err
    assert "column 'price': decimal128" in err
    assert "--drop 'price'" in err
    assert not Path("store").exists()
    assert bench.run("p.parquet", "--drop", "price", "--drop", "time")[0] == 0
    assert bench.table("p", "p").columns == ["id"]
    Path("c.csv").write_text("a,b\n1,2\n")
    code, _, err = bench.run("c.csv", "--drop", "bb")
    assert code == 1
    assert "no column 'bb'; there are: a, b. Did you mean 'b'?" in err
    Path("j.jsonl").write_text('{"a": 1, "b": 2}\n')
    assert bench.run("c.csv", "j.jsonl", "--drop", "b")[0] == 0
    assert bench.table("c", "j").columns == bench.table("c", "c").columns == ["a"]


BAD = {
    "cells.csv": (b"a,b\n1,2\n3,4,5\n", "row 3 has 3 cells, the header 2: '3,4,5'"),
    "latin.csv": ("a\nx\nZürich\n".encode("latin-1"), "line 3 is not in UTF-8"),
    "twice.csv": (b"a,a\n1,2\n", "two columns are called 'a'"),
    "empty.csv": (b"", "Empty CSV file"),
    "broken.csv.gz": (b"no gzip", "cannot be read: Not a gzipped file"),
    "cut.csv.gz": (gzip.compress(b"a\n" + b"1\n" * 2000)[:-12], "cannot be read"),
    "quote.csv": (b'a,b\n1,"' + b"x\n" * 2000, "longer than 600 bytes; is a quote not closed"),
    "text.jsonl": (b'{"a": 1}\n\nnothing\n', "line 3 of 'text.jsonl' is no JSON"),
    "list.jsonl": (b'{"a": 1}\n[1]\n', "line 2 of 'list.jsonl' is no JSON object"),
    "kinds.jsonl": (b'{"a": 1}\n\n{"a": "x"}\n', "line 3 of 'kinds.jsonl': row 1, column 'a': 'x' does"),
    "large.jsonl": (
        b'{"a": 1}\n{"a": 18446744073709551616}\n',
        "line 2 of 'large.jsonl': row 1.*64 bits",
    ),
    "digits.jsonl": (b'{"a": 9007199254740993}\n{"a": 0.5}\n', "lose digits"),
    "deep.jsonl": (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", "line 1 of 'deep.jsonl'"),
    "none.parquet": (b"PAR1 not", "'none.parquet' is no Parquet file that can be read"),
    "picture.png": (b"x", "'picture.png' is of a kind that is not read; kinds: .parquet, .csv"),
}


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_by_row_or_line_and_nothing_is_logged(bench, name):
    content, match = BAD[name]
    Path("good.csv").write_text("a\n1\n")
    Path(name).write_bytes(content)
    code, out, err = bench.run("good.csv", name)
    assert (code, out) == (1, "")
    assert err.startswith("vitrail: ")
    assert err.count("\n") == 1
    assert re.search(match, err)
    assert not Path("store").exists()


@pytest.mark.usefixtures("small_blocks")
def test_a_late_line_that_fits_no_earlier_block_is_named(tmp_path):
    lines = [json.dumps({"a": i, "b": "x"}) for i in range(500)]
    path = tmp_path / "late.jsonl"
    path.write_text("\n".join([*lines, '{"b": 5}', '{"a": 1}']))
    with pytest.raises(
        CellError, match=r"line 501 of .*: row 500, column 'b': 5 does not fit"
    ) as caught:
        Table.from_jsonl(path)
    assert (caught.value.row, caught.value.column) == (500, "b")


def test_two_files_of_one_name_need_an_entry(bench):
    Path("d").mkdir()
    for path in ("a.csv", "d/a.csv"):
        Path(path).write_text("x\n1\n")
    code, _, err = bench.run("a.csv", "d/a.csv")
    assert code == 1
    assert "--entry a" in err
    assert bench.run("a.csv", "d/a.csv", "--entry", "a")[0] == 0


def test_a_table_that_was_stored_is_imported_by_its_names(bench):
    table = Table(["label", "when"], [["a", dt.date(2020, 1, 1)], [None, None]])
    pq.write_table(table.to_arrow(), "t.parquet")
    assert bench.run("t.parquet")[0] == 0
    assert bench.table("t", "t") == table


def test_an_interrupted_import_leaves_nothing(tmp_path):
    rows, store, aside = 100_000, tmp_path / "store", tmp_path / "aside"
    aside.mkdir()
    path = tmp_path / "large.parquet"
    rng = np.random.default_rng(0)
    pq.write_table(pa.table({f"c{i}": rng.random(rows) for i in range(100)}), path)
    command = [sys.executable, "-m", "vitrail", "import", str(path), "--store", str(store)]
    process = subprocess.Popen(command, env=os.environ | {"TMPDIR": str(aside)}, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not any(aside.rglob("rows")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode not in (0, None)
    assert b"Traceback" not in err
    assert list(aside.iterdir()) == []
    assert not store.exists() or vt.Api(store=store).project.artifacts() == {}


def test_columns_are_cast_to_what_has_a_place(bench):
    columns = {
        "price": pa.array([Decimal("1.50"), None]),
        "name": pa.array([b"Bern", "Zürich".encode()]),
        "at": pa.array([1, 1_700_000_000_000_000_001], pa.timestamp("ns")),
    }
    pq.write_table(pa.table(columns), "a.parquet")
    code, _, err = bench.run("a.parquet")
    assert code == 1
    assert "cast it to double or to text (--cast 'price=TYPE'); or leave the column out: --drop" in err
    casts = ("price=double", "name=string", "at=timestamp[us]")
    assert bench.run("a.parquet", *(word for cast in casts for word in ("--cast", cast)))[0] == 0
    data = bench.table("a:v0", "a").data
    assert [row[:2] for row in data] == [[1.5, "Bern"], [None, "Zürich"]]
    assert [row[2].microsecond for row in data] == [0, 0]
    Path("b.csv").write_text("zip,n\n01234,1\n,2\n")
    assert bench.run("b.csv", "--cast", "n=double", "--cast", "zip=string")[0] == 0
    assert bench.table("b:v0", "b").data == [["01234", 1.0], ["", 2.0]]


@pytest.mark.parametrize(
    ("cast", "said"),
    [
        ("x", "a cast is written as COLUMN=TYPE, such as price=double, not 'x'"),
        ("x=float128", "no type 'float128' to cast to; there are string, double"),
        ("y=double", "no column 'y'"),
        ("x=int64", "'a1'"),
    ],
)
def test_a_cast_that_cannot_be_is_told(bench, cast, said):
    Path("a.csv").write_text("x\na1\n")
    code, _, err = bench.run("a.csv", "--cast", cast)
    assert code == 1
    assert said in err
    assert not Path("store").exists()
