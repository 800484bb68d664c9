"""Plugins that do what they should not: the page stays, and each is named."""

import gc
import logging
import os
import tracemalloc
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from markupsafe import Markup

import vitrail as vt
from vitrail import watched
from vitrail.errors import PluginError
from vitrail.plugin_files import load_file
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Choice, Source, View
from vitrail_panels import frame
from vitrail_panels.detail import Detail
from vitrail_panels.scene import Scene
from vitrail_panels.window import draw_window

SOURCE = Source(artifact="t:v0", entry="t")
VIEW = View(source=SOURCE, choices={"n": Choice(visualizer="bad")})
PANE = """\
import time
import numpy as np
import vitrail as vt
from markupsafe import Markup
from pydantic import BaseModel, Field
from vitrail.dtypes import Number, Text
{top}
class Bad:
    name = "bad"
    accepts = Number()
    {inside}
    def cell(self, data, dtype, frame):
        {cell}
{between}
@vt.hookimpl
def vitrail_visualizers():
    {brings}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    root = tmp_path_factory.mktemp("store")
    with vt.init(project="p", job_type="j", store=root) as run:
        artifact = vt.Artifact("t", "dataset")
        data = [[1, "a", {"x": [1, 2]}], [2, "b", {"x": [3, 4]}]]
        artifact.add(vt.Table(columns=["n", "name", "record"], data=data), "t")
        run.log_artifact(artifact)
    project = Project(root)
    yield project
    project.close()


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.load_entry_points()
    return registry


def file(folder: Path, **parts: str) -> Path:
    whole = {"top": "", "inside": "", "cell": "return 'fine'", "between": "", "brings": "return [Bad]"}
    path = folder / "guest.py"
    path.write_text(PANE.format(**(whole | parts)))
    return path


LOADING = {
    "raises when it is imported": ({"top": "raise OSError('no device')"}, "OSError: no device"),
    "ends the process when it is imported": ({"top": "raise SystemExit(3)"}, "SystemExit: 3"),
    "is no Python": ({"top": "def ("}, "SyntaxError"),
    "raises when it is registered": ({"brings": "raise KeyError('x')"}, "KeyError: 'x'"),
    "ends the process when it is registered": ({"brings": "raise SystemExit"}, "SystemExit"),
    "brings something else": ({"brings": "return 3"}, "gave int, not a list of classes"),
    "has no pattern": ({"between": "del Bad.accepts"}, "wants `accepts`"),
    "has a name that is taken": ({"between": "Bad.name = 'number'"}, "'number' already, from vitrail"),
    "has a setting without a default": (
        {"inside": "class Options(BaseModel):\n        digits: int = Field(description='d')"},
        "setting 'digits': its default is missing",
    ),
    "has settings without a schema": (
        {"inside": "class Options(BaseModel, arbitrary_types_allowed=True):\n        a: type(np) = np"},
        "`Options` without a schema",
    ),
}


@pytest.mark.parametrize("case", LOADING)
def test_one_that_cannot_be_loaded_is_named_and_the_others_draw(
    project: Project, registry: Registry, tmp_path: Path, case: str
) -> None:
    parts, said = LOADING[case]
    before = registry.plugins, registry.visualizers
    with pytest.raises(PluginError) as info:
        load_file(registry, file(tmp_path, **parts))
    assert said in str(info.value)
    assert info.value.plugin == "guest"
    assert info.value.distribution.startswith("guest.py ")
    assert [error.plugin for error in registry.failed] == ["guest"]
    assert (registry.plugins, registry.visualizers) == before
    rows = draw_window(project, registry, VIEW, 0, 2)["rows"]
    assert "vt-card" not in str(rows)


DRAWING = {
    "raises": ("raise OSError('no device')", "OSError: no device"),
    "ends the process": ("raise SystemExit(3)", "SystemExit: 3"),
    "interrupts": ("raise KeyboardInterrupt('x')", "KeyboardInterrupt: x"),
    "gives something else": ("return {1: 2}", "cell gave dict"),
    "gives a gigabyte": ("return 'x' * 1_000_000_000", "cell gave 1,000,000,000 letters"),
    "asks for more memory than there is": ("return 'x' * 2**62", "MemoryError"),
    "never ends calling itself": ("return self.cell(data, dtype, frame)", "RecursionError"),
    "never answers": ("while True: pass", "slow: no answer within"),
}


@pytest.mark.parametrize("case", DRAWING)
def test_one_that_fails_to_draw_is_a_card_and_the_others_draw(
    project: Project, registry: Registry, tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell, said = DRAWING[case]
    monkeypatch.setattr(frame, "ALLOWANCE_S", 1.0 if case == "never answers" else 100.0)
    load_file(registry, file(tmp_path, cell=cell))
    plain = draw_window(project, registry, View(source=SOURCE), 0, 2)["rows"]
    rows = draw_window(project, registry, VIEW, 0, 2)["rows"]
    for before, after in zip(plain, rows, strict=True):
        assert after[1:] == before[1:]
        assert "<b>bad</b> failed" in after[0]
        assert "plugin guest of guest.py " in after[0]
        assert said in after[0].unescape()
        assert "<details>" not in after[0]


READING = {
    "raises in reads": ("raise OSError('no device')", "OSError: no device"),
    "reads something else": ("return 'all of it'", "reads gave str, not a reduction"),
    "reads what no number answers": ("return Bins(20)", "bins are asked of a List, not of Number"),
}


@pytest.mark.parametrize("case", READING)
def test_one_that_fails_to_say_what_it_reads_is_a_card_and_the_others_draw(
    project: Project, registry: Registry, tmp_path: Path, case: str
) -> None:
    reads, said = READING[case]
    top = "from vitrail.query.reduction import Bins"
    inside = f"def reads(self, dtype, frame):\n        {reads}"
    load_file(registry, file(tmp_path, top=top, inside=inside))
    plain = draw_window(project, registry, View(source=SOURCE), 0, 2)["rows"]
    for before, after in zip(plain, draw_window(project, registry, VIEW, 0, 2)["rows"], strict=True):
        assert after[1:] == before[1:]
        assert "<b>bad</b> failed" in after[0]
        assert "plugin guest of guest.py " in after[0]
        assert said in after[0].unescape()


@pytest.mark.parametrize(
    ("pane", "said"),
    [
        ("raise OSError('no device')", "OSError: no device"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("return 'x' * 6_000_000", "pane gave 6,000,000 letters"),
        ("return React()", "React is a ReactComponent, which fetches React from another machine"),
    ],
)
def test_one_whose_pane_fails_is_a_card(
    project: Project, registry: Registry, tmp_path: Path, pane: str, said: str
) -> None:
    top = "from panel.custom import ReactComponent\nclass React(ReactComponent):\n    _esm = 'export let x'"
    inside = f"def pane(self, data, dtype, frame):\n        {pane}"
    load_file(registry, file(tmp_path, top=top, inside=inside))
    drawn = Detail(project, print, print).ask(Scene(project, registry, VIEW), 0, None)
    card, *others = (str(pane) for _, pane, _ in drawn)
    assert "<b>bad</b> failed" in card
    assert "plugin guest of guest.py " in card
    assert said in Markup(card).unescape()
    assert "vt-card" not in str(others)


MEDDLING = {
    "changes the frame": "frame.size = frame.title = frame.depth = None",
    "deletes what it is given": "data.clear() if isinstance(data, dict) else None; del data",
    "deletes inside of what it is given": "data['x'].clear() if isinstance(data, dict) else None",
    "prints a lot": "print('x' * 3_000_000)",
    "changes its own pattern": "type(self).accepts = Text()",
    "changes its own name": "type(self).name = 'number'",
}


@pytest.mark.parametrize("case", MEDDLING)
def test_one_that_meddles_changes_nothing_for_the_others(
    project: Project, registry: Registry, tmp_path: Path, case: str
) -> None:
    cell = MEDDLING[case].replace("; ", "\n        ") + "\n        return 'fine'"
    between = "from vitrail.dtypes import Any\nBad.accepts = Any()"
    load_file(registry, file(tmp_path, cell=cell, between=between))
    names = ("n", "record")
    meddled = View(source=SOURCE, choices={name: Choice(visualizer="bad") for name in names})
    plain = draw_window(project, registry, View(source=SOURCE), 0, 2)["rows"]
    rows = draw_window(project, registry, meddled, 0, 2)["rows"]
    assert [row[0] for row in rows] == ["fine", "fine"]
    assert [row[2] for row in rows] == ["fine", "fine"]
    assert [row[1] for row in rows] == [row[1] for row in plain]
    assert draw_window(project, registry, View(source=SOURCE), 0, 2)["rows"] == plain
    assert next(e for e in registry.visualizers if e.plugin == "guest").name == "bad"


def test_one_that_never_answers_is_switched_off_and_its_thread_ends(
    project: Project, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "ALLOWANCE_S", 1.0)
    load_file(registry, file(tmp_path, cell="while True: pass"))
    draw_window(project, registry, VIEW, 0, 2)
    assert list(registry.switched_off) == ["bad"]
    again = draw_window(project, registry, VIEW, 0, 2)["rows"]
    assert "switched off: slow" in again[0][0]
    for left in watched._left:
        left.join(30)
    assert watched.stuck() == 0
    load_file(registry, file(tmp_path, cell="return 'mended'"))
    assert draw_window(project, registry, VIEW, 0, 2)["rows"][0][0] == "mended"


def test_only_those_who_may_see_a_traceback_do(
    project: Project, registry: Registry, tmp_path: Path
) -> None:
    load_file(registry, file(tmp_path, cell="raise OSError('<b>')"))
    registry.tells_traces = True
    cell = draw_window(project, registry, VIEW, 0, 1)["rows"][0][0]
    assert "guest.py" in cell
    assert "<details>" in cell
    assert "&lt;b&gt;" in cell
    assert "<b>'" not in cell


def test_what_one_changes_of_numpys_and_the_processs_state_is_put_back_and_named(
    project: Project, registry: Registry, tmp_path: Path
) -> None:
    errors, folder, drawn = np.geterr(), os.getcwd(), np.random.get_state()[1].tolist()
    top = "np.seterr(all='raise')\nnp.random.seed(7)\nimport os\nos.chdir('/')"
    load_file(registry, file(tmp_path, top=top, cell="np.set_printoptions(precision=1); return 'x'"))
    assert draw_window(project, registry, VIEW, 0, 1)["rows"][0][0] == "x"
    assert (np.geterr(), os.getcwd(), np.random.get_state()[1].tolist()) == (errors, folder, drawn)
    assert np.get_printoptions()["precision"] == 8
    assert set(registry.notes["guest"]) == {
        "numpy's handling of errors",
        "numpy's way of printing",
        "the random numbers of numpy",
        "the working folder",
    }


def test_nothing_of_a_version_that_was_drawn_stays_alive(
    project: Project, registry: Registry, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "vitrail_panels.frame")  # what is captured holds tracebacks
    load_file(registry, file(tmp_path, cell="raise OSError('x')"))
    draw_window(project, registry, VIEW, 0, 2)
    old = weakref.ref(next(e for e in registry.visualizers if e.name == "bad").visualizer)
    load_file(registry, file(tmp_path))
    assert draw_window(project, registry, VIEW, 0, 2)["rows"][0][0] == "fine"
    gc.collect()
    assert old() is None


def test_two_hundred_reloads_leave_little_behind(
    project: Project, registry: Registry, tmp_path: Path
) -> None:
    def reload(number: int) -> None:
        inside = f"class Options(BaseModel):\n        n: int = Field(default={number}, description='n')"
        load_file(registry, file(tmp_path, inside=inside, top=f"BULK = bytearray({number} + 1_000_000)"))
        draw_window(project, registry, VIEW, 0, 2)

    tracemalloc.start()
    try:
        for number in range(20):
            reload(number)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for number in range(200):
            reload(number)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 10_000_000
