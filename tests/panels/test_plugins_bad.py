"""Plugins that do what they should not: the page stays, and each is named."""

import decimal
import gc
import locale
import logging
import os
import random
import signal
import socket
import sys
import tracemalloc
import warnings
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint
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
from vitrail_panels.telling import meddled
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
    "interrupts when it is imported": ({"top": "raise KeyboardInterrupt(3)"}, "KeyboardInterrupt: 3"),
    "raises what is no error": (
        {"brings": "raise type('Odd', (BaseException,), {})(3)"},
        "Odd: 3",
    ),
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


# what it does -> what it changed
SHARED = {
    "np.seterr(all='raise')": "numpy's handling of errors",
    "np.set_printoptions(precision=1)": "numpy's way of printing",
    "np.random.seed(7)": "the random numbers of numpy",
    "random.seed(7)": "the random numbers of Python",
    "decimal.getcontext().prec = 3": "the context of decimals",
    "os.chdir('/')": "the working folder",
    "sys.setrecursionlimit(123_456)": "the limit of recursion",
    "sys.setswitchinterval(1.5)": "the switching of threads",
    "gc.disable()": "the collection of garbage",
    "socket.setdefaulttimeout(0.5)": "the patience of sockets",
    "locale.setlocale(locale.LC_NUMERIC, 'C.UTF-8')": "the locale",
    "os.environ['TZ'] = 'Asia/Tokyo'": "variables of the environment",
    "sys.path.insert(0, '/nowhere')": "the path of imports",
    "warnings.simplefilter('ignore')": "the filters of warnings",
    "warnings.resetwarnings()": "the filters of warnings",
    "logging.getLogger().setLevel(1)": "the root of logging",
    "logging.getLogger().handlers.clear()": "the root of logging",
    "logging.disable(50)": "the root of logging",
    "sys.excepthook = print": "the hooks for errors",
}
IMPORTS = "import decimal, gc, locale, logging, os, random, signal, socket, sys, warnings"


def shared_state() -> list[object]:
    """What no plugin may change, read otherwise than where it is watched."""
    number = random.Random()
    number.setstate(random.getstate())
    drawn = np.random.RandomState()
    drawn.set_state(np.random.get_state())
    root = logging.getLogger()
    return [
        [number.random(), drawn.random_sample(), str(np.geterr()), str(np.get_printoptions())],
        [decimal.getcontext().prec, os.getcwd(), sys.getrecursionlimit(), sys.getswitchinterval()],
        [gc.isenabled(), socket.getdefaulttimeout(), locale.setlocale(locale.LC_NUMERIC)],
        [os.environ["TZ"], sys.path[:], warnings.filters[:], root.level, root.handlers[:]],
        [root.manager.disable, sys.excepthook, signal.getsignal(signal.SIGTERM), sys.stdout],
    ]


@pytest.mark.parametrize("done", SHARED)
def test_what_one_changes_of_the_whole_process_is_put_back_and_named(
    project: Project, registry: Registry, tmp_path: Path, done: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    logging.getLogger().addHandler(handler := logging.NullHandler())
    try:
        before = shared_state()
        load_file(registry, file(tmp_path, top=f"{IMPORTS}\n{done}"))
        assert shared_state() == before
        assert registry.notes == {"guest": (SHARED[done],)}
        load_file(registry, file(tmp_path, top=IMPORTS, cell=f"{done}\n        return 'x'"))
        assert registry.notes == {}
        rows = draw_window(project, registry, VIEW, 0, 2)["rows"]
        assert [row[0] for row in rows] == ["x", "x"]
        assert shared_state() == before
        assert registry.notes == {"guest": (SHARED[done],)}
        assert [text.split(";")[0] for text in meddled(Scene(project, registry, VIEW))] == [
            f"plugin 'guest' of {registry.origin('guest')[0]} changed {SHARED[done]} of the whole process"
        ]
        plain = View(source=SOURCE, choices={"n": Choice(visualizer="number")})
        assert meddled(Scene(project, registry, plain)) == []
    finally:
        logging.getLogger().removeHandler(handler)


def test_streams_and_signals_are_put_back_where_a_plugin_is_imported(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "guest_point.py").write_text(
        f"{IMPORTS}\nimport vitrail as vt\nsys.stdout = None\nsignal.signal(signal.SIGTERM, print)"
    )
    monkeypatch.syspath_prepend(tmp_path)
    point = EntryPoint("point", "guest_point", "vitrail")
    monkeypatch.setattr("vitrail.registry.entry_points", lambda group: [point])
    before = sys.stdout, signal.getsignal(signal.SIGTERM)
    registry.load_entry_points()
    assert (sys.stdout, signal.getsignal(signal.SIGTERM)) == before
    assert registry.notes == {"point": ("the standard streams", "the handling of signals")}
    with pytest.raises(PluginError, match="signal only works in main thread"):
        load_file(registry, file(tmp_path, top=f"{IMPORTS}\nsignal.signal(signal.SIGTERM, print)"))


def test_nobody_is_blamed_for_what_may_be_anothers(
    project: Project, registry: Registry, tmp_path: Path
) -> None:
    """Two draw at once in a process of ours; in a process of others, only the main thread is theirs."""
    folder = os.getcwd()
    cell = "import os, time; time.sleep(0.2); os.chdir('/'); return 'x'"
    load_file(registry, file(tmp_path, cell=cell))

    def draw(number: int) -> object:
        return draw_window(project, registry, VIEW, number, number + 1)["rows"][0][0]

    with ThreadPoolExecutor(2) as pool:
        assert pool.submit(draw, 0).result() == "x"
        assert (os.getcwd(), registry.notes) == ("/", {})
        os.chdir(folder)
        registry.owns_process = True
        assert list(pool.map(draw, range(2))) == ["x", "x"]
        assert (os.getcwd(), registry.notes) == (folder, {})
        pool.submit(draw, 0).result()
    assert (os.getcwd(), registry.notes) == (folder, {"guest": ("the working folder",)})


def test_our_own_change_nothing(project: Project, registry: Registry) -> None:
    registry.owns_process = True
    draw_window(project, registry, View(source=SOURCE), 0, 2)
    Detail(project, print, print).ask(Scene(project, registry, View(source=SOURCE)), 0, None)
    assert registry.notes == {}


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
