"""Windows of real tables through the real engine, drawn by the installed panes."""

import logging
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
from markupsafe import escape
from rows import HOSTILE, OTHER, SOURCE, logged, plugins

from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Choice, SortKey, Source, View
from vitrail_panels import frame
from vitrail_panels.scene import Scene
from vitrail_panels.window import draw_headers, draw_window


def last(found: Iterator[Any]) -> Any:
    """What comes last, after every estimate."""
    return deque(found, maxlen=1)[0]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with logged(tmp_path_factory.mktemp("store")) as project:
        yield project


@pytest.fixture(scope="module")
def registry() -> Registry:
    return plugins()


def test_a_window_holds_its_rows_in_order(project: Project, registry: Registry) -> None:
    view = View(source=SOURCE, sort=(SortKey(by="id", descending=True),))
    window = draw_window(project, registry, view, 25, 40)
    assert window["start"] == 25
    assert [">4<" in row[0] or ">3<" in row[0] for row in window["rows"]][:2] == [True, True]
    assert len(window["rows"]) == 5
    assert {len(row) for row in window["rows"]} == {5}


@pytest.mark.parametrize("group", [(), ("label",), (HOSTILE,)])
@pytest.mark.parametrize("compare", [(), (OTHER,)])
def test_names_and_values_of_strangers_are_escaped_in_every_shape(
    project: Project, registry: Registry, group: tuple[str, ...], compare: tuple[Source, ...]
) -> None:
    view = View(source=SOURCE, group=group, compare=compare)
    text = "".join(cell for row in draw_window(project, registry, view, 0, 30)["rows"] for cell in row)
    headers = "".join(last(draw_headers(Scene(project, registry, view))).values())
    assert "<script" not in text + headers
    assert str(escape(HOSTILE)) in text


def test_missing_values_are_drawn_as_missing(project: Project, registry: Registry) -> None:
    rows = draw_window(project, registry, View(source=SOURCE), 0, 2)["rows"]
    assert rows[0][4] == frame.MISSING
    assert rows[1][4] != frame.MISSING


def test_a_visualizer_that_raises_fails_in_its_own_column(
    project: Project, registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    plain = draw_window(project, registry, View(source=SOURCE), 0, 3)["rows"]
    view = View(source=SOURCE, choices={"loss": Choice(visualizer="raising")})
    with caplog.at_level(logging.ERROR):
        rows = draw_window(project, registry, view, 0, 3)["rows"]
    for before, after in zip(plain, rows, strict=True):
        assert [c for i, c in enumerate(after) if i != 2] == [c for i, c in enumerate(before) if i != 2]
        assert "raising" in after[2]
        assert "brings 1.0" in after[2]
        assert "no &lt;b&gt;picture" in after[2]
    assert caplog.records[0].exc_info


def test_a_slow_visualizer_is_named_in_the_cells_that_it_has_no_time_for(
    project: Project, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "ALLOWANCE_S", -1.0)
    rows = draw_window(project, registry, View(source=SOURCE), 0, 3)["rows"]
    assert "number" in rows[0][0]
    assert "slow" in rows[0][0]


def test_histograms_of_a_column_share_one_domain(project: Project, registry: Registry) -> None:
    view = View(source=SOURCE, group=("label",))
    scene = Scene(project, registry, view)
    place = [column.name for column in scene.columns].index("loss")
    cells = [row[place] for row in draw_window(project, registry, view, 0, 3)["rows"]]
    assert len(cells) == 3
    assert all(">1<" in cell and ">3.9<" in cell for cell in cells)


def test_a_header_tells_of_the_rows_that_are_kept(project: Project, registry: Registry) -> None:
    everything = last(draw_headers(Scene(project, registry, View(source=SOURCE))))
    few = last(draw_headers(Scene(project, registry, View(source=SOURCE, where="{$lt: ['$id', 5]}"))))
    assert {"id", "label", "loss"} <= set(everything)
    assert "picture" not in everything
    assert few["loss"] != everything["loss"]


def test_a_joined_table_is_drawn(project: Project, registry: Registry) -> None:
    joined = View(source=Source(artifact="joined:v0", entry="table"), where="{$eq: ['$1.label', 'cow']}")
    rows = draw_window(project, registry, joined, 0, 30)["rows"]
    assert len(rows) == 10
    assert {len(row) for row in rows} == {10}
