"""Opening views from Python, as pages and as tables: `vitrail.open`, `vitrail.compare`, `vitrail.rows`."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from vitrail.errors import Invalid, NotFound
from vitrail.store.artifact import Artifact
from vitrail.store.project import Project, opened
from vitrail.view import Source, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vitrail.joined_table import JoinedTable
    from vitrail.registry import Registry
    from vitrail.table import Table

    Named: TypeAlias = str | Artifact | Table | JoinedTable | Source


def open_page(
    what: View | Named | None = None,
    *,
    store: str | Path | None = None,
    server: str | None = None,
    browser: bool = True,
    wait: bool = False,
) -> str:
    """Open the page on a view, in the browser where there is a screen.

    The page is served by this process, as long as it lives; a page that it serves already is taken.

    Args:
        what: a view; or a logged table, an artifact, "name:version/entry", or a saved view's name. None
            opens the start page.
        store: the store's folder; by default that of the artifact, or VITRAIL_HOME, or .vitrail in the
            working directory.
        server: the address of a server that runs already, such as "http://localhost:4747/", instead.
        browser: whether to open the browser; the address is returned either way.
        wait: stay until Ctrl+C, for a script that would end otherwise.

    Returns:
        the address of the page with this view.

    Raises:
        NotFound: there is no such artifact or entry.
        Invalid: an artifact holds several tables, or nothing that is installed serves pages.
    """
    project = _project(what, store)
    query = view_of(what, project).to_query()
    address = (server or _served(project)).partition("?")[0]
    url = f"{address}?{query}" if query else address
    if browser:
        show(url)
    if wait:
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
    return url


def compare(
    table: Named, *others: Named, key: str | None = None, store: str | Path | None = None
) -> View:
    """The view that lays tables over each other, the others over the first.

    It is as any view: `vitrail.open` opens it, and it can be saved or put into an artifact.

    Args:
        table: a logged table, an artifact that holds one, or "name:version" or "name:version/entry".
        others: up to eight more.
        key: the column that rows are matched by; by default one that tells rows apart in all of them,
            best `id`, else their position.
        store: the store's folder, as for `open_page`.

    Raises:
        NotFound: there is no such artifact, entry or key.
        Invalid: there is nothing to compare with, or an artifact holds several tables.
    """
    if not 1 <= len(others) <= 8:
        raise Invalid(f"a table is compared with one to eight others, not with {len(others)}")
    project = _project(table, store)
    first, *rest = sources = [source_of(one, project) for one in (table, *others)]
    for source in sources:
        _check(project, source, key)
    return View(source=first, compare=tuple(rest), key=key)


def rows(
    what: View | Named, *, picked: Sequence[int] | None = None, store: str | Path | None = None
) -> Table:
    """The rows that the page of a view shows: compared, worked out, filtered, grouped and sorted.

    The table is lazy: nothing is read before it is looked at. Where the view is within a group, its rows are
    those of the group.

    Args:
        what: a view, or what `vitrail.open` takes in its place.
        picked: the numbers of the rows that are wanted, counted before they are filtered and sorted;
            None for all.
        store: the store's folder, as for `vitrail.open`.

    Raises:
        NotFound: an artifact, an entry, a column or the group is not there.
        QueryError: the filter or a key makes no sense.
        Invalid: the view shows no table, its tables cannot be compared, or nothing that is installed works
            out views.
    """
    project, registry = _project(what, store), _plugins()
    view = view_of(what, project)
    found: Table | None = registry.hook.vitrail_rows(
        project=project, view=view, picked=picked, registry=registry
    )
    if found is None:
        raise Invalid("nothing that is installed works out views; `vitrail plugins` lists what is")
    return found


def view_of(what: Any, project: Project) -> View:
    """The view that a guest means. Arguments and errors as `open_page` has them."""
    if what is None:
        return View()
    if isinstance(what, View):
        for source in what.sources:
            _check(project, source)
        return what
    if isinstance(what, str) and "/" not in what:
        what = project.artifact(what)
    if isinstance(what, Artifact):
        views = [name for name in what.names if what.entry(name).kind == View.kind]
        if views:
            view: View = what.get(views[0])
            return view
    return View(source=source_of(what, project))


def source_of(what: Any, project: Project) -> Source:
    """The table that a guest means. Arguments and errors as `compare` has them."""
    if isinstance(what, Source):
        return what
    if isinstance(what, str) and "/" in what:
        artifact, _, entry = what.partition("/")
        return Source(artifact=artifact, entry=entry)
    if isinstance(what, str):
        what = project.artifact(what)
    if isinstance(what, Artifact):
        return Source(artifact=what.qualified_name, entry=_table_in(what))
    if not hasattr(what, "logged_as"):
        raise Invalid(f"a table is given, an artifact or 'name:version/entry', not {what!r:.200}")
    if what.logged_as is None:
        raise Invalid(
            "the table is in no artifact yet; log it, and give what the artifact's get() returns"
        )
    source: Source = what.logged_as
    return source


def _table_in(artifact: Artifact) -> str:
    tables = [name for name in artifact.names if artifact.entry(name).kind.endswith("table")]
    if len(tables) == 1:
        return tables[0]
    place = artifact.qualified_name
    if not tables:
        raise NotFound(f"{place} holds no table")
    named = ", ".join(repr(f"{place}/{name}") for name in tables[:8])
    raise Invalid(f"{place} holds {len(tables)} tables; say which: {named}")


def _check(project: Project, source: Source, key: str | None = None) -> None:
    """Make sure that a table is there, and that it has a key."""
    artifact = project.artifact(source.artifact)
    artifact.entry(source.entry)
    if key is not None:
        artifact.get(source.entry).plan().column(key)


def _project(what: Any, store: str | Path | None) -> Project:
    """The project that is meant: of the folder, else of the artifact, else the default one."""
    if store is None and isinstance(what, Artifact) and what.is_logged:
        return what.project
    found = opened(store)
    if not found.root.is_dir():
        raise Invalid(f"no store at {str(found.root)!r}; log something, or give store=")
    return found


def _served(project: Project) -> str:
    """The address of the project's page, which a plugin serves from this process."""
    address: str | None = _plugins().hook.vitrail_page(project=project)
    if address is None:
        raise Invalid("nothing that is installed serves pages; `vitrail plugins` lists what is")
    return address


def _plugins() -> Registry:
    from vitrail.registry import Registry

    registry = Registry()
    registry.load_entry_points()
    return registry


def show(url: str) -> None:
    """Open an address in the browser, where there is a screen; whoever calls does not wait for it."""
    if has_a_screen():
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def has_a_screen() -> bool:
    """Whether a browser would have a window to open; without one, a text browser takes the terminal."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
