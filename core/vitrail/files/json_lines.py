"""The rows of a file with a JSON object on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import IO, Any

from vitrail.buffer import Buffer, column_of
from vitrail.column import Column, column_names
from vitrail.errors import CellError, Invalid
from vitrail.files.source import Source

_BLOCK_BYTES = 4_000_000
_Lines = list[tuple[int, dict[str, Any]]]


def fill(buffer: Buffer, source: Source) -> None:
    """Put the rows into a buffer, a block at a time; a name that a line lacks is missing there.

    Raises:
        Invalid: a line is no JSON object; the message names it.
        CellError: a value does not fit its column; the message names line, row and column.
    """
    waiting: _Lines = []  # lines before the first that has a name
    with source.opened() as file:
        for lines in _blocks(source, file):
            waiting += lines
            names = {name: None for _, row in waiting for name in row if source.keeps(name)}
            wanted = list(dict.fromkeys([*(column.name for column in buffer.columns), *names]))
            if wanted:
                _extend(buffer, source, waiting, wanted)
                waiting = []


def _extend(buffer: Buffer, source: Source, lines: _Lines, names: Sequence[str]) -> None:
    column_names(names)
    try:
        columns = [column_of(name, [row.get(name) for _, row in lines], _no_media) for name in names]
        buffer.extend([(column.name, column.array(), column.dtype) for column in columns])
    except CellError as error:
        _blame(buffer, source, lines, names)
        message = f"{str(source.path)!r}, lines {lines[0][0]} to {lines[-1][0]}: {error}"
        raise CellError(message, row=error.row, column=error.column) from None


def _blame(buffer: Buffer, source: Source, lines: _Lines, names: Sequence[str]) -> None:
    """Raise for the first line that does not fit the lines before it, where there is one."""
    columns = {name: Column(name) for name in names}
    for known in buffer.columns:
        columns[known.name].settle(known.dtype)
    for row, (number, values) in enumerate(lines, len(buffer)):
        for name, column in columns.items():
            try:
                taken = column.take(values.get(name), _no_media, row)
                column.check(taken, row)
            except CellError as error:
                message = f"line {number} of {str(source.path)!r}: {error}"
                raise CellError(message, row=row, column=name) from None
            if taken.dtype is not None:
                column.settle(taken.dtype)


def _blocks(source: Source, file: IO[bytes]) -> Iterator[_Lines]:
    decode = json.JSONDecoder().decode
    number = 0
    while lines := file.readlines(_BLOCK_BYTES):
        block: _Lines = []
        for number, line in enumerate(lines, number + 1):  # noqa: B020 - it goes on from the last
            if line.strip():
                block.append((number, _object(source, number, line, decode)))
        yield block


def _object(source: Source, number: int, line: bytes, decode: Any) -> dict[str, Any]:
    place = f"line {number} of {str(source.path)!r}"
    try:
        found = decode(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{place} is no JSON: {error!s:.200}") from None
    if not isinstance(found, dict):
        raise Invalid(f"{place} is no JSON object: {line[:80]!r}")
    return found


def _no_media(content: object) -> None:
    """JSON holds no pictures."""
