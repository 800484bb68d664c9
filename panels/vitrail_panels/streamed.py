"""What a table shows, as a file that is written while its rows are read."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from vitrail.dtypes import DType, Number, Table, Text, Versions, required
from vitrail.errors import Invalid, did_you_mean
from vitrail.layout import arrow_schema
from vitrail.naming import named_schema, with_names
from vitrail.query.expr import Column
from vitrail.query.picking import picked
from vitrail.query.steps import Project
from vitrail.values import to_python

if TYPE_CHECKING:
    import pyarrow as pa

    from vitrail.query.engine import Ticket
    from vitrail.query.plan import Plan
    from vitrail_panels.scene import Scene

_FIRST_ROWS, _MOST_ROWS = 512, 65_536
_WINDOW_BYTES = 4_000_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the begin of one

Columns = Sequence[tuple[str, DType]]
Writer = Callable[[Columns, Iterator["pa.Table"]], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file.

    Attributes:
        ending: of the file's name.
        type: its media type.
        write: makes the file's bytes, a window of rows at a time.
    """

    ending: str
    type: str
    write: Writer


def taken(
    scene: Scene, rows: Sequence[int] | None = None, only: Sequence[str] = (), *, others: bool = False
) -> Plan:
    """The rows that a view shows, with the columns that it shows, in their order.

    Args:
        scene: the view, worked out.
        rows: the numbers of those that are wanted; None for all.
        only: the columns that are wanted; none for all that are shown.
        others: whether all rows but those are wanted.

    Raises:
        Invalid: too many rows are picked, or a column is not shown.
    """
    plan = scene.plan if rows is None else picked(scene.plan, rows, others=others)
    dtypes = {column.name: column.dtype for column in scene.columns}
    for name in only:
        if name not in dtypes:
            raise Invalid(f"no column {name!r:.200} is shown{did_you_mean(name, dtypes)}")
    names = only or list(dtypes)
    if not names:
        raise Invalid("no column is shown")
    return Project(plan, tuple((name, Column(name, None, dtypes[name])) for name in names))


def streamed(scene: Scene, plan: Plan, format_: Format, ticket: Ticket | None = None) -> Iterator[bytes]:
    """The bytes of a file with the rows of a plan; no more than a window of them is held."""
    return format_.write(plan.dtype.columns or (), _windows(scene, plan, ticket))


def _windows(scene: Scene, plan: Plan, ticket: Ticket | None) -> Iterator[pa.Table]:
    start, wanted = 0, _FIRST_ROWS
    while True:
        found = scene.project.engine.rows(plan, start, start + wanted, ticket=ticket)
        yield found
        if found.num_rows < wanted:
            return
        start += wanted
        size = max(1, found.nbytes // found.num_rows)
        wanted = max(1, min(_MOST_ROWS, _WINDOW_BYTES // size))


def _separated(dialect: str) -> Writer:
    def write(columns: Columns, windows: Iterator[pa.Table]) -> Iterator[bytes]:
        yield _lines([[_quiet(name) for name, _ in columns]], dialect)
        for window in windows:
            cells = [_cells(window, place, dtype) for place, (_, dtype) in enumerate(columns)]
            yield _lines(zip(*cells, strict=True), dialect)

    return write


def _lines(rows: Any, dialect: str) -> bytes:
    into = io.StringIO(newline="")
    csv.writer(into, dialect).writerows(rows)
    return into.getvalue().encode("utf-8", "replace")


def _cells(window: pa.Table, place: int, dtype: DType) -> list[Any]:
    """A column as its cells are written; numbers as they are, which the writer knows how to write."""
    values = _values(window, place, dtype)
    match required(dtype):
        case Number():
            return values
        case Text():
            return [value and _quiet(value) for value in values]
        case _:
            return [_cell(value) for value in values]


def _cell(value: Any) -> str:
    """A value as the text of a cell; what a spreadsheet would work out stands behind an apostrophe."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return _quiet(value)
        case int() | float():
            return repr(value)
        case date():
            return _moment(value)
        case _:
            return json.dumps(_plain(value), ensure_ascii=False)


def _quiet(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _json_lines(columns: Columns, windows: Iterator[pa.Table]) -> Iterator[bytes]:
    names = [name for name, _ in columns]
    for window in windows:
        values = [_values(window, place, dtype) for place, (_, dtype) in enumerate(columns)]
        rows = (dict(zip(names, map(_plain, row), strict=True)) for row in zip(*values, strict=True))
        text = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
        yield text.encode("utf-8", "replace")


def _values(window: pa.Table, place: int, dtype: DType) -> list[Any]:
    values = to_python(window.column(place), dtype)
    kind = required(dtype)
    if isinstance(kind, Versions):
        names = kind.names or ()
        return [_by_name(names, value) for value in values]
    return values


def _by_name(names: Sequence[str], value: Any) -> Any:
    if value is None or isinstance(value, dict):
        return value
    return dict(zip(names, value, strict=True))


def _plain(value: Any) -> Any:
    """A value as JSON has it; what is no number is null."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case None | bool() | int() | str():
            return value
        case date():
            return _moment(value)
        case dict():
            return {str(name): _plain(part) for name, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case _:
            return str(value)


def _moment(value: date) -> str:
    return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()


class _Sink(io.RawIOBase):
    """What is written is held until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        return len(self._parts[-1])

    def taken(self) -> bytes:
        found, self._parts = b"".join(self._parts), []
        return found


def _parquet(columns: Columns, windows: Iterator[pa.Table]) -> Iterator[bytes]:
    import pyarrow as pa
    from pyarrow import parquet

    table = Table(tuple(columns))
    inside, outside = arrow_schema(table), named_schema(table)
    sink = _Sink()
    with parquet.ParquetWriter(pa.PythonFile(sink, "w"), outside, compression="zstd") as writer:
        for window in windows:
            if window.num_rows:
                found = window.cast(inside.with_metadata(window.schema.metadata))
                arrays = [
                    with_names(found.column(place), dtype) for place, (_, dtype) in enumerate(columns)
                ]
                writer.write_table(pa.Table.from_arrays(arrays, schema=outside))
            yield sink.taken()
    yield sink.taken()


FORMATS = {
    "csv": Format("csv", "text/csv; charset=utf-8", _separated("excel")),
    "tsv": Format("tsv", "text/tab-separated-values; charset=utf-8", _separated("excel-tab")),
    "jsonl": Format("jsonl", "application/x-ndjson", _json_lines),
    "parquet": Format("parquet", "application/vnd.apache.parquet", _parquet),
}


def format_of(name: str) -> Format:
    """The kind of file of this name.

    Raises:
        Invalid: there is none.
    """
    if name not in FORMATS:
        raise Invalid(f"rows are written as {', '.join(FORMATS)}, not as {name!r:.80}")
    return FORMATS[name]
