"""One person's page: a view, the parts that show it, and what they say when they are touched."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import panel as pn
from bokeh.document.locking import without_document_lock

from vitrail.errors import Cancelled, Invalid, NotFound, VitrailError
from vitrail.query.engine import Ticket
from vitrail.query.lay import narrowed
from vitrail.query.matching import KNOWN
from vitrail.query.operator import operators
from vitrail.query.parameters import FORMS
from vitrail.query.stages.pipeline import stages
from vitrail.view import Choice, SortKey, Source, View
from vitrail.visualizer import version_color
from vitrail_panels import notice, quick, saving, shelves
from vitrail_panels.asking import Errand, Lane, ask
from vitrail_panels.components import Crumbs, Drawer, Drawing, Grid, Message, Sidebar, Toolbar
from vitrail_panels.detail import Detail
from vitrail_panels.lineage.pane import LineagePane
from vitrail_panels.placing import placed
from vitrail_panels.scene import Scene
from vitrail_panels.window import draw_headers, draw_table

if TYPE_CHECKING:
    from vitrail.query.plan import Plan
    from vitrail.registry import Registry
    from vitrail.store.project import Project

PATIENCE_S = 3.0  # for the first rows, before the headers are asked
Heard = TypeVar("Heard")
LOOK_MS = 2000  # how often the catalog's time is looked at, for what others log meanwhile


class Session:
    """One person's page.

    Args:
        project: what can be looked at.
        registry: who draws.
        location: the page's address; None where it has none.
        read_only: whether nothing can be saved.

    Attributes:
        view: what is shown.
        wanted: what was asked for last; the same, once it is shown or has failed.
        scene: what is shown, worked out; None while nothing is.
    """

    def __init__(
        self, project: Project, registry: Registry, location: Any = None, *, read_only: bool = False
    ) -> None:
        self.project = project
        self.registry = registry
        self.location = location
        self.read_only = read_only
        self.view = self.wanted = View()
        self.scene: Scene | None = None
        self.crumbs = Crumbs()
        self.sidebar = Sidebar(changes=not read_only)
        self.toolbar = Toolbar(operators=_operators())
        self.grid = Grid()
        self.drawer = Drawer()
        self.stage = pn.Column(self.grid, sizing_mode="stretch_both", margin=0)
        self.detail = Detail(self.project, self._select, self._settings_changed)
        self._drawn_by = ""
        self._said = {"counted": "", "indexed": ""}
        self._told_of: Plan | None = None  # the rows that the quick filters are of
        self._settings = ""  # the column whose settings are open
        self._table = Lane(project)
        self._row = Lane(project)
        self._mark: shelves.Mark = None
        self._document: Any = None
        self._stops = [
            self.crumbs.listen(self._hear(self._from_crumbs)),
            self.sidebar.listen(self._hear(self._from_sidebar)),
            self.toolbar.listen(self._hear(self._from_toolbar)),
            self.grid.listen(self._hear(self._from_grid)),
            self.drawer.listen(self._hear(self._from_drawer)),
            registry.listen(self._plugins_changed),
        ]
        if location is not None:
            watcher = location.param.watch(self._address_changed, "search")
            self._stops.append(lambda: location.param.unwatch(watcher))

    # Its life.

    def begin(self) -> None:
        """Show what the page's address names; called when the page has loaded."""
        document: Any = pn.state.curdoc
        self._document = document
        self._table.open(document)
        self._row.open(document)
        document.add_periodic_callback(without_document_lock(self._look), LOOK_MS)  # ends with it

        async def errand(errand: Errand) -> None:
            await self._look()
            await errand.put(self._follow_address)

        self._table.follow(errand)

    def _follow_address(self) -> None:
        try:
            view = View.from_query(self.location.search if self.location else "")
        except Invalid as error:
            self.toolbar.error = notice.in_filter(error)
            view = View()
        self.go(view)

    def end(self) -> None:
        """Let everything go; called when the page is closed."""
        self._table.close()
        self._row.close()
        for stop in self._stops:
            stop()
        self._stops.clear()
        self._document = None
        self.detail.close()

    async def _look(self) -> None:
        """Show in the sidebar what was logged since the last look."""
        try:
            await self._look_at_index()
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

    async def _look_at_index(self) -> None:
        """Say how far the index of what is shown is, while it is being built."""
        scene = self.scene
        share = self.project.engine.progress(scene.plan) if scene is not None else None
        indexed = "" if share is None else f"indexing, {share:.0%}"
        if indexed != self._said["indexed"]:
            await self._table.put(None, lambda: self._say(indexed=indexed))

    def _say(self, **said: str) -> None:
        """Say how many rows there are (`counted`) and how far their index is (`indexed`)."""
        self._said |= said
        self.toolbar.status = " · ".join(filter(None, self._said.values()))

    def _show_shelves(self, mark: shelves.Mark, tree: list[dict[str, Any]]) -> None:
        self._mark = mark
        rest, saved = shelves.apart(tree)
        told = {"tree": rest, "views": saved}
        now = {"tree": self.sidebar.tree, "views": self.sidebar.views}
        self.sidebar.param.update({name: part for name, part in told.items() if part != now[name]})
        if self.scene is not None:
            self.toolbar.versions = self._offers(self.scene.sources[0])

    # What is shown.

    def go(self, view: View) -> None:
        """Show another view. What was asked for the last one is withdrawn."""
        self.wanted = view
        self._row.withdraw()
        self.toolbar.busy = True

        async def errand(errand: Errand) -> None:
            try:
                await self._show(view, errand)
            except Cancelled:
                raise
            except Exception as error:  # noqa: BLE001 - whatever happens, the page says it and stays
                await errand.put(self._fail, error=error, failed=view)
                await self._stay(view, errand)
            await errand.put(self.toolbar.param.update, busy=False)

        self._table.follow(errand)

    async def _show(self, view: View, errand: Errand) -> None:
        if view.source is None:
            await errand.put(self._show_nothing, view=view)
            return
        scene, pane, drawn_by = await errand.ask(lambda ticket: self._prepared(view, ticket))
        old = self.scene
        await errand.put(self._show_scene, scene=scene, pane=pane, drawn_by=drawn_by)
        try:
            await self._count(scene, errand)
        except Cancelled:
            raise
        except VitrailError as error:
            await self._return_to(old, errand, notice.in_filter(error))
            raise
        await self._show_figures(scene, old, errand)

    async def _return_to(self, scene: Scene | None, errand: Errand, error: dict[str, Any]) -> None:
        """Show again what was shown before a view whose rows could not be counted."""
        if scene is not None:
            view = scene.view
            again, pane, drawn_by = await errand.ask(lambda ticket: self._prepared(view, ticket))
            shown = {"scene": again, "pane": pane, "drawn_by": drawn_by}
            await errand.put(self._show_scene, **shown, error=error)

    def _prepared(self, view: View, ticket: Ticket) -> tuple[Scene, Any, str]:
        """A scene whose columns are worked out too, the table's pane and what drew it; for a thread."""
        scene = Scene(self.project, self.registry, view, ticket=ticket)
        assert scene.columns is not None  # noqa: S101 - works them out
        if view.tab == "lineage":
            current = scene.sources[0].artifact
            pane = LineagePane(self.project.lineage(), current, self._hear(self._open_version))
            return scene, pane.view, f"/lineage/{current}"
        return scene, *draw_table(scene, lambda: self.grid, self._select)

    def _show_scene(
        self, scene: Scene, pane: Any, drawn_by: str, error: dict[str, Any] | None = None
    ) -> None:
        self.scene, self.view, self.wanted = scene, scene.view, scene.view
        self._write_address()
        self._show_toolbar(scene, error)
        self._show_grid(scene)
        if drawn_by != self._drawn_by:
            self.stage[:] = [placed(pane)]
            self._drawn_by = drawn_by
        self._show_drawer()

    async def _stay(self, failed: View, errand: Errand) -> None:
        """Finish what is on the page after another view failed; an empty page shows the bare table."""
        bare = View(source=failed.source)
        if self.scene is not None and self.scene.view != failed:
            await self._show_figures(self.scene, None, errand, self._count)
        elif self.scene is None and failed not in (View(), bare):
            said = self.toolbar.error
            try:
                await self._show(bare, errand)
                await errand.put(self.toolbar.param.update, where=failed.where, error=said)
            except VitrailError as error:
                await errand.put(self._fail, error=error, failed=bare)

    async def _show_figures(
        self, scene: Scene, old: Scene | None, errand: Errand, *before: Callable[..., Any]
    ) -> None:
        """What takes longer: the headers' drawings and warnings."""
        parts = [*before, self._tell_sides, self._warn]
        if old is None or old.rows != scene.rows or not self.grid.headers:
            parts.insert(len(before), self._draw_headers)
        for part in parts:
            try:
                await part(scene, errand)
            except Cancelled:
                raise
            except Exception as error:  # noqa: BLE001 - the parts after it are shown all the same
                said = [*self.toolbar.warnings, notice.message(error)]
                await errand.put(self.toolbar.param.update, warnings=said)

    async def _count(self, scene: Scene, errand: Errand) -> None:
        engine = self.project.engine
        about = await errand.ask(lambda ticket: engine.estimate_count(scene.plan, ticket=ticket))
        if about is not None:
            said = f"about {about.value:,} rows, ± {about.error:,.0f}"
            await errand.put(self._say, counted=said)
        total = await errand.ask(lambda ticket: engine.count(scene.plan, ticket=ticket))
        await errand.put(self.grid.param.update, total=total)
        await errand.put(self._name_row)
        whole = await errand.ask(lambda ticket: engine.count(scene.whole, ticket=ticket))
        of = f" of {whole:,}" if whole != total else ""
        said = ", ".join(filter(None, (f"{total:,} row{'s' * (total != 1)}{of}", scene.matching)))
        await errand.put(self._say, counted=said)

    async def _draw_headers(self, scene: Scene, errand: Errand) -> None:
        headers = draw_headers(scene, ticket=errand.ticket, patience_s=PATIENCE_S)
        while (found := await errand.ask(lambda _: next(headers, None))) is not None:
            drawn = {name: str(markup) for name, markup in found.items()}
            await errand.put(self.grid.param.update, headers=drawn)

    async def _tell_sides(self, scene: Scene, errand: Errand) -> None:
        """The quick filters, and how much the sides of the rows differ, where they have several."""
        told = await errand.ask(lambda ticket: quick.told(scene, ticket))
        await errand.put(self._show_sides, told=told, plan=scene.whole)

    def _show_sides(self, told: quick.Told, plan: Plan) -> None:
        self._told_of = plan
        warnings = list(dict.fromkeys([*self.toolbar.warnings, *told.notes]))
        self.toolbar.param.update(quick=told.offers, differs=told.line, warnings=warnings)

    async def _warn(self, scene: Scene, errand: Errand) -> None:
        engine = self.project.engine
        warnings = await errand.ask(lambda ticket: engine.warnings(scene.plan, ticket=ticket))
        troubles = [str(column.trouble) for column in scene.columns if column.trouble]
        said = [*self.toolbar.warnings, *warnings, *troubles]
        await errand.put(self.toolbar.param.update, warnings=list(dict.fromkeys(said)))

    def _show_nothing(self, view: View) -> None:
        self.view, self.wanted, self.scene = view, view, None
        self._write_address()
        self._settings = ""
        self._show_drawer()
        self.stage[:] = [self.grid]
        self._drawn_by = ""
        self.grid.param.update(columns=[], headers={}, total=0, source="", row=None)
        self.sidebar.param.update(current={}, compared=[], shown="")
        self.crumbs.param.update(parts=[], labels=[], tabs=[], tab="", saves=False)
        hint = "choose a table in the sidebar"
        if not self.sidebar.tree:
            hint = "nothing is logged here yet; vitrail.init(), Artifact and log_artifact fill the store"
        self.toolbar.param.update(
            where="", columns=[], paths=[], group=[], sort=[], compare=[], versions=[],
            warnings=[], reading="", quick=[], differs="", keys=[],
        )  # fmt: skip
        self._say(counted=hint)

    def _show_toolbar(self, scene: Scene, error: dict[str, Any] | None) -> None:
        view = scene.view
        source, *others = scene.sources
        artifact, _, version = source.artifact.partition(":")
        self.crumbs.param.update(
            parts=[artifact, source.entry], labels=[version], tabs=["table", "lineage"], tab=view.tab,
            saves=not self.read_only, names={"view": artifact, "rows": f"{artifact}-subset"},
        )  # fmt: skip
        self.sidebar.param.update(
            current=source.model_dump(), compared=[other.artifact for other in others],
            shown=saving.pinned(view, scene).to_query(),
        )  # fmt: skip
        compare = [
            other.model_dump() | {"color": version_color(place)}
            for place, other in enumerate(others, start=1)
        ]
        told = self._told_of == scene.whole
        self.toolbar.param.update(
            where=view.where,
            error=error,
            reading=scene.query.reading if scene.query else "",
            columns=_named(scene.rows),
            paths=_named(scene.whole),
            group=list(view.group),
            sort=[key.model_dump() for key in view.sort],
            compare=compare,
            versions=self._offers(source),
            keys=quick.keys(scene),
            key=scene.key or quick.POSITION,
            quick=self.toolbar.quick if told else [],
            differs=self.toolbar.differs if told else "",
            warnings=[],
        )

    def _offers(self, source: Source) -> list[dict[str, str]]:
        """The tables that can be compared with a source: the same entry of other versions."""
        return [
            {"artifact": f"{name['name']}:{version['version']}", "entry": entry["name"]}
            for kind in self.sidebar.tree
            for name in kind["names"]
            if name["name"] == source.artifact.partition(":")[0]
            for version in name["versions"]
            for entry in version["entries"]
            if entry["name"] == source.entry
        ]

    def _show_grid(self, scene: Scene) -> None:
        order = {key.by: "desc" if key.descending else "asc" for key in scene.view.sort}
        names = {column.name for column in scene.columns}
        self.grid.param.update(
            columns=[
                column.described(order.get(column.name, ""))
                | {"offers": quick.of_column(scene.rows, column.name, column.dtype)}
                for column in scene.columns
            ],
            headers={name: markup for name, markup in self.grid.headers.items() if name in names},
            total=-1,
            row_height=scene.row_height_px,
            source=f"api/window?{scene.address}&generation={self.registry.generation}",
        )

    # What the drawer holds: a row, the settings of a column, or nothing.

    def _show_drawer(self) -> None:
        scene, row = self.scene, self.view.row
        self.grid.row = row
        self._row.withdraw()
        column = None
        if scene is not None and row is None:
            column = next((one for one in scene.columns if one.name == self._settings), None)
        self._settings = column.name if column else ""
        self.drawer.open = row is not None or column is not None
        self._name_row()
        if column is not None:
            self.drawer.param.update(title=f"{column.name}: {column.entry.name}", note="settings")
            self.detail.show_settings(column)
        elif scene is None or row is None:
            self.detail.clear()
        else:
            self._show_row(scene, row)

    def _name_row(self) -> None:
        """Which row is open, and of how many."""
        if self.view.row is not None:
            note = f"of {self.grid.total:,}" if self.grid.total >= 0 else ""
            self.drawer.param.update(title=f"row {self.view.row:,}", note=note)

    def _show_row(self, scene: Scene, row: int) -> None:
        async def errand(errand: Errand) -> None:
            try:
                drawn = await errand.ask(lambda ticket: self.detail.ask(scene, row, ticket))
            except Cancelled:
                raise
            except Exception as error:  # noqa: BLE001 - said in its place
                await errand.put(self.detail.say, text=notice.message(error))
            else:
                await errand.put(self.detail.show, scene=scene, answers=drawn)

        self._row.follow(errand)

    def _fail(self, error: Exception, failed: View | None = None) -> None:
        """Say what went wrong, and where in the filter's text; what was shown before stays."""
        self.wanted = self.view
        self.toolbar.error = notice.in_filter(error, failed.where if failed else "")
        if self.scene is None and failed is not None and failed == View(source=failed.source):
            self._show_nothing_instead(error)

    def _show_nothing_instead(self, error: Exception) -> None:
        """Say it in the table's place, where there is none to say it over."""
        self.toolbar.param.update(error=None, where="")
        self._say(counted="")
        self.stage[:] = [Drawing(markup=str(notice.in_place(error)))]
        self._drawn_by = ""

    # The page's address.

    def _write_address(self) -> None:
        if self.location is None or self._addressed() == self.view:
            return
        query = self.view.to_query()
        self.location.search = f"?{query}" if query else ""

    def _addressed(self) -> View | None:
        """The view that the address names; None where it names none."""
        try:
            return View.from_query(self.location.search or "")
        except Invalid:
            return None

    def _address_changed(self, _: Any) -> None:
        """The browser went back or forth."""
        view = self._addressed()
        if self._document is not None and view is not None and view != self.view:
            self.go(view)

    # What is said by the parts.

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
                self._change(tab=message["tab"])
            case "source":
                self._from_sidebar(message)
            case _:
                self._carry_out(self.crumbs, message)

    def _carry_out(self, part: Crumbs | Sidebar, message: Message) -> None:
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

    def _open_saved(self, name: str, version: str) -> None:
        for known in self.sidebar.views:
            for one in known["versions"]:
                if (known["name"], one["version"]) == (name, version):
                    self.go(View.from_query(one["query"]))
                    return
        raise NotFound(f"no saved view {name!r:.200} in version {version!r:.20}")

    def _open_version(self, artifact: str) -> None:
        """Show the first table of a version."""
        name, _, number = artifact.partition(":")
        tables = [
            entry["name"]
            for kind in self.sidebar.tree
            for known in kind["names"]
            if known["name"] == name
            for version in known["versions"]
            if version["version"] == number
            for entry in version["entries"]
            if entry["kind"].endswith("table")
        ]
        if not tables:
            raise NotFound(f"{artifact} holds no table")
        self.go(View(source=Source(artifact=artifact, entry=tables[0])))

    def _from_sidebar(self, message: Message) -> None:
        if message["type"] == "view":
            self._open_saved(message["name"], message["version"])
            return
        if message["type"] in saving.VIEWS:
            self._carry_out(self.sidebar, message)
            return
        source = Source(artifact=message["artifact"], entry=message["entry"])
        if message["type"] == "source":
            self.go(View(source=source))
        elif self.scene is not None:
            first, *others = self.scene.sources
            laid = dict(zip(others, self.view.compare, strict=True))
            if laid.pop(source, None) is None and source != first:
                laid[source] = source
            self._change(compare=tuple(laid.values()), key=None)

    def _from_toolbar(self, message: Message) -> None:
        match message["type"]:
            case "where":
                self._change(where=str(message["text"]))
            case "group":
                self._change(group=tuple(message["by"]), sort=())
            case "sort":
                self._change(sort=tuple(SortKey.model_validate(key) for key in message["keys"]))
            case "compare":
                sources = tuple(Source.model_validate(source) for source in message["sources"])
                self._change(compare=sources, key=None)
            case "quick":
                self._set_quick(str(message["text"]))
            case "key":
                self._change(key=str(message["name"]))
            case "reset":
                self.go(View(source=self.wanted.source))

    def _from_grid(self, message: Message) -> None:
        match message:
            case {"type": "open", "row": int(row)}:
                self._open(row)
            case {"type": "choose", "column": str(column), "visualizer": str(visualizer)}:
                choice = Choice(visualizer=visualizer)
                self._change(choices=self.wanted.choices | {column: choice}, row=self.view.row)
            case {"type": "sort", "column": str(column), "descending": descending}:
                kept = tuple(key for key in self.wanted.sort if key.by != column)
                kept = kept if message.get("add") else ()
                key = () if descending is None else (SortKey(by=column, descending=descending),)
                self._change(sort=(*kept, *key))
            case {"type": "group", "column": str(column)}:
                group = tuple(by for by in self.wanted.group if by != column)
                self._change(group=(*group, column), sort=())
            case {"type": "settings", "column": str(column)}:
                self._open_settings(column)
            case {"type": "quick", "text": str(text)}:
                self._set_quick(text)

    def _set_quick(self, text: str) -> None:
        self._change(where=quick.pressed(self.wanted.where, text, self.toolbar.quick))

    def _from_drawer(self, message: Message) -> None:
        if message["type"] == "close" or self.view.row is None:
            self._open(None)
            return
        row = max(0, self.view.row + (1 if message["by"] > 0 else -1))
        self._open(min(row, max(0, self.grid.total - 1)) if self.grid.total >= 0 else row)

    def _change(self, **changes: Any) -> None:
        """Change what was asked for last, which may still be on its way."""
        document = {"row": None, **changes}
        self.go(View.model_validate(self.wanted.model_copy(update=document).model_dump()))

    def _open(self, row: int | None) -> None:
        """Show a row's detail; the table stays as it is."""
        if row is not None and row < 0:
            raise Invalid(f"rows are counted from 0, got {row}")
        self._settings = ""
        self._look_at(row)

    def _look_at(self, row: int | None) -> None:
        self.view = self.view.model_copy(update={"row": row})
        self.wanted = self.wanted.model_copy(update={"row": row})
        self._write_address()
        self._show_drawer()

    def _open_settings(self, column: str) -> None:
        if self.scene is None or column not in {one.name for one in self.scene.columns}:
            raise NotFound(f"no column {column!r} is shown")
        self._settings = column
        self._look_at(None)

    def _settings_changed(self, column: str, visualizer: str, options: dict[str, Any]) -> None:
        choice = Choice(visualizer=visualizer, options=options)
        self._change(choices=self.wanted.choices | {column: choice}, row=self.view.row)

    def _select(self, condition: str) -> None:
        """A pane's selection narrows the filter."""
        self._change(where=narrowed(self.view.where, condition))

    def _plugins_changed(self) -> None:
        document = self._document
        if document is not None:
            document.add_next_tick_callback(lambda: self.go(self.wanted))


def _operators() -> list[str]:
    """What a filter may be made of, for completion."""
    known = {*operators(), *FORMS, *KNOWN, *stages()}
    return sorted(name for name in known if name.startswith("$") and " " not in name)


def _named(plan: Plan) -> list[dict[str, str]]:
    """A plan's columns as the toolbar is told of them."""
    return [{"name": name, "type": str(dtype)} for name, dtype in plan.dtype.columns or ()]
