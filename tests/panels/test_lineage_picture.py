"""The picture of the lineage: what is folded, where it lies, what is lit."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

import vitrail as vt
from vitrail.store.lineage import Lineage
from vitrail.store.project import opened
from vitrail_panels.lineage.graph import Graph, Node, collapsed, exploded
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


def test_several_runs_of_a_job_type_or_versions_of_a_name_are_drawn_as_one(lineage: Lineage) -> None:
    graph = collapsed(lineage)
    notes = {node.title: (node.kind, node.note, len(node.members)) for node in graph.nodes.values()}
    assert notes == {
        "load-1": ("run", "load, finished", 1),
        "train": ("run", "2 runs", 2),
        "raw:v0": ("version", "dataset", 1),
        "model": ("version", "dataset, 2 versions", 2),
        "notes-4": ("run", "notes, finished", 1),
        "stray:v0": ("version", "dataset", 1),
    }
    assert set(graph.edges) == {
        ("job/load", "name/raw"),
        ("name/raw", "job/train"),
        ("job/train", "name/model"),
        ("job/notes", "name/stray"),
    }


def test_a_run_or_version_is_found_in_the_node_that_stands_for_it(lineage: Lineage) -> None:
    assert collapsed(lineage).holding("model:v1") == "name/model"
    assert exploded(lineage).holding("model:v1") == "model:v1"
    assert collapsed(lineage).holding("model:v2") is None


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


def test_a_node_that_is_chosen_can_be_opened_and_is_told(lineage: Lineage) -> None:
    asked: list[str] = []
    told: list[tuple[bool, str | None]] = []
    pane = LineagePane(lineage, "raw:v0", asked.append, turned=lambda *look: told.append(look))
    pane._hear({"type": "node", "place": pane.picture.names.index("name/model")})
    assert asked == []
    pane.open()
    assert asked == ["model:v1"]
    pane._explode.value = True
    pane._hear({"type": "node", "place": -1})
    assert told == [(False, "name/model"), (True, "model:v1"), (True, None)]


def test_edges_name_their_ends_by_the_places_of_the_marks(lineage: Lineage) -> None:
    picture = Picture(collapsed(lineage), None)
    edges, nodes = (renderer.data_source.data for renderer in picture.figure.renderers[:2])
    titles = [
        (nodes["title"][source], nodes["title"][target])
        for source, target in zip(edges["source"], edges["target"], strict=True)
    ]
    assert set(titles) == {
        ("load-1", "raw:v0"),
        ("raw:v0", "train"),
        ("train", "model"),
        ("notes-4", "stray:v0"),
    }


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
    assert {title for title, (_, offers) in said.items() if offers} == {"rows:v0"}
    markup = "".join(text for text, _ in said.values())
    assert "0.25" in markup
    assert "&lt;u&gt;" in markup
    assert not {"<b>", "<i>", "<u>"} & set(re.findall(r"<\w>", markup))


def test_a_picture_starts_as_the_view_says(lineage: Lineage) -> None:
    pane = LineagePane(lineage, "raw:v0", lambda _: None, exploded=True, node="model:v0")
    assert len(pane.picture.graph.nodes) == 8
    assert pane.picture.names[pane._lights.chosen] == "model:v0"
    assert pane._lights.said == "model:v0: dataset"
    gone = LineagePane(lineage, "raw:v0", lambda _: None, node="name/gone")
    assert gone._lights.chosen == -1
    assert gone._lights.said == "4 runs, 4 versions"


def test_the_node_that_is_chosen_is_in_the_middle_of_a_large_graph() -> None:
    names = [f"v{place}" for place in range(90)]
    nodes = {name: Node(name, "version", name, "", (name,)) for name in names}
    graph = Graph(nodes, tuple(pairwise(names)))
    for node, others in (("v40", "v70"), ("v70", "v40")):
        x_range = Picture(graph, "v0", node).figure.x_range
        middle = (x_range.start + x_range.end) / 2
        laid = places(graph)
        assert abs(laid[node][0] - middle) < LAYER < abs(laid[others][0] - middle)


def test_an_empty_store_has_an_empty_picture(tmp_path: Path) -> None:
    empty = opened(tmp_path / "none").lineage()
    assert LineagePane(empty, None, lambda _: None).picture.graph.nodes == {}
