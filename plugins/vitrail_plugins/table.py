"""A whole table."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from vitrail.dtypes import DType, Table
from vitrail.visualizer import Frame
from vitrail_plugins.svg import element


class TableVisualizer:
    """A table as a grid, each column drawn by the visualizer that its type calls for."""

    name = "table"
    accepts = Table()

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """The names of its columns."""
        columns = dtype.columns if isinstance(dtype, Table) else ()
        names = ", ".join(name for name, _ in columns or ())
        return element("span", f"table of {names}", class_="vt-nested")

    def pane(self, data: Any, dtype: DType, frame: Frame) -> Any:
        """The grid."""
        return frame.grid()
