"""The whole page over a real project: what people do there, and what the address keeps of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import vitrail as vt
from vitrail.dtypes import Number
from vitrail.hookspecs import hookimpl
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Choice, Source, View
from vitrail_panels.serve import Server

pytestmark = pytest.mark.browser

SOURCE = Source(artifact="rows:v1", entry="table")
OTHER = Source(artifact="rows:v0", entry="table")
ROWS = "[role=rowgroup].layer .row:not([hidden])"
LABELS = ("cat", "dog", "cow")


class Raising:
    """A visualizer that fails."""

    name = "raising"
    accepts = Number()

    def cell(self, data: Any, dtype: Any, frame: Any) -> str:
        raise RuntimeError("no picture today")


class Brings:
    @hookimpl
    def vitrail_visualizers(self) -> list[type]:
        return [Raising]


@pytest.fixture(scope="module")
def registry() -> Registry:
    registry = Registry()
    registry.load_entry_points()
    registry.register(Brings(), name="brings", distribution="brings 1.0")
    return registry


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, registry: Registry) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("store")
    with vt.init(project="p", job_type="make", store=root) as run:
        for version in range(2):
            table = vt.Table(columns=["id", "label", "loss", "picture"])
            for row in range(60):
                image = vt.Image(np.full((24, 32, 3), row, "uint8"))
                table.add_data(row, LABELS[row % 3], row / 10 + version, image)
            artifact = vt.Artifact("rows", "dataset")
            artifact.add(table, "table")
            run.log_artifact(artifact)
    project = Project(root)
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
    heads = page.get_by_role("columnheader")
    return [head.locator(".title").inner_text() for head in heads.all()]


def status(page: Any, text: str) -> None:
    page.get_by_text(text, exact=True).wait_for()


def menu(page: Any, column: str, item: str, role: str = "menuitem") -> None:
    page.get_by_role("button", name=f"{column}: how it is shown and sorted").click()
    page.get_by_role(role, name=item, exact=True).click()


Until = Callable[[Callable[[], bool]], None]


def typed(page: Any, text: str) -> Any:
    box = page.get_by_role("combobox", name="filter")
    box.fill(text)
    box.press("Enter")
    return box


def test_a_table_is_opened_from_the_sidebar(page: Any, server: Server, until: Until) -> None:
    page.goto(server.url)
    page.get_by_text("No table is open").wait_for()
    page.locator(".fold").filter(has_text="rows").click()  # the newest version of it
    status(page, "60 rows")
    page.locator(".pick").filter(has_text="v1").click()
    until(lambda: names(page) == ["id", "label", "loss", "picture"])
    until(lambda: shown(page) == View(source=SOURCE))


def test_a_filter_keeps_rows_and_a_mistake_keeps_the_last_good_view(
    page: Any, go: Any, until: Until, shot: Any
) -> None:
    go()
    typed(page, "{$eq: ['$label', 'dog']}")
    status(page, "20 rows of 60")
    page.locator(ROWS).filter(has_text="cat").first.wait_for(state="detached")
    until(lambda: shown(page).where == "{$eq: ['$label', 'dog']}")
    good = shown(page)
    wrong = "{$eq: ['$lable', 'dog']}"
    box = typed(page, wrong)
    page.get_by_role("alert").filter(has_text="no column 'lable'").wait_for()
    assert box.input_value() == wrong
    shot("page-wrong-filter")
    assert page.locator("mark").inner_text().strip("'$") == "lable"
    assert shown(page) == good
    assert page.get_by_text("20 rows of 60").is_visible()
    labels = page.locator(f"{ROWS} .cell:nth-child(3)")
    until(lambda: set(labels.all_inner_texts()) == {"dog"})


def test_grouping_comparing_and_both_draw_by_type_and_survive_a_reload(
    page: Any, go: Any, until: Until
) -> None:
    go()
    menu(page, "label", "Group by this column")
    status(page, "3 groups, 60 rows")
    until(lambda: names(page) == ["label", "count", "id", "loss", "picture"])
    page.get_by_role("button", name="compare by").click()
    page.get_by_role("menuitem", name="rows:v0").click()
    page.get_by_text("multi_histogram").first.wait_for()
    until(lambda: shown(page).compare == (OTHER,))
    page.reload()
    status(page, "3 groups, 60 rows, matched by id")
    page.get_by_text("multi_histogram").first.wait_for()
    assert shown(page) == View(source=SOURCE, compare=(OTHER,), group=("label",))


def test_sorting_turns_the_rows_round(page: Any, go: Any, until: Until) -> None:
    go()
    menu(page, "loss", "Sort descending")
    page.locator(ROWS).filter(has_text="6.9").first.wait_for()
    until(lambda: [(key.by, key.descending) for key in shown(page).sort] == [("loss", True)])


def test_a_swapped_visualizer_is_kept_by_a_reload_and_fails_alone(
    page: Any, go: Any, until: Until, shot: Any, caplog: pytest.LogCaptureFixture
) -> None:
    go()
    menu(page, "loss", "raising", "menuitemradio")
    cards = page.locator(f"{ROWS} .vt-card")
    cards.first.wait_for()
    until(lambda: shown(page).choices == {"loss": Choice(visualizer="raising")})
    page.reload()
    cards.first.wait_for()
    shot("page-raising")
    text = page.locator(ROWS).nth(1).inner_text()
    assert "raising failed" in text
    assert "brings 1.0" in text
    assert "dog" in text
    assert any(record.exc_info for record in caplog.records)


def test_a_setting_is_changed_in_the_form_and_kept_in_the_address(
    page: Any, go: Any, until: Until, shot: Any
) -> None:
    go(choices={"loss": Choice(visualizer="number")})
    menu(page, "loss", "Settings…")
    digits = page.locator(".noUi-handle").first
    digits.wait_for()
    digits.press("ArrowLeft")
    until(lambda: shown(page).choices["loss"].options == {"digits": 3})
    page.locator(ROWS).filter(has_text="1.10").first.wait_for()
    digits.press("ArrowLeft")
    until(lambda: shown(page).choices["loss"].options == {"digits": 2})
    page.reload()
    page.locator(ROWS).filter(has_text="1.1").first.wait_for()
    menu(page, "loss", "Settings…")
    page.get_by_text("loss: number", exact=True).wait_for()
    shot("page-settings")
    assert page.locator(".noUi-handle").first.get_attribute("aria-valuetext") == "2.00"


def test_a_row_is_opened_and_stepped_through_and_closed(page: Any, go: Any, until: Until) -> None:
    go()
    page.locator(ROWS).nth(3).locator(".cell").nth(1).click()
    page.get_by_text("row 3", exact=True).wait_for()
    page.locator("vt-picture[controls]").wait_for()
    page.get_by_role("button", name="next row").click()
    page.get_by_text("row 4", exact=True).wait_for()
    until(lambda: shown(page).row == 4)
    page.get_by_role("button", name="close").click()
    until(lambda: shown(page).row is None)


def test_going_back_shows_what_was_shown(page: Any, go: Any, until: Until) -> None:
    go()
    status(page, "60 rows")
    typed(page, "{$lt: ['$id', 7]}")
    status(page, "7 rows of 60")
    until(lambda: shown(page).where != "")
    page.evaluate("() => (window.loadedOnce = true)")
    page.go_back()
    status(page, "60 rows")
    assert shown(page) == View(source=SOURCE)
    page.go_forward()
    status(page, "7 rows of 60")
    assert page.evaluate("() => window.loadedOnce")


def test_a_question_that_is_superseded_is_withdrawn(page: Any, go: Any, until: Until) -> None:
    go()
    status(page, "60 rows")
    heavy = (
        "{$gt: [{$size: {$filter: {input: {$range: [0, 100000]}, as: 'x', "
        "cond: {$lt: [{$add: ['$$x', '$id']}, 1]}}}}, 0]}"
    )
    typed(page, heavy)
    page.get_by_role("progressbar").wait_for()
    typed(page, "{$lt: ['$id', 7]}")
    status(page, "7 rows of 60")
    page.get_by_role("progressbar").wait_for(state="hidden")
    until(lambda: shown(page).where == "{$lt: ['$id', 7]}")
    assert page.get_by_text("7 rows of 60", exact=True).is_visible()


def test_an_address_with_a_wrong_filter_says_so_over_the_table(page: Any, go: Any, until: Until) -> None:
    go(where="{$gt: ['$los', 1]}")
    page.get_by_role("alert").filter(has_text="no column 'los'").wait_for()
    assert page.get_by_role("combobox", name="filter").input_value() == "{$gt: ['$los', 1]}"
    until(lambda: names(page) == ["id", "label", "loss", "picture"])


def test_an_address_typed_by_hand_opens_and_says_what_it_leaves_aside(
    page: Any, server: Server, shot: Any
) -> None:
    page.goto(f"{server.url}?artifact=rows&wheer={{id:3}}")
    status(page, "60 rows")
    page.get_by_text("'wheer', which is no part of a view").wait_for()
    assert page.get_by_text("Did you mean 'where'?").is_visible()
    shot("page-by-hand")


@pytest.mark.parametrize(
    "query", ["artifact=nope:v1&entry=table", "show=%7B", "row=-3", "artifact=rows:v1&entry=nope"]
)
def test_a_broken_address_is_a_message(page: Any, server: Server, query: str) -> None:
    answer = page.goto(f"{server.url}?{query}")
    assert answer.status == 200
    page.locator("[role=alert]:visible").first.wait_for()
    page.locator(".pick").filter(has_text="v1").wait_for()


def test_a_plugin_that_leaves_is_seen_at_once(page: Any, go: Any, registry: Registry) -> None:
    go(choices={"loss": Choice(visualizer="raising")})
    page.locator(f"{ROWS} .vt-card").first.wait_for()
    registry.unregister("brings")
    page.locator(f"{ROWS} .vt-card").first.wait_for(state="detached")
    registry.register(Brings(), name="brings", distribution="brings 1.0")
    page.locator(f"{ROWS} .vt-card").first.wait_for()
