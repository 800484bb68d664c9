"""What may be amiss with a plan's own expressions."""

from __future__ import annotations

from collections.abc import Iterator

from vitrail.query.complaint import complaints
from vitrail.query.expr import Call, Expr, Literal
from vitrail.query.gather import Gather
from vitrail.query.plan import Group, Plan, Sort, Where
from vitrail.query.step import Step
from vitrail.query.steps import Bucketed, Correlated, Folded, Matched, Project, Unwound, Windowed
from vitrail.query.value_types import nullable

Found = tuple[Plan, list[tuple[str, Expr]]]


def complaints_of(plan: Plan) -> Found:
    """What may be amiss with a plan's uppermost expressions, and the rows that they are read over."""
    match plan:
        case Where(source, condition):
            return source, list(complaints(condition))
        case Sort(source, keys):
            return source, [one for key, _ in keys for one in complaints(key)]
        case Group(source, keys):
            return source, [one for _, key in keys for one in complaints(key)]
        case Step():
            return _of_step(plan)
        case _:
            return plan, []


def _of_step(plan: Step) -> Found:
    """The complaints of a step's own expressions, and the rows that they are read over."""
    source = getattr(plan, "source", None)
    if source is None:
        return plan, []
    found = [one for expr in _exprs(plan) for one in complaints(expr)]
    if isinstance(plan, Project):
        found += plan.checks
    if isinstance(plan, Windowed):
        found += _window_complaints(plan)
    if isinstance(plan, Bucketed) and plan.series is not None:
        unfit = Call("$not", (Call("$gte", (plan.key, Literal(0))),))
        found.append(("a granularity of what is no number from 0 up", unfit))
    return source, found


def _exprs(plan: Step) -> Iterator[Expr]:
    match plan:
        case Project(values=values):
            yield from (value for _, value in values)
        case Folded(key=(_, key), values=gathered):
            yield key
            for _, gather in gathered:
                yield from _of(gather)
        case Windowed(partition=partition, by=by, values=windows):
            yield from () if partition is None else (partition,)
            yield from (key for key, _ in by)
            for _, gather, _ in windows:
                yield from _of(gather)
        case Bucketed(key=key):
            yield key
        case Unwound(items=items):
            yield items
        case Matched(keys=(own, _)):
            yield own
        case Correlated(variables=named):
            yield from (value for _, value in named)


def _of(gather: Gather) -> Iterator[Expr]:
    yield from gather.args
    yield from (key for key, _ in gather.by)


def _window_complaints(plan: Windowed) -> Iterator[tuple[str, Expr]]:
    """What a slope, an area or a range of values cannot be worked out of."""
    for _, gather, frame in plan.values:
        if gather.name in ("$derivative", "$integral") and nullable(gather.args[0]):
            yield f"{gather.name} of null", _is_null(gather.args[0])
        if frame.kind == "range" and nullable(plan.by[0][0]):
            yield "a range around null", _is_null(plan.by[0][0])


def _is_null(expr: Expr) -> Expr:
    return Call("$eq", (expr, Literal(None)))
