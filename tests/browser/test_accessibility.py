"""Whether everybody can read each state of the page, in light and in dark, and reach it by keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe
import numpy as np
import pytest
from axe import grave

import vitrail as vt
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Source, View
from vitrail_panels import Pane
from vitrail_panels.serve import Server

pytestmark = [pytest.mark.browser, axe.needed]

ROWS = "[role=rowgroup].layer .row:not([hidden]):not(.loading)"
NEW, OLD = (Source(artifact=f"rows:{version}", entry="table") for version in ("v1", "v0"))
LABELS = ("cat", "dog", "cow")
INK = """() => [...Bokeh.documents[0]._all_models.values()].find(({ name }) => name === 'lineage')
  .renderers.at(-1).glyph.text_color.value"""


def rows(version: int) -> vt.Table:
    table = vt.Table(["id", "label", "loss", "seen", "picture"])
    box = {"position": {"minX": 2, "maxX": 20, "minY": 3, "maxY": 18}, "domain": "pixel"}
    for row in range(24):
        found = {"box_data": [{**box, "class_id": row % 3}], "class_labels": dict(enumerate(LABELS))}
        image = vt.Image(np.full((24, 32, 3), 8 * row, "uint8"), boxes={"found": found})
        table.add_data(row, LABELS[row % 3], row / 10 + version * (row % 4), row % 2 == 0, image)
    return table


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("store")
    for version in range(2):
        with vt.init(project="p", job_type="make", store=root) as run:
            artifact = vt.Artifact("rows", "dataset", metadata={"made": {"with": "care"}})
            artifact.add(rows(version), "table")
            run.log_artifact(artifact)
    project = Project(root)
    registry = Registry()
    registry.load_entry_points()
    with Server(project, registry, port=0) as serving:
        yield serving
    project.close()


def opened(page: Any, server: Server, **view: Any) -> None:
    page.goto(f"{server.url}?{View(source=NEW, **view).to_query()}")
    page.locator(ROWS).first.wait_for()


def test_the_table_and_what_opens_over_it(page: Any, server: Server) -> None:
    opened(page, server)
    assert grave(page) == []
    page.get_by_role("button", name="loss: how it is shown and sorted").click()
    assert grave(page) == [], "the menu of a column"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="save and share").click()
    page.get_by_role("menuitem", name="Save view…").click()
    assert grave(page) == [], "the dialog that saves"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    assert grave(page) == [], "the help"
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.keyboard.type("label")
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="cat").wait_for()
    assert grave(page) == [], "the builder of filters"
    page.keyboard.press("Escape")
    page.locator(ROWS).first.locator(".gutter").click()
    page.get_by_text("1 row picked").wait_for()
    page.get_by_role("grid").press("Enter")
    page.locator("vt-picture[controls]").first.wait_for()
    assert grave(page) == [], "a row in the drawer, and one that is picked"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("dialog", name="columns").get_by_text("Gallery").click()
    page.locator(".cell.cover").first.wait_for()
    assert grave(page) == [], "the menu of columns, over cards"


def test_the_other_tabs(page: Any, server: Server) -> None:
    opened(page, server)
    for tab, sign in [
        ("overview", "Logged by"),
        ("files", "5 columns"),
        ("code", "The page, as it is shown"),
    ]:
        page.get_by_role("tab", name=tab).click()
        page.get_by_text(sign).first.wait_for()
        assert grave(page) == [], tab
    page.goto(
        f"{server.url}?{View(source=NEW, tab='lineage', node='rows:v1', exploded=True).to_query()}"
    )
    page.locator(".vt-facts").first.wait_for()
    assert grave(page) == [], "lineage, and what is known of a node"
    for theme, ink in [("light", "rgb(23, 28, 38)"), ("dark", "rgb(230, 233, 239)")]:
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        page.wait_for_function(f"ink => ({INK})() === ink", arg=ink)


def test_versions_are_compared_by_keys_and_groups_unfold(page: Any, server: Server) -> None:
    opened(page, server)
    name = page.get_by_role("navigation", name="artifacts").get_by_role("button", expanded=True)
    name.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("24 rows, matched by id").wait_for()
    for key in ("ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    assert (
        page.get_by_role("button", name="rows", expanded=True).and_(page.locator(":focus")).count() == 1
    )
    page.get_by_role("button", name="What changed").press("Enter")
    page.get_by_role("heading", name="what changed").wait_for()
    assert grave(page) == [], "what changed"
    view = {"group": ("label", "seen"), "nested": True, "where": "{$gt: ['$loss', -1]}"}
    opened(page, server, **view, unfolded=("1", "1.0"))
    page.locator(f"{ROWS}[aria-level='3']").first.wait_for()
    assert grave(page) == [], "groups unfolded"
    opened(page, server, **view, compare=(OLD,), row=1)
    page.get_by_role("heading", name="row 1").wait_for()
    assert grave(page) == [], "groups of compared rows"


def test_an_exported_file_and_an_empty_store(page: Any, tmp_path: Path, server: Server) -> None:
    path = tmp_path / "rows.html"
    vt.export(rows(0), path)
    page.goto(path.as_uri())
    page.locator(f"{ROWS} .loaded").first.wait_for()
    assert grave(page) == [], "a file"
    project = Project(tmp_path / "store")
    with Server(project, Registry(), port=0) as serving:
        page.goto(serving.url)
        page.get_by_label("a first table in Python").wait_for()
        assert grave(page) == [], "an empty store"
    project.close()


def test_a_pane_in_another_page(page: Any, stand: Any) -> None:
    stand.show(page, lambda: Pane(rows(0)))
    page.locator(f"{ROWS} .loaded").first.wait_for()
    assert grave(page) == []
