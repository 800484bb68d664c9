"""How often each category occurs: bars, of one list and of one for each version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from vitrail.domain import CategoryDomain
from vitrail.dtypes import Boolean, DType, List, Text, Versions
from vitrail.query.reduction import CategoryCounts, Counts, Reduction
from vitrail.visualizer import PALETTE, Frame, shown, version_color
from vitrail_plugins.histogram import named, versions
from vitrail_plugins.svg import TOP_PX, bars, drawing, element, words
from vitrail_plugins.writing import any_of, is_value, sided

OTHER = "other"
_TOLD = 8
_WIDEST, _NAMED, _TEXT_PX = 52, 30, 11


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
    most = max([most, *(counts.missing for counts in series if counts)])
    if not most:
        return element("span", "no values", class_="vt-missing")
    width, tallest = frame.size.width_px, frame.size.height_px
    step = min(width / _slots(len(values), frame), max(_WIDEST, tallest))
    named_below = step >= _NAMED and tallest >= 3 * _TEXT_PX
    height = tallest - (_TEXT_PX if named_below else 0)
    thick = (step - min(2.0, step * 0.2)) / len(series)
    parts = []
    for place, (row, color) in enumerate(zip(table, colors, strict=True)):
        boxes = []
        for i, count in enumerate(row):
            tall = max(1.0, count / most * (height - TOP_PX)) if count else 0.0
            boxes.append((i * step + place * thick, height - tall, thick, tall))
        known = [box for box in boxes[: len(values)] if box[3]]
        if known:
            parts.append(bars(known, color))
        others = [box for box in boxes[len(values) :] if box[3]]
        parts += [bars([box], color, fill_opacity=0.45) for box in others]
    lost = [counts.missing if counts else 0 for counts in series]
    if any(lost):
        parts += _hollow(lost, colors, len(labels) * step, thick, most, height)
    if named_below:
        middle = (step - min(2.0, step * 0.2)) / 2
        fit = int(step / 5.5)
        parts += [
            words(i * step + middle, tallest - 2, shown(label, fit), anchor="middle")
            for i, label in enumerate([*labels, *(["missing"] if any(lost) else [])])
        ]
    told = f"counts of {shown(frame.title, 60)}. {_told(series, names, labels, table)}"
    steps = len(values), step, len(series)
    return drawing(width, tallest, parts, told, steps=steps, scale=(most, height))


def _slots(categories: int, frame: Frame) -> int:
    """How many bars there is room for: the categories, the others, and those that are missing."""
    domain = frame.domain
    others = isinstance(domain, CategoryDomain) and domain.distinct > categories
    return categories + 1 + others


def _hollow(
    lost: Sequence[int], colors: Sequence[str], left: float, thick: float, most: int, height: float
) -> list[Markup]:
    """Bars of how many values are missing, empty as those are."""
    drawn = []
    for place, (count, color) in enumerate(zip(lost, colors, strict=True)):
        if count:
            tall = max(2.0, count / most * (height - TOP_PX)) - 1
            box = (left + place * thick + 0.5, height - tall - 0.5, max(thick - 1, 1.0), tall)
            drawn.append(bars([box], "none", stroke=color, stroke_dasharray="2 2"))
    return drawn


def _told(
    series: Sequence[CategoryCounts | None],
    names: Sequence[str],
    labels: Sequence[str],
    table: Sequence[Sequence[int]],
) -> str:
    """Counts in words, the greatest of them, for those who cannot see the bars."""
    said = []
    for counts, name, row in zip(series, names, table, strict=True):
        if counts is None:
            said.append(f"{named(name)}missing")
            continue
        ranked = sorted(zip(labels, row, strict=True), key=lambda pair: -pair[1])
        there = [(shown(label, 40), count) for label, count in ranked if count]
        text = ", ".join(f"{label}: {count:,}" for label, count in there[:_TOLD]) or "no values"
        more = f" and {len(there) - _TOLD} more" if len(there) > _TOLD else ""
        missing = f", {counts.missing:,} missing" if counts.missing else ""
        said.append(f"{named(name)}{text}{more}{missing}")
    return "; ".join(said)


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
            side = min(len(series) - 1, max(0, int((x - place + 0.4) / thick)))
            columns = sided(frame.title, [counts is not None for counts in series], side)
            frame.select(any_of([is_value(column, values[place]) for column in columns]))

    figures.tapped(plot, chosen)
    return [plot, element("p", _told(series, names, labels, table), class_="vt-muted")]
