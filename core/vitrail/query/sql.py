"""Questions as SQL: one SELECT each, built as a tree, with every value bound as a parameter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlglot import exp

from vitrail.dtypes import DType, List, Number, Timestamp, Versions, required, union
from vitrail.errors import Invalid
from vitrail.query import build as b
from vitrail.query import cells, tallied
from vitrail.query.aligned import Aligned
from vitrail.query.build import Tree
from vitrail.query.cells import Fold
from vitrail.query.expr import Column
from vitrail.query.grouped import Grouped
from vitrail.query.leaf import Leaf, leaf
from vitrail.query.lower import bound, complaints
from vitrail.query.narrow import narrowed
from vitrail.query.origins import origins
from vitrail.query.plan import Compare, Group, Plan, Scan, Sort, Where
from vitrail.query.question import Ask, Question
from vitrail.query.reduction import Bins, Confusion, Counts, Points, Sample, Values
from vitrail.query.relation import Found, Relation, relation
from vitrail.query.statement import Index, Statement
from vitrail.query.step import Step
from vitrail.query.step_complaints import of_step
from vitrail.query.tree import DIALECT, call, column, convert, joined, named, sole
from vitrail.statistics import Known

_MOST_CATEGORIES = 300
_MOST_KEPT = 4_000_000


@dataclass(frozen=True)
class Sql:
    """A statement that can be run.

    Attributes:
        tree: one SELECT.
        values: its parameters, by name.
        moves: whether other values of `start` and `stop` make it that of another window.
    """

    tree: exp.Select
    values: Mapping[str, Any]
    moves: bool = False

    @cached_property
    def text(self) -> str:
        """The statement in the engine's dialect."""
        return self.tree.sql(DIALECT)


def compile_question(
    question: Question,
    files: Mapping[str, tuple[str, ...]],
    offsets: Mapping[str, tuple[int, ...]] | None = None,
    indexes: Mapping[str, Index] | None = None,
    known: Mapping[str, Known] | None = None,
) -> Sql:
    """The SELECT that answers a question.

    Args:
        question: what is asked.
        files: table digest -> its Parquet files.
        offsets: table digest -> the number of rows before each of its files, where it has several.
        indexes: table digest -> its index, where one is at hand.
        known: table digest -> what is known of its values.

    Raises:
        Invalid: a reduction does not fit its column, or a table's files are not at hand.
    """
    meets = question.unique, question.aligned, question.share
    statement = Statement(files, offsets or {}, *meets, indexes or {}, known or {})
    tree = _KINDS[question.kind](question, statement)
    return Sql(tree, bound(tree, statement.values), statement.moves)


def _count(question: Question, statement: Statement) -> exp.Select:
    rows = relation(question.plan, statement)
    return rows.select().select(named(call("count", exp.Star()), "a0"))


def _page(rows: Relation, start: int, stop: int | None, extra: Mapping[str, Tree]) -> exp.Select:
    """The ids of the rows [start, stop) as `i0`, `i1`, …, and their order as `i`."""
    wanted = {f"i{k}": value for k, value in enumerate(rows.ids)} | {"p": rows.position} | dict(extra)
    keys = {f"o{k}": term.this for k, term in enumerate(rows.keys)}
    inner = rows.select().select(*(named(v.copy(), k) for k, v in (wanted | keys).items()), copy=False)
    order = [
        exp.Ordered(this=sole(name), desc=term.args["desc"], nulls_first=term.args["nulls_first"])
        for name, term in zip(keys, rows.keys, strict=True)
    ]
    order.append(exp.Ordered(this=sole("p")))
    bind = rows.statement.bind
    if stop is not None:
        inner = inner.limit(bind(max(stop - start, 0)), copy=False)
    offset: Tree | None = bind(start) if start else None
    near = narrowed(rows, start, stop)
    if near is None or not near.alike:
        inner = inner.order_by(*(term.copy() for term in order), copy=False)
    if near is not None:
        inner, offset = inner.where(near.condition), near.offset
        for part, select in near.parts:
            inner = inner.with_(part, as_=select, materialized=True)
    inner = inner.offset(offset, copy=False) if offset is not None else inner
    place = exp.Window(this=call("row_number"), order=exp.Order(expressions=order))
    name = rows.statement.alias()
    return exp.select(*(exp.column(k, table=name) for k in wanted), named(place, "i")).from_(
        inner.subquery(name, copy=False), copy=False
    )


