"""Columns as a view lays them out, rows by their numbers, and what is taken away of a table."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pyarrow import parquet
from rows import HOSTILE, LABELS, OTHER, SOURCE, logged, plugins

import vitrail as vt
from vitrail.errors import Invalid, NotFound, QueryError
from vitrail.query.picking import numbers, of_spans, pick, picked, spans
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Source, View
from vitrail_panels.arranged import arranged, moved
from vitrail_panels.folds import told
from vitrail_panels.looks import by_look
from vitrail_panels.saving import save_rows
from vitrail_panels.scene import Scene
from vitrail_panels.streamed import format_of, streamed, taken
from vitrail_panels.window import draw_window, numbered

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


def test_a_column_derived_over_joined_tables_leaves_them_what_they_are(scene: Any) -> None:
    derived = {"gap": "{$subtract: ['$1.loss', '$0.loss']}", "wide": "{$gt: ['$gap', '$0.id']}"}

    def asked(**view: Any) -> list[Any]:
        found = scene(source=JOINED, derived=derived, **view)
        return found.project.engine.rows(found.plan, 0, 100).to_pylist()

    (first, *_), place = asked(), len(scene(source=JOINED).plan.dtype.columns)
    assert (first[f"c{place}"], first[f"c{place + 1}"]) == (1.0, True)
    both = (
        "{$and: ['$0', '$1', {$gt: ['$gap', 0]}, {$eq: ['$0.label', 'cat']}, {$eq: ['$label', 'cat']}]}"
    )
    assert len(asked(where=both)) == 10
    assert len(asked(where="{'1.label': 'cat', gap: {$lt: 0.5}}")) == 0
    assert [row["c0"] for row in asked(where="{$eq: ['$1', null]}")] == []
    assert [row["c1"] for row in asked(group="wide", where="$0")] == [29, 1]
    assert [row["c0"] for row in asked(group="{$add: ['$gap', '$1.id']}", where="{id: {$lt: 2}}")] == [
        1,
        2,
    ]
    order = asked(sort="{$multiply: ['$gap', '$0.id', -1]}", where="$1")
    assert [row["c0"] for row in order] == list(range(29, -1, -1))


SHAPES: list[dict[str, Any]] = [
    {"source": JOINED, "derived": {"x": "{$add: ['$0.id', '$1.id']}"}, "sort": "-x", "where": "$1"},
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


def read(scene: Scene, name: str, **asked: Any) -> bytes:
    return b"".join(streamed(scene, taken(scene, **asked), format_of(name)))


def test_what_is_shown_is_taken_away_in_every_format(scene: Any) -> None:
    now = scene(where="{label: 'cow'}", sort="-id", hidden="loss", order=("label", "id"))
    lines = list(csv.DictReader(io.StringIO(read(now, "csv").decode())))
    assert [line["id"] for line in lines] == ["29", "26", "23", "20", "17", "14", "11", "8", "5", "2"]
    assert list(lines[0])[:2] == ["label", "id"]
    rows = [json.loads(line) for line in read(now, "jsonl").splitlines()]
    assert [row["id"] for row in rows] == [int(line["id"]) for line in lines]
    assert rows[0]["picture"]["width"] == 12
    table = parquet.read_table(io.BytesIO(read(now, "parquet")))
    assert table.column_names == list(lines[0])
    assert table.column("id").to_pylist() == [row["id"] for row in rows]
    assert vt.Table.from_arrow(table).query("{id: 29}").data[0][0] == "cow"


def test_compared_and_grouped_rows_are_taken_away(scene: Any) -> None:
    compared = scene(compare=OTHER, sort="-id")
    row = json.loads(read(compared, "jsonl", rows=[3], only=["id", "loss"]))
    assert row == {"id": 3, "loss": {"v1": 1.3, "v0": 0.3}}
    grouped = scene(group="label", sort="-label")
    rows = [json.loads(line) for line in read(grouped, "jsonl", only=["label", "id"]).splitlines()]
    assert [row["label"] for row in rows] == ["dog", "cow", "cat"]
    assert parquet.read_table(io.BytesIO(read(compared, "parquet"))).num_rows == 30


def test_picked_rows_are_taken_in_the_order_of_the_view(scene: Any) -> None:
    text = read(scene(sort="-id"), "tsv", rows=[1, 9, 4], only=["id", "label"]).decode()
    assert text == "id\tlabel\r\n9\tcat\r\n4\tdog\r\n1\tdog\r\n"


def test_all_rows_but_some_are_taken_and_saved(project: Project, scene: Any) -> None:
    now = scene(where="{id: {$lt: 5}}", sort="-id")
    text = read(now, "tsv", rows=[3, 0, 29], only=["id"], others=True).decode()
    assert text.split() == ["id", "4", "2", "1"]
    saved = save_rows(project, now, "most", "subset", picked=[3, 0], others=True)
    assert saved.metadata["rows"] == "!0,3"
    assert [row[0] for row in saved.get("table").data] == [1, 2, 4]
    assert pick("!0,3-4") == ([0, 3, 4], True)


def test_rows_inside_of_groups_have_the_numbers_that_they_have_alone(
    project: Project, registry: Registry
) -> None:
    view = View(source=SOURCE, where="{id: {$gt: 3}}", group="label", sort="-count", within="0")
    found = [number for (number,) in numbered(project, registry, view, 0, 50)["rows"]]
    alone = Scene(project, registry, view.model_copy(update={"group": (), "sort": ()}))
    ids = [json.loads(line)["id"] for line in read(alone, "jsonl", rows=found).splitlines()]
    assert ids == found
    assert len({LABELS[row % 3] for row in ids}) == 1


def test_texts_that_a_spreadsheet_would_work_out_are_quieted(scene: Any) -> None:
    now = scene(derived={"f": "'=1+1'", "n": "{$multiply: ['$id', -1]}", "=x": "'plain'"})
    line = read(now, "csv", rows=[2], only=["f", "n", "=x"]).decode()
    assert line == "f,n,'=x\r\n'=1+1,-2,plain\r\n"
    assert json.loads(read(now, "jsonl", rows=[2], only=["f"])) == {"f": "=1+1"}


def test_picked_rows_become_a_subset_that_says_which(project: Project, scene: Any) -> None:
    saved = save_rows(project, scene(compare=OTHER, sort="-id"), "few", "subset", picked=[7, 3, 4])
    assert saved.metadata["rows"] == "3-4,7"
    assert [row[0] for row in saved.get("table").data] == [3, 4, 7]


def cells(project: Project, registry: Registry, **view: Any) -> list[list[str]]:
    drawn = draw_window(project, registry, View.model_validate({"source": SOURCE, **view}), 0, 100)
    return [[re.sub(r"<[^>]*>", "", str(cell)) for cell in row] for row in drawn["rows"]]


@pytest.mark.parametrize("compare", [(), (OTHER,)])
def test_groups_unfold_into_their_rows(
    scene: Any, project: Project, registry: Registry, compare: tuple[Source, ...]
) -> None:
    asked = {
        "group": "label",
        "sort": ("-count", "-id"),
        "where": "{id: {$gte: 10}}",
        "compare": compare,
    }
    groups = scene(**asked, unfolded=["1", "9"])
    found = told(groups)
    assert found["levels"] == 1
    (branch,) = found["branches"]
    names = [column.name for column in groups.columns]
    rows = cells(project, registry, **asked, within="1")
    assert branch["total"] == len(rows) == 7
    label = branch["places"][names.index("label")]
    assert {row[label] for row in rows} == {cells(project, registry, **asked)[1][0]}
    assert branch["places"][names.index("count")] == -1
    ids = [int(row[branch["places"][names.index("id")]]) for row in rows]
    assert ids == sorted(ids, reverse=True)


def test_nested_groups_unfold_level_by_level(scene: Any, project: Project, registry: Registry) -> None:
    asked = {"group": ("label", "{$gt: ['$id', 14]}"), "nested": True}
    assert [row[0] for row in cells(project, registry, **asked)] == ["cat", "cow", "dog"]
    inner = cells(project, registry, **asked, within="2")
    assert [[row[0], row[2]] for row in inner] == [["✗ false", "5"], ["✓ true", "5"]]
    assert len(cells(project, registry, **asked, within="2.1")) == 5
    found = told(scene(**asked, unfolded=["2.1", "2", "0.0"]))
    assert [branch["path"] for branch in found["branches"]] == ["2", "2.1"]
    assert inner[0][found["branches"][0]["places"][0]] == "✗ false"
    with pytest.raises(NotFound):
        cells(project, registry, **asked, within="2.1.0")


def test_missing_keys_are_a_group_that_unfolds_too(project: Project, registry: Registry) -> None:
    assert len(cells(project, registry, group=(HOSTILE,), within="0")) == 1
