"""An index answers every question as the table's files do, and is trusted only where it fits."""

from __future__ import annotations

import json
import math
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from engine_library import Folder, col, engine_over, greater

from vitrail.dtypes import Boolean, List, Number, Optional, Struct, Text, Timestamp
from vitrail.query.desk import Desk
from vitrail.query.duck import DuckEngine
from vitrail.query.engine import Window
from vitrail.query.expr import Call, Literal
from vitrail.query.limits import Limits
from vitrail.query.mongo import parse_expression, parse_filter
from vitrail.query.plan import Compare, Group, Plan, Scan, Sort, Where
from vitrail.query.question import Ask, Question
from vitrail.query.reduction import Bins, Confusion, Counts, Points, Sample, Stats, Summary, Values

FLOAT, WHOLE, MAYBE = Number(integer=False), Number(integer=True), Optional(Number(integer=False))
BOX = Struct((("class_id", WHOLE), ("score", MAYBE), ("tag", Text()), ("at", Struct((("x", WHOLE),)))))
ROWS = 2000
BEGAN = datetime(2024, 2, 28, 23, 59, 58, 123456, UTC)
WORDS = ("", "cat", "Cat", "čáp", "\U0001f408 cat", "a'b\";--", "zebra")
ODD = (None, math.nan, math.inf, -math.inf, 0.0, -0.0, 0.25, 5e-324, 0.95)


def table(folder: Folder, rows: int = ROWS, parts: int = 3, seed: int = 0) -> Scan:
    """A table with everything that columns may hold."""
    numbers = range(seed, rows + seed)
    boxes = [
        [
            {
                "class_id": (i * k) % 17,
                "score": ODD[(i + k) % 9],
                "tag": WORDS[k],
                "at": {"x": i % 6 + k},
            }
            for k in range(i % 4)
        ]
        for i in numbers
    ]
    return folder.put(
        {
            "id": (WHOLE, list(numbers)),
            "label": (Text(), [WORDS[(i * i) % 7] for i in numbers]),
            "pred": (
                Optional(Text()),
                [None if i % 11 == 0 else WORDS[(i * 3) % 7] for i in numbers],
            ),
            "score": (MAYBE, [ODD[i % 9] if i % 5 == 0 else (i * 37 % 1000) / 1000 for i in numbers]),
            "ratio": (MAYBE, [ODD[i % 7] if i % 4 == 0 else i % 1000 / 64 - 4 for i in numbers]),
            "loss": (FLOAT, [math.sqrt(i * 7919 % 2003) for i in numbers]),
            "size": (
                Optional(WHOLE),
                [None if i % 13 == 0 else (i * 7919) % 5003 - 2500 for i in numbers],
            ),
            "when": (
                Optional(Timestamp("instant")),
                [None if i % 17 == 0 else BEGAN + timedelta(seconds=i * 97 % 1999) for i in numbers],
            ),
            "good": (Optional(Boolean()), [None if i % 19 == 0 else i % 3 == 0 for i in numbers]),
            "name": (Text(), [f"name {i * 31 % rows}" for i in numbers]),
            "numbers": (
                Optional(List(Optional(WHOLE))),
                [
                    None if i % 9 == 0 else [None if k == 1 else i % (k + 2) for k in range(i % 5)]
                    for i in numbers
                ],
            ),
            "boxes": (Optional(List(BOX)), [None if i % 23 == 0 else b for i, b in enumerate(boxes)]),
        },
        parts=parts,
        row_group_rows=256,
    )


@contextmanager
def indexing(folder: Folder, scratch: Path, **settings: Any) -> Iterator[DuckEngine]:
    """An engine that makes an index of every table, and keeps no answers."""
    with engine_over(
        folder, scratch=scratch, index_rows=1, workers=1, cache_bytes=0, disk_bytes=0, **settings
    ) as engine:
        yield engine


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[DuckEngine, DuckEngine, Scan, Scan]]:
    """An engine with an index of each of two tables, one with the files alone, and the tables."""
    folder = Folder(tmp_path_factory.mktemp("tables"))
    one, other = table(folder), table(folder, seed=500)
    with (
        indexing(folder, tmp_path_factory.mktemp("scratch")) as quick,
        engine_over(folder, workers=1) as plain,
    ):
        assert quick.indexed(one, 60)
        assert quick.indexed(other, 60)
        yield quick, plain, one, other


def same(left: Any, right: Any) -> bool:
    """Whether two answers are equal, NaN to NaN, and means to the last digits."""
    return _shown(left) == _shown(right)


