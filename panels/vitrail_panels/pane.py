"""One pane, or a whole page, for somebody's Panel application: `pn.Row(Pane(table))`, `Page(store=…)`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import panel as pn
from panel.viewable import Viewer

from vitrail.opening import view_of
from vitrail.store.project import opened
from vitrail.view import Source, View
from vitrail.visualizer import Size
from vitrail_panels.address import Address
from vitrail_panels.answering import Answering
from vitrail_panels.asking import Lane
from vitrail_panels.held import Held, Tabular
from vitrail_panels.loose import Loose
from vitrail_panels.one_column import OneColumn
from vitrail_panels.reach import by_message
from vitrail_panels.scene import Scene
from vitrail_panels.session import Session

if TYPE_CHECKING:
    from vitrail.query.engine import Ticket
    from vitrail.registry import Registry

HEIGHT_PX = 480
_PAGE_PX = 720
_SIDE_PX = 264
_DRAWER_PX = 400
_WIDTH_PX = 640
_MARGIN_PX = 40  # what a pane says beside its plot
_FRAME = {
    "border": "1px solid rgb(128 128 128 / 35%)",  # seen on light and on dark ground
    "border-radius": "12px",
    "overflow": "hidden",
}


class _Embedded(Viewer):
    """What begins when somebody's page has loaded, and ends with it."""

    _shown: Session | OneColumn
    _answering: Answering | None = None
    _layout: Any

    def _begin(self) -> None:
        document = pn.state.curdoc
        self._shown.begin(document if document is not None else Loose())
        if document is not None:
            document.on_session_destroyed(lambda _: self.close())

    def close(self) -> None:
        """Let everything go; an application's session does so when it ends."""
        if self._answering is not None:
            self._answering.close()
        self._shown.end()

    def __panel__(self) -> Any:
        return self._layout


class Pane(_Embedded):
    """A table in somebody's Panel application, live: its filter, its grid, its drawer; or one column.

    It needs no address of ours: rows and pictures come by the messages of Panel's own components, over
    whatever connection the application has. Whoever looks at it reaches the tables that it was given and
    no others.

    Make it where the application makes the rest of a page, so that each viewer has one:

        def app():
            return pn.Row(Pane(table), width=900)

    Args:
        what: a table, whether it was logged or not, or a view; or "name:version/entry", an artifact that
            holds one table, or a saved view's name, found in the store.
        store: the store's folder; by default that of the artifact, or VITRAIL_HOME, or .vitrail in the
            working directory.
        column: draws this column alone, all rows together, as grouping them would: numbers as a
            histogram, pictures as a gallery.
        row: draws this row's value of the column instead.
        toolbar: whether the filter stands over the grid.
        registry: who draws; by default every installed plugin.
        height: in px.
        params: settings of the column of all parts, as `panel.Column` takes them.
    """

    def __init__(
        self,
        what: Any,
        *,
        store: str | Path | None = None,
        column: str | None = None,
        row: int | None = None,
        toolbar: bool = True,
        registry: Registry | None = None,
        height: int = HEIGHT_PX,
        **params: Any,
    ) -> None:
        super().__init__()
        held, view = given(what, store)
        reach = by_message(held.picture)
        registry = registry if registry is not None else all_plugins()
        if column is not None:
            size = Size(_WIDTH_PX, height - _MARGIN_PX)

            def scene(ticket: Ticket) -> Scene:
                return Scene(held, registry, view, ticket=ticket, reach=reach)

            self._shown = OneColumn(scene, Lane(held), column, size, row)
            self._layout = pn.Column(self._shown.view, **{"sizing_mode": "stretch_width", **params})
        else:
            self._shown = session = Session(
                held, registry, Address(first=view), read_only=True, reach=reach
            )
            self._answering = Answering(session.grid, held, registry, reach)
            self._layout = _laid_out(session, toolbar=toolbar, **{"height": height, **params})
        pn.state.onload(self._begin)


class Page(_Embedded):
    """A whole store in somebody's Panel application: every artifact at the side, what is open beside it.

    Whoever looks at it can open whatever the store holds, and can save nothing.

    Args:
        store: the store's folder; by default VITRAIL_HOME, or .vitrail in the working directory.
        view: what is open at first.
        registry: who draws; by default every installed plugin.
        height: in px.
        params: settings of the row of all parts, as `panel.Row` takes them.
    """

    def __init__(
        self,
        store: str | Path | None = None,
        *,
        view: View | None = None,
        registry: Registry | None = None,
        height: int = _PAGE_PX,
        **params: Any,
    ) -> None:
        super().__init__()
        project = opened(store)
        reach = by_message(project.blobs.read)
        registry = registry if registry is not None else all_plugins()
        self._shown = session = Session(
            project, registry, Address(first=view), read_only=True, reach=reach
        )
        self._answering = Answering(session.grid, project, registry, reach)
        side = pn.Column(session.sidebar, width=_SIDE_PX, sizing_mode="stretch_height", styles=_FRAME)
        main = _laid_out(session, toolbar=True, sizing_mode="stretch_both", margin=(0, 0, 0, 12))
        main.insert(0, pn.Column(session.crumbs, margin=(0, 0, 8, 0), sizing_mode="stretch_width"))
        row = {"sizing_mode": "stretch_width", "height": height, **params}
        self._layout = pn.Row(side, main, **row)
        pn.state.onload(self._begin)


def given(what: Any, store: str | Path | None) -> tuple[Held, View]:
    """The tables that a guest means, and the view of them.

    Raises:
        NotFound: there is no such artifact or entry.
        Invalid: it is no table, or an artifact holds several.
    """
    if isinstance(what, Tabular):
        source = what.logged_as or Source(artifact="table", entry="table")
        return Held({source: what}), View(source=source)
    project = what.project if hasattr(what, "project") and store is None else opened(store)
    view = view_of(what, project)
    return Held({one: project.artifact(one.artifact).get(one.entry) for one in view.sources}), view


def all_plugins() -> Registry:
    """Every installed plugin."""
    from vitrail.registry import Registry

    registry = Registry()
    registry.load_entry_points()
    return registry


def _laid_out(session: Session, *, toolbar: bool, **params: Any) -> Any:
    """The parts, the drawer at the side while it is open."""
    drawer = pn.Column(
        session.drawer,
        pn.Column(session.detail.view, scroll="y-auto", sizing_mode="stretch_both"),
        width=_DRAWER_PX,
        sizing_mode="stretch_height",
        visible=session.drawer.open,
        margin=(0, 0, 0, 12),
    )
    session.drawer.param.watch(lambda change: drawer.param.update(visible=change.new), "open")
    session.stage.styles = _FRAME
    body = pn.Row(session.stage, drawer, sizing_mode="stretch_both", margin=0)
    bar = (
        [pn.Column(session.toolbar, margin=(0, 0, 10, 0), sizing_mode="stretch_width")]
        if toolbar
        else []
    )
    return pn.Column(*bar, body, **{"sizing_mode": "stretch_width", **params})
