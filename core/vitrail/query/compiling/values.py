"""All values of a column: their bounds, and how often each of them occurs."""

from __future__ import annotations

from sqlglot import exp

from vitrail.dtypes import DType, List, Number, Timestamp, Versions, required
from vitrail.errors import Invalid
from vitrail.query import binning
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.origins import origins
from vitrail.query.plan import Scan
from vitrail.query.question import Question
from vitrail.query.relation import Relation, relation
from vitrail.query.statement import Statement
from vitrail.query.tree import call, column, convert, named, sole
from vitrail.union import union

_MOST_CATEGORIES = 300


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


def range_of(question: Question, statement: Statement) -> exp.Select:
    """The least and the greatest value of a column."""
    known = _known_bounds(question, statement)
    if known is not None:
        return exp.select(*(named(statement.bind(x), f"a{k}") for k, x in enumerate(known)))
    select, dtype = _values(question, statement)
    name = statement.alias()
    if not isinstance(dtype, Number | Timestamp):
        raise Invalid(f"{dtype} has no least and greatest")
    x = binning.measured(column(name, "x"), dtype)
    finite = binning.is_finite(x.copy(), dtype)
    low, high = (named(call(f, x.copy()), a) for f, a in (("min", "a0"), ("max", "a1")))
    return exp.select(low, high).from_(select.subquery(name)).where(finite)


def categories(question: Question, statement: Statement) -> exp.Select:
    """The values of a column, the most frequent first, and how many different ones there are."""
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
