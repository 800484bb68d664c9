"""One column of a table while it is filled: typed as its cells come, kept as Arrow chunks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from vitrail import layout
from vitrail.cell import Keep, cell, holds
from vitrail.dtypes import (
    DType,
    Image,
    List,
    Mixed,
    Nothing,
    Number,
    Optional,
    Struct,
    optional,
    required,
)
from vitrail.errors import CellError, Invalid
from vitrail.guest import recast
from vitrail.media.digests import holds_images
from vitrail.mixed import anything
from vitrail.spill import Aside, Spill
from vitrail.union import union

LEAST, MOST = -(2**63), 2**63 - 1
EXACT = 2**53  # whole numbers up to here are exact as floats
_WAY_OUT = "; a column of several kinds has dtype vt.dtypes.Mixed(), or allow_mixed_types=True"
_EASY: dict[str, frozenset[type]] = {
    "text": frozenset({str}),
    "boolean": frozenset({bool}),
    "number": frozenset({float, int}),
}


class Taken(NamedTuple):
    """A cell that fits.

    Attributes:
        value: the cell as the column keeps it.
        dtype: the type that the column gets by it; None where its type stays.
    """

    value: Any
    dtype: DType | None = None


class Chunk:
    """Some rows of a column, as they came; in memory or laid aside.

    Args:
        array: an Arrow array in our layout.
        dtype: the type that the column had when they came.

    Attributes:
        rows: how many there are.
    """

    __slots__ = ("_dtype", "_place", "rows")

    def __init__(self, array: Any, dtype: DType) -> None:
        self.rows = len(array)
        self._dtype = dtype
        self._place: Any = array

    def array(self, wanted: DType) -> Any:
        """The rows as ones of a type that holds them."""
        if isinstance(self._place, Aside):
            return recast(self._place.array(), self._dtype, wanted)
        if self._dtype != wanted:
            self._place, self._dtype = recast(self._place, self._dtype, wanted), wanted
        return self._place

    @property
    def size_bytes(self) -> int:
        """What the rows take in memory."""
        return 0 if isinstance(self._place, Aside) else int(self._place.nbytes)

    def check(self, wanted: DType) -> None:
        """See that a wider type holds the rows exactly; raises where it does not."""
        recast(
            self._place.array() if isinstance(self._place, Aside) else self._place, self._dtype, wanted
        )

    def lay_aside(self, spill: Spill) -> None:
        """Have the rows in a file instead of in memory."""
        if not isinstance(self._place, Aside):
            self._place = spill.add_array(self._place)


class Column:
    """A named column.

    Args:
        name: its name.
        dtype: its type, where it is not to be found out from the cells.
        mixed: whether cells of several kinds make the type `Mixed` instead of an error.

    Attributes:
        name: its name.
        declared: whether its type was given, and so stays.
        easy: the Python types of cells that fit without a change, but for large numbers and odd text.
    """

    def __init__(self, name: str, dtype: DType | None = None, *, mixed: bool = False) -> None:
        self.name = name
        self.declared = dtype is not None
        self.mixed = mixed
        self.easy: frozenset[type] = frozenset()
        self._dtype = dtype
        self._chunks: list[Chunk] = []
        self._ends: list[int] = []
        if dtype is not None:
            layout.arrow_type(dtype)
            self.settle(optional(dtype) if isinstance(dtype, Mixed) else dtype)

    @classmethod
    def of_arrow(cls, name: str, array: Any, dtype: DType) -> Column:
        """The column of an Arrow array in our layout."""
        column = cls(name)
        column.settle(dtype)
        for chunk in getattr(array, "chunks", [array]):
            column.append(chunk, dtype)
        return column

    @property
    def dtype(self) -> DType:
        """The type of its cells so far."""
        return Nothing() if self._dtype is None else self._dtype

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def take(self, value: Any, keep: Keep, row: int) -> Taken:
        """Look whether a cell fits, without putting it in. Earlier rows are for `check` to look at.

        Raises:
            CellError: it does not; the message names the row and the column.
        """
        if type(value) in self.easy and is_plain(value, self.dtype):
            return Taken(value)
        try:
            if isinstance(required(self.dtype), Mixed):
                return Taken(anything(value))
            plain, dtype = cell(value, keep)
            if self._dtype is None:
                layout.arrow_type(dtype)
                return Taken(plain, dtype)
            if holds(self._dtype, dtype):
                self._exact(plain, dtype, row)
                return Taken(plain)
            if self.declared:
                raise Invalid(
                    f"{_shown(value)} is {dtype}, but the column was declared as {self._dtype}"
                )
            try:
                return Taken(plain, union(self._dtype, dtype, "the column"))
            except Invalid as error:
                raise Invalid(f"{_shown(value)} does not fit: {error}{_WAY_OUT}") from None
        except CellError:
            raise
        except Invalid as error:
            if self.mixed and not self.declared and not holds_images(self.dtype):
                return self._of_several_kinds(value, row)
            raise self._misfit(str(error), row) from None

    def _of_several_kinds(self, value: Any, row: int) -> Taken:
        try:
            return Taken(anything(value), optional(Mixed()))
        except Invalid as error:
            raise self._misfit(str(error), row) from None

    def check(self, taken: Taken, row: int) -> None:
        """See that the column can get the type of a cell that `take` has looked at.

        Raises:
            CellError: a row would not be exact in it.
        """
        if taken.dtype is None:
            return
        import pyarrow as pa

        try:
            layout.to_arrow([taken.value], taken.dtype)
            for chunk in self._chunks:
                chunk.check(taken.dtype)
        except (pa.ArrowInvalid, CellError):
            raise self._misfit(
                f"{_shown(taken.value)} makes the column {taken.dtype}, in which a whole number would "
                "lose digits",
                row,
            ) from None

    def widen(self, dtype: DType) -> None:
        """Get a type that holds all cells and those of another one.

        Raises:
            CellError: there is none, or a whole number would lose digits in it.
        """
        import pyarrow as pa

        if dtype == self._dtype:
            return
        place = f"column {self.name!r}"
        try:
            wider = dtype if self._dtype is None else union(self._dtype, dtype, place)
            if wider != self._dtype:
                for chunk in self._chunks:
                    chunk.check(wider)
                self.settle(wider)
        except (pa.ArrowInvalid, Invalid) as error:
            raise CellError(
                str(error) if place in str(error) else f"{place}: {error}", row=None, column=self.name
            ) from None

    def settle(self, dtype: DType) -> None:
        """Get a type that is known to hold all cells."""
        self._dtype = dtype
        plain = required(dtype)
        easy = _EASY.get(plain.kind, frozenset())
        if isinstance(plain, Number) and plain.integer:
            easy = frozenset({int})
        self.easy = easy | {type(None)} if isinstance(dtype, Optional | Nothing) else easy

    def append(self, array: Any, dtype: DType) -> Chunk:
        """Put in rows of a type that the column's holds."""
        chunk = Chunk(array, dtype)
        if chunk.rows:
            self._chunks.append(chunk)
            self._ends.append(len(self) + chunk.rows)
        return chunk

    def array_of(self, values: Sequence[Any]) -> Any:
        """The Arrow array of cells that `take` has looked at."""
        return layout.to_arrow(values, self.dtype, column=self.name, first_row=len(self))

    def array(self, start: int = 0, stop: int | None = None) -> Any:
        """Cells [start, stop), as a chunked Arrow array in our layout."""
        import pyarrow as pa

        stop = len(self) if stop is None else min(stop, len(self))
        parts = []
        number = bisect_right(self._ends, start)
        while number < len(self._chunks) and start < stop:
            chunk, end = self._chunks[number], self._ends[number]
            first = end - chunk.rows
            parts.append(chunk.array(self.dtype).slice(start - first, min(stop, end) - start))
            start, number = end, number + 1
        kind: Any = layout.arrow_type(self.dtype)
        return pa.chunked_array(parts, kind)

    def _exact(self, plain: Any, dtype: DType, row: int) -> None:
        """See that no whole number loses digits where the column holds floats."""
        wanted = required(self.dtype)
        if dtype == wanted or isinstance(wanted, Image | Nothing):
            return
        if isinstance(wanted, Number | List | Struct):
            layout.to_arrow([plain], wanted, column=self.name, first_row=row)

    def _misfit(self, message: str, row: int) -> CellError:
        place = f"row {row}, column {self.name!r}"
        return CellError(f"{place}: {message}", row=row, column=self.name)


def is_plain(value: Any, dtype: DType) -> bool:
    """Whether a value of an easy type is neither too large a number nor text that may be none."""
    if type(value) is str:
        return value.isascii() or is_unicode(value)
    if type(value) is int:
        plain = required(dtype)
        if isinstance(plain, Number) and plain.integer:
            return LEAST <= value <= MOST
        return -EXACT <= value <= EXACT
    return True


def is_unicode(text: str) -> bool:
    """Whether a text is one, without half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def column_names(names: Iterable[Any]) -> list[str]:
    """Column names, each a text that stands once.

    Raises:
        Invalid: one is empty, no text, holds NUL, or stands twice.
    """
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise Invalid(f"columns are a list of names, not {names!r}")
    names = list(names)
    seen: dict[str, None] = {}
    for name in names:
        if not isinstance(name, str) or not name or "\0" in name:
            raise Invalid(f"a column's name is a text that is not empty and has no NUL, not {name!r}")
        try:
            plain, _ = cell(name, lambda _: None)
        except Invalid as error:
            raise Invalid(f"a column's name: {error}") from None
        if plain in seen:
            raise Invalid(f"two columns are called {name!r}; columns: {', '.join(map(repr, names))}")
        seen[plain] = None
    return list(seen)
