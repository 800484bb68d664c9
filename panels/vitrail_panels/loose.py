"""What stands for the document of a page that no server keeps."""

from __future__ import annotations

from collections.abc import Callable


class Loose:
    """Changes are made at once: in a notebook or a script nobody else changes the page meanwhile."""

    def add_next_tick_callback(self, change: Callable[[], object]) -> None:
        """Make a change."""
        change()

    def add_periodic_callback(self, callback: Callable[[], object], period_ms: int) -> None:
        """Nothing is looked at again and again."""
