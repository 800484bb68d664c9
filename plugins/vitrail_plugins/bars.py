"""One number for each version."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from vitrail.domain import NumberDomain
from vitrail.dtypes import DType, Number, Versions
from vitrail.visualizer import Frame, axis_title, version_color
from vitrail_plugins.histogram import versions
from vitrail_plugins.svg import bar, drawing, element, words
from vitrail_plugins.writing import aligned_text, number_text

_NUMBER_PX = 58


class BarsOptions(BaseModel):
    """How a version's number is drawn."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    digits: int = Field(default=4, ge=1, le=15, description="significant digits")


class BarsVisualizer:
    """A bar for each version's number, from zero, over the domain of the whole column."""

    name = "bars"
    accepts = Versions(Number())
    Options = BarsOptions
    options: BarsOptions

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """Bars that lie under each other, with their numbers."""
        names = versions(dtype)
        low, high = _ends(data, frame)
        room = max(20, frame.size.width_px - _NUMBER_PX)
        tall = min(18.0, frame.size.height_px / max(1, len(names)))
        top = (frame.size.height_px - tall * len(names)) / 2
        length = high / 2 - low / 2 or 1.0  # of halves, since the whole may be too large for a float
        zero = -low / 2 / length * room
        parts = []
        for place, (name, value) in enumerate(zip(names, data, strict=True)):
            y = top + place * tall
            text = "–" if value is None else aligned_text(value, self.options.digits)
            if value is not None and math.isfinite(value):
                left, right = sorted((zero, (value / 2 - low / 2) / length * room))
                color = version_color(place)
                parts.append(bar(left, y + 2, right - left, tall - 4, color, f"{name}: {text}"))
            parts.append(words(frame.size.width_px, y + tall / 2 + 4, text, anchor="end", size_px=11))
        return drawing(frame.size.width_px, frame.size.height_px, parts, _told(names, data))

    def pane(self, data: Any, dtype: DType, frame: Frame) -> Any:
        """A figure with a bar for each version."""
        from vitrail_plugins import figures

        names = versions(dtype)
        plot = figures.plain_figure(frame, f"{frame.title} of each version")
        figures.measured_upwards(plot, *_ends(data, frame), axis_title(frame.title, dtype))
        for place, (name, value) in enumerate(zip(names, data, strict=True)):
            if value is not None and math.isfinite(value):
                columns: dict[str, list[Any]] = {
                    "left": [place - 0.35],
                    "right": [place + 0.35],
                    "top": [value],
                    "what": [f"{name}: {number_text(value, self.options.digits)}"],
                }
                figures.quads(plot, columns, version_color(place))
        figures.name_places(plot, names)
        return [plot, element("p", _told(names, data), class_="vt-muted")]


def _told(names: tuple[str, ...], data: Any) -> str:
    """The numbers in words, in full."""
    pairs = zip(names, data, strict=True)
    return ", ".join(f"{n}: {'missing' if v is None else number_text(v, 15)}" for n, v in pairs)


def _ends(data: Any, frame: Frame) -> tuple[float, float]:
    """The ends of the axis: the column's domain and zero; of the numbers themselves where it has none."""
    if isinstance(frame.domain, NumberDomain):
        return min(0.0, frame.domain.low), max(0.0, frame.domain.high)
    numbers = [float(value) for value in data if value is not None and math.isfinite(value)]
    return min([0.0, *numbers]), max([0.0, *numbers])


def same(values: Any) -> bool:
    """Whether all versions hold one value."""
    return all(value == values[0] for value in values[1:])


def chip(name: str, place: int, *, quiet: bool = False) -> Markup:
    """A version's name beside its colour."""
    return element(
        "span",
        element("i", style=f"background:{version_color(place)}"),
        name,
        class_="vt-version vt-muted" if quiet else "vt-version",
    )
