"""The questions that are timed, each as a plan for the engine and as SQL written by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.table import WIDE
from vitrail.query.duck import DuckEngine
from vitrail.query.plan import Compare, Plan, Scan
from vitrail.query.planning import filtered, grouped_by, sorted_by
from vitrail.query.reduction import Bins, Counts, Reduction, Values

PAGE = 50
BINS = 20
_HIGH = "{$gt: ['$score', 0.9]}"
_BOX = "{$and: [{$eq: ['$$b.class_id', 13]}, {$gt: ['$$b.score', 0.5]}]}"
_BOXES = f"{{$gt: [{{$size: {{$filter: {{input: '$boxes', as: 'b', cond: {_BOX}}}}}}}, 0]}}"
_WIDTHS = {"score": 0.05, "loss": 0.8}


@dataclass(frozen=True)
class Case:
    """One question.

    Attributes:
        name: what is asked.
        plan: of which rows, worked out from what a user typed.
        ask: asks the engine about them; it is told how often it was asked before.
        sql: the same by hand, where {one} and {two} stand for the tables, {c[score]} for a column, and
            {random} for another row each time.
        first: how many times as long as by hand the engine may take from the files alone.
        indexed: the same once there is an index.
    """

    name: str
    plan: Callable[[], Plan]
    ask: Callable[[DuckEngine, Plan, int], Any]
    sql: str
    first: float | None = None
    indexed: float | None = None


def cases(one: Scan, two: Scan | None = None) -> list[Case]:
    """The questions about a table, and about two versions of it."""
    found = [*_filters(one), *_pages(one), *_histograms(one)]
    return [*found, *_versions(one, two)] if two else found


def random_row(rows: int, turn: int) -> int:
    """Where the page of a turn begins: the same in every run, another at every turn."""
    return (turn * 2_654_435_761 + 1_234_567) % (rows - PAGE)


def _filters(one: Scan) -> list[Case]:
    count = _count
    found = [
        Case(
            "count where score > 0.9",
            lambda: filtered(one, _HIGH)[0],
            count,
            "SELECT count(*) FROM {one} WHERE {c[score]} > 0.9",
            1.1,
            0.5,
        ),
        Case(
            "count where label = x",
            lambda: filtered(one, "{label: 'label 013'}")[0],
            count,
            "SELECT count(*) FROM {one} WHERE {c[label]} = 'label 013'",
        ),
        Case(
            "count where label <> pred",
            lambda: filtered(one, "{$ne: ['$label', '$pred']}")[0],
            count,
            "SELECT count(*) FROM {one} WHERE {c[label]} <> {c[pred]}",
        ),
    ]
    if one.schema is WIDE:
        kept = "len(list_filter({c[boxes]}, lambda b: b.f0 = 13 AND b.f1 > 0.5)) > 0"
        sql = f"SELECT count(*) FROM {{one}} WHERE {kept}"
        boxes = Case("count of rows with a box", lambda: filtered(one, _BOXES)[0], count, sql, 1.1, 0.1)
        found.append(boxes)
    return found


def _pages(one: Scan) -> list[Case]:
    middle, rows = one.rows // 2, one.rows
    page = f"SELECT * FROM {{one}} LIMIT {PAGE}"
    by_loss = "SELECT * FROM {one} ORDER BY {c[loss]} DESC"
    kept = lambda: filtered(one, _HIGH)[0]  # noqa: E731
    ordered = lambda: sorted_by(one, [("$loss", True)])  # noqa: E731
    return [
        Case("first page", lambda: one, _window(0), page),
        Case(
            "random page",
            lambda: one,
            lambda engine, plan, turn: _window(random_row(rows, turn))(engine, plan, turn),
            f"{page} OFFSET {{random}}",
            1.2,
            0.1,
        ),
        Case("last page", lambda: one, _window(rows - PAGE), f"{page} OFFSET {rows - PAGE}"),
        Case(
            "page in the middle of a filter",
            kept,
            _window(rows // 20),
            f"SELECT * FROM {{one}} WHERE {{c[score]}} > 0.9 LIMIT {PAGE} OFFSET {rows // 20}",
        ),
        Case("top page by loss", ordered, _window(0), f"{by_loss} LIMIT {PAGE}", 1.2, 0.1),
        Case(
            "page in the middle by loss",
            ordered,
            _window(middle),
            f"WITH keys AS (SELECT {{c[id]}} AS k, row_number() OVER () AS i FROM {{one}} "
            f"ORDER BY {{c[loss]}} DESC LIMIT {PAGE} OFFSET {middle}) "
            "SELECT * FROM {one} WHERE {c[id]} IN (SELECT k FROM keys) ORDER BY {c[loss]} DESC",
        ),
    ]


def _histograms(one: Scan) -> list[Case]:
    bins: dict[str, Reduction] = {name: Bins(BINS) for name in ("score", "loss", "id")}
    three = ", ".join(f"histogram({_bin(name, one.rows)})" for name in bins)
    groups: dict[str, Reduction] = {"label": Values(), "count": Values(), **bins}
    return [
        Case(
            "histogram of score",
            lambda: one,
            lambda engine, plan, _: engine.reduce(plan, {"score": Bins(BINS)}),
            f"SELECT {_bin('score', one.rows)} AS b, count(*) FROM {{one}} GROUP BY b",
        ),
        Case(
            "counts of label",
            lambda: one,
            lambda engine, plan, _: engine.reduce(plan, {"label": Counts(BINS)}),
            "SELECT {c[label]}, count(*) AS n FROM {one} GROUP BY 1 ORDER BY n DESC LIMIT 20",
        ),
        Case(
            "histograms of 3 columns",
            lambda: one,
            lambda engine, plan, _: engine.reduce(plan, bins),
            f"SELECT {three} FROM {{one}}",
        ),
        Case(
            "histograms of 3 columns where score > 0.9",
            lambda: filtered(one, _HIGH)[0],
            lambda engine, plan, _: engine.reduce(plan, bins),
            f"SELECT {three} FROM {{one}} WHERE {{c[score]}} > 0.9",
        ),
        Case(
            "50 of 1,000 groups, 3 histograms each",
            lambda: grouped_by(one, ["$label"]),
            _window(0, groups),
            f"SELECT {{c[label]}}, count(*), {three} FROM {{one}} WHERE {{c[label]}} IN (SELECT DISTINCT "
            f"{{c[label]}} FROM {{one}} ORDER BY 1 LIMIT {PAGE}) GROUP BY 1 ORDER BY 1",
        ),
        Case(
            "1,000 groups, 3 histograms each",
            lambda: grouped_by(one, ["$label"]),
            _window(0, groups, 1000),
            f"SELECT {{c[label]}}, count(*), {three} FROM {{one}} GROUP BY 1 ORDER BY 1",
            1.2,
            0.3,
        ),
    ]


def _versions(one: Scan, two: Scan) -> list[Case]:
    compared = Compare((one, two), ("v0", "v1"), "id")
    middle = one.rows // 2
    names: dict[str, Reduction] = {name: Values() for name in ("id", "score", "label")}
    groups: dict[str, Reduction] = {"label": Values(), "count": Values(), "score": Bins(BINS)}
    return [
        Case(
            "page of two versions by id",
            lambda: compared,
            lambda engine, plan, _: engine.window(plan, middle, middle + PAGE, names),
            "SELECT coalesce(a.{c[id]}, b.{c[id]}) AS k, a.{c[score]}, b.{c[score]}, a.{c[label]}, "
            "b.{c[label]} FROM {one} a FULL JOIN {two} b ON a.{c[id]} = b.{c[id]} "
            f"ORDER BY k LIMIT {PAGE} OFFSET {middle}",
        ),
        Case(
            "two versions by id, score in each of 1,000 labels",
            lambda: grouped_by(compared, ["$label"]),
            _window(0, groups, 1000),
            f"SELECT coalesce(a.{{c[label]}}, b.{{c[label]}}) AS k, count(a.{{c[id]}}), count(b.{{c[id]}}), "
            f"histogram({_bin('score', one.rows, 'a.')}), histogram({_bin('score', one.rows, 'b.')}) "
            "FROM {one} a FULL JOIN {two} b ON a.{c[id]} = b.{c[id]} GROUP BY k ORDER BY k",
            1.2,
            0.8,
        ),
    ]


def _count(engine: DuckEngine, plan: Plan, _turn: int) -> int:
    return engine.count(plan)


def _window(
    start: int, asks: Mapping[str, Reduction] | None = None, rows: int = PAGE
) -> Callable[[DuckEngine, Plan, int], Any]:
    def ask(engine: DuckEngine, plan: Plan, _turn: int) -> Any:
        wanted = asks or {name: Values() for name, _ in plan.dtype.columns or ()}
        return engine.window(plan, start, start + rows, wanted)

    return ask


def _bin(name: str, rows: int, side: str = "") -> str:
    """A value's bin by an arithmetic that does not mind on which side of an edge rounding puts it."""
    if name == "id":
        return f"({{c[id]}} // {-(-rows // BINS)})::UTINYINT"
    return f"floor({side}{{c[{name}]}} / {_WIDTHS[name]})::UTINYINT"
