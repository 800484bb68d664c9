"""What may be amiss with the expressions of a pipeline's step."""

from __future__ import annotations

from collections.abc import Iterator

from vitrail.query.complaint import complaints
from vitrail.query.expr import Expr
from vitrail.query.plan import Plan
from vitrail.query.steps import Correlated, Folded, Matched, Project, Step, Unwound

Found = tuple[Plan, list[tuple[str, Expr]]]


def of_step(plan: Step) -> Found:
    """The complaints of a step's own expressions, and the rows that they are read over."""
    source = getattr(plan, "source", None)
    if source is None:
        return plan, []
    found = [one for expr in _exprs(plan) for one in complaints(expr)]
    if isinstance(plan, Project):
        found += plan.checks
    return source, found


def _exprs(plan: Step) -> Iterator[Expr]:
    match plan:
        case Project(values=values):
            yield from (value for _, value in values)
        case Folded(key=(_, key), values=gathered):
            yield key
            for _, gather in gathered:
                yield from gather.args
                yield from (one for one, _ in gather.by)
        case Unwound(items=items):
            yield items
        case Matched(keys=(own, _)):
            yield own
        case Correlated(variables=named):
            yield from (value for _, value in named)
