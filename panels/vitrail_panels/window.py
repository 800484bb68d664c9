"""Windows of cells, and the columns' own drawings for the header."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from vitrail.dtypes import DType
from vitrail.errors import NotFound
from vitrail.query.engine import Ticket
from vitrail.query.plan import Plan, grouped
from vitrail.query.reduction import Bins, Counts, Reduction
from vitrail.view import View
from vitrail.visualizer import Size
from vitrail_panels.frame import Frame, Surroundings, draw_cell, draw_cells, draw_pane, read
from vitrail_panels.scene import Scene

if TYPE_CHECKING:
    from vitrail.registry import Registry
    from vitrail.store.project import Project

_HEADER = Size(140, 40)


def draw_window(
    project: Project,
    registry: Registry,
    view: View,
    start: int,
    stop: int,
    *,
    ticket: Ticket | None = None,
) -> dict[str, Any]:
    """The rows [start, stop) of a view as markup, one query for all of them.

    Returns:
        {"start": start, "rows": [[markup of each column], …]}
    """
    scene = Scene(project, registry, view, ticket=ticket)
    around = Surroundings(registry)
    frames = {
        column.name: frame_of(scene, scene.plan, around, column.name, column.size, ticket)
        for column in scene.columns
    }
    reads = {c.name: read(c.drawer, c.dtype, frames[c.name]) for c in scene.columns}
    asked = {name: wanted for name, wanted in reads.items() if isinstance(wanted, Reduction)}
    window = project.engine.window(scene.plan, start, stop, asked, ticket=ticket)
    drawn: list[list[Markup]] = []
    for column in scene.columns:
        wanted = reads[column.name]
        if isinstance(wanted, Reduction):
            values = window.cells[column.name]
            drawn.append(draw_cells(column.drawer, values, column.dtype, frames[column.name]))
        else:
            drawn.append([wanted] * window.rows)
    return {"start": window.start, "rows": [list(row) for row in zip(*drawn, strict=True)]}


def frame_of(
    scene: Scene, plan: Plan, around: Surroundings, name: str, size: Size, ticket: Ticket | None
) -> Frame:
    """The frame of a column of a plan."""

    def ask() -> Any:
        return scene.project.engine.domain(plan, name, ticket=ticket)

    return Frame(around, name, size, ask)


def draw_table(scene: Scene, grid: Callable[[], Any], select: Callable[[str], None]) -> tuple[Any, str]:
    """The whole table, drawn by the visualizer of its type.

    Returns:
        (the pane, the visualizer's name).
    """
    dtype = scene.plan.dtype
    drawer = scene.registry.choose(dtype).make()
    frame = Frame(Surroundings(scene.registry, select=select, grid=grid), "", _HEADER, lambda: None)
    return draw_pane(drawer, dtype.columns, dtype, frame), drawer.entry.name


def draw_headers(scene: Scene, *, ticket: Ticket | None = None) -> dict[str, Markup]:
    """Each column over all rows that are kept, where counts say something of it: name → markup."""
    around = Surroundings(scene.registry)
    engine = scene.project.engine
    wanted: dict[str, tuple[Any, DType, Frame, Reduction]] = {}
    for name, dtype in scene.rows.dtype.columns or ():
        whole = grouped(dtype)
        try:
            drawer = scene.registry.choose(whole).make()
        except NotFound:
            continue
        frame = frame_of(scene, scene.rows, around, name, _HEADER, ticket)
        reduction = read(drawer, whole, frame)
        if isinstance(reduction, Bins | Counts):
            wanted[name] = (drawer, whole, frame, reduction)
    asked = {name: reduction for name, (*_, reduction) in wanted.items()}
    answers = engine.reduce(scene.rows, asked, ticket=ticket) if asked else {}
    return {
        name: draw_cell(drawer, answers[name], whole, frame)
        for name, (drawer, whole, frame, _) in wanted.items()
    }