def _listed(rows: Relation, ids: Sequence[int]) -> tuple[exp.Select, Relation]:
    """Rows by their numbers, as `_page` gives them, and the relation of them."""
    if not isinstance(rows, Leaf):
        raise Invalid("only the rows of a stored table are asked for by their numbers")
    listed = b.cast(rows.statement.bind(list(ids)), "BIGINT[]")
    places = call("generate_subscripts", listed.copy(), b.number(1))
    page = exp.select(named(call("unnest", listed), "i0"), named(places, "i"))
    on = exp.EQ(this=rows.position, expression=column("page", "i0"))
    part = rows.part()
    return page, Found(rows, lambda: joined(exp.Select().from_("page"), part, "inner", on))


def _ids(question: Question, statement: Statement) -> exp.Select:
    """The numbers of the rows [start, stop) of a stored table that is filtered and sorted."""
    rows = relation(question.plan, statement)

    def number(position: Tree) -> Tree:
        return named(b.cast(position, "UINTEGER"), "a0")

    direct = rows.stretch(question.start, question.stop)
    if direct is not None:
        return direct.select(number(rows.position)).order_by(exp.Ordered(this=rows.position))
    page = _page(rows, question.start, question.stop, {}).subquery("page")
    return exp.select(number(column("page", "p"))).from_(page).order_by(column("page", "i"))


def _with_page(select: exp.Select, page: exp.Select) -> exp.Select:
    return select.with_("page", as_=page, materialized=True, copy=False)


def _window(question: Question, statement: Statement) -> exp.Select:
    rows = relation(question.plan, statement)
    if isinstance(rows, Grouped):
        return _grouped_window(question, rows)
    values = {f"a{k}": one for k, one in enumerate(question.asks.items())}

    def answers(found: Relation) -> list[Tree]:
        cells_of = [named(_cell(found, *one), name) for name, one in values.items()]
        return cells_of or [named(b.number(1), "a")]

    direct = None if question.ids else rows.window(question.start, question.stop)
    if direct is not None:
        return direct.select(*answers(rows), copy=False).order_by(
            exp.Ordered(this=rows.position), copy=False
        )
    if question.ids:
        page, found = _listed(rows, question.ids)
    else:
        page, found = _page(rows, question.start, question.stop, {}), rows.again("page")
    select = found.select().select(*answers(found), copy=False).order_by(column("page", "i"), copy=False)
    return _with_page(select, page)


def _cell(rows: Relation, name: str, ask: Ask) -> Tree:
    """A reduction of one row's value; of `Versions`, a struct of one for each."""
    dtype = rows.plan.column(name)
    bind = rows.statement.bind
    if not isinstance(dtype, Versions):
        return cells.of_value(rows.value(name), dtype, ask, bind)
    versions = {}
    for place in range(len(dtype.names or ())):
        cell = cells.of_value(rows.version(name, place), dtype.item, ask, bind)
        here = rows.present(place)
        versions[f"v{place}"] = cell if here is None else b.case((here, cell))
    return b.struct(versions)


def _grouped_window(question: Question, rows: Grouped) -> exp.Select:
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
    sizes = range(len(rows.versions)) if rows.versions else (None,)
    extra = rows.extra
    if plan.count_name in question.asks:
        for place in sizes:
            extra["n" if place is None else f"n{place}"] = _size(rows, place)
    page = _page(rows, start, stop, extra)
    if widths:
        quick = tallied.window(question, rows, widths)
        if first:
            quick = quick.with_(tallied.COUNTS, as_=first, materialized=True, copy=False)
        return _with_page(quick, page)
    folded = [n for n in question.asks if n != plan.count_name and rows.key_place(n) is None]

    def of_page(name: str) -> Tree:
        value = column("page", name)
        return call("any_value", value) if folded else value

    answers = []
    for k, (name, ask) in enumerate(question.asks.items()):
        place = rows.key_place(name)
        if place is not None:
            value = of_page(f"i{place}")
            cell = cells.of_value(value, plan.column(name), ask, rows.statement.bind)
        elif name == plan.count_name:
            cell = of_page("n")
            if rows.versions:
                cell = b.struct({f"v{i}": of_page(f"n{i}") for i in sizes if i is not None})
        else:
            cell = _folded(rows.source, name, ask, grouped=True)
        answers.append(named(cell, f"a{k}"))
    answers = answers or [named(b.number(1), "a")]
    select = rows.members("page") if folded else exp.Select().from_("page")
    select = select.select(*answers, copy=False).order_by(column("page", "i"), copy=False)
    return _with_page(select.group_by(column("page", "i"), copy=False) if folded else select, page)


