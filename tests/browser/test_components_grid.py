"""The virtual grid: any number of rows, only those that are seen are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from component_stand import Stand, column

from vitrail_panels.components import Grid

pytestmark = pytest.mark.browser

ROWS = "[role=rowgroup].layer .row:not([hidden])"


def source(n: int, name: str = "", wide: int = 0) -> str:
    return f"api/window?n={n}&name={name}&wide={wide}"


def grid(n: int, *, wide: int = 0, name: str = "", **params: Any) -> Grid:
    columns = [column("number"), column("letters", align=""), column("plot", align="")]
    return Grid(**({"columns": columns, "total": n, "source": source(n, name, wide)} | params))


def whole(page: Any) -> None:
    """Waits until every row that is seen is filled."""
    page.wait_for_selector(f"{ROWS}")
    painted(page)
    page.wait_for_function(
        """() => { const root = [...document.querySelectorAll('*')].reduce(function find(found, node) {
             if (found || !node.shadowRoot) return found;
             return node.shadowRoot.querySelector('[role=grid]') ?? [...node.shadowRoot.querySelectorAll('*')].reduce(find, null);
           }, null); const rows = [...root.querySelectorAll('.row:not([hidden])')];
           return rows.length && rows.every((row) => !row.classList.contains('loading')) && !root.classList.contains('stale'); }"""
    )


def seen(page: Any) -> list[tuple[int, str, float]]:
    """The rows on screen from the top: (index, text of the first cell, px from the top)."""
    found = page.locator(ROWS).evaluate_all(
        """rows => rows.map(row => [row.ariaRowIndex ?? row.getAttribute('aria-rowindex'), row.children[0].textContent,
             new DOMMatrix(getComputedStyle(row).transform).f])"""
    )
    return sorted(((int(index) - 2, text, top) for index, text, top in found), key=lambda row: row[2])


def box(page: Any) -> Any:
    return page.locator(".box")


def painted(page: Any) -> None:
    """Waits until what was done is on screen."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def scroll_to(page: Any, share: float) -> None:
    box(page).evaluate(
        "(box, share) => { box.scrollTop = Math.round(share * (box.scrollHeight - box.clientHeight)); }",
        share,
    )
    whole(page)


def sizes(page: Any) -> list[int]:
    """Collects the sizes of the windows that arrive, in bytes."""
    found: list[int] = []
    page.on("response", lambda answer: "api/window" in answer.url and found.append(len(answer.body())))
    return found


def test_a_million_rows_scroll_from_top_to_bottom_in_windows_of_less_than_100_kb(
    stand: Stand, page: Any
) -> None:
    bytes_of = sizes(page)
    stand.show(page, lambda: grid(1_000_000, wide=40))
    whole(page)
    for step in range(21):
        scroll_to(page, step / 20)
        rows = seen(page)
        assert [text for _, text, _ in rows] == [f"{index:,}" for index, _, _ in rows]
    assert rows[-1][0] == 999_999
    assert len(bytes_of) > 20
    assert max(bytes_of) < 100_000
    assert sum(stop - start for _, start, stop in stand.asked) < 10_000


def test_windows_of_long_rows_stay_small(stand: Stand, page: Any) -> None:
    bytes_of = sizes(page)
    stand.show(page, lambda: grid(50_000, wide=5_000, row_height=24))
    for step in range(6):
        whole(page)
        scroll_to(page, step / 5)
    assert max(bytes_of) < 100_000


def test_a_hundred_million_picture_high_rows_are_reached_exactly(
    stand: Stand, page: Any, shot: Any
) -> None:
    stand.show(page, lambda: grid(100_000_000, row_height=72))
    whole(page)
    table = page.get_by_role("grid")
    table.press("ArrowDown")
    table.press("End")
    whole(page)
    rows = seen(page)
    assert rows[-1][:2] == (99_999_999, "99,999,999")
    height = page.locator(".layer").evaluate("layer => layer.clientHeight")
    assert rows[-1][2] + 72 == pytest.approx(height)
    shot("grid-last-of-a-hundred-million")
    table.press("ArrowUp")
    table.press("Home")
    whole(page)
    assert seen(page)[0] == (0, "0", 0)


