"""A number."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from vitrail.dtypes import DType, Number, required
from vitrail.visualizer import Frame
from vitrail_plugins.svg import element
from vitrail_plugins.writing import aligned_text


class NumberOptions(BaseModel):
    """How a number is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    digits: int = Field(default=4, ge=1, le=15, description="significant digits")


class NumberVisualizer:
    """A number in few digits, aligned to the right, with its unit."""

    name = "number"
    accepts = Number()
    Options = NumberOptions
    options: NumberOptions

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """The number; the mouse over it tells all its digits."""
        kind = required(dtype)
        unit = kind.unit if isinstance(kind, Number) else None
        text = aligned_text(data, self.options.digits) + (f" {unit}" if unit else "")
        return element("span", text, class_="vt-number", title=repr(data))
