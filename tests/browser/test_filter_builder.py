"""Filters made by clicks, on one served page: the builder, its chips, and what the box keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keys
import numpy as np
import pytest

import vitrail as vt
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import SortKey, Source, View
from vitrail_panels.serve import Server

pytestmark = pytest.mark.browser

Until = Callable[[Callable[[], bool]], None]
VIEW = View(source=Source(artifact="rows:v0", entry="table"))
LABELS = ("cat", "dog", "cow")
KEYS = "/ f Enter Shift Tab Escape ↑ ↓ ← → PgUp PgDn Home End Space + - Ctrl a c j k w click Alt ?"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("store")
    with vt.init(project="p", job_type="make", store=root) as run:
        table = vt.Table(columns=["id", "label", "loss", "picture"])
        position = {"minX": 2, "maxX": 20, "minY": 3, "maxY": 18}
        for row in range(60):
            one = {"position": position, "domain": "pixel", "class_id": row % 3}
            boxes = {"box_data": [one], "class_labels": dict(enumerate(LABELS))}
            image = vt.Image(np.full((24, 32, 3), row, "uint8"), boxes={"found": boxes})
            table.add_data(row, LABELS[row % 3] if row < 50 else "cat", row / 10, image)
        artifact = vt.Artifact("rows", "dataset")
        artifact.add(table, "table")
        run.log_artifact(artifact)
    registry = Registry()
    registry.load_entry_points()
    project = Project(root)
    with Server(project, registry, port=0) as serving:
        yield serving
    project.close()


@pytest.fixture
def go(page: Any, server: Server) -> Callable[..., Any]:
    def visit(view: View = VIEW, count: str = "60 rows") -> Any:
        page.goto(f"{server.url}?{view.to_query()}")
        page.get_by_text(count).first.wait_for()
        return page.get_by_role("combobox", name="filter", exact=True)

    return visit


def test_a_filter_is_made_changed_and_taken_away_by_clicks(
    go: Callable[..., Any], page: Any, until: Until, shot: Any
) -> None:
    text = go()
    page.get_by_role("button", name="add a filter").click()
    dialog = page.get_by_role("dialog", name="filter by a column")
    assert "label" in dialog.get_by_role("option").all_inner_texts()[1]
    page.keyboard.type("lab")
    page.keyboard.press("Enter")
    cat = dialog.get_by_role("checkbox", name="cat")
    cat.wait_for()
    labels = [each.split("\n") for each in dialog.locator(".several label").all_inner_texts()]
    assert labels == [["cat", "27"], ["dog", "17"], ["cow", "16"]]
    shot("filter-builder")
    dialog.get_by_role("button", name="Add filter").click()
    assert dialog.is_visible()  # nothing is chosen yet
    cat.check()
    dialog.get_by_role("checkbox", name="cow").check()
    dialog.get_by_role("button", name="Add filter").click()
    page.get_by_text("43 rows of 60").wait_for()
    until(lambda: text.input_value() == "{label: {$in: ['cat', 'cow']}}")

    chip = page.get_by_role("button", name="change the filter label one of cat, cow")
    chip.click()
    assert dialog.get_by_role("checkbox", name="cow").is_checked()
    dialog.get_by_role("checkbox", name="cow").uncheck()
    dialog.get_by_role("button", name="Change filter").press("Enter")
    page.get_by_text("27 rows of 60").wait_for()
    assert text.input_value() == "{label: {$in: ['cat']}}"
    page.get_by_role("button", name="remove the filter label one of cat").click()
    until(lambda: text.input_value() == "")


def test_items_of_lists_and_numbers_are_asked_by_keys_alone(
    go: Callable[..., Any], page: Any, until: Until, shot: Any
) -> None:
    text = go()
    page.keyboard.press("f")
    page.keyboard.type("found")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="filter by a column")
    dialog.get_by_label("value", exact=True).select_option("dog")
    shot("filter-builder-items")
    dialog.get_by_role("button", name="Add filter").press("Enter")
    page.get_by_text("20 rows of 60").wait_for()
    assert text.input_value() == "{picture.boxes.found: {$elemMatch: {class_id: 1}}}"
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.keyboard.type("loss")
    page.keyboard.press("Enter")
    page.keyboard.type("4.05")
    page.keyboard.press("Enter")
    page.get_by_text("6 rows of 60").wait_for()
    both = "{picture.boxes.found: {$elemMatch: {class_id: 1}}, loss: {$gte: 4.05}}"
    until(lambda: text.input_value() == both)


def test_typed_text_is_never_lost(go: Callable[..., Any], page: Any, until: Until) -> None:
    text = go(VIEW.model_copy(update={"where": "{$or: [{$eq: ['$id', 3]}, {$gt: ['$id', -1]}]}"}))
    typed = page.get_by_role("button", name="show {$or:")
    typed.click()
    picked = text.evaluate("node => node.value.slice(node.selectionStart, node.selectionEnd)")
    assert picked.startswith("{$or:")
    text.fill("{loss: {$lt: 1}}")  # not applied
    page.get_by_role("button", name="add a filter").click()
    page.keyboard.type("label")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="filter by a column")
    dialog.get_by_role("checkbox", name="cow").check()
    dialog.get_by_role("button", name="Add filter").click()
    until(lambda: text.input_value() == "{loss: {$lt: 1}, label: {$in: ['cow']}}")
    page.get_by_text("3 rows of 60").wait_for()
    text.fill("{loss: {$lt: ")
    page.get_by_role("button", name="add a filter").click()
    page.keyboard.type("id")
    page.keyboard.press("Enter")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    page.get_by_role("alert").filter(has_text="is missing here").wait_for()
    assert text.input_value() == "{loss: {$lt: "


def test_bars_are_brushed_in_heads_and_clicked_in_groups(
    go: Callable[..., Any], page: Any, until: Until, shot: Any
) -> None:
    text = go()
    loss = page.locator('.head[data-column="loss"] svg[data-steps]')
    loss.wait_for()
    box = loss.bounding_box()
    middle = box["y"] + box["height"] / 3
    page.mouse.move(box["x"] + box["width"] * 0.52, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.98, middle, steps=4)
    shot("brush-head")
    page.mouse.up()
    page.get_by_text("30 rows of 60").wait_for()
    until(lambda: text.input_value() == "{loss: {$gte: 2.95, $lte: 5.9}}")
    label = page.locator('.head[data-column="label"] svg[data-steps]')
    label.click(position={"x": 5, "y": 15})
    page.get_by_role("button", name="change the filter label is cat").wait_for()
    page.get_by_text("17 rows of 60").wait_for()
    page.get_by_role("button", name="reset").click()
    page.get_by_text("60 rows").first.wait_for()

    order = (SortKey(by="label", descending=True),)
    go(VIEW.model_copy(update={"group": ("label",), "sort": order}), "3 groups")
    bar = page.locator(".cell svg[data-steps]").nth(1)
    bar.wait_for()
    bar.click(position={"x": 8, "y": 15})
    page.get_by_role("button", name="change the filter label is dog").wait_for()
    assert "label: 'dog'" in text.input_value()
    assert page.locator("[role=complementary], .vt-drawer").first.is_hidden()  # no row was opened


def test_groups_take_expressions_and_another_order(
    go: Callable[..., Any], page: Any, until: Until
) -> None:
    go(VIEW.model_copy(update={"group": ("label",)}), "3 groups")
    page.get_by_role("button", name="group by").click()
    page.get_by_role("menuitem", name="Add an expression").click()
    text = page.get_by_role("textbox", name="Expression")
    text.fill("{$gt: ['$los', 3]}")
    dialog = page.get_by_role("dialog", name="Group by an expression")
    dialog.get_by_role("button", name="Group").click()
    page.get_by_role("alert").filter(has_text="no column 'los'").wait_for()
    picked = "node => node.value.slice(node.selectionStart, node.selectionEnd)"
    until(lambda: "los" in text.evaluate(picked))
    text.fill("{$gt: ['$loss', 3]}")
    dialog.get_by_role("button", name="Group").click()
    page.get_by_text("6 groups, 60 rows").wait_for()
    chips = page.locator("[data-place]")
    assert chips.all_inner_texts() == ["label", "{$gt: ['$loss', 3]}"]
    page.get_by_role("button", name="remove label").press("Alt+ArrowRight")
    until(lambda: chips.all_inner_texts() == ["{$gt: ['$loss', 3]}", "label"])
    page.get_by_role("progressbar").wait_for(state="hidden")
    one, other = chips.nth(0).bounding_box(), chips.nth(1).bounding_box()
    page.mouse.move(other["x"] + 8, other["y"] + 8)
    page.mouse.down()
    page.mouse.move(one["x"] + 4, one["y"] + 8, steps=4)
    page.mouse.up()
    until(lambda: chips.all_inner_texts() == ["label", "{$gt: ['$loss', 3]}"])


def test_an_empty_store_shows_how_to_log_and_what_is_typed_outlives_a_lost_server(
    tmp_path: Path, page: Any, shot: Any, until: Until, tolerated: list[str]
) -> None:
    tolerated.append("ERR_CONNECTION_REFUSED")
    registry = Registry()
    registry.load_entry_points()
    project = Project(tmp_path / "store")
    with Server(project, registry, port=0) as serving:
        page.goto(serving.url)
        lines = page.get_by_label("a first table in Python")
        lines.wait_for()
        assert "run.log(" in lines.inner_text()
        shot("start-empty")
        code = lines.inner_text().replace("vt.init(", f"vt.init(store={str(tmp_path / 'store')!r}, ")
        exec(compile(code, "first", "exec"), {})
        page.get_by_text("animals").first.wait_for()
        page.get_by_role("combobox", name="filter").fill("{label: 'not yet")
    project.close()
    page.get_by_role("alert").filter(has_text="does not answer").wait_for()
    shot("server-lost")
    project = Project(tmp_path / "store")
    with Server(project, registry, port=serving.port):
        page.locator(".vt-gone").wait_for(state="detached")
        filter_ = page.get_by_role("combobox", name="filter")
        filter_.wait_for()
        assert filter_.input_value() == "{label: 'not yet"
        page.get_by_text("animals").first.wait_for()
    project.close()


def test_each_key_of_the_help_does_what_it_says(
    go: Callable[..., Any], page: Any, until: Until, shot: Any
) -> None:
    go(VIEW.model_copy(update={"derived": {"gap": "{$subtract: ['$loss', 3]}"}, "hidden": ("picture",)}))
    assert keys.of_the_help(page, shot) == set(KEYS.split())
    keys.of_the_filter(page)
    keys.of_the_table(page, until)
    keys.of_the_detail(page, until)
    keys.of_bars(page, until)
    keys.of_a_title(page, until)
