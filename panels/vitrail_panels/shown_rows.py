"""What a view shows, as a table for Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vitrail.joined_table import JoinedTable
from vitrail.registry import Registry
from vitrail.result import Result
from vitrail.store.project import opened
from vitrail.table import Table
from vitrail_panels.folds import inside
from vitrail_panels.scene import Scene
from vitrail_panels.streamed import taken

if TYPE_CHECKING:
    from vitrail.view import View


def rows(view: View, *, picked: Sequence[int] | None = None, store: str | Path | None = None) -> Table:
    """The rows that the page shows: compared, worked out, filtered, grouped and sorted as the view says.

    The table is lazy: nothing is read before it is looked at. Where the view is within a group, its rows are
    those of the group.

    Args:
        view: says which.
        picked: the numbers of the rows that are wanted, counted before they are filtered and sorted;
            None for all.
        store: the store's folder, as for `vitrail.open`.

    Raises:
        NotFound: an artifact, an entry, a column or the group is not there.
        QueryError: the filter or a key makes no sense.
        Invalid: the view shows no table, or its tables cannot be compared.
    """
    registry = Registry()
    registry.load_entry_points()
    scene = Scene(opened(store), registry, view)
    if view.within is not None:
        scene = inside(scene, view.within)
    over = tables(scene)
    bases = [base for table in over for base in table.bases]
    return Table.of_source(Result(taken(scene, picked), bases), over)


def tables(scene: Scene) -> list[Table]:
    """The tables that the rows of a scene come of."""
    things = [scene.project.artifact(source.artifact).get(source.entry) for source in scene.named]
    return [t for one in things for t in (one.tables if isinstance(one, JoinedTable) else (one,))]
