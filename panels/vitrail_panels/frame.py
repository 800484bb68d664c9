"""The frame that a visualizer is handed, and the guard around what it draws."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from vitrail.domain import Domain
from vitrail.dtypes import DType
from vitrail.errors import Cancelled, VitrailError
from vitrail.query.reduction import Reduction, Values
from vitrail.registry import Drawer
from vitrail.visualizer import Size
from vitrail_panels.card import card

if TYPE_CHECKING:
    from vitrail.registry import Registry

log = logging.getLogger(__name__)

MISSING = Markup('<span class="vt-missing" title="missing">–</span>')
DEEPEST = 8
ALLOWANCE_S = 5.0


class Surroundings:
    """What all frames of a page share.

    Args:
        registry: who draws parts.
        select: hears a condition that a pane offers as a filter.
        grid: makes the grid over the table that is looked at.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        select: Callable[[str], None] | None = None,
        grid: Callable[[], Any] | None = None,
    ) -> None:
        self.registry = registry
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
        return f"media/{digest}" + (f"?w={width_px}" if width_px else "")

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
    try:
        return drawer.reads(dtype, frame)
    except (Cancelled, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - a stranger's code may raise anything
        return failed(drawer, dtype, frame, error)


def draw_cell(drawer: Drawer, data: Any, dtype: DType, frame: Frame) -> Markup:
    """A cell, or the card of a visualizer that failed; what is missing is drawn as missing."""
    if data is None:
        return MISSING
    try:
        return drawer.cell(data, dtype, frame)
    except (Cancelled, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - a stranger's code may raise anything
        return failed(drawer, dtype, frame, error)


def draw_pane(drawer: Drawer, data: Any, dtype: DType, frame: Frame) -> Any:
    """A pane, or the card of a visualizer that failed."""
    if data is None:
        return MISSING
    try:
        return drawer.pane(data, dtype, frame)
    except (Cancelled, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - a stranger's code may raise anything
        return failed(drawer, dtype, frame, error)


def draw_cells(drawer: Drawer, values: tuple[Any, ...], dtype: DType, frame: Frame) -> list[Markup]:
    """A column's cells; those for which its visualizer's time is used up are cards that say so."""
    began = time.monotonic()
    cells: list[Markup] = []
    for value in values:
        spent = time.monotonic() - began
        if spent > ALLOWANCE_S:
            said = f"slow: {len(cells)} cells took {spent:.1f} s"
            log.warning("visualizer %r of %s is %s", drawer.entry.name, drawer.entry.distribution, said)
            rest = card(drawer.entry.name, drawer.entry.distribution, said)
            return cells + [rest] * (len(values) - len(cells))
        cells.append(draw_cell(drawer, value, dtype, frame))
    return cells


def failed(drawer: Drawer, dtype: DType, frame: Frame, error: Exception) -> Markup:
    """The card of a visualizer that raised; the log has the traceback, and plugins hear of it."""
    entry = drawer.entry
    log.error("visualizer %r of %s failed on %s", entry.name, entry.distribution, dtype, exc_info=error)
    try:
        frame.around.registry.hook.vitrail_draw_failed(visualizer=entry.name, dtype=dtype, error=error)
    except Exception:
        log.exception("a plugin failed while it heard that %r had failed", entry.name)
    said = str(error) if isinstance(error, VitrailError) else error
    return card(entry.name, entry.distribution, said)
