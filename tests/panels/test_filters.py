"""One filter, typed into the page or given to a table, keeps the same rows."""

from collections.abc import Iterator

import numpy as np
import pytest

import vitrail as vt
from vitrail.dtypes import List
from vitrail.errors import QueryError
from vitrail.query.narrowed import narrowed
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import SortKey, Source, View
from vitrail_panels.notice import in_filter
from vitrail_panels.scene import Scene
from vitrail_panels.window import draw_window

MUCH_ROAD = "{$gt: ['$0.road', 0.05]}"
HAS_13 = (
    "{$gte: [{$size: {$filter: {input: '$0.pred_mask.boxes.ground_truth', as: 'box', "
    "cond: {$eq: ['$$box.class_id', 13]}}}}, 1]}"
)
ROADS = [0.0, 0.01, 0.05, 0.06, 0.4, 0.9]
CLASSES = [(), (13,), (7,), (7, 13), (13, 13), (2,)]
SOURCE = Source(artifact="train_results:v0", entry="results")


def box(class_id: int) -> dict[str, object]:
    position = {"minX": 0, "maxX": 4, "minY": 1, "maxY": 3}
    return {"position": position, "domain": "pixel", "class_id": class_id}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    root = tmp_path_factory.mktemp("store")
    names = {2: "sign", 7: "tree", 13: "car"}
    table = vt.Table(["id", "road", "pred_mask"])
    for row, (road, classes) in enumerate(zip(ROADS, CLASSES, strict=True)):
        data = {"box_data": [box(one) for one in classes], "class_labels": names}
        table.add_data(row, road, vt.Image(np.zeros((6, 8, 3), "uint8"), boxes={"ground_truth": data}))
    artifact = vt.Artifact("train_results", "result")
    artifact.add(table, "results")
    with vt.init(project="p", job_type="train", store=root) as run:
        run.log_artifact(artifact)
    project = Project(root)
    yield project
    project.close()


@pytest.fixture(scope="module")
def registry() -> Registry:
    registry = Registry()
    registry.load_entry_points()
    return registry


def of_page(project: Project, registry: Registry, where: str) -> list[str]:
    rows = draw_window(project, registry, View(source=SOURCE, where=where), 0, 50)["rows"]
    return [str(row[0].striptags()) for row in rows]


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        (MUCH_ROAD, [3, 4, 5]),
        (HAS_13, [1, 3, 4]),
        (narrowed(MUCH_ROAD, HAS_13), [3, 4]),
        (narrowed(narrowed("{id: {$ne: 4}}", MUCH_ROAD), HAS_13), [3]),
    ],
)
def test_the_page_and_the_table_keep_the_same_rows(
    project: Project, registry: Registry, where: str, ids: list[int]
) -> None:
    table = project.artifact(SOURCE.artifact).get(SOURCE.entry)
    assert [row[0] for _, row in table.query(where).iterrows()] == ids
    assert of_page(project, registry, where) == [str(number) for number in ids]


@pytest.mark.parametrize(
    ("right", "wrong", "piece"),
    [
        (MUCH_ROAD, MUCH_ROAD.replace("$0.road", "$0.raod"), "raod"),
        (MUCH_ROAD, MUCH_ROAD.replace("$gt:", "$gtt:"), "$gtt"),
        (HAS_13, HAS_13.replace("ground_truth", "ground_thruth"), "ground_thruth"),
        (HAS_13, HAS_13.replace("$$box.class_id", "$$bx.class_id"), "bx"),
        (HAS_13, HAS_13.replace("$size: {$filter", "$size: {$filtr"), "$filtr"),
    ],
)
def test_a_mistake_is_told_at_its_place(
    project: Project, registry: Registry, right: str, wrong: str, piece: str
) -> None:
    assert right != wrong
    table = project.artifact(SOURCE.artifact).get(SOURCE.entry)
    for ask in (
        lambda: Scene(project, registry, View(source=SOURCE, where=wrong)),
        lambda: table.query(wrong),
    ):
        with pytest.raises(QueryError) as mistake:
            ask()
        said = in_filter(mistake.value, wrong)
        marked = wrong[said["start"] : said["stop"]]
        assert piece in marked
        assert len(marked) <= len(piece) + 40
        assert (said["line"], said["column"]) == (1, said["start"] + 1)


def shown(project: Project, registry: Registry, view: View) -> list[list[str]]:
    rows = draw_window(project, registry, view, 0, 50)["rows"]
    return [[str(cell.striptags()) for cell in row] for row in rows]


