"""Text."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from vitrail.dtypes import DType, Text
from vitrail.visualizer import Frame, shown
from vitrail_plugins.svg import element


class TextOptions(BaseModel):
    """How much of a text is shown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    letters: int = Field(default=200, ge=10, le=2000, description="letters shown in a cell")


class TextVisualizer:
    """A text; as much of it as there is room for."""

    name = "text"
    accepts = Text()
    Options = TextOptions
    options: TextOptions

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """The beginning of the text."""
        title = shown(data, 1000) if len(data) > 30 else None
        return element("span", shown(data, self.options.letters), class_="vt-text", title=title)

    def pane(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """The text as it stands, up to a hundred thousand letters."""
        return element("div", shown(data, 100_000), class_="vt-prose")
