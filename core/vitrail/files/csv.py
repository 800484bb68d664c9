"""The rows of a CSV file with a header."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from vitrail.column import column_names
from vitrail.errors import Invalid
from vitrail.files.csv_types import settled
from vitrail.files.source import Block, Source
from vitrail.guest import adopted

_BLOCK_BYTES = 4_000_000


def blocks(source: Source, delimiter: str = ",") -> Iterator[Block]:
    """The rows, a block at a time. The file is read twice: once for its columns' types.

    Raises:
        Invalid: it is no CSV file; the message names the row, where the header is row 1.
        CellError: a column's values have no place in a table.
    """
    import pyarrow as pa

    with _reader(source, delimiter, {}) as reader:
        names = [name for name in column_names(reader.schema.names) if source.keeps(name)]
    if not names:
        return
    with _reader(source, delimiter, dict.fromkeys(names, pa.string())) as reader:
        types = settled(names, (pa.Table.from_batches([batch]) for batch in reader))
    types |= {name: kind for name, kind in source.casts.items() if name in names}
    with _reader(source, delimiter, types) as reader:
        yield adopted(source.cast(pa.Table.from_batches([], reader.schema)))
        for batch in reader:
            yield adopted(source.cast(pa.Table.from_batches([batch])))


@contextmanager
def _reader(source: Source, delimiter: str, types: dict[str, Any]) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import csv

    odd: list[Any] = []

    def refuse(row: Any) -> Literal["error"]:
        odd.append(row)
        return "error"

    try:
        with (
            source.opened() as file,
            csv.open_csv(
                file,
                csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
                csv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse
                ),
                csv.ConvertOptions(include_columns=list(types), column_types=types),
            ) as reader,
        ):
            yield reader
    except pa.ArrowException as error:
        message = f"{str(source.path)!r} is no CSV file that can be read: "
        raise Invalid(message + _fault(source, str(error), odd)) from None


def _fault(source: Source, message: str, odd: list[Any]) -> str:
    if odd:
        row = odd[0]
        return (
            f"row {row.number} has {row.actual_columns} cells, the header {row.expected_columns}: "
            f"{row.text[:80]!r}"
        )
    if "UTF8" in message:
        with source.opened() as file:
            for number, line in enumerate(file, 1):
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    shown = line[max(0, error.start - 20) : error.start + 20]
                    return f"line {number} is not in UTF-8, near {shown!r}; save the file as UTF-8"
    if "straddling" in message:
        return f"a row is longer than {_BLOCK_BYTES:,} bytes; is a quote not closed?"
    return message
