"""Columns as a view lays them out, rows by their numbers, and what is taken away of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from rows import OTHER, SOURCE, logged, plugins

from vitrail.errors import Invalid, QueryError
from vitrail.query.picking import numbers, of_spans, picked, spans
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Source, View
from vitrail_panels.arranged import arranged, moved
from vitrail_panels.looks import by_look
from vitrail_panels.scene import Scene
from vitrail_panels.window import draw_window

JOINED = Source(artifact="joined:v0", entry="table")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with logged(tmp_path_factory.mktemp("store")) as project:
        yield project


@pytest.fixture(scope="module")
def registry() -> Registry:
    return plugins()


@pytest.fixture
def scene(project: Project, registry: Registry) -> Any:
    def of(**view: Any) -> Scene:
        return Scene(project, registry, View.model_validate({"source": SOURCE, **view}))

    return of


def shown(scene: Scene) -> list[str]:
    return [column.name for column in scene.columns]


def test_columns_that_were_moved_take_each_others_places() -> None:
    view = View(order=("d", "b"), hidden=("c",), pinned=("e", "nowhere"))
    assert arranged("abcde", view) == ["e", "a", "d", "b"]
    assert moved(["a", "b", "c", "d"], (), "d", "b") == ["d", "b", "c"]
    assert arranged("abcd", View(order=("d", "b", "c"))) == ["a", "d", "b", "c"]
    assert moved(["a", "d", "b", "c"], ("d", "b", "c"), "a", None) == ["d", "b", "c", "a"]


def test_hidden_columns_are_not_read(scene: Any, project: Project, registry: Registry) -> None:
    view = View(source=SOURCE, hidden=("picture", "loss", "nowhere"), order=("label", "id"))
    assert shown(scene(**view.model_dump()))[:2] == ["label", "id"]
    assert {len(row) for row in draw_window(project, registry, view, 0, 3)["rows"]} == {3}
    assert scene(**view.model_dump()).lacking == "not in this table: nowhere"


def test_keys_of_groups_stay_first(scene: Any) -> None:
    grouped = scene(group="label", order=("picture", "loss", "id", "label"))
    assert shown(grouped)[:3] == ["label", "count", "picture"]


def test_a_message_about_the_look_makes_another_view(scene: Any) -> None:
    said = [
        {"do": "move", "column": "loss", "before": "id"},
        {"do": "pin", "column": "label", "pinned": True},
        {"do": "hide", "columns": ["picture"]},
        {"do": "width", "column": "id", "width": 90},
        {"do": "add", "name": "more", "by": "{$add: ['$loss', 1]}"},
    ]
    now = scene()
    for message in said:
        now = scene(**by_look(now.view, message, now).model_dump())
    assert shown(now)[:3] == ["label", "loss", "id"]
    assert {column.name: column.size.width_px for column in now.columns}["id"] == 90 - 24
    gone = by_look(now.view, {"do": "remove", "column": "more"}, now)
    assert gone.derived == {}
    with pytest.raises(QueryError, match="no column 'los'") as found:
        by_look(now.view, {"do": "add", "name": "x", "by": "{$add: ['$los', 1]}"}, now)
    assert found.value.span is not None
    with pytest.raises(Invalid, match="there is a column 'loss' already"):
        by_look(now.view, {"do": "add", "name": "loss", "by": "'$id'"}, now)


@pytest.mark.parametrize("compare", [(), (OTHER,)])
def test_a_derived_column_is_asked_like_any_other(scene: Any, compare: tuple[Source, ...]) -> None:
    found = scene(
        derived={"high": "{$gt: ['$loss', 2]}", "low": "{$not: ['$high']}"},
        where="{$eq: ['$high', true]}",
        group="low",
        compare=compare,
    )
    assert found.project.engine.count(found.plan) == 1
    assert str(dict(found.whole.dtype.columns)["high"]).startswith("Versions" if compare else "Boolean")


SHAPES: list[dict[str, Any]] = [
    {},
    {"sort": "-id"},
    {"where": "{label: 'cat'}", "sort": "-loss"},
    {"compare": OTHER, "sort": "-id"},
    {"compare": OTHER, "where": "{$gt: ['$0.loss', 1.5]}", "sort": "-loss"},
    {"group": "label", "sort": "-count"},
    {"derived": {"x": "{$add: ['$loss', 1]}"}, "sort": "-x", "where": "{$gt: ['$x', 2]}"},
    {"source": JOINED, "sort": "-0.id"},
    {"where": "[{$sortByCount: '$label'}]"},
]


@pytest.mark.parametrize("view", SHAPES)
def test_rows_are_found_again_by_their_numbers(scene: Any, view: dict[str, Any]) -> None:
    plan, engine = scene(**view).plan, scene().project.engine
    some = numbers(plan, 1, 4, engine)
    every = numbers(plan, 0, 100, engine)
    assert some == every[1:4]
    assert len(set(every)) == len(every)
    again = engine.rows(picked(plan, some), 0, 10).to_pylist()
    assert sorted(map(str, again)) == sorted(map(str, engine.rows(plan, 1, 4).to_pylist()))


def test_the_numbers_of_rows_stay_under_another_order_and_filter(scene: Any) -> None:
    engine = scene().project.engine
    assert numbers(scene(sort="-id").plan, 0, 2, engine) == [29, 28]
    assert numbers(scene(sort="-id", where="{label: 'cat'}").plan, 0, 2, engine) == [27, 24]
    assert numbers(scene(compare=OTHER, sort="-id").plan, 0, 2, engine) == [29, 28]


def test_rows_are_written_as_spans() -> None:
    assert of_spans(spans([7, 1, 2, 3])) == [1, 2, 3, 7]
    for text in ("", "a", "1-b", "0-99999", "-3"):
        with pytest.raises(Invalid):
            of_spans(text)
