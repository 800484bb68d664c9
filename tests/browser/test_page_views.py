"""Views and rows that are saved from the page, reopened, shared, renamed and deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rest import at_rest

import vitrail as vt
from vitrail.store.project import Project
from vitrail.view import View
from vitrail_panels.serve import Server

pytestmark = pytest.mark.browser

ROWS = "[role=rowgroup].layer .row:not([hidden])"
WHERE = "{$lt: ['$loss', 4]}"
STRANGE = "<img src=x onerror=alert(1)> & 'so'"
VIEW = View(
    source="rows:v1/table", compare="rows:v0/table", key="id", where=WHERE, group="label", sort="label"
)


@pytest.fixture
def project(tmp_path: Any) -> Iterator[Project]:
    with vt.init(project="p", job_type="make", store=tmp_path / "store") as run:
        for version in range(2):
            table = vt.Table(columns=["id", "label", "loss", "picture"])
            for row in range(60):
                image = vt.Image(np.full((24, 32, 3), 4 * row, "uint8"))
                table.add_data(row, ("cat", "dog", "cow")[row % 3], row / 10 + version, image)
            artifact = vt.Artifact("rows", "dataset")
            artifact.add(table, "table")
            run.log_artifact(artifact)
    project = Project(tmp_path / "store")
    yield project
    project.close()


@pytest.fixture
def server(project: Project) -> Iterator[Server]:
    with Server(project, port=0) as serving:
        yield serving


def shown(page: Any) -> View:
    return View.from_query(page.url.partition("?")[2])


def opened(page: Any, server: Server, view: View) -> None:
    page.goto(f"{server.url}?{view.to_query()}")
    page.wait_for_selector(ROWS)


def asked(page: Any, item: str) -> Any:
    page.get_by_role("button", name="save and share").click()
    page.get_by_role("menuitem", name=item).click()
    return page.get_by_role("dialog")


def menu_of(page: Any, name: str, item: str) -> None:
    page.get_by_role("link", name=name, exact=True).hover()
    page.get_by_role("button", name=f"more on the view {name}").click()
    page.get_by_role("menuitem", name=item).click()


def saved(page: Any, name: str) -> None:
    dialog = asked(page, "Save view…")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="Save").click()
    dialog.wait_for(state="hidden")


def picture(page: Any) -> np.ndarray:
    page.get_by_text("rows of 60, matched by id").wait_for()
    at_rest(page)
    return np.asarray(Image.open(BytesIO(page.locator("main").screenshot())).convert("RGB"))


Until = Callable[[Callable[[], bool]], None]


def test_a_view_is_saved_and_its_link_shows_the_same_picture_in_a_new_browser(
    page: Any, context: Any, browser: Any, browser_context_args: Any, server: Server, shot: Any
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, server, VIEW)
    here = picture(page)
    dialog = asked(page, "Save view…")
    dialog.get_by_label("Name").fill("light losses")
    dialog.get_by_label("Notes").fill("where the new one is worse")
    shot("views-save")
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("Saved as light losses:v0").wait_for()
    link = page.get_by_role("link", name="light losses")
    link.wait_for()
    shot("views-saved")
    page.get_by_role("button", name="save and share").click()
    shot("views-menu")
    page.get_by_role("menuitem", name="Copy link").click()
    page.get_by_text("Link copied").wait_for()
    address = page.evaluate("navigator.clipboard.readText()")
    assert View.from_query(address.partition("?")[2]) == VIEW
    other = browser.new_context(**browser_context_args)
    try:
        elsewhere = other.new_page()
        elsewhere.goto(address)
        np.testing.assert_array_equal(picture(elsewhere), here)
        elsewhere.goto(link.get_attribute("href"))
        np.testing.assert_array_equal(picture(elsewhere), here)
    finally:
        other.close()


def test_a_saved_view_is_reopened_saved_again_renamed_and_deleted(
    page: Any, server: Server, project: Project, until: Until, shot: Any
) -> None:
    opened(page, server, VIEW)
    saved(page, "losses")
    page.locator("button.pick").filter(has_text="v0").click()
    until(lambda: shown(page) == View(source="rows:v0/table"))
    saved(page, "losses")
    page.get_by_text("Saved as losses:v1").wait_for()
    link = page.get_by_role("link", name="losses v1")
    link.wait_for()
    link.hover()
    page.get_by_role("button", name="more on the view losses").click()
    shot("views-versions")
    page.get_by_role("menuitemradio", name="v0").click()
    until(lambda: shown(page) == VIEW)
    page.get_by_role("link", name="losses v1").click()
    until(lambda: shown(page) == View(source="rows:v0/table"))
    page.get_by_role("link", name="losses v1").hover()
    page.get_by_role("button", name="more on the view losses").click()
    page.get_by_role("menuitem", name="Rename…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("rows")
    dialog.get_by_role("button", name="Rename").click()
    dialog.get_by_role("alert").filter(has_text="the name 'rows' is taken").wait_for()
    shot("views-rename-taken")
    dialog.get_by_label("Name").fill(STRANGE.replace("/", ""))
    dialog.get_by_role("button", name="Rename").click()
    page.get_by_text(f"Renamed to {STRANGE}").wait_for()
    page.get_by_role("link", name=STRANGE).wait_for()
    shot("views-renamed")
    versions = [r.version for r in project.artifacts()["view"][STRANGE]]
    assert versions == ["v0", "v1"]
    page.get_by_role("link", name=STRANGE).hover()
    page.get_by_role("button", name=f"more on the view {STRANGE}").click()
    page.get_by_role("menuitem", name="Delete…").click()
    shot("views-delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("link", name=STRANGE).wait_for(state="detached")
    assert "view" not in project.artifacts()
    assert project.verify() == ()


def test_rows_are_saved_as_a_subset_that_names_the_pictures_of_its_source(
    page: Any, server: Server, project: Project, until: Until, shot: Any
) -> None:
    opened(page, server, View(source="rows:v1/table", where=WHERE))
    dialog = asked(page, "Save rows as a subset…")
    dialog.get_by_label("Name").fill("a/b")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("alert").filter(has_text="holds no '/'").wait_for()
    shot("views-subset-wrong")
    dialog.get_by_label("Name").fill("light")
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("Saved as light:v0").wait_for()
    shot("views-subset")
    page.get_by_role("button", name="Open").click()
    page.get_by_text("30 rows", exact=True).wait_for()
    until(lambda: shown(page) == View(source="light:v0/table"))
    shot("views-subset-open")
    artifact = project.artifact("light")
    assert artifact.type == "subset"
    assert artifact.metadata["queries"]["table"]["queries"] == [WHERE]
    edges = {(edge.source, edge.target) for edge in project.lineage().edges if edge.kind == "refers"}
    assert ("rows:v1", "light:v0") in edges


def test_a_page_that_is_served_to_be_read_offers_a_link_alone(
    page: Any, project: Project, until: Until
) -> None:
    with Server(project, port=0, read_only=True) as server:
        opened(page, server, VIEW)
        page.get_by_role("button", name="save and share").click()
        items = page.get_by_role("menuitem")
        until(lambda: items.all_inner_texts() == ["Copy link"])


def test_what_a_version_holds_is_seen_and_taken_by_a_click(page: Any, project: Project) -> None:
    with vt.init(project="p", job_type="train", store=project.root) as run:
        net = vt.Artifact("net", "model")
        with net.new_file("weights.bin", "wb") as file:
            file.write(b"\0\1\2")
        net.add(vt.Image(np.full((24, 32, 3), 90, "uint8")), "curve")
        run.log_artifact(net)
    with Server(project, port=0) as server:
        page.goto(server.url)
        page.get_by_role("button", name="net").click()
        page.get_by_role("navigation", name="artifacts").locator(".pick").first.click()
        with page.expect_download() as taken:
            page.get_by_role("link", name="the file").last.click()
        assert taken.value.suggested_filename == "weights.bin"
        assert Path(taken.value.path()).read_bytes() == b"\0\1\2"
        curve = page.locator("vt-picture").bounding_box()
        assert min(curve["width"], curve["height"]) > 100
        tabs = page.get_by_role("tab").all_inner_texts()
        assert [name.lower() for name in tabs] == ["overview", "files", "lineage"]
        page.get_by_role("tab", name="lineage").click()
        page.get_by_text("2 runs, 3 versions").wait_for()
