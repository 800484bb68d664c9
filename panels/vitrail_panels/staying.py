"""The open row stays open when the rows around it change, wherever it stands then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.query.picking import numbers
from vitrail.query.plan import Scan
from vitrail.query.planning import group_keys

if TYPE_CHECKING:
    from vitrail.query.engine import Ticket
    from vitrail.view import View
    from vitrail_panels.scene import Scene

MOST_ROWS = 200_000  # among which a row is looked for


def row_after(old: Scene, row: int, new: Scene, ticket: Ticket | None = None) -> int | None:
    """Where a row of one scene stands in another; None where it is gone, or too much to look through.

    Args:
        old: where the row is open.
        row: its place there.
        new: the same tables, filtered or sorted otherwise.
        ticket: withdraws the question.

    Raises:
        VitrailError: the rows cannot be read.
    """
    engine = new.project.engine
    if sum(map(_rows, new.stored)) > MOST_ROWS:
        return None
    alike = _space(old) == _space(new)
    if not alike and not _are_of_one(old, new):
        return None
    wanted = numbers(old.plan, row, row + 1, engine, ticket)
    if not wanted or (not alike and wanted[0] >= _rows(old.stored[0])):
        return None
    among = numbers(new.plan, 0, MOST_ROWS, engine, ticket)
    return among.index(wanted[0]) if wanted[0] in among else None


def _are_of_one(old: Scene, new: Scene) -> bool:
    """Whether the rows of both are numbered as those of the same table, whatever is laid over it."""
    made = (*_space(old)[2:], *_space(new)[2:])
    return old.sources[0] == new.sources[0] and not any(made)


def _space(scene: Scene) -> tuple[object, ...]:
    """What the numbers of rows are counted in; grouped rows and those of a pipeline are their own."""
    view: View = scene.view
    made = view.where if scene.query is not None and scene.query.reading == "pipeline" else ""
    order = view.sort if group_keys(scene.plan) else ()
    return scene.sources, scene.key, view.group, made, order


def _rows(plan: object) -> int:
    return plan.rows if isinstance(plan, Scan) else MOST_ROWS + 1
