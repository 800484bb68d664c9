"""Counts that were read from an answer once, so that the same answer need not be read again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

Cells = tuple[Any, ...]


class Decoded:
    """Columns of answers by key; what was not used for longest goes first.

    Args:
        most_cells: how many cells are kept in all.
    """

    def __init__(self, most_cells: int) -> None:
        self._most_cells = most_cells
        self._held = 0
        self._columns: OrderedDict[tuple[str, str], Cells] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str], make: Callable[[], Cells]) -> Cells:
        """The column under a key: of a question and of a column of its answer."""
        with self._lock:
            known = self._columns.get(key)
            if known is not None:
                self._columns.move_to_end(key)
                return known
        cells = make()
        self._remember(key, cells)
        return cells

    def _remember(self, key: tuple[str, str], cells: Cells) -> None:
        if len(cells) > self._most_cells // 4:
            return
        with self._lock:
            if key in self._columns:
                return
            self._columns[key] = cells
            self._held += len(cells)
            while self._held > self._most_cells:
                self._held -= len(self._columns.popitem(last=False)[1])
