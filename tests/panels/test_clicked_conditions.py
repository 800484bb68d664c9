"""Conditions that are made by clicks: their text, what reads it back, and what they are about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vitrail as vt
from vitrail.errors import Invalid, QueryError
from vitrail.query.narrowed import narrowed
from vitrail.query.planning import filtered
from vitrail.query.reduction import Values
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import View
from vitrail_panels import conditions, frequent, paths
from vitrail_panels.brushing import Brush, brushed
from vitrail_panels.meanings import MEANINGS
from vitrail_panels.scene import Scene
from vitrail_panels.telling import operator_names

DAYS = [dt.datetime(2026, 1, day, 12, tzinfo=dt.UTC) for day in range(1, 7)]
LABELS = ["cat", "dog", "cat", None, "a.b/c", "it's"]
SCORES = [0.0, 0.25, 0.5, None, 0.75, 1.0]
BOXES: list[tuple[tuple[int, float], ...]] = [
    ((1, 0.9),),
    ((1, 0.2), (2, 0.9)),
    (),
    ((2, 0.1), (2, 0.3), (2, 0.5)),
    (),
    ((1, 0.6), (1, 0.7)),
]


def box(class_id: int, score: float) -> dict[str, Any]:
    position = {"minX": 0, "maxX": 4, "minY": 1, "maxY": 3}
    return {"position": position, "domain": "pixel", "class_id": class_id, "scores": {"sure": score}}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    root: Path = tmp_path_factory.mktemp("store")
    with vt.init(project="p", job_type="make", store=root) as run:
        for version in range(2):
            table = vt.Table(["id", "label", "score", "seen", "when", "tags", "picture", "$odd"])
            for row, boxes in enumerate(BOXES):
                data = {"box_data": [box(*one) for one in boxes], "class_labels": {1: "cat", 2: "dog"}}
                image = vt.Image(np.zeros((6, 8, 3), "uint8"), boxes={"found": data})
                tags = ["a", "b"][: row % 3]
                label, score = LABELS[row], SCORES[row]
                shown = score if score is None else score + version
                table.add_data(row, label, shown, row % 2 == 0, DAYS[row], tags, image, row)
            artifact = vt.Artifact("rows", "dataset")
            artifact.add(table, "table")
            run.log_artifact(artifact)
    project = Project(root)
    yield project
    project.close()


@pytest.fixture(scope="module")
def scene(project: Project) -> Scene:
    registry = Registry()
    registry.load_entry_points()
    return Scene(project, registry, View(source="rows:v0/table"))


@pytest.fixture(scope="module")
def compared(project: Project, scene: Scene) -> Scene:
    return Scene(project, scene.registry, View(source="rows:v0/table", compare="rows:v1/table"))


def said(path: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    given = {} if value is None else {"value": value}
    return {"path": path, "operator": operator, **given, **more}


MADE: list[tuple[dict[str, Any], str, list[int]]] = [
    (said("score", "is", 0.5), "{score: 0.5}", [2]),
    (said("score", "not", 0.5), "{score: {$ne: 0.5}}", [0, 1, 3, 4, 5]),
    (said("score", "lt", 0.5), "{score: {$lt: 0.5}}", [0, 1]),
    (said("score", "between", [0.25, 0.75]), "{score: {$gte: 0.25, $lte: 0.75}}", [1, 2, 4]),
    (said("score", "range", [0.25, 0.75]), "{score: {$gte: 0.25, $lt: 0.75}}", [1, 2]),
    (said("score", "missing"), "{score: null}", [3]),
    (said("label", "present"), "{label: {$ne: null}}", [0, 1, 2, 4, 5]),
    (said("label", "in", ["dog", "it's"]), "{label: {$in: ['dog', 'it\\'s']}}", [1, 5]),
    (said("label", "contains", "B/"), "{label: /B\\//i}", [4]),
    (said("label", "starts", "a."), "{label: /^a\\./}", [4]),
    (said("label", "matches", "^.o.$"), "{label: {$regex: '^.o.$'}}", [1]),
    (said("seen", "is", True), "{seen: true}", [0, 2, 4]),
    (
        said("when", "between", ["2026-01-02", "2026-01-03"], kind="time"),
        "{when: {$gte: ISODate('2026-01-02T00:00:00Z'), $lt: ISODate('2026-01-04T00:00:00Z')}}",
        [1, 2],
    ),
    (
        said("when", "lt", "2026-01-02T12:00:00", kind="time"),
        "{when: {$lt: ISODate('2026-01-02T12:00:00Z')}}",
        [0],
    ),
    (said("tags", "any", [said("", "is", "b")]), "{tags: {$elemMatch: {$eq: 'b'}}}", [2, 5]),
    (
        said("picture.boxes.found", "any", [said("class_id", "is", 1), said("scores.sure", "gt", 0.65)]),
        "{picture.boxes.found: {$elemMatch: {class_id: 1, scores.sure: {$gt: 0.65}}}}",
        [0, 5],
    ),
    (
        said("picture.boxes.found", "count", 2, compare="gte"),
        "{$expr: {$gte: [{$size: {$ifNull: ['$picture.boxes.found', []]}}, 2]}}",
        [1, 3, 5],
    ),
]


@pytest.mark.parametrize(("condition", "text", "ids"), MADE)
def test_a_condition_is_written_read_back_and_keeps_its_rows(
    scene: Scene, condition: dict[str, Any], text: str, ids: list[int]
) -> None:
    assert conditions.changed("", -1, condition) == text
    assert [part.condition for part in conditions.parts(text)] == [condition]
    kept, _ = filtered(scene.whole, text)
    assert scene.project.engine.rows(kept).column(0).to_pylist() == ids


def test_conditions_are_added_replaced_and_taken_away() -> None:
    text = ""
    for condition in (said("score", "gte", 0.5), said("label", "is", "cat")):
        text = conditions.changed(text, -1, condition)
    assert text == "{score: {$gte: 0.5}, label: 'cat'}"
    text = conditions.changed(text, -1, said("score", "lt", 0.9))
    assert text == "{$and: [{score: {$gte: 0.5}}, {label: 'cat'}, {score: {$lt: 0.9}}]}"
    assert conditions.changed(text, 1, said("label", "missing")) == text.replace("'cat'", "null")
    text = conditions.changed(text, 0, None)
    assert text == "{label: 'cat', score: {$lt: 0.9}}"
    assert conditions.changed(conditions.changed(text, 0, None), 0, None) == ""
    with pytest.raises(Invalid, match="2 parts"):
        conditions.changed(text, 2, None)


def test_what_was_typed_otherwise_stays_as_it_was_typed() -> None:
    new = said("score", "gte", 0.5)
    typed = "{$or: [ '$seen', '$wild' ]}"
    text = conditions.changed(typed, -1, new)
    assert text == "{$and: [{$expr: {$or: [ '$seen', '$wild' ]}}, {score: {$gte: 0.5}}]}"
    parts = conditions.parts(text)
    assert [part.condition for part in parts] == [None, new]
    assert text[parts[0].start : parts[0].stop] == parts[0].text == f"{{$expr: {typed}}}"
    assert (
        conditions.changed("[{$limit: 3}]", -1, new) == "[{$limit: 3}, {$match: {score: {$gte: 0.5}}}]"
    )
    assert conditions.parts("[{$limit: 3}]") == []
    with pytest.raises(QueryError):
        conditions.changed("{score: ", -1, new)


def test_a_brushed_stretch_is_read_as_a_condition() -> None:
    brushed = "{$and: [{$gte: ['$score', 0.25]}, {$lt: ['$score', 0.5]}]}"
    condition = said("score", "range", [0.25, 0.5])
    assert [part.condition for part in conditions.parts(brushed)] == [condition]
    both = narrowed("{label: 'cat'}", brushed)
    assert [part.condition for part in conditions.parts(both)] == [said("label", "is", "cat"), condition]
    both = narrowed("{$eq: ['$label', 'cat']}", brushed)
    found = [part.condition for part in conditions.parts(both)]
    assert found[0] == said("label", "is", "cat")


@pytest.mark.parametrize("text", ["{$gt: ['$$ROOT', 1]}", "{a: {$gt: 1, $ne: 3}}", "{a: /b/im}", "true"])
def test_what_clicks_cannot_make_is_no_condition(text: str) -> None:
    assert all(part.condition is None for part in conditions.parts(text))


def test_paths_lead_into_records_and_lists(scene: Scene, compared: Scene) -> None:
    told = {path["name"]: path for path in paths.offered(scene.whole)}
    assert "$odd" not in told
    kinds = {name: told[name]["kind"] for name in ("id", "label", "seen", "when", "tags", "picture")}
    assert kinds == {
        "id": "number",
        "label": "text",
        "seen": "boolean",
        "when": "time",
        "tags": "list",
        "picture": "",
    }
    assert told["picture.width"]["kind"] == "number"
    found = told["picture.boxes.found"]["items"]
    assert found[0]["name"] == "class_id"
    assert found[0]["choices"] == [{"value": 1, "label": "cat"}, {"value": 2, "label": "dog"}]
    sided = [path["name"] for path in paths.offered(compared.whole)]
    assert sided[0] == "0.id"
    assert {"1.label", "1.picture.boxes.found"} <= set(sided)


def test_frequent_values_come_with_their_counts(scene: Scene, compared: Scene) -> None:
    counts = frequent.counted(scene, "label")
    assert counts[0] == {"value": "cat", "count": 2}
    assert {one["value"] for one in counts} == {"cat", "dog", "a.b/c", "it's"}
    assert frequent.counted(compared, "1.label") == counts
    assert frequent.counted(scene, "picture.format") == [{"value": "png", "count": 6}]
    boxes = frequent.counted(scene, "picture.boxes.found", "class_id")
    assert boxes == [{"value": 1, "count": 4}, {"value": 2, "count": 4}]
    assert frequent.counted(scene, "tags", "") == [
        {"value": "a", "count": 4},
        {"value": "b", "count": 2},
    ]


def test_every_operator_says_what_it_does() -> None:
    assert list(MEANINGS) == operator_names()


def bars(column: str, first: int, last: int, **other: Any) -> Brush:
    return Brush.of({"column": column, "first": first, "last": last, **other})


def changed(scene: Scene, **view: Any) -> Scene:
    return Scene(scene.project, scene.registry, scene.view.model_copy(update=view))


def test_a_brush_gives_way_to_the_next_one_and_ends_with_the_same(scene: Scene) -> None:
    first = brushed(scene, bars("score", 0, 4))
    assert first == "{score: {$gte: 0.0, $lt: 0.25}}"
    narrow = changed(scene, where=first)
    last = brushed(narrow, bars("score", 15, 19))
    assert last == "{score: {$gte: 0.75, $lte: 1.0}}"
    assert brushed(changed(scene, where=last), bars("score", 15, 19)) == ""
    assert brushed(narrow, bars("label", 0, 0)) == "{score: {$gte: 0.0, $lt: 0.25}, label: 'cat'}"
    assert brushed(scene, bars("id", 2, 2)) == "{id: 2}"
    assert brushed(scene, bars("when", 0, 9)).startswith("{when: {$gte: ISODate('2026-01-01T12:00:00Z')")
    with pytest.raises(Invalid, match="no bars"):
        brushed(scene, bars("picture", 0, 0))


def test_a_brush_of_compared_versions_is_about_the_bar_or_about_any(compared: Scene) -> None:
    ends = "{$gte: 1.0, $lt: 1.5}"
    assert brushed(compared, bars("score", 10, 14, side=1)) == f"{{1.score: {ends}}}"
    both = brushed(compared, bars("score", 10, 14))
    assert brushed(compared, bars("id", 0, 2)) == "{id: {$gte: 0, $lte: 2}}"
    assert both == f"{{$or: [{{0.score: {ends}}}, {{1.score: {ends}}}]}}"
    kept, _ = filtered(compared.whole, both)
    assert compared.project.engine.count(kept) == 3


def test_a_bar_in_a_group_keeps_the_group_and_the_bar(scene: Scene) -> None:
    by_label = changed(scene, group=("label",), sort=())
    first = by_label.project.engine.window(by_label.plan, 1, 2, {"label": Values()}).cells["label"][0]
    where = brushed(by_label, bars("score", 0, 19, row=1))
    assert where == f"{{score: {{$gte: 0.0, $lte: 1.0}}, label: '{first}'}}"
    assert brushed(by_label, bars("score", 0, 19, row=0)).endswith(", label: null}")
    by_expression = changed(scene, group=("{$gt: ['$id', 2]}",))
    where = brushed(by_expression, bars("seen", 0, 0, row=0))
    kept, _ = filtered(scene.whole, where)
    ids = scene.project.engine.rows(kept).column(0).to_pylist()
    assert len(ids) in (1, 2)
    assert len({number > 2 for number in ids}) == 1
