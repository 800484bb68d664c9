"""Lists of numbers as box plots, whose quarters filter the page."""

import math
from typing import Literal

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

import vitrail as vt
from vitrail.dtypes import List, Number
from vitrail.query.reduction import Stats

_CELL = Markup(
    '<svg role="img" viewBox="0 0 {w} {h}" width="{w}" height="{h}"><title>{said}</title>'
    '<g stroke="currentColor" fill="none"><path d="M{low:.1f} {m}H{q1:.1f} M{q3:.1f} {m}H{high:.1f} '
    'M{middle:.1f} {top}V{end}"/><path d="M{q1:.1f} {top}H{q3:.1f}V{end}H{q1:.1f}Z" fill="currentColor" '
    'fill-opacity="0.2"/></g>{mean}</svg>'
)
_MEAN = Markup('<circle cx="{x:.1f}" cy="{y}" r="2.5" fill="currentColor"/>')


class Options(BaseModel):
    """How a box looks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    whiskers: Literal["extremes", "fences"] = Field(
        default="extremes",
        description="reach to the extremes, or at most 1.5 times the box's length beyond the box",
    )
    mean: bool = Field(default=True, description="whether a dot marks the mean")


class BoxPlot:
    """The quartiles of the values as a box, with whiskers."""

    name = "boxplot"
    accepts = List(Number())
    Options = Options
    options: Options

    def reads(self, dtype, frame):
        return Stats()

    def cell(self, data, dtype, frame):
        places = self._places(data)
        if places is None:
            return "no numbers"
        low, q1, middle, q3, high = places
        width, height = frame.size.width_px, frame.size.height_px
        domain = frame.domain
        start, end = (domain.low, domain.high) if domain else (low, high)

        def across(value):
            share = (value / 2 - start / 2) / (end / 2 - start / 2) if end > start else 0.5
            return 3 + (width - 6) * min(max(share, 0), 1)  # halved, so that nothing overflows

        return _CELL.format(
            w=width,
            h=height,
            m=height / 2,
            top=height * 0.2,
            end=height * 0.8,
            low=across(low),
            q1=across(q1),
            middle=across(middle),
            q3=across(q3),
            high=across(high),
            said=_said(data),
            mean=_MEAN.format(x=across(data.mean), y=height / 2) if self._marks_mean(data) else "",
        )

    def pane(self, data, dtype, frame):
        places = self._places(data)
        if places is None:
            return "no numbers"

        from vitrail_boxplot.box import Box

        def chosen(quarter):
            low, high = places[quarter], places[quarter + 1]
            frame.select(str(vt.col(frame.title).between(low, high)))

        return Box(
            chosen,
            places=list(places),
            mean=data.mean if self._marks_mean(data) else None,
            said=_said(data),
            sizing_mode="stretch_width",
            height=130,
        )

    def _places(self, data):
        """Where the box's parts stand, from left to right; None where there are no finite values."""
        if data.quartiles is None:
            return None
        q1, middle, q3 = data.quartiles
        low, high = data.low, data.high
        if self.options.whiskers == "fences":
            reach = 1.5 * (q3 - q1)
            low, high = max(low, q1 - reach), min(high, q3 + reach)
        places = (low, q1, middle, q3, high)
        return places if all(map(math.isfinite, places)) else None

    def _marks_mean(self, data):
        return self.options.mean and math.isfinite(data.mean)


def _said(data):
    q1, middle, q3 = data.quartiles
    return f"{data.count:,} values, quartiles {q1:.4g}, {middle:.4g} and {q3:.4g}"


@vt.hookimpl
def vitrail_visualizers():
    """The visualizers that this plugin brings."""
    return [BoxPlot]
