"""What people do with a table: its columns, its rows, and what they take away from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import vitrail as vt
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Source, View
from vitrail_panels.serve import Server

pytestmark = pytest.mark.browser

SOURCE = Source(artifact="rows:v0", entry="table")
ROWS = "[role=rowgroup].layer .row:not([hidden]):not(.loading)"
LABELS = ("cat", "dog", "cow")
Until = Callable[[Callable[[], bool]], None]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("store")
    with vt.init(project="p", job_type="make", store=root) as run:
        columns = ["id", "label", "loss", "best", "picture", "a long text"]
        table = vt.Table(columns)
        for row in range(60):
            image = vt.Image(np.full((24, 32, 3), 4 * row, "uint8"))
            table.add_data(row, LABELS[row % 3], row / 10, 2.5, image, f"words {row} " * 9)
        artifact = vt.Artifact("rows", "dataset")
        artifact.add(table, "table")
        run.log_artifact(artifact)
    project = Project(root)
    registry = Registry()
    registry.load_entry_points()
    with Server(project, registry, port=0) as serving:
        yield serving
    project.close()


@pytest.fixture
def go(page: Any, server: Server) -> Callable[..., None]:
    def to(**view: Any) -> None:
        page.goto(f"{server.url}?{View(source=SOURCE, **view).to_query()}")
        page.wait_for_selector(ROWS)

    return to


def shown(page: Any) -> View:
    """The view that the address names."""
    return View.from_query(page.url.partition("?")[2])


def names(page: Any) -> list[str]:
    found: list[str] = page.locator(".head .title").all_inner_texts()
    return found


def head(page: Any, name: str) -> Any:
    return page.locator(f'.head[data-column="{name}"]')


def box(located: Any) -> dict[str, float]:
    """Where a part of the page is; nothing while it is drawn anew."""
    return located.bounding_box() or {}


def menu(page: Any, column: str, item: str) -> None:
    page.get_by_role("button", name=f"{column}: how it is shown and sorted").click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def test_columns_are_hidden_pinned_moved_and_widened_and_the_link_shows_the_same(
    page: Any, go: Any, until: Until, shot: Any
) -> None:
    go()
    menu(page, "best", "Hide")
    until(lambda: names(page) == ["id", "label", "loss", "picture", "a long text"])
    menu(page, "loss", "Pin to the left")
    until(lambda: names(page)[0] == "loss")
    head(page, "a long text").locator(".title").drag_to(
        head(page, "label"), target_position={"x": 8, "y": 20}
    )
    until(lambda: names(page) == ["loss", "id", "a long text", "label", "picture"])
    page.get_by_role("button", name="picture", exact=False).and_(page.locator(".title")).press(
        "Alt+Shift+ArrowLeft"
    )
    until(lambda: names(page) == ["loss", "id", "a long text", "picture", "label"])
    before = box(head(page, "a long text"))["width"]
    head(page, "a long text").locator(".edge").dblclick()
    until(lambda: box(head(page, "a long text")).get("width", 0) > before + 200)
    until(lambda: "a long text" in shown(page).widths)
    page.locator(".box").evaluate("box => { box.scrollLeft = 400; }")
    left = box(page.get_by_role("grid"))["x"]
    until(lambda: left <= box(head(page, "loss")).get("x", 0) < left + 60)
    pinned = page.locator(f"{ROWS} .cell.pinned").first
    until(lambda: box(pinned).get("x", 0) == box(head(page, "loss")).get("x", 1))
    shot("table-columns")
    view = shown(page)
    assert (view.hidden, view.pinned) == (("best",), ("loss",))
    go(**view.model_dump(exclude={"source"}))
    until(lambda: names(page) == ["loss", "id", "a long text", "picture", "label"])


def test_the_menu_of_columns_finds_shows_adds_and_marks_mistakes(
    page: Any, go: Any, until: Until, shot: Any
) -> None:
    go(hidden=("best", "loss", "nowhere"))
    page.get_by_text("not in this table: nowhere").wait_for()
    button = page.get_by_role("button", name="Columns")
    button.press("Enter")
    panel = page.get_by_role("dialog", name="columns")
    panel.get_by_role("searchbox").fill("LO")
    assert panel.get_by_role("checkbox").count() == 2
    panel.get_by_role("checkbox", name="loss").press("Space")
    until(lambda: names(page)[:3] == ["id", "label", "loss"])
    shot("table-columns-menu")
    panel.get_by_role("button", name="Add a column…").click()
    page.get_by_label("Name").fill("gap")
    text = page.get_by_label("Expression")
    text.fill("{$subtract: ['$los', '$best']}")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("Did you mean 'loss'").wait_for()
    marked = text.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)")
    assert marked == "los"
    text.fill("{$subtract: ['$loss', '$best']}")
    page.get_by_role("button", name="Add", exact=True).click()
    until(lambda: "gap" in names(page))
    menu(page, "gap", "Sort descending")
    page.get_by_role("combobox", name="filter").fill("{$lt: ['$gap', 0]}")
    page.get_by_role("combobox", name="filter").press("Enter")
    page.get_by_text("25 rows of 60").wait_for()
    cell = page.locator(f"{ROWS} .cell").nth(names(page).index("gap"))
    until(lambda: cell.inner_text().replace("−", "-").startswith("-0.1"))
    page.get_by_role("button", name="Columns").click()
    panel.get_by_text("Small").click()
    until(lambda: (page.locator(ROWS).first.bounding_box() or {}).get("height") == 32)
    panel.get_by_role("button", name="remove: gap").click()
    page.get_by_role("alert").filter(has_text="no column 'gap'").wait_for()  # the filter names it
    assert "gap" in names(page)
    page.get_by_role("combobox", name="filter").fill("")
    page.get_by_role("combobox", name="filter").press("Enter")
    page.get_by_text("60 rows", exact=True).wait_for()
    page.get_by_role("button", name="Columns").click()
    panel.get_by_role("button", name="remove: gap").click()
    until(lambda: "gap" not in names(page))


def test_picked_rows_survive_sorting_and_are_copied_exported_and_saved(
    page: Any, go: Any, until: Until, shot: Any
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    go(order=("label", "id"), hidden=("picture", "a long text", "best"))
    rows = page.locator(ROWS)
    bar = page.get_by_role("region", name="picked rows")
    rows.nth(1).locator(".gutter").click()
    rows.nth(3).click(modifiers=["Shift"])
    rows.nth(2).click(modifiers=["ControlOrMeta"])
    bar.get_by_text("2 rows picked").wait_for()
    page.keyboard.press("ControlOrMeta+c")
    page.get_by_text("Copied", exact=True).wait_for()
    text = page.evaluate("() => navigator.clipboard.readText()")
    assert text.split("\r\n") == ["label\tid\tloss", "dog\t1\t0.1", "cat\t3\t0.3"]
    menu(page, "id", "Sort descending")
    until(lambda: rows.first.locator(".cell").nth(1).inner_text() == "59")
    page.get_by_role("grid").press("End")
    page.get_by_role("grid").press("ArrowUp")
    until(lambda: page.locator(".row.picked:not([hidden])").count() == 2)
    ids = page.locator(".row.picked:not([hidden]) .gutter + .cell + .cell")
    until(lambda: sorted(ids.all_inner_texts()) == ["1", "3"])
    shot("table-picked")
    with page.expect_download() as download:
        bar.get_by_role("button", name="Export").click()
        page.get_by_role("menuitem", name="JSON lines").click()
    assert download.value.suggested_filename == "rows-v0 table.jsonl"
    assert [line["id"] for line in map(json.loads, download.value.path().read_text().splitlines())] == [
        3,
        1,
    ]
    bar.get_by_role("button", name="Save as a subset…").click()
    page.get_by_label("Name").fill("few")
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_text("Saved as few:v0").wait_for()
    page.get_by_role("grid").press("Escape")
    until(lambda: not bar.is_visible())
    page.get_by_role("grid").press("ControlOrMeta+a")
    bar.get_by_text("60 rows picked").wait_for()
    with page.expect_download() as download:
        page.locator(".set.columns").get_by_role("button", name="Export").click()
        page.get_by_role("menuitem", name="CSV").click()
    assert len(download.value.path().read_text().splitlines()) == 61
    page.get_by_role("grid").press("Home")
    rows.nth(0).locator(".gutter").click()
    rows.nth(2).locator(".gutter").click()
    bar.get_by_text("58 rows picked").wait_for()
    until(lambda: page.locator(ROWS).first.get_attribute("aria-selected") == "false")
    with page.expect_download() as download:
        bar.get_by_role("button", name="Export").click()
        page.get_by_role("menuitem", name="CSV").click()
    left = [line.split(",")[1] for line in download.value.path().read_text().splitlines()[1:]]
    assert left == [str(row) for row in range(59, -1, -1) if row not in (59, 57)]
    filter_ = page.get_by_role("combobox", name="filter")
    filter_.fill("{id: {$lt: 9}}")
    filter_.press("Enter")
    until(lambda: not bar.is_visible())


def test_groups_unfold_in_place_level_by_level(page: Any, go: Any, until: Until, shot: Any) -> None:
    go(group=("label", "{$gt: ['$id', 29]}"), hidden=("best", "a long text"))
    assert page.locator(ROWS).count() == 6
    menu(page, "label", "Group level by level")
    until(lambda: page.locator(ROWS).count() == 3)
    page.locator(".layer .fold").nth(1).click()
    until(lambda: page.locator(f"{ROWS}.inner").count() == 2)
    grid = page.get_by_role("treegrid")
    grid.press("ArrowDown")
    for _ in range(2):
        grid.press("ArrowDown")
    grid.press("+")
    until(lambda: shown(page).unfolded == ("1", "1.0"))
    page.locator(f'{ROWS}[aria-level="3"]').first.wait_for()
    inner = page.locator(f'{ROWS}[aria-level="3"]')
    inner.nth(0).locator(".gutter input").click()
    inner.nth(2).locator(".gutter input").click()
    bar = page.get_by_role("region", name="picked rows")
    bar.get_by_text("2 rows picked").wait_for()
    assert page.locator(".row.picked:not([hidden])").count() == 2
    shot("table-unfolded")
    with page.expect_download() as download:
        bar.get_by_role("button", name="Export").click()
        page.get_by_role("menuitem", name="JSON lines").click()
    lines = map(json.loads, download.value.path().read_text().splitlines())
    assert [line["id"] for line in lines] == [2, 8]
    assert bar.get_by_role("button", name="Save as a subset…").is_visible()
    page.locator(f'{ROWS}[aria-level="1"] .gutter input').first.click()
    bar.get_by_text("1 row picked").wait_for()
    assert not bar.get_by_role("button", name="Save as a subset…").is_visible()
    bar.get_by_role("button", name="pick nothing").click()
    page.locator(f'{ROWS}[aria-level="3"]').nth(1).click()
    page.get_by_text("row 1", exact=True).wait_for()
    until(lambda: (shown(page).within, shown(page).row) == ("1.0", 1))
    page.get_by_role("heading", name="id number").wait_for()
    page.locator(".layer .fold").nth(1).click()
    until(lambda: page.locator(f"{ROWS}.inner").count() == 0)
    assert shown(page).row is None


def test_rows_stand_as_cards_that_keys_and_hands_reach(
    page: Any, go: Any, until: Until, shot: Any
) -> None:
    go(hidden=("best", "a long text"), height=32)
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("dialog", name="columns").get_by_text("Gallery").click()
    page.keyboard.press("Escape")
    cards = page.locator(ROWS)
    until(
        lambda: (
            shown(page).layout == "gallery" and (cards.first.bounding_box() or {}).get("width") == 160
        )
    )
    picture, caption = cards.first.locator(".cell.cover").bounding_box(), cards.first.bounding_box()
    assert picture["height"] > caption["height"] / 2
    grid = page.get_by_role("grid")
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "Space", "Enter"):
        grid.press(key)
    page.get_by_role("region", name="picked rows").get_by_text("1 row picked").wait_for()
    beside = page.evaluate(
        "width => Math.floor((width - 12) / 172)", page.locator(".box").bounding_box()["width"]
    )
    until(lambda: shown(page).row is not None and shown(page).row > beside // 2)
    shot("table-gallery")
    grid.press("End")
    until(lambda: "59" in cards.filter(has=page.locator(".cell.active")).first.inner_text())


def test_stop_withdraws_the_rows_that_are_asked_over_http(
    page: Any, server: Server, until: Until, shot: Any
) -> None:
    gone = server.questions.withdrawn
    made = "{$size: {$filter: {input: {$range: [0, 9000]}, as: 'x', cond: {$lt: ['$$x', '$$y']}}}}"
    slow = f"{{$sum: {{$map: {{input: {{$range: ['$id', 9000]}}, as: 'y', in: {made}}}}}}}"
    page.goto(f"{server.url}?{View(source=SOURCE, derived={'slow': slow}).to_query()}")
    until(lambda: server.questions.waiting > 0)
    stop = page.get_by_role("button", name="Stop").first
    stop.click()
    page.get_by_text("Stopped before all rows were here.").wait_for()
    until(lambda: server.questions.waiting == 0)
    assert server.questions.withdrawn > gone
    shot("table-stopped")
    again = server.questions.withdrawn
    page.get_by_role("button", name="Try again").click()
    until(lambda: server.questions.waiting > 0)
    page.get_by_text("Rows are still being read …").wait_for()
    shot("table-slow")
    page.get_by_role("status").get_by_role("button", name="Stop").click()
    until(lambda: server.questions.waiting == 0 and server.questions.withdrawn > again)
