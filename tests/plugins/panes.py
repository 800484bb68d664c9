"""Panes drawn from plain values, for tests."""

from typing import Any

from markupsafe import Markup

import vitrail_plugins
from vitrail.drawer import Drawer
from vitrail.dtypes import DType
from vitrail.registry import Registry
from vitrail.testing import MemoryFrame
from vitrail.testing.answers import answer, domain_of
from vitrail.visualizer import Size

REGISTRY = Registry()
REGISTRY.register(vitrail_plugins, name="vitrail_plugins", distribution="vitrail")


class Column:
    """A column of cells with the visualizer that its type calls for."""

    def __init__(
        self, dtype: DType, *cells: Any, title: str = "loss", size: Size | None = None, **settings: Any
    ) -> None:
        self.dtype = dtype
        self.cells = cells
        self.drawer: Drawer = REGISTRY.choose(dtype).make(settings)
        self.frame = MemoryFrame(
            REGISTRY, domain=domain_of(cells, dtype), size=size or Size(100, 40), title=title
        )

    def answers(self) -> list[Any]:
        reads = self.drawer.reads(self.dtype, self.frame)
        return [answer(cell, self.dtype, reads, self.frame.domain) for cell in self.cells]

    def drawn(self) -> list[Markup]:
        return [self.drawer.cell(data, self.dtype, self.frame) for data in self.answers()]

    def pane(self) -> Any:
        """The pane of the first cell."""
        return self.drawer.pane(self.answers()[0], self.dtype, self.frame)
