"""The column that rows of several tables are matched by."""

from __future__ import annotations

from collections.abc import Sequence

from vitrail.dtypes import Boolean, Number, Text, Timestamp, required
from vitrail.query.engine import Engine, Ticket
from vitrail.query.mongo import parse_expression
from vitrail.query.plan import Group, Plan

# The names that people give to keys, the likeliest first.
_KEYS = ("id", "_id", "key", "uid", "uuid", "index", "name", "path")


def matching(plans: Sequence[Plan], key: str | None) -> str:
    """How the plans' rows met, in words; "" for a single plan, whose rows met nothing."""
    if len(plans) < 2:
        return ""
    return "matched by position" if key is None else f"matched by {key}"


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
