"""An index answers every question as the table's files do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from engine_library import Folder, engine_over
from index_table import ROWS, indexing, table, where

from vitrail.query.desk import Desk
from vitrail.query.duck import DuckEngine
from vitrail.query.engine import Window
from vitrail.query.limits import Limits
from vitrail.query.mongo import parse_expression
from vitrail.query.plan import Compare, Group, Plan, Scan, Sort, Where
from vitrail.query.question import Ask, Question
from vitrail.query.reduction import Bins, Confusion, Counts, Points, Sample, Stats, Summary, Values


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
