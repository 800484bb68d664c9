"""Two versions over each other in the browser: quick filters, keys, and sorting by the difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import vitrail as vt
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Source, View
from vitrail_panels.serve import Server

pytestmark = pytest.mark.browser

NEW, OLD = (Source(artifact=f"results:v{version}", entry="results") for version in (1, 0))
ROWS = "[role=rowgroup].layer .row:not([hidden])"
LABELS = ("bicycle", "car", "person")

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("store")
    with vt.init(project="p", job_type="evaluate", store=root) as run:
        for version in range(2):
            table = vt.Table(["id", "label", "loss", "score", *(["sure"] if version else [])])
            for row in range(version * 4, 40 + version * 6):
                label = LABELS[(row + (version if row % 5 == 0 else 0)) % 3]
                score = f"{row % 7}" if version else row / 7
                table.add_data(f"id {row:02}", label, row % 9 / 10 + version * (row % 4 - 1) / 20, score,
                               *([row % 2 == 0] if version else []))  # fmt: skip
            artifact = vt.Artifact("results", "result")
            artifact.add(table, "results")
            run.log_artifact(artifact)
    registry = Registry()
    registry.load_entry_points()
    project = Project(root)
    with Server(project, registry, port=0) as serving:
        yield serving
    project.close()


def shown(page: Any) -> View:
    return View.from_query(page.url.partition("?")[2])


def test_quick_filters_keys_and_the_difference(
    page: Any, server: Server, until: Until, shot: Any
) -> None:
    page.goto(f"{server.url}?{View(source=OLD, compare=(NEW,)).to_query()}")
    page.wait_for_selector(ROWS)
    quick = page.get_by_role("group", name="quick filters")
    quick.get_by_role("button", name="only in v1").filter(has_text="6").wait_for()
    quick.get_by_text("40 in v0, 42 in v1, 36 in all").wait_for()
    page.get_by_text("score: Number in v0, Text in v1; compared as values of several kinds").wait_for()
    page.get_by_text("only in v1: sure").wait_for()
    shot("compare-quick")

    quick.get_by_role("button", name="only in v0").click()
    page.get_by_text("4 rows of 46, matched by id").wait_for()
    until(lambda: shown(page).where == "{$eq: ['$1', null]}")
    pressed = quick.get_by_role("button", name="only in v0")
    until(lambda: pressed.get_attribute("aria-pressed") == "true")
    shot("compare-only")
    quick.locator("[data-quick='in all']").click()
    page.get_by_text("36 rows of 46, matched by id").wait_for()

    page.get_by_role("button", name="loss: how it is shown and sorted").click()
    shot("compare-menu")
    page.get_by_role("menuitem", name="Sort by v1 − v0, greatest first").click()
    until(lambda: [key.by for key in shown(page).sort] == ["{$subtract: ['$1.loss', '$0.loss']}"])
    gaps = {row: (row % 9 / 10 + (row % 4 - 1) / 20) - row % 9 / 10 for row in range(4, 40)}
    page.locator(ROWS).first.filter(has_text=f"id {max(gaps, key=gaps.__getitem__):02}").wait_for()
    shot("compare-sorted")

    quick.get_by_role("button", name="matched by id").click()
    page.get_by_role("menuitemradio", name="row position").click()
    page.get_by_text("matched by position").first.wait_for()
    until(lambda: shown(page).key == "")
    shot("compare-position")


def test_a_table_alone_has_no_quick_filters(page: Any, server: Server) -> None:
    page.goto(f"{server.url}?{View(source=OLD).to_query()}")
    page.wait_for_selector(ROWS)
    page.get_by_text("40 rows", exact=True).wait_for()
    assert page.get_by_role("group", name="quick filters").count() == 0


def test_what_changed_is_told_and_an_open_row_stays(
    page: Any, server: Server, until: Until, shot: Any
) -> None:
    page.goto(f"{server.url}?{View(source=OLD, compare=(NEW,)).to_query()}")
    page.get_by_role("button", name="What changed").click()
    moved = page.get_by_role("table", name="label: v0 → v1").get_by_role("row", name="→").first
    number = moved.get_by_role("button")
    number.wait_for()
    shot("compare-changes")
    found = number.inner_text()
    number.click()
    page.get_by_text(f"{found} rows of 46, matched by id").wait_for()
    moved.wait_for()

    alone = View(source=OLD, compare=(NEW,), where="{$eq: ['$1', null]}")
    page.goto(f"{server.url}?{alone.to_query()}")
    page.get_by_text("4 rows of 46, matched by id").wait_for()
    first = page.locator(f"{ROWS}[aria-rowindex='2']")
    name = first.get_by_role("gridcell").nth(1).inner_text()
    first.get_by_role("gridcell").nth(1).click()
    page.get_by_role("heading", name="row 0").wait_for()
    page.get_by_role("group", name="quick filters").get_by_role("button", name="in any").click()
    until(lambda: shown(page).where == "" and shown(page).row is not None)
    row = shown(page).row or 0
    page.get_by_role("heading", name=f"row {row}").wait_for()
    page.locator(f"{ROWS}[aria-rowindex='{row + 2}']").filter(has_text=name).wait_for()
    shot("compare-row-stays")

    page.get_by_role("button", name="remove results:v1").click()
    until(lambda: shown(page).compare == () and shown(page).row is not None)
    alone = shown(page).row or 0
    page.locator(f"{ROWS}[aria-rowindex='{alone + 2}']").filter(has_text=name).wait_for()
    page.get_by_role("navigation", name="artifacts").get_by_text("v1").first.hover()
    page.get_by_role("button", name="compare with results:v1").click()
    until(lambda: shown(page).compare == (NEW,) and shown(page).row is not None)
    page.locator(f"{ROWS}[aria-rowindex='{(shown(page).row or 0) + 2}']").filter(
        has_text=name
    ).wait_for()


def test_the_head_says_what_groups_are_sorted_by_and_begins_a_filter(
    page: Any, server: Server, until: Until, shot: Any
) -> None:
    page.goto(f"{server.url}?{View(source=OLD, compare=(NEW,), group=('id',)).to_query()}")
    page.wait_for_selector(ROWS)
    loss = page.get_by_role("columnheader", name="loss")
    loss.get_by_role("button", name="loss: how it is shown and sorted").click()
    page.get_by_role("menuitem", name="Sort by mean v1 − mean v0, greatest first").click()
    loss.get_by_text("v1 worse first: mean v1 − mean v0").wait_for()
    page.get_by_role("button", name="remove loss: mean v1 − mean v0").wait_for()
    until(lambda: shown(page).sort != ())
    shot("compare-ranked")
    loss.get_by_role("button", name="loss: how it is shown and sorted").click()
    page.get_by_role("menuitem", name="Filter by this column…").click()
    builder = page.get_by_role("dialog", name="filter by a column")
    builder.get_by_role("option").nth(1).wait_for()
    assert builder.get_by_role("option").all_inner_texts() == ["0.loss\nnumber", "1.loss\nnumber"]
    builder.get_by_role("combobox", name="column").press("ArrowDown")
    builder.get_by_role("combobox", name="column").press("Enter")
    builder.get_by_role("button", name="Add filter").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="id: how it is shown and sorted").click()
    page.get_by_role("menuitem", name="Group by this column").wait_for()
