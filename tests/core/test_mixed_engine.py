"""Columns of several kinds in the engine's own processes: sorted, grouped, compared, drawn, and bounded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_library import Folder, col, engine_over

from vitrail import mixed
from vitrail.dtypes import Mixed, Number, Text, optional
from vitrail.errors import LimitExceeded, StoreError
from vitrail.query.duck import DuckEngine
from vitrail.query.expr import Call, Literal
from vitrail.query.limits import Limits
from vitrail.query.mongo import parse_expression, parse_filter
from vitrail.query.plan import Compare, Group, Plan, Scan, Sort, Where
from vitrail.query.reduction import Values
from vitrail.values import to_python

CELLS: list[Any] = [3, "a", None, 1.0, [1, "b"], True, "B", {"a": 1}, 1, float("nan"), [1, "b"], -0.0, 0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="module")
def engine(folder: Folder) -> Iterator[DuckEngine]:
    with engine_over(folder) as engine:
        yield engine


@pytest.fixture(scope="module")
def scan(folder: Folder) -> Scan:
    numbers = list(range(len(CELLS)))
    return folder.put({"v": (optional(Mixed()), CELLS), "n": (Number(integer=True), numbers)}, parts=2)


def column(engine: DuckEngine, plan: Plan, name: str) -> list[Any]:
    names = [known for known, _ in plan.dtype.columns or ()]
    return to_python(engine.rows(plan).column(names.index(name)), plan.column(name))


@pytest.mark.parametrize("descending", [False, True])
def test_a_sort_is_in_the_order_of_the_keys(engine: DuckEngine, scan: Scan, descending: bool) -> None:
    found = column(engine, Sort(scan, ((col(scan, "v"), descending),)), "v")
    assert repr(found) == repr(sorted(CELLS, key=mixed.key, reverse=descending))


def test_groups_are_of_equal_values_whatever_their_kind(engine: DuckEngine, scan: Scan) -> None:
    group = Group(scan, (("v", col(scan, "v")),))
    keys, members = column(engine, group, "v"), column(engine, group, "n")
    wanted: dict[bytes, list[int]] = {}
    for place, value in enumerate(CELLS):
        wanted.setdefault(mixed.key(value), []).append(place)
    assert [mixed.key(value) for value in keys] == sorted(wanted)
    assert [sorted(found) for found in members] == [wanted[one] for one in sorted(wanted)]


def test_a_page_of_cells_brings_the_values_themselves(engine: DuckEngine, scan: Scan) -> None:
    window = engine.window(scan, 2, 6, {"v": Values(limit=10)})
    assert list(window.cells["v"]) == CELLS[2:6]
    group = Group(scan, (("same", Literal(1)),))
    (items,) = engine.window(group, 0, 1, {"v": Values(limit=5)}).cells["v"]
    assert (list(items.values), items.total) == (CELLS[:5], len(CELLS))


def test_versions_of_a_column_of_several_kinds_are_compared(engine: DuckEngine, folder: Folder) -> None:
    tables = [
        folder.put({"k": (Text(), ["x", "y"]), "v": (optional(Mixed()), values)})
        for values in ([1, "a"], [1.0, ["a"]])
    ]
    compare = Compare(tuple(tables), ("old", "new"), "k")
    where = Where(compare, parse_filter("{$ne: ['$0.v', '$1.v']}", compare).condition)
    assert column(engine, where, "v") == [("a", ["a"])]


def test_rows_of_another_kind_are_counted_in_a_warning(engine: DuckEngine, scan: Scan) -> None:
    where = Where(scan, parse_filter("{$gt: [{$add: ['$v', 1]}, 1]}", scan).condition)
    assert column(engine, where, "n") == [0, 3, 8]
    (warning,) = engine.warnings(where)
    assert warning.startswith("6 rows: $add")


def test_an_expression_over_several_kinds_is_a_key(engine: DuckEngine, scan: Scan) -> None:
    key = parse_expression("{$type: '$v'}", scan)
    found = column(engine, Group(scan, (("kind", key),)), "kind")
    assert found == ["array", "bool", "double", "int", "null", "object", "string"]


def test_a_question_over_several_kinds_ends_at_its_limit(folder: Folder) -> None:
    cells = [[place, "a", {"b": place}] for place in range(200_000)]
    scan = folder.put({"v": (optional(Mixed()), cells)})
    inner = Call("$setUnion", (col(scan, "v"), col(scan, "v")))
    plan = Sort(scan, tuple((Call("$concatArrays", (inner, inner)), False) for _ in range(8)))
    with engine_over(folder, limits=Limits(time_s=0.5, grace_s=0.5), workers=1) as engine:
        with pytest.raises(LimitExceeded):
            engine.rows(plan)
        assert engine.count(scan) == len(cells)
        assert len(engine.window(scan, 0, 2, {"v": Values(limit=3)}).cells["v"]) == 2


def test_a_value_that_grows_past_its_bound_is_no_value(engine: DuckEngine, folder: Path) -> None:
    scan = folder.put({"v": (optional(Mixed()), ["a" * 600_000])})  # type: ignore[attr-defined]
    both = parse_expression("{$mergeObjects: [{a: '$v'}, {b: '$v'}]}", scan)
    assert column(engine, Group(scan, (("grown", both),)), "grown") == [None]


def test_values_of_several_kinds_that_outgrow_memory_end_the_question(folder: Folder) -> None:
    scan = folder.put({"v": (optional(Mixed()), ["a" * 400_000] * 300)})
    both = parse_expression("{$map: {input: {$range: [0, 50]}, in: {$mergeObjects: [{a: '$v'}]}}}", scan)
    tight = Limits(
        time_s=30, memory_bytes=200_000_000, address_bytes=900_000_000, scratch_bytes=1_000_000
    )
    with engine_over(folder, limits=tight, workers=1) as engine:
        with pytest.raises((LimitExceeded, StoreError)):
            engine.rows(Group(scan, (("grown", both),)))
        assert engine.count(scan) == 300
