"""The graph as a Bokeh figure: runs are squares, versions circles, what came first stands on the left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bokeh.events import Tap
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
    """A drawn graph, of which parts can be lit.

    Args:
        graph: what is drawn.
        current: the node that is marked; None marks none.
        chosen: hears of the node that was clicked.

    Attributes:
        figure: where it is drawn.
    """

    def __init__(self, graph: Graph, current: str | None, chosen: Callable[[str], None]) -> None:
        self.graph = graph
        self._chosen = chosen
        self._places = places(graph)
        self._names = list(graph.nodes)
        self._nodes: Any = ColumnDataSource(dict(self._node_columns(current)))
        self._edges: Any = ColumnDataSource(dict(self._edge_columns()))
        self.figure = self._drawn(current)

    def light(self, names: Iterable[str]) -> None:
        """Show some nodes and what lies between them as they are, and the others faintly."""
        lit = set(names) or set(self._names)
        strengths = [1.0 if name in lit else FAINT for name in self._names]
        self._nodes.patch({"strength": [(slice(None), strengths)]})
        between = [1.0 if {*edge} <= lit else FAINT for edge in self.graph.edges]
        self._edges.patch({"strength": [(slice(None), between)]})

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
            "strength": [1.0] * len(nodes),
        }

    def _edge_columns(self) -> dict[str, list[Any]]:
        ends = [(self._places[source], self._places[target]) for source, target in self.graph.edges]
        middles = [(start[0] + end[0]) / 2 for start, end in ends]
        return {
            "x0": [start[0] for start, _ in ends],
            "y0": [start[1] for start, _ in ends],
            "x1": [end[0] for _, end in ends],
            "y1": [end[1] for _, end in ends],
            "cx": middles,
            "strength": [1.0] * len(ends),
        }

    def _drawn(self, current: str | None) -> Any:
        hover = HoverTool(tooltips=[("", "@title"), ("", "@note")])
        zoom = WheelZoomTool()
        x_range, y_range = self._window(current)
        plot: Any = figure(
            sizing_mode="stretch_both", tools=[PanTool(), zoom, hover, ResetTool()],
            toolbar_location=None, x_range=Range1d(start=x_range[0], end=x_range[1]), y_range=Range1d(start=y_range[0], end=y_range[1]), name="lineage",
        )  # fmt: skip
        plot.toolbar.active_scroll = zoom
        plot.axis.visible = plot.grid.visible = False
        plot.background_fill_color = plot.border_fill_color = plot.outline_line_color = None
        plot.bezier(
            "x0", "y0", "x1", "y1", "cx", "y0", "cx", "y1",
            source=self._edges, line_color=QUIET, line_width=1.4, line_alpha="strength",
        )  # fmt: skip
        marks = plot.scatter(
            "x", "y", marker="marker", size="size", source=self._nodes, fill_color="color",
            fill_alpha="strength", line_color=QUIET, line_width="ring", line_alpha="strength",
        )  # fmt: skip
        hover.renderers = [marks]
        plot.text(
            "x", "y", text="label", source=self._nodes, y_offset=14, text_align="center",
            text_baseline="top", text_font_size="11.5px", text_color=QUIET, text_alpha="strength",
        )  # fmt: skip
        plot.on_event(Tap, self._tapped)
        return plot

    def _window(self, current: str | None) -> tuple[Place, Place]:
        """The part of the graph that is on screen at first: all of a small one, else around a node."""
        xs = [x for x, _ in self._places.values()] or [0.0]
        ys = [y for _, y in self._places.values()] or [0.0]
        x, y = self._places.get(current or "", (max(xs), sum(ys) / len(ys)))
        wide, high = _SEEN_LAYERS * LAYER, _SEEN_ROWS * ROW
        return _part(min(xs), max(xs), x, wide, LAYER / 2), _part(min(ys), max(ys), y, high, ROW)

    def _tapped(self, event: Any) -> None:
        found = self.nearest(event.x, event.y)
        if found is not None:
            self._chosen(found)

    def nearest(self, x: float, y: float) -> str | None:
        """The node at a place of the figure; None where there is none."""

        def away(name: str) -> float:
            left, up = self._places[name]
            return max(abs(left - x) / (LAYER / 3), abs(up - y) / (ROW / 2))

        name = min(self._names, key=away, default=None)
        return name if name is not None and away(name) <= 1 else None


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