def test_a_pipeline_is_typed_into_the_page_as_it_is_given_to_a_table(
    project: Project, registry: Registry
) -> None:
    text = (
        "[{$match: {road: {$gt: 0.02}}}, {$set: {n: {$size: '$pred_mask.boxes.ground_truth'}}}, "
        "{$sort: {n: -1, id: 1}}, {$project: {id: 1, n: 1}}]"
    )
    table = project.artifact(SOURCE.artifact).get(SOURCE.entry)
    rows = [[4, 2], [3, 2], [2, 1], [5, 1]]
    rows.sort(key=lambda row: (-row[1], row[0]))
    assert table.query(text).data == rows
    scene = Scene(project, registry, View(source=SOURCE, where=text))
    assert scene.query is not None
    assert scene.query.reading == "pipeline"
    assert [column.name for column in scene.columns] == ["id", "n"]
    cells = shown(project, registry, View(source=SOURCE, where=text))
    assert [row[0] for row in cells] == [str(row[0]) for row in rows]
    kept = narrowed(text, "{$gt: ['$n', 1]}")
    assert [row[0] for row in shown(project, registry, View(source=SOURCE, where=kept))] == ["3", "4"]


def test_what_a_pipeline_makes_is_grouped_and_sorted_by_its_own_columns(
    project: Project, registry: Registry
) -> None:
    text = "[{$set: {much: {$gt: ['$road', 0.05]}}}, {$project: {id: 1, much: 1}}]"
    view = View(source=SOURCE, where=text, group=("much",))
    scene = Scene(project, registry, view)
    types = {name: type(dtype) for name, dtype in scene.plan.dtype.columns or ()}
    assert list(types) == ["much", "count", "id"]
    assert types["id"] is List
    assert len(shown(project, registry, view)) == 2
    sort = (SortKey(by="id", descending=True),)
    cells = shown(project, registry, View(source=SOURCE, where=text, sort=sort))
    assert [row[0] for row in cells] == ["5", "4", "3", "2", "1", "0"]
    with pytest.raises(QueryError, match="no column 'road'"):
        Scene(project, registry, View(source=SOURCE, where=text, group=("road",)))


def test_a_pipeline_in_the_page_looks_up_other_tables_of_the_project(
    project: Project, registry: Registry
) -> None:
    names = vt.Table(["id", "name"], [[3, "three"], [4, "four"]])
    artifact = vt.Artifact("names", "data")
    artifact.add(names, "all")
    with vt.init(project="p", store=project.root) as run:
        run.log_artifact(artifact)
    text = (
        "[{$lookup: {from: 'names:v0/all', localField: 'id', foreignField: 'id', as: 'hits'}}, "
        "{$unwind: '$hits'}, {$project: {id: 1, name: '$hits.name'}}]"
    )
    cells = shown(project, registry, View(source=SOURCE, where=text))
    assert cells == [["3", "three"], ["4", "four"]]
    for name in ("names:latest/all", "names:v0/nothing", "nothing"):
        with pytest.raises(QueryError, match=f"no table '{name}'; there are: results"):
            Scene(project, registry, View(source=SOURCE, where=text.replace("names:v0/all", name)))
    again = text.replace("names:v0/all", "results").replace("$hits.name", "$hits.road")
    assert len(shown(project, registry, View(source=SOURCE, where=again))) == 6


def test_a_mistake_in_a_stage_is_told_at_its_place(project: Project, registry: Registry) -> None:
    text = "[{$limit: 3},\n {$match: {raod: 1}}]"
    with pytest.raises(QueryError) as mistake:
        Scene(project, registry, View(source=SOURCE, where=text))
    said = in_filter(mistake.value, text)
    assert "raod" in text[said["start"] : said["stop"]]
    assert said["line"] == 2


@pytest.mark.parametrize(
    ("text", "condition", "both"),
    [
        ("", "'$a'", "'$a'"),
        ("'$a'", "'$a'", "'$a'"),
        ("'$a'", "'$b'", "{$and: ['$a', '$b']}"),
        ("{$and: ['$a', '$b', ], }", "'$c'", "{$and: ['$a', '$b', '$c']}"),
        ("{$and: ['$a', '$b']}", "'$b'", "{$and: ['$a', '$b']}"),
        ("{a: 1}", "'$b'", "{$and: [{a: 1}, {$expr: '$b'}]}"),
        ("{$and: [{a: 1}, {b: 2}]}", "'$c'", "{$and: [{a: 1}, {b: 2}, {$expr: '$c'}]}"),
        ("{$or: ['$a', '$b']}", "'$c'", "{$and: [{$or: ['$a', '$b']}, '$c']}"),
        ("[]", "'$c'", "[{$match: {$expr: '$c'}}]"),
        ("[{$limit: 5}, ]", "'$c'", "[{$limit: 5}, {$match: {$expr: '$c'}}]"),
        ("[{$match: {$expr: '$c'}}]", "'$c'", "[{$match: {$expr: '$c'}}]"),
    ],
)
def test_a_selection_narrows_the_filter(text: str, condition: str, both: str) -> None:
    assert narrowed(text, condition) == both
