"""One column of a table while it is filled: typed as its cells come, kept as Arrow batches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from vitrail import layout
from vitrail.cell import Keep, cell, holds
from vitrail.dtypes import DType, Image, List, Nothing, Number, Optional, Struct, required, union
from vitrail.errors import CellError, Invalid
from vitrail.guest import recast

BATCH_ROWS = 65_536
_LEAST, _MOST = -(2**63), 2**63 - 1
_EASY: dict[str, frozenset[type]] = {
    "text": frozenset({str}),
    "boolean": frozenset({bool}),
    "number": frozenset({float}),
}


class Taken(NamedTuple):
    """A cell that fits, and what the column becomes by it.

    Attributes:
        value: the cell as the column keeps it.
        dtype: the column's type from now on; None where it stays.
        batches: the rows so far, of that type; None where they stay.
    """

    value: Any
    dtype: DType | None = None
    batches: list[Any] | None = None


class Column:
    """A named column.

    Args:
        name: its name.
        dtype: its type, where it is not to be found out from the cells.

    Attributes:
        name: its name.
        declared: whether its type was given, and so stays.
    """

    def __init__(self, name: str, dtype: DType | None = None) -> None:
        self.name = name
        self.declared = dtype is not None
        self._dtype = dtype
        self._batches: list[Any] = []
        self._waiting: list[Any] = []
        self._kept_rows = 0
        self._easy: frozenset[type] = frozenset()
        if dtype is not None:
            layout.arrow_type(dtype)
            self._settle(dtype)

    @classmethod
    def of_arrow(cls, name: str, array: Any, dtype: DType) -> Column:
        """The column of an Arrow array in our layout."""
        column = cls(name)
        column._settle(dtype)
        column._batches = list(getattr(array, "chunks", [array]))
        column._kept_rows = len(array)
        return column

    @classmethod
    def of_values(
        cls, name: str, values: Iterable[Any], keep: Keep, dtype: DType | None = None
    ) -> Column:
        """The column of some guest's values."""
        column = cls(name, dtype)
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise Invalid(f"the cells of column {name!r} are a list, not {values!r:.200}")
        for value in values:
            column.put(column.take(value, keep))
        return column

    @property
    def dtype(self) -> DType:
        """The type of its cells so far."""
        return Nothing() if self._dtype is None else self._dtype

    def __len__(self) -> int:
        return self._kept_rows + len(self._waiting)

    def is_easy(self, value: Any) -> bool:
        """Whether a cell fits as it is, as far as that is seen at a glance."""
        kind = type(value)
        return (
            kind in self._easy
            and (kind is not int or _LEAST <= value <= _MOST)
            and (kind is not str or value.isascii())
        )

    def take(self, value: Any, keep: Keep) -> Taken:
        """Look whether a cell fits, without putting it in.

        Raises:
            CellError: it does not; the message names the row and the column.
        """
        if self.is_easy(value):
            return Taken(value)
        try:
            plain, dtype = cell(value, keep)
            if self._dtype is None:
                layout.arrow_type(dtype)
                return Taken(plain, dtype)
            if holds(self._dtype, dtype):
                self._exact(plain, dtype)
                return Taken(plain)
            if self.declared:
                raise Invalid(
                    f"{_shown(value)} is {dtype}, but the column was declared as {self._dtype}"
                )
            try:
                wider = union(self._dtype, dtype, "the column")
            except Invalid as error:
                raise Invalid(f"{_shown(value)} does not fit: {error}") from None
            return Taken(plain, wider, self._widened(wider, plain))
        except CellError:
            raise
        except Invalid as error:
            raise self._misfit(str(error)) from None

    def put(self, taken: Taken) -> None:
        """Put in a cell that `take` has looked at."""
        if taken.dtype is not None:
            self._settle(taken.dtype)
        if taken.batches is not None:
            self._batches = taken.batches
            self._kept_rows = sum(len(batch) for batch in self._batches)
            self._waiting = []
        self.put_easy(taken.value)

    def put_easy(self, value: Any) -> None:
        """Put in a cell that is easy."""
        self._waiting.append(value)
        if len(self._waiting) >= BATCH_ROWS:
            self._flush()

    def array(self) -> Any:
        """All cells, as a chunked Arrow array in our layout."""
        import pyarrow as pa

        self._flush()
        kind: Any = layout.arrow_type(self.dtype)
        return pa.chunked_array(self._batches, kind)

    def _flush(self) -> None:
        if self._waiting:
            self._batches.append(self._of_waiting(self.dtype))
            self._kept_rows += len(self._waiting)
            self._waiting = []

    def _of_waiting(self, dtype: DType) -> Any:
        return layout.to_arrow(self._waiting, dtype, column=self.name, first_row=self._kept_rows)

    def _settle(self, dtype: DType) -> None:
        self._dtype = dtype
        plain = required(dtype)
        easy = _EASY.get(plain.kind, frozenset())
        if isinstance(plain, Number) and plain.integer:
            easy = frozenset({int})
        self._easy = easy | {type(None)} if isinstance(dtype, Optional | Nothing) else easy

    def _widened(self, wider: DType, plain: Any) -> list[Any]:
        import pyarrow as pa

        try:
            batches = [recast(batch, self.dtype, wider) for batch in self._batches]
            layout.to_arrow([plain], wider)
            return [*batches, self._of_waiting(wider)] if self._waiting else batches
        except (pa.ArrowInvalid, CellError):
            raise self._misfit(
                f"{_shown(plain)} makes the column {wider}, in which a whole number would lose digits"
            ) from None

    def _exact(self, plain: Any, dtype: DType) -> None:
        """See that no whole number loses digits where the column holds floats."""
        wanted = required(self.dtype)
        if dtype == wanted or isinstance(wanted, Image | Nothing):
            return
        if isinstance(wanted, Number | List | Struct):
            layout.to_arrow([plain], wanted, column=self.name, first_row=len(self))

    def _misfit(self, message: str) -> CellError:
        place = f"row {len(self)}, column {self.name!r}"
        return CellError(f"{place}: {message}", row=len(self), column=self.name)


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
    seen: list[str] = []
    for name in names:
        if not isinstance(name, str) or not name or "\0" in name:
            raise Invalid(f"a column's name is a text that is not empty and has no NUL, not {name!r}")
        try:
            plain, _ = cell(name, lambda _: None)
        except Invalid as error:
            raise Invalid(f"a column's name: {error}") from None
        if plain in seen:
            raise Invalid(f"two columns are called {name!r}; columns: {', '.join(map(repr, names))}")
        seen.append(plain)
    return seen