def _in_one_pass(question: Question, rows: Grouped, start: int, stop: int | None) -> exp.Select:
    """A window of groups of which all are reduced, since that costs less than to find them first."""
    plan, answers = rows.plan, []
    for k, (name, ask) in enumerate(question.asks.items()):
        if rows.key_place(name) is not None:
            cell = cells.of_value(rows.value(name), plan.column(name), ask, rows.statement.bind)
        elif name == plan.count_name:
            cell = rows.value(name)
        else:
            cell = rows.gather(f"a{k}", _folded(rows.source, name, ask, grouped=True))
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


def _size(rows: Grouped, place: int | None) -> Tree:
    name = rows.plan.count_name
    return rows.value(name) if place is None else rows.version(name, place)


def _folded(rows: Relation, name: str, ask: Ask, *, grouped: bool = False) -> Tree:
    """A reduction of a column's values over many rows; of `Versions`, a struct of one for each."""
    dtype = rows.plan.column(name)
    bind = rows.statement.bind
    position, order = rows.position, rows.order() if rows.keys else []
    if not isinstance(dtype, Versions):
        quick = tallied.bins(rows, name, ask, Fold(position, order))
        if quick is not None:
            return quick
        other = rows.value(ask.reduction.other) if isinstance(ask.reduction, Confusion) else None
        fold = Fold(position, order, grouped=grouped)
        return cells.of_rows(rows.value(name), dtype, ask, bind, fold, other=other)
    versions = {}
    for place in range(len(dtype.names or ())):
        fold = Fold(position, order, rows.present(place), grouped)
        other = None
        if isinstance(ask.reduction, Confusion):
            other = _version_or_value(rows, ask.reduction.other, place)
        cell = cells.of_rows(rows.version(name, place), dtype.item, ask, bind, fold, other=other)
        some = exp.GT(this=fold.total, expression=b.number(0))
        versions[f"v{place}"] = b.case((some, cell))
    return b.struct(versions)


def _version_or_value(rows: Relation, name: str, place: int) -> Tree:
    if isinstance(rows.plan.column(name), Versions):
        return rows.version(name, place)
    return rows.value(name)


def _reduce(question: Question, statement: Statement) -> exp.Select:
    rows = relation(question.plan, statement)
    quick = tallied.folded(rows, question.asks)
    filtered = bool(rows.conditions)  # comparing with every edge only pays where all rows are read
    answers = [
        named(quick.cells.get(name) or _folded(rows, name, ask, grouped=filtered), f"a{k}")
        for k, (name, ask) in enumerate(question.asks.items())
    ]
    whole = exp.Select() if len(quick.cells) == len(answers) else rows.select()
    for part, select in quick.parts:
        whole = whole.with_(part, as_=select, materialized=True, copy=False)
    return whole.select(*answers, copy=False)


def _points(question: Question, statement: Statement) -> exp.Select:
    rows = relation(question.plan, statement)
    (ask,) = question.asks.values()
    if not isinstance(ask.reduction, Points):
        raise Invalid(f"a whole table is asked for points, not for {ask.reduction.kind}")
    wanted: dict[str, Tree] = {}
    for axis, name in (("x", ask.reduction.x), ("y", ask.reduction.y)):
        dtype = rows.plan.column(name)
        value, plain = rows.value(name), dtype
        if isinstance(dtype, Versions):
            value, plain = rows.version(name, 0), dtype.item
        wanted[axis] = exp.cast(cells.measured(value, plain), "DOUBLE")
    number_of = exp.Window(this=call("row_number"), order=exp.Order(expressions=rows.order()))
    counted = exp.Sub(this=number_of, expression=b.number(1))
    wanted["q"] = rows.position if rows.numbered_from_0 else counted
    name = statement.alias()
    inner = rows.select().select(*(named(v, k) for k, v in wanted.items())).subquery(name)
    x, y, q = (column(name, axis) for axis in ("x", "y", "q"))
    answer = cells.points(x, y, q, ask.reduction.n)
    return exp.select(named(answer, "a0")).from_(inner)


