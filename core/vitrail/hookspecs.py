"""The doors for plugins. A plugin implements any of these with `@vitrail.hookimpl`, taking the
arguments that it wants, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import typer

    from vitrail.dtypes import DType
    from vitrail.registry import Registry
    from vitrail.store.project import Project
    from vitrail.table import Table
    from vitrail.view import View
    from vitrail.visualizer import Visualizer

hookspec = pluggy.HookspecMarker("vitrail")
hookimpl = pluggy.HookimplMarker("vitrail")


@hookspec
def vitrail_visualizers() -> Sequence[type[Visualizer]]:
    """The visualizers that the plugin brings."""
    raise AssertionError("a specification is never called")


@hookspec
def vitrail_commands(commands: typer.Typer) -> None:
    """Add commands to the `vitrail` command line."""


@hookspec(historic=True)
def vitrail_configure(registry: Registry) -> None:
    """The registry is ready; also told to those who come later."""


@hookspec(firstresult=True)
def vitrail_draw_failed(visualizer: str, dtype: DType, error: Exception) -> Any:
    """A visualizer raised; whoever answers with something that is not None has dealt with it."""


@hookspec(firstresult=True)
def vitrail_page(project: Project) -> str | None:
    """Serve a project's page from this process, unless it is served already; gives its address."""


@hookspec(firstresult=True)
def vitrail_show(what: Any, store: str | Path | None, settings: Mapping[str, Any]) -> Any:
    """Something with `_ipython_display_` and `_display_` that shows a table or a view in a notebook."""


@hookspec(firstresult=True)
def vitrail_export(
    what: Any, path: Path, store: str | Path | None, settings: Mapping[str, Any]
) -> str | None:
    """Write a table or a view to a file; gives what it holds, in a few words."""


@hookspec(firstresult=True)
def vitrail_rows(
    project: Project, view: View, picked: Sequence[int] | None, registry: Registry
) -> Table | None:
    """The rows that a view shows, as a lazy table."""