def _shown(value: Any) -> Any:
    match value:
        case float():
            return "nan" if math.isnan(value) else f"{value:.12g}"
        case tuple() | list():
            return [_shown(one) for one in value]
        case dict():
            return {key: _shown(one) for key, one in value.items()}
        case Summary(low=float(low), high=float(high)):  # of 0.0 and -0.0 either may be the least
            return [
                _shown(value.count),
                value.missing,
                low + 0.0,
                high + 0.0,
                _shown(value.mean),
                _shown(value.quartiles),
            ]
        case _ if hasattr(value, "__dataclass_fields__"):
            return [type(value), *(_shown(getattr(value, name)) for name in value.__dataclass_fields__)]
        case _:
            return value


FILTERS = (
    "{$gt: ['$score', 0.5]}",
    "{$gte: ['$score', 0.95]}",
    "{$lt: ['$score', 0.25]}",
    "{$lte: ['$score', -1]}",
    "{$gt: ['$ratio', 0.1]}",
    "{$lte: ['$ratio', -0.015625]}",
    "{ratio: 0}",
    "{$ne: ['$score', 0.25]}",
    "{$eq: ['$score', null]}",
    "{$eq: ['$score', 0]}",
    "{score: {$gt: 0.1, $lt: 0.2}}",
    "{size: {$gte: -2500}}",
    "{$lt: ['$size', 3.5]}",
    "{label: 'cat'}",
    "{label: {$in: ['zebra', 'nothing', '']}}",
    "{label: {$ne: 'zebra'}}",
    "{pred: null}",
    "{$ne: ['$label', '$pred']}",
    "{$gt: ['$label', '$pred']}",
    "{$gte: ['$label', 'cat']}",
    "{label: /CAT/i}",
    "{$gt: [{$strLenCP: '$pred'}, 3]}",
    "{good: true}",
    "{when: {$gte: ISODate('2024-02-29T00:10:00Z')}}",
    "{$and: [{$gt: ['$loss', 10]}, {$ne: ['$pred', '$label']}, {$lt: ['$size', 100]}]}",
    "{boxes: {$elemMatch: {class_id: 13, score: {$gt: 0.5}}}}",
    "{'boxes.class_id': 13}",
    "{boxes: {$size: 2}}",
    "{boxes: []}",
    "{$in: [13, '$boxes.class_id']}",
    "{$in: [null, '$boxes.score']}",
    "{'boxes.score': {$lt: 0.3}}",
    "{'boxes.score': null}",
    "{'boxes.tag': {$in: ['cat', 'zebra']}}",
    "{'boxes.at.x': {$gt: 3}, label: 'cat'}",
    "{$or: [{'boxes.at.x': 4}, {label: 'cat'}]}",
    "{$nor: [{'boxes.at.x': 4}, {label: 'cat'}]}",
    "{numbers: 3}",
    "{numbers: {$elemMatch: {$gt: 2, $lt: 4}}}",
    "{$lt: [{$size: {$filter: {input: '$boxes', as: 'b', cond: {$gt: ['$$b.at.x', 1]}}}}, 2]}",
    "{$gte: [{$size: {$filter: {input: '$boxes', as: 'b', cond: {$gt: ['$$b.at.x', 1]}}}}, 2]}",
    "{$lt: [0, {$size: {$filter: {input: '$boxes', as: 'b', cond: {$lt: ['$$b.score', 0.3]}}}}]}",
    "{$gt: [{$size: {$filter: {input: '$boxes', as: 'b', cond: {$gt: ['$$b.class_id', '$size']}}}}, 0]}",
    "{$anyElementTrue: {$map: {input: '$boxes', as: 'b', in: '$$b.score'}}}",
    "{$gte: [{$size: {$filter: {input: '$boxes', as: 'b', cond: {$and: [{$eq: ['$$b.class_id', 13]},"
    " {$gt: ['$$b.score', 0.5]}]}}}}, 1]}",
)
SORTS: tuple[tuple[tuple[str, bool], ...], ...] = (
    (("loss", True),),
    (("score", False),),
    (("score", True),),
    (("size", True), ("label", False)),
    (("label", True), ("score", False)),
    (("when", False),),
    (("good", True), ("pred", False)),
    (("name", False),),
    (("label", True),),
    (("label", False),),
    (("ratio", True),),
    (("ratio", False), ("label", True)),
)


def where(plan: Plan, text: str) -> Plan:
    return Where(plan, parse_filter(text, plan).condition)


def ordered(plan: Plan, keys: tuple[tuple[str, bool], ...]) -> Plan:
    return Sort(plan, tuple((parse_expression(key, plan), down) for key, down in keys))


