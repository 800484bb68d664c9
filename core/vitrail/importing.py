"""`vitrail import`: guests' files become the tables of an artifact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from vitrail.errors import CellError, Invalid
from vitrail.files import reading
from vitrail.files.source import Told
from vitrail.table import Table

Files = Annotated[
    list[Path],
    typer.Argument(
        help="Parquet, CSV or JSON lines (text also with .gz), or a folder of Parquet files",
        show_default=False,
    ),
]
Name = Annotated[str | None, typer.Option(help="the artifact's name; by default the first file's")]
Kind = Annotated[str, typer.Option("--type", help="the artifact's type")]
Entry = Annotated[
    str | None,
    typer.Option(help="make one table of all files, under this name; by default one for each file"),
]
Drop = Annotated[list[str] | None, typer.Option(help="a column to leave out; may stand several times")]
Cast = Annotated[
    list[str] | None,
    typer.Option(
        help="a column and the Arrow type that its values are made of, such as price=double; "
        "may stand several times"
    ),
]
Alias = Annotated[list[str] | None, typer.Option(help="an alias besides latest")]
Store = Annotated[
    Path | None, typer.Option(help="the store's folder; VITRAIL_HOME or .vitrail where left out")
]


def import_files(
    files: Files,
    name: Name = None,
    kind: Kind = "dataset",
    entry: Entry = None,
    drop: Drop = None,
    cast: Cast = None,
    alias: Alias = None,
    store: Store = None,
) -> None:
    """Log files as tables: FILE… become the entries of one new version of an artifact."""
    from vitrail.store.artifact import Artifact
    from vitrail.store.current import init

    groups = _entries(files, entry)
    casts = dict(map(_cast, cast or ()))
    artifact = Artifact(_stem(files[0]) if name is None else name, kind)
    for label, paths in groups.items():
        artifact.add(_table(paths, drop or (), casts), label)
    with init(project="import", job_type="import", store=store) as run:
        run.log_artifact(artifact, aliases=alias or ())
    for label in groups:
        rows = f"{len(artifact.get(label)):,} rows"
        typer.echo(f"{artifact.qualified_name}   {label}   {rows}   {artifact.digest}")


def _entries(files: Sequence[Path], entry: str | None) -> dict[str, list[Path]]:
    """The files of each entry, by its name."""
    groups: dict[str, list[Path]] = {}
    for path in files:
        label = _stem(path) if entry is None else entry
        if entry is None and label in groups:
            raise Invalid(
                f"two files would make the entry {label!r}; make one table of them with --entry {label}"
            )
        found = reading.files_at(path)
        for part in found:
            reading.kind_of(part)
        groups.setdefault(label, []).extend(found)
    return groups


def _stem(path: Path) -> str:
    """A file's name without its endings, such as 'a' of 'a.csv.gz'."""
    name = path.resolve().name
    for ending in (".gz", *reading.ENDINGS):
        if name.lower().endswith(ending) and len(name) > len(ending):
            name = name[: -len(ending)]
    return name


def _cast(text: str) -> tuple[str, str]:
    column, equals, kind = text.rpartition("=")
    if not equals:
        raise Invalid(f"a cast is written as COLUMN=TYPE, such as price=double, not {text!r}")
    return column, kind


def _table(paths: list[Path], drop: Sequence[str], casts: Mapping[str, str]) -> Table:
    with _progress(sum(map(reading.size_bytes, paths)), paths[0].name) as told:
        try:
            return Table.of_files(paths, drop=drop, casts=casts, told=told)
        except CellError as error:
            if error.row is not None:
                raise
            name = error.column
            advice = f"{error} (--cast {f'{name}=TYPE'!r}); or leave the column out: --drop {name!r}"
            raise CellError(advice, row=None, column=error.column) from None


@contextmanager
def _progress(size_bytes: int, what: str) -> Iterator[Told]:
    """A bar on stderr, where that is a terminal."""
    from rich import progress
    from rich.console import Console

    from vitrail.cli import plain

    columns = (
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    hidden = not console.is_terminal
    with progress.Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task(plain(what), total=size_bytes)
        yield lambda count: bar.advance(task, count)
