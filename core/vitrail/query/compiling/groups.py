"""Windows of groups: found first and then reduced, or all reduced in one pass."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sqlglot import exp

from vitrail.dtypes import List, Versions, required
from vitrail.query import build as b
from vitrail.query import cells, tallied
from vitrail.query.build import Tree
from vitrail.query.compiling.folds import folded
from vitrail.query.compiling.page import page_of, with_page
from vitrail.query.grouped import Grouped
from vitrail.query.plan import Group, Plan, Sort, Where
from vitrail.query.question import Question
from vitrail.query.reduction import Bins, Counts, Sample, Values
from vitrail.query.tree import call, column, named

_MOST_KEPT = 4_000_000


def grouped_window(question: Question, rows: Grouped) -> exp.Select:
    """Reductions of the groups [start, stop)."""
    plan = rows.plan
    start, stop = question.start, question.stop
    near = tallied.near(rows, start, stop)
    if near is not None and stop is not None:
        rows.source.conditions.append(near)
        start, stop = 0, stop - start
    widths = tallied.widths(question, rows)
    first = tallied.counted(rows, *next(iter(widths.items()))) if widths and not rows.gathered else None
    rows.counts = tallied.COUNTS if first else None
    if not widths and question.groups is not None and question.groups * _weight(question) <= _MOST_KEPT:
        return _in_one_pass(question, rows, start, stop)
    extra = rows.extra
    if plan.count_name in question.asks:
        extra |= {f"n{place}" if rows.versions else "n": _size(rows, place) for place in _places(rows)}
    page = page_of(rows, start, stop, extra)
    if not widths:
        return with_page(_of_page(question, rows), page)
    quick = tallied.window(question, rows, widths)
    if first:
        quick = quick.with_(tallied.COUNTS, as_=first, materialized=True, copy=False)
    return with_page(quick, page)


def _of_page(question: Question, rows: Grouped) -> exp.Select:
    """The answers of the groups whose keys stand in `page`."""
    plan = rows.plan
    reduced = [n for n in question.asks if n != plan.count_name and rows.key_place(n) is None]

    def of_page(name: str) -> Tree:
        value = column("page", name)
        return call("any_value", value) if reduced else value

    answers = []
    for k, (name, ask) in enumerate(question.asks.items()):
        place = rows.key_place(name)
        if place is not None:
            value = of_page(f"i{place}")
            cell = cells.of_value(value, plan.column(name), ask, rows.statement.bind)
        elif name == plan.count_name:
            versions = {f"v{i}": of_page(f"n{i}") for i in _places(rows) if i is not None}
            cell = b.struct(versions) if versions else of_page("n")
        else:
            cell = folded(rows.source, name, ask, grouped=True)
        answers.append(named(cell, f"a{k}"))
    answers = answers or [named(b.number(1), "a")]
    select = rows.members("page") if reduced else exp.Select().from_("page")
    select = select.select(*answers, copy=False).order_by(column("page", "i"), copy=False)
    return select.group_by(column("page", "i"), copy=False) if reduced else select


def _in_one_pass(question: Question, rows: Grouped, start: int, stop: int | None) -> exp.Select:
    """A window of groups of which all are reduced, since that costs less than to find them first."""
    plan, answers = rows.plan, []
    for k, (name, ask) in enumerate(question.asks.items()):
        if rows.key_place(name) is not None:
            cell = cells.of_value(rows.value(name), plan.column(name), ask, rows.statement.bind)
        elif name == plan.count_name:
            cell = rows.value(name)
        else:
            cell = rows.gather(f"a{k}", folded(rows.source, name, ask, grouped=True))
        answers.append(named(cell, f"a{k}"))
    select = rows.select().select(*(answers or [named(b.number(1), "a")]), copy=False)
    select = select.order_by(*rows.order(), copy=False)
    if stop is not None:
        select = select.limit(rows.statement.bind(max(stop - start, 0)), copy=False)
    return select.offset(rows.statement.bind(start), copy=False) if start else select


def _weight(question: Question) -> float:
    """About how many values are held for a group while it is reduced."""
    plan, held = question.plan, 0.0
    for name, ask in question.asks.items():
        dtype = plan.column(name)
        times = len(dtype.names or ()) if isinstance(dtype, Versions) else 1
        match ask.reduction:
            case Bins(n) | Counts(n) | Sample(n) | Values(int() as n):
                held += n * times
            case Values() if not isinstance(required(dtype), List | Versions) or name == _count_name(
                plan
            ):
                held += times
            case _:
                return math.inf
    return held


def _count_name(plan: Plan) -> str:
    while isinstance(plan, Where | Sort):
        plan = plan.source
    return plan.count_name if isinstance(plan, Group) else ""


def _places(rows: Grouped) -> Sequence[int | None]:
    """The versions whose rows are counted apart; None where there is one table."""
    return range(len(rows.versions)) if rows.versions else (None,)


def _size(rows: Grouped, place: int | None) -> Tree:
    name = rows.plan.count_name
    return rows.value(name) if place is None else rows.version(name, place)
