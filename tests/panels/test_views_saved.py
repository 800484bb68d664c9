"""What the page's dialogs do, and pages that a process serves beside its work."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vitrail as vt
from vitrail.errors import Invalid, NotFound
from vitrail.registry import Registry
from vitrail.store.project import Project, opened
from vitrail.view import Source, View
from vitrail_panels import in_process, saving, shelves
from vitrail_panels.scene import Scene

HEAVY = "{$gt: ['$score', 1.5]}"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    root = tmp_path / "store"
    for version in range(2):
        with vt.init(store=root, job_type="make") as run:
            table = vt.Table(["id", "label", "score", "a.b", "img"])
            for row in range(12 - 2 * version):
                image = vt.Image(np.full((30, 30, 3), row, "uint8"))
                table.add_data(row, "ab"[row % 2], row / 10 + version, row, image)
            artifact = vt.Artifact("rows", "dataset")
            artifact.add(table, "table")
            artifact.add(vt.Table(["label", "long"], [["a", "apple"], ["b", "bee"]]), "words")
            artifact.add(vt.JoinedTable(table, table, "id"), "both")
            run.log_artifact(artifact)
    project = opened(root)
    yield project
    project.close()


@pytest.fixture(scope="module")
def registry() -> Registry:
    registry = Registry()
    registry.load_entry_points()
    return registry


def scene_of(project: Project, registry: Registry, **view: Any) -> Scene:
    return Scene(project, registry, View(**{"source": "rows:v1/table", **view}))


def ancestors(project: Project, name: str) -> set[str]:
    edges = project.lineage().edges
    return {edge.source for edge in edges if edge.kind == "refers" and edge.target == name}


# Rows.


def test_saved_rows_are_those_before_grouping_and_sorting(project: Project, registry: Registry) -> None:
    view = {"where": HEAVY, "group": "label", "sort": "-count"}
    saved = saving.save_rows(project, scene_of(project, registry, **view), "few", "subset", "why")
    table = saved.get("table")
    assert table.columns == ["id", "label", "score", "a.b", "img"]
    assert table.get_column("id") == [6, 7, 8, 9]
    assert table.get_column("img")[0] == project.artifact("rows:v1").get("table").data[6][4]
    assert saved.description == "why"
    assert View.from_query(saved.metadata["view"]) == View(source="rows:v1/table", **view)
    queries = saved.metadata["queries"]["table"]
    assert queries["queries"] == [HEAVY]
    assert [(t["artifact"], t["entry"]) for t in queries["tables"]] == [("rows:v1", "table")]
    assert ancestors(project, "few:v0") == {"rows:v1"}
    run = saved.logged_by()
    assert run is not None
    assert [used.qualified_name for used in run.used_artifacts()] == ["rows:v1"]


def test_without_a_filter_all_rows_are_saved(project: Project, registry: Registry) -> None:
    saved = saving.save_rows(project, scene_of(project, registry), "all", "subset")
    assert len(saved.get("table")) == 10
    assert saved.metadata["queries"]["table"]["queries"] == []


def test_of_compared_tables_the_open_ones_rows_are_saved(project: Project, registry: Registry) -> None:
    where = "{$gte: ['$0.id', 7]}"
    compared = {"source": "rows:v1/table", "compare": "rows:v0/table", "key": "id"}
    scene = scene_of(project, registry, **compared, where=where)
    saved = saving.save_rows(project, scene, "few", "subset")
    table = saved.get("table")
    mine = project.artifact("rows:v1").get("table")
    assert table.dtype == mine.dtype
    assert table.data[:] == mine.data[7:]
    scene = scene_of(project, registry, **compared)
    assert saving.save_rows(project, scene, "whole", "subset").get("table").data[:] == mine.data[:]
    assert ancestors(project, "few:v0") == {"rows:v0", "rows:v1"}


def test_rows_that_a_pipeline_makes_of_compared_tables_are_no_tables_own(
    project: Project, registry: Registry
) -> None:
    compared = {"source": "rows:v1/table", "compare": "rows:v0/table", "key": "id"}
    scene = scene_of(project, registry, **compared, where="[{$match: {id: 1}}, {$limit: 1}]")
    with pytest.raises(Invalid, match="none of one table; filter by a condition"):
        saving.save_rows(project, scene, "few", "subset")
    assert "subset" not in project.artifacts()


def test_rows_that_a_pipeline_makes_are_saved_with_the_tables_it_names(
    project: Project, registry: Registry
) -> None:
    where = (
        "[{$lookup: {from: 'words', localField: 'label', foreignField: 'label', as: 'w'}}, "
        "{$project: {id: 1, long: {$first: '$w.long'}}}, {$limit: 2}]"
    )
    saved = saving.save_rows(project, scene_of(project, registry, where=where), "made", "subset")
    assert saved.get("table").get_column("long") == ["apple", "bee"]
    tables = saved.metadata["queries"]["table"]["tables"]
    assert [table["entry"] for table in tables] == ["table", "words"]


def test_rows_of_a_joined_table_are_saved(project: Project, registry: Registry) -> None:
    scene = scene_of(project, registry, source="rows:v1/both", where="{$lt: ['$0.id', 3]}")
    table = saving.save_rows(project, scene, "pairs", "subset").get("both")
    assert table.get_column("1.id") == [0, 1, 2]
    assert table.get_column("1.img")[2].pixels().max() == 2


# Dialogs.


def told(project: Project, scene: Scene | None, **message: Any) -> dict[str, Any]:
    view = scene.view if scene else View()
    return asyncio.run(
        saving.outcome({"ask": 7, **message}, lambda: saving.work_of(project, message, view, scene))
    )


def test_a_dialog_is_told_what_came_of_it(project: Project, registry: Registry) -> None:
    scene = scene_of(project, registry, source="rows:latest/table")
    done = {"ask": 7, "error": "", "opens": {}}
    assert told(project, scene, type="save_view", name=" mine ") == {**done, "said": "Saved as mine:v0"}
    assert vt.Api(project.root).view("mine").source == Source(artifact="rows:v1", entry="table")
    assert told(project, scene, type="save_rows", name="few", kind="") == {
        **done,
        "said": "Saved as few:v0",
        "opens": {"artifact": "few:v0", "entry": "table"},
    }
    assert project.artifact("few").type == "subset"
    renamed = told(project, scene, type="rename_view", name="mine", new="yours")
    assert renamed == {**done, "said": "Renamed to yours"}
    assert told(project, scene, type="delete_view", name="yours") == {**done, "said": "Deleted yours"}


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"type": "save_view", "name": ""}, "is empty"),
        ({"type": "save_view", "name": "rows"}, "of type 'dataset'"),
        ({"type": "save_rows", "name": "x" * 200}, "at most 128"),
        ({"type": "save_rows", "name": "rows", "kind": "other"}, "of type 'dataset' is called"),
        ({"type": "save_rows", "name": "few", "kind": "view"}, "the type of saved views"),
        ({"type": "rename_view", "name": "none", "new": "x"}, "no saved view 'none'"),
        ({"type": "delete_view"}, "no saved view ''"),
        ({"type": "wipe"}, "nothing is done by 'wipe'"),
    ],
)
def test_a_dialog_is_told_what_is_wrong(
    project: Project, registry: Registry, message: dict[str, Any], error: str
) -> None:
    runs = len(project.runs())
    answer = told(project, scene_of(project, registry), **message)
    assert error in answer["error"]
    assert len(project.runs()) == runs
    assert (answer["ask"], answer["said"], answer["opens"]) == (7, "", {})


def test_what_is_not_ours_is_told_by_a_case_and_logged(
    project: Project, registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> saving.Done:
        raise RuntimeError("a secret")

    answer = asyncio.run(saving.outcome({"ask": 1}, broken))
    assert "secret" not in answer["error"]
    assert "something failed" in answer["error"]
    assert "a secret" in caplog.text


def test_nothing_is_saved_where_no_table_is_open(project: Project) -> None:
    assert "no table is open" in told(project, None, type="save_view", name="x")["error"]


# The sidebar.


def test_saved_views_stand_apart_from_the_other_artifacts(project: Project, registry: Registry) -> None:
    view = View(source="rows:v0/table", where=HEAVY)
    vt.Api(project.root).save_view(view, "mine")
    with vt.init(store=project.root) as run:  # of their type, but no saved view
        artifact = vt.Artifact("other", "view")
        artifact.add(vt.Table(["a"], [[1]]), "view")
        run.log_artifact(artifact)
    rest, saved = shelves.apart(shelves.tree(project))
    assert [(type_["type"], [n["name"] for n in type_["names"]]) for type_ in rest] == [
        ("dataset", ["rows"]),
        ("view", ["other"]),
    ]
    (mine,) = saved
    assert (mine["name"], [one["version"] for one in mine["versions"]]) == ("mine", ["v0"])
    assert View.from_query(mine["versions"][0]["query"]) == view


def test_a_view_of_a_newer_vitrail_is_listed_and_opens_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vitrail.view.FORMAT", 2)
    vt.Api(project.root).save_view(View(source="rows:v0/table"), "mine")
    monkeypatch.undo()
    rest, saved = shelves.apart(shelves.tree(project))
    assert saved == []
    assert [type_["type"] for type_ in rest] == ["dataset", "view"]


# Pages beside a process's own work.


def test_opening_serves_the_page_and_opening_again_takes_the_same(project: Project) -> None:
    view = View(source="rows:v1/table", where=HEAVY)
    try:
        url = vt.open(view, store=project.root, browser=False)
        assert url.endswith(f"/?{view.to_query()}")
        with urllib.request.urlopen(url, timeout=30) as answer:
            assert answer.status == 200
        again = vt.open("rows:v0/table", store=project.root, browser=False)
        assert again.partition("?")[0] == url.partition("?")[0]
        with pytest.raises(NotFound):
            vt.open("rows:v9", store=project.root, browser=False)
        in_process.end(project)
        other = vt.open(store=project.root, browser=False)
        with urllib.request.urlopen(other, timeout=30) as answer:
            assert answer.status == 200
    finally:
        in_process.end(project)


def test_a_script_that_opened_a_page_ends(project: Project) -> None:
    code = "import sys, vitrail as vt\nprint(vt.open('rows:v1/table', store=sys.argv[1], browser=False))"
    command = [sys.executable, "-W", "error", "-c", code, str(project.root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("http://127.0.0.1:")


def test_a_page_that_is_read_only_saves_nothing_whatever_it_is_sent(
    project: Project, registry: Registry
) -> None:
    from vitrail_panels.session import Session

    session = Session(project, registry, read_only=True)
    assert (session.crumbs.saves, session.sidebar.changes) == (False, False)
    with pytest.raises(Invalid, match="served to be read only"):
        session._work({"type": "save_view", "name": "x"}, View(), None)
    assert "view" not in project.artifacts()
    session.end()
