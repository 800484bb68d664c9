"""The frame that a visualizer is handed, and the guard around what it draws."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from vitrail.domain import Domain
from vitrail.drawer import Drawer
from vitrail.dtypes import DType
from vitrail.errors import Cancelled, PluginError, VitrailError
from vitrail.query.reduction import Reduction, Values
from vitrail.visualizer import Size
from vitrail.watched import TooSlow, paused, step, watched
from vitrail_panels.card import card
from vitrail_panels.reach import SERVED, Reach
from vitrail_panels.scripts import scripts_watched

if TYPE_CHECKING:
    from vitrail.registry import Registry

log = logging.getLogger(__name__)

MISSING = Markup('<span class="vt-missing" title="missing">–</span>')
DEEPEST = 8
ALLOWANCE_S = 5.0
COLUMN_LETTERS = 8_000_000


class Surroundings:
    """What all frames of a page share.

    Args:
        registry: who draws parts.
        select: hears a condition that a pane offers as a filter.
        grid: makes the grid over the table that is looked at.
        reach: how the page comes by pictures.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        select: Callable[[str], None] | None = None,
        grid: Callable[[], Any] | None = None,
        reach: Reach = SERVED,
    ) -> None:
        self.registry = registry
        self.reach = reach
        self.select = select
        self.grid = grid


class Frame:
    """What a visualizer is handed beside its data; see `vitrail.visualizer.Frame`.

    Args:
        around: what it shares with the page's other frames.
        title: the column's name.
        size: the room for the drawing.
        ask_domain: asks the engine for the column's domain, at its first use.
        depth: how many frames hold this one.
    """

    def __init__(
        self,
        around: Surroundings,
        title: str,
        size: Size,
        ask_domain: Callable[[], Domain | None],
        depth: int = 0,
    ) -> None:
        self.around = around
        self.title = title
        self.size = size
        self.depth = depth
        self._ask_domain = ask_domain

    @cached_property
    def domain(self) -> Domain | None:
        """What all cells of the column share."""
        with paused():
            return self._ask_domain()

    def reads(self, dtype: DType) -> Reduction:
        """What the visualizer that draws a part of this type reads."""
        part = self._part(self.size)
        return self._drawer(dtype).reads(dtype, part) if part else Values()

    def place_cell(self, data: Any, dtype: DType, *, size: Size | None = None) -> Markup:
        """A part, drawn small."""
        part = self._part(size or self.size)
        return draw_cell(self._drawer(dtype), data, dtype, part) if part else Markup("…")

    def place_pane(self, data: Any, dtype: DType) -> Any:
        """A part, drawn large."""
        part = self._part(self.size)
        return draw_pane(self._drawer(dtype), data, dtype, part) if part else Markup("…")

    def url(self, digest: str, *, width_px: int | None = None) -> str:
        """Where the browser finds a stored picture or mask."""
        return self.around.reach.url(digest, width_px)

    def grid(self) -> Any:
        """The virtual grid over the table that is looked at."""
        return self.around.grid() if self.around.grid else MISSING

    def select(self, condition: str) -> None:
        """Offer a selection to the page."""
        if self.around.select:
            self.around.select(condition)

    def _drawer(self, dtype: DType) -> Drawer:
        return self.around.registry.choose(dtype).make()

    def _part(self, size: Size) -> Frame | None:
        if self.depth >= DEEPEST:
            return None
        return Frame(self.around, self.title, size, lambda: self.domain, self.depth + 1)


def read(drawer: Drawer, dtype: DType, frame: Frame) -> Reduction | Markup:
    """What a visualizer reads, or the card of one that failed."""
    reads: Reduction | Markup = _guarded(drawer, dtype, frame, lambda: drawer.reads(dtype, frame))
    return reads


def draw_cell(drawer: Drawer, data: Any, dtype: DType, frame: Frame) -> Markup:
    """A cell, or the card of a visualizer that failed; what is missing is drawn as missing."""
    if data is None:
        return MISSING
    return Markup(_guarded(drawer, dtype, frame, lambda: drawer.cell(data, dtype, frame)))


def draw_pane(drawer: Drawer, data: Any, dtype: DType, frame: Frame) -> Any:
    """A pane, or the card of a visualizer that failed."""
    if data is None:
        return MISSING

    def draw() -> Any:
        pane = drawer.pane(data, dtype, frame)
        return scripts_watched(pane, lambda said: failed(drawer, dtype, frame, _by_script(drawer, said)))

    return _guarded(drawer, dtype, frame, draw)


def draw_cells(drawer: Drawer, values: tuple[Any, ...], dtype: DType, frame: Frame) -> list[Markup]:
    """A column's cells; those for which its visualizer's time or room is used up are cards that say so."""
    began = time.monotonic()
    cells: list[Markup] = []

    def draw() -> str:
        letters = 0
        for value in values:
            spent = time.monotonic() - began
            if spent > ALLOWANCE_S:
                return f"slow: {len(cells)} cells took {spent:.1f} s"
            if letters > COLUMN_LETTERS:
                return f"large: {len(cells)} cells took {letters:,} letters"
            step()
            cells.append(draw_cell(drawer, value, dtype, frame))
            letters += len(cells[-1])
        return ""

    said = _guarded(drawer, dtype, frame, draw)
    drawn = cells[: len(values)]
    if len(drawn) == len(values):
        return drawn
    if isinstance(said, Markup):
        return drawn + [said] * (len(values) - len(drawn))
    log.warning("visualizer %r of %s is %s", drawer.entry.name, drawer.entry.distribution, said)
    return drawn + [card(drawer.entry, said)] * (len(values) - len(drawn))


def _guarded(drawer: Drawer, dtype: DType, frame: Frame, work: Callable[[], Any]) -> Any:
    """What some work of a visualizer gives, or the card of one that failed or never answered.

    One that never answered is switched off: each of its threads that cannot be ended would stay.
    """
    entry, registry = drawer.entry, frame.around.registry
    off = registry.switched_off.get(entry.name)
    if off is not None:
        return card(entry, f"switched off: {off}")
    try:
        return watched(
            work,
            ALLOWANCE_S,
            who=entry,
            alone=registry.owns_process,
            changed=lambda what: registry.note(entry.plugin, what),
        )
    except Cancelled:
        raise
    except TooSlow as error:
        registry.switch_off(error.who.name, str(error))
        return failed(drawer, dtype, frame, error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's code may raise anything
        return failed(drawer, dtype, frame, error)


def _by_script(drawer: Drawer, said: str) -> PluginError:
    entry = drawer.entry
    text = f"its script failed in the browser: {said}"
    return PluginError(text, plugin=entry.plugin, distribution=entry.distribution)


def failed(drawer: Drawer, dtype: DType, frame: Frame, error: BaseException) -> Markup:
    """The card of a visualizer that raised; the log has the traceback, and plugins hear of it."""
    entry, registry = drawer.entry, frame.around.registry
    log.error("visualizer %r of %s failed on %s", entry.name, entry.distribution, dtype, exc_info=error)
    try:
        registry.hook.vitrail_draw_failed(visualizer=entry.name, dtype=dtype, error=error)
    except Exception:
        log.exception("a plugin failed while it heard that %r had failed", entry.name)
    said = str(error) if isinstance(error, VitrailError) else error
    trace = "".join(traceback.format_exception(error)) if registry.tells_traces else ""
    return card(entry, said, trace)