def grouped(plan: Plan, *keys: str) -> Group:
    return Group(plan, tuple((key, parse_expression(key, plan)) for key in keys))


def values(plan: Plan) -> dict[str, Any]:
    return {name: Values(3) for name, _ in plan.dtype.columns or ()}


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_keeps_the_same_rows(both: Any, text: str) -> None:
    quick, plain, scan, _ = both
    plan = where(scan, text)
    assert quick.count(plan) == plain.count(plan)
    assert same(quick.rows(plan, 0, 3000).to_pydict(), plain.rows(plan, 0, 3000).to_pydict())
    assert same(quick.window(plan, 3, 9, values(plan)), plain.window(plan, 3, 9, values(plan)))


@pytest.mark.parametrize("keys", SORTS)
@pytest.mark.parametrize("text", [None, "{$gt: ['$score', 0.5]}", "{$ne: ['$label', '$pred']}"])
def test_sorted_pages_are_the_same(both: Any, keys: Any, text: str | None) -> None:
    quick, plain, scan, _ = both
    plan = ordered(where(scan, text) if text else scan, keys)
    whole = plain.window(plan, 0, ROWS, values(plan))
    for start in (0, 7, 300, 1177, 1990, 5000):
        cells = {name: each[start : start + 20] for name, each in whole.cells.items()}
        wanted = Window(start, len(cells["id"]), cells)
        assert same(quick.window(plan, start, start + 20, values(plan)), wanted)
    assert same(quick.rows(plan, 11, 17).to_pydict(), plain.rows(plan, 11, 17).to_pydict())


ASKS: dict[str, Any] = {
    "id": Bins(20),
    "score": Bins(20),
    "ratio": Bins(20),
    "loss": Bins(7),
    "size": Bins(20),
    "when": Bins(20),
    "label": Counts(5),
    "pred": Confusion("label", 4),
    "good": Counts(2),
    "name": Sample(4),
}


@pytest.mark.parametrize(
    "text", [None, "{$gt: ['$score', 0.5]}", "{label: 'cat'}", "{$gt: ['$loss', 99]}"]
)
def test_reductions_are_the_same(both: Any, text: str | None) -> None:
    quick, plain, scan, _ = both
    plan = where(scan, text) if text else scan
    for asks in (
        ASKS,
        {"score": Stats(), "when": Stats(), "size": Values(5), "": Points("loss", "score", 50)},
        {"loss": Bins(20), "score": Bins(10), "size": Bins(40), "id": Bins(80), "when": Bins(3)},
    ):
        assert same(quick.reduce(plan, asks), plain.reduce(plan, asks))


@pytest.mark.parametrize(
    "keys", [("label",), ("pred",), ("label", "good"), ("size",), ("ratio",), ("when", "pred")]
)
@pytest.mark.parametrize("text", [None, "{$gt: ['$score', 0.5]}"])
def test_groups_are_the_same(both: Any, keys: tuple[str, ...], text: str | None) -> None:
    quick, plain, scan, _ = both
    plan = grouped(where(scan, text) if text else scan, *keys)
    assert quick.count(plan) == plain.count(plan)
    asks = {name: ask for name, ask in ASKS.items() if name not in keys and name != "pred"}
    asks |= {key: Values() for key in keys} | {plan.count_name: Values()}
    whole = {"score": Bins(20), "loss": Bins(20), plan.count_name: Values()}
    for wanted in (asks, whole | {keys[0]: Values()}, {"loss": Stats(), "name": Values(2)}):
        for window in ((0, 50), (2, 5)):
            assert same(quick.window(plan, *window, wanted), plain.window(plan, *window, wanted))


def test_compared_tables_are_the_same(both: Any) -> None:
    quick, plain, one, other = both
    for tables, key in (
        ((one, other), "id"),
        ((one, other), None),
        ((one, one), "id"),
        ((one, one), None),
    ):
        plan = Compare(tables, ("a", "b"), key)
        moved = Where(plan, parse_expression("{$gt: ['$0.score', '$1.score']}", plan))
        assert quick.count(moved) == plain.count(moved)
        asks = {"score": Bins(20), "label": Counts(5), "loss": Stats()}
        assert same(quick.reduce(moved, asks), plain.reduce(moved, asks))
        assert same(
            quick.window(plan, 490, 510, values(plan)), plain.window(plan, 490, 510, values(plan))
        )
        groups = grouped(plan, "label")
        assert same(
            quick.window(groups, 0, 9, asks | {"label": Values()}),
            plain.window(groups, 0, 9, asks | {"label": Values()}),
        )


