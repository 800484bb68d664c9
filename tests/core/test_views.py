"""Views as entries of artifacts, saved views, subsets, and what opens them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vitrail as vt
from vitrail.errors import Damaged, Invalid, NewerFormat, NotFound
from vitrail.opening import view_of
from vitrail.store import views
from vitrail.store.project import Project, opened
from vitrail.view import Choice, SortKey, Source, View

VIEW = View(source="rows:v1/table", compare="rows:v0/table", key="id", where="{label: 'a'}", sort="-id")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return filled(tmp_path / "store")


def filled(root: Path) -> Path:
    """Two versions of a table whose pictures are the same."""
    for version in range(2):
        with vt.init(store=root, job_type="make") as run:
            table = vt.Table(["id", "label", "score", "img"])
            for row in range(20):
                image = vt.Image(np.full((40, 40, 3), row, "uint8"))
                table.add_data(row, "ab"[row % 2], row / 10 + version, image)
            artifact = vt.Artifact("rows", "dataset")
            artifact.add(table, "table")
            run.log_artifact(artifact)
    return root


@pytest.fixture
def project(store: Path) -> Iterator[Project]:
    project = opened(store)
    yield project
    project.close()


def logged(root: Path, thing: Any, name: str = "thing", **settings: Any) -> vt.Artifact:
    with vt.init(store=root) as run:
        artifact = vt.Artifact(name, "test", **settings)
        artifact.add(thing, "it")
        return run.log_artifact(artifact)


def ancestors(project: Project, name: str) -> set[str]:
    edges = project.lineage().edges
    return {edge.source for edge in edges if edge.kind == "refers" and edge.target == name}


# A view in an artifact.


def test_a_view_comes_back_equal(store: Path) -> None:
    assert logged(store, VIEW).get("it") == VIEW
    assert logged(store, View(), "start").get("it") == View()


NAMES = st.text(max_size=20).filter(lambda text: text.isprintable())


@given(
    st.builds(
        View,
        where=st.text(max_size=80),
        key=st.none() | st.text(max_size=9),
        group=st.lists(st.text(max_size=9), max_size=3),
        sort=st.lists(st.builds(SortKey, by=st.text(max_size=9), descending=st.booleans()), max_size=3),
        choices=st.dictionaries(
            NAMES, st.builds(Choice, visualizer=NAMES, options=st.just({"digits": 2})), max_size=3
        ),
        row=st.none() | st.integers(0, 10**12),
    )
)
@settings(max_examples=60, deadline=None)
def test_what_a_view_stores_is_read_back_as_it(view: View) -> None:
    assert View.load({"format": 1, "view": view.model_dump(mode="json"), "tables": []}) == view


def test_a_views_ancestors_are_the_versions_of_its_tables(store: Path, project: Project) -> None:
    artifact = logged(store, View(source="rows:v0/table", compare="rows:latest/table"))
    assert ancestors(project, "thing:v0") == {"rows:v0", "rows:v1"}
    tables = artifact.entry("it").document["tables"]
    assert [table["artifact"] for table in tables] == ["rows:v0", "rows:v1"]
    assert artifact.get("it").compare[0].artifact == "rows:latest"


@pytest.mark.parametrize("source", ["rows:v7/table", "row:v0/table", "rows:v0/tabel"])
def test_a_view_of_a_table_that_is_not_there_is_not_logged(
    store: Path, project: Project, source: str
) -> None:
    with pytest.raises(NotFound):
        logged(store, View(source=source))
    assert "test" not in project.artifacts()


def test_a_view_of_another_format_says_what_is_wrong() -> None:
    with pytest.raises(NewerFormat, match="format 2; this Vitrail reads up to 1"):
        View.load({"format": 2, "view": {}, "tables": []})
    with pytest.raises(Damaged, match="row: Input should be a valid integer"):
        View.load({"format": 1, "view": {"row": "x"}, "tables": []})


def test_a_view_is_built_by_hand_from_short_forms(store: Path, project: Project) -> None:
    table = project.artifact("rows:v1").get("table")
    short = View(
        source=table,
        compare="rows:v0/table",
        where=vt.col("score") > 0.5,
        group="label",
        sort=["-score", "id"],
        choices={"score": "histogram"},
    )
    assert short == View(
        source=Source(artifact="rows:v1", entry="table"),
        compare=(Source(artifact="rows:v0", entry="table"),),
        where="{$gt: ['$score', 0.5]}",
        group=("label",),
        sort=(SortKey(by="score", descending=True), SortKey(by="id")),
        choices={"score": Choice(visualizer="histogram")},
    )
    assert View.from_query(short.to_query()) == short


# Saved views.


def test_a_view_is_saved_again_as_a_new_version(store: Path) -> None:
    api = vt.Api(store)
    assert api.save_view(VIEW, "mine").version == "v0"
    other = View(source="rows:v0/table")
    assert api.save_view(other, "mine", "what it shows").version == "v1"
    assert api.save_view(VIEW, "mine").version == "v0"
    assert api.views() == {"mine": other}
    assert (api.view("mine"), api.view("mine:v0"), api.view("mine:v1")) == (VIEW, VIEW, other)
    assert ancestors(api.project, "mine:v0") == {"rows:v0", "rows:v1"}
    run = api.artifact("mine:v1").logged_by()
    assert run is not None
    assert [used.qualified_name for used in run.used_artifacts()] == ["rows:v0"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("", "is empty"), ("a/b", "holds no '/'"), ("rows", "of type 'dataset' is called 'rows' already")],
)
def test_a_name_that_cannot_be_is_refused_before_anything_is_written(
    store: Path, name: str, message: str
) -> None:
    api = vt.Api(store)
    runs = len(api.runs())
    with pytest.raises(Invalid, match=message):
        api.save_view(VIEW, name)
    assert len(api.runs()) == runs


def test_a_renamed_view_keeps_its_versions(store: Path) -> None:
    api = vt.Api(store)
    api.save_view(VIEW, "mine", "notes")
    api.save_view(View(source="rows:v0/table"), "mine")
    api.rename_view("mine", "yours")
    assert api.views() == {"yours": View(source="rows:v0/table")}
    assert api.view("yours:v0") == VIEW
    assert api.artifact("yours:v0").description == "notes"
    assert ancestors(api.project, "yours:v0") == {"rows:v0", "rows:v1"}
    with pytest.raises(NotFound, match=r"no saved view 'mine'.*yours"):
        api.view("mine")
    with pytest.raises(Invalid, match="the name 'rows' is taken"):
        api.rename_view("yours", "rows")
    assert api.project.verify() == ()


def test_a_deleted_view_is_gone_and_its_tables_are_not(store: Path) -> None:
    api = vt.Api(store)
    api.save_view(VIEW, "mine")
    manifest = api.project.manifest_path(api.artifact("mine").row.manifest)
    api.delete_view("mine")
    assert api.views() == {}
    assert not manifest.exists()
    assert len(api.artifact("rows:v1").get("table")) == 20
    assert api.project.verify() == ()
    assert api.project.rebuild() == ()
    assert api.views() == {}
    assert api.save_view(VIEW, "mine").version == "v0"


def test_a_view_that_somebody_used_stays(store: Path) -> None:
    api = vt.Api(store)
    api.save_view(VIEW, "mine")
    with vt.init(store=store, name="reader") as run:
        run.use_artifact("mine:latest")
    for change in (lambda: api.delete_view("mine"), lambda: api.rename_view("mine", "yours")):
        with pytest.raises(Invalid, match="'mine' stays: the run 'reader' has used its version v0"):
            change()
    assert list(api.views()) == ["mine"]


def test_nothing_but_saved_views_is_deleted(store: Path, tmp_path: Path) -> None:
    api = vt.Api(store)
    with pytest.raises(NotFound, match="no saved view 'rows'"):
        api.delete_view("rows")
    big = tmp_path / "notes"
    big.write_text("words")
    with vt.init(store=store) as run:
        artifact = vt.Artifact("mine", "view")
        artifact.add(VIEW, "view")
        artifact.add_file(big)
        run.log_artifact(artifact)
    with pytest.raises(Invalid, match="'mine' stays: its version v0 holds files"):
        api.delete_view("mine")
    assert api.view("mine") == VIEW


def test_a_view_that_another_version_names_stays(store: Path, project: Project) -> None:
    views.save(project, VIEW, "mine")
    row = project.artifact("mine").row
    later = logged(store, vt.Table(["a"], [[1]]), "later")
    with project.catalog.writing() as catalog:
        catalog.execute("INSERT INTO refers VALUES (?, ?)", (later.row.id, row.id))
    with pytest.raises(Invalid, match="'mine' stays: later:v0 was made of it"):
        views.delete(project, "mine")


def test_a_deletion_that_fails_leaves_the_view(
    store: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    views.save(project, VIEW, "mine")
    monkeypatch.setattr(
        "vitrail.store.removal._FORGET", ("DELETE FROM aliases WHERE artifact = ?", "no")
    )
    with pytest.raises((sqlite3.Error, vt.VitrailError)):
        views.delete(project, "mine")
    assert views.saved_view(project, "mine") == VIEW
    assert project.verify() == ()


# Subsets.


def test_a_logged_query_names_its_source_and_keeps_no_picture_again(
    store: Path, project: Project
) -> None:
    table = project.artifact("rows:v1").get("table")
    few = table.query(vt.col("id") < 5).query({"label": "a"})
    before = {path.name for path in (store / "packs").rglob("*") if path.is_file()}
    artifact = logged(store, few, "few")
    assert artifact.metadata == {
        "queries": {
            "it": {
                "queries": ["{$lt: ['$id', 5]}", "{label: 'a'}"],
                "tables": [
                    {
                        "artifact": "rows:v1",
                        "digest": project.artifact("rows:v1").digest,
                        "entry": "table",
                    }
                ],
            }
        }
    }
    assert ancestors(project, "few:v0") == {"rows:v1"}
    again = artifact.get("it")
    assert again.get_column("id") == [0, 2, 4]
    assert again.data[1][3].pixels().max() == 2
    new = {path for path in (store / "packs").rglob("*") if path.is_file() and path.name not in before}
    digests = {image.digest for image in again.get_column("img")}
    for path in new:
        content = path.read_bytes()
        assert not any(project.shelf.read(digest) in content for digest in digests)


def test_the_tables_that_a_query_names_beside_are_ancestors_too(store: Path, project: Project) -> None:
    labels = logged(store, vt.Table(["label", "long"], [["a", "apple"]]), "labels").get("it")
    table = project.artifact("rows:v0").get("table")
    stages = [
        {"$lookup": {"from": "l", "localField": "label", "foreignField": "label", "as": "found"}},
        {"$match": {"found.0": {"$exists": True}}},
        {"$project": {"id": 1}},
    ]
    logged(store, table.query(stages, tables={"l": labels}), "joined")
    assert ancestors(project, "joined:v0") == {"rows:v0", "labels:v0"}


def test_a_subset_in_another_store_has_its_pictures_and_no_ancestors_there(
    store: Path, project: Project, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    for number in range(2):  # there the name leads to something else
        with vt.init(store=elsewhere) as run:
            artifact = vt.Artifact("rows", "dataset")
            artifact.add(vt.Table(["id"], [[number]]), "table")
            run.log_artifact(artifact)
    few = project.artifact("rows:v1").get("table").query("{$lt: ['$id', 2]}")
    artifact = logged(elsewhere, few, "few")
    assert artifact.get("it").data[1][3].pixels().max() == 1
    assert artifact.metadata["queries"]["it"]["tables"][0]["artifact"] == "rows:v1"
    assert ancestors(opened(elsewhere), "few:v0") == set()


def test_a_table_that_was_changed_after_the_query_is_no_subset(store: Path, project: Project) -> None:
    few = project.artifact("rows:v1").get("table").query("{$lt: ['$id', 2]}")
    few.add_column("more", [1, 2])
    assert logged(store, few, "few").metadata == {}


def test_a_query_of_a_table_in_memory_is_not_recorded(store: Path) -> None:
    table = vt.Table(["a"], [[1], [2]]).query("{$gt: ['$a', 1]}")
    assert logged(store, table).metadata == {}


def test_metadata_of_a_guest_stays_as_it_was_given(store: Path, project: Project) -> None:
    few = project.artifact("rows:v1").get("table").query("{$lt: ['$id', 2]}")
    assert logged(store, few, metadata={"queries": "mine"}).metadata == {"queries": "mine"}


# Comparing and opening.


def test_comparing_gives_the_view_that_lays_one_over_the_other(store: Path, project: Project) -> None:
    new = project.artifact("rows:v1")
    wanted = View(source="rows:v1/table", compare="rows:v0/table", key="id")
    assert vt.compare(new, "rows:v0", key="id", store=store) == wanted
    tables = new.get("table"), project.artifact("rows:v0").get("table")
    assert vt.compare(*tables, key="id", store=store) == wanted
    assert vt.compare("rows:v1/table", "rows:v0/table", store=store).key is None
    assert logged(store, wanted).get("it") == wanted


def test_what_cannot_be_compared_is_said(store: Path, project: Project) -> None:
    with pytest.raises(NotFound, match=r"no artifact 'row'.*Did you mean 'rows'"):
        vt.compare("rows:v1", "row:v0", store=store)
    with pytest.raises(NotFound, match="no column 'idd'"):
        vt.compare("rows:v1", "rows:v0", key="idd", store=store)
    with pytest.raises(Invalid, match="with one to eight others, not with 0"):
        vt.compare("rows:v1", store=store)
    with pytest.raises(Invalid, match="in no artifact yet; log it"):
        vt.compare(vt.Table(["a"]), "rows:v0", store=store)
    with pytest.raises(Invalid, match="not 7"):
        vt.compare("rows:v1", 7, store=store)  # type: ignore[arg-type]
    with vt.init(store=store) as run:
        artifact = vt.Artifact("two", "dataset")
        for name in ("a", "b"):
            artifact.add(vt.Table(["x"], [[1]]), name)
        run.log_artifact(artifact)
    with pytest.raises(Invalid, match="two:v0 holds 2 tables; say which: 'two:v0/a', 'two:v0/b'"):
        vt.compare("two", "rows", store=store)
    with pytest.raises(NotFound, match="holds no table"):
        vt.compare(logged(store, VIEW, "only a view"), "rows", store=store)


def test_what_is_opened_is_found(store: Path, project: Project) -> None:
    views.save(project, VIEW, "mine")
    table = View(source="rows:v1/table")
    for what in (
        "rows",
        "rows:v1/table",
        project.artifact("rows"),
        project.artifact("rows").get("table"),
    ):
        assert view_of(what, project) == table
    assert view_of("mine", project) == view_of(VIEW, project) == VIEW
    assert view_of(None, project) == View()
    with pytest.raises(NotFound):
        view_of(View(source="rows:v8/table"), project)


def test_the_address_of_a_view_on_a_server_that_runs_is_told(store: Path) -> None:
    url = vt.open(VIEW, store=store, server="http://localhost:4747/", browser=False)
    assert url == f"http://localhost:4747/?{VIEW.to_query()}"


def test_opening_where_there_is_no_store_says_so(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no store at"):
        vt.open(store=tmp_path / "none", browser=False)
    assert not (tmp_path / "none").exists()
