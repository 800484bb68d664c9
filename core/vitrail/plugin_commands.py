"""The commands about plugins: what is loaded, a new one, a check of one."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vitrail.errors import Invalid, PluginError

if TYPE_CHECKING:
    from vitrail.registry import Registry

Only = Annotated[
    list[str] | None,
    typer.Option(
        help="load only these plugins or distributions beside Vitrail's own; vitrail keeps all others out"
    ),
]
Without = Annotated[list[str] | None, typer.Option(help="do not load these plugins or distributions")]
Files = Annotated[
    list[Path] | None, typer.Option("--plugin", help="a file with a plugin in it; may be repeated")
]

plugin = typer.Typer(help="Write a plugin, and check one.", no_args_is_help=True, rich_markup_mode=None)


def listing(registry: Registry) -> Callable[..., None]:
    """The command that lists a registry's plugins."""

    def plugins(
        *,
        files: Files = None,
        traces: Annotated[bool, typer.Option("--traceback", help="say in full why one failed")] = False,
        only: Only = None,
        without: Without = None,
    ) -> None:
        """List the plugins that are loaded, from where, what each draws, media, and those that failed."""
        del only, without  # read before the plugins were loaded
        _load(registry, files or [])
        tell(registry, traces=traces)
        raise typer.Exit(1 if registry.failed else 0)

    return plugins


def _load(registry: Registry, files: list[Path]) -> None:
    from vitrail.cli import quiet
    from vitrail.plugin_files import load_file

    for path in files:
        with quiet("vitrail.registry"), contextlib.suppress(PluginError):
            load_file(registry, path)


def tell(registry: Registry, *, traces: bool = False) -> None:
    """Write down a registry's plugins."""
    from vitrail.cli import columns, plain
    from vitrail.media.medium import installed
    from vitrail.registry import distribution_of

    for name in registry.plugins:
        typer.echo(plain("   ".join(filter(None, (name, *registry.origin(name))))))
        drawn = [entry for entry in registry.visualizers if entry.plugin == name]
        columns([("  " + entry.name, "draws", str(entry.accepts)) for entry in drawn])
        if name in registry.notes:
            typer.echo(plain(f"  MEDDLES: {registry.meddled(name)}"))
    for point in installed():
        typer.echo(plain(f"medium {point.name}   {distribution_of(point)}   {point.value}"))
    for name, distribution in registry.kept_out:
        typer.echo(plain(f"{name}   {distribution}   OFF"))
    for error in registry.failed:
        typer.echo(plain(f"{error.plugin}   {error.distribution}   FAILED: {error}"))
        if traces:
            typer.echo(plain("".join(traceback.format_exception(error))))


@plugin.command()
def new(
    name: Annotated[str, typer.Argument(help="what it is called, such as stars")],
    folder: Annotated[Path, typer.Option("--in", help="where its folder is made")] = Path(),
) -> None:
    """Write a complete distribution: its metadata, a module that draws, its test, a README."""
    from vitrail.plugin_template import write

    made = write(name, folder)
    typer.echo(f"{made} is there; now:")
    typer.echo(f"  vitrail plugin check {made}")
    typer.echo(f"  pip install --editable {made}")


@plugin.command()
def check(
    path: Annotated[Path, typer.Argument(help="a plugin's folder, or its single file")] = Path(),
) -> None:
    """Run the contract tests on a plugin and say what is missing."""
    from vitrail.cli import plain
    from vitrail.testing.check import faults_of

    if not path.exists():
        raise Invalid(f"no file or folder {str(path)!r}; give a plugin's folder, or its single file")
    report = faults_of(path)
    for fault in report.faults:
        typer.echo(plain(fault))
    if report.faults:
        typer.echo(f"{len(report.faults)} faults")
        raise typer.Exit(1)
    typer.echo(f"{', '.join(report.checked)}: all {report.tests} tests of the contract hold")
