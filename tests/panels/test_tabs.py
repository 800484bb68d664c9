"""What stands beside a table: the overview, the files, and the Python that opens what is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from itertools import compress
from operator import not_
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from markupsafe import Markup
from rows import HOSTILE, LABELS, OTHER, SOURCE, logged, plugins
from serving import picture

import vitrail as vt
from vitrail.dtypes import List, required
from vitrail.errors import NotFound
from vitrail.store.project import Project
from vitrail.view import Source, View
from vitrail_panels import shelves, telling
from vitrail_panels.folds import inside
from vitrail_panels.held import Held
from vitrail_panels.scene import Scene
from vitrail_panels.tabs.code import code, page
from vitrail_panels.tabs.facts import size
from vitrail_panels.tabs.files import files
from vitrail_panels.tabs.overview import overview
from vitrail_panels.window import draw_window

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
        assert f'href="./api/file?artifact=mixed%3Av0&amp;entry={name}" download' in told
    assert re.search(r'<img class="vt-look" src="media/[0-9a-f]{64}\?w=320" alt="plot.png">', told)
    assert re.search(r'<vt-picture src="media/[0-9a-f]{64}', told)
    assert 'href="./?artifact=rows%3Av1&amp;entry=table"' in told
    assert 'href="./api/rows?artifact=mixed%3Av0&amp;entry=rows&amp;format=csv"' in told
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


@pytest.mark.parametrize(
    "parts",
    [
        {"where": "{$gte: ['$loss', 2]}", "sort": ["-loss"]},
        {"hidden": ["picture"], "order": ["loss", "id"], "pinned": ["label"]},
        {"group": ["label"], "sort": ["-count"]},
        {"compare": [OTHER], "where": "{$ne: ['$0.loss', '$1.loss']}", "sort": ["-id"]},
        {"compare": [OTHER], "group": ["label"]},
        {"compare": [OTHER], "derived": {"double": "{$multiply: ['$loss', 2]}"}},
        {"derived": {"double": "{$multiply: ['$loss', 2]}"}, "where": "{$gt: ['$double', 4]}"},
        {"group": ["label", "{$gt: ['$id', 9]}"], "nested": True, "unfolded": ["1"], "within": "1"},
        {"group": ["label"], "sort": ["-loss"], "unfolded": ["2"], "within": "2", "row": 1},
        {"source": "joined:v0/table", "sort": ["-0.id"], "where": "{$lt: ['$1.loss', 1]}"},
        {"where": "[{$match: {label: 'cat'}}, {$project: {id: 1, twice: {$add: ['$loss', '$loss']}}}]"},
    ],
)
def test_the_python_gives_the_rows_that_are_shown(
    project: Project, monkeypatch: pytest.MonkeyPatch, parts: dict[str, Any]
) -> None:
    monkeypatch.setenv("VITRAIL_HOME", str(project.root))
    there = scene(project, **parts)
    asked = [there] if there.view.within is None else [there, inside(there, there.view.within)]
    shown = [
        Markup(text).unescape() for text in re.findall("data-copy>(.*?)</pre>", code(there), re.DOTALL)
    ]
    assert len(shown) == 1 + len(asked)
    for text, seen in zip(shown[1:], asked, strict=True):
        names: dict[str, Any] = {}
        exec(text, names)
        table, view = names["table"], names["view"]
        total = project.engine.count(seen.plan)
        assert table.columns == [column.name for column in seen.columns]
        assert (len(table), len(table.get_dataframe())) == (total, total)
        again = View(source=Source(artifact="code", entry="table"))
        here = draw_window(
            project, plugins(), there.view.model_copy(update={"within": view.within}), 0, total
        )
        drawn = draw_window(Held({again.source: table}), plugins(), again, 0, total)
        spread = [isinstance(required(column.dtype), List) for column in seen.columns]  # over all groups
        for cells, same in zip(here["rows"], drawn["rows"], strict=True):
            assert list(compress(cells, map(not_, spread))) == list(compress(same, map(not_, spread)))


def test_the_python_gives_the_values_in_each_group(project: Project) -> None:
    view = View(source=SOURCE, where="{$gte: ['$id', 10]}", group="label", sort="-label")
    table = vt.rows(view, store=project.root)
    ids = {label: [row for row in range(10, 30) if LABELS[row % 3] == label] for label in LABELS}
    found = zip(*(table.get_column(name) for name in ("label", "count", "id")), strict=True)
    assert [(label, count, sorted(each)) for label, count, each in found] == [
        (label, len(ids[label]), ids[label]) for label in ("dog", "cow", "cat")
    ]


def test_picked_rows_are_read_by_their_numbers(project: Project) -> None:
    view = View(source=SOURCE, where="{$gte: ['$loss', 2]}", sort="-id", hidden=["picture"])
    table = vt.rows(view, picked=[12, 25, 14], store=project.root)
    assert table.get_column("id") == [25, 14, 12]


def test_a_version_without_a_table_has_sides_alone(tmp_path: Path) -> None:
    with vt.init(project="p", job_type="train", store=tmp_path) as run:
        model = vt.Artifact("net", "model")
        with model.new_file("weights.bin", "wb") as file:
            file.write(b"\0")
        run.log_artifact(model)
    with closing(Project(tmp_path)) as project:
        view = shelves.view_of(shelves.tree(project), "net:v0")
        assert view == View(source="net:v0/weights.bin", tab="files")
        alone = Scene(project, plugins(), view)
        assert telling.crumbs(alone, read_only=False)["tabs"] == ["overview", "files", "lineage"]
        assert 'href="./api/file?artifact=net%3Av0&amp;entry=weights.bin" download' in files(alone)
        assert "net:v0" in overview(alone)
        with pytest.raises(NotFound, match="is no table, so it has no rows"):
            Scene(project, plugins(), view.model_copy(update={"tab": "table"}))
        with pytest.raises(NotFound, match="no entry"):
            Scene(project, plugins(), View(source="net:v0/weights", tab="files"))


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 bytes"), (999, "999 bytes"), (1_234_567, "1.23 MB"), (10**16, "1e+04 TB")]
)
def test_sizes_are_said_in_words(count: int, said: str) -> None:
    assert size(count) == said
