"""The rows of a table while it is filled: as tuples, then as Arrow columns, then aside on the disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice, zip_longest
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from vitrail import layout
from vitrail.cell import Keep, simple_dtype
from vitrail.column import EXACT, LEAST, MOST, Chunk, Column, Taken, is_unicode
from vitrail.dtypes import DType, Nothing, Number, optional, required
from vitrail.errors import CellError, Invalid
from vitrail.spill import Spill

if TYPE_CHECKING:
    from vitrail.media.content import Content

FIRST_ROWS, MOST_ROWS = 1_024, 65_536
BATCH_BYTES = 8_000_000
MEMORY_BYTES = 64_000_000
_MOST_SHAPES = 256


class Look(NamedTuple):
    """Which cells of a row, whose cells are all of easy types, need a look all the same.

    Attributes:
        wholes: the places of whole numbers in columns of whole numbers.
        exact: the places of whole numbers in columns of floats.
        texts: the places of text.
    """

    wholes: tuple[int, ...]
    exact: tuple[int, ...]
    texts: tuple[int, ...]


_NOTHING = Look((), (), ())


class Buffer:
    """Columns of one length that are filled row by row or block by block, in constant memory.

    Rows wait as tuples. A row whose cells have types that its columns have seen before costs a look at
    these types; all others are looked at cell by cell. Waiting rows become Arrow columns a batch at a
    time, and what exceeds 64 MB of these is laid aside in a temporary file, which goes with the buffer.

    Args:
        columns: the columns, all of one length.
    """

    def __init__(self, columns: Iterable[Column] = ()) -> None:
        self.columns = list(columns)
        self.spill = Spill()
        self._waiting: list[tuple[Any, ...]] = []
        self._looks: dict[tuple[type, ...], Look] = {}
        self._batch_rows = FIRST_ROWS
        self._media_bytes = 0
        self._recent: list[Chunk] = []
        self._recent_bytes = 0

    def __len__(self) -> int:
        return (len(self.columns[0]) if self.columns else 0) + len(self._waiting)

    def add(self, row: tuple[Any, ...], keep: Keep) -> None:
        """Put in a row, with a cell for each column.

        Args:
            row: its cells.
            keep: is told of the content of every picture and mask in it.

        Raises:
            CellError: a cell does not fit; nothing has changed then.
        """
        if len(self._waiting) >= self._batch_rows:
            self.flush()
        look = self._looks.get(tuple(map(type, row)))
        if look is None or (look is not _NOTHING and not _is_plain(row, look)):
            self._add_new(row, keep)
        else:
            self._waiting.append(row)

    def _add_new(self, row: tuple[Any, ...], keep: Keep) -> None:
        """Put in a row cell by cell."""
        if not self.columns:
            return
        number = len(self)

        def weighed(content: Content) -> None:
            self._media_bytes += content.size_bytes
            keep(content)

        taken = [
            column.take(value, weighed, number) for column, value in zip(self.columns, row, strict=True)
        ]
        if any(cell.dtype is not None for cell in taken):
            self._widen(taken, number)
        self._waiting.append(tuple([cell.value for cell in taken]))
        self._remember(tuple(map(type, row)))
        if self._media_bytes > BATCH_BYTES:
            self.flush()

    def _widen(self, taken: Sequence[Taken], number: int) -> None:
        self.flush()
        for column, cell in zip(self.columns, taken, strict=True):
            column.check(cell, number)
        for column, cell in zip(self.columns, taken, strict=True):
            if cell.dtype is not None:
                column.settle(cell.dtype)
        self._looks = {}

    def _remember(self, shape: tuple[type, ...]) -> None:
        """Know rows of these types from now on, where all of them are easy."""
        if len(self._looks) < _MOST_SHAPES and all(
            kind in column.easy for kind, column in zip(shape, self.columns, strict=True)
        ):
            of_kind = {kind: [p for p, own in enumerate(shape) if own is kind] for kind in (int, str)}
            look = Look(
                tuple(place for place in of_kind[int] if _is_whole(self.columns[place].dtype)),
                tuple(place for place in of_kind[int] if not _is_whole(self.columns[place].dtype)),
                tuple(of_kind[str]),
            )
            self._looks[shape] = look if any(look) else _NOTHING

    def flush(self) -> None:
        """Turn the waiting rows into Arrow columns.

        Raises:
            StoreError: there is no room to lay rows aside; nothing is lost.
        """
        if not self._waiting:
            return
        arrays = [
            column.array_of(list(map(itemgetter(place), self._waiting)))
            for place, column in enumerate(self.columns)
        ]
        rows, self._waiting = len(self._waiting), []
        chunks = [
            column.append(array, column.dtype)
            for column, array in zip(self.columns, arrays, strict=True)
        ]
        weight = self._hold(chunks) + self._media_bytes
        self._media_bytes = 0
        self._batch_rows = max(1, min(MOST_ROWS, BATCH_BYTES * rows // max(weight, 1)))

    def _hold(self, chunks: Iterable[Chunk]) -> int:
        """Take note of chunks, lay them aside where they are too many, and give their size in bytes."""
        held = [chunk for chunk in chunks if chunk.rows]
        size_bytes = sum(chunk.size_bytes for chunk in held)
        self._recent += held
        self._recent_bytes += size_bytes
        if self._recent_bytes > MEMORY_BYTES:
            for chunk in self._recent:
                chunk.lay_aside(self.spill)
            self._recent, self._recent_bytes = [], 0
        return size_bytes

    def extend(self, block: Sequence[tuple[str, Any, DType]]) -> None:
        """Put in rows of a block; a column that the block or the rows so far lack is missing there.

        Args:
            block: (name, Arrow array in our layout, type) of each column, the arrays of one length.

        Raises:
            CellError: a column has no type in common with the rows so far.
        """
        if not block:
            return
        self.flush()
        self._looks = {}
        before, rows = len(self), len(block[0][1])
        brought = {name: (array, dtype) for name, array, dtype in block}
        known = {column.name for column in self.columns}
        self.columns += [_missing(name, before) for name in brought if name not in known]
        for column in self.columns:
            if column.name in brought:
                column.widen(brought[column.name][1])
            elif rows:
                column.widen(Nothing())
        chunks = []
        for column in self.columns:
            array, dtype = brought.get(column.name) or (_nulls(rows), Nothing())
            chunks += [column.append(part, dtype) for part in getattr(array, "chunks", [array])]
        self._hold(chunks)

    def add_column(self, column: Column) -> None:
        """Put a column with as many rows at the end."""
        self.flush()
        self._looks = {}
        self.columns.append(column)

    def settle(self, columns: Iterable[tuple[str, DType]]) -> None:
        """Give the columns types that are known to hold their cells; columns that are new have none."""
        for (name, dtype), column in zip_longest(columns, list(self.columns)):
            if column is None:
                self.columns.append(column := Column(name))
            column.settle(dtype)

    def arrow(self, start: int, stop: int, places: Sequence[int] | None = None) -> Any:
        """Rows [start, stop) in our layout, all columns or those at `places`."""
        import pyarrow as pa

        self.flush()
        chosen = range(len(self.columns)) if places is None else places
        arrays = [self.columns[place].array(start, stop) for place in chosen]
        return pa.table(arrays, names=[f"c{place}" for place in chosen])


def column_of(name: str, values: Iterable[Any], keep: Keep, *, mixed: bool = False) -> Column:
    """The column of some guest's values.

    Args:
        name: its name.
        values: its cells.
        keep: is told of the content of every picture and mask in them.
        mixed: whether values of several kinds may stand in it.

    Raises:
        Invalid: the values are no list.
        CellError: a value does not fit; the message names its row.
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise Invalid(f"the cells of column {name!r} are a list, not {values!r:.200}")
    buffer = Buffer([Column(name, mixed=mixed)])
    rest = iter(values)
    while block := list(islice(rest, MOST_ROWS)):
        try:
            buffer.extend([(name, *_plain(block, name))])
        except CellError:
            for value in block:
                buffer.add((value,), keep)
    buffer.flush()
    return buffer.columns[0]


