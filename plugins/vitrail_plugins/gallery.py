"""Some of a list's pictures, and how many there are."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from vitrail.dtypes import DType, Image, List, required
from vitrail.query.reduction import Items, Reduction, Sample
from vitrail.visualizer import Frame, Size
from vitrail_plugins.svg import element


class GalleryOptions(BaseModel):
    """How many pictures are shown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pictures: int = Field(default=8, ge=1, le=60, description="pictures that are shown")


class GalleryVisualizer:
    """A list of pictures as a strip of some of them, spread over the list."""

    name = "gallery"
    accepts = List(Image())
    Options = GalleryOptions
    options: GalleryOptions

    def reads(self, dtype: DType, frame: Frame) -> Reduction:
        """Some pictures."""
        return Sample(self.options.pictures)

    def cell(self, data: Items, dtype: DType, frame: Frame) -> Markup:
        """As many pictures as there is room for, and how many there are in all."""
        high = frame.size.height_px
        room = max(1, frame.size.width_px // (high + 4))
        shown = data.values[: max(1, room - 1)] if data.total > room else data.values[:room]
        more = data.total - len(shown)
        parts = _placed(shown, dtype, frame, Size(high, high))
        count = element("small", f"+{more:,}", class_="vt-muted") if more else ""
        return element("div", *parts, count, class_="vt-gallery")

    def pane(self, data: Items, dtype: DType, frame: Frame) -> Markup:
        """The pictures, larger."""
        parts = _placed(data.values, dtype, frame, Size(120, 120))
        more = data.total - len(data.values)
        count = element("small", f"and {more:,} more", class_="vt-muted") if more > 0 else ""
        return element("div", *parts, count, class_="vt-gallery vt-wrap")


def _placed(values: tuple[Any, ...], dtype: DType, frame: Frame, size: Size) -> list[Markup]:
    kind = required(dtype)
    item = kind.item if isinstance(kind, List) else kind
    return [frame.place_cell(value, item, size=size) for value in values]
