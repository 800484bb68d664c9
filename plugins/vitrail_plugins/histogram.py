"""How numbers or times are spread: histograms, of one list and of one for each version."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from vitrail.domain import Domain, NumberDomain
from vitrail.dtypes import DType, List, Number, Timestamp, Versions, required
from vitrail.query.reduction import BinCounts, Bins, Reduction
from vitrail.visualizer import PALETTE, Frame, axis_title, shown, version_color
from vitrail_plugins.svg import TOP_PX, bars, drawing, element, words
from vitrail_plugins.writing import any_of, bin_text, edge_text, is_between, sided

_TEXT_PX = 11


class HistogramOptions(BaseModel):
    """How a histogram is drawn."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bins: int = Field(default=20, ge=1, le=200, description="the number of bins")
    log: bool = Field(default=False, description="the heights are logarithms of the counts")
    labels: bool = Field(
        default=True, description="the ends of the axis are written under a cell's bars"
    )


class HistogramVisualizer:
    """A list of numbers as a histogram; all cells of the column share their bins."""

    name = "histogram"
    accepts: DType = List(Number())
    Options = HistogramOptions
    options: HistogramOptions

    def reads(self, dtype: DType, frame: Frame) -> Reduction:
        """Counts in equal bins."""
        return Bins(self.options.bins)

    def cell(self, data: BinCounts, dtype: DType, frame: Frame) -> Markup:
        """The bars, with the ends of the axis below."""
        return _bars_cell([data], [""], [PALETTE[0]], self.options, frame)

    def pane(self, data: BinCounts, dtype: DType, frame: Frame) -> Any:
        """A figure; a brushed stretch is offered as a filter."""
        return _figure([data], [""], [PALETTE[0]], self.options, frame, axis_title(frame.title, dtype))


class TimeHistogramVisualizer(HistogramVisualizer):
    """A list of points in time as a histogram."""

    name = "time_histogram"
    accepts = List(Timestamp())


class MultiHistogramVisualizer(HistogramVisualizer):
    """A list of numbers for each version, as histograms side by side in the same bins."""

    name = "multi_histogram"
    accepts = Versions(List(Number()))

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """The bars of each version, one colour a version."""
        names = versions(dtype)
        return _bars_cell(
            data, names, [version_color(i) for i in range(len(names))], self.options, frame
        )

    def pane(self, data: Any, dtype: DType, frame: Frame) -> Any:
        """A figure with a legend of the versions."""
        names = versions(dtype)
        colors = [version_color(i) for i in range(len(names))]
        return _figure(data, names, colors, self.options, frame, axis_title(frame.title, dtype))


class MultiTimeHistogramVisualizer(MultiHistogramVisualizer):
    """A list of points in time for each version, as histograms side by side."""

    name = "multi_time_histogram"
    accepts = Versions(List(Timestamp()))


def versions(dtype: DType) -> tuple[str, ...]:
    """The names of the versions of a type."""
    kind = required(dtype)
    return (kind.names or ()) if isinstance(kind, Versions) else ()


def named(version: str) -> str:
    """How a text about one of several versions begins."""
    return f"{shown(version, 40)}, " if version else ""


def _height(count: int, options: HistogramOptions) -> float:
    return math.log1p(count) if options.log else float(count)


def _range(edges: Sequence[float], frame: Frame) -> tuple[float, float]:
    """The least and the greatest value of the column; whole numbers do not reach their bins' edges."""
    if isinstance(frame.domain, NumberDomain):
        return frame.domain.low, frame.domain.high
    return edges[0], edges[-1]