def test_in_the_middle_of_a_hundred_million_rows_the_wheel_moves_by_its_own_pixels(
    stand: Stand, page: Any
) -> None:
    stand.show(page, lambda: grid(100_000_000, row_height=72))
    whole(page)
    scroll_to(page, 0.5)
    page.wait_for_timeout(400)  # the scrollbar has been put where it belongs

    def top() -> float:
        index, _, offset = seen(page)[0]
        return index * 72 - offset

    before = top()
    assert 49_000_000 * 72 < before < 51_000_000 * 72
    page.mouse.move(500, 400)
    for moved in (100, 300, 200):
        page.mouse.wheel(0, moved - (top() - before))
        page.wait_for_function("() => new Promise(done => setTimeout(() => done(true), 300))")
        assert top() - before == pytest.approx(moved, abs=0.01)
    whole(page)
    assert all(text == f"{index:,}" for index, text, _ in seen(page))


def test_keys_walk_through_the_table_and_enter_opens_the_row(
    stand: Stand, page: Any, until: Callable[..., None]
) -> None:
    heard: list[Any] = []
    shown = stand.show(page, lambda: grid(5_000))
    shown.listen(heard.append)
    whole(page)
    table = page.get_by_role("grid")
    active = page.locator(".cell.active")
    walked = []
    for key in (
        "ArrowDown",
        "ArrowDown",
        "ArrowRight",
        "ArrowLeft",
        "End",
        "ArrowUp",
        "Home",
        "PageDown",
    ):
        table.press(key)
        whole(page)
        cell = active.first
        walked.append(
            (
                int(cell.locator("..").get_attribute("aria-rowindex")) - 2,
                cell.get_attribute("aria-colindex"),
            )
        )
        assert table.get_attribute("aria-activedescendant") == cell.get_attribute("id")
    assert walked[:7] == [(0, "1"), (1, "1"), (1, "2"), (1, "1"), (4999, "1"), (4998, "1"), (0, "1")]
    assert walked[7][0] > 5
    table.press("Enter")
    until(lambda: heard == [{"type": "open", "row": walked[7][0]}])


def test_a_click_opens_the_row_and_the_open_row_is_marked(
    stand: Stand, page: Any, until: Callable[..., None]
) -> None:
    heard: list[Any] = []
    shown = stand.show(page, lambda: grid(100))
    shown.listen(heard.append)
    whole(page)
    page.get_by_text("7", exact=True).click()
    until(lambda: heard == [{"type": "open", "row": 7}])
    shown.row = 7
    page.wait_for_selector(".row.open[aria-rowindex='9'][aria-selected=true]")


def test_the_head_menu_is_worked_by_keys(
    stand: Stand, page: Any, until: Callable[..., None], shot: Any
) -> None:
    heard: list[Any] = []
    shown = stand.show(page, lambda: grid(100))
    shown.listen(heard.append)
    whole(page)
    more = page.get_by_role("button", name="number: how it is shown and sorted")
    more.press("Enter")
    expected = ["number", "text", "histogram"]
    assert page.get_by_role("menuitemradio").all_inner_texts() == expected
    assert page.get_by_role("menuitemradio", name="number").get_attribute("aria-checked") == "true"
    shot("grid-menu")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    until(lambda: heard == [{"type": "choose", "column": "number", "visualizer": "histogram"}])
    more.press("Enter")
    page.keyboard.press("Escape")
    assert page.get_by_role("menu").count() == 0
    assert more.evaluate("node => node.getRootNode().activeElement === node")
    for label, message in {
        "Settings…": {"type": "settings", "column": "number"},
        "Sort descending": {"type": "sort", "column": "number", "descending": True, "add": False},
        "Group by this column": {"type": "group", "column": "number"},
    }.items():
        heard.clear()
        more.click()
        page.get_by_role("menuitem", name=label).click()
        until(lambda message=message: heard == [message])


