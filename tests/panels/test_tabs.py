"""What stands beside a table: the overview, the files, and the Python that opens what is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from markupsafe import Markup
from rows import HOSTILE, OTHER, SOURCE, logged, plugins
from serving import picture

import vitrail as vt
from vitrail.store.project import Project
from vitrail.view import View
from vitrail_panels.scene import Scene
from vitrail_panels.tabs.code import code, page, rows
from vitrail_panels.tabs.facts import size
from vitrail_panels.tabs.files import files
from vitrail_panels.tabs.overview import overview

MARKUP = "<b onclick=alert(1)>"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    root = tmp_path_factory.mktemp("store")
    with logged(root) as project:
        with vt.init(project=MARKUP, job_type="look", name=MARKUP, store=root) as run:
            run.config.update({MARKUP: MARKUP})
            table = run.use_artifact("rows:v1").get("table")
            mixed = vt.Artifact("mixed", "notes", MARKUP, {MARKUP: MARKUP})
            mixed.add(table.query("{$lt: ['$loss', 2]}"), "rows")
            mixed.add(vt.View(source="rows:v1/table"), "a view")
            mixed.add(vt.Image(np.full((8, 12, 3), 7, "uint8")), "scene")
            mixed.add(vt.Classes([{"id": 1, "name": MARKUP}]), "classes")
            for name, content in (
                (f"{MARKUP}.txt", f"{MARKUP}\n"),
                ("bytes.bin", "\0\1"),
                ("empty", ""),
            ):
                with mixed.new_file(name) as file:
                    file.write(content)
            with mixed.new_file("plot.png", "wb") as file:
                file.write(picture(30, 20))
            run.log_artifact(mixed)
        yield project


def scene(project: Project, **view: object) -> Scene:
    return Scene(project, plugins(), View.model_validate({"source": SOURCE, **view}))


def test_the_overview_tells_who_made_a_version_and_who_used_it(project: Project) -> None:
    told = overview(scene(project))
    artifact = project.artifact("rows:v1")
    assert artifact.digest in told
    assert "make, finished" in told
    assert "look, finished" in told
    assert 'href="./?artifact=mixed%3Av0&amp;entry=rows&amp;tab=overview"' in told
    assert 'href="./?artifact=rows%3Av0&amp;entry=table&amp;tab=overview"' in told


def test_every_entry_is_looked_at_by_its_kind(project: Project) -> None:
    told = files(scene(project, source="mixed:v0/rows"))
    assert f"{Markup.escape(MARKUP)}\n</pre>" in told
    assert "no text" in told
    assert "empty</p>" in told
    for name in ("scene", "classes", "plot.png", "bytes.bin"):
        assert f'href="api/file?artifact=mixed%3Av0&amp;entry={name}" download' in told
    assert re.search(r'<img class="vt-look" src="media/[0-9a-f]{64}\?w=320" alt="plot.png">', told)
    assert re.search(r'<vt-picture src="media/[0-9a-f]{64}', told)
    assert 'href="./?artifact=rows%3Av1&amp;entry=table"' in told
    assert 'href="api/rows?artifact=mixed%3Av0&amp;entry=rows&amp;format=csv"' in told
    assert told.count("<tr><td>") == 3
    assert Markup.escape(HOSTILE) in told


def test_what_comes_from_strangers_is_shown_as_text(project: Project) -> None:
    both = (
        overview(scene(project, source="mixed:v0/rows")),
        files(scene(project, source="mixed:v0/rows")),
    )
    for told in both:
        assert MARKUP not in told
        assert Markup.escape(MARKUP) in told
    assert HOSTILE not in code(scene(project, sort=f"-{HOSTILE}"))


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"where": "{$gt: ['$loss', 1]}", "group": ["label"], "sort": ["-count", "label"]},
        {"compare": [OTHER], "key": "", "where": "{$and: [\n  '$0',\n  '$1']}"},
        {"choices": {"loss": {"visualizer": "number", "options": {"digits": 2}}}},
        {"sort": [{"by": "-odd", "descending": True}], "where": "{label: 'it\\'s \"\"\"'}"},
    ],
)
def test_the_python_gives_the_view_back(parts: dict[str, object]) -> None:
    view = View.model_validate({"source": SOURCE, **parts})
    names: dict[str, object] = {}
    exec(page(view).replace("vt.open(view)", ""), names)
    assert names["view"] == view


def test_the_python_reads_the_rows(project: Project) -> None:
    text = rows(View.model_validate({"source": SOURCE, "where": "{$gte: ['$loss', 2]}"}))
    names: dict[str, object] = {}
    exec(text.replace("vt.Api()", f"vt.Api({str(project.root)!r})"), names)
    assert len(names["table"]) == 20  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 bytes"), (999, "999 bytes"), (1_234_567, "1.23 MB"), (10**16, "1e+04 TB")]
)
def test_sizes_are_said_in_words(count: int, said: str) -> None:
    assert size(count) == said
