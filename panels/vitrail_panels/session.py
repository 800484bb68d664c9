"""One person's page: a view, the parts that show it, and what they say when they are touched."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import panel as pn
from bokeh.document.locking import without_document_lock

from vitrail.errors import Cancelled, Invalid, VitrailError
from vitrail.query.engine import Ticket
from vitrail.query.narrowed import narrowed
from vitrail.view import Choice, Source, View
from vitrail_panels import changes, folds, looks, notice, quick, saving, shelves, telling
from vitrail_panels.address import Address
from vitrail_panels.asking import Errand, Lane, ask
from vitrail_panels.brushing import Brush, brushed
from vitrail_panels.components import Crumbs, Drawer, Drawing, Grid, Message, Sidebar, Toolbar
from vitrail_panels.detail import Detail
from vitrail_panels.figures import Figures
from vitrail_panels.frequent import Frequent
from vitrail_panels.lineage.pane import LineagePane
from vitrail_panels.meanings import MEANINGS
from vitrail_panels.opened import Opened
from vitrail_panels.placing import placed
from vitrail_panels.reach import SERVED, Reach
from vitrail_panels.scene import Scene
from vitrail_panels.staying import row_after
from vitrail_panels.tabs.code import code
from vitrail_panels.tabs.files import files
from vitrail_panels.tabs.overview import overview
from vitrail_panels.window import draw_table

if TYPE_CHECKING:
    from vitrail.registry import Registry
    from vitrail.store.project import Project

Heard = TypeVar("Heard")
_SHEETS = {"overview": overview, "files": files, "code": code}
LOOK_MS = 2000  # how often the catalog's time is looked at, for what others log meanwhile


class Session:
    """One person's page.

    What a part says becomes another view (`changes`), a view becomes a scene, and the parts are told of it
    (`telling`); what takes longer comes later (`figures`).

    Args:
        project: what can be looked at.
        registry: who draws.
        address: the page's; None where it has none.
        read_only: whether nothing can be saved.
        reach: how the page comes by its rows and pictures.

    Attributes:
        view: what is shown.
        wanted: what was asked for last; the same, once it is shown or has failed.
        scene: what is shown, worked out; None while nothing is.
    """

    def __init__(
        self,
        project: Project,
        registry: Registry,
        address: Address | None = None,
        *,
        read_only: bool = False,
        reach: Reach = SERVED,
    ) -> None:
        self.project = project
        self.reach = reach
        self.registry = registry
        self.read_only = read_only
        self.view = self.wanted = View()
        self.scene: Scene | None = None
        self.crumbs = Crumbs()
        self.sidebar = Sidebar(changes=not read_only)
        self.toolbar = Toolbar(operators=telling.operator_names(), meanings=MEANINGS)
        self.grid = Grid()
        self.drawer = Drawer()
        self.stage = pn.Column(self.grid, sizing_mode="stretch_both", margin=0)
        self.detail = Detail(self.project, self._select, self._settings_changed)
        self._address = address or Address()
        self._figures = Figures(self.toolbar, self.grid, self._name_row)
        self._drawn_by = ""
        self._table = Lane(project)
        self._row = Lane(project)
        self._opened = Opened(self.drawer, self.detail, self._row, self._hear(self._from_report))
        self._frequent = Frequent(project, self.toolbar, lambda: self.scene)
        self._mark: shelves.Mark = None
        self._document: Any = None
        self._stops = [
            self.crumbs.listen(self._hear(self._from_crumbs)),
            self.sidebar.listen(self._hear(self._from_sidebar)),
            self.toolbar.listen(self._hear(self._from_toolbar)),
            self.grid.listen(self._hear(self._from_grid)),
            self.drawer.listen(self._hear(self._from_drawer)),
            registry.listen(self._plugins_changed),
            self._address.listen(self._address_changed),
        ]

    # Its life.

    def begin(self, document: Any = None) -> None:
        """Show what the page's address names; called when the page has loaded.

        Args:
            document: what is changed; by default the one that is served now.
        """
        document = document or pn.state.curdoc
        self._document = document
        self._table.open(document)
        self._row.open(document)
        self._frequent.lane.open(document)
        document.add_periodic_callback(without_document_lock(self._look), LOOK_MS)  # ends with it

        async def errand(errand: Errand) -> None:
            await self._look()
            await errand.put(self._follow_address)

        self._table.follow(errand)

    def _follow_address(self) -> None:
        try:
            view = self._address.read()
        except Invalid as error:
            self.toolbar.error = notice.in_filter(error)
            view = View()
        self.go(view)

    def end(self) -> None:
        """Let everything go; called when the page is closed."""
        self._table.close()
        self._row.close()
        self._frequent.lane.close()
        for stop in self._stops:
            stop()
        self._stops.clear()
        self._document = None
        self.detail.close()

    async def _look(self) -> None:
        """Show in the sidebar what was logged since the last look."""
        try:
            await self._look_at_scene()
            mark = await ask(lambda: shelves.mark(self.project))
            if mark == self._mark and mark is not None:
                return
            tree = await ask(lambda: shelves.tree(self.project))
            await self._table.put(None, lambda: self._show_shelves(mark, tree))
        except Cancelled:
            return
        except Exception as error:  # noqa: BLE001 - whatever happens, the page says it and stays
            said = notice.in_filter(error)
            await self._table.put(None, lambda: self.toolbar.param.update(error=said))

    async def _look_at_scene(self) -> None:
        """Say how far the index of what is shown is, and what those who draw it changed."""
        scene = self.scene
        meddled = telling.meddled(scene) if scene is not None else []
        if not self._figures.warns_of(meddled):
            await self._table.put(None, lambda: self._figures.warn_of(meddled))
        share = self.project.engine.progress(scene.plan) if scene is not None else None
        indexed = "" if share is None else f"indexing, {share:.0%}"
        if not self._figures.says(indexed):
            await self._table.put(None, lambda: self._figures.say(indexed=indexed))

    def _show_shelves(self, mark: shelves.Mark, tree: list[dict[str, Any]]) -> None:
        self._mark = mark
        rest, saved = shelves.apart(tree)
        told = {"tree": rest, "views": saved}
        now = {"tree": self.sidebar.tree, "views": self.sidebar.views}
        self.sidebar.param.update({name: part for name, part in told.items() if part != now[name]})
        if self.scene is not None:
            self.toolbar.versions = shelves.offers(rest, self.scene.sources[0])

    # What is shown.

    def go(self, view: View, *, stays: bool = False) -> None:
        """Show another view. What was asked for the last one is withdrawn.

        Args:
            view: what is to be shown.
            stays: whether the row that is open stays so, if it is still there.
        """
        self.wanted = view
        here, row = self.scene, self.view.row
        follows = stays and here is not None and view.row is None and self.view.within is None
        opened = (here, row) if follows and here is not None and row is not None else None
        self._row.withdraw()
        self.toolbar.param.update(busy=True, doing="reading the first rows")

        async def errand(errand: Errand) -> None:
            try:
                await self._show(view, errand, opened)
            except Cancelled:
                raise
            except Exception as error:  # noqa: BLE001 - whatever happens, the page says it and stays
                await errand.put(self._fail, error=error, failed=view)
                await self._stay(view, errand)
            await errand.put(self.toolbar.param.update, busy=False)

        self._table.follow(errand)

    async def _show(self, view: View, errand: Errand, opened: tuple[Scene, int] | None = None) -> None:
        if view.source is None:
            await errand.put(self._show_nothing, view=view)
            return
        scene, pane, drawn_by = await errand.ask(lambda ticket: self._prepared(view, ticket))
        old = self.scene
        if opened is not None:
            row = await errand.ask(lambda ticket: row_after(*opened, scene, ticket))
            scene.view = view.model_copy(update={"row": row})
        await errand.put(self._show_scene, scene=scene, pane=pane, drawn_by=drawn_by)
        if scene.is_bare:
            return
        try:
            await errand.put(self.toolbar.param.update, doing="counting the rows")
            await self._figures.count(scene, errand)
        except Cancelled:
            raise
        except VitrailError as error:
            await self._return_to(old, errand, notice.in_filter(error))
            raise
        await errand.put(self.toolbar.param.update, doing="counting the columns' values")
        await self._figures.show(scene, errand)

    async def _return_to(self, scene: Scene | None, errand: Errand, error: dict[str, Any]) -> None:
        """Show again what was shown before a view whose rows could not be counted."""
        if scene is not None:
            view = scene.view
            again, pane, drawn_by = await errand.ask(lambda ticket: self._prepared(view, ticket))
            shown = {"scene": again, "pane": pane, "drawn_by": drawn_by}
            await errand.put(self._show_scene, **shown, error=error)

    async def _stay(self, failed: View, errand: Errand) -> None:
        """Finish what is on the page after another view failed; an empty page shows the bare table."""
        bare = View(source=failed.source)
        if self.scene is not None and self.scene.view != failed:
            await self._figures.attempt(self._figures.count, self.scene, errand)
            await self._figures.show(self.scene, errand)
        elif self.scene is None and failed not in (View(), bare):
            said = self.toolbar.error
            try:
                await self._show(bare, errand)
                await errand.put(self.toolbar.param.update, where=failed.where, error=said)
            except VitrailError as error:
                await errand.put(self._fail, error=error, failed=bare)

    def _prepared(self, view: View, ticket: Ticket) -> tuple[Scene, Any, str]:
        """A scene whose columns are worked out too, the table's pane and what drew it; for a thread."""
        scene = Scene(self.project, self.registry, view, ticket=ticket, reach=self.reach)
        assert scene.columns is not None  # noqa: S101 - works them out
        scene.folds = folds.told(scene, ticket)
        if view.tab == "lineage":
            pane = LineagePane(
                self.project.lineage(),
                scene.sources[0].artifact,
                self._hear(self._open_version),
                self.project,
                exploded=view.exploded,
                node=view.node,
                turned=self._trace,
            )
            return scene, pane.view, _side(scene, view)
        if view.tab in _SHEETS:
            sheet = Drawing(markup=str(_SHEETS[view.tab](scene)))
            column = pn.Column(sheet, scroll="y-auto", sizing_mode="stretch_both")
            return scene, column, _side(scene, view)
        return scene, *draw_table(scene, lambda: self.grid, self._select)

    def _show_scene(
        self, scene: Scene, pane: Any, drawn_by: str, error: dict[str, Any] | None = None
    ) -> None:
        self.scene, self.view, self.wanted = scene, scene.view, scene.view
        self._address.write(self.view)
        self.crumbs.param.update(**telling.crumbs(scene, read_only=self.read_only))
        self.sidebar.param.update(**telling.sidebar(scene))
        sides = {} if self._figures.keeps_sides(scene) else {"quick": [], "differs": ""}
        offers = shelves.offers(self.sidebar.tree, scene.sources[0])
        told = telling.toolbar(scene)
        told["warnings"] += self._address.left_aside
        self.toolbar.param.update(error=error, versions=offers, **told, **sides)
        self.toolbar.visible = scene.view.tab == "table"
        picking = telling.picking(scene, read_only=self.read_only)
        self.grid.param.update(picking=picking, **telling.grid(scene, self.grid.headers))
        if drawn_by != self._drawn_by:
            self.stage[:] = [placed(pane)]
            self._drawn_by = drawn_by
        self._show_drawer()

    def _show_nothing(self, view: View) -> None:
        self.view, self.wanted, self.scene = view, view, None
        self._address.write(view)
        self._opened.turn()
        self._show_drawer()
        self.stage[:] = [self.grid if self.sidebar.tree else Drawing(markup=str(notice.FIRST_STEPS))]
        self._drawn_by = ""
        self.grid.param.update(**telling.NO_GRID)
        self.sidebar.param.update(**telling.NO_SIDEBAR)
        self.crumbs.param.update(**telling.NO_CRUMBS)
        self.toolbar.param.update(visible=True, **telling.NO_TOOLBAR)
        hint = "choose a table in the sidebar"
        if not self.sidebar.tree:
            hint = "nothing is logged here yet"
        self._figures.say(counted=hint)

    def _fail(self, error: Exception, failed: View | None = None) -> None:
        """Say what went wrong, and where in the filter's text; what was shown before stays."""
        self.wanted = self.view
        self.toolbar.error = notice.in_filter(error, failed.where if failed else "")
        if self.scene is None and failed is not None and failed == View(source=failed.source):
            self._show_nothing_instead(error)

    def _show_nothing_instead(self, error: Exception) -> None:
        """Say it in the table's place, where there is none to say it over."""
        self.toolbar.param.update(error=None, where="")
        self._figures.say(counted="")
        self.stage[:] = [Drawing(markup=str(notice.in_place(error)))]
        self._drawn_by = ""

    # What the drawer holds.

    def _show_drawer(self) -> None:
        self.grid.param.update(row=self.view.row, within=self.view.within or "")
        self._opened.show(self.scene, self.view, self._rows_beside)

    def _name_row(self) -> None:
        self._opened.name_row(self.view.row, self._rows_beside)

    def _open(self, row: int | None, within: str | None = None) -> None:
        """Show a row's detail; the table stays as it is."""
        if row is not None and row < 0:
            raise Invalid(f"rows are counted from 0, got {row}")
        self._opened.turn()
        self._look_at(row, within)

    def _look_at(self, row: int | None, within: str | None = None) -> None:
        self._note(View(row=row, within=within).model_dump(include={"row", "within"}))
        self._show_drawer()

    def _note(self, parts: dict[str, Any]) -> None:
        """Have the view and the address say what is shown already."""
        self.view = self.view.model_copy(update=parts)
        self.wanted = self.wanted.model_copy(update=parts)
        self._address.write(self.view)

    def _trace(self, exploded: bool, node: str | None) -> None:
        """The lineage shows every step or folds them, and what is known of a node."""
        self._note({"exploded": exploded, "node": node})
        if self.scene is not None:
            self._drawn_by = _side(self.scene, self.view)

    def _settings_changed(self, column: str, visualizer: str, options: dict[str, Any]) -> None:
        choice = Choice(visualizer=visualizer, options=options)
        self.go(changes.chosen(self._asked, column, choice))

    # What is said by the parts.

    @property
    def _asked(self) -> View:
        """What was asked for last, with the row that is open by now."""
        return self.wanted.model_copy(update={"row": self.view.row, "within": self.view.within})

    def _hear(self, listener: Callable[[Heard], None]) -> Callable[[Heard], None]:
        def hear(message: Heard) -> None:
            try:
                listener(message)
            except (VitrailError, ValueError, KeyError, TypeError) as error:
                self._fail(error)

        return hear

    def _from_crumbs(self, message: Message) -> None:
        match message["type"]:
            case "tab":
                self.go(changes.changed(self.wanted, tab=message["tab"]))
            case "source":
                self._from_sidebar(message)
            case _:
                self._carry_out(self.crumbs, message)

    def _from_sidebar(self, message: Message) -> None:
        if message["type"] == "view":
            view = shelves.saved_view(self.sidebar.views, message["name"], message["version"])
            self.go(view)
        elif message["type"] in saving.VIEWS:
            self._carry_out(self.sidebar, message)
        elif message["type"] == "source":
            self.go(shelves.view_of(self.sidebar.tree, message["artifact"], message["entry"]))
        elif self.scene is not None:
            source = Source(artifact=message["artifact"], entry=message["entry"])
            first, *others = self.scene.sources
            if source != first or source in others:
                self.go(changes.laid_over(self.wanted, tuple(others), source), stays=True)

    def _from_report(self, message: Message) -> None:
        offers = [*self.toolbar.quick, *self._opened.offers]
        where = quick.pressed(self.wanted.where, str(message["text"]), offers)
        self.go(changes.changed(self.wanted, where=where))

    def _from_toolbar(self, message: Message) -> None:
        if message["type"] == "changes":
            self._opened.turn(changes=True)
            self._look_at(None)
            return
        match message["type"]:
            case "look":
                self._change_look(message)
            case "expression":
                self._answer(message, changes.by_expression)
            case "values":
                pass  # `_frequent` answers
            case "stop":
                self._stop()
            case _:
                self.go(changes.by_toolbar(self.wanted, message, self.toolbar.quick), stays=True)

    def _from_grid(self, message: Message) -> None:
        match message:
            case {"type": "open", "row": int(row)}:
                self._open(row, message.get("within"))
            case {"type": "settings", "column": str(column)}:
                self._opened.settings_of(self.scene, column)
                self._look_at(None)
            case {"type": "filter", "column": str(column)}:
                self.toolbar.filter_by(column)
            case {"type": "look"}:
                self._change_look(message)
            case {"type": "save_rows"}:
                self._carry_out(self.grid, message)
            case {"type": "brush"}:
                self._brush(Brush.of(message))
            case {"type": "source"}:
                self._from_sidebar(message)
            case _:
                view = changes.by_grid(self._asked, message, self.toolbar.quick)
                if view is not None:
                    self.go(view, stays=True)

    def _brush(self, brush: Brush) -> None:
        """Keep the rows of some bars, which the engine knows."""
        scene = self.scene

        async def errand(errand: Errand) -> None:
            if scene is None:
                return
            try:
                where = await errand.ask(lambda ticket: brushed(scene, brush, ticket))
            except VitrailError as error:
                await errand.put(self._fail, error=error)
            else:
                await errand.put(lambda: self.go(changes.changed(self.wanted, where=where)))

        self._row.follow(errand)

    def _stop(self) -> None:
        """Withdraw what is being worked out; what is shown stays."""
        self._table.withdraw()
        self.grid.halt()
        self.wanted = self.view
        self.toolbar.busy = False
        self._figures.say(counted="stopped")

    def _change_look(self, message: Message) -> None:
        self._answer(message, looks.by_look)

    def _answer(self, message: Message, changed: Callable[[View, Message, Scene], View]) -> None:
        """Show another view, or tell the dialog that asked for it what is wrong."""
        if self.scene is None:
            return
        told: dict[str, Any] = {"ask": message.get("ask"), "error": "", "said": "", "opens": {}}
        try:
            view = changed(self._asked, message, self.scene)
        except VitrailError as error:
            if "ask" not in message:
                raise
            told |= {"error": notice.message(error)} | notice.place(error)
        else:
            self.go(view)
        if "ask" in message:
            self.toolbar.outcome = told

    def _from_drawer(self, message: Message) -> None:
        if message["type"] == "close" or self.view.row is None:
            self._open(None)
            return
        row = max(0, self.view.row + (1 if message["by"] > 0 else -1))
        total = self._rows_beside
        self._open(min(row, max(0, total - 1)) if total >= 0 else row, self.view.within)

    @property
    def _rows_beside(self) -> int:
        """How many rows there are beside the open one; -1 while that is unknown."""
        branches = self.grid.folds.get("branches", [])
        inside = {branch["path"]: branch["total"] for branch in branches}
        return self.grid.total if self.view.within is None else inside.get(self.view.within, -1)

    def _open_version(self, artifact: str) -> None:
        name, _, version = artifact.partition(":")
        if any(view["name"] == name for view in self.sidebar.views):
            self.go(shelves.saved_view(self.sidebar.views, name, version))
        else:
            self.go(shelves.view_of(self.sidebar.tree, artifact))

    def _select(self, condition: str) -> None:
        """A pane's selection narrows the filter."""
        self.go(changes.changed(self.wanted, where=narrowed(self.view.where, condition)))

    def _carry_out(self, part: Crumbs | Grid | Sidebar, message: Message) -> None:
        """Do what a dialog asks, in a thread, and tell it what became of it."""
        work = partial(self._work, message, self.view, self.scene)

        async def run() -> None:
            told = await saving.outcome(message, work)
            await self._look()
            with suppress(Cancelled):
                await self._table.put(None, lambda: part.param.update(outcome=told))

        pn.state.execute(run)

    def _work(self, message: Message, view: View, scene: Scene | None) -> saving.Done:
        if self.read_only:
            raise Invalid("this page is served to be read only; nothing is saved")
        return saving.work_of(self.project, message, view, scene)

    def _address_changed(self, view: View) -> None:
        """The browser went back or forth."""
        if self._document is not None and view != self.view:
            self.go(view)

    def _plugins_changed(self) -> None:
        document = self._document
        if document is not None:
            document.add_next_tick_callback(lambda: self.go(self.wanted))


def _side(scene: Scene, view: View) -> str:
    """What tells a view's side from others, so that one that is shown already stays."""
    if view.tab == "lineage":
        return f"/lineage/{scene.sources[0].artifact}/{view.exploded}/{view.node}"
    return f"/{view.to_query()}"
