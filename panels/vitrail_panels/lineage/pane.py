"""The lineage as a part of the page: the picture, with what folds and unfolds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import panel as pn
from markupsafe import Markup

from vitrail.store.lineage import Lineage
from vitrail_panels.components import Drawing, Lights, Message
from vitrail_panels.lineage.graph import Node, collapsed, exploded
from vitrail_panels.lineage.picture import COLORS, Picture
from vitrail_panels.tabs.overview import MOST_OF_NODE, of_runs, of_versions

if TYPE_CHECKING:
    from vitrail.store.project import Project

# As the page's own buttons look.
_BUTTON = """
.bk-btn.bk-btn.bk-btn {
  height: 30px; padding: 0 12px; border: 1px solid var(--vt-line); border-radius: 8px;
  background: var(--vt-surface); color: var(--vt-soft); font: 500 13px var(--vt-font); box-shadow: none;
}
.bk-btn.bk-btn.bk-btn:hover { border-color: var(--vt-line-strong); background: var(--vt-hover); color: var(--vt-fg); }
.bk-btn.bk-btn.bk-btn.bk-active { box-shadow: none !important; border-color: var(--vt-accent); background: var(--vt-accent-soft); color: var(--vt-accent); }
.bk-btn.bk-btn.bk-btn:focus-visible { outline: 2px solid var(--vt-accent); outline-offset: 1px; }
"""
_LEGEND = Markup(
    '<span class="vt-muted"><svg width="12" height="12" aria-hidden="true">'
    '<rect x="1" y="1" width="10" height="10" fill="{}"/></svg> runs &nbsp; '
    '<svg width="12" height="12" aria-hidden="true"><circle cx="6" cy="6" r="5" fill="{}"/></svg> '
    "versions</span>"
).format(COLORS["run"], COLORS["version"])


class LineagePane:
    """The graph of runs and versions.

    Args:
        lineage: all runs and versions.
        current: the version that the page shows, such as `name:v3`; it is marked.
        opened: hears of the version that is to be shown.
        project: tells of the node that was chosen, beside the picture; None tells nothing.
        exploded: whether every step is on its own at first.
        node: the id of the node that is chosen at first.
        turned: hears whether every step is on its own from now on, and which node is chosen.

    Attributes:
        view: what can be placed.
        picture: what is drawn now.
    """

    def __init__(
        self,
        lineage: Lineage,
        current: str | None,
        opened: Callable[[str], None],
        project: Project | None = None,
        *,
        exploded: bool = False,
        node: str | None = None,
        turned: Callable[[bool, str | None], None] = lambda *_: None,
    ) -> None:
        self._lineage, self._current, self._opened = lineage, current, opened
        self._chosen: Node | None = None
        self._project = project
        look: dict[str, Any] = {"stylesheets": [_BUTTON], "margin": (0, 8, 0, 0)}
        self._explode = pn.widgets.Toggle(label="Explode", value=exploded, **look)
        self._lights = Lights(margin=(6, 0, 0, 0))
        self._lights.listen(self._hear)
        self._turned = turned
        self._explode.param.watch(lambda _: self._turn(), "value")
        self._open = pn.widgets.Button(label="Open", visible=False, **look)
        self._open.on_click(lambda _: self.open())
        self._stage = pn.pane.Bokeh(None, sizing_mode="stretch_both")
        self._told = Drawing()
        self._beside = pn.Column(
            self._told, width=360, sizing_mode="stretch_height", scroll="y-auto", visible=False, margin=0
        )
        self.view = pn.Column(
            pn.Row(
                self._explode,
                self._open,
                self._lights,
                Drawing(
                    markup=str(_LEGEND), width=140, height=20, sizing_mode="fixed", margin=(6, 0, 0, 0)
                ),
                margin=8,
                sizing_mode="stretch_width",
            ),
            pn.Row(self._stage, self._beside, sizing_mode="stretch_both", margin=0),
            sizing_mode="stretch_both",
            margin=0,
        )
        self._draw(node)

    @property
    def _exploded(self) -> bool:
        return bool(self._explode.value)

    def _turn(self) -> None:
        """Fold the steps or show each; what was chosen stays so, as far as it is one node."""
        chosen = self._chosen
        self._draw(None if chosen is None else chosen.members[-1])
        self._tell()

    def _tell(self) -> None:
        self._turned(self._exploded, self._chosen.id if self._chosen else None)

    def _draw(self, node: str | None) -> None:
        graph = exploded(self._lineage) if self._exploded else collapsed(self._lineage)
        chosen = node if node in graph.nodes else graph.holding(node)
        self.picture = Picture(graph, graph.holding(self._current), chosen)
        self._stage.object = self.picture.figure
        self._show(chosen)

    def _hear(self, message: Message) -> None:
        place = int(message["place"])
        self.choose(self.picture.names[place] if 0 <= place < len(self.picture.names) else None)

    def choose(self, name: str | None) -> None:
        """Light a node with all that it came of and all that came of it, and offer to open it."""
        self._show(name)
        self._tell()

    def _show(self, name: str | None) -> None:
        """Show what is known of a node; None for none."""
        node = self._chosen = self.picture.graph.nodes[name] if name is not None else None
        newest = node.members[-1] if node else ""
        opens = node is not None and node.kind == "version" and self._holds(newest)
        self._open.param.update(visible=opens, label=f"Open {newest}" if opens else "Open")
        if node is not None and self._project is not None:
            self._told.markup = str(self._known(node, self._project))
        self._beside.visible = node is not None and self._project is not None
        runs, versions = len(self._lineage.runs), len(self._lineage.versions)
        self._lights.param.update(
            figure=self.picture.figure.id,
            chosen=self.picture.names.index(name) if name is not None else -1,
            said=f"{node.title}: {node.note}" if node else f"{runs:,} runs, {versions:,} versions",
        )

    def _known(self, node: Node, project: Project) -> Markup:
        if node.kind == "run":
            return of_runs([self._lineage.runs[member] for member in node.members])
        return of_versions([project.artifact(member) for member in node.members[-MOST_OF_NODE:]])

    def _holds(self, version: str) -> bool:
        """Whether there is anything in a version that could be shown."""
        return self._project is None or bool(self._project.artifact(version).names)

    def open(self) -> None:
        """Show the newest version of the node that was chosen."""
        if self._chosen is not None:
            self._opened(self._chosen.members[-1])