def test_a_click_on_the_title_sorts_up_then_down_then_not_and_shift_adds(
    stand: Stand, page: Any, until: Callable[..., None]
) -> None:
    heard: list[Any] = []
    shown = stand.show(page, lambda: grid(100))
    shown.listen(heard.append)
    whole(page)
    title = page.get_by_role("columnheader").first.locator(".title")
    for sort, spoken, following in (
        ("", "none", False),
        ("asc", "ascending", True),
        ("desc", "descending", None),
    ):
        shown.columns = [column("number", sort=sort), *shown.columns[1:]]
        page.wait_for_selector(f"[role=columnheader][aria-sort={spoken}][data-column=number]")
        title.click(modifiers=["Shift"])
        until(lambda: len(heard) == 1)
        assert heard.pop() == {"type": "sort", "column": "number", "descending": following, "add": True}


def test_a_column_is_made_wider_by_its_edge_and_the_head_stays_over_its_cells(
    stand: Stand, page: Any
) -> None:
    many = [column(f"c{i}", width=300) for i in range(8)]
    stand.cells = lambda name, row, wide: [f"<span>{row}</span>"] * 8
    stand.show(page, lambda: grid(1000, columns=many))
    whole(page)
    edge = page.locator(".edge").first.bounding_box()
    page.mouse.move(edge["x"] + 4, edge["y"] + 10)
    page.mouse.down()
    page.mouse.move(edge["x"] + 104, edge["y"] + 10, steps=4)
    page.mouse.up()
    box(page).evaluate("box => { box.scrollLeft = 500; }")
    head = page.get_by_role("columnheader").nth(2).bounding_box()
    cell = page.locator(f"{ROWS} .cell:nth-child(3)").first.bounding_box()
    assert page.get_by_role("columnheader").first.bounding_box()["width"] == 400
    assert (head["x"], head["width"]) == (cell["x"], cell["width"])
    assert head["x"] < edge["x"] + 500


def test_a_new_view_keeps_the_old_rows_greyed_until_its_own_are_here(
    stand: Stand, page: Any, shot: Any
) -> None:
    shown = stand.show(page, lambda: grid(1000, name="old-"))
    whole(page)
    stand.held.add("new-")
    shown.param.update(source=source(500, "new-"), total=500, columns=[column("other")])
    page.wait_for_selector(".grid.stale[aria-busy=true]")
    assert seen(page)[0][1] == "old-0"
    assert page.get_by_role("columnheader").count() == 3
    shot("grid-stale")
    stand.held.clear()
    page.wait_for_selector(".grid:not(.stale)[role=grid]")
    whole(page)
    assert seen(page)[0][1] == "new-0"
    assert page.get_by_role("columnheader").all_inner_texts()[0].startswith("other")
    assert page.get_by_role("grid").get_attribute("aria-rowcount") == "501"


def test_another_drawing_of_the_same_rows_keeps_the_place(stand: Stand, page: Any) -> None:
    shown = stand.show(page, lambda: grid(10_000))
    whole(page)
    scroll_to(page, 0.5)
    before = seen(page)[0]
    shown.source = source(10_000) + "&show=text"
    page.wait_for_timeout(100)
    whole(page)
    assert seen(page)[0] == before
    shown.source = source(10_000) + "&show=text&where=1"
    page.wait_for_timeout(100)
    whole(page)
    assert seen(page)[0][0] == 0


