"""The graph as a Bokeh figure: runs are squares, versions circles, what came first stands on the left."""

from __future__ import annotations

from typing import Any

from bokeh.models import ColumnDataSource, HoverTool, PanTool, Range1d, ResetTool, WheelZoomTool
from bokeh.plotting import figure

from vitrail.visualizer import PALETTE, shown
from vitrail_panels.lineage.graph import Graph, Node
from vitrail_panels.lineage.places import LAYER, ROW, Place, places

QUIET, FAINT = "#717a8f", 0.12
COLORS = {"run": PALETTE[1], "version": PALETTE[0]}
_MARKERS = {"run": "square", "version": "circle"}
_SEEN_LAYERS, _SEEN_ROWS = 9.0, 11.0  # how much of the graph is on screen at first
_LABEL = 26


class Picture:
    """A drawn graph; what belongs to a node is lit in the browser, by `components.Lights`.

    Args:
        graph: what is drawn.
        current: the node that is marked; None marks none.
        around: the node in the middle; None for the one that is marked.

    Attributes:
        names: the ids of the nodes, in the order of the figure's marks.
        figure: where it is drawn.
    """

    def __init__(self, graph: Graph, current: str | None, around: str | None = None) -> None:
        self.graph = graph
        self._places = places(graph)
        self.names = list(graph.nodes)
        self._nodes: Any = ColumnDataSource(dict(self._node_columns(current)))
        self._edges: Any = ColumnDataSource(dict(self._edge_columns()))
        self.figure = self._drawn(around or current)

    def _node_columns(self, current: str | None) -> dict[str, list[Any]]:
        nodes = list(self.graph.nodes.values())
        where = [self._places[node.id] for node in nodes]
        return {
            "x": [x for x, _ in where],
            "y": [y for _, y in where],
            "marker": [_MARKERS[node.kind] for node in nodes],
            "color": [COLORS[node.kind] for node in nodes],
            "size": [_size_px(node) for node in nodes],
            "ring": [3 if node.id == current else 0 for node in nodes],
            "label": [_labelled(node) for node in nodes],
            "title": [shown(node.title) for node in nodes],
            "note": [shown(node.note) for node in nodes],
        }

    def _edge_columns(self) -> dict[str, list[Any]]:
        numbers = {name: number for number, name in enumerate(self.names)}
        ends = [(self._places[source], self._places[target]) for source, target in self.graph.edges]
        middles = [(start[0] + end[0]) / 2 for start, end in ends]
        return {
            "source": [numbers[source] for source, _ in self.graph.edges],
            "target": [numbers[target] for _, target in self.graph.edges],
            "x0": [start[0] for start, _ in ends],
            "y0": [start[1] for start, _ in ends],
            "x1": [end[0] for _, end in ends],
            "y1": [end[1] for _, end in ends],
            "cx": middles,
        }

    def _drawn(self, middle: str | None) -> Any:
        hover = HoverTool(tooltips=[("", "@title"), ("", "@note")])
        zoom = WheelZoomTool()
        x_range, y_range = self._window(middle)
        plot: Any = figure(
            sizing_mode="stretch_both", tools=[PanTool(), zoom, hover, ResetTool()],
            lod_threshold=None, toolbar_location=None, x_range=Range1d(start=x_range[0], end=x_range[1]), y_range=Range1d(start=y_range[0], end=y_range[1]), name="lineage",
        )  # fmt: skip
        plot.toolbar.active_scroll = zoom
        plot.axis.visible = plot.grid.visible = False
        plot.background_fill_color = plot.border_fill_color = plot.outline_line_color = None
        plot.bezier(
            "x0", "y0", "x1", "y1", "cx", "y0", "cx", "y1",
            source=self._edges, line_color=QUIET, line_width=1.4, nonselection_alpha=FAINT,
        )  # fmt: skip
        marks = plot.scatter(
            "x", "y", marker="marker", size="size", source=self._nodes, fill_color="color",
            line_color=QUIET, line_width="ring", nonselection_alpha=FAINT,
        )  # fmt: skip
        hover.renderers = [marks]
        plot.text(
            "x", "y", text="label", source=self._nodes, y_offset=14, text_align="center",
            text_baseline="top", text_font_size="11.5px", text_color=QUIET, nonselection_alpha=FAINT,
        )  # fmt: skip
        return plot

    def _window(self, middle: str | None) -> tuple[Place, Place]:
        """The part of the graph that is on screen at first: all of a small one, else around a node."""
        xs = [x for x, _ in self._places.values()] or [0.0]
        ys = [y for _, y in self._places.values()] or [0.0]
        x, y = self._places.get(middle or "", (max(xs), sum(ys) / len(ys)))
        wide, high = _SEEN_LAYERS * LAYER, _SEEN_ROWS * ROW
        return _part(min(xs), max(xs), x, wide, LAYER * 0.7), _part(min(ys), max(ys), y, high, ROW)


def _labelled(node: Node) -> str:
    many = len(node.members)
    return shown(node.title, _LABEL) + (f" ×{many:,}" if many > 1 else "")


def _size_px(node: Node) -> int:
    """How large a node is drawn: more where it stands for several."""
    return 16 + min(len(node.members) - 1, 8)


def _part(low: float, high: float, middle: float, seen: float, margin: float) -> Place:
    """The part of [low, high] that is shown: all of it, or as much as fits around the middle."""
    if high - low <= seen:
        spare = (seen - (high - low)) / 2
        return low - spare - margin, high + spare + margin
    start = min(max(middle - seen / 2, low - margin), high + margin - seen)
    return start, start + seen
