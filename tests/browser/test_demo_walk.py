"""The demo in the browser: where a person finds what is worse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rest import at_rest

from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Source
from vitrail_panels.demo.project import Demo
from vitrail_panels.serve import Server

pytestmark = pytest.mark.browser

ROWS = "[role=rowgroup].layer .row:not([hidden])"
NEW, OLD = (Source(artifact=f"predictions:{v}", entry="predictions") for v in ("v1", "v0"))

EXPLODED = """() => [...(window.Bokeh?.documents[0]?._all_models.values() ?? [])].some(
  (model) => [...(model.data?.get?.('label') ?? model.data?.label ?? [])].includes('predictions:v1'))"""

Shot = Callable[[str], Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("demo") / "store"
    Demo(root, 120, lambda step, done, total: None).log()
    registry = Registry()
    registry.load_entry_points()
    project = Project(root)
    with Server(project, registry, port=0) as serving:
        yield serving
    project.close()


def column_menu(page: Any, column: str, item: str) -> None:
    page.get_by_role("button", name=f"{column}: how it is shown and sorted").click()
    page.get_by_role("menuitem", name=item).click()


def first_row(page: Any) -> Any:
    return page.locator(f"{ROWS}[aria-rowindex='2']")


def column_of(page: Any, name: str, rows: str = ROWS) -> list[str]:
    """What the cells of a column show, of some rows."""
    place = page.locator(f"[role=columnheader][data-column={name}]").get_attribute("aria-colindex")
    return page.locator(f"{rows} [aria-colindex='{place}']").all_inner_texts()


def picture(page: Any) -> np.ndarray:
    page.mouse.move(0, 0)
    at_rest(page)
    return np.asarray(Image.open(BytesIO(page.locator("main").screenshot())).convert("RGB"))


def test_from_the_sidebar_to_the_worst_row_and_on_to_a_link(
    page: Any, browser: Any, browser_context_args: Any, server: Server, shot: Shot
) -> None:
    def seen(name: str) -> None:
        at_rest(page)
        shot(f"walk-{name}")

    page.goto(server.url)
    shelves = page.get_by_role("navigation", name="artifacts")
    shelves.get_by_role("button", name="predictions").click()
    shelves.locator(".pick").filter(has_text="v1").click()
    page.get_by_text("60 rows", exact=True).wait_for()
    seen("1-results")

    shelves.locator(".version").filter(has_text="hasty").hover()
    shelves.get_by_role("button", name="compare with predictions:v0").click()
    page.get_by_text("60 in v1, 60 in v0, 60 in all").wait_for()
    seen("2-compared")

    column_menu(page, "label", "Group by this column")
    page.get_by_text("10 groups, 60 rows, matched by id").wait_for()
    seen("3-grouped")

    column_menu(page, "loss", "Sort by mean v1 − mean v0, greatest first")
    page.get_by_role("columnheader", name="loss").get_by_text("v1 worse first").wait_for()
    page.locator(".box").evaluate("box => { box.scrollLeft = 0; }")
    seen("4-worst-class")
    (worst,) = column_of(page, "label", f"{ROWS}[aria-rowindex='2']")

    box = page.get_by_role("combobox", name="filter")
    box.fill(f"{{$eq: ['$label', '{worst}']}}")
    box.press("Enter")
    page.get_by_role("button", name="remove label").click()
    page.locator("[role=columnheader][data-column=count]").wait_for(state="detached")
    at_rest(page)
    column_menu(page, "loss", "Sort by v1 − v0, greatest first")
    page.get_by_role("button", name="remove loss: v1 − v0").wait_for()
    page.locator(".box").evaluate("box => { box.scrollLeft = 0; }")
    seen("5-sorted-by-difference")
    assert {text.strip() for text in column_of(page, "label")} == {worst}

    first_row(page).get_by_text(worst).first.click()
    page.locator("vt-picture[controls]").first.wait_for()
    seen("6-row")
    versions = page.locator("vt-picture[controls]")
    versions.first.locator(".stage").press("+")
    zooms = versions.evaluate_all("all => all.map(({stage}) => stage.view.zoom)")
    assert len(zooms) == 2
    assert zooms[0] == zooms[1] > 1
    one, other = (versions.nth(place).bounding_box() for place in range(2))
    assert one["y"] == other["y"]
    assert one["x"] < other["x"]
    versions.first.locator(".stage").press("0")
    classes = page.get_by_role("group", name="classes").first.get_by_role("button")
    classes.first.click()
    assert classes.first.get_attribute("aria-pressed") == "false"
    seen("7-class-hidden")
    classes.first.click()

    page.get_by_role("tab", name="lineage").click()
    page.get_by_text("7 runs, 8 versions").wait_for()
    seen("8-lineage")
    page.get_by_role("button", name="Explode").click()
    page.wait_for_function(EXPLODED)
    seen("9-exploded")
    page.wait_for_url(re.compile("tab=lineage&explode=1"))
    page.reload()
    page.wait_for_function(EXPLODED)

    page.get_by_role("tab", name="table").click()
    first_row(page).filter(has_text=worst).wait_for()
    here = picture(page)
    page.get_by_role("button", name="save and share").click()
    page.get_by_role("menuitem", name="Save view…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(f"worst of {worst}")
    seen("10-saving")
    dialog.get_by_role("button", name="Save").click()
    link = shelves.get_by_role("link", name=f"worst of {worst}")
    link.wait_for()
    address = link.get_attribute("href")
    other = browser.new_context(**browser_context_args)
    try:
        elsewhere = other.new_page()
        elsewhere.goto(address)
        first_row(elsewhere).filter(has_text=worst).wait_for()
        there = picture(elsewhere)
        elsewhere.screenshot(path=shot("walk-11-in-another-browser"))
    finally:
        other.close()
    np.testing.assert_array_equal(there, here)
