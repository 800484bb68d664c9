"""Bad input of every kind: a clear error of ours, nothing lost, nothing half written."""

from __future__ import annotations

import io
import sqlite3
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

import vitrail as vt
from vitrail.errors import CellError, Damaged, Invalid, NewerFormat, NotFound, QueryError, VitrailError
from vitrail.store.project import Project

PIXELS = np.arange(30 * 20 * 3, dtype=np.uint8).reshape(20, 30, 3)
CLASSES = vt.Classes([{"id": 0, "name": "dog"}, {"id": 1, "name": "cat"}])
CORNERS = {"minX": 1, "maxX": 5, "minY": 1, "maxY": 5}


def boxed(**changes: Any) -> vt.Image:
    box = {"position": CORNERS, "domain": "pixel", "class_id": 1, **changes}
    return vt.Image(PIXELS, classes=CLASSES, boxes={"truth": {"box_data": [box]}})


def png() -> bytes:
    buffer = io.BytesIO()
    PIL.Image.fromarray(PIXELS).save(buffer, "PNG")
    return buffer.getvalue()


def table(rows: int = 2) -> vt.Table:
    return vt.Table(["id", "label"], [[i, "cat"] for i in range(rows)])


class Bench:
    """A store with one version of `good`, and a folder for files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.log("good", table())

    def log(self, name: Any, thing: Any, entry: Any = "t", kind: Any = "dataset", **more: Any) -> None:
        with vt.init(project="p", store=self.store) as run:
            artifact = vt.Artifact(name, kind)
            artifact.add(thing, entry)
            run.log_artifact(artifact, **more)

    def file(self, content: bytes, name: str = "file.png") -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def good(self, name: str = "good:latest") -> vt.Artifact:
        return vt.Api(store=self.store).artifact(name)

    def state(self) -> tuple[list[str], list[str], list[Path]]:
        """What is in the store, and what lies there that no version needs."""
        with sqlite3.connect(self.store / "catalog.sqlite") as catalog:
            rows = catalog.execute(
                "SELECT name, number, digest FROM versions JOIN artifacts ON artifacts.id = artifact"
            ).fetchall()
        catalog.close()
        aliases = [alias for kinds in Project(self.store).artifacts().values() for alias in kinds]
        return [str(row) for row in rows], aliases, list((self.store / "tmp").glob("*"))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


Case = Callable[[Bench], Any]


def late(build: Callable[[Path], Any], spoil: Callable[[Path], Any]) -> Case:
    """A picture of a file that is spoiled before it is logged."""

    def case(bench: Bench) -> None:
        path = bench.file(png())
        thing = build(path)
        spoil(path)
        bench.log("late", thing)

    return case


COLUMNS: dict[str, tuple[Case, type[VitrailError], str]] = {
    "unknown column": (lambda b: b.good().get("t").get_column("lable"), NotFound, "'lable'.*'label'"),
    "unknown column, other case": (lambda b: table().get_column("LABEL"), NotFound, "mean 'label'"),
    "column stands twice": (lambda b: vt.Table(["a", "a"]), Invalid, "two columns are called 'a'"),
    "column is a number": (lambda b: vt.Table([1]), Invalid, "a column's name is a text.*not 1"),
    "columns are one text": (lambda b: vt.Table("abc"), Invalid, "columns are a list of names"),
    "too few cells": (
        lambda b: vt.Table(["a", "b"], [[1, 2], [1]]),
        Invalid,
        "row 1 has 1 cells.*'a', 'b'",
    ),
    "too many cells": (lambda b: table().add_data(1, "x", 2), Invalid, "row 2 has 3 cells.*2 columns"),
    "a row as one cell": (
        lambda b: table().add_data([1, "x"]),
        Invalid,
        r"unpack it: add_data\(\*row\)",
    ),
    "a cell does not fit": (
        lambda b: table().add_data("x", "y"),
        CellError,
        "row 2, column 'id': 'x' does not",
    ),
    "a nested cell does not fit": (
        lambda b: vt.Table(["a"], [[{"b": 1}], [{"b": "x"}]]),
        CellError,
        "row 1, column 'a': .*'x'.*does not fit",
    ),
    "bytes": (lambda b: table().add_data(1, b"x"), CellError, r"row 2, column 'label': .*decode\(\)"),
    "too large a number": (lambda b: table().add_data(2**64, "x"), CellError, "64 bits; give it as"),
    "half a character": (lambda b: table().add_data(1, "\ud800"), CellError, "row 2.*lone surrogate"),
    "a list in itself": (lambda b: vt.Table(["a"], [[_endless()]]), CellError, "nested deeper"),
    "rows without columns": (lambda b: vt.Table(data=[[1]]), Invalid, "rows need columns: vt.Table"),
    "rows are a dict": (lambda b: vt.Table(["a"], {"a": [1]}), Invalid, "data is a list of rows"),
    "a pattern as type": (
        lambda b: vt.Table(["a"], dtype=[vt.dtypes.Number()]),
        Invalid,
        "such as Text()",
    ),
    "Python's type as type": (lambda b: vt.Table(["a"], dtype=int), Invalid, "a type for each column"),
    "a new column is too short": (
        lambda b: table().add_column("c", [1]),
        Invalid,
        "1 cells, the table 2 rows",
    ),
    "a table without columns": (lambda b: b.log("none", vt.Table()), Invalid, "add a column first"),
    "a join without its key": (lambda b: vt.JoinedTable(table(), table(), "idd"), NotFound, "mean 'id'"),
    "a join by a number": (lambda b: vt.JoinedTable(table(), table(), 5), Invalid, "a join's key is"),
}
PICTURES: dict[str, tuple[Case, type[VitrailError], str]] = {
    "cut off": (lambda b: vt.Image(b.file(png()[:100])), Invalid, "file.png' is cut off or damaged"),
    "cut off, by PIL": (
        lambda b: vt.Image(PIL.Image.open(b.file(png()[:100]))),
        Invalid,
        "cannot be read",
    ),
    "closed by PIL": (lambda b: vt.Image(_closed()), Invalid, "the PIL picture cannot be read"),
    "no picture": (
        lambda b: vt.Image(b.file(b"hello")),
        Invalid,
        "no picture that can be read; formats",
    ),
    "empty file": (lambda b: vt.Image(b.file(b"")), Invalid, "no picture that can be read"),
    "no file": (lambda b: vt.Image("nowhere.png"), NotFound, "no file '.*nowhere.png'"),
    "a folder": (lambda b: vt.Image(b.folder), Invalid, "cannot be read"),
    "an address": (lambda b: vt.Image("https://example.org/a.png"), Invalid, "download it"),
    "channels first": (lambda b: vt.Image(PIXELS.transpose(2, 0, 1)), Invalid, r"not \(3, 20, 30\)"),
    "floats below 0": (lambda b: vt.Image(PIXELS - 300.0), Invalid, "scale them first"),
    "NaN": (lambda b: vt.Image(PIXELS * np.nan), Invalid, "from nan to nan"),
    "file goes": (late(vt.Image, Path.unlink), NotFound, r"is gone; .*read_bytes\(\)"),
    "file changes": (late(vt.Image, lambda p: p.write_bytes(b"x")), Damaged, "has changed since"),
    "outside": (
        lambda b: boxed(position=CORNERS | {"maxX": 31}),
        Invalid,
        "box 0 .*'truth'.*outside.*1 to 31",
    ),
    "pixels as shares": (lambda b: boxed(domain=None), Invalid, "outside.*'domain': 'pixel'"),
    "min > max": (
        lambda b: boxed(position=CORNERS | {"minX": 9}),
        Invalid,
        "minX 9 is greater than its maxX 5",
    ),
    "no number": (
        lambda b: boxed(position=CORNERS | {"minX": np.nan}),
        Invalid,
        "minX is a finite number",
    ),
    "a corner is missing": (lambda b: boxed(position={"minX": 1}), Invalid, "no maxX, minY, maxY"),
    "unknown class": (
        lambda b: boxed(class_id=7),
        Invalid,
        "box 0.*no class 7; there are: 0 dog, 1 cat",
    ),
    "class is a text": (lambda b: boxed(class_id="1"), Invalid, "a class id is a whole number"),
    "misspelt key": (lambda b: boxed(clas_id=1), Invalid, "Did you mean 'class_id'"),
    "mask of unknown class": (
        lambda b: vt.Image(PIXELS, classes=CLASSES, masks={"m": {"mask_data": np.full((20, 30), 7)}}),
        Invalid,
        "the mask 'm' holds 7.*0 dog, 1 cat",
    ),
    "mask of another size": (
        lambda b: vt.Image(PIXELS, masks={"m": {"mask_data": np.zeros((5, 5), int)}}),
        Invalid,
        "5 x 5 pixels, the picture 30 x 20",
    ),
    "mask without its dict": (
        lambda b: vt.Image(PIXELS, masks={"m": np.zeros((20, 30))}),
        Invalid,
        "{'mask_data': array} .* not ndarray",
    ),
    "mask of nothing": (lambda b: vt.Image(PIXELS, masks={"m": {}}), Invalid, "found: neither"),
    "class stands twice": (lambda b: vt.Classes([*CLASSES, *CLASSES]), Invalid, "class 0 stands twice"),
}
NAMES = ["..", "a/b", "a\\b", "a\0b", "x" * 300, "", "a:b", 5, None]


def _half(bench: Bench) -> None:
    with vt.init(project="p", store=bench.store) as run:
        artifact = vt.Artifact("half", "dataset")
        artifact.add(vt.Table(["i"], [[vt.Image(PIXELS)]]), "first")
        artifact.add(vt.Table(), "second")
        run.log_artifact(artifact)


STORE: dict[str, tuple[Case, type[VitrailError], str]] = {
    **{
        f"artifact {str(name)[:5]!r}": (
            lambda b, name=name: b.log(name, table()),
            Invalid,
            "an artifact's name",
        )
        for name in NAMES
    },
    **{
        f"entry {name[:5]!r}": (
            lambda b, name=name: b.log("a", table(), name),
            Invalid,
            "an entry's name",
        )
        for name in ["../x", "/x", "a//b", "a\0", "x" * 600, "C:\\x"]
    },
    **{
        f"alias {str(alias)[:5]!r}": (
            lambda b, alias=alias: b.log("good", table(3), aliases=[alias]),
            Invalid,
            "alias",
        )
        for alias in ["a/b", "v3", "", "..", "\0", "x" * 300, 5]
    },
    "aliases are a number": (
        lambda b: b.log("good", table(3), aliases=5),
        Invalid,
        "a list of names, not 5",
    ),
    "unknown artifact": (lambda b: b.good("god:latest"), NotFound, "'god'.*Did you mean 'good'"),
    "unknown alias": (lambda b: b.good("good:lates"), NotFound, "'lates' of 'good'.*mean 'latest'"),
    "unknown version": (lambda b: b.good("good:v7"), NotFound, "'v7' of 'good'; there are: latest, v0"),
    "unknown entry": (lambda b: b.good().get("tt"), NotFound, "no entry 'tt' in good:v0.*mean 't'"),
    "another's path": (lambda b: b.good("me/p/good:v0"), Invalid, "write 'good:v0'"),
    "another type": (lambda b: b.log("good", table(3), kind="model"), Invalid, "is of type 'dataset'"),
    "an entry twice": (lambda b: _twice(), Invalid, "an entry 't' already"),
    "a list as entry": (lambda b: b.log("a", [1]), Invalid, "it holds Table, JoinedTable"),
    "a table as artifact": (lambda b: _run(b).log_artifact(table()), Invalid, "put it into one"),
    "no path": (lambda b: vt.Artifact("a", "d").add_file(None), Invalid, "named by its path, not None"),
    "added after it was logged": (lambda b: b.good().add(table(), "x"), Invalid, r"new_draft\(\)"),
    "logged after the end": (lambda b: _ended(b).log({"a": 1}), Invalid, "is finished; begin another"),
    "a frame as value": (
        lambda b: _run(b).log({"a": [vt.Image(PIXELS)]}),
        Invalid,
        "a column of a vt.Table",
    ),
    "an array as value": (
        lambda b: _run(b).log({"a": np.zeros(3)}),
        Invalid,
        r"write values.tolist\(\)",
    ),
    "settings are a list": (
        lambda b: vt.init(config=[1], store=b.store),
        Invalid,
        "the config is a dict",
    ),
    "a setting is an object": (
        lambda b: vt.init(config={"a": object()}, store=b.store),
        Invalid,
        r"config\['a'\]",
    ),
    "the second of two entries": (_half, Invalid, "add a column first"),
    "a filter of nothing": (lambda b: table().query(None), QueryError, "a filter is text or a document"),
    "a filter by a wrong column": (lambda b: table().query({"lable": 1}), QueryError, "mean 'label'"),
}
CASES = {**COLUMNS, **PICTURES, **STORE}


def _endless() -> list[Any]:
    endless: list[Any] = []
    endless.append(endless)
    return endless


def _closed() -> PIL.Image.Image:
    picture = PIL.Image.open(io.BytesIO(png()))
    picture.close()
    return picture


def _twice() -> None:
    artifact = vt.Artifact("a", "dataset")
    artifact.add(table(), "t")
    artifact.add(table(), "t")


def _run(bench: Bench) -> vt.Run:
    with vt.init(project="p", store=bench.store):
        pass
    return vt.init(project="p", store=bench.store)


def _ended(bench: Bench) -> vt.Run:
    with vt.init(project="p", store=bench.store) as run:
        return run


@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_bad_input_is_refused_and_the_store_stays_as_it_was(bench: Bench, name: str) -> None:
    case, kind, message = CASES[name]
    before = bench.state()
    with pytest.raises(kind, match=f"(?s){message}") as caught:
        case(bench)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1_000
    assert bench.state() == before
    assert bench.good().get("t") == table()
    assert Project(bench.store).verify() == ()


@pytest.fixture(autouse=True)
def _end_runs() -> Iterator[None]:
    yield
    while True:
        try:
            vt.finish(1)
        except Invalid:
            break


def test_a_refused_row_leaves_the_table_as_it_was() -> None:
    filled = table()
    for row in ([1], [1, 2, 3], ["x", "y"], [None, b"x"]):
        with pytest.raises(Invalid):
            filled.add_data(*row)
    assert filled == table()


def test_an_error_in_the_block_keeps_what_was_logged_before_it(bench: Bench) -> None:
    def work() -> None:
        with vt.init(project="p", store=bench.store) as run:
            artifact = vt.Artifact("before", "dataset")
            artifact.add(table(), "t")
            run.log_artifact(artifact)
            vt.Artifact("after", "dataset").add(table(), "t")
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert Project(bench.store).runs()[-1].state == "failed"
    assert set(Project(bench.store).artifacts()["dataset"]) == {"good", "before"}


def test_settings_may_come_from_the_command_line(bench: Bench) -> None:
    with vt.init(project="p", config=Namespace(lr=0.1, name="x"), store=bench.store) as run:
        assert dict(run.config) == {"lr": 0.1, "name": "x"}


def test_a_store_of_a_newer_format_is_left_alone(bench: Bench) -> None:
    catalog = bench.store / "catalog.sqlite"
    with sqlite3.connect(catalog) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = {path: path.read_bytes() for path in bench.store.rglob("*") if path.is_file()}
    with pytest.raises(NewerFormat, match="has format 99; this Vitrail reads up to 1: install a newer"):
        Project(bench.store).artifact("good")
    with pytest.raises(NewerFormat):
        vt.init(project="p", store=bench.store)
    for words in (["ls"], ["show", "good"], ["serve", "--port", "0", "--no-open"]):
        done = subprocess.run(
            [sys.executable, "-m", "vitrail", *words, "--store", str(bench.store)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert "has format 99; this Vitrail reads up to 1" in done.stderr
    assert {path: path.read_bytes() for path in bench.store.rglob("*") if path.is_file()} == before
