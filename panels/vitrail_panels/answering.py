"""Rows for a grid that asks by message, where no server of ours is around it."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

import panel as pn

from vitrail.errors import Cancelled, Invalid
from vitrail.view import View
from vitrail_panels.asking import ask
from vitrail_panels.handlers import LAST_ROW, MOST_ROWS, MOST_WAITING, said_of
from vitrail_panels.window import draw_window

if TYPE_CHECKING:
    from vitrail.query.engine import Ticket
    from vitrail.registry import Registry
    from vitrail.store.project import Project
    from vitrail_panels.components import Grid, Message
    from vitrail_panels.reach import Reach

_MOST_VIEWS = 16


class Answering:
    """Answers what a grid asks by message.

    Only views that the grid was told of are answered: what somebody's browser asks beside them is none.

    Args:
        grid: who asks.
        project: where the tables are.
        registry: who draws.
        reach: how the page comes by its rows and pictures.
        answer: passes on an answer's number and text; by default the grid does.
    """

    def __init__(
        self,
        grid: Grid,
        project: Project,
        registry: Registry,
        reach: Reach,
        answer: Callable[[str, str], object] | None = None,
    ) -> None:
        self._say = answer or grid.answer
        self._project, self._registry, self._reach = project, registry, reach
        self._views: OrderedDict[str, View] = OrderedDict()
        self._tickets: dict[str, Ticket] = {}
        self._stops = [grid.listen(self._hear)]
        watcher = grid.param.watch(lambda *_: self._note(grid), ["source", "folds"])
        self._stops.append(lambda: grid.param.unwatch(watcher))

    def close(self) -> None:
        """Withdraw everything, and answer no more."""
        for stop in self._stops:
            stop()
        self._stops.clear()
        for ticket in self._tickets.values():
            ticket.cancel()

    def _note(self, grid: Grid) -> None:
        """Take note of the views that the grid shows: its own, and those inside of unfolded groups."""
        branches = [branch["source"] for branch in grid.folds.get("branches", [])]
        for source in filter(None, (*branches, grid.source)):
            self._views[source] = View.from_query(source.removeprefix(self._reach.windows))
            self._views.move_to_end(source)
        while len(self._views) > max(_MOST_VIEWS, len(branches) + 1):
            self._views.popitem(last=False)

    def _hear(self, message: Message) -> None:
        match message:
            case {"type": "withdraw", "ask": str(number)}:
                if number in self._tickets:
                    self._tickets[number].cancel()
            case {"type": "window", "ask": str(number)}:
                self._answer(number[:80], message)

    def _answer(self, number: str, message: Message) -> None:
        async def run() -> None:
            try:
                text = await ask(lambda: self._drawn(number, message))
            except Cancelled:
                return
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and each has an answer
                text = json.dumps({"error": said_of(error)[1]})
            finally:
                self._tickets.pop(number, None)
            self._say(number, text)

        pn.state.execute(run)

    def _drawn(self, number: str, message: Message) -> str:
        """The window as the text of a JSON document; for a thread."""
        start, stop = message.get("start"), message.get("stop")
        if not (isinstance(start, int) and isinstance(stop, int) and 0 <= start <= stop <= LAST_ROW):
            raise Invalid("a window is asked for from a row to another")
        if stop - start > MOST_ROWS:
            raise Invalid(f"a window has up to {MOST_ROWS} rows, asked for [{start}, {stop})")
        view = self._views.get(str(message.get("source")))
        if view is None:
            raise Invalid("these rows are shown no longer")
        if len(self._tickets) >= MOST_WAITING:
            raise Invalid("too many questions wait already; try again in a moment")
        ticket = self._tickets[number] = self._project.engine.ticket()
        exact = bool(message.get("exact"))
        window = draw_window(
            self._project, self._registry, view, start, stop,
            ticket=ticket, exact=exact, reach=self._reach,
        )  # fmt: skip
        return json.dumps(window, separators=(",", ":"))
