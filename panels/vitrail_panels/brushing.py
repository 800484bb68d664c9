"""Bars that were clicked and stretches that were brushed, in a head or in a group's cell, as a filter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vitrail.domain import CategoryDomain, Domain, NumberDomain
from vitrail.dtypes import Boolean, Number, Text, Timestamp, Versions, required
from vitrail.errors import Invalid
from vitrail.query.narrowed import narrowed
from vitrail.query.plan import grouped
from vitrail.query.planning import group_keys
from vitrail.query.reduction import Bins, Counts, Values
from vitrail.query.text import written
from vitrail.visualizer import Size
from vitrail_panels import conditions
from vitrail_panels.frame import Surroundings, read
from vitrail_panels.window import frame_of

if TYPE_CHECKING:
    from vitrail.query.engine import Ticket
    from vitrail_panels.components import Message
    from vitrail_panels.scene import Scene

_AGAIN = {"between", "range", "in", "is"}  # what a brush takes the place of
_SIZE = Size(140, 40)


@dataclass(frozen=True, slots=True)
class Brush:
    """What was brushed.

    Attributes:
        column: the column's name.
        first: the first bar, counted from 0.
        last: the last one.
        side: the version whose bar it is; None for the bars of all.
        row: the group in whose cell it is; None for the head, which is about all rows.
    """

    column: str
    first: int
    last: int
    side: int | None
    row: int | None

    @classmethod
    def of(cls, message: Message) -> Brush:
        """What a message of the grid says.

        Raises:
            Invalid: it says no such thing.
        """
        first, last = int(message["first"]), int(message["last"])
        side, row = message.get("side"), message.get("row")
        if not 0 <= first <= last:
            raise Invalid(f"bars are brushed from left to right, got {first} to {last}")
        numbers = (None if number is None else int(number) for number in (side, row))
        return cls(str(message["column"]), first, last, *numbers)


def brushed(scene: Scene, brush: Brush, ticket: Ticket | None = None) -> str:
    """The filter after a brush: what was brushed before in the same column gives way.

    Args:
        scene: what is shown.
        brush: what was brushed.
        ticket: withdraws the questions.

    Raises:
        Invalid: the column has no bars.
    """
    domain = scene.project.engine.domain(scene.rows, brush.column, ticket=ticket)
    operator = _operator(scene, brush, domain)
    where = scene.view.where
    paths = _paths(scene, brush)
    if len(paths) == 1:
        where = _replaced(where, {"path": paths[0], **operator})
    else:
        either = [conditions.document({"path": path, **operator}) for path in paths]
        where = narrowed(where, written({"$or": either}))
    for by, value in _keys(scene, brush.row, ticket):
        where = _of_group(scene, where, by, value)
    return where


def _of_group(scene: Scene, where: str, by: str, value: Any) -> str:
    """The filter, and that a key of a group has its value."""
    if by not in dict(scene.rows.dtype.columns or ()):
        literal = {"$literal": value} if isinstance(value, str) and value.startswith("$") else value
        return narrowed(where, f"{{$eq: [{by}, {written(literal)}]}}")
    same = {"operator": "missing"} if value is None else {"operator": "is", "value": value}
    condition = {"path": by, **same}
    known = any(part.condition == condition for part in conditions.parts(where))
    return where if known else conditions.changed(where, -1, condition)


def brushes(scene: Scene, column: str) -> dict[str, bool]:
    """Whether the bars of a column can be brushed, in its `head` and in its `cells`."""
    dtype = dict(scene.rows.dtype.columns or ()).get(column)
    inner = dtype.item if isinstance(dtype, Versions) else dtype
    keys = [name for name, _ in group_keys(scene.plan)]
    head = inner is not None and isinstance(required(inner), Number | Text | Boolean | Timestamp)
    return {"head": head, "cells": head and bool(keys) and column not in keys}


def _replaced(where: str, condition: conditions.Condition) -> str:
    """The filter with a condition, in the place of one on the same column; without it if it is there."""
    for at, part in enumerate(conditions.parts(where)):
        found = part.condition
        if found and found["path"] == condition["path"] and found["operator"] in _AGAIN:
            return conditions.changed(where, at, None if found == condition else condition)
    return conditions.changed(where, -1, condition)


def _paths(scene: Scene, brush: Brush) -> list[str]:
    """The columns that were brushed: one of each version that has it, unless a version's bar was."""
    dtype = dict(scene.rows.dtype.columns or ()).get(brush.column)
    if not isinstance(dtype, Versions):
        return [brush.column]
    sides = [dict(side.columns or ()) for side in scene.rows.sides]
    having = [place for place, side in enumerate(sides) if brush.column in side]
    chosen = [place for place in having if brush.side in (None, place)]
    return [f"{place}.{brush.column}" for place in chosen or having]


def _operator(scene: Scene, brush: Brush, domain: Domain | None) -> conditions.Condition:
    """What is said of the column."""
    if isinstance(domain, CategoryDomain):
        values = list(domain.values[brush.first : brush.last + 1])
        if not values:
            raise Invalid(f"{brush.column!r} has no such bar")
        lone = {"operator": "is", "value": values[0]}
        return lone if len(values) == 1 else {"operator": "in", "value": values}
    if not isinstance(domain, NumberDomain):
        raise Invalid(f"{brush.column!r} has no bars to filter by")
    edges = domain.edges(_bins(scene, brush))
    bars = len(edges) - 1
    low, high = edges[min(brush.first, bars - 1)], edges[min(brush.last, bars - 1) + 1]
    operator = "between" if brush.last >= bars - 1 else "range"
    if domain.integer:
        ends = [int(low + 0.5), int(high - 0.5)]
        same = ends[0] == ends[1]
        return {"operator": "is", "value": ends[0]} if same else {"operator": "between", "value": ends}
    if domain.time:
        return {"operator": operator, "kind": "time", "value": [_iso(low), _iso(high)]}
    return {"operator": operator, "value": [low, high]}


def _bins(scene: Scene, brush: Brush) -> int:
    """How many bins the bars are of."""
    around = Surroundings(scene.registry)
    if brush.row is None:
        whole = grouped(dict(scene.rows.dtype.columns or ())[brush.column])
        drawer = scene.registry.choose(whole).make()
    else:
        shown = next(column for column in scene.columns if column.name == brush.column)
        whole, drawer = shown.dtype, shown.drawer
    reduction = read(drawer, whole, frame_of(scene, scene.rows, around, brush.column, _SIZE, None))
    if not isinstance(reduction, Bins | Counts):
        raise Invalid(f"{brush.column!r} has no bars to filter by")
    return reduction.n if isinstance(reduction, Bins) else reduction.top


def _iso(seconds: float) -> str:
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")


def _keys(scene: Scene, row: int | None, ticket: Ticket | None) -> Iterator[tuple[str, Any]]:
    """What the rows of a group have in common: what they are grouped by, and its value."""
    names = [name for name, _ in group_keys(scene.plan)]
    if row is None or not names:
        return
    asked = {name: Values() for name in names}
    cells = scene.project.engine.window(scene.plan, row, row + 1, asked, ticket=ticket).cells
    for by, name in zip(scene.view.group, names, strict=False):
        if cells[name]:
            yield by, cells[name][0]
