"""Guests' files as the rows of a table, in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType

from vitrail.buffer import Buffer
from vitrail.errors import Invalid, NotFound, did_you_mean
from vitrail.files import csv, json_lines, parquet
from vitrail.files.source import Source, Told

Fill = Callable[[Buffer, Source], None]


def fill_parquet(buffer: Buffer, source: Source) -> None:
    """Put the rows of a Parquet file into a buffer."""
    for block in parquet.blocks(source):
        buffer.extend(block)


def fill_csv(buffer: Buffer, source: Source, delimiter: str = ",") -> None:
    """Put the rows of a CSV file into a buffer."""
    for block in csv.blocks(source, delimiter):
        buffer.extend(block)


fill_jsonl: Fill = json_lines.fill
_KINDS: dict[str, Fill] = {
    ".parquet": fill_parquet,
    ".csv": fill_csv,
    ".tsv": partial(fill_csv, delimiter="\t"),
    ".jsonl": fill_jsonl,
    ".ndjson": fill_jsonl,
}
ENDINGS = tuple(_KINDS)


def files_at(path: str | Path) -> list[Path]:
    """The file at a path, or the Parquet files in the folder there, by name.

    Raises:
        NotFound: there is neither.
    """
    path = Path(path)
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise NotFound(f"no file {str(path)!r}")
    found = [
        part
        for part in sorted(path.rglob("*.parquet"))
        if part.is_file() and not any(name[0] in "._" for name in part.relative_to(path).parts)
    ]
    if not found:
        raise NotFound(f"no Parquet file in the folder {str(path)!r}")
    return found


def kind_of(path: Path) -> Fill:
    """What reads a file, by the ending of its name.

    Raises:
        Invalid: nothing does.
    """
    name = path.name.lower()
    name = name.removesuffix(".gz") if not name.endswith(".parquet.gz") else name
    fill = _KINDS.get(Path(name).suffix)
    if fill is None:
        known = ", ".join(_KINDS)
        raise Invalid(
            f"{str(path)!r} is of a kind that is not read; kinds: {known} (text also with .gz)"
        )
    return fill


def size_bytes(path: Path) -> int:
    """How many bytes are read of a file in all: CSV is read twice."""
    return path.stat().st_size * (1 if kind_of(path) in (fill_parquet, fill_jsonl) else 2)


def read(
    paths: Sequence[Path],
    *,
    fill: Fill | None = None,
    drop: Collection[str] = (),
    casts: Mapping[str, str] = MappingProxyType({}),
    told: Told | None = None,
) -> Buffer:
    """The rows of some files, one file after another.

    Args:
        paths: the files.
        fill: what reads them; by default what their endings say.
        drop: columns that are left out.
        casts: column → the Arrow type that its values are made of; JSON lines have their own.
        told: is told how many bytes were read, again and again.

    Raises:
        NotFound: there is no such file, or no column that is called as one in `drop` or `casts`.
        Invalid: a file cannot be read, or a row in it; the message says which.
        CellError: a column's values have no place in a table, or no type in common.
    """
    buffer = Buffer()
    found: set[str] = set()
    for path in paths:
        if not path.is_file():
            raise NotFound(f"no file {str(path)!r}")
        source = Source(path, frozenset(drop), casts, told or (lambda _: None))
        (fill or kind_of(path))(buffer, source)
        found |= source.found
    for name in (*drop, *casts):
        if name not in found:
            raise NotFound(f"no column {name!r}{did_you_mean(name, [c.name for c in buffer.columns])}")
    return buffer
