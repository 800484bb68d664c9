"""Tables: rows in, Arrow and Parquet out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Self

from vitrail import dtypes, frames
from vitrail.buffer import Buffer, column_of
from vitrail.column import Column, column_names
from vitrail.errors import Invalid, NotFound, did_you_mean
from vitrail.files import reading
from vitrail.given import cells_of, check_row, declared, rows_of
from vitrail.kinds import Shelf
from vitrail.lazy_rows import Rows, alike
from vitrail.media.content import Contents
from vitrail.media.medium import value_of
from vitrail.query.plan import Plan
from vitrail.result import Asked, Result, result_of
from vitrail.scratch import Base, Layout
from vitrail.selection import Selection, selected
from vitrail.showing import Displayed
from vitrail.side import Side
from vitrail.stored import Stored, left
from vitrail.values import to_python
from vitrail.view import Source

_READ_ROWS = 16_384


class _Widened(Exception):
    """A column's type became wider while the rows were read."""


class Table(Displayed):
    """A table. Its columns' types are found out from its cells and widen as rows come.

    >>> table = Table(["name", "age"], [["Ada", 36]])
    >>> table.add_data("Alan", None)
    >>> table
    Table(2 rows; name: Text, age: Optional(Number(integer=True)))

    Args:
        columns: the columns' names.
        data: its rows, each a list or tuple of cells; or a data frame.
        rows: the same as `data`.
        dataframe: a pandas or polars frame or an Arrow table, instead of rows; names and types are its.
        dtype: the columns' types, where they are not to be found out: a dict of column → type, or one
            type for each column.
        allow_mixed_types: whether cells of several kinds make a column `Mixed` instead of an error.

    Attributes:
        origin: (artifact's digest, entry's name) where it was read from an artifact as an entry.
        logged_as: the version and the entry that it was read from, where it was.
        selection: the queries by which its rows were taken out of logged tables, where they were.

    Raises:
        Invalid: names that are empty or stand twice, or a row with another number of cells.
        CellError: a cell does not fit its column.
    """

    kind: ClassVar[str] = "table"

    def __init__(
        self,
        columns: Sequence[str] | None = None,
        data: Any = None,
        rows: Iterable[Sequence[Any]] | None = None,
        dataframe: Any = None,
        dtype: Mapping[str, dtypes.DType] | Sequence[dtypes.DType] | None = None,
        allow_mixed_types: bool = False,
    ) -> None:
        self._mixed = allow_mixed_types
        self.origin: tuple[str, str] | None = None
        self.logged_as: Source | None = None
        self.selection: Selection | None = None
        self._contents = Contents()
        self._source: Stored | Result | Side | None = None
        self._layout: Layout | None = None
        self._buffer = Buffer()
        if dataframe is None and frames.is_frame(data):
            dataframe, data = data, None
        if dataframe is not None:
            if data is not None or rows is not None:
                raise Invalid("a table is made of rows or of a data frame, not of both")
            self._buffer = Buffer(
                frames.picked(frames.of_frame(dataframe, self._contents.keep), columns)
            )
        else:
            names = column_names(columns if columns is not None else ())
            self._buffer = Buffer(
                Column(name, declared(dtype, names, name), mixed=allow_mixed_types) for name in names
            )
        for row in rows_of(data if data is not None else rows):
            if columns is None and dataframe is None:
                raise Invalid("rows need columns: vt.Table(columns=['name', ...], data=rows)")
            self.add_data(*cells_of(row))

    # Rows in

    def add_data(self, *row: Any) -> None:
        """Add a row, one argument a cell.

        Raises:
            Invalid: there are more or fewer cells than columns.
            CellError: a cell does not fit its column. The table stays as it was.
        """
        if self._layout is not None or self._source is not None or self.origin is not None:
            self._change()
        columns = self._buffer.columns
        if len(row) != len(columns):
            check_row(row, columns, len(self))
        self._buffer.add(row, self._contents.keep)

    def add_column(self, name: str, data: Iterable[Any]) -> None:
        """Add a column at the end, with a cell for each row.

        Raises:
            Invalid: the name is taken, or there are more or fewer cells than rows.
            CellError: a cell does not fit the others.
        """
        column_names([*self.columns, name])
        self._change()
        column = column_of(name, data, self._contents.keep, mixed=self._mixed)
        if self._buffer.columns and len(column) != len(self):
            raise Invalid(f"column {name!r} has {len(column)} cells, the table {len(self)} rows")
        self._buffer.add_column(column)

    def _change(self) -> None:
        """Get ready to be changed: rows of a store or of a query are taken into memory."""
        self._layout = None
        self.origin = self.logged_as = self.selection = None
        if self._source is not None:
            self._buffer = Buffer()
            for batch in self._batches():
                columns = self.dtype.columns or ()
                self._buffer.extend(
                    [(name, batch.column(i), dtype) for i, (name, dtype) in enumerate(columns)]
                )
            self._buffer.settle(self.dtype.columns or ())
            self._source = None

    # Looking

    @property
    def dtype(self) -> dtypes.Table:
        """The columns' names and types."""
        if self._source is not None:
            return self._source.dtype
        return dtypes.Table(tuple((column.name, column.dtype) for column in self._buffer.columns))

    @property
    def columns(self) -> list[str]:
        """The columns' names."""
        return [name for name, _ in self.dtype.columns or ()]

    @property
    def data(self) -> Rows:
        """The rows, as a sequence that reads them only when they are looked at."""
        return Rows(len(self), self._read)

    def iterrows(self) -> Iterator[tuple[int, list[Any]]]:
        """Each row with its index, counted from 0."""
        count = 0
        for batch in self._batches():
            for start in range(0, batch.num_rows, _READ_ROWS):
                yield from enumerate(self._cells(batch.slice(start, _READ_ROWS)), count + start)
            count += batch.num_rows

    def get_index(self) -> list[int]:
        """The rows' indices, counted from 0."""
        return list(range(len(self)))

    def get_column(self, name: str, convert_to: str | None = None) -> Any:
        """A column's cells, as a list.

        Args:
            name: the column's name.
            convert_to: "numpy" gives an array instead; missing numbers are NaN in it.

        Raises:
            NotFound: there is no such column.
        """
        place = self._place(name)
        dtype = (self.dtype.columns or ())[place][1]
        array = self._arrow(0, len(self), [place]).column(0)
        if convert_to not in (None, "numpy"):
            raise Invalid(f"a column is converted to 'numpy', not to {convert_to!r}")
        return (
            frames.numpy_array(array, dtype, self._values) if convert_to else self._values(array, dtype)
        )

    def _place(self, name: str) -> int:
        names = self.columns
        if name not in names:
            raise NotFound(f"no column {name!r}{did_you_mean(name, names)}")
        return names.index(name)

    def _read(self, start: int, stop: int) -> list[list[Any]]:
        return self._cells(self._arrow(start, stop))

    def _cells(self, batch: Any) -> list[list[Any]]:
        columns = [
            self._values(batch.column(place), dtype)
            for place, (_, dtype) in enumerate(self.dtype.columns or ())
        ]
        return [list(row) for row in zip(*columns, strict=True)]

    def _values(self, array: Any, dtype: dtypes.DType) -> list[Any]:
        def medium(record: dict[str, Any], own: dtypes.Image | dtypes.Medium) -> Any:
            return value_of(record, own, self._contents.find)

        return to_python(array, dtype, medium=medium)

    def _arrow(self, start: int, stop: int, places: Sequence[int] | None = None) -> Any:
        """Rows [start, stop) in our layout, all columns or those at `places`."""
        if self._source is not None:
            return self._source.arrow(start, stop, places)
        return self._buffer.arrow(start, stop, places)

    def _batches(self) -> Iterator[Any]:
        """All rows in our layout, a window at a time."""
        if self._source is not None:
            yield from self._source.batches()
            return
        for start in range(0, len(self), _READ_ROWS * 8):
            yield self._arrow(start, min(start + _READ_ROWS * 8, len(self)))

    def __len__(self) -> int:
        if self._source is not None:
            return self._source.rows
        return len(self._buffer)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        if self._source and other._source and self._source.plan == other._source.plan:
            return True
        if self.dtype != other.dtype or len(self) != len(other):
            return False
        return all(self._alike(other, start) for start in range(0, len(self), _READ_ROWS))

    __hash__ = None  # type: ignore[assignment]

    def _alike(self, other: Table, start: int) -> bool:
        stop = min(start + _READ_ROWS, len(self))
        mine, theirs = self._arrow(start, stop), other._arrow(start, stop)
        return all(
            mine.column(place).equals(theirs.column(place))
            or alike(self._values(mine.column(place), dtype), other._values(theirs.column(place), dtype))
            for place, (_, dtype) in enumerate(self.dtype.columns or ())
        )

    def __repr__(self) -> str:
        columns = ", ".join(f"{name}: {dtype}" for name, dtype in self.dtype.columns or ())
        lazy = isinstance(self._source, Result)
        return f"Table({'the rows of a query' if lazy else f'{len(self)} rows'}; {columns})"

    # Guests' data

    def to_arrow(self) -> Any:
        """The table for Arrow, by the names of its columns; a picture is a record without its bytes."""
        return frames.arrow_table(self._arrow(0, len(self)), self.dtype)

    def get_dataframe(self) -> Any:
        """The table as a pandas frame. Whole numbers and booleans with missing ones are nullable."""
        return frames.pandas_frame(self._arrow(0, len(self)), self.dtype, self._values)

    @classmethod
    def from_arrow(cls, table: Any) -> Self:
        """The table of an Arrow table.

        Raises:
            CellError: a column's values have no place in a table, or would lose digits.
        """
        return cls(dataframe=table)

    @classmethod
    def from_pandas(cls, frame: Any) -> Self:
        """The table of a pandas frame; NaN, NaT and NA are missing values. Otherwise as `from_arrow`."""
        return cls(dataframe=frame)

    @classmethod
    def from_polars(cls, frame: Any) -> Self:
        """The table of a polars frame. Otherwise as `from_arrow`."""
        return cls(dataframe=frame)

    @classmethod
    def from_parquet(cls, path: str | Path) -> Self:
        """The table of a Parquet file, or of all those in a folder. Otherwise as `from_arrow`."""
        return cls.of_files(reading.files_at(path), fill=reading.fill_parquet)

    @classmethod
    def from_csv(cls, path: str | Path) -> Self:
        """The table of a CSV file with a header; a name that ends in .gz is unpacked.

        Raises:
            NotFound: there is no such file.
            Invalid: it is no CSV file; the message names the row.
        """
        return cls.of_files(reading.files_at(path), fill=reading.fill_csv)

    @classmethod
    def from_jsonl(cls, path: str | Path) -> Self:
        """The table of a file with a JSON object on each line; a name that a line lacks is missing there.

        Raises:
            NotFound: there is no such file.
            Invalid: a line is no JSON object.
            CellError: a value does not fit its column; the message names the line.
        """
        return cls.of_files(reading.files_at(path), fill=reading.fill_jsonl)

    @classmethod
    def of_files(
        cls,
        paths: Sequence[Path],
        *,
        fill: reading.Fill | None = None,
        **settings: Any,
    ) -> Self:
        """The table of some files, one after another; settings as of `vitrail.files.reading.read`."""
        return cls._of_columns(reading.read(paths, fill=fill, **settings).columns)

    @classmethod
    def _of_columns(cls, columns: list[Column]) -> Self:
        column_names([column.name for column in columns])
        table = cls()
        table._buffer = Buffer(columns)
        return table

    # Questions

    def plan(self) -> Plan:
        """The table as a plan, by the digest of its content."""
        return self._source.plan if self._source is not None else self._laid_out().plan

    @property
    def contents(self) -> Contents:
        """Where its pictures and masks are found."""
        return self._contents

    @property
    def bases(self) -> tuple[Base, ...]:
        """The tables in files that the plan reads."""
        return self._source.bases if self._source is not None else (self._laid_out(),)

    def query(
        self, query: Any, *, tables: Mapping[str, Table] | None = None, strict: bool = False
    ) -> Table:
        """The table that a query gives. It is lazy: nothing is read before it is looked at.

        >>> table = Table(["label", "score"], [["cat", 0.9], ["dog", 0.2]])
        >>> table.query("{$gt: ['$score', 0.5]}").data
        [['cat', 0.9]]

        Args:
            query: an expression, a query document or a pipeline; as typed into the filter box, as
                Python documents, or made with `vt.col`.
            tables: what `$lookup` and `$unionWith` name, by name.
            strict: raise where a missing value made part of the query senseless, instead of reading
                that part as missing; see `warnings`.

        Raises:
            QueryError: the query makes no sense for this table; the message says where.
            LimitExceeded: when it is looked at: it ran too long or grew too large.
        """
        return Table.of_query(query, self, [self], tables or {}, strict=strict)

    @classmethod
    def of_query(
        cls,
        query: Any,
        asked: Asked,
        over: Sequence[Table],
        tables: Mapping[str, Table],
        *,
        strict: bool,
    ) -> Self:
        """The table that a query over something made of some tables gives."""
        for name, other in tables.items():
            if not isinstance(other, Table):
                raise Invalid(f"tables[{name!r}] is a Table, not a {type(other).__name__}")
        table = cls()
        table._source = result_of(query, asked, tables, strict=strict)
        table._contents = Contents.of_all(one._contents for one in (*over, *tables.values()))
        table.selection = selected(query, asked, over, tables.values())
        return table

    @classmethod
    def of_source(
        cls, source: Result | Side, over: Sequence[Table], selection: Selection | None = None
    ) -> Self:
        """The table of rows that are worked out of some tables."""
        table = cls()
        table._source = source
        table._contents = Contents.of_all(one._contents for one in over)
        table.selection = selection
        return table

    def explain(self, query: Any = None, *, tables: Mapping[str, Table] | None = None) -> str:
        """How the table is worked out, or what a query of it gives: for people to read.

        As what the text was read, the plan with its types, the statement that the engine runs, and the
        engine's own plan for it. Arguments and errors are those of `query`.
        """
        asked = self if query is None else self.query(query, tables=tables)
        source = asked._source
        return (source if isinstance(source, Result) else Result(asked.plan(), asked.bases)).explain()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a query read as missing because of a null, counted: "3 rows: $size of null"."""
        return self._source.warnings if isinstance(self._source, Result) else ()

    def _laid_out(self) -> Layout:
        while self._layout is None:
            dtype = self.dtype
            with suppress(_Widened):
                self._layout = Layout(dtype, self._batches_of(dtype))
        return self._layout

    def _batches_of(self, dtype: dtypes.Table) -> Iterator[Any]:
        for batch in self._batches():
            if self.dtype != dtype:
                raise _Widened
            yield batch

    # The store

    def store(self, shelf: Shelf) -> dict[str, Any]:
        """Leave the rows as Parquet files and the pictures as files on the shelf.

        Returns:
            {"format", "digest", "rows", "schema", "parts": digests of the files in order, "media":
            digest of a JSON list of the pictures' and masks' digests, or None where there are none}
        """
        if isinstance(self._source, Stored):
            return self._source.store(shelf)
        if self.selection is not None:
            self.selection.descend(shelf)
        return left(self._laid_out(), self.dtype, self._contents, shelf)

    def refer(self, shelf: Shelf) -> bool:
        """Name the table's files as ones that the shelf's store holds; False where it does not."""
        return isinstance(self._source, Stored) and self._source.refer(shelf)

    @classmethod
    def load(cls, document: dict[str, Any], shelf: Shelf) -> Self:
        table = cls()
        table._source = Stored(document, shelf)
        table._contents = Contents(shelf)
        return table