def _rows(question: Question, statement: Statement) -> exp.Select:
    rows = relation(question.plan, statement)
    names = [name for name, _ in question.plan.dtype.columns or ()]

    def values(found: Relation) -> list[Tree]:
        listed = [named(found.value(name), f"c{k}") for k, name in enumerate(names)]
        return listed or [named(b.number(1), "a")]

    direct = rows.window(question.start, question.stop)
    if direct is not None:
        return direct.select(*values(rows)).order_by(exp.Ordered(this=rows.position))
    if question.stop is None or isinstance(rows, Grouped):
        listed = values(rows)
        select = rows.select().select(*listed).order_by(*rows.order())
        if question.stop is not None:
            select = select.limit(statement.bind(max(question.stop - question.start, 0)))
        return select.offset(statement.bind(question.start)) if question.start else select
    page = _page(rows, question.start, question.stop, {})
    found = rows.again("page")
    return _with_page(found.select().select(*values(found)).order_by(column("page", "i")), page)


def _values(question: Question, statement: Statement) -> tuple[exp.Query, DType]:
    """Every value of a column, from all of the tables that it comes from, as `x`."""
    found: list[tuple[exp.Select, DType]] = []
    for plan, name in origins(question.plan, question.column):
        rows = relation(plan, statement)
        dtype = rows.plan.column(name)
        if isinstance(dtype, Versions):
            places = range(len(dtype.names or ()))
            found += [_plain_values(rows, rows.version(name, p), dtype.item) for p in places]
        else:
            found.append(_plain_values(rows, rows.value(name), dtype))
    if not found:
        raise Invalid(f"no column {question.column!r}")
    dtype = required(found[0][1])
    for _, other in found[1:]:
        dtype = union(dtype, required(other), question.column)
    parts: list[exp.Query] = [
        exp.select(named(convert(sole("x"), have, dtype), "x")).from_(one.subquery(statement.alias()))
        for one, have in found
    ]
    select = parts[0]
    for one in parts[1:]:
        select = exp.union(select, one, distinct=False)
    return select, required(dtype)


def _plain_values(rows: Relation, value: Tree, dtype: DType) -> tuple[exp.Select, DType]:
    plain = required(dtype)
    depth = 0
    while isinstance(plain, List):
        plain, depth = required(plain.item), depth + 1
    for _ in range(depth - 1):
        value = call("flatten", value)
    if depth:
        value = exp.Anonymous(this="unnest", expressions=[value])
    return rows.select().select(named(value, "x")), plain


def _known_bounds(question: Question, statement: Statement) -> tuple[float, float] | None:
    """The least and greatest of a column's values by what is known of its tables; None for a scan."""
    found: list[float] = []
    for plan, name in origins(question.plan, question.column):
        facts, dtype = None, required(plan.column(name))
        if isinstance(plan, Scan):
            path = f"c{[known for known, _ in plan.dtype.columns or ()].index(name)}"
            while isinstance(dtype, List):
                dtype, path = required(dtype.item), f"{path}[]"
            facts = statement.known.get(plan.table, {}).get(path)
        if facts is None or facts.low is None or facts.high is None:
            return None
        found += [_seconds(x, dtype) for x in (facts.low, facts.high)]
    return (min(found), max(found)) if found else None


def _seconds(stored: float, dtype: DType) -> float:
    """A stored number as it is; a stored moment as seconds since 1970-01-01 UTC."""
    if not isinstance(dtype, Timestamp):
        return stored
    return stored * 86_400.0 if dtype.form == "date" else stored / 1e6


def _range(question: Question, statement: Statement) -> exp.Select:
    known = _known_bounds(question, statement)
    if known is not None:
        return exp.select(*(named(statement.bind(x), f"a{k}") for k, x in enumerate(known)))
    select, dtype = _values(question, statement)
    name = statement.alias()
    if not isinstance(dtype, Number | Timestamp):
        raise Invalid(f"{dtype} has no least and greatest")
    x = cells.measured(column(name, "x"), dtype)
    finite = cells.is_finite(x.copy(), dtype)
    low, high = (named(call(f, x.copy()), a) for f, a in (("min", "a0"), ("max", "a1")))
    return exp.select(low, high).from_(select.subquery(name)).where(finite)


