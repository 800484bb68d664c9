"""The command line: `vitrail`. What goes beyond the store itself comes from plugins."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vitrail.errors import Invalid, VitrailError
from vitrail.importing import import_files

if TYPE_CHECKING:
    from vitrail.registry import Registry
    from vitrail.store.project import Project

Store = Annotated[
    Path | None, typer.Option(help="the store's folder; VITRAIL_HOME or .vitrail where left out")
]


def main() -> None:
    """The entry point of `vitrail`."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line.

    Returns:
        0; 1 where it failed, with a line on stderr that says why; 2 where it makes no sense.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        commands(arguments=arguments)(args=list(arguments), prog_name="vitrail")
    except VitrailError as error:
        typer.echo(f"vitrail: {plain(str(error))}", err=True)
        return 1
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    return 0


def commands(registry: Registry | None = None, *, arguments: Sequence[str] = ()) -> typer.Typer:
    """All commands, those of plugins among them.

    Args:
        registry: whose plugins are asked; None takes the installed ones.
        arguments: the command line, which may keep some of them out.

    Raises:
        NotFound: it names a plugin that is not there.
    """
    from vitrail.media.medium import admit
    from vitrail.plugin_choice import typed_choice
    from vitrail.plugin_commands import listing, plugin
    from vitrail.registry import Registry

    if registry is None:
        registry, choice = Registry(), typed_choice(arguments)
        admit(choice)
        with quiet("vitrail.registry"):  # `vitrail plugins` tells what failed
            registry.load_entry_points(choice)
    app = typer.Typer(
        help="Look at your data.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for command in (ls, show, verify, gc):
        app.command(command.__name__)(command)
    app.command("import")(import_files)
    app.command("plugins")(listing(registry))
    app.add_typer(plugin, name="plugin")
    registry.hook.vitrail_commands(commands=app)
    return app


def plain(text: str) -> str:
    """Text from strangers as a terminal may be given it: nothing that moves the cursor."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in text)


def size_of(size_bytes: float) -> str:
    """A size in words.

    >>> size_of(1536)
    '1.5 kB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 1024:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1024
    return f"{size_bytes:.1f} TB"


def ls(store: Store = None) -> None:
    """List the artifacts of a store: type, name and version, aliases, size, when it was logged."""
    with _project(store) as project:
        rows = [
            (kind, f"{name}:{v.version}", ", ".join(v.aliases), size_of(v.size), v.created)
            for kind, by_name in project.artifacts().items()
            for name, versions in by_name.items()
            for v in versions
        ]
        columns(rows, "no artifacts in " + str(project.root))


def show(artifact: Annotated[str, typer.Argument(help="NAME:ALIAS")], store: Store = None) -> None:
    """Tell what a version of an artifact holds, who made it and who used it."""
    with _project(store) as project:
        found = project.artifact(artifact)
        facts = {
            "artifact": found.qualified_name,
            "type": found.type,
            "aliases": ", ".join(found.aliases),
            "logged": found.created_at,
            "size": size_of(found.size),
            "digest": found.digest,
            "description": found.description or "",
            "metadata": json.dumps(found.metadata, ensure_ascii=False) if found.metadata else "",
            "made by": ", ".join(run.name for run in project.records.made_by(found.row.id)),
            "used by": ", ".join(run.name for run in project.records.used_by(found.row.id)),
        }
        columns([(name, fact) for name, fact in facts.items() if fact], "")
        typer.echo()
        entries = found.manifest.entries.items()
        columns([(e.kind, name, size_of(e.size), e.digest[:12]) for name, e in entries], "no entries")


def verify(store: Store = None) -> None:
    """Read the whole store again and name what is damaged or gone."""
    from vitrail.store.verify import verify as faults_of

    with _project(store) as project:
        faults = faults_of(project)
        for fault in faults:
            typer.echo(plain(str(fault)))
        typer.echo(f"{len(faults)} faults" if faults else "all is as it was logged")
    raise typer.Exit(1 if faults else 0)


def gc(store: Store = None) -> None:
    """Remove what no version needs any more and what writers that died left behind."""
    from vitrail.store.sweep import sweep

    with _project(store) as project:
        swept = sweep(project)
        typer.echo(f"removed {swept.files} files, {size_of(swept.size_bytes)}")


def columns(rows: Sequence[Sequence[str]], nothing: str = "") -> None:
    """Write rows of cells below each other, or `nothing` where there are none."""
    cells = [[plain(cell).replace("\n", " ") for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo(line.rstrip())
    if not cells and nothing:
        typer.echo(nothing)


@contextlib.contextmanager
def _project(store: Path | None) -> Iterator[Project]:
    """The project of a store that is there; looking makes none."""
    from vitrail.store.project import Project

    project = Project(store)
    if not project.root.is_dir():
        raise Invalid(f"no store at {str(project.root)!r}; log something, or give --store")
    with contextlib.closing(project):
        yield project


@contextlib.contextmanager
def quiet(logger: str) -> Iterator[None]:
    """Nothing of a logger is shown meanwhile."""
    log = logging.getLogger(logger)
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = False
