"""The questions that are timed, each as a plan for the engine and as SQL written by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vitrail.query.duck import DuckEngine
from vitrail.query.expr import Call, Column, Literal
from vitrail.query.plan import Compare, Group, Plan, Scan, Sort, Where
from vitrail.query.reduction import Bins, Reduction, Values

PAGE = 50
_ALL = ("id", "name", "label", "predicted", "score", "loss", "size", "logged")


@dataclass(frozen=True)
class Case:
    """One question.

    Attributes:
        name: what is asked.
        ask: asks the engine.
        sql: the same by hand, where {one} and {two} stand for the tables.
        most: how many times as long as by hand the engine should take at most; None where nothing is set.
    """

    name: str
    ask: Callable[[DuckEngine], Any]
    sql: str
    most: float | None = None


def cases(one: Scan, two: Scan) -> list[Case]:
    """The questions about two tables of the same length."""
    middle, rows = one.rows // 2, one.rows
    kept = Where(one, Call("$gt", (_column(one, "score"), Literal(0.9))))
    sorted_ = Sort(one, ((_column(one, "loss"), True),))
    group = Group(one, (("label", _column(one, "label")),))
    compare = Compare((one, two), ("v0", "v1"), "id")
    bins: dict[str, Reduction] = {name: Bins(20) for name in ("score", "loss", "size")}
    page = f"SELECT * FROM {{one}} LIMIT {PAGE}"
    return [
        Case(
            "count where score > 0.9",
            lambda engine: engine.count(kept),
            "SELECT count(*) FROM {one} WHERE c4 > 0.9",
            1.2,
        ),
        Case("first page", _window(one, 0), page),
        Case("page in the middle", _window(one, middle), f"{page} OFFSET {middle}", 1.5),
        Case("last page", _window(one, rows - PAGE), f"{page} OFFSET {rows - PAGE}", 1.5),
        Case(
            "page in the middle of a filter",
            _window(kept, rows // 20),
            f"SELECT * FROM {{one}} WHERE c4 > 0.9 LIMIT {PAGE} OFFSET {rows // 20}",
            1.5,
        ),
        Case(
            "top page by loss",
            _window(sorted_, 0),
            f"SELECT * FROM {{one}} ORDER BY c5 DESC LIMIT {PAGE}",
            1.5,
        ),
        Case(
            "page in the middle by loss",
            _window(sorted_, middle),
            f"SELECT * FROM {{one}} ORDER BY c5 DESC LIMIT {PAGE} OFFSET {middle}",
            1.5,
        ),
        Case(
            "histogram of score",
            lambda engine: engine.reduce(one, {"score": Bins(20)}),
            f"SELECT {_bin('c4')} AS b, count(*) FROM {{one}} GROUP BY b",
            2,
        ),
        Case(
            "histograms of 3 columns",
            lambda engine: engine.reduce(one, bins),
            f"SELECT {_histograms()} FROM {{one}}",
            2,
        ),
        Case(
            "histograms of 3 columns where score > 0.9",
            lambda engine: engine.reduce(kept, bins),
            f"SELECT {_histograms()} FROM {{one}} WHERE c4 > 0.9",
            2,
        ),
        Case(
            "50 of 1,000 groups, 3 histograms each",
            _window(group, 0, {"label": Values(), "count": Values(), **bins}),
            f"SELECT c2, count(*), {_histograms()} FROM {{one}} WHERE c2 IN "
            f"(SELECT DISTINCT c2 FROM {{one}} ORDER BY c2 LIMIT {PAGE}) GROUP BY c2 ORDER BY c2",
            1.5,
        ),
        Case(
            "page of two versions by id",
            _window(compare, middle, {name: Values() for name in ("id", "score", "label")}),
            "SELECT coalesce(a.c0, b.c0) AS k, a.c4, b.c4, a.c2, b.c2 FROM {one} a "
            f"FULL JOIN {{two}} b ON a.c0 = b.c0 ORDER BY k LIMIT {PAGE} OFFSET {middle}",
        ),
    ]


def _column(plan: Plan, name: str) -> Column:
    return Column(name, None, plan.column(name))


def _window(
    plan: Plan, start: int, asks: Mapping[str, Reduction] | None = None
) -> Callable[[DuckEngine], Any]:
    wanted = asks or {name: Values() for name in _ALL}
    return lambda engine: engine.window(plan, start, start + PAGE, wanted)


def _histograms() -> str:
    return ", ".join(f"histogram({_bin(name)})" for name in ("c4", "c5", "c6"))


def _bin(name: str) -> str:
    """A value's bin by an arithmetic that does not mind on which side of an edge rounding puts it."""
    low, width = {"c4": (0, 0.05), "c5": (0, 0.8), "c6": (0, 250)}[name]
    return f"floor(({name} - {low}) / {width})::INTEGER"
