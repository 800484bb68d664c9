"""Filters that one click sets where rows have several sides, with how many rows each keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vitrail.dtypes import Boolean, DType, Number, Optional, Text, Timestamp, Versions, required
from vitrail.query.comparison import Summary, counted, key_notes, notes, summary
from vitrail.query.engine import Ticket
from vitrail.query.mongo import parse_expression
from vitrail.query.narrowed import narrowed
from vitrail.query.text import written
from vitrail_panels.gaps import gaps, path

if TYPE_CHECKING:
    from vitrail.query.plan import Plan
    from vitrail_panels.scene import Scene

POSITION = ""  # a key that is no column's: rows are matched by where they stand
_MOST_COLUMNS = 60  # that "differing" looks at
_MOST_SAID = 3


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of rows with several sides.

    Attributes:
        offers: the filters: dicts of label, text, count and hint.
        line: how much the sides differ, in a few words.
        notes: what the viewer should know of how they were laid over each other.
    """

    offers: list[dict[str, Any]]
    line: str
    notes: tuple[str, ...]


def told(scene: Scene, ticket: Ticket | None = None) -> Told:
    """What is to be said of a scene; nothing where its rows have one side alone."""
    engine = scene.project.engine
    found = list(_filters(scene.whole))
    tests = {text: parse_expression(text, scene.whole) for _, text, _ in found if text}
    counts = counted(scene.whole, tests, engine, ticket) if tests else {}
    offers = [
        {"label": label, "text": text, "hint": hint, "count": counts.get(text, -1)}
        for label, text, hint in found
    ]
    differs = summary(scene.whole, engine, ticket)
    said = (*notes(scene.whole), *key_notes(scene.whole, engine, ticket))
    return Told(offers, _line(differs) if differs else "", said)


def version_names(plan: Plan) -> tuple[str, ...]:
    """What the sides of a plan's rows are called."""
    kinds = (dtype for _, dtype in plan.dtype.columns or ())
    named = next((dtype.names for dtype in kinds if isinstance(dtype, Versions)), None)
    return named or tuple(f"${place}" for place in range(len(plan.sides)))


def _filters(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """(label, filter, what it keeps), the one that keeps all rows first."""
    names = version_names(plan)
    sides = range(len(plan.sides))
    rows = [parse_expression(f"${side}", plan).dtype for side in sides[1:]]
    if not any(isinstance(row, Optional) for row in rows):
        return  # every row has all of its sides
    yield "in any", "", "all rows"
    yield "in all", written({"$and": [f"${side}" for side in sides]}), "rows that all have"
    for side in sides:
        others = [{"$eq": [f"${other}", None]} for other in sides if other != side]
        alone = others[0] if len(others) == 1 else {"$and": others}
        yield f"only in {names[side]}", written(alone), f"rows that only {names[side]} has"
    if differing := list(_changes(plan)):
        both = {"$and": [*(f"${side}" for side in sides), {"$or": differing}]}
        yield "differing", written(both), "rows that all have, with other values in some column"


def _changes(plan: Plan) -> Iterator[Any]:
    first, *others = (dict(side.columns or ()) for side in plan.sides)
    shared = [name for name in first if any(name in other for other in others)]
    for name in shared[:_MOST_COLUMNS]:
        for side, other in enumerate(others, start=1):
            if name in other and isinstance(dict(plan.dtype.columns or ()).get(name), Versions):
                yield {"$ne": [path(0, name), path(side, name)]}


def of_column(plan: Plan, name: str, dtype: DType) -> list[dict[str, Any]]:
    """What the menu of a column of numbers offers beside the rest: dicts of label, note, and `by` or `text`.

    Args:
        plan: the rows that a filter is about.
        name: the column.
        dtype: its type, as it is shown.
    """
    offers: list[dict[str, Any]] = []
    alone = dtype == dict(plan.dtype.columns or ()).get(name)
    filters = []
    for gap in gaps(plan, name, dtype):
        note = gap.first(descending=True)
        label = f"Sort by {gap.said}, greatest first"
        offers.append({"label": label, "note": note, "by": gap.by, "descending": True})
        if alone:
            one, other = (path(side, name) for side in gap.sides)
            said = f"Only where {gap.names[0]} is greater than {gap.names[1]}"
            filters.append({"label": said, "text": _there("$gt", one, other)})
    offers += filters
    return offers


def _there(operator: str, one: Any, other: Any) -> str:
    """A comparison that a missing value never passes."""
    present = [{"$ne": [one, None]}, {"$ne": [other, None]}]
    return written({"$and": [*present, {operator: [one, other]}]})


def pressed(where: str, text: str, offers: list[dict[str, Any]]) -> str:
    """The filter after an offer was clicked: it replaces another offer, or narrows what was typed."""
    known = {offer["text"] for offer in offers}
    if where == text:
        return ""
    return text if not text or where in known else narrowed(where, text)


def keys(scene: Scene) -> list[dict[str, str]]:
    """The columns by which rows can be matched: dicts of name and type; `POSITION` stands last."""
    sides = [dict(side.columns or ()) for side in scene.whole.sides]
    if not scene.matching:
        return []
    first, *others = sides
    shared = [
        {"name": name, "type": type(required(dtype)).__name__}
        for name, dtype in first.items()
        if isinstance(required(dtype), Number | Text | Timestamp | Boolean)
        and all(name in other for other in others)
    ]
    return [*shared, {"name": POSITION, "type": ""}]


def _line(found: Summary) -> str:
    """How much the sides differ: the cells that changed, the columns with the most first."""
    total = {name: sum(counts) for name, counts in found.changed.items() if sum(counts)}
    most = sorted(total, key=lambda name: -total[name])
    said = [f"{total[name]:,} {name}" for name in most[:_MOST_SAID]]
    more = [f"{len(most) - _MOST_SAID} columns more"] if len(most) > _MOST_SAID else []
    rows = ", ".join(f"{count:,} in {name}" for name, count in zip(found.names, found.rows, strict=True))
    changed = f"changed: {', '.join([*said, *more])}" if said else "no cell changed"
    return f"{rows}, {found.every:,} in all · {changed}"
