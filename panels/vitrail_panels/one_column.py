"""One column drawn large: all of its rows together, or one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import panel as pn

from vitrail.drawer import Drawer
from vitrail.errors import Cancelled, NotFound, did_you_mean
from vitrail.query.plan import grouped
from vitrail.query.reduction import Reduction
from vitrail.visualizer import Size
from vitrail_panels import notice
from vitrail_panels.asking import Errand, Lane
from vitrail_panels.components import Drawing
from vitrail_panels.frame import Frame, Surroundings, draw_cell, draw_pane, read
from vitrail_panels.placing import placed
from vitrail_panels.scene import Scene
from vitrail_panels.window import frame_of

if TYPE_CHECKING:
    from vitrail.dtypes import DType
    from vitrail.query.engine import Engine, Ticket
    from vitrail.query.plan import Plan


class Drawn:
    """A column's answer, ready to be drawn.

    Args:
        scene: whose column.
        name: the column's name.
        size: the room for the drawing.
        row: the row whose value is drawn; None draws all rows as one list, of a grouped table those in
            its groups.
        ticket: withdraws the question.

    Raises:
        NotFound: there is no such column or row, or nothing that draws it.
    """

    def __init__(
        self, scene: Scene, name: str, size: Size, row: int | None, ticket: Ticket | None = None
    ) -> None:
        columns = dict(scene.plan.dtype.columns or ())
        if name not in columns:
            raise NotFound(f"no column {name!r:.200}{did_you_mean(name, columns)}")
        plan, inside = scene.plan, dict(scene.rows.dtype.columns or ())
        if row is None and scene.is_of_groups and name in inside:
            plan, columns = scene.rows, inside
        self.dtype: DType = columns[name] if row is not None else grouped(columns[name])
        shown = scene.shown(name, self.dtype)
        self.drawer: Drawer = shown.drawer
        around = Surroundings(scene.registry, reach=scene.reach)
        self.frame: Frame = frame_of(scene, plan, around, name, size, ticket)
        asked = read(self.drawer, self.dtype, self.frame)
        self.failed = not isinstance(asked, Reduction)  # then the answer is the card that says so
        self.answer: Any = asked
        if isinstance(asked, Reduction):
            self.answer = _answered(scene.project.engine, plan, name, asked, row, ticket)

    def pane(self) -> Any:
        """What the visualizer's `pane` draws."""
        if self.failed:
            return self.answer
        return draw_pane(self.drawer, self.answer, self.dtype, self.frame)

    def cell(self) -> Any:
        """What its `cell` draws."""
        if self.failed:
            return self.answer
        return draw_cell(self.drawer, self.answer, self.dtype, self.frame)


def _answered(
    engine: Engine, plan: Plan, name: str, asked: Reduction, row: int | None, ticket: Ticket | None
) -> Any:
    if row is None:
        return engine.reduce(plan, {name: asked}, ticket=ticket)[name]
    window = engine.window(plan, row, row + 1, {name: asked}, ticket=ticket)
    if not window.rows:
        raise NotFound(f"no row {row:,} in this table")
    return window.cells[name][0]


class OneColumn:
    """One column of a view, as something that Panel shows.

    Args:
        scene: works out the view; called in a thread.
        lane: where it is asked.
        name: the column's name.
        size: the room for the drawing.
        row: the row whose value is drawn; None draws all rows.
    """

    def __init__(self, scene: Any, lane: Lane, name: str, size: Size, row: int | None) -> None:
        self.view = pn.Column(sizing_mode="stretch_width", margin=0)
        self._scene, self._lane = scene, lane
        self._name, self._size, self._row = name, size, row

    def begin(self, document: Any) -> None:
        """Draw it; called when the page has loaded."""
        self._lane.open(document)

        async def errand(errand: Errand) -> None:
            try:
                pane = await errand.ask(self._drawn)
            except Cancelled:
                raise
            except Exception as error:  # noqa: BLE001 - said in its place
                pane = Drawing(markup=str(notice.in_place(error)))
            await errand.put(self._show, pane=pane)

        self._lane.follow(errand)

    def _drawn(self, ticket: Ticket) -> Any:
        return Drawn(self._scene(ticket), self._name, self._size, self._row, ticket).pane()

    def _show(self, pane: Any) -> None:
        self.view[:] = [placed(pane, self._name)]

    def end(self) -> None:
        """Let it go."""
        self._lane.close()
        self.view[:] = []
