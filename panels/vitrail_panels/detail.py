"""The panes of one row, the settings of a column's visualizer, or markup, one below the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import panel as pn
from markupsafe import Markup

from vitrail.query.engine import Ticket
from vitrail.query.reduction import Reduction
from vitrail.visualizer import Size
from vitrail_panels.arranged import is_pictures
from vitrail_panels.components import Drawing, Message
from vitrail_panels.form import Form
from vitrail_panels.frame import Surroundings, draw_pane, failed, read
from vitrail_panels.placing import placed
from vitrail_panels.scene import Scene, Shown
from vitrail_panels.window import frame_of

if TYPE_CHECKING:
    from vitrail.store.project import Project

_PANE = Size(380, 200)
Answers = list[tuple[Shown, Any, Any]]


class Detail:
    """What stands in the drawer.

    Args:
        project: where the tables are.
        select: hears a condition that a pane offers as a filter.
        changed: hears of (column, visualizer, settings).
    """

    def __init__(
        self,
        project: Project,
        select: Callable[[str], None],
        changed: Callable[[str, str, dict[str, Any]], None],
    ) -> None:
        self.project = project
        self.view = pn.Column(sizing_mode="stretch_width", margin=0)
        self._form: tuple[str, str] | None = None
        self._select = select
        self._changed = changed

    def ask(self, scene: Scene, row: int, ticket: Ticket | None) -> Answers:
        """Each column's pane for a row, pictures first; for a thread, so that a slow one holds up nobody else.

        Returns:
            (column, the pane or the card of a visualizer that failed, frame).
        """
        around = Surroundings(scene.registry, select=self._select, reach=scene.reach)
        frames = {
            column.name: frame_of(scene, scene.plan, around, column.name, _PANE, ticket)
            for column in scene.columns
        }
        reads = {c.name: read(c.drawer, c.dtype, frames[c.name]) for c in scene.columns}
        asked = {name: wanted for name, wanted in reads.items() if isinstance(wanted, Reduction)}
        window = self.project.engine.window(scene.plan, row, row + 1, asked, ticket=ticket)
        if not window.rows:
            return []
        drawn: Answers = []
        for column in sorted(scene.columns, key=lambda one: not is_pictures(one.dtype)):
            frame = frames[column.name]
            wanted = reads[column.name]
            if isinstance(wanted, Reduction):
                answer = window.cells[column.name][0]
                drawn.append((column, draw_pane(column.drawer, answer, column.dtype, frame), frame))
            else:
                drawn.append((column, wanted, frame))
        return drawn

    def show(self, scene: Scene, answers: Answers) -> None:
        """The panes of a row, one below the other."""
        if not answers:
            self.say("there is no such row in this table")
            return
        self._form = None
        parts: list[Any] = []
        for column, pane, frame in answers:
            name = Markup('<h3 class="vt-field{}">{} <small>{}</small></h3>').format(
                "" if parts else " vt-first", column.name, column.entry.name
            )
            parts.append(Drawing(markup=str(name)))
            try:
                parts.append(placed(pane, column.name))
            except Exception as error:  # noqa: BLE001 - a stranger's pane may be anything
                parts.append(placed(failed(column.drawer, column.dtype, frame, error)))
        self.view[:] = parts

    def show_settings(self, column: Shown) -> None:
        """The settings of a column's visualizer; a form that shows them already stays."""
        if self._form == (column.name, column.entry.name):
            return
        self._form = (column.name, column.entry.name)
        form = Form(
            column.drawer.options,
            lambda options: self._changed(column.name, column.entry.name, options),
        )
        self.view[:] = [form.view]

    def show_markup(self, markup: Markup, hear: Callable[[Message], None]) -> None:
        """Markup, some of which can be clicked on."""
        self._form = None
        drawing = Drawing(markup=str(markup))
        drawing.listen(hear)
        self.view[:] = [drawing]

    def say(self, text: str) -> None:
        """A message in the place of the panes."""
        self._form = None
        self.view[:] = [Drawing(markup=str(Markup('<p class="vt-muted">{}</p>').format(text)))]

    def clear(self) -> None:
        """Nothing."""
        self._form = None
        self.view[:] = []

    def close(self) -> None:
        """Let the panes go."""
        self.clear()
