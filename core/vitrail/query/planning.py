"""Plans laid over plans: each of these gives the plan itself where there is nothing to lay over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vitrail.query.expr import Column, Expr
from vitrail.query.mongo import Query, parse_expression, parse_query
from vitrail.query.paths import base
from vitrail.query.plan import Compare, Group, Plan, Sort


def compared(plans: Sequence[Plan], names: Sequence[str], key: str | None) -> Plan:
    """The plans over each other; a single one as it is."""
    return plans[0] if len(plans) == 1 else Compare(tuple(plans), tuple(names), key)


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


def grouped_by(plan: Plan, keys: Sequence[str]) -> Plan:
    """The rows grouped by columns' names or expressions; as they are for none.

    Raises:
        QueryError: a key makes no sense.
    """
    if not keys:
        return plan
    parsed = {key: parse_expression(key, plan) for key in keys}
    return Group(plan, tuple((_name(expr, key), expr) for key, expr in parsed.items()))


def group_keys(plan: Plan) -> tuple[tuple[str, Expr], ...]:
    """What a plan's rows are grouped by, as (column name, expression); none where they are not."""
    group = base(plan)
    return group.keys if isinstance(group, Group) else ()


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