def test_domains_are_the_same(both: Any) -> None:
    quick, plain, one, other = both
    for plan in (one, where(one, "{label: 'cat'}"), Compare((one, other), ("a", "b"), "id")):
        for name, _ in plan.dtype.columns or ():
            assert quick.domain(plan, name) == plain.domain(plan, name), name


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, Scan, Path]:
    """A table, and the folder with its index."""
    folder, scratch = Folder(tmp_path_factory.mktemp("built")), tmp_path_factory.mktemp("index")
    scan = table(folder)
    with indexing(folder, scratch) as engine:
        assert engine.indexed(scan, 60)
    return folder, scan, scratch


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(4096, len(data), 997):
        data[place] ^= 0xFF
    path.write_bytes(bytes(data))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _newer(path: Path) -> None:
    document = path.with_suffix(".json")
    content = json.loads(document.read_text())
    content["format"] += 1
    document.write_text(json.dumps(content))


def _foreign(path: Path) -> None:
    document = path.with_suffix(".json")
    content = json.loads(document.read_text())
    content["scan"]["table"] = "0" * 64
    document.write_text(json.dumps(content))


def _stamped(path: Path) -> None:
    document = path.with_suffix(".json")
    content = json.loads(document.read_text())
    content["stamp"] = "0" * 32
    document.write_text(json.dumps(content))


def _garbage(path: Path) -> None:
    path.with_suffix(".json").write_text("[1, 2")


@pytest.mark.parametrize("change", [_flip, _cut, _newer, _foreign, _stamped, _garbage])
def test_an_index_that_does_not_fit_is_thrown_away(
    built: tuple[Folder, Scan, Path], tmp_path: Path, change: Any
) -> None:
    folder, scan, first = built
    plan = where(scan, "{$gt: ['$loss', 20]}")
    count = sum(math.sqrt(i * 7919 % 2003) > 20 for i in range(ROWS))
    scratch = tmp_path / "scratch"
    shutil.copytree(first, scratch)
    (path,) = (scratch / "indexes").glob("*.index")
    change(path)
    changed = path.read_bytes()
    with indexing(folder, scratch) as engine:
        assert engine.count(plan) == count
        engine.indexed(scan, 60)
        assert engine.count(plan) == count
        left = list((scratch / "indexes").glob("*.index"))
        if change in (_flip, _cut):
            assert all(path.read_bytes() != changed for path in left)
        for path in left:
            content = json.loads(path.with_suffix(".json").read_text())
            assert content["scan"]["table"] == scan.table


def test_a_killed_build_starts_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    scan = table(folder, rows=50_000)
    with indexing(folder, tmp_path / "scratch") as engine:
        threading.Thread(target=engine.indexed, args=(scan, 5), daemon=True).start()
        while engine.progress(scan) is None:
            time.sleep(0.01)
    assert not list((tmp_path / "scratch" / "indexes").glob("*.index"))
    with indexing(folder, tmp_path / "scratch") as engine:
        assert engine.indexed(scan, 60)
        assert engine.progress(scan) is None
        assert engine.count(Where(scan, greater(col(scan, "id"), 9.0))) == 49_990
    assert not list((tmp_path / "scratch" / "indexes").glob(".new-*"))