def _categories(question: Question, statement: Statement) -> exp.Select:
    select, _ = _values(question, statement)
    name, counted = statement.alias(), statement.alias()
    x = column(name, "x")
    counts = exp.select(named(x, "x"), named(call("count", exp.Star()), "n"))
    counts = counts.from_(select.subquery(name)).where(b.not_null(x))
    grouped = counts.group_by(x.copy()).subquery(counted)
    distinct = exp.Window(this=call("count", exp.Star()))
    return (
        exp.select(named(column(counted, "x"), "a0"), named(distinct, "a1"))
        .from_(grouped)
        .order_by(
            exp.Ordered(this=column(counted, "n"), desc=True, nulls_first=False),
            exp.Ordered(this=column(counted, "x")),
        )
        .limit(b.number(_MOST_CATEGORIES))
    )


def _unique(question: Question, statement: Statement) -> exp.Select:
    rows = leaf(question.plan, statement)
    place = rows.place(Column(question.column, None, rows.plan.column(question.column)))
    if place and place.facts and place.facts.rising:
        return exp.select(named(b.TRUE(), "a0"))
    key = b.struct({"k": rows.value(question.column)})
    once = exp.EQ(
        this=call("count", exp.Star()),
        expression=exp.Count(this=exp.Distinct(expressions=[key])),
    )
    return rows.select().select(named(once, "a0"))


def _kinds(question: Question, statement: Statement) -> exp.Select:
    """About how many different values a column of a stored table has."""
    rows = leaf(question.plan, statement)
    known = tallied.known_kinds(rows, question.column)
    value = rows.value(question.column)
    kinds = call("approx_count_distinct", value) if known is None else b.number(known)
    select = rows.select() if known is None else exp.Select()
    return select.select(named(kinds, "a0"), copy=False)


def _aligned(question: Question, statement: Statement) -> exp.Select:
    """Whether the tables of a comparison have the same keys in the same order."""
    plan = question.plan
    if not isinstance(plan, Compare) or plan.key is None:
        raise Invalid("only tables that are compared by a key can lie alike")
    key, places = Column(plan.key, None, plan.column(plan.key)), range(len(plan.tables))
    rows = Aligned(plan, statement)
    if rows.counts_up(key):
        return exp.select(named(b.TRUE(), "a0"))
    first, *others = (rows.version(plan.key, place) for place in places)
    moved = rows.select().select(b.number(1)).where(b.either(*(b.different(first, o) for o in others)))
    alike = exp.Not(this=exp.Exists(this=moved.limit(b.number(1))))
    return exp.select(named(alike, "a0"))


def _warnings(question: Question, statement: Statement) -> exp.Select:
    """For each complaint of the plan's uppermost expressions, of how many rows it is true."""
    source, found = complaints_of(question.plan)
    rows = relation(source, statement)
    answers = []
    for k, (_, expr) in enumerate(found):
        holds = rows.holds(expr)
        rows_of = exp.Filter(this=call("count", exp.Star()), expression=exp.Where(this=holds))
        answers.append(named(rows_of, f"a{k}"))
    return rows.select().select(*answers, copy=False)


def complaints_of(plan: Plan) -> tuple[Plan, list[tuple[str, Any]]]:
    """What may be amiss with a plan's uppermost expressions, and the rows that they are read over."""
    match plan:
        case Where(source, condition):
            return source, list(complaints(condition))
        case Sort(source, keys):
            return source, [one for key, _ in keys for one in complaints(key)]
        case Group(source, keys):
            return source, [one for _, key in keys for one in complaints(key)]
        case Step():
            return of_step(plan)
        case _:
            return plan, []


_KINDS = {
    "count": _count,
    "window": _window,
    "reduce": _reduce,
    "points": _points,
    "rows": _rows,
    "ids": _ids,
    "range": _range,
    "categories": _categories,
    "unique": _unique,
    "aligned": _aligned,
    "kinds": _kinds,
    "warnings": _warnings,
    "explain": _rows,
}