def test_an_error_is_shown_over_the_old_rows_and_can_be_tried_again(
    stand: Stand, page: Any, tolerated: list[str], shot: Any
) -> None:
    tolerated.append("400")
    shown = stand.show(page, lambda: grid(1000, name="old-"))
    whole(page)
    stand.refused.add("new-")
    shown.source = source(1000, "new-")
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "the query took longer than 5 s <b>; narrow it" in alert.inner_text()
    assert seen(page)[0][1] == "old-0"
    shot("grid-error")
    stand.refused.clear()
    alert.get_by_role("button", name="Try again").click()
    page.wait_for_selector(".grid:not(.stale)[role=grid]")
    whole(page)
    assert seen(page)[0][1] == "new-0"
    assert not alert.is_visible()


def test_what_is_no_longer_looked_at_is_given_up(
    stand: Stand, page: Any, until: Callable[..., None]
) -> None:
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    stand.show(page, lambda: grid(1_000_000))
    whole(page)
    stand.held.add("")
    for share in (0.3, 0.6):
        box(page).evaluate("(box, share) => { box.scrollTop = share * box.scrollHeight; }", share)
        page.wait_for_timeout(100)
    until(lambda: len(failed) >= 1)
    stand.held.clear()
    whole(page)
    assert all(text == f"{index:,}" for index, text, _ in seen(page))


def test_an_empty_table_says_so(stand: Stand, page: Any, shot: Any) -> None:
    shown = stand.show(page, lambda: grid(0))
    page.get_by_text("No rows").wait_for()
    shot("grid-empty")
    shown.source = ""
    page.get_by_text("No table is open").wait_for()
    assert stand.asked == []


def test_rows_that_are_still_being_counted_can_be_scrolled(stand: Stand, page: Any) -> None:
    shown = stand.show(page, lambda: grid(200, total=-1))
    whole(page)
    assert page.get_by_role("grid").get_attribute("aria-rowcount") == "-1"
    for _ in range(12):
        scroll_to(page, 1)
    assert seen(page)[-1][1] == "199"
    shown.total = 200
    page.wait_for_selector("[role=grid][aria-rowcount='201']")


def test_a_window_past_the_end_may_be_answered_first(stand: Stand, page: Any, until: Any) -> None:
    first: list[Any] = []

    def hold(route: Any) -> None:
        first.append(route)

    page.route(re.compile(r"api/window.*[?&]start=0&"), hold)
    shown = stand.show(page, lambda: grid(3, total=-1))
    page.wait_for_selector(f"{ROWS}.loading")
    shown.total = 3
    until(lambda: page.locator(ROWS).count() == 3)
    first[0].continue_()
    whole(page)
    painted(page)
    assert [text for _, text, _ in seen(page)] == ["0", "1", "2"]
    assert page.get_by_role("grid").get_attribute("aria-busy") == "false"


def test_a_readers_table_has_rows_heads_and_cells_with_their_places(stand: Stand, page: Any) -> None:
    stand.show(page, lambda: grid(1000, headers={"plot": "<svg role='img' aria-label='own'></svg>"}))
    whole(page)
    table = page.get_by_role("grid")
    assert [table.get_attribute(f"aria-{name}") for name in ("rowcount", "colcount")] == ["1001", "3"]
    assert [
        each.get_attribute("aria-colindex") for each in table.get_by_role("columnheader").all()
    ] == list("123")
    first = table.get_by_role("row").nth(1)
    assert first.get_attribute("aria-rowindex") == "2"
    assert first.get_by_role("gridcell").count() == 3
    assert table.get_by_role("img", name="own").count() == 1


def test_estimated_rows_are_marked_until_their_exact_values_are_here(
    stand: Stand, page: Any, shot: Any, until: Any
) -> None:
    stand.estimated.add("sums-")
    stand.held.add("sums-")
    stand.show(page, lambda: grid(40, name="sums-"))
    whole(page)
    assert seen(page)[0][1] == "about sums-0"
    assert page.locator(f"{ROWS}:not(.draft)").count() == 0
    shot("grid-estimated")
    stand.held.clear()
    until(lambda: [text for _, text, _ in seen(page)][:2] == ["sums-0", "sums-1"])
    until(lambda: page.locator(f"{ROWS}.draft").count() == 0)
