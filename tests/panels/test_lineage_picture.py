"""The picture of the lineage: what is folded, where it lies, what is lit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import vitrail as vt
from vitrail.store.lineage import Lineage
from vitrail.store.project import opened
from vitrail_panels.lineage.graph import collapsed, exploded
from vitrail_panels.lineage.pane import LineagePane
from vitrail_panels.lineage.picture import Picture
from vitrail_panels.lineage.places import LAYER, places


def log(run: vt.Run, name: str, value: int) -> None:
    artifact = vt.Artifact(name, type="dataset")
    artifact.add(vt.Table(["x"], [[value]]), "rows")
    run.log_artifact(artifact)


@pytest.fixture
def lineage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lineage:
    """Raw data; two trainings that use it; an artifact that nobody used."""
    monkeypatch.setenv("VITRAIL_HOME", str(tmp_path / "store"))
    with vt.init(project="p", job_type="load") as run:
        log(run, "raw", 0)
    for value in (1, 2):
        with vt.init(project="p", job_type="train") as run:
            run.use_artifact("raw:latest")
            log(run, "model", value)
    with vt.init(project="p", job_type="notes") as run:
        log(run, "stray", 3)
    return opened(tmp_path / "store").lineage()


def test_runs_of_a_job_type_and_versions_of_a_name_are_drawn_as_one(lineage: Lineage) -> None:
    graph = collapsed(lineage)
    notes = {node.title: (node.kind, node.note, len(node.members)) for node in graph.nodes.values()}
    assert notes == {
        "load": ("run", "1 run", 1),
        "train": ("run", "2 runs", 2),
        "raw": ("version", "dataset, 1 version", 1),
        "model": ("version", "dataset, 2 versions", 2),
        "notes": ("run", "1 run", 1),
        "stray": ("version", "dataset, 1 version", 1),
    }
    assert set(graph.edges) == {
        ("job/load", "name/raw"),
        ("name/raw", "job/train"),
        ("job/train", "name/model"),
        ("job/notes", "name/stray"),
    }


def test_exploding_shows_every_step(lineage: Lineage) -> None:
    graph = exploded(lineage)
    assert len(graph.nodes) == 4 + 4
    assert sorted(node.title for node in graph.nodes.values() if node.kind == "version") == [
        "model:v0",
        "model:v1",
        "raw:v0",
        "stray:v0",
    ]
    assert len(graph.edges) == 6


def test_what_came_first_stands_on_the_left(lineage: Lineage) -> None:
    for graph in (collapsed(lineage), exploded(lineage)):
        laid = places(graph)
        assert laid.keys() == graph.nodes.keys()
        assert len(set(laid.values())) == len(laid)
        assert all(laid[target][0] - laid[source][0] >= LAYER for source, target in graph.edges)


def test_ancestors_and_descendants(lineage: Lineage) -> None:
    graph = collapsed(lineage)
    assert graph.ancestors("job/train") == {"name/raw", "job/load"}
    assert graph.descendants("job/train") == {"name/model"}
    assert graph.holding("model:v1") == "name/model"


def test_a_click_lights_what_belongs_to_a_node_and_offers_to_open_it(lineage: Lineage) -> None:
    asked: list[str] = []
    pane = LineagePane(lineage, "raw:v0", asked.append)
    pane.choose("name/model")
    strengths = pane.picture.figure.renderers[1].data_source.data["strength"]
    faint = {name for name, s in zip(pane.picture.graph.nodes, strengths, strict=True) if s < 1}
    assert faint == {"job/notes", "name/stray"}
    assert asked == []
    pane.open()
    assert asked == ["model:v1"]


def test_what_is_known_of_a_chosen_node_stands_beside_the_picture(tmp_path: Path) -> None:
    with vt.init(project="p", job_type="<b>", name="<i>", store=tmp_path) as run:
        run.config["rate"] = 0.25
        for name, table in (("rows", True), ("model", False)):
            artifact = vt.Artifact(name, "dataset", metadata={"of": "<u>"})
            if table:
                artifact.add(vt.Table(["id"], [[1]]), "t")
            run.log_artifact(artifact)
    project = opened(tmp_path)
    pane = LineagePane(project.lineage(), None, lambda _: None, project)
    said = {}
    for node in pane.picture.graph.nodes.values():
        pane.choose(node.id)
        said[node.title] = (pane._told.markup, pane._open.visible)
    assert {title for title, (_, offers) in said.items() if offers} == {"rows"}
    markup = "".join(text for text, _ in said.values())
    assert "0.25" in markup
    assert "&lt;u&gt;" in markup
    assert not {"<b>", "<i>", "<u>"} & set(re.findall(r"<\w>", markup))


def test_a_picture_starts_as_the_view_says_and_tells_when_it_is_turned(lineage: Lineage) -> None:
    turned: list[bool] = []
    pane = LineagePane(lineage, "raw:v0", lambda _: None, exploded=True, turned=turned.append)
    assert len(pane.picture.graph.nodes) == 8
    pane._explode.value = False
    assert len(pane.picture.graph.nodes) == 6
    assert turned == [False]


def test_a_place_of_the_figure_leads_to_the_nearest_node(lineage: Lineage) -> None:
    picture = Picture(collapsed(lineage), None, lambda _: None)
    laid = places(picture.graph)
    for name, (x, y) in laid.items():
        assert picture.nearest(x + 4, y - 3) == name
    assert picture.nearest(-10 * LAYER, 0) is None


def test_an_empty_store_has_an_empty_picture(tmp_path: Path) -> None:
    empty = opened(tmp_path / "none").lineage()
    assert LineagePane(empty, None, lambda _: None).picture.graph.nodes == {}
