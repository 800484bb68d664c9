"""One person's page: a view, the parts that show it, and what they say when they are touched."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import panel as pn

from vitrail.errors import Cancelled, Invalid, NotFound, QueryError, VitrailError
from vitrail.query.engine import Ticket
from vitrail.query.operator import operators
from vitrail.view import Choice, SortKey, Source, View
from vitrail.visualizer import version_color
from vitrail_panels import shelves
from vitrail_panels.components import Crumbs, Drawer, Grid, Message, Sidebar, Toolbar
from vitrail_panels.detail import Detail
from vitrail_panels.placing import placed
from vitrail_panels.scene import Scene, Shown
from vitrail_panels.window import draw_headers, draw_table

if TYPE_CHECKING:
    from vitrail.registry import Registry
    from vitrail.store.project import Project

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

# Questions of pages wait here and never on the server's event loop.
_ASKING = ThreadPoolExecutor(8, thread_name_prefix="vitrail-page")


class Session:
    """One person's page.

    Args:
        project: what can be looked at.
        registry: who draws.
        location: the page's address; None where it has none.

    Attributes:
        view: what is shown.
        scene: the same, worked out; None while nothing is shown.
    """

    def __init__(self, project: Project, registry: Registry, location: Any = None) -> None:
        self.project = project
        self.registry = registry
        self.location = location
        self.view = View()
        self.scene: Scene | None = None
        self.crumbs = Crumbs()
        self.sidebar = Sidebar()
        self.toolbar = Toolbar(operators=sorted(operators()))
        self.grid = Grid()
        self.drawer = Drawer()
        self.stage = pn.Column(self.grid, sizing_mode="stretch_both", margin=0)
        self.detail = Detail(self.project, self._select, self._settings_changed)
        self._drawn_by = ""
        self._step = 0
        self._ticket: Ticket | None = None
        self._stops = [
            self.sidebar.listen(self._hear(self._from_sidebar)),
            self.toolbar.listen(self._hear(self._from_toolbar)),
            self.grid.listen(self._hear(self._from_grid)),
            self.drawer.listen(self._hear(self._from_drawer)),
            registry.listen(self._plugins_changed),
        ]
        if location is not None:
            watcher = location.param.watch(self._address_changed, "search")
            self._stops.append(lambda: location.param.unwatch(watcher))
        self._document: Any = None
        self._waiting: set[asyncio.Future[bool]] = set()

    # What is shown.

    def begin(self) -> None:
        """Show what the page's address names; called when the page has loaded."""
        self._document = pn.state.curdoc
        self.sidebar.tree = shelves.tree(self.project)
        try:
            view = View.from_query(self.location.search if self.location else "")
        except Invalid as error:
            self.toolbar.error = _said(error)
            view = View()
        self.go(view)

    def end(self) -> None:
        """Let everything go; called when the page is closed."""
        self._step += 1  # whatever still comes is late
        for change in tuple(self._waiting):
            change.get_loop().call_soon_threadsafe(change.cancel)
        for stop in self._stops:
            stop()
        if self._ticket:
            self._ticket.cancel()
        self.detail.close()

    def go(self, view: View) -> None:
        """Show another view. What was asked for the last one is withdrawn."""
        self._step += 1
        if self._ticket:
            self._ticket.cancel()
        self._ticket = self.project.engine.ticket()
        step, ticket = self._step, self._ticket
        self.toolbar.busy = True

        async def follow() -> None:
            try:
                await self._show(view, step, ticket)
            except Cancelled:
                return
            except Exception as error:  # noqa: BLE001 - whatever happens, the page says it and stays
                failure = error
                await self._put(step, lambda: self._fail(failure, view.where))
                await self._stay(view, step, ticket)
            await self._put(step, lambda: self.toolbar.param.update(busy=False))

        pn.state.execute(follow)

    async def _show(self, view: View, step: int, ticket: Ticket) -> None:
        if view.source is None:
            await self._put(step, lambda: self._show_nothing(view))
            return
        scene = await self._ask(lambda: _prepared(self.project, self.registry, view, ticket))
        old = self.scene

        def show() -> None:
            self.scene, self.view = scene, view
            self._write_address()
            self._show_toolbar(scene)
            self._show_grid(scene, total=-1)
            self._show_row()

        if await self._put(step, show):
            await self._show_figures(scene, old, step, ticket)

    async def _stay(self, failed: View, step: int, ticket: Ticket) -> None:
        """Finish what is on the page after another view failed; an empty page shows the bare table."""
        said = self.toolbar.error
        bare = View(source=failed.source)
        try:
            if self.scene is not None:
                await self._show_figures(self.scene, None, step, ticket)
            elif failed not in (View(), bare):
                await self._show(bare, step, ticket)
                await self._put(step, lambda: self.toolbar.param.update(where=failed.where, error=said))
        except VitrailError as error:
            log.debug("what was shown before could not be finished: %s", error)

    async def _show_figures(self, scene: Scene, old: Scene | None, step: int, ticket: Ticket) -> None:
        """What takes longer: how many rows there are, warnings, the headers' drawings."""
        engine = self.project.engine
        total = await self._ask(lambda: engine.count(scene.plan, ticket=ticket))
        await self._put(step, lambda: self.grid.param.update(total=total))
        whole = await self._ask(lambda: engine.count(scene.whole, ticket=ticket))
        of = f" of {whole:,}" if whole != total else ""
        status = f"{total:,} {'row' if total == 1 else 'rows'}{of}"
        await self._put(step, lambda: self.toolbar.param.update(status=status))
        if old is None or old.rows != scene.rows or not self.grid.headers:
            headers = await self._ask(lambda: draw_headers(scene, ticket=ticket))
            drawn = {name: str(markup) for name, markup in headers.items()}
            await self._put(step, lambda: self.grid.param.update(headers=drawn))
        warnings = await self._ask(lambda: engine.warnings(scene.plan, ticket=ticket))
        troubles = [str(column.trouble) for column in scene.columns if column.trouble]
        await self._put(step, lambda: self.toolbar.param.update(warnings=[*warnings, *troubles]))

    async def _put(self, step: int, change: Callable[[], object]) -> bool:
        """Change the page under its document's lock, unless another view was asked for meanwhile.

        Changes without the lock, beside those of a message that is being heard, get lost on their way
        to the browser.

        Returns:
            whether the change was made.
        """
        if step != self._step or self._document is None:
            return False
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def locked() -> None:
            if done.done():
                return
            try:
                current = step == self._step
                if current:
                    change()
                done.set_result(current)
            except Exception as error:  # noqa: BLE001 - raised where it is awaited
                done.set_exception(error)

        self._waiting.add(done)
        done.add_done_callback(self._waiting.discard)
        self._document.add_next_tick_callback(locked)
        return await done

    async def _ask(self, question: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(_ASKING, question)

    def _show_nothing(self, view: View) -> None:
        self.view, self.scene = view, None
        self._write_address()
        self.drawer.open = False
        self.grid.param.update(columns=[], headers={}, total=0, source="", row=None)
        self.sidebar.param.update(current={}, compared=[])
        self.crumbs.param.update(parts=[], labels=[])
        hint = "choose a table in the sidebar"
        if not self.sidebar.tree:
            hint = "nothing is logged here yet; vitrail.init(), Artifact and log_artifact fill the store"
        self.toolbar.param.update(
            where="", error=self.toolbar.error, columns=[], group=[], sort=[], compare=[], versions=[],
            status=hint, warnings=[], reading="",
        )  # fmt: skip

    def _show_toolbar(self, scene: Scene) -> None:
        view = scene.view
        source = view.source
        if source is None:
            return
        artifact, _, version = source.artifact.partition(":")
        self.crumbs.param.update(parts=[artifact, source.entry], labels=[version])
        self.sidebar.param.update(
            current=source.model_dump(), compared=[other.artifact for other in view.compare]
        )
        compare = [
            other.model_dump() | {"color": version_color(place)}
            for place, other in enumerate(view.compare, start=1)
        ]
        self.toolbar.param.update(
            where=view.where,
            error=None,
            reading=scene.parsed.reading if scene.parsed else "",
            columns=[{"name": n, "type": str(t)} for n, t in scene.whole.dtype.columns or ()],
            group=list(view.group),
            sort=[key.model_dump() for key in view.sort],
            compare=compare,
            versions=self._offers(source),
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

    def _show_grid(self, scene: Scene, total: int) -> None:
        order = {key.by: "desc" if key.descending else "asc" for key in scene.view.sort}
        address = scene.view.model_copy(update={"row": None}).to_query()
        columns = [_described(column, order.get(column.name, "")) for column in scene.columns]
        names = {column["name"] for column in columns}
        self.grid.param.update(
            columns=columns,
            headers={name: markup for name, markup in self.grid.headers.items() if name in names},
            total=total,
            row_height=scene.row_height_px,
            source=f"api/window?{address}&generation={self.registry.generation}",
            row=scene.view.row,
        )
        pane, drawn_by = draw_table(scene, lambda: self.grid, self._select)
        if drawn_by != self._drawn_by:
            self.stage[:] = [placed(pane)]
            self._drawn_by = drawn_by

    def _show_row(self) -> None:
        scene, row = self.scene, self.view.row
        self.grid.row = row
        self.drawer.param.update(
            open=row is not None, title="" if row is None else f"row {row:,}", note=""
        )
        if scene is None or row is None:
            self.detail.clear()
            return
        step, ticket = self._step, self._ticket

        async def follow() -> None:
            try:
                drawn = await self._ask(lambda: self.detail.ask(scene, row, ticket))
            except Cancelled:
                return
            except Exception as error:  # noqa: BLE001 - said in its place
                said = _message(error)
                await self._put(step, lambda: self.detail.say(said))
                return

            def show() -> None:
                if (self.scene, self.view.row) == (scene, row):
                    self.detail.show(scene, drawn)

            await self._put(step, show)

        pn.state.execute(follow)

    def _fail(self, error: Exception, text: str = "") -> None:
        """Say what went wrong, and where in the filter's text; what was shown before stays."""
        self.toolbar.error = _said(error, text)

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

    def _hear(self, listener: Callable[[Message], None]) -> Callable[[Message], None]:
        def hear(message: Message) -> None:
            try:
                listener(message)
            except (VitrailError, ValueError, KeyError, TypeError) as error:
                self._fail(error)

        return hear

    def _from_sidebar(self, message: Message) -> None:
        source = Source(artifact=message["artifact"], entry=message["entry"])
        if message["type"] == "source":
            self.go(View(source=source))
            return
        others = tuple(other for other in self.view.compare if other != source)
        if others == self.view.compare and source != self.view.source:
            others = (*others, source)
        self._change(compare=others, key=None)

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
            case "reset":
                self.go(View(source=self.view.source))

    def _from_grid(self, message: Message) -> None:
        match message:
            case {"type": "open", "row": int(row)}:
                self._open(row)
            case {"type": "choose", "column": str(column), "visualizer": str(visualizer)}:
                choice = Choice(visualizer=visualizer)
                self._change(choices=self.view.choices | {column: choice}, row=self.view.row)
            case {"type": "sort", "column": str(column), "descending": descending}:
                kept = tuple(key for key in self.view.sort if key.by != column)
                kept = kept if message.get("add") else ()
                key = () if descending is None else (SortKey(by=column, descending=descending),)
                self._change(sort=(*kept, *key))
            case {"type": "group", "column": str(column)}:
                group = tuple(by for by in self.view.group if by != column)
                self._change(group=(*group, column), sort=())
            case {"type": "settings", "column": str(column)}:
                self._open_settings(column)

    def _from_drawer(self, message: Message) -> None:
        if message["type"] == "close" or self.view.row is None:
            self._open(None)
            return
        row = max(0, self.view.row + (1 if message["by"] > 0 else -1))
        self._open(min(row, max(0, self.grid.total - 1)) if self.grid.total >= 0 else row)

    def _change(self, **changes: Any) -> None:
        document = {"row": None, **changes}
        self.go(View.model_validate(self.view.model_copy(update=document).model_dump()))

    def _open(self, row: int | None) -> None:
        """Show a row's detail; the table stays as it is."""
        if row is not None and row < 0:
            raise Invalid(f"rows are counted from 0, got {row}")
        self.view = self.view.model_copy(update={"row": row})
        self._write_address()
        self._show_row()

    def _open_settings(self, column: str) -> None:
        if self.scene is None:
            return
        found = next((one for one in self.scene.columns if one.name == column), None)
        if found is None:
            raise NotFound(f"no column {column!r} is shown")
        self.drawer.param.update(open=True, title=f"{column}: {found.entry.name}", note="settings")
        self.detail.show_settings(found)

    def _settings_changed(self, column: str, visualizer: str, options: dict[str, Any]) -> None:
        choice = Choice(visualizer=visualizer, options=options)
        view = self.view.model_copy(update={"choices": self.view.choices | {column: choice}})
        self.go(View.model_validate(view.model_dump()))

    def _select(self, condition: str) -> None:
        """A pane's selection narrows the filter."""
        if self.view.where.strip():
            self.toolbar.warnings = ["the selection took the place of the filter"]
        self._change(where=condition)

    def _plugins_changed(self) -> None:
        if self._document is not None:
            self._document.add_next_tick_callback(lambda: self.go(self.view))


def _prepared(project: Project, registry: Registry, view: View, ticket: Ticket) -> Scene:
    """A scene whose columns are worked out too; for a thread."""
    scene = Scene(project, registry, view, ticket=ticket)
    assert scene.columns is not None  # noqa: S101 - works them out
    return scene


def _described(column: Shown, order: str) -> dict[str, Any]:
    """A column as the grid is told of it."""
    return {
        "name": column.name,
        "title": column.name,
        "type": str(column.dtype),
        "glyph": column.glyph,
        "visualizer": column.entry.name,
        "choices": [entry.name for entry in column.fitting],
        "width": column.size.width_px + 24,
        "sort": order,
        "align": column.align,
    }


def _said(error: Exception, text: str = "") -> dict[str, Any]:
    """An error as the toolbar shows it."""
    said: dict[str, Any] = {"message": _message(error), "hint": "", "line": 0, "column": 0}
    if isinstance(error, QueryError):
        said["hint"] = error.hint
        if error.span:
            line, column = error.span.line_and_column(text)
            said |= {"start": error.span.start, "stop": error.span.stop, "line": line, "column": column}
    return said


def _message(error: Exception) -> str:
    """What the viewer is told; the log has what is not ours."""
    if isinstance(error, VitrailError):
        return str(error)
    case = secrets.token_hex(4)
    log.error("the page failed, case %s", case, exc_info=error)
    return f"something failed that should not; the log says what, under {case}"
