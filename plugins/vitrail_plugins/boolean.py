"""True or false."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from vitrail.dtypes import Boolean, DType
from vitrail.visualizer import Frame
from vitrail_plugins.svg import element


class BooleanVisualizer:
    """A tick or a cross, and the word."""

    name = "boolean"
    accepts = Boolean()

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """The sign and the word."""
        sign, word = ("✓", "true") if data else ("✗", "false")
        return element("span", element("b", sign, aria_hidden="true"), " " + word, class_=f"vt-{word}")
