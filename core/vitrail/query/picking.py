"""Rows by their numbers, which stay what they are however the rows are filtered and sorted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vitrail.dtypes import Number
from vitrail.errors import Invalid
from vitrail.query.expr import Call, Expr, Items, Literal, Position
from vitrail.query.plan import Plan, Scan, Where
from vitrail.query.steps import Project
from vitrail.values import to_python

if TYPE_CHECKING:
    from vitrail.query.engine import Engine, Ticket

MOST_PICKED = 2_000  # one by one; a filter keeps more


def numbers(
    plan: Plan, start: int, stop: int, engine: Engine, ticket: Ticket | None = None
) -> list[int]:
    """The numbers of the rows [start, stop) of a plan, by which `picked` finds them again."""
    stored = plan
    while isinstance(stored, Project):
        stored = stored.source
    if isinstance(stored, Scan):  # the rows of a stretch are counted from its first
        return list(range(start, min(stop, stored.rows)))
    found = engine.rows(Project(plan, (("number", Position()),)), start, stop, ticket=ticket)
    return to_python(found.column(0), Number(integer=True))


def picked(plan: Plan, rows: Sequence[int], *, others: bool = False) -> Plan:
    """The rows of a plan with these numbers, as far as it has them, or all but those.

    Args:
        plan: not sorted, or so that the order may be anything.
        rows: the numbers.
        others: whether it is the other rows that are wanted.

    Raises:
        Invalid: there are too many to be named one by one.
    """
    if len(rows) > MOST_PICKED:
        raise Invalid(
            f"{len(rows):,} rows are picked; up to {MOST_PICKED:,} can be, set a filter for more"
        )
    found = _any(sorted(set(rows)))
    return Where(plan, Call("$not", (found,)) if others else found)


def _any(rows: Sequence[int]) -> Expr:
    return Call("$in", (Position(), Items(tuple(Literal(row) for row in rows))))


def spans(rows: Sequence[int]) -> str:
    """Rows as a text: "0-4,9".

    >>> spans([9, 0, 1, 2, 4])
    '0-2,4,9'
    """
    found: list[list[int]] = []
    for row in sorted(set(rows)):
        if found and found[-1][1] == row - 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    return ",".join(f"{a}-{b}" if b > a else str(a) for a, b in found)


def pick(text: str) -> tuple[list[int], bool]:
    """Rows as an address names them, and whether all others are meant, as by "!0-4,9".

    Raises:
        Invalid: the text names no rows, or too many.
    """
    return of_spans(text.removeprefix("!")), text.startswith("!")


def of_spans(text: str) -> list[int]:
    """The rows that `spans` wrote.

    Raises:
        Invalid: the text names no rows, or too many.
    """
    found: list[int] = []
    for part in text.split(","):
        low, _, high = part.partition("-")
        ends = (low, high or low)
        if not all(end.isascii() and end.isdigit() and len(end) <= 16 for end in ends):
            raise Invalid(f"rows are written as 0-4,9, got {text!r:.80}")
        first, last = map(int, ends)
        if last - first + len(found) >= MOST_PICKED:
            raise Invalid(f"up to {MOST_PICKED:,} rows can be picked; set a filter for more")
        found += range(first, last + 1)
    return found
