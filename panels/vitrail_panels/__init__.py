"""The frame that holds the panes: sessions, page, server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vitrail_panels.pane import Pane as Pane

__all__ = ["Pane"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name != "Pane":
            raise AttributeError(f"module 'vitrail_panels' has no attribute {name!r}")
        from vitrail_panels.pane import Pane

        return Pane
