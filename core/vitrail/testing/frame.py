"""A frame that needs no page: it keeps what it is told, and draws parts without a guard."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from vitrail.domain import Domain
from vitrail.drawer import Drawer
from vitrail.dtypes import DType
from vitrail.query.reduction import Reduction
from vitrail.registry import Registry
from vitrail.visualizer import Size

GRID = Markup('<div role="grid"></div>')


class MemoryFrame:
    """What a visualizer is handed, for tests; a part that fails raises.

    Args:
        registry: who draws parts.
        domain: what all cells of the column share.
        size: the room for a drawing.
        title: the column's name.

    Attributes:
        selected: the conditions that panes offered as filters, in order.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        domain: Domain | None = None,
        size: Size = Size(200, 64),  # noqa: B008 - frozen
        title: str = "column",
    ) -> None:
        self.registry = registry
        self.domain = domain
        self.size = size
        self.title = title
        self.selected: list[str] = []

    def reads(self, dtype: DType) -> Reduction:
        """What the visualizer that draws a part of this type reads."""
        return self._drawer(dtype).reads(dtype, self)

    def place_cell(self, data: Any, dtype: DType, *, size: Size | None = None) -> Markup:
        """A part, drawn small."""
        part = MemoryFrame(self.registry, domain=self.domain, size=size or self.size, title=self.title)
        return self._drawer(dtype).cell(data, dtype, part)

    def place_pane(self, data: Any, dtype: DType) -> Any:
        """A part, drawn large."""
        return self._drawer(dtype).pane(data, dtype, self)

    def url(self, digest: str, *, width_px: int | None = None) -> str:
        """An address that names the digest and the width."""
        return f"media/{digest}" + (f"?w={width_px}" if width_px else "")

    def grid(self) -> Any:
        """Something in the grid's place."""
        return GRID

    def select(self, condition: str) -> None:
        """Keep a condition that a pane offers."""
        self.selected.append(condition)

    def _drawer(self, dtype: DType) -> Drawer:
        return self.registry.choose(dtype).make()
