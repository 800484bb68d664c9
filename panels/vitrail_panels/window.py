"""Windows of cells, and the columns' own drawings for the header."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from markupsafe import Markup

from vitrail.dtypes import DType
from vitrail.errors import NotFound
from vitrail.query.engine import Ticket
from vitrail.query.picking import numbers
from vitrail.query.plan import Plan, grouped
from vitrail.query.reduction import Bins, Counts, Reduction
from vitrail.view import View
from vitrail.visualizer import Size
from vitrail_panels.folds import inside
from vitrail_panels.frame import Frame, Surroundings, draw_cell, draw_cells, draw_pane, read
from vitrail_panels.reach import SERVED, Reach
from vitrail_panels.scene import Scene

if TYPE_CHECKING:
    from vitrail.drawer import Drawer
    from vitrail.registry import Registry
    from vitrail.store.project import Project

_HEADER = Size(140, 40)
_DRAFT = Markup('<div class="draft" title="{}">{}</div>')


class Shown:
    """Which views had a window drawn lately, so that what is less urgent can come after.

    Args:
        most: how many views are remembered.
    """

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._views: OrderedDict[str, None] = OrderedDict()
        self._changed = threading.Condition()

    def note(self, address: str) -> None:
        """A window of a view is drawn."""
        with self._changed:
            self._views[address] = None
            self._views.move_to_end(address)
            while len(self._views) > self._most:
                self._views.popitem(last=False)
            self._changed.notify_all()

    def wait(self, address: str, ticket: Ticket | None, patience_s: float) -> None:
        """Return when a window of a view was drawn, the ticket is cancelled or patience ends."""
        end_s = time.monotonic() + patience_s
        with self._changed:
            while address not in self._views and time.monotonic() < end_s:
                if ticket is not None and ticket.cancelled:
                    return
                self._changed.wait(0.05)


_shown: WeakKeyDictionary[Project, Shown] = WeakKeyDictionary()


def draw_window(
    project: Project,
    registry: Registry,
    view: View,
    start: int,
    stop: int,
    *,
    ticket: Ticket | None = None,
    exact: bool = True,
    reach: Reach = SERVED,
) -> dict[str, Any]:
    """The rows [start, stop) of a view as markup, one query for all of them.

    Where that takes longer, an estimate does if it need not be `exact`.

    Returns:
        {"start": start, "rows": [[markup of each column], …], "estimated": whether they are}
    """
    scene = Scene(project, registry, view, ticket=ticket, reach=reach)
    if view.within is not None:
        scene = inside(scene, view.within, ticket)
    around = Surroundings(registry, reach=reach)
    frames = {
        column.name: frame_of(scene, scene.plan, around, column.name, column.size, ticket)
        for column in scene.columns
    }
    reads = {c.name: read(c.drawer, c.dtype, frames[c.name]) for c in scene.columns}
    asked = {name: wanted for name, wanted in reads.items() if isinstance(wanted, Reduction)}
    engine = project.engine
    estimate = None if exact else engine.estimate_window(scene.plan, start, stop, asked, ticket=ticket)
    window = estimate.value if estimate else engine.window(scene.plan, start, stop, asked, ticket=ticket)
    drawn: list[list[Markup]] = []
    for column in scene.columns:
        wanted = reads[column.name]
        if isinstance(wanted, Reduction):
            values = window.cells[column.name]
            drawn.append(draw_cells(column.drawer, values, column.dtype, frames[column.name]))
        else:
            drawn.append([wanted] * window.rows)
    if view.within is None:
        _shown.setdefault(project, Shown()).note(scene.address)
    rows = [list(row) for row in zip(*drawn, strict=True)]
    return {"start": window.start, "rows": rows, "estimated": estimate is not None}


def numbered(
    project: Project,
    registry: Registry,
    view: View,
    start: int,
    stop: int,
    *,
    ticket: Ticket | None = None,
) -> dict[str, Any]:
    """The numbers of the rows [start, stop) of a view, by which they can be picked in any order.

    Returns:
        {"start": start, "rows": [[number], …]}
    """
    scene = Scene(project, registry, view, ticket=ticket)
    if view.within is not None:
        scene = inside(scene, view.within, ticket)
    found = numbers(scene.plan, start, stop, project.engine, ticket)
    return {"start": start, "rows": [[number] for number in found]}


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
    around = Surroundings(scene.registry, select=select, grid=grid, reach=scene.reach)
    frame = Frame(around, "", _HEADER, lambda: None)
    return draw_pane(drawer, dtype.columns, dtype, frame), drawer.entry.name


def draw_headers(
    scene: Scene, *, ticket: Ticket | None = None, patience_s: float = 0.0
) -> Iterator[dict[str, Markup]]:
    """Each column over all rows that are kept, where counts say something of it: name → markup.

    First from a sample, where that is there and the exact counts take longer; then exactly.

    Args:
        scene: whose columns.
        ticket: withdraws the questions.
        patience_s: how long a window of the view, which somebody waits for, may go before.
    """
    _shown.setdefault(scene.project, Shown()).wait(scene.address, ticket, patience_s)
    around = Surroundings(scene.registry, reach=scene.reach)
    engine = scene.project.engine
    wanted: dict[str, tuple[Drawer, DType, Frame]] = {}
    asked: dict[str, Reduction] = {}
    shown = {column.name for column in scene.columns}
    for name, dtype in scene.rows.dtype.columns or ():
        if name not in shown:
            continue
        whole = grouped(dtype)
        try:
            drawer = scene.registry.choose(whole).make()
        except NotFound:
            continue
        frame = frame_of(scene, scene.rows, around, name, _HEADER, ticket)
        reduction = read(drawer, whole, frame)
        if isinstance(reduction, Bins | Counts):
            wanted[name], asked[name] = (drawer, whole, frame), reduction

    def drawn(answers: Mapping[str, Any]) -> dict[str, Markup]:
        return {
            name: draw_cell(drawer, answers[name], whole, frame)
            for name, (drawer, whole, frame) in wanted.items()
        }

    estimate = engine.estimate_reduce(scene.rows, asked, ticket=ticket) if asked else None
    if estimate is not None:
        off = f"from a sample, ± {estimate.error:,.0f} rows; exact counts are on their way"
        yield {name: _DRAFT.format(off, markup) for name, markup in drawn(estimate.value).items()}
    yield drawn(engine.reduce(scene.rows, asked, ticket=ticket)) if asked else {}
