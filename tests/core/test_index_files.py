"""An index is trusted only where it fits its table, is built in the background, and makes room."""

from __future__ import annotations

import json
import math
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from engine_library import Folder, col, engine_over, greater
from index_table import ROWS, indexing, table, where

from vitrail.query.expr import Call, Literal
from vitrail.query.plan import Scan, Where


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, Scan, Path]:
    """A table, and the folder with its index."""
    folder, scratch = Folder(tmp_path_factory.mktemp("built")), tmp_path_factory.mktemp("index")
    scan = table(folder)
    with indexing(folder, scratch) as engine:
        assert engine.indexed(scan, 60)
    return folder, scan, scratch


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(4096, len(data), 997):
        data[place] ^= 0xFF
    path.write_bytes(bytes(data))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _newer(path: Path) -> None:
    document = path.with_suffix(".json")
    content = json.loads(document.read_text())
    content["format"] += 1
    document.write_text(json.dumps(content))


def _foreign(path: Path) -> None:
    document = path.with_suffix(".json")
    content = json.loads(document.read_text())
    content["scan"]["table"] = "0" * 64
    document.write_text(json.dumps(content))


def _stamped(path: Path) -> None:
    document = path.with_suffix(".json")
    content = json.loads(document.read_text())
    content["stamp"] = "0" * 32
    document.write_text(json.dumps(content))


def _garbage(path: Path) -> None:
    path.with_suffix(".json").write_text("[1, 2")


@pytest.mark.parametrize("change", [_flip, _cut, _newer, _foreign, _stamped, _garbage])
def test_an_index_that_does_not_fit_is_thrown_away(
    built: tuple[Folder, Scan, Path], tmp_path: Path, change: Any
) -> None:
    folder, scan, first = built
    plan = where(scan, "{$gt: ['$loss', 20]}")
    count = sum(math.sqrt(i * 7919 % 2003) > 20 for i in range(ROWS))
    scratch = tmp_path / "scratch"
    shutil.copytree(first, scratch)
    (path,) = (scratch / "indexes").glob("*.index")
    change(path)
    changed = path.read_bytes()
    with indexing(folder, scratch) as engine:
        assert engine.count(plan) == count
        engine.indexed(scan, 60)
        assert engine.count(plan) == count
        left = list((scratch / "indexes").glob("*.index"))
        if change in (_flip, _cut):
            assert all(path.read_bytes() != changed for path in left)
        for path in left:
            content = json.loads(path.with_suffix(".json").read_text())
            assert content["scan"]["table"] == scan.table


def test_a_killed_build_starts_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    scan = table(folder, rows=50_000)
    with indexing(folder, tmp_path / "scratch") as engine:
        threading.Thread(target=engine.indexed, args=(scan, 5), daemon=True).start()
        while engine.progress(scan) is None:
            time.sleep(0.01)
    assert not list((tmp_path / "scratch" / "indexes").glob("*.index"))
    with indexing(folder, tmp_path / "scratch") as engine:
        assert engine.indexed(scan, 60)
        assert engine.progress(scan) is None
        assert engine.count(Where(scan, greater(col(scan, "id"), 9.0))) == 49_990
    assert not list((tmp_path / "scratch" / "indexes").glob(".new-*"))


def test_the_index_used_longest_ago_goes_first(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    first, second, third = (table(folder, seed=seed) for seed in range(3))
    with indexing(folder, tmp_path / "scratch") as engine:
        assert engine.indexed(first, 60)
        (path,) = (tmp_path / "scratch" / "indexes").glob("*.index")
        size = path.stat().st_size
    with indexing(folder, tmp_path / "scratch", index_bytes=size * 5 // 2) as engine:
        assert engine.indexed(second, 60)
        for old, scan in enumerate((second, first)):
            found = tmp_path / "scratch" / "indexes" / f"{scan.table}.index"
            os.utime(found, (1_000_000 + old, 1_000_000 + old))
        assert engine.indexed(third, 60)
        assert not engine.indexed(second)
        assert engine.indexed(first)


def test_small_tables_and_engines_without_a_folder_have_no_index(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    scan = table(folder)
    with engine_over(folder, scratch=tmp_path / "scratch", workers=1) as engine:
        assert not engine.indexed(scan, 5)
    with engine_over(folder, index_rows=1, workers=1) as engine:
        assert not engine.indexed(scan, 5)


def test_a_folder_that_cannot_be_written_costs_nothing_but_speed(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    scan = table(folder)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "indexes").write_text("in the way")
    plan = Where(scan, Call("$gt", (col(scan, "id"), Literal(9))))
    with indexing(folder, scratch) as engine:
        assert not engine.indexed(scan, 10)
        assert engine.count(plan) == ROWS - 10


def test_asking_a_table_makes_its_index(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    scan = table(folder)
    with indexing(folder, tmp_path / "scratch") as engine:
        heard: list[float | None] = []
        engine.on_progress(lambda: heard.append(engine.progress(scan)))
        engine.count(where(scan, "{label: 'cat'}"))
        assert engine.indexed(scan, 60)
        assert heard
        assert heard[0] == 0.0
