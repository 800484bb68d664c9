"""The frame that holds the panes: sessions, page, server."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vitrail_panels.pane import Page as Page
    from vitrail_panels.pane import Pane as Pane
    from vitrail_panels.serve import Server as Server

_HOMES = {"Page": "vitrail_panels.pane", "Pane": "vitrail_panels.pane", "Server": "vitrail_panels.serve"}

__all__ = ["Page", "Pane", "Server"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'vitrail_panels' has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)
