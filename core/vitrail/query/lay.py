"""Plans laid over plans: each of these gives the plan itself where there is nothing to lay over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vitrail.dtypes import Boolean, Number, Text, Timestamp, required
from vitrail.query.engine import Engine, Ticket
from vitrail.query.expr import Column, Expr
from vitrail.query.mongo import Query, is_pipeline, parse_expression, parse_query, reading
from vitrail.query.plan import Compare, Group, Plan, Sort
from vitrail.query.syntax import Array, Document, Entry, Node, read

# The names that people give to keys, the likeliest first.
_KEYS = ("id", "_id", "key", "uid", "uuid", "index", "name", "path")


def compared(plans: Sequence[Plan], names: Sequence[str], key: str | None) -> Plan:
    """The plans over each other; a single one as it is."""
    return plans[0] if len(plans) == 1 else Compare(tuple(plans), tuple(names), key)


def matching(plans: Sequence[Plan], key: str | None) -> str:
    """How the plans' rows met, in words; "" for a single plan, whose rows met nothing."""
    if len(plans) < 2:
        return ""
    return "matched by position" if key is None else f"matched by {key}"


def filtered(
    plan: Plan, text: str, tables: Mapping[str, Plan] | None = None
) -> tuple[Plan, Query | None]:
    """The rows that a filter keeps or a pipeline makes, and how it was read; all of them for no text.

    Args:
        plan: what is filtered.
        text: the filter or pipeline as it was typed.
        tables: the other tables that a pipeline may name.

    Raises:
        QueryError: the text makes no sense.
    """
    if not text.strip():
        return plan, None
    query = parse_query(text, plan, tables)
    return query.plan, query


def narrowed(text: str, condition: str) -> str:
    """A filter that keeps what both the filter and a condition keep; a pipeline with one stage more.

    Args:
        text: the filter or pipeline as it was typed; it makes sense, or is empty.
        condition: an expression.

    >>> narrowed("", "{$gt: ['$loss', 1]}")
    "{$gt: ['$loss', 1]}"
    >>> narrowed("{$and: ['$hit', '$seen']}", "'$new'")
    "{$and: ['$hit', '$seen', '$new']}"
    >>> narrowed("{label: 'cat'}", "{$gt: ['$loss', 1]}")
    "{$and: [{label: 'cat'}, {$expr: {$gt: ['$loss', 1]}}]}"
    >>> narrowed("[{$limit: 9}]", "{$gt: ['$loss', 1]}")
    "[{$limit: 9}, {$match: {$expr: {$gt: ['$loss', 1]}}}]"
    """
    text = text.strip()
    if not text or text == condition:
        return condition
    node = read(text)
    if isinstance(node, Array) and is_pipeline(node):
        stages, stage = _pieces(text, node.items), f"{{$match: {{$expr: {condition}}}}}"
        return text if stages and stages[-1] == stage else f"[{', '.join([*stages, stage])}]"
    part = condition if reading(node) == "expression" else f"{{$expr: {condition}}}"
    match node:
        case Document(entries=(Entry(key="$and", value=Array(items=items)),)):
            parts = _pieces(text, items)
        case _:
            parts = [text]
    return text if part in parts else f"{{$and: [{', '.join([*parts, part])}]}}"


def _pieces(text: str, nodes: Sequence[Node]) -> list[str]:
    return [text[node.span.start : node.span.stop] for node in nodes if node.span]


def grouped_by(plan: Plan, keys: Sequence[str]) -> Plan:
    """The rows grouped by columns' names or expressions; as they are for none.

    Raises:
        QueryError: a key makes no sense.
    """
    if not keys:
        return plan
    parsed = {key: parse_expression(key, plan) for key in keys}
    return Group(plan, tuple((_name(expr, key), expr) for key, expr in parsed.items()))


def _name(expr: Expr, text: str) -> str:
    return expr.name if isinstance(expr, Column) else text


def sorted_by(plan: Plan, keys: Sequence[tuple[str, bool]]) -> Plan:
    """The rows in the order of (column's name or expression, descending); as they are for none.

    Raises:
        QueryError: a key makes no sense.
    """
    if not keys:
        return plan
    return Sort(plan, tuple((parse_expression(key, plan), descending) for key, descending in keys))


def likely_key(plans: Sequence[Plan], engine: Engine, ticket: Ticket | None = None) -> str | None:
    """A column that all plans have and that names each of their rows, best one called `id`.

    Returns:
        its name; None where there is none, and rows are matched by position; None for a single plan.
    """
    if len(plans) < 2:
        return None
    first, *others = (dict(plan.dtype.columns or ()) for plan in plans)
    shared = [
        name
        for name, dtype in first.items()
        if isinstance(kind := required(dtype), Number | Text | Timestamp | Boolean)
        and all(name in other and type(required(other[name])) is type(kind) for other in others)
        and not (isinstance(kind, Number) and not kind.integer)
    ]
    ranks = {name: place for place, name in enumerate(_KEYS)}
    for name in sorted(shared, key=lambda name: ranks.get(name.lower(), len(ranks))):
        if all(_names_rows(plan, name, engine, ticket) for plan in plans):
            return name
    return None


def _names_rows(plan: Plan, name: str, engine: Engine, ticket: Ticket | None) -> bool:
    distinct = Group(plan, ((name, parse_expression(name, plan)),))
    return engine.count(distinct, ticket=ticket) == engine.count(plan, ticket=ticket)
