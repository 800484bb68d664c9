"""Lists of numbers as a line, in their order."""

import math

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

import vitrail as vt
from vitrail.dtypes import List, Number
from vitrail.query.reduction import Sample


class Options(BaseModel):
    """How the line looks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    points: int = Field(default=100, ge=2, le=500, description="how many values are drawn at most")
    fill: bool = Field(default=False, description="whether the room below the line is filled")


class Sparkline:
    """A line through the values; those that are missing or not finite are left out."""

    name = "sparkline"
    accepts = List(Number())
    Options = Options
    options: Options

    def reads(self, dtype, frame):
        return Sample(self.options.points)

    def cell(self, data, dtype, frame):
        line = _line(data.values, frame.size.width_px, frame.size.height_px)
        if not line:
            return "no numbers"
        return Markup(
            '<svg role="img" viewBox="0 0 {w} {h}" width="{w}" height="{h}"><title>{n} values</title>'
            '<polyline points="{line}" fill="{fill}" fill-opacity="0.2" stroke="currentColor"/></svg>'
        ).format(
            w=frame.size.width_px,
            h=frame.size.height_px,
            n=data.total,
            line=line,
            fill="currentColor" if self.options.fill else "none",
        )


def _line(values, width, height):
    """The points of the line, as SVG wants them; "" where there are none."""
    there = [float(value) for value in values if value is not None and math.isfinite(value)]
    if not there:
        return ""
    low, high = min(there), max(there)
    room = high / 2 - low / 2  # halved, so that the largest numbers do not overflow
    heights = [(value / 2 - low / 2) / room if room else 0.5 for value in there]
    step = width / max(1, len(there) - 1)
    return " ".join(f"{place * step:.1f},{height * (1 - up):.1f}" for place, up in enumerate(heights))


@vt.hookimpl
def vitrail_visualizers():
    """The visualizers that this plugin brings."""
    return [Sparkline]
