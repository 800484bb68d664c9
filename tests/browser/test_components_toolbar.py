"""The filter, the chips and the sidebar: what they send, and what they show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from component_stand import Stand

from vitrail_panels.components import Sidebar, Toolbar

pytestmark = pytest.mark.browser

Until = Callable[[Callable[[], bool]], None]

COLUMNS = [
    {"name": "score", "type": "Number"},
    {"name": "label", "type": "Text"},
    {"name": "size", "type": "Number"},
]
OPERATORS = ["$gt", "$gte", "$size", "$in"]


def toolbar(**params: Any) -> Toolbar:
    return Toolbar(
        **(
            {"columns": COLUMNS, "paths": COLUMNS, "operators": OPERATORS, "status": "1,797 rows"}
            | params
        )
    )


def open_toolbar(stand: Stand, page: Any, **params: Any) -> tuple[Toolbar, list[Any], Any]:
    heard: list[Any] = []
    shown = stand.show(page, lambda: toolbar(**params))
    shown.listen(heard.append)
    text = page.get_by_role("combobox", name="filter")
    text.wait_for()
    return shown, heard, text


def test_enter_sends_the_filter_and_escape_takes_it_back(stand: Stand, page: Any, until: Until) -> None:
    shown, heard, text = open_toolbar(stand, page, where="{$gt: ['$score', 0.5]}", reading="expression")
    assert page.get_by_text("expression", exact=True).is_visible()
    text.fill("nonsense")
    text.press("Escape")
    assert text.input_value() == "{$gt: ['$score', 0.5]}"
    text.fill("{label: 'cat'}")
    text.press("Shift+Enter")
    assert text.input_value() == "{label: 'cat'}\n"
    text.press("Enter")
    until(lambda: heard == [{"type": "where", "text": "{label: 'cat'}"}])
    shown.param.update(where="{label: 'cat'}", reading="query document")
    page.get_by_text("query document", exact=True).wait_for()


def test_a_slash_goes_to_the_filter_and_a_question_mark_to_the_help(
    stand: Stand, page: Any, shot: Any
) -> None:
    _, _, text = open_toolbar(stand, page)
    page.keyboard.press("/")
    assert text.evaluate("node => node.getRootNode().activeElement === node")
    assert text.input_value() == ""
    text.press("Escape")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Filters and shortcuts")
    dialog.wait_for()
    shot("toolbar-help")
    examples = dialog.locator(".example")
    assert examples.count() == 4
    assert "[object" not in dialog.inner_text()
    wanted = examples.first.locator("code").inner_text()
    examples.first.click()
    assert text.input_value() == wanted == "{$gt: ['$score', 0.5]}"


def test_a_mistake_is_marked_at_its_place_and_said_below(
    stand: Stand, page: Any, until: Until, shot: Any
) -> None:
    shown, heard, text = open_toolbar(stand, page, where="{$gt: ['$score', 0.5]}")
    wrong = "{$gt: ['$scor', 0.5]}"
    text.fill(wrong)
    text.press("Enter")
    until(lambda: len(heard) == 1)
    shown.error = {
        "message": "no column 'scor'; columns: score, label",
        "hint": "Did you mean 'score'?",
        "line": 1,
        "column": 8,
        "start": 7,
        "stop": 14,
    }
    alert = page.get_by_role("alert").filter(has_text="no column 'scor'")
    alert.wait_for()
    assert "Did you mean 'score'?" in alert.inner_text()
    assert "column 8" in alert.inner_text()
    assert text.input_value() == wrong
    assert text.get_attribute("aria-invalid") == "true"
    mark = page.locator("mark")
    assert mark.inner_text() == "'$scor'"
    letter = text.bounding_box()["width"] and mark.bounding_box()["width"] / 7
    assert mark.bounding_box()["x"] == pytest.approx(text.bounding_box()["x"] + 7 * letter, abs=1)
    shot("toolbar-error")
    text.fill(wrong + " ")
    assert not alert.is_visible()
    shown.param.update(error=None, where="")
    page.wait_for_function("() => true")


def test_columns_and_operators_are_completed(stand: Stand, page: Any, shot: Any) -> None:
    _, _, text = open_toolbar(stand, page)
    text.press_sequentially("{$gt")
    options = page.get_by_role("option")
    assert [each.split("\n")[0] for each in options.all_inner_texts()] == ["$gt", "$gte"]
    text.press("ArrowDown")
    assert text.get_attribute("aria-activedescendant") == "offer1"
    text.press("Tab")
    assert text.input_value() == "{$gte"
    text.press_sequentially(": ['$s")
    assert [each.split("\n")[0] for each in options.all_inner_texts()] == ["$score", "$size"]
    shot("toolbar-completion")
    text.press("Enter")
    assert text.input_value() == "{$gte: ['$score'"
    assert options.count() == 0
    text.fill("")
    text.press_sequentially("{la")
    text.press("Tab")
    assert text.input_value() == "{label"


def test_nested_paths_values_and_earlier_filters_are_offered(
    stand: Stand, page: Any, until: Until, shot: Any
) -> None:
    paths = [
        {"name": name, "type": kind, "kind": kind}
        for name, kind in (("0.boxes.score", "number"), ("0.label", "text"), ("1.label", "text"))
    ]
    shown, heard, text = open_toolbar(stand, page, paths=paths, meanings={"$gt": "greater"})
    options = page.get_by_role("option")
    text.press_sequentially("{$gt")
    assert options.first.inner_text().split("\n") == ["$gt", "greater"]
    text.press_sequentially(": ['$box")
    assert options.all_inner_texts()[0].split("\n") == ["$0.boxes.score", "number"]
    text.fill("")
    text.press_sequentially("{1.la")
    text.press("Tab")
    values = [
        {"value": "cat", "count": 1200},
        {"value": "cow", "count": 7},
        {"value": "dog", "count": 3},
    ]

    def answer(message: dict[str, Any]) -> None:
        if message["type"] == "values":
            shown.offer({"ask": message["ask"], "values": values, "error": ""})

    shown.listen(answer)
    text.press_sequentially(": {$in: ['cat', '")
    until(lambda: [message["type"] for message in heard] == ["values"])
    asked = heard.pop()
    assert (asked["path"], asked["item"]) == ("1.label", None)
    options.first.wait_for()
    text.press_sequentially("c")
    assert [each.split("\n") for each in options.all_inner_texts()] == [["cat", "1,200"], ["cow", "7"]]
    shot("toolbar-values")
    text.press("ArrowDown")
    text.press("Enter")
    text.press_sequentially("]}}")
    wanted = "{1.label: {$in: ['cat', 'cow']}}"
    assert text.input_value() == wanted
    text.press("Enter")
    until(lambda: heard == [{"type": "where", "text": wanted}])
    shown.param.update(where=wanted, reading="query document")
    page.get_by_text("query document", exact=True).wait_for()
    shown.where = ""
    page.get_by_text("query document", exact=True).wait_for(state="detached")
    page.get_by_role("button", name="earlier filters").click()
    page.get_by_role("menuitemradio", name=wanted).click()
    until(lambda: heard[-1] == {"type": "where", "text": wanted} and len(heard) == 2)
    text.press("End")
    text.press("Escape")
    page.get_by_role("button", name="earlier filters").click()
    page.get_by_role("menuitem", name="Forget them").click()
    page.get_by_role("button", name="earlier filters").click()
    assert page.get_by_text("no filter was applied yet").is_visible()


def test_chips_say_what_is_in_force_and_send_what_to_change(
    stand: Stand, page: Any, until: Until, shot: Any
) -> None:
    sort = [{"by": "score", "descending": True}]
    compare = [{"artifact": "preds:v2", "entry": "t", "color": "#f28e2b"}]
    versions = [{"artifact": "preds:v2", "entry": "t"}, {"artifact": "preds:v1", "entry": "t"}]
    _, heard, _ = open_toolbar(
        stand, page, group=["label"], sort=sort, compare=compare, versions=versions
    )
    shot("toolbar-chips")

    def sends(message: dict[str, Any]) -> None:
        until(lambda: len(heard) == 1)
        assert heard.pop() == message

    page.get_by_role("button", name="group by").click()
    page.get_by_role("menuitem", name="size").click()
    sends({"type": "group", "by": ["label", "size"]})
    page.get_by_role("button", name="remove label").click()
    sends({"type": "group", "by": []})
    page.get_by_role("button", name="score: descending, press to turn").click()
    sends({"type": "sort", "keys": [{"by": "score", "descending": False}]})
    page.get_by_role("button", name="sort by").click()
    page.get_by_role("menuitem", name="label").click()
    sends({"type": "sort", "keys": [*sort, {"by": "label", "descending": False}]})
    page.get_by_role("button", name="compare by").click()
    page.get_by_role("menuitem", name="preds:v1").click()
    sends({"type": "compare", "sources": [{"artifact": "preds:v2", "entry": "t"}, versions[1]]})
    page.get_by_role("button", name="remove preds:v2").click()
    sends({"type": "compare", "sources": []})
    color = page.locator(".chip .dot").evaluate("dot => getComputedStyle(dot).backgroundColor")
    assert color == "rgb(242, 142, 43)"
    page.get_by_role("button", name="reset").click()
    sends({"type": "reset"})


def test_status_warnings_and_work_in_progress_are_shown(stand: Stand, page: Any, until: Until) -> None:
    shown, heard, _ = open_toolbar(
        stand, page, busy=True, doing="counting the rows", warnings=["2 rows were left out"]
    )
    assert page.get_by_text("1,797 rows").is_visible()
    assert page.get_by_text("2 rows were left out").is_visible()
    assert page.get_by_role("progressbar").is_visible()
    page.get_by_text("counting the rows …").wait_for()
    page.get_by_role("button", name="Stop").click()
    until(lambda: heard == [{"type": "stop"}])
    shown.param.update(busy=False, warnings=[])
    page.get_by_role("progressbar").wait_for(state="hidden")
    page.get_by_text("2 rows were left out").wait_for(state="detached")


def version(number: int, *aliases: str, entries: tuple[str, ...] = ("t",)) -> dict[str, Any]:
    held = [{"name": name, "kind": "table", "rows": 1797} for name in entries]
    created = f"2026-11-{number + 10}T10:00:00Z"
    return {"version": f"v{number}", "aliases": list(aliases), "created": created, "entries": held}


def tree(names: int = 1) -> list[dict[str, Any]]:
    preds = {
        "name": "preds",
        "versions": [version(2, "latest", entries=("t", "joined")), version(1, "base"), version(0)],
    }
    others = [{"name": f"set-{i}", "versions": [version(0, "latest")]} for i in range(names)]
    return [{"type": "dataset", "names": others}, {"type": "result", "names": [preds]}]


def sidebar(names: int = 1) -> Sidebar:
    return Sidebar(
        tree=tree(names), current={"artifact": "preds:v2", "entry": "t"}, compared=["preds:v0"]
    )


def test_the_sidebar_opens_and_compares_versions(
    stand: Stand, page: Any, until: Until, shot: Any
) -> None:
    heard: list[Any] = []
    shown = stand.show(page, sidebar)
    shown.listen(heard.append)
    here = page.locator("[aria-current=true]")
    here.first.wait_for()
    assert [each.split("\n")[0] for each in here.all_inner_texts()] == ["v2", "t"]
    page.locator(".entry").get_by_text("joined").click()
    until(lambda: heard == [{"type": "source", "artifact": "preds:v2", "entry": "joined"}])
    heard.clear()
    page.locator(".pick").filter(has_text="v1").click()
    until(lambda: heard == [{"type": "source", "artifact": "preds:v1", "entry": "t"}])
    heard.clear()
    compare = page.get_by_role("button", name="compare with preds:v1")
    page.mouse.move(900, 700)
    page.evaluate("() => document.activeElement?.blur?.()")
    compare.focus()
    assert compare.evaluate("node => getComputedStyle(node).opacity") == "1"
    shot("sidebar")
    compare.press("Enter")
    until(lambda: heard == [{"type": "compare", "artifact": "preds:v1", "entry": "t"}])
    assert (
        page.get_by_role("button", name="compared with preds:v0").get_attribute("aria-pressed") == "true"
    )


def test_names_fold_and_long_lists_are_searched(stand: Stand, page: Any) -> None:
    stand.show(page, lambda: sidebar(20))
    fold = page.locator(".fold").filter(has_text="set-3")
    fold.click()
    assert fold.get_attribute("aria-expanded") == "true"
    assert page.locator(".pick").count() == 4
    page.get_by_role("searchbox").fill("set-1")
    assert page.locator(".fold").count() == 11
    page.get_by_role("searchbox").fill("nowhere")
    assert page.get_by_text("Nothing found").is_visible()


def test_an_empty_store_says_what_to_do(stand: Stand, page: Any) -> None:
    stand.show(page, Sidebar)
    page.get_by_text("Nothing is stored yet").wait_for()
