"""What takes long is first shown as it is in a sample."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
from rows import plugins

import vitrail as vt
from vitrail.query.duck import DuckEngine
from vitrail.registry import Registry
from vitrail.store.project import Project, opened
from vitrail.view import Source, View
from vitrail_panels.scene import Scene
from vitrail_panels.window import draw_headers, draw_window

ROWS = 4000
VIEW = View(source=Source(artifact="many:v0", entry="rows"), where="{$gte: ['$x', 0]}")


@pytest.fixture(scope="module")
def registry() -> Registry:
    return plugins()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A table of 4,000 rows whose engine estimates from 500 of them."""
    root = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VITRAIL_HOME", str(root))
        with vt.init(project="p") as run:
            artifact = vt.Artifact("many", type="dataset")
            rows = [["cat" if i % 3 else "dog", float(i % 100)] for i in range(ROWS)]
            artifact.add(vt.Table(["label", "x"], rows), "rows")
            run.log_artifact(artifact)
    project = opened(root)
    engine = DuckEngine(project.library, scratch=root / "scratch", index_rows=1, sample_rows=500)
    project._engine, project._engine_process = engine, os.getpid()
    yield project
    project.close()


def indexed(project: Project, registry: Registry) -> Scene:
    scene = Scene(project, registry, VIEW)
    engine = project.engine
    assert isinstance(engine, DuckEngine)
    assert engine.indexed(scene.plan, 60)
    return scene


def test_headers_are_drawn_from_a_sample_before_they_are_exact(
    project: Project, registry: Registry
) -> None:
    first, second = draw_headers(indexed(project, registry))
    assert first.keys() == second.keys() == {"label", "x"}
    assert all(
        re.match(r'<div class="draft" title="from a sample, ± \d+ rows', m) for m in first.values()
    )
    assert not any("draft" in markup for markup in second.values())


def test_groups_are_estimated_where_they_need_not_be_exact(project: Project, registry: Registry) -> None:
    indexed(project, registry)
    view = VIEW.model_copy(update={"group": ("label",)})
    about = draw_window(project, registry, view, 0, 10, exact=False)
    exact = draw_window(project, registry, view, 0, 10)
    assert about["estimated"] is True
    assert exact["estimated"] is False
    assert len(about["rows"]) == len(exact["rows"]) == 2


def test_rows_themselves_are_never_estimated(project: Project, registry: Registry) -> None:
    indexed(project, registry)
    window = draw_window(project, registry, VIEW, 0, 5, exact=False)
    assert window["estimated"] is False
    assert len(window["rows"]) == 5


def test_a_count_is_about_right(project: Project, registry: Registry) -> None:
    scene = indexed(project, registry)
    about = project.engine.estimate_count(scene.plan)
    assert about is not None
    assert about.value == project.engine.count(scene.plan) == ROWS


def test_how_many_groups_there_are_is_not_estimated(project: Project, registry: Registry) -> None:
    indexed(project, registry)
    scene = Scene(project, registry, VIEW.model_copy(update={"group": ("label",)}))
    assert project.engine.estimate_count(scene.plan) is None
    assert project.engine.count(scene.plan) == 2
