"""A page's life: what others do meanwhile, what two people see, what is left when it is closed."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vitrail as vt
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Source, View
from vitrail.visualizer import version_color
from vitrail_panels.serve import Server
from vitrail_panels.session import Session

pytestmark = pytest.mark.browser

ROWS = "[role=rowgroup].layer .row:not([hidden])"
SOURCE = Source(artifact="rows:v0", entry="table")
NAMES = {1: "cat", 2: "dog"}

Until = Callable[[Callable[[], bool]], None]


def made(version: int) -> vt.Artifact:
    """Twenty rows, each with a cat and a dog in its picture."""
    table = vt.Table(columns=["id", "label", "loss", "picture"])
    for row in range(20):
        boxes = [
            {
                "position": {"minX": 2, "maxX": 14, "minY": 2 + 10 * k, "maxY": 10 + 10 * k},
                "domain": "pixel",
                "class_id": k + 1,
                "scores": {"probability": 0.9 - 0.5 * k},
            }
            for k in range(2)
        ]
        image = vt.Image(
            np.full((24, 32, 3), 10 * row, "uint8"),
            boxes={"found": {"box_data": boxes, "class_labels": NAMES}},
        )
        table.add_data(row, NAMES[1 + row % 2], row / 10 + version, image)
    artifact = vt.Artifact("rows", "dataset")
    artifact.add(table, "table")
    return artifact


def log(root: Path, artifact: vt.Artifact) -> None:
    with vt.init(project="p", job_type="make", store=root) as run:
        run.log_artifact(artifact)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for version in range(2):
        log(tmp_path, made(version))
    return tmp_path


@pytest.fixture
def server(root: Path) -> Iterator[Server]:
    registry = Registry()
    registry.load_entry_points()
    project = Project(root)
    with Server(project, registry, port=0) as serving:
        yield serving
    project.close()


def address(server: Server, **view: Any) -> str:
    return f"{server.url}?{View(source=SOURCE, **view).to_query()}"


def typed(page: Any, text: str) -> None:
    box = page.get_by_role("combobox", name="filter")
    box.fill(text)
    box.press("Enter")


def test_what_is_logged_meanwhile_appears(page: Any, server: Server, root: Path) -> None:
    page.goto(address(server))
    page.get_by_text("20 rows", exact=True).wait_for()
    assert page.locator(".pick").filter(has_text="v2").count() == 0
    log(root, made(2))
    page.locator(".pick").filter(has_text="v2").wait_for()
    page.get_by_role("button", name="compare by").click()
    page.get_by_role("menuitem", name="rows:v2").click()
    page.get_by_text("20 rows, matched by id", exact=True).wait_for()


def test_a_store_is_opened_before_anything_is_in_it(page: Any, tmp_path: Path) -> None:
    registry = Registry()
    registry.load_entry_points()
    project = Project(tmp_path)
    with Server(project, registry, port=0) as serving:
        page.goto(serving.url)
        page.get_by_text("Nothing is stored yet").wait_for()
        log(tmp_path, made(0))
        page.locator(".pick").filter(has_text="v0").click()
        page.get_by_text("20 rows", exact=True).wait_for()
        page.locator(ROWS).filter(has_text="cat").first.wait_for()
    project.close()


def test_what_is_no_table_is_told_calmly(page: Any, server: Server, root: Path, shot: Any) -> None:
    artifact = vt.Artifact("notes", "text")
    with artifact.new_file("notes.txt") as file:
        file.write("nothing to see")
    log(root, artifact)
    page.goto(f"{server.url}?artifact=notes:v0&entry=notes.txt")
    page.get_by_text("'notes.txt' of 'notes:v0' is no table").wait_for()
    shot("page-no-table")
    page.locator(".fold").filter(has_text="rows").click()
    page.locator(".pick").filter(has_text="v0").last.click()
    page.locator(ROWS).filter(has_text="cat").first.wait_for()
    assert page.get_by_text("is no table").count() == 0


def test_two_people_do_not_disturb_each_other(
    page: Any, server: Server, until: Until, new_context: Any
) -> None:
    other = new_context().new_page()
    for each in (page, other):
        each.goto(address(server))
        each.get_by_text("20 rows", exact=True).wait_for()
    typed(page, "{$lt: ['$id', 3]}")
    page.get_by_text("3 rows of 20", exact=True).wait_for()
    typed(other, "{$lt: ['$id', 5]}")
    other.get_by_text("5 rows of 20", exact=True).wait_for()
    until(lambda: (page.locator(ROWS).count(), other.locator(ROWS).count()) == (3, 5))
    assert page.get_by_text("3 rows of 20", exact=True).is_visible()
    assert "5" not in View.from_query(page.url.partition("?")[2]).where


def test_a_class_is_hidden_in_every_picture_of_the_column(
    page: Any, server: Server, until: Until, shot: Any
) -> None:
    page.goto(address(server, row=0))
    page.locator("vt-picture[controls]").wait_for()

    def boxes(inside: str) -> int:
        return int(page.locator(inside).evaluate("each => each.stage.seen.length"))

    small = f"{ROWS}[aria-rowindex='3'] vt-picture"
    until(lambda: (boxes("vt-picture[controls]"), boxes(small)) == (2, 2))
    shot("page-row")
    classes = page.get_by_role("group", name="classes")
    classes.get_by_role("button", name="dog").click()
    until(lambda: (boxes("vt-picture[controls]"), boxes(small)) == (1, 1))
    shot("page-class-hidden")


def test_a_version_has_one_colour_everywhere(page: Any, server: Server, shot: Any) -> None:
    other = Source(artifact="rows:v1", entry="table")
    page.goto(address(server, compare=(other,), group=("label",), row=0))
    page.get_by_text("2 groups, 20 rows, matched by id").wait_for()
    page.locator("h3").filter(has_text="loss").wait_for()
    page.wait_for_load_state("networkidle")
    shot("page-compared-grouped")
    first, second = version_color(0), version_color(1)
    heads = page.locator("[role=columnheader][data-column=loss]")
    column = heads.get_attribute("aria-colindex")
    cells = page.locator(f"{ROWS} .cell[aria-colindex='{column}']").first
    for place in (heads, cells):
        place.locator(f"[fill='{first}']").first.wait_for()
        place.locator(f"[fill='{second}']").first.wait_for()
    chip = page.locator(".chip").filter(has_text="rows:v1").locator(".dot")
    assert chip.evaluate("each => getComputedStyle(each).backgroundColor") == rgb(second)
    models = page.evaluate(
        "() => Object.values(Bokeh.documents[0]._all_models ? [...Bokeh.documents[0]._all_models.values()] : [])"
        ".map(m => m.fill_color?.value ?? m.fill_color).filter(c => typeof c === 'string')"
    )
    assert {first, second} <= set(models)


def rgb(color: str) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


def test_a_selection_in_a_plot_narrows_the_filter(page: Any, server: Server, until: Until) -> None:
    page.goto(address(server, where="{$lt: ['$id', 12]}", group=("label",), row=0))
    page.locator("h3").filter(has_text="loss").wait_for()
    plot = page.get_by_role("group", name="loss").locator(".bk-Canvas, canvas").first
    plot = page.locator(".bk-Figure").nth(1) if plot.count() == 0 else plot
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 70, steps=5)
    page.mouse.up()

    def where() -> str:
        return View.from_query(page.url.partition("?")[2]).where

    until(lambda: where().startswith("{$and: [{$lt: ['$id', 12]}, "))
    page.get_by_text(" of 20").first.wait_for()
    assert page.get_by_role("alert").filter(has_text="$").count() == 0


def test_a_question_past_its_limit_is_told_and_the_page_goes_on(
    page: Any, server: Server, until: Until, tolerated: list[str]
) -> None:
    tolerated.append("503")
    heavy = "{$gt: [{$size: {$range: [0, {$add: [1000000000, '$id']}]}}, 5]}"
    page.goto(address(server))
    page.get_by_text("20 rows", exact=True).wait_for()
    typed(page, heavy)
    page.get_by_role("alert").filter(has_text="$range makes more than").first.wait_for()
    until(lambda: View.from_query(page.url.partition("?")[2]) == View(source=SOURCE))
    page.locator(ROWS).nth(3).filter(has_text="dog").wait_for()
    assert page.get_by_role("combobox", name="filter").input_value() == heavy
    typed(page, "{$lt: ['$id', 3]}")
    page.get_by_text("3 rows of 20", exact=True).wait_for()


def test_a_page_that_is_closed_leaves_nothing(page: Any, server: Server, until: Until) -> None:
    page.goto(address(server, row=0))
    page.get_by_text("of 20", exact=True).wait_for()
    page.locator("vt-picture[controls]").wait_for()
    every = [one for one in gc.get_objects() if isinstance(one, Session)]
    sessions = weakref.WeakSet(one for one in every if one.project is server.project)
    del every
    assert len(sessions) == 1
    listeners = server.registry._listeners
    assert len(listeners) == 1
    page.goto("about:blank")
    until(lambda: all(one.connection_count == 0 for one in server.tornado.get_sessions("/")))
    pages = server.tornado._applications["/"]
    asyncio.run_coroutine_threadsafe(pages._cleanup_sessions(-1), server._loop).result()
    assert not listeners
    until(lambda: gc.collect() >= 0 and not sessions)
