"""Which of a table's columns are shown, in which order, and how large: what a view says of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from vitrail.dtypes import Boolean, DType, Image, List, Number, Text, Timestamp, Versions, required
from vitrail.errors import Invalid, QueryError
from vitrail.query.mongo import parse_expression
from vitrail.query.plan import Plan
from vitrail.query.stages.paths import values_of
from vitrail.query.steps import Added, Project
from vitrail.visualizer import Size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vitrail.view import View

PADDING_PX = Size(24, 8)  # around what is drawn in a cell
# Kinds of compared columns, those that are seen first; in groups texts take the most room.
_SINGLE: tuple[tuple[type[DType], ...], ...] = ((Image,), (Number, Text, Timestamp), (Boolean,))
_GROUPED: tuple[tuple[type[DType], ...], ...] = ((Image,), (Number,), (Boolean,), (Text,))


def arranged(names: Iterable[str], view: View, first: Sequence[str] = ()) -> list[str]:
    """The columns in the order in which they are shown, without those that are hidden.

    Columns that were moved take the places of each other, so that the others stay where they are.

    Args:
        names: the columns as the table has them.
        view: says which are hidden, moved and pinned.
        first: columns that are never moved, such as the keys of groups.
    """
    names = [name for name in names if name not in set(view.hidden)]
    present = set(names) - set(first)
    moved = iter([name for name in dict.fromkeys(view.order) if name in present])
    places = set(view.order) & present
    laid = [next(moved) if name in places else name for name in names]
    pinned = [name for name in dict.fromkeys(view.pinned) if name in set(laid)]
    return [*pinned, *(name for name in laid if name not in set(pinned))]


def in_sight(dtypes: Mapping[str, DType], keys: Sequence[str]) -> list[str]:
    """The columns of compared tables: what all tables share, pictures, what can be weighed up, the rest.

    Args:
        dtypes: the columns as the plan has them.
        keys: those that rows are grouped by; they stand first.
    """
    order = _GROUPED if keys else _SINGLE

    def rank(name: str) -> int:
        kind = required(dtypes[name])
        value = required(kind.item) if isinstance(kind, Versions) else kind
        if not keys and not isinstance(kind, Versions):
            return -1  # what all tables share
        if keys and not isinstance(value, List):
            return -1  # how many rows a group has
        if keys and isinstance(kind, Versions) and isinstance(value, List):
            value = required(value.item)
        return next((place for place, ones in enumerate(order) if isinstance(value, ones)), len(order))

    return [*keys, *sorted((name for name in dtypes if name not in keys), key=rank)]


def lacking(names: Iterable[str], view: View) -> list[str]:
    """The columns that a view lays out and a table does not have."""
    meant = (*view.hidden, *view.pinned, *view.order, *view.widths)
    return [name for name in dict.fromkeys(meant) if name not in set(names)]


def moved(shown: Sequence[str], order: Sequence[str], column: str, before: str | None) -> list[str]:
    """What a view's `order` becomes when a column is put before another, or last.

    Args:
        shown: the columns as they are shown now.
        order: the view's.
        column: the one that is moved.
        before: the one that it is put before; None for the end.
    """
    rest = [name for name in shown if name != column]
    at = rest.index(before) if before in rest else len(rest)
    new = [*rest[:at], column, *rest[at:]]
    changed = {name for name, old in zip(new, shown, strict=True) if name != old}
    kept = [name for name in order if name not in set(shown)]
    return [name for name in new if name in changed | set(order)] + kept


def room(size: Size, dtype: DType, name: str, view: View) -> Size:
    """The room of a column's cells: as its type needs it, or as the view says."""
    high = size.height_px if view.height is None else view.height - PADDING_PX.height_px
    wide = size.width_px
    if view.height is not None and is_pictures(dtype):
        wide = min(560, max(40, wide * high // size.height_px))
    if name in view.widths:
        wide = view.widths[name] - PADDING_PX.width_px
    return Size(wide, high)


def is_pictures(dtype: DType) -> bool:
    """Whether values are pictures, or several of them."""
    kind = required(dtype)
    return isinstance(kind, Image) or (isinstance(kind, List | Versions) and is_pictures(kind.item))


def worked_out(plan: Plan, derived: Mapping[str, str]) -> Plan:
    """A table with columns that are worked out of its own.

    Raises:
        QueryError: an expression makes no sense; with its place in the expression.
        Invalid: the table has a column of that name.
    """
    for name, text in derived.items():
        plan = with_column(plan, name, text)
    return plan


def with_column(plan: Plan, name: str, text: str) -> Plan:
    """A table with one column more; errors as `worked_out` has them."""
    values = values_of(plan)
    if name in values:
        raise Invalid(f"there is a column {name!r} already; choose another name")
    added = (name, parse_expression(text, plan))
    if len(plan.sides) > 1:
        return Added(plan, (added,))
    return Project(plan, (*values.items(), added))


def each_worked_out(plans: Sequence[Plan], derived: Mapping[str, str]) -> tuple[list[Plan], list[str]]:
    """The same of tables that are laid over each other, each by itself.

    A table for which an expression makes no sense goes without, unless that is so of all of them.

    Returns:
        (the tables, what to know of them).

    Raises:
        QueryError: an expression makes no sense anywhere.
        Invalid: all have a column of that name.
    """
    found, notes = list(plans), []
    for name, text in derived.items():
        failed: dict[int, Exception] = {}
        for place, plan in enumerate(found):
            try:
                found[place] = with_column(plan, name, text)
            except (QueryError, Invalid) as error:
                failed[place] = error
        if len(failed) == len(found):
            raise failed[0]
        notes += [
            f"column {name!r} is not worked out in ${place}: {why}" for place, why in failed.items()
        ]
    return found, notes