def test_the_index_used_longest_ago_goes_first(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    first, second, third = (table(folder, seed=seed) for seed in range(3))
    with indexing(folder, tmp_path / "scratch") as engine:
        assert engine.indexed(first, 60)
        (path,) = (tmp_path / "scratch" / "indexes").glob("*.index")
        size = path.stat().st_size
    with indexing(folder, tmp_path / "scratch", index_bytes=size * 5 // 2) as engine:
        assert engine.indexed(second, 60)
        for old, scan in enumerate((second, first)):
            found = tmp_path / "scratch" / "indexes" / f"{scan.table}.index"
            os.utime(found, (1_000_000 + old, 1_000_000 + old))
        assert engine.indexed(third, 60)
        assert not engine.indexed(second)
        assert engine.indexed(first)


def test_small_tables_and_engines_without_a_folder_have_no_index(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    scan = table(folder)
    with engine_over(folder, scratch=tmp_path / "scratch", workers=1) as engine:
        assert not engine.indexed(scan, 5)
    with engine_over(folder, index_rows=1, workers=1) as engine:
        assert not engine.indexed(scan, 5)


def test_a_folder_that_cannot_be_written_costs_nothing_but_speed(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    scan = table(folder)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "indexes").write_text("in the way")
    plan = Where(scan, Call("$gt", (col(scan, "id"), Literal(9))))
    with indexing(folder, scratch) as engine:
        assert not engine.indexed(scan, 10)
        assert engine.count(plan) == ROWS - 10


def test_asking_a_table_makes_its_index(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    scan = table(folder)
    with indexing(folder, tmp_path / "scratch") as engine:
        heard: list[float | None] = []
        engine.on_progress(lambda: heard.append(engine.progress(scan)))
        engine.count(where(scan, "{label: 'cat'}"))
        assert engine.indexed(scan, 60)
        assert heard
        assert heard[0] == 0.0


def test_numbers_that_fit_four_bytes_take_four(both: Any) -> None:
    quick, _, scan, _ = both
    about = quick._keeper.at_hand(scan).about
    assert about.of("ratio").single
    assert not about.of("loss").single
    assert not about.of("score").single  # 5e-324 does not fit


def test_what_an_index_knows_of_words_is_not_asked_again(both: Any) -> None:
    quick, plain, scan, _ = both
    about = quick._keeper.at_hand(scan).about
    assert sum(about.of("label").shares) == scan.rows
    assert sum(about.of("pred").shares) == scan.rows - about.of("pred").nulls
    for key in ("label", "pred"):
        groups = grouped(ordered(scan, (("loss", True),)), key)
        assert quick.count(groups) == plain.count(groups)
        for start in range(8):
            window = start, start + 2, {key: Values(), "loss": Values(3), groups.count_name: Values()}
            assert same(quick.window(groups, *window), plain.window(groups, *window))


def test_pages_far_in_are_the_same(both: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    quick, plain, scan, _ = both
    monkeypatch.setattr("vitrail.query.duck.FAR", 1)
    monkeypatch.setattr("vitrail.query.far.STRETCH", 64)
    monkeypatch.setattr("vitrail.query.far._SOON_ROWS", 0)
    kept = where(scan, "{$gt: ['$score', 0.5]}")
    for plan in (kept, *(ordered(scan, keys) for keys in SORTS[::3]), ordered(kept, SORTS[1])):
        for window in ((60, 70), (1990, 2010), (5000, 5010)):
            found, wanted = (engine.window(plan, *window, values(plan)) for engine in (quick, plain))
            assert found.start == wanted.start
            assert same(found, wanted)


def desk_over(quick: DuckEngine, scan: Scan, folder: Path) -> Desk:
    """A worker's database with the table's index."""
    names = quick._answering.files.of(scan.table)
    kept = quick._keeper.at_hand(scan)
    assert kept is not None
    return Desk(
        {scan.table: names}, Limits(), str(folder), {scan.table: str(kept.path)}, {scan.table: scan}
    )


def asked(desk: Desk, question: Question) -> list[Any]:
    """The first of the answers' columns."""
    answer = desk.ready(question.to_json(), Limits())()
    values: list[Any] = pa.ipc.open_stream(answer).read_all().column("a0").to_pylist()
    return values


def test_a_window_is_planned_once_wherever_it_lies(both: Any, tmp_path: Path) -> None:
    quick, _, scan, _ = both
    desk = desk_over(quick, scan, tmp_path)
    planned = []
    compiled = desk.compiled
    desk.compiled = lambda question: planned.append(question) or compiled(question)
    others = [name for name, _ in scan.schema.columns][1:7]
    for turn in range(40):
        some = {name: Ask(Values()) for k, name in enumerate(others) if turn >> k & 1}
        for start in (0, 1177, 1995, 5000):
            question = Question("window", scan, start, start + 10, {"id": Ask(Values())} | some)
            assert asked(desk, question) == list(range(ROWS))[start : start + 10]
    assert len(planned) == 40
    assert len(desk._pages) < 40
    assert asked(desk, Question("window", scan, 3, 5, {"id": Ask(Values())})) == [3, 4]
    assert len(planned) == 41


def test_pages_among_many_equal_codes_are_the_same(
    both: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick, plain, scan, _ = both
    monkeypatch.setattr("vitrail.query.narrow._MANY", 0)
    monkeypatch.setattr("vitrail.query.narrow.FAR", 0)
    desk = desk_over(quick, scan, tmp_path)
    finer = 0
    for keys in SORTS:
        plan = ordered(scan, keys)
        for start in (0, 1177, 1990):
            question = Question("ids", plan, start, start + 20)
            finer += "FLOOR" in desk.compiled(question).text.upper()
            assert asked(desk, question) == plain.rows(plan, start, start + 20).column("c0").to_pylist()
    assert finer > 5
