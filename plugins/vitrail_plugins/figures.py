"""Bokeh figures that fit light and dark ground."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bokeh.events import Tap
from bokeh.models import (
    BasicTickFormatter,
    BoxSelectTool,
    ColumnDataSource,
    FixedTicker,
    HoverTool,
    NumeralTickFormatter,
)
from bokeh.plotting import figure

from vitrail.visualizer import Frame, shown

QUIET = "#8891a5"
_MATHEMATICS = re.compile(r"\$\$|\\[()\[\]]")


def plain(text: str, limit: int = 60) -> str:
    """A text that Bokeh writes as it stands, and never takes for mathematics."""
    return _MATHEMATICS.sub(lambda sign: "\u2060".join(sign[0]), shown(text, limit))


def plain_figure(frame: Frame, label: str, **settings: Any) -> Any:
    """An empty figure of the frame's size: no ground, quiet axes, counts upwards from 0."""
    plot: Any = figure(
        sizing_mode="stretch_width",
        height=frame.size.height_px,
        toolbar_location=None,
        min_border=6,
        tools="",
        name=label,
        **settings,
    )
    plot.background_fill_color = plot.border_fill_color = plot.outline_line_color = None
    plot.toolbar.logo = None
    for axis in plot.axis:
        axis.axis_line_color = QUIET
        axis.axis_line_alpha = 0.4
        axis.major_tick_line_color = axis.minor_tick_line_color = None
        axis.major_label_text_color = axis.axis_label_text_color = QUIET
        axis.major_label_text_font_size = axis.axis_label_text_font_size = "11px"
        axis.axis_label_text_font_style = "normal"
    plot.grid.grid_line_color = QUIET
    plot.grid.grid_line_alpha = 0.15
    plot.xgrid.visible = False
    plot.y_range.start = 0
    plot.yaxis.formatter = NumeralTickFormatter(format="0.[0]a")
    plot.yaxis.axis_label = "rows"
    plot.yaxis[0].ticker.min_interval = 1
    return plot


def whole_powers(plot: Any, most: float) -> None:
    """Write counts at heights that are logarithms: log(1 + count)."""
    powers = [0, *(10**k for k in range(math.ceil(math.log10(max(most, 1))) + 1))]
    plot.yaxis.ticker = FixedTicker(ticks=[math.log1p(power) for power in powers])
    plot.yaxis.major_label_overrides = {math.log1p(power): f"{power:,}" for power in powers}
    plot.yaxis.axis_label = "rows, logarithmic"


def measured_upwards(plot: Any, low: float, high: float, label: str) -> None:
    """Upwards stands a quantity from `low` to `high`, zero among them, instead of counts."""
    room = (high / 2 - low / 2) * 0.1
    plot.y_range.start = low - room if low < 0 else 0
    plot.y_range.end = high + room if high > 0 else 0
    plot.yaxis.formatter = BasicTickFormatter()
    plot.yaxis[0].ticker.min_interval = 0
    plot.yaxis.axis_label = plain(label)


def quads(
    plot: Any,
    columns: Mapping[str, Sequence[Any]],
    color: str,
    *,
    legend: str = "",
    alpha: float = 0.9,
) -> ColumnDataSource:
    """Bars from `left` to `right` of a height `top`; the mouse over one tells its `what`, as plain text."""
    source = ColumnDataSource({name: list(values) for name, values in columns.items()})
    settings = {"legend_label": plain(legend)} if legend else {}
    bars = plot.quad(
        left="left",
        right="right",
        top="top",
        bottom=0,
        source=source,
        fill_color=color,
        line_color=None,
        fill_alpha=alpha,
        nonselection_fill_alpha=0.25,
        **settings,
    )
    plot.add_tools(HoverTool(renderers=[bars], tooltips=[("", "@what")]))
    return source


def brush(plot: Any, chosen: Callable[[float, float], None]) -> None:
    """Let a stretch of the x axis be selected; `chosen` hears its ends."""
    plot.add_tools(tool := BoxSelectTool(dimensions="width", persistent=False))
    plot.toolbar.active_drag = tool

    def heard(event: Any) -> None:
        if event.final and event.geometry.get("type") == "rect":
            chosen(event.geometry["x0"], event.geometry["x1"])

    plot.on_event("selectiongeometry", heard)


def tapped(plot: Any, chosen: Callable[[float], None]) -> None:
    """Let a place on the x axis be clicked; `chosen` hears it."""
    plot.on_event(Tap, lambda event: chosen(event.x))


def name_places(plot: Any, names: Sequence[str]) -> None:
    """Write names under the places 0, 1, 2, … of the x axis."""
    plot.xaxis.ticker = FixedTicker(ticks=list(range(len(names))))
    plot.xaxis.major_label_overrides = {place: plain(name, 24) for place, name in enumerate(names)}
    if sum(min(len(name), 24) for name in names) > 48:
        plot.xaxis.major_label_orientation = 0.7


def quiet_legend(plot: Any) -> None:
    """A legend without a ground, one line above the plot."""
    for legend in plot.legend:
        legend.orientation = "horizontal"
        legend.location = "top_left"
        legend.background_fill_alpha = legend.border_line_alpha = 0
        legend.label_text_color = QUIET
        legend.label_text_font_size = "11px"
        legend.padding = legend.margin = 0
        legend.click_policy = "hide"
    if plot.legend:
        plot.add_layout(plot.legend[0], "above")
