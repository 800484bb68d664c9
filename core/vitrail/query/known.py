"""What the indexes of stored tables know without asking anybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vitrail.query.expr import Column
from vitrail.query.index.about import Facts
from vitrail.query.index.keeper import Keeper
from vitrail.query.origins import origins
from vitrail.query.plan import Group, Plan, Scan, Sort
from vitrail.query.question import Ask


def facts(keeper: Keeper, plan: Plan, column: str) -> Facts | None:
    """What an index knows of the one stored column that a column comes from."""
    match origins(plan, column):
        case ((Scan() as scan, name),):
            kept = keeper.at_hand(scan)
            return kept.about.of(name) if kept else None
    return None


def groups(keeper: Keeper, plan: Group) -> int | None:
    """How many groups there are, where an index of the whole table knows it."""
    from vitrail.query.tallied import known_groups

    source = plan.source
    while isinstance(source, Sort):
        source = source.source
    kept = keeper.at_hand(source) if isinstance(source, Scan) else None
    match plan.keys:
        case ((_, Column(name=name, side=None)),) if kept is not None:
            return known_groups(plan, kept.about.of(name))
    return None


def folds(keeper: Keeper, plan: Plan, asks: Mapping[str, Ask]) -> dict[str, Any]:
    """Those answers over all rows that were counted of whole columns when the index was built."""
    from vitrail.query.tallied import known_bins, known_counts

    kept = keeper.at_hand(plan) if isinstance(plan, Scan) else None
    if kept is None or not isinstance(plan, Scan):
        return {}
    found: dict[str, Any] = {}
    for name, ask in asks.items():
        column = kept.about.of(name)
        found[name] = known_bins(column, ask) or known_counts(column, ask, plan.rows)
    return {name: one for name, one in found.items() if one is not None}
