"""A view becomes a plan, and types alone say what draws its columns."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from rows import HOSTILE, LABELS, OTHER, SOURCE, logged, plugins

import vitrail as vt
from vitrail.errors import Invalid, NotFound, QueryError
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Choice, SortKey, Source, View
from vitrail.visualizer import Size
from vitrail_panels.one_column import Drawn
from vitrail_panels.scene import Scene, version_names


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with logged(tmp_path_factory.mktemp("store")) as project:
        yield project


@pytest.fixture(scope="module")
def registry() -> Registry:
    return plugins()


def drawn(project: Project, registry: Registry, **view: object) -> dict[str, str]:
    """column → visualizer"""
    scene = Scene(project, registry, View.model_validate({"source": SOURCE, **view}))
    return {column.name: column.entry.name for column in scene.columns}


GROUPED = {"group": ("label",)}
COMPARED = {"compare": (OTHER,)}


@pytest.mark.parametrize(
    ("view", "loss", "picture", "text"),
    [
        ({}, "number", "image", "text"),
        (GROUPED, "histogram", "gallery", "counts"),
        (COMPARED, "bars", "side_by_side", "side_by_side"),
        (GROUPED | COMPARED, "multi_histogram", "side_by_side", "grouped_bars"),
    ],
)
def test_types_alone_choose_the_visualizer(
    project: Project, registry: Registry, view: dict[str, object], loss: str, picture: str, text: str
) -> None:
    found = drawn(project, registry, **view)
    chosen = [found["loss"], found["picture"], found[HOSTILE]]
    fitting = {
        column.name: column.fitting[0].name
        for column in Scene(project, registry, View.model_validate({"source": SOURCE, **view})).columns
    }
    assert chosen == [loss, picture, text]
    assert found == fitting


@pytest.mark.parametrize(
    ("view", "loss"),
    [
        ({}, "histogram"),
        (GROUPED, "histogram"),
        (COMPARED, "multi_histogram"),
        (GROUPED | COMPARED, "multi_histogram"),
    ],
)
def test_a_column_alone_is_drawn_of_all_rows_also_of_those_in_groups(
    project: Project, registry: Registry, view: dict[str, object], loss: str
) -> None:
    scene = Scene(project, registry, View.model_validate({"source": SOURCE, **view}))
    drawn = Drawn(scene, "loss", Size(200, 64), None)
    assert drawn.drawer.entry.name == loss
    assert values_in(drawn.answer) == 30
    if scene.view.group:
        assert values_in(Drawn(scene, "count", Size(200, 64), None).answer) == len(LABELS)


def values_in(histogram: Any) -> int:
    """How many values a histogram counts, or the first of several."""
    first = histogram[0] if isinstance(histogram, tuple) else histogram
    return sum(first.counts)


def test_a_choice_that_fits_goes_first_and_one_that_does_not_is_left(
    project: Project, registry: Registry
) -> None:
    choices = {"loss": Choice(visualizer="raising")}
    assert drawn(project, registry, choices=choices)["loss"] == "raising"
    assert drawn(project, registry, choices=choices, **GROUPED)["loss"] == "histogram"


def test_settings_that_cannot_be_are_told_and_the_defaults_drawn(
    project: Project, registry: Registry
) -> None:
    choice = Choice(visualizer="number", options={"digits": -4})
    scene = Scene(project, registry, View(source=SOURCE, choices={"loss": choice}))
    column = {column.name: column for column in scene.columns}["loss"]
    assert "setting 'digits'" in str(column.trouble)
    assert column.drawer.options == column.entry.Options()


def test_the_key_of_a_comparison_is_the_column_that_names_each_row(
    project: Project, registry: Registry
) -> None:
    scene = Scene(project, registry, View(source=SOURCE, compare=(OTHER,)))
    assert scene.key == "id"
    chosen = Scene(project, registry, View(source=SOURCE, compare=(OTHER,), key="label"))
    assert chosen.key == "label"


def test_versions_are_named_by_as_little_as_tells_them_apart() -> None:
    one, two = Source(artifact="a:v0", entry="t"), Source(artifact="b:v0", entry="t")
    assert version_names([SOURCE, OTHER]) == ("v1", "v0")
    assert version_names([one, two]) == ("a:v0", "b:v0")
    assert version_names([one, one.model_copy(update={"entry": "u"})]) == ("a:v0/t", "a:v0/u")
    assert len(set(version_names([one, one]))) == 2


def test_a_joined_table_draws_its_columns_by_their_own_types(
    project: Project, registry: Registry
) -> None:
    joined = Source(artifact="joined:v0", entry="table")
    found = drawn(project, registry, source=joined)
    assert (found["0.loss"], found["1.picture"]) == ("number", "image")


@pytest.mark.parametrize(
    ("view", "error", "text"),
    [
        ({"where": "{$gt: ['$los', 1]}"}, QueryError, "no column 'los'"),
        ({"group": ("nope(",)}, QueryError, "nope"),
        ({"sort": (SortKey(by="{$add: [}"),)}, QueryError, "a value is missing"),
        ({"source": Source(artifact="nope:v0", entry="t")}, NotFound, "no artifact 'nope'"),
        ({"source": Source(artifact="rows:v0", entry="nope")}, NotFound, "nope"),
        ({"source": None}, Invalid, "no table"),
    ],
)
def test_what_cannot_be_shown_is_an_error_of_ours(
    project: Project, registry: Registry, view: dict[str, object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        drawn(project, registry, **view)


def test_only_a_mistake_in_the_filter_has_a_place_in_its_text(
    project: Project, registry: Registry
) -> None:
    with pytest.raises(QueryError) as mistake:
        drawn(project, registry, where="{$gt: ['$los', 1]}")
    assert mistake.value.span is not None
    with pytest.raises(QueryError) as other:
        drawn(project, registry, where="{$gt: ['$loss', 1]}", group=("{$size: '$id'}",))
    assert other.value.span is None


def test_tables_that_cannot_be_compared_are_told_why(tmp_path: Path) -> None:
    with vt.init(project="p", job_type="make", store=tmp_path) as run:
        for name, columns in (
            ("texts", [["a", "1"], ["b", "2"]]),
            ("numbers", [["a", 1], ["b", 2]]),
            ("others", [["a", 1], ["a", 1], ["a", 1]]),
        ):
            artifact = vt.Artifact(name, "dataset")
            artifact.add(vt.Table(["name", "value"], data=columns), "table")
            run.log_artifact(artifact)
    texts, numbers, others = (
        Source(artifact=f"{name}:v0", entry="table") for name in ("texts", "numbers", "others")
    )
    with closing(Project(tmp_path)) as project:
        mixed = Scene(project, plugins(), View(source=numbers, compare=(texts,)))
        assert "Mixed" in str(mixed.plan.column("value"))
        with pytest.raises(NotFound, match="no column 'nope'"):
            drawn(project, plugins(), source=numbers, compare=(others,), key="nope")
        scene = Scene(project, plugins(), View(source=numbers, compare=(others,)))
        assert (scene.key, scene.matching) == (None, "matched by position")
        assert project.engine.count(scene.plan) == 3


def test_of_an_artifact_whose_table_is_not_named_the_first_is_shown(
    project: Project, registry: Registry
) -> None:
    scene = Scene(project, registry, View.from_query("artifact=rows&where={$gt:['$id',1]}"))
    assert scene.sources == (SOURCE,)
    assert project.engine.count(scene.plan) > 0


def test_windows_stay_with_their_versions_when_an_alias_moves_on(
    project: Project, registry: Registry
) -> None:
    latest = Source(artifact="rows:latest", entry="table")
    scene = Scene(project, registry, View(source=latest, compare=(OTHER,), row=3))
    fixed = View.from_query(scene.address)
    assert fixed == View(source=SOURCE, compare=(OTHER,), key="id")
    assert scene.view.source == latest
    assert Scene(project, registry, fixed).address == scene.address
