"""Quick filters: what they offer, how many rows each keeps, and what a click makes of the filter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import vitrail as vt
from vitrail.query.planning import filtered, sorted_by
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Source, View
from vitrail_panels import quick, telling
from vitrail_panels.scene import Scene

VERSIONS: tuple[dict[int, tuple[Any, ...]], ...] = (
    {1: (0.5, "cat", 1), 2: (0.75, "dog", 2), 3: (1.0, "dog", 3)},
    {2: (0.75, "dog", 2), 3: (0.5, "cat", 2), 4: (0.25, "cow", 4)},
    {3: (2.0, "dog", 5), 5: (1.5, "cow", 6), 1: (None, "cat", 1)},
)
COLUMNS = ["id", "loss", "label", "$a.b"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    root: Path = tmp_path_factory.mktemp("store")
    with vt.init(project="p", job_type="make", store=root) as run:
        tables = []
        for version in VERSIONS:
            table = vt.Table(COLUMNS, [[key, *rest] for key, rest in version.items()])
            artifact = vt.Artifact("rows", "dataset")
            artifact.add(table, "table")
            run.log_artifact(artifact)
            tables.append(table)
        other = vt.Artifact("other", "dataset")
        other.add(
            vt.Table(["id", "loss", "new"], [[1, "low", 1], [1, "high", 2], [2, "low", 3]]), "table"
        )
        for how in ("inner", "outer"):
            other.add(vt.JoinedTable(tables[0], tables[1], "id", how=how), how)
        run.log_artifact(other)
    project = Project(root)
    yield project
    project.close()


@pytest.fixture(scope="module")
def registry() -> Registry:
    registry = Registry()
    registry.load_entry_points()
    return registry


def scene(project: Project, registry: Registry, source: str, *others: str, **view: Any) -> Scene:
    return Scene(project, registry, View(source=source, compare=others, **view))


@pytest.fixture(scope="module")
def two(project: Project, registry: Registry) -> Scene:
    return scene(project, registry, "rows:v0/table", "rows:v1/table")


def test_two_versions_offer_presence_and_difference(two: Scene) -> None:
    told = quick.told(two)
    assert {offer["label"]: offer["count"] for offer in told.offers} == {
        "in any": -1,
        "in all": 2,
        "only in v0": 1,
        "only in v1": 1,
        "differing": 1,
    }
    for offer in told.offers[1:]:
        kept, _ = filtered(two.whole, offer["text"])
        assert two.project.engine.count(kept) == offer["count"]
    assert told.offers[2]["text"] == "{$eq: ['$1', null]}"
    assert told.line == "3 in v0, 3 in v1, 2 in all · changed: 1 loss, 1 label, 1 $a.b"
    assert told.notes == ()


def test_three_versions_offer_each_alone(project: Project, registry: Registry) -> None:
    three = scene(project, registry, "rows:v0/table", "rows:v1/table", "rows:v2/table")
    counts = {offer["label"]: offer["count"] for offer in quick.told(three).offers}
    assert counts == {
        "in any": -1,
        "in all": 1,
        "only in v0": 0,
        "only in v1": 1,
        "only in v2": 1,
        "differing": 1,
    }


def test_other_columns_types_and_repeated_keys_are_said(project: Project, registry: Registry) -> None:
    found = scene(project, registry, "rows:v0/table", "other:v0/table", key="id")
    assert quick.told(found).notes == (
        "loss: Number in rows:v0, Text in other:v0; compared as values of several kinds",
        "only in rows:v0: label, $a.b",
        "only in other:v0: new",
        "other:v0: 1 row repeats the id of an earlier one, matched in their order",
    )


def test_a_table_alone_and_an_inner_join_offer_nothing(project: Project, registry: Registry) -> None:
    for source in ("rows:v0/table", "other:v0/inner"):
        alone = scene(project, registry, source)
        assert quick.told(alone) == quick.Told([], "", ())
        assert quick.keys(alone) == []
        assert [quick.of_column(alone.rows, c.name, c.dtype) for c in alone.columns] == [
            [] for _ in alone.columns
        ]


def test_an_outer_join_offers_presence(project: Project, registry: Registry) -> None:
    told = quick.told(scene(project, registry, "other:v0/outer"))
    assert [(offer["label"], offer["count"]) for offer in told.offers] == [
        ("in any", -1),
        ("in all", 2),
        ("only in $0", 1),
        ("only in $1", 1),
    ]


def test_a_column_of_numbers_offers_its_difference(two: Scene) -> None:
    offers = {
        column.name: quick.of_column(two.rows, column.name, column.dtype) for column in two.columns
    }
    assert offers["id"] == offers["label"] == []
    greatest, _, greater, less = offers["loss"]
    assert greatest["by"] == "{$subtract: ['$1.loss', '$0.loss']}"
    engine = two.project.engine
    for offer in offers["loss"][:2]:
        rows = engine.rows(sorted_by(two.whole, [(offer["by"], offer["descending"])]), 0, 10).to_pylist()
        lacking = [None in row["c1"].values() for row in rows]
        assert lacking == sorted(lacking)
        assert True in lacking
    assert engine.count(filtered(two.whole, greater["text"])[0]) == 0
    assert engine.count(filtered(two.whole, less["text"])[0]) == 1
    assert engine.count(filtered(two.whole, offers["$a.b"][3]["text"])[0]) == 1


def test_groups_offer_the_difference_of_means(project: Project, registry: Registry) -> None:
    grouped: dict[str, Any] = {"group": ("label",)}
    found = scene(project, registry, "rows:v0/table", "rows:v1/table", **grouped)
    offers = {c.name: quick.of_column(found.rows, c.name, c.dtype) for c in found.columns}
    assert offers["label"] == []
    greatest, least = offers["loss"]
    assert greatest["label"] == "Sort by mean v1 − mean v0, greatest first"
    assert (greatest["note"], least["note"]) == ("v1 worse first", "v0 worse first")
    assert offers["$a.b"][0]["note"] == ""
    grouped["sort"] = ({"by": greatest["by"], "descending": True},)
    now = scene(project, registry, "rows:v0/table", "rows:v1/table", **grouped)
    columns = {one["name"]: one for one in telling.grid(now, {})["columns"]}
    assert columns["loss"]["ranked"] == "v1 worse first: mean v1 − mean v0"
    assert columns["label"]["ranked"] == columns["$a.b"]["ranked"] == ""
    assert telling.toolbar(now)["sort"][0]["said"] == "loss: mean v1 − mean v0"
    means = now.project.engine.rows(now.plan, 0, 10)
    assert means.num_rows == now.project.engine.count(now.plan) > 1


def test_a_click_sets_replaces_narrows_and_takes_away(two: Scene) -> None:
    offers = quick.told(two).offers
    every, only = offers[1]["text"], offers[2]["text"]
    assert quick.pressed("", every, offers) == every
    assert quick.pressed(every, only, offers) == only
    assert quick.pressed(only, only, offers) == ""
    assert quick.pressed(only, "", offers) == ""
    typed = "{label: 'cat'}"
    assert filtered(two.whole, quick.pressed(typed, only, offers))[1] is not None


def test_rows_are_matched_by_what_is_chosen(project: Project, registry: Registry, two: Scene) -> None:
    assert [key["name"] for key in quick.keys(two)] == [*COLUMNS, quick.POSITION]
    sources = ("rows:v0/table", "rows:v1/table")
    placed = scene(project, registry, *sources, key=quick.POSITION)
    assert (placed.key, placed.matching) == (None, "matched by position")
    assert project.engine.count(placed.whole) == 3
    assert View.from_query(placed.address).key == quick.POSITION
    labelled = scene(project, registry, *sources, key="label")
    assert labelled.matching == "matched by label"


def test_sources_are_named(two: Scene) -> None:
    assert two.sources == (
        Source(artifact="rows:v0", entry="table"),
        Source(artifact="rows:v1", entry="table"),
    )
    assert quick.version_names(two.whole) == ("v0", "v1")
