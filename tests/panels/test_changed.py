"""What changed between compared tables, said by column, number and class."""

from __future__ import annotations

from pathlib import Path

import pytest
from rows import plugins

import vitrail as vt
from vitrail.query.comparison import gaps
from vitrail.query.planning import filtered
from vitrail.store.project import Project
from vitrail.view import View
from vitrail_panels.changed import report
from vitrail_panels.scene import Scene

HOSTILE = "<i>$a.b</i>"
OLD = [(0, HOSTILE, 1.0, True), (1, "cat", 2.0, True), (2, "cat", None, False), (3, "dog", 4.0, True)]
NEW = [(0, "cat", 3.0, True), (1, "dog", 1.0, False), (2, "cat", 5.0, False), (4, "dog", 4.0, True)]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    root: Path = tmp_path_factory.mktemp("store")
    for data in (NEW, OLD):
        with vt.init(project="p", job_type="make", store=root) as run:
            artifact = vt.Artifact("rows", "dataset")
            table = vt.Table(["id", HOSTILE, "loss", "hit", "set"])
            for row in data:
                table.add_data(*row, ("even", "odd")[row[0] % 2])
            artifact.add(table, "t")
            run.log_artifact(artifact)
    view = View(source="rows:v1/t", compare="rows:v0/t")
    project: Project = vt.Api(root).artifact("rows:v0").project
    return Scene(project, plugins(), view)


def test_the_report_counts_rows_cells_numbers_and_classes(scene: Scene) -> None:
    told = report(scene).markup
    assert "<script" not in told
    assert HOSTILE not in told
    assert "Changed cells" in told
    assert "&lt;i&gt;$a.b&lt;/i&gt;: v1 → v0" in told
    assert '<th scope="row">cat → dog</th>' in told
    assert "By set: v0 − v1, mean" in told
    assert '<th scope="row">even</th><td><button' in told


def test_how_far_numbers_grew_and_shrank(scene: Scene) -> None:
    found = gaps(scene.whole, ["loss"], 1, scene.project.engine)
    assert found == {"loss": (1, 1, pytest.approx((2.0 - 1.0) / 2))}
    assert gaps(scene.whole, [], 1, scene.project.engine) == {}
    assert gaps(scene.whole.tables[0], ["loss"], 1, scene.project.engine) == {}  # type: ignore[attr-defined]


def test_every_number_leads_to_the_rows_that_it_counts(scene: Scene) -> None:
    found = report(scene)
    shown = found.markup.split('data-where="')[1:]
    assert len(shown) == len(found.offers)
    for offer, piece in zip(found.offers, shown, strict=True):
        plan, _ = filtered(scene.whole, offer["text"])
        count = int(piece.partition(">")[2].partition("<")[0].replace(",", ""))
        assert scene.project.engine.count(plan) == count


def test_one_table_has_nothing_to_report(scene: Scene) -> None:
    alone = Scene(scene.project, scene.registry, View(source="rows:v0/t"))
    assert "only one table" in report(alone).markup
