"""A file that is saved while somebody looks: the open page draws anew, and is not loaded again."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import vitrail as vt
from vitrail.plugin_files import Watch, load_file
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Choice, Source, View
from vitrail_panels.serve import Server

pytestmark = pytest.mark.browser

PANE = """\
import vitrail as vt
from pydantic import BaseModel, Field
from vitrail.dtypes import Number
class Stars:
    name = "stars"
    accepts = Number()
    class Options(BaseModel, extra="forbid"):
        {options}
    def cell(self, data, dtype, frame):
        return f"{drawn} {{self.options.most}}"
@vt.hookimpl
def vitrail_visualizers():
    return [Stars]
"""
MOST = "most: int = Field(default=5, description='how many')"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with vt.init(project="p", job_type="j", store=tmp_path / "store") as run:
        artifact = vt.Artifact("t", "dataset")
        artifact.add(vt.Table(columns=["n"], data=[[1.5], [2.5]]), "t")
        run.log_artifact(artifact)
    project = Project(tmp_path / "store")
    yield project
    project.close()


def test_a_saved_file_is_drawn_in_the_open_page_with_the_settings_that_still_fit(
    page: Any, project: Project, tmp_path: Path, shot: Any, record_testsuite_property: Any
) -> None:
    path = tmp_path / "stars.py"
    path.write_text(
        PANE.format(
            drawn="old", options=f"gone: int = Field(default=1, description='g')\n        {MOST}"
        )
    )
    registry = Registry()
    registry.load_entry_points()
    load_file(registry, path)
    choice = Choice(visualizer="stars", options={"most": 9, "gone": 2})
    view = View(source=Source(artifact="t:v0", entry="t"), choices={"n": choice})
    with Server(project, registry) as server, Watch(registry, [path]):
        page.goto(f"{server.url}?{view.to_query()}")
        page.get_by_text("old 9").first.wait_for()
        page.evaluate("window.stayed = true")
        for number in range(5):
            path.write_text(PANE.format(drawn=f"new {number}", options=MOST))
            saved = time.monotonic()
            page.get_by_text(f"new {number} 9").first.wait_for()
            record_testsuite_property(f"save {number} seen after s", round(time.monotonic() - saved, 3))
        path.write_text("1 / 0")
        path.write_text(PANE.format(drawn="last", options=MOST))
        page.get_by_text("last 9").first.wait_for()
        shot("plugin-saved")
        path.unlink()
        page.get_by_text("last 9").first.wait_for(state="detached")
        page.locator("[role=rowgroup].layer .row:not([hidden])").filter(has_text="2.5").first.wait_for()
        assert page.evaluate("window.stayed")
