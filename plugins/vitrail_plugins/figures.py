"""Bokeh figures that fit light and dark ground."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bokeh.events import Tap
from bokeh.models import BoxSelectTool, ColumnDataSource, FixedTicker, HoverTool, NumeralTickFormatter
from bokeh.plotting import figure

from vitrail.visualizer import Frame

QUIET = "#8891a5"


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
    return plot


def quads(
    plot: Any,
    columns: Mapping[str, Sequence[Any]],
    color: str,
    *,
    legend: str = "",
    alpha: float = 0.9,
) -> ColumnDataSource:
    """Bars from `left` to `right` of a height `top`, told of by `what` when the mouse is over them."""
    source = ColumnDataSource({name: list(values) for name, values in columns.items()})
    settings = {"legend_label": legend} if legend else {}
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
    named = [("", legend)] if legend else []
    plot.add_tools(HoverTool(renderers=[bars], tooltips=[*named, ("", "@what"), ("rows", "@top{0,0}")]))
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
    plot.xaxis.major_label_overrides = dict(enumerate(names))
    if sum(len(name) for name in names) > 60:
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
