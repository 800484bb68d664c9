"""Some of a list's values of another distribution's kind, such as sounds, drawn as that draws one."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from vitrail.dtypes import DType, List, Medium, required
from vitrail.query.reduction import Items, Reduction, Sample
from vitrail.visualizer import Frame, Size
from vitrail_plugins.svg import element

_WIDTH_PX, _GAP_PX, _COUNT_PX = 88, 4, 36


class MediaOptions(BaseModel):
    """How many values are shown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    values: int = Field(default=8, ge=1, le=60, description="values that are shown")


class MediaVisualizer:
    """A list of sounds and the like as some of them, spread over the list."""

    name = "media"
    accepts = List(Medium())
    Options = MediaOptions
    options: MediaOptions

    def reads(self, dtype: DType, frame: Frame) -> Reduction:
        """Some values."""
        return Sample(self.options.values)

    def cell(self, data: Items, dtype: DType, frame: Frame) -> Markup:
        """As many as there is room for, and how many there are in all."""
        room = max(1, (frame.size.width_px - _COUNT_PX) // (_WIDTH_PX + _GAP_PX))
        size = Size(_WIDTH_PX, frame.size.height_px)
        shown = data.values[:room]
        parts = [frame.place_cell(value, _item(dtype), size=size) for value in shown]
        more = data.total - len(shown)
        count = element("small", f"+{more:,}", class_="vt-muted") if more > 0 else ""
        return element("div", *parts, count, class_="vt-gallery")

    def pane(self, data: Items, dtype: DType, frame: Frame) -> list[Any]:
        """Each as its own pane, one below the other."""
        panes = [frame.place_pane(value, _item(dtype)) for value in data.values]
        more = data.total - len(data.values)
        count = [element("small", f"and {more:,} more", class_="vt-muted")] if more > 0 else []
        return [*panes, *count]


def _item(dtype: DType) -> DType:
    kind = required(dtype)
    return kind.item if isinstance(kind, List) else kind
