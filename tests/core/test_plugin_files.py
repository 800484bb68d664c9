"""Plugins that are single files: loaded, saved, removed, and nothing of the old ones left."""

import gc
import logging
import os
import weakref
from pathlib import Path

import pytest

from vitrail.dtypes import Number
from vitrail.errors import NotFound, PluginError
from vitrail.plugin_files import Watch, load_file, unload_file
from vitrail.registry import Registry
from vitrail.testing import MemoryFrame

PANE = """\
import vitrail as vt
from vitrail.dtypes import Number
class Stars:
    name = "stars"
    accepts = Number()
    def cell(self, data, dtype, frame):
        return "{drawn}"
@vt.hookimpl
def vitrail_visualizers():
    return [Stars]
"""


def drawn(registry: Registry) -> str:
    return str(registry.choose(Number()).make().cell(1, Number(), MemoryFrame(registry)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "stars.py"
    file.write_text(PANE.format(drawn="old"))
    return file


def test_the_shortest_pane_has_ten_lines(path: Path) -> None:
    registry = Registry()
    assert len(PANE.splitlines()) <= 10
    assert load_file(registry, path) == "stars"
    assert drawn(registry) == "old"
    assert registry.origin("stars")[0].startswith("stars.py ")
    assert registry.origin("stars")[1] == str(path.resolve())


def test_a_file_that_is_saved_is_drawn_anew_and_listeners_hear_once(path: Path) -> None:
    registry = Registry()
    load_file(registry, path)
    watch = Watch(registry, [path])
    heard: list[str] = []
    registry.listen(lambda: heard.append(drawn(registry)))
    watch.look()
    path.write_text(PANE.format(drawn="new!"))
    watch.look()
    watch.look()
    assert heard == ["new!"]


def test_a_watch_looks_by_itself(path: Path) -> None:
    import threading

    registry = Registry()
    load_file(registry, path)
    seen = threading.Event()
    registry.listen(seen.set)
    with Watch(registry, [path]):
        path.write_text(PANE.format(drawn="later"))
        assert seen.wait(30)
    assert drawn(registry) == "later"


def test_a_save_of_the_same_size_in_the_same_moment_is_seen(path: Path) -> None:
    registry = Registry()
    load_file(registry, path)
    stamp = path.stat()
    path.write_text(PANE.format(drawn="new"))
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    load_file(registry, path)
    assert drawn(registry) == "new"


def test_a_save_that_is_broken_is_listed_and_the_last_good_one_draws(path: Path) -> None:
    registry = Registry()
    load_file(registry, path)
    watch = Watch(registry, [path])
    path.write_text("1 / 0")
    watch.look()
    assert drawn(registry) == "old"
    assert [error.plugin for error in registry.failed] == ["stars"]
    assert "ZeroDivisionError" in str(registry.failed[0])
    path.write_text(PANE.format(drawn="mended"))
    watch.look()
    assert drawn(registry) == "mended"
    assert registry.failed == []


def test_a_save_that_breaks_the_contract_leaves_the_last_good_one(path: Path) -> None:
    registry = Registry()
    load_file(registry, path)
    path.write_text(PANE.format(drawn="").replace("accepts", "accept"))
    with pytest.raises(PluginError, match=r"'stars' of stars\.py \w{8}: .*wants `accepts`"):
        load_file(registry, path)
    assert drawn(registry) == "old"
    assert registry.plugins == ("stars",)


def test_a_file_that_is_removed_is_let_go_but_not_one_that_is_being_saved(path: Path) -> None:
    registry = Registry()
    load_file(registry, path)
    watch = Watch(registry, [path])
    path.unlink()
    watch.look()
    assert registry.plugins == ("stars",)
    watch.look()
    assert registry.plugins == ()
    path.write_text(PANE.format(drawn="back"))
    watch.look()
    assert drawn(registry) == "back"


def test_a_file_without_a_hook_is_told_what_it_lacks(path: Path) -> None:
    path.write_text("x = 1")
    with pytest.raises(PluginError, match="hookimpl"):
        load_file(Registry(), path)


def test_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        load_file(Registry(), tmp_path / "none.py")


def test_nothing_of_an_old_version_stays_alive(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "vitrail.registry")  # what is captured holds tracebacks
    registry = Registry()
    load_file(registry, path)
    old = [weakref.ref(registry.choose(Number()).visualizer)]
    old.append(weakref.ref(registry.choose(Number()).visualizer.cell))
    path.write_text("1 / 0")
    with pytest.raises(PluginError):
        load_file(registry, path)
    path.write_text(PANE.format(drawn="new"))
    load_file(registry, path)
    drawn(registry)
    gc.collect()
    assert [each() for each in old] == [None, None]
    new = weakref.ref(registry.choose(Number()).visualizer)
    unload_file(registry, path)
    gc.collect()
    assert new() is None
