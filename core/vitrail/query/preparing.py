"""What is found out of the tables before a question is asked, since its statement depends on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vitrail.dtypes import Boolean, required
from vitrail.query.keyed import needed_of
from vitrail.query.origins import comparisons, joins, meeting, origins_of, scans
from vitrail.query.plan import Compare, Group, Plan, Scan, Sort, Where
from vitrail.query.question import Question

if TYPE_CHECKING:
    import pyarrow as pa

    Asked = Callable[[Question], pa.Table]

_MANY = 200  # groups in a window, from where on all of them are likely to be shown


def prepared(question: Question, ask: Asked) -> Question:
    """The question with what has to be known of the keys that it compares by, and of its groups."""
    if question.kind in ("unique", "aligned", "kinds"):
        return question
    compared = comparisons(question.plan)
    alike = {one for one in compared if are_aligned(one, ask)}
    keys = {key for one in compared if one not in alike for key in needed_of(one)}
    unique = {key for key in keys if _is_unique(question.plan, *key, ask)}
    aligned = {key for one in alike if (key := meeting(one)) is not None}
    joined = len(alike) < len(compared) or joins(question.plan)
    groups = _most_groups(question, ask, joined=joined)
    if not aligned and not unique and groups is None:
        return question
    return replace(question, unique=frozenset(unique), aligned=frozenset(aligned), groups=groups)


def are_aligned(plan: Compare, ask: Asked) -> bool:
    """Whether the tables of a comparison have the same keys in the same order."""
    if meeting(plan) is None:
        return False
    names = tuple(str(place) for place in range(len(plan.tables)))
    return bool(_told(ask(Question("aligned", replace(plan, names=names)))))


def _is_unique(plan: Plan, table: str, key: str, ask: Asked) -> bool:
    scan = next(scan for scan in scans(plan) if scan.table == table)
    return bool(_told(ask(Question("unique", scan, column=key))))


def _most_groups(question: Question, ask: Asked, *, joined: bool) -> int | None:
    """About how many groups there are at most, where it pays to know that; None elsewhere."""
    plan, shown = question.plan, (question.stop or 0) - question.start
    while isinstance(plan, Where | Sort):
        plan = plan.source
    if question.kind != "window" or not isinstance(plan, Group) or (shown < _MANY and not joined):
        return None
    most = 1
    for _, key in plan.keys:
        if isinstance(required(key.dtype), Boolean):
            most *= 3
            continue
        found = origins_of(plan.source, key)
        if not found or not all(isinstance(one, Scan) for one, _ in found):
            return None
        most *= 1 + sum(_kinds(one, name, ask) for one, name in found)
    return most


def _kinds(plan: Plan, column: str, ask: Asked) -> int:
    """About how many different values a stored column has."""
    return int(_told(ask(Question("kinds", plan, column=column))))


def _told(answer: pa.Table) -> Any:
    return answer.column("a0")[0].as_py()
