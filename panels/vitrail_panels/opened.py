"""What the drawer holds: a row, the settings of a column, what changed between tables, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from vitrail.errors import Cancelled, NotFound
from vitrail.query.engine import Ticket
from vitrail.view import View
from vitrail_panels import changed, folds, notice
from vitrail_panels.asking import Errand, Lane
from vitrail_panels.components import Drawer, Message
from vitrail_panels.detail import Answers, Detail
from vitrail_panels.scene import Scene

if TYPE_CHECKING:
    from vitrail.query.plan import Plan
    from vitrail_panels.changed import Report


class Opened:
    """What the drawer holds.

    Args:
        drawer: the part around it.
        detail: the part inside.
        lane: what is worked out for it; the next withdraws it.
        hear: hears what is clicked in the report of what changed.
    """

    def __init__(
        self, drawer: Drawer, detail: Detail, lane: Lane, hear: Callable[[Message], None]
    ) -> None:
        self._drawer = drawer
        self._detail = detail
        self._lane = lane
        self._hear = hear
        self._settings = ""  # the column whose settings are open
        self._changes = False
        self._report: tuple[Plan, Report] | None = None  # what changed, and in what

    @property
    def offers(self) -> list[dict[str, Any]]:
        """The conditions behind the counts of the report."""
        return self._report[1].offers if self._report else []

    def turn(self, *, settings: str = "", changes: bool = False) -> None:
        """Hold something else beside a row from the next `show` on.

        Args:
            settings: a column, whose settings are wanted.
            changes: whether what changed between compared tables is wanted.
        """
        self._settings, self._changes = settings, changes

    def settings_of(self, scene: Scene | None, column: str) -> None:
        """The same for a column that is to be shown.

        Raises:
            NotFound: it is not.
        """
        if scene is None or column not in {one.name for one in scene.columns}:
            raise NotFound(f"no column {column!r} is shown")
        self.turn(settings=column)

    def show(self, scene: Scene | None, view: View, total: int) -> None:
        """Show a view's row, or else what is wanted beside it and fits the scene.

        Args:
            scene: what is shown; None while nothing is.
            view: which row is open.
            total: how many rows there are beside it; -1 while that is unknown.
        """
        self._lane.withdraw()
        column = None
        if scene is not None and view.row is None:
            column = next((one for one in scene.columns if one.name == self._settings), None)
        compares = scene is not None and bool(scene.matching)
        self.turn(
            settings=column.name if column else "",
            changes=self._changes and view.row is None and column is None and compares,
        )
        opened = view.row is not None or column is not None or self._changes
        self._drawer.param.update(open=opened, steps=view.row is not None)
        self.name_row(view.row, total)
        if column is not None:
            self._drawer.param.update(title=f"{column.name}: {column.entry.name}", note="settings")
            self._detail.show_settings(column)
        elif scene is not None and self._changes:
            self._show_changes(scene)
        elif scene is not None and view.row is not None:
            self._show_row(scene, view.row, view.within)
        else:
            self._detail.clear()

    def name_row(self, row: int | None, total: int) -> None:
        """Say which row is open, and of how many."""
        if row is not None:
            note = f"of {total:,}" if total >= 0 else ""
            self._drawer.param.update(title=f"row {row:,}", note=note)

    def _show_row(self, scene: Scene, row: int, within: str | None) -> None:
        def drawn(ticket: Ticket) -> Answers:
            found = scene if within is None else folds.inside(scene, within, ticket)
            return self._detail.ask(found, row, ticket)

        async def errand(errand: Errand) -> None:
            await errand.put(self._detail.show, scene=scene, answers=await errand.ask(drawn))

        self._follow(errand)

    def _show_changes(self, scene: Scene) -> None:
        """What changed; it stays where other rows of the same tables are shown."""
        self._drawer.param.update(title="what changed", note=scene.matching)
        if self._report is not None and self._report[0] == scene.whole:
            self._detail.show_markup(self._report[1].markup, self._hear)
            return
        self._detail.say("comparing …")

        async def errand(errand: Errand) -> None:
            report = await errand.ask(lambda ticket: changed.report(scene, ticket))
            self._report = (scene.whole, report)
            await errand.put(self._detail.show_markup, markup=report.markup, hear=self._hear)

        self._follow(errand)

    def _follow(self, work: Callable[[Errand], Coroutine[Any, Any, None]]) -> None:
        """Carry out an errand; what goes wrong is said in its place."""

        async def errand(errand: Errand) -> None:
            try:
                await work(errand)
            except Cancelled:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a stranger's pane raises
                await errand.put(self._detail.say, text=notice.message(error))

        self._lane.follow(errand)
