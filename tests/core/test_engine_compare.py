"""Tables laid over each other and side by side, on real workers, against plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from engine_library import Folder, col, engine_over, greater, side

from vitrail.domain import CategoryDomain, NumberDomain
from vitrail.dtypes import BoxLayer, Image, List, Number, Optional, Struct, Text, Versions
from vitrail.errors import Invalid, QueryError
from vitrail.layout import arrow_schema
from vitrail.query.duck import DuckEngine
from vitrail.query.expr import Call
from vitrail.query.mongo import parse_expression, parse_filter, parse_query
from vitrail.query.plan import Compare, Group, Join, Scan, Sort, Where
from vitrail.query.reduction import BinCounts, Bins, Confusion, Counts, Items, Stats, Values

OLD: dict[str, list[Any]] = {
    "key": ["b", "a", "a", None, "d", "a", "x"],
    "score": [0.0, 1.0, 2.0, 3.0, None, 5.0, 6.0],
    "label": ["p", "q", "p", "q", "p", "q", None],
}
NEW: dict[str, list[Any]] = {
    "key": ["a", "c", "b", None, "a", None],
    "score": [10, 20, 30, 40, 50, 60],
    "extra": ["i", "j", "k", "l", "m", "n"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="module")
def engine(folder: Folder) -> Iterator[DuckEngine]:
    with engine_over(folder) as engine:
        yield engine


@pytest.fixture(scope="module")
def old(folder: Folder) -> Scan:
    kinds = {
        "key": Optional(Text()),
        "score": Optional(Number(integer=False)),
        "label": Optional(Text()),
    }
    return folder.put({name: (kinds[name], values) for name, values in OLD.items()}, parts=2)


@pytest.fixture(scope="module")
def new(folder: Folder) -> Scan:
    kinds = {"key": Optional(Text()), "score": Number(integer=True), "extra": Text()}
    return folder.put({name: (kinds[name], values) for name, values in NEW.items()})


@pytest.fixture(scope="module")
def plan(old: Scan, new: Scan) -> Compare:
    return Compare((old, new), ("v0", "v1"), "key")


def laid(tables: list[dict[str, list[Any]]], key: str | None) -> list[list[int | None]]:
    """For each row of the comparison the row of each table, worked out by hand."""
    places: dict[Any, list[int | None]] = {}
    for place, table in enumerate(tables):
        seen: dict[Any, int] = {}
        for row in range(len(table["score"])):
            value = row if key is None else table[key][row]
            again = seen[value] = seen.get(value, -1) + 1
            found = places.setdefault((value, again), [None] * len(tables))
            found[place] = row
    return list(places.values())


def test_duplicate_and_missing_keys_meet_in_the_order_in_which_they_stand(
    engine: DuckEngine, plan: Compare
) -> None:
    rows = laid([OLD, NEW], "key")
    window = engine.window(plan, 0, 50, {name: Values() for name, _ in plan.columns()})
    assert window.cells["key"] == tuple(
        NEW["key"][new] if old is None else OLD["key"][old] for old, new in rows
    )
    assert window.cells["score"] == tuple(
        (None if old is None else OLD["score"][old], None if new is None else float(NEW["score"][new]))
        for old, new in rows
    )
    assert window.cells["label"] == tuple(
        (old and OLD["label"][old] if old else OLD["label"][0] if old == 0 else None, None)
        for old, _ in rows
    )
    assert window.cells["extra"] == tuple(
        (None, None if new is None else NEW["extra"][new]) for _, new in rows
    )
    assert engine.count(plan) == len(rows) == window.rows


def test_windows_of_a_comparison_cut_the_same_rows(engine: DuckEngine, plan: Compare) -> None:
    whole = engine.window(plan, 0, 50, {"score": Values()}).cells["score"]
    for start in range(len(whole) + 1):
        assert (
            engine.window(plan, start, start + 3, {"score": Values()}).cells["score"]
            == whole[start : start + 3]
        )


def test_without_a_key_rows_meet_by_their_position(engine: DuckEngine, old: Scan, new: Scan) -> None:
    plan = Compare((old, new), ("v0", "v1"))
    window = engine.window(plan, 0, 50, {"key": Values(), "score": Values()})
    keys = [*NEW["key"], None]
    assert window.cells["key"] == tuple(zip(OLD["key"], keys, strict=True))
    assert window.cells["score"][-1] == (6.0, None)
    assert window.rows == 7


def test_tables_with_the_same_keys_in_the_same_order_are_read_in_step(
    engine: DuckEngine, folder: Folder
) -> None:
    keys = [None if i % 7 == 3 else f"k{i % 40}" for i in range(90)]
    tables = [{"key": keys, "score": [float((i * step) % 13) for i in range(90)]} for step in (1, 5)]
    one, two = (
        folder.put(
            {"key": (Optional(Text()), t["key"]), "score": (Number(integer=False), t["score"])},
            parts=parts,
            row_group_rows=16,
        )
        for t, parts in zip(tables, (3, 2), strict=True)
    )
    plan = Compare((one, two), ("v0", "v1"), "key")
    assert "POSITIONAL JOIN" in engine.explain(Where(plan, greater(col(plan, "key"), "")))[0]
    scores = list(zip(*(t["score"] for t in tables), strict=True))
    asks = {"key": Values(), "score": Values()}
    for start, stop in ((0, 90), (28, 33), (44, 47), (89, 99)):
        window = engine.window(plan, start, stop, asks)
        assert window.cells["key"] == tuple(keys[start:stop])
        assert window.cells["score"] == tuple(scores[start:stop])
    better = Where(plan, Call("$gt", (side(plan, 1, "score"), side(plan, 0, "score"))))
    kept = [row for row, (old, new) in enumerate(scores) if new > old]
    assert engine.count(better) == len(kept)
    assert engine.window(better, 5, 20, asks).cells["score"] == tuple(scores[row] for row in kept[5:20])
    ordered = Sort(better, ((side(plan, 0, "score"), True),))
    kept.sort(key=lambda row: -scores[row][0])
    assert engine.window(ordered, 0, 9, asks).cells["score"] == tuple(scores[row] for row in kept[:9])
    assert engine.rows(plan).column(0).to_pylist() == keys
    groups = Group(plan, (("key", col(plan, "key")),))
    found = engine.window(groups, 0, 99, {"key": Values(), "count": Values(), "score": Values()})
    rows = {key: [row for row, own in enumerate(keys) if own == key] for key in keys}
    assert dict(zip(found.cells["key"], found.cells["count"], strict=True)) == {
        key: (len(own), len(own)) for key, own in rows.items()
    }
    assert dict(zip(found.cells["key"], found.cells["score"], strict=True)) == {
        key: tuple(Items(tuple(scores[row][v] for row in own), len(own)) for v in (0, 1))
        for key, own in rows.items()
    }


def test_groups_of_a_comparison_are_filtered_by_what_one_version_has(
    engine: DuckEngine, plan: Compare
) -> None:
    rows = laid([OLD, NEW], "key")
    groups = Group(plan, (("label", parse_expression("$label", plan)),))
    names = (None, "p", "q")
    sizes = {name: [0, 0] for name in names}
    for old, new in rows:
        label = None if old is None else OLD["label"][old]
        sizes[label][0] += old is not None
        sizes[label][1] += new is not None
    tests = {
        "{$gt: [{$size: {$ifNull: ['$1.score', []]}}, 1]}": lambda old, new: new > 1,
        "{$gt: ['$1.count', '$0.count']}": lambda old, new: new > old,
        "{$ne: ['$1', null]}": lambda old, new: new > 0,
        "{$eq: [{$getField: {field: 'count', input: '$0'}}, 3]}": lambda old, new: old == 3,
    }
    for text, kept in tests.items():
        found = engine.window(
            Where(groups, parse_filter(text, groups).condition), 0, 9, {"label": Values()}
        )
        assert found.cells["label"] == tuple(name for name in names if kept(*sizes[name])), text


def test_an_unwound_side_of_a_join_is_its_column(engine: DuckEngine, folder: Folder) -> None:
    left = folder.put({"k": (Number(integer=True), [1, 2]), "tags": (List(Text()), [["a", "b"], ["c"]])})
    right = folder.put({"k": (Number(integer=True), [2, 1]), "x": (Text(), ["two", "one"])})
    text = "[{$unwind: '$0.tags'}, {$match: {$expr: {$ne: ['$0.tags', 'b']}}}, {$project: {t: '$0.tags', x: '$1.x'}}]"
    rows = engine.rows(parse_query(text, Join(left, right, ("k", "k"))).plan).to_pylist()
    assert [tuple(row.values()) for row in rows] == [("a", "one"), ("c", "two")]


def test_versions_are_told_apart_before_they_are_made_one(plan: Compare) -> None:
    stages = (
        "{$unwind: '$score'}",
        "{$bucketAuto: {groupBy: '$score', buckets: 2}}",
        "{$setWindowFields: {output: {n: {$count: {}}}}}",
    )
    for stage in stages:
        for place in (0, 1):
            text = f"[{stage}, {{$match: {{$expr: {{$eq: ['${place}.score', 1]}}}}}}]"
            with pytest.raises(QueryError, match=f"\\${place} names a compared table only before"):
                parse_query(text, plan)
    with pytest.raises(QueryError, match="the list of all versions"):
        parse_query("[{$unwind: '$1.score'}]", plan)


def test_tables_that_differ_in_one_key_are_not_read_in_step(engine: DuckEngine, folder: Folder) -> None:
    tables = [{"key": [*range(59), last], "score": list(range(60))} for last in (59, 60, None)]
    whole = Optional(Number(integer=True))
    scans = [folder.put({name: (whole, values) for name, values in t.items()}) for t in tables]
    for other in (1, 2):
        plan = Compare((scans[0], scans[other]), ("v0", "v1"), "key")
        assert engine.count(plan) == 61
        assert engine.window(plan, 58, 99, {"score": Values()}).cells["score"] == (
            (58, 58),
            (59, None),
            (None, 59),
        )


def test_three_tables_meet(engine: DuckEngine, old: Scan, new: Scan, folder: Folder) -> None:
    third = {"key": ["c", "zz", "a"], "score": [-1.5, -2.5, -3.5]}
    scan = folder.put({"key": (Text(), third["key"]), "score": (Number(integer=False), third["score"])})
    plan = Compare((old, new, scan), ("v0", "v1", "v2"), "key")
    rows = laid([OLD, NEW, third], "key")
    window = engine.window(plan, 0, 50, {"score": Values()})
    assert window.cells["score"] == tuple(
        tuple(
            None if row is None or table["score"][row] is None else float(table["score"][row])
            for row, table in zip(found, (OLD, NEW, third), strict=True)
        )
        for found in rows
    )


def test_unique_keys_are_matched_without_counting_and_alike(engine: DuckEngine, folder: Folder) -> None:
    left = folder.put(
        {"k": (Number(integer=True), [1, 2, 3]), "x": (Number(integer=True), [10, 20, 30])}
    )
    right = folder.put(
        {"k": (Number(integer=True), [4, 3, 1]), "x": (Number(integer=True), [40, 31, 11])}
    )
    plan = Compare((left, right), ("a", "b"), "k")
    window = engine.window(plan, 0, 9, {"k": Values(), "x": Values()})
    assert window.cells == {"k": (1, 2, 3, 4), "x": ((10, 11), (20, None), (30, 31), (None, 40))}


def test_filters_reach_each_side_and_the_first_that_has_the_row(
    engine: DuckEngine, plan: Compare
) -> None:
    rows = laid([OLD, NEW], "key")
    both = Where(plan, Call("$gt", (side(plan, 1, "score"), side(plan, 0, "score"))))
    kept = [
        (old, new)
        for old, new in rows
        if new is not None
        and (old is None or OLD["score"][old] is None or NEW["score"][new] > OLD["score"][old])
    ]
    assert engine.count(both) == len(kept)
    first = Where(plan, greater(plan_value(plan, "score"), 4.0))
    values = [OLD["score"][old] if old is not None else NEW["score"][new] for old, new in rows]
    assert engine.count(first) == sum(v is not None and v > 4 for v in values)


def plan_value(plan: Compare, name: str) -> Any:
    from vitrail.query.expr import Column

    dtype = plan.column(name)
    assert isinstance(dtype, Versions)
    return Column(name, None, dtype.item)


def test_a_comparison_sorts_by_a_difference(engine: DuckEngine, plan: Compare) -> None:
    gap = Call("$subtract", (side(plan, 1, "score"), side(plan, 0, "score")))
    window = engine.window(Sort(plan, ((gap, True),)), 0, 3, {"score": Values()})
    assert window.cells["score"] == ((2.0, 50.0), (3.0, 40.0), (0.0, 30.0))


def test_comparing_and_grouping_gives_lists_of_each_version(engine: DuckEngine, plan: Compare) -> None:
    group = Group(plan, (("label", plan_value(plan, "label")),))
    names = ("v0", "v1")
    assert group.column("score") == Versions(List(Optional(Number(integer=False))), names)
    window = engine.window(
        group,
        0,
        9,
        {"label": Values(), "count": Values(), "score": Bins(2), "extra": Values(), "key": Values(2)},
    )
    edges = NumberDomain(0.0, 60.0).edges(2)
    assert window.cells["label"] == (None, "p", "q")
    # without a label: the seventh row of the old table, and what only the new one has
    assert (
        window.cells["count"] == ((1, 2), (3, 2), (3, 2))
        or sum(b for _, b in window.cells["count"]) == 6
    )
    assert [a.counts if a else None for a, _ in window.cells["score"]] == [(1, 0), (2, 0), (3, 0)]
    assert all(isinstance(b, BinCounts) and b.edges == edges for _, b in window.cells["score"] if b)
    assert sum(sum(b.counts) for _, b in window.cells["score"] if b) == 6
    assert sorted(v for _, b in window.cells["extra"] if b for v in b.values) == NEW["extra"]


def test_a_version_without_rows_in_a_group_has_no_list(engine: DuckEngine, folder: Folder) -> None:
    left = folder.put({"k": (Text(), ["a", "b"]), "x": (Number(integer=True), [1, 2])})
    right = folder.put({"k": (Text(), ["b", "b"]), "x": (Number(integer=True), [3, 4])})
    plan = Compare((left, right), ("v0", "v1"), "k")
    group = Group(plan, (("k", col(plan, "k")),))
    window = engine.window(group, 0, 9, {"k": Values(), "x": Values(), "count": Values()})
    assert window.cells == {
        "k": ("a", "b"),
        "x": ((Items((1,), 1), None), (Items((2,), 1), Items((3, 4), 2))),
        "count": ((1, 0), (1, 2)),
    }
    rows = engine.rows(group)
    assert rows.column("c2").to_pylist() == [{"v0": [1], "v1": None}, {"v0": [2], "v1": [3, 4]}]
    assert rows.schema.equals(arrow_schema(group.dtype))
    assert engine.window(Sort(group, ((col(group, "count"), True),)), 0, 1, {"k": Values()}).rows == 1


def test_reductions_over_a_whole_comparison_answer_for_each_version(
    engine: DuckEngine, plan: Compare
) -> None:
    found = engine.reduce(plan, {"score": Stats(), "key": Counts(2), "label": Confusion("extra", 3)})
    first, second = found["score"]
    assert (first.count, first.missing, first.low, first.high) == (6, 1, 0.0, 6.0)
    assert (second.count, second.missing, second.low, second.high) == (6, 0, 10.0, 60.0)
    assert found["key"].values == ("a", "b")
    assert len(found["label"]) == 2


def test_the_domain_of_a_compared_column_holds_all_versions(engine: DuckEngine, plan: Compare) -> None:
    filtered = Where(plan, greater(side(plan, 0, "score"), 4.0))
    assert engine.domain(filtered, "score") == NumberDomain(0.0, 60.0)
    assert engine.domain(filtered, "key") == CategoryDomain(("a", "b", "c", "d", "x"), 5)
    group = Group(filtered, (("label", plan_value(plan, "label")),))
    assert engine.domain(group, "score") == NumberDomain(0.0, 60.0)
    assert engine.domain(group, "count") is not None


def test_pictures_with_other_layers_are_compared_as_records_of_both(
    engine: DuckEngine, folder: Folder
) -> None:
    truth, guess = BoxLayer("truth"), BoxLayer("guess", ("sure",))

    def record(layer: str, scores: dict[str, float] | None) -> dict[str, Any]:
        box: dict[str, Any] = {
            "class_id": None,
            "position": {"minX": 0.0, "maxX": 1.0, "minY": 0.0, "maxY": 1.0},
            "domain": "pixel",
            "box_caption": "x",
        }
        if scores is not None:
            box["scores"] = scores
        base = {"digest": "d", "format": "png", "width": 1, "height": 1, "caption": None}
        return {**base, "boxes": {layer: [box]}}

    left = folder.put({"p": (Image((truth,), (), ()), [record("truth", None)])})
    right = folder.put({"p": (Image((guess,), (), ()), [record("guess", {"sure": 0.5})])})
    plan = Compare((left, right), ("a", "b"))
    ((first, second),) = engine.window(plan, 0, 1, {"p": Values()}).cells["p"]
    assert first["boxes"]["truth"] == record("truth", None)["boxes"]["truth"]
    assert first["boxes"]["guess"] is None
    assert second["boxes"]["guess"] == record("guess", {"sure": 0.5})["boxes"]["guess"]
    assert engine.rows(plan).schema.equals(arrow_schema(plan.dtype))


def test_structs_with_other_parts_and_deep_lists_are_compared(
    engine: DuckEngine, folder: Folder
) -> None:
    one = List(Struct((("a", Number(integer=True)), ("l", List(Number(integer=True))))))
    two = List(Struct((("l", List(Number(integer=False))), ("b", Text()))))
    left = folder.put({"s": (one, [[{"a": 1, "l": [1, 2]}]])})
    right = folder.put({"s": (two, [[{"l": [0.5], "b": "x"}, {"l": [], "b": "y"}]])})
    plan = Compare((left, right), ("a", "b"))
    ((first, second),) = engine.window(plan, 0, 1, {"s": Values()}).cells["s"]
    assert first.values == ({"a": 1, "l": [1.0, 2.0], "b": None},)
    assert second.values == ({"a": None, "l": [0.5], "b": "x"}, {"a": None, "l": [], "b": "y"})


def test_a_filtered_table_can_be_compared(engine: DuckEngine, old: Scan, new: Scan) -> None:
    kept = Where(old, greater(col(old, "score"), 0.5))
    plan = Compare((Sort(kept, ((col(old, "score"), True),)), new), ("v0", "v1"), "key")
    window = engine.window(plan, 0, 3, {"key": Values(), "score": Values()})
    assert window.cells == {"key": ("x", "a", None), "score": ((6.0, None), (5.0, 10.0), (3.0, 40.0))}


def test_a_join_pairs_rows_with_the_same_key(engine: DuckEngine, old: Scan, new: Scan) -> None:
    plan = Join(old, new, ("key", "key"))
    pairs = [
        (i, j)
        for i, a in enumerate(OLD["key"])
        for j, b in enumerate(NEW["key"])
        if a is not None and a == b
    ]
    window = engine.window(plan, 0, 50, {"0.score": Values(), "1.score": Values(), "1.extra": Values()})
    assert window.cells == {
        "0.score": tuple(OLD["score"][i] for i, _ in pairs),
        "1.score": tuple(NEW["score"][j] for _, j in pairs),
        "1.extra": tuple(NEW["extra"][j] for _, j in pairs),
    }
    assert engine.count(Where(plan, greater(side(plan, 1, "score"), 20))) == sum(
        NEW["score"][j] > 20 for _, j in pairs
    )
    assert engine.domain(plan, "1.score") == NumberDomain(10, 60, integer=True)
    assert (
        engine.window(plan, 2, 4, {"0.score": Values()}).cells["0.score"] == window.cells["0.score"][2:4]
    )


def test_a_join_by_position_takes_the_row_number_for_the_key(
    engine: DuckEngine, folder: Folder, old: Scan
) -> None:
    other = folder.put({"row": (Number(integer=True), [5, 0, 99, 5])})
    plan = Join(other, old, ("row", None))
    window = engine.window(plan, 0, 9, {"0.row": Values(), "1.score": Values()})
    assert window.cells == {"0.row": (5, 0, 5), "1.score": (5.0, 0.0, 5.0)}


def test_a_side_that_is_not_there_is_refused(engine: DuckEngine, plan: Compare) -> None:
    from vitrail.query.expr import Column

    with pytest.raises(Invalid, match=r"no table \$2; there are 2"):
        engine.count(Where(plan, greater(Column("score", 2, Number(integer=False)), 1)))
