"""What a view shows, as a table for Python."""

from __future__ import annotations

from collections.abc import Sequence

from vitrail.joined_table import JoinedTable
from vitrail.result import Result
from vitrail.table import Table
from vitrail_panels.folds import inside
from vitrail_panels.scene import Scene
from vitrail_panels.streamed import taken


def rows(scene: Scene, picked: Sequence[int] | None) -> Table:
    """The rows that a scene shows; arguments and errors as `vitrail.rows` has them."""
    if scene.view.within is not None:
        scene = inside(scene, scene.view.within)
    over = tables(scene)
    bases = [base for table in over for base in table.bases]
    return Table.of_source(Result(taken(scene, picked), bases), over)


def tables(scene: Scene) -> list[Table]:
    """The tables that the rows of a scene come of."""
    things = [scene.project.artifact(source.artifact).get(source.entry) for source in scene.named]
    return [t for one in things for t in (one.tables if isinstance(one, JoinedTable) else (one,))]