def _plain(block: list[Any], name: str) -> tuple[Any, DType]:
    """Values that are all plain ones of one type, as (Arrow array, type)."""
    kinds = set(map(type, block))
    dtype = simple_dtype(kinds - {type(None)})
    if dtype is None:
        raise CellError("values of several types", row=None, column=name)
    if type(None) in kinds:
        dtype = optional(dtype)
    return layout.to_arrow(block, dtype, column=name), dtype


def _is_plain(row: tuple[Any, ...], look: Look) -> bool:
    """Whether a row of easy types has neither too large numbers nor half characters."""
    for place in look.wholes:
        if not LEAST <= row[place] <= MOST:
            return False
    for place in look.exact:
        if not -EXACT <= row[place] <= EXACT:
            return False
    for place in look.texts:  # noqa: SIM110 - as all() it takes twice as long
        if not (row[place].isascii() or is_unicode(row[place])):
            return False
    return True


def _missing(name: str, rows: int) -> Column:
    column = Column(name)
    if rows:
        column.settle(Nothing())
        column.append(_nulls(rows), Nothing())
    return column


def _nulls(rows: int) -> Any:
    import pyarrow as pa

    return pa.nulls(rows)


def _is_whole(dtype: DType) -> bool:
    plain = required(dtype)
    return isinstance(plain, Number) and bool(plain.integer)
