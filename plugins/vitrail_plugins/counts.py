"""How often each category occurs: bars, of one list and of one for each version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from vitrail.dtypes import Boolean, DType, List, Text, Versions
from vitrail.query.reduction import CategoryCounts, Counts, Reduction
from vitrail.visualizer import PALETTE, Frame, bars_text, shown, version_color
from vitrail_plugins.histogram import named, versions
from vitrail_plugins.svg import bar, drawing, element
from vitrail_plugins.writing import is_value

OTHER = "other"


class CountsOptions(BaseModel):
    """How counts are drawn."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    top: int = Field(default=20, ge=1, le=100, description="how many categories are told apart")


class CountsVisualizer:
    """A list of texts as bars of how often each occurs, in one order down the column."""

    name = "counts"
    accepts: DType = List(Text())
    Options = CountsOptions
    options: CountsOptions

    def reads(self, dtype: DType, frame: Frame) -> Reduction:
        """The most frequent categories."""
        return Counts(self.options.top)

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """A bar for each category."""
        return _bars_cell([data], [""], [PALETTE[0]], frame)

    def pane(self, data: Any, dtype: DType, frame: Frame) -> Any:
        """A figure; a clicked bar is offered as a filter."""
        return _figure([data], [""], [PALETTE[0]], frame)


class BooleanCountsVisualizer(CountsVisualizer):
    """A list of true and false as two bars."""

    name = "boolean_counts"
    accepts = List(Boolean())


class GroupedBarsVisualizer(CountsVisualizer):
    """A list of texts for each version, as bars side by side."""

    name = "grouped_bars"
    accepts = Versions(List(Text()))

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """A bar for each category and version, one colour a version."""
        names = versions(dtype)
        return _bars_cell(data, names, [version_color(i) for i in range(len(names))], frame)

    def pane(self, data: Any, dtype: DType, frame: Frame) -> Any:
        """A figure with a legend of the versions."""
        names = versions(dtype)
        return _figure(data, names, [version_color(i) for i in range(len(names))], frame)


class GroupedBooleanBarsVisualizer(GroupedBarsVisualizer):
    """A list of true and false for each version, as bars side by side."""

    name = "grouped_boolean_bars"
    accepts = Versions(List(Boolean()))


def category_text(value: Any) -> str:
    """A category's name."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _table(series: Sequence[CategoryCounts | None]) -> tuple[list[Any], list[list[int]]]:
    """The column's categories, in its order, and how often each occurs in each series; others come last."""
    known: dict[Any, None] = {}
    for counts in series:
        known |= dict.fromkeys(counts.values if counts else ())
    each = [dict(zip(c.values, c.counts, strict=True)) if c else {} for c in series]
    values = list(known)
    table = [[counts.get(value, 0) for value in values] for counts in each]
    if any(counts and counts.other for counts in series):
        for row, counts in zip(table, series, strict=True):
            row.append(counts.other if counts else 0)
    return values, table


def _bars_cell(
    series: Sequence[CategoryCounts | None], names: Sequence[str], colors: Sequence[str], frame: Frame
) -> Markup:
    values, table = _table(series)
    labels = [category_text(value) for value in values]
    labels += [OTHER] * (len(table[0]) - len(values))
    most = max((max(row, default=0) for row in table), default=0)
    if not most:
        return element("span", "no values", class_="vt-missing")
    width, height = frame.size.width_px, frame.size.height_px
    step = min(width / len(labels), 36)
    thick = (step - min(2.0, step * 0.2)) / len(series)
    parts = []
    for place, (row, name, color) in enumerate(zip(table, names, colors, strict=True)):
        for i, count in enumerate(row):
            if count:
                tall = max(1.0, count / most * (height - 2))
                what = f"{named(name)}{shown(labels[i], 80)}: {count:,}"
                faint = 0.45 if i >= len(values) else None
                x = i * step + place * thick
                parts.append(bar(x, height - tall, thick, tall, color, what, fill_opacity=faint))
    told = "; ".join(named(n) + bars_text(labels, row) for n, row in zip(names, table, strict=True))
    return drawing(width, height, parts, f"counts of {frame.title}. {told}")


def _figure(
    series: Sequence[CategoryCounts | None], names: Sequence[str], colors: Sequence[str], frame: Frame
) -> Any:
    from vitrail_plugins import figures

    values, table = _table(series)
    labels = [shown(category_text(value), 30) for value in values]
    labels += [OTHER] * (len(table[0]) - len(values))
    if not labels:
        return element("span", "no values", class_="vt-missing")
    plot = figures.plain_figure(frame, f"counts of {frame.title}")
    thick = 0.8 / len(series)
    for place, (row, name, color) in enumerate(zip(table, names, colors, strict=True)):
        left = [i - 0.4 + place * thick for i in range(len(row))]
        right = [x + thick * 0.95 for x in left]
        what = [f"{named(name)}{label}: {n:,} rows" for label, n in zip(labels, row, strict=True)]
        columns: dict[str, list[Any]] = {"left": left, "right": right, "top": row, "what": what}
        figures.quads(plot, columns, color, legend=name)
    figures.name_places(plot, labels)
    figures.quiet_legend(plot)

    def chosen(x: float) -> None:
        place = round(x)
        if 0 <= place < len(values):
            frame.select(is_value(frame.title, values[place]))

    figures.tapped(plot, chosen)
    return plot