def _bars_cell(
    series: Sequence[BinCounts | None],
    names: Sequence[str],
    colors: Sequence[str],
    options: HistogramOptions,
    frame: Frame,
) -> Markup:
    there = [counts for counts in series if counts is not None and counts.counts]
    if not any(sum(counts.counts) for counts in there):
        missing = sum(counts.missing for counts in there)
        return element("span", f"{missing:,} missing" if missing else "no values", class_="vt-missing")
    width, tallest = frame.size.width_px, frame.size.height_px
    labels = options.labels and tallest >= 3 * _TEXT_PX
    height = tallest - (_TEXT_PX if labels else 0)
    edges = there[0].edges
    most = max(_height(max(counts.counts), options) for counts in there)
    step = width / (len(edges) - 1)
    thick = (step - min(1.0, step * 0.15)) / len(series)
    parts = []
    for place, (counts, color) in enumerate(zip(series, colors, strict=True)):
        tall = [
            _height(n, options) / most * (height - TOP_PX) for n in (counts.counts if counts else ())
        ]
        boxes = [
            (i * step + place * thick, height - max(1.0, h), thick, max(1.0, h))
            for i, h in enumerate(tall)
            if h
        ]
        if boxes:
            parts.append(bars(boxes, color))
    missing = sum(counts.missing for counts in there)
    if labels:
        low, high = _range(edges, frame)
        base = height + _TEXT_PX - 2
        parts.append(words(0, base, edge_text(low, frame.domain, edges)))
        parts.append(words(width, base, edge_text(high, frame.domain, edges), anchor="end"))
        if missing and width >= 160:
            parts.append(words(width / 2, base, f"{missing:,} missing", anchor="middle"))
    told = f"histogram of {shown(frame.title, 60)}. {_told(series, names, frame.domain)}"
    scale = None if options.log else (round(most), height)
    return drawing(width, tallest, parts, told, steps=(len(edges) - 1, step, len(series)), scale=scale)


def _told(series: Sequence[BinCounts | None], names: Sequence[str], domain: Domain | None) -> str:
    """Histograms in words, for those who cannot see them."""
    said = []
    for counts, name in zip(series, names, strict=True):
        if counts is None:
            said.append(f"{named(name)}missing")
            continue
        total = sum(counts.counts)
        text = f"{named(name)}{total:,} values"
        if total:
            peak = counts.counts.index(max(counts.counts))
            text += f", most in {bin_text(peak, counts.edges, domain)} ({counts.counts[peak]:,})"
        said.append(text + (f", {counts.missing:,} missing" if counts.missing else ""))
    return "; ".join(said)


def _figure(
    series: Sequence[BinCounts | None],
    names: Sequence[str],
    colors: Sequence[str],
    options: HistogramOptions,
    frame: Frame,
    axis: str,
) -> Any:
    from vitrail_plugins import figures

    there = [counts for counts in series if counts is not None and counts.counts]
    if not there:
        return element("span", "no values", class_="vt-missing")
    edges, domain = there[0].edges, frame.domain
    time = isinstance(domain, NumberDomain) and domain.time
    scale = 1000 if time else 1
    plot = figures.plain_figure(
        frame, f"histogram of {frame.title}", x_axis_type="datetime" if time else "linear"
    )
    for place, (counts, name, color) in enumerate(zip(series, names, colors, strict=True)):
        if counts is None:
            continue
        steps = [(high - low) * 0.94 / len(series) for low, high in pairwise(edges)]
        left = [low + place * step for low, step in zip(edges, steps, strict=False)]
        columns: dict[str, list[Any]] = {
            "left": [x * scale for x in left],
            "right": [(x + step) * scale for x, step in zip(left, steps, strict=True)],
            "top": [_height(count, options) for count in counts.counts],
            "what": [
                f"{named(name)}{bin_text(i, edges, domain)}: {count:,} rows"
                for i, count in enumerate(counts.counts)
            ],
        }
        figures.quads(plot, columns, color, legend=name)
    plot.xaxis.axis_label = figures.plain(axis)
    if options.log:
        figures.whole_powers(plot, max(max(counts.counts) for counts in there))
    figures.quiet_legend(plot)

    def chosen(low: float, high: float, side: int | None = None) -> None:
        first = max(0, sum(edge <= low / scale for edge in edges) - 1)
        last = min(len(edges) - 1, max(first + 1, sum(edge < high / scale for edge in edges)))
        at_end = last == len(edges) - 1
        columns = sided(frame.title, [counts is not None for counts in series], side)
        conditions = [
            is_between(column, edges[first], edges[last], last=at_end, time=time) for column in columns
        ]
        frame.select(any_of(conditions))

    def clicked(x: float) -> None:
        if edges[0] <= x / scale <= edges[-1]:
            place = max(0, sum(edge <= x / scale for edge in edges[:-1]) - 1)
            share = (x / scale - edges[place]) / (edges[place + 1] - edges[place])
            chosen(x, x, min(len(series) - 1, int(share / 0.94 * len(series))))

    figures.brush(plot, chosen)
    figures.tapped(plot, clicked)
    return [plot, element("p", _told(series, names, domain), class_="vt-muted")]
