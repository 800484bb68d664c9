"""The commands that the frame adds to `vitrail`: serve, export, password, demo."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vitrail.errors import Invalid, PluginError
from vitrail.hookspecs import hookimpl
from vitrail.opening import show
from vitrail.plugin_choice import PluginChoice, choice_of
from vitrail.plugin_commands import Files, Only, Without
from vitrail.plugin_files import Watch, load_file
from vitrail.view import Source, View

if TYPE_CHECKING:
    from vitrail.registry import Registry
    from vitrail.store.project import Project
    from vitrail.table import Table

PORT = 4747
MOST_ROWS = 20_000  # scenes are held in memory while the demo is made
DEMO_STORE = Path(".vitrail-demo")

Store = Annotated[
    Path | None, typer.Option(help="the store's folder; VITRAIL_HOME or .vitrail where left out")
]
Port = Annotated[int, typer.Option(help="where to listen; 0 picks a free port")]
Open = Annotated[bool, typer.Option("--open/--no-open", help="open the page in the browser")]
UsersFile = Annotated[
    Path | None, typer.Option(help="ask for a login, by a file that `vitrail password` makes")
]


@hookimpl
def vitrail_commands(commands: typer.Typer) -> None:
    """Add them."""
    for command in (serve, export, password, demo):
        commands.command(command.__name__)(command)


@hookimpl
def vitrail_page(project: Project) -> str:
    """Serve it in a thread."""
    from vitrail_panels.in_process import page_of

    return page_of(project)


@hookimpl
def vitrail_show(what: Any, store: str | Path | None, settings: Mapping[str, Any]) -> Any:
    """Show it as the frame does."""
    from vitrail_panels.notebook.shown import Shown

    return Shown(what, store, settings)


@hookimpl
def vitrail_export(what: Any, path: Path, store: str | Path | None, settings: Mapping[str, Any]) -> str:
    """Write a page or a drawing."""
    from vitrail_panels.exporting import export as write

    return write(what, path, store, settings)


@hookimpl
def vitrail_rows(
    project: Project, view: View, picked: Sequence[int] | None, registry: Registry
) -> Table:
    """Work them out as the page does."""
    from vitrail_panels.scene import Scene
    from vitrail_panels.shown_rows import rows

    return rows(Scene(project, registry, view), picked)


def serve(
    *,
    store: Store = None,
    port: Port = PORT,
    address: Annotated[
        str, typer.Option(help="which of this machine's addresses; others than itself need --users")
    ] = "127.0.0.1",
    users: UsersFile = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            help="how the page is reached through a proxy, such as https://vitrail.example.org"
        ),
    ] = None,
    embed_in: Annotated[
        list[str] | None,
        typer.Option(help="whose pages may hold this one in a frame, such as https://wiki.example.org"),
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="nobody saves views or rows from the page")
    ] = False,
    open_: Open = True,
    plugin: Files = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="load the files of --plugin again whenever they are saved")
    ] = False,
    only: Only = None,
    without: Without = None,
) -> None:
    """Open the dashboard on this store."""
    files = plugin or []
    if watch and not files:
        raise Invalid("--watch looks at the files that --plugin names; name one")
    registry = _registry(files, choice_of(only, without), forgiving=watch)
    registry.tells_traces = users is None  # served to this machine alone
    registry.owns_process = True
    settings = {"address": address, "users": users, "origins": origin or (), "read_only": read_only}
    settings["embed_in"] = embed_in or ()
    with Watch(registry, files) if watch else contextlib.nullcontext():
        _serve(store, View(), open_, port=port, registry=registry, **settings)


def export(
    what: Annotated[
        str, typer.Argument(help="name:version/entry, a name with one table, or a saved view's name")
    ],
    *,
    out: Annotated[Path, typer.Option(help="the file; its name's ending says what is written")],
    store: Store = None,
    rows: Annotated[int | None, typer.Option(help="how many rows a page holds at most")] = None,
    pictures: Annotated[int | None, typer.Option(help="how many pictures it holds at most")] = None,
    column: Annotated[str | None, typer.Option(help="the column that is drawn")] = None,
    row: Annotated[int | None, typer.Option(help="the row whose value is drawn alone")] = None,
) -> None:
    """Write a table or a view to one file that opens without a server."""
    from vitrail_panels.exporting import export as write

    given = {"rows": rows, "pictures": pictures, "column": column, "row": row}
    settings = {name: value for name, value in given.items() if value is not None}
    said = write(what, out, store, settings)
    typer.echo(f"{out}: {said}, {out.stat().st_size:,} bytes")


def _registry(files: list[Path], choice: PluginChoice, *, forgiving: bool) -> Registry:
    """The installed plugins that may be loaded, and those of files.

    Args:
        files: they are loaded last, each in the place of the plugin of its name.
        choice: which may be loaded.
        forgiving: whether a file that fails stops nothing, since it will be saved again.
    """
    from vitrail.registry import Registry

    registry = Registry()
    registry.load_entry_points(choice)
    for path in files:
        try:
            load_file(registry, path)
        except PluginError:
            if not forgiving:
                raise
    return registry


def _serve(store: Path | None, view: View, open_: bool, **settings: Any) -> None:
    """Serve a store until somebody ends it; the address that is told shows a view."""
    from vitrail.store.project import Project
    from vitrail_panels.serve import Server

    query = view.to_query()

    def ready(url: str) -> None:
        _answers(f"{url}?{query}" if query else url, open_)

    with contextlib.closing(Project(store)) as project:
        if not project.root.is_dir():
            raise Invalid(f"no store at {str(project.root)!r}; log something, or give --store")
        project.catalog.query("SELECT 1")  # one that cannot be read is told before the page opens
        Server(project, **settings).run(ready)


def password(
    user: Annotated[str, typer.Argument(help="the name to log in with")],
    users: Annotated[Path, typer.Option(help="the file to add the user to")],
    stdin: Annotated[
        bool, typer.Option("--stdin", help="read the password from standard input")
    ] = False,
) -> None:
    """Give a user a password, and add who is new to the file."""
    from vitrail_panels.users import Users

    if stdin:
        secret = sys.stdin.readline().rstrip("\n")
    else:
        secret = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    Users(users).put(user, secret)
    typer.echo(f"{user} may log in where `vitrail serve --users {users}` serves")


def demo(
    *,
    store: Annotated[Path, typer.Option(help="the folder to log the demo into")] = DEMO_STORE,
    port: Port = PORT,
    rows: Annotated[int, typer.Option(min=20, max=MOST_ROWS, help="how many scenes to compose")] = 400,
    open_: Open = True,
) -> None:
    """Log a real project, train two models on it, and open the dashboard."""
    from vitrail_panels.demo.project import Demo
    from vitrail_panels.serve import free

    free("127.0.0.1", port)  # a port in use is told before the models are trained
    with _progress() as progress:
        made = Demo(store, rows, progress)
        if made.is_there():
            typer.echo(f"the demo is in {store} already")
        else:
            made.log()
    predictions = Source(artifact="predictions:latest", entry="predictions")
    _serve(store, View(source=predictions), open_, port=port)


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each step, as `Demo` tells of them."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    steps: dict[str, TaskID] = {}
    with _stoppable() as stopped, Progress(*columns, console=Console(stderr=True)) as bars:

        def told(step: str, done: int, total: int) -> None:
            if stopped.is_set():
                raise KeyboardInterrupt
            if step not in steps:
                steps[step] = bars.add_task(step, total=total)
            bars.update(steps[step], completed=done, total=total)

        yield told


@contextlib.contextmanager
def _stoppable() -> Iterator[threading.Event]:
    """Whether Ctrl+C was pressed; pressed again, it ends the command at once.

    Python drops an exception that comes up while an object is finalized, so the first only tells.
    """
    stopped = threading.Event()

    def stop(*_: object) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


def _answers(url: str, open_: bool) -> None:
    typer.echo(f"Vitrail answers at {url}   (Ctrl+C ends it)")
    sys.stdout.flush()
    if open_:
        show(url)
