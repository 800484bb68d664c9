"""A file that is being read, and what is to be known of that."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from vitrail.dtypes import DType
from vitrail.errors import CellError, Invalid, VitrailError

Block = list[tuple[str, Any, DType]]
Told = Callable[[int], None]


class Source:
    """A guest's file.

    Args:
        path: where it lies.
        drop: columns that are left out.
        casts: column → the Arrow type that its values are made of, such as "double" or "timestamp[us]".
        told: is told how many bytes were read, again and again.

    Attributes:
        path: the same.
        found: the columns of `drop` and `casts` that the file turned out to have.
        casts: column → Arrow type.

    Raises:
        Invalid: a type is none.
    """

    def __init__(self, path: Path, drop: frozenset[str], casts: Mapping[str, str], told: Told) -> None:
        self.path = path
        self.found: set[str] = set()
        self.told = told
        self.casts = {name: _arrow_type(kind) for name, kind in casts.items()}
        self._drop = drop

    def keeps(self, name: str) -> bool:
        """Whether a column is wanted."""
        if name in self._drop:
            self.found.add(name)
        return name not in self._drop

    def cast(self, table: Any) -> Any:
        """An Arrow table with the columns that are cast; times lose what is finer than wanted.

        Raises:
            CellError: a value cannot be cast, or would not survive.
        """
        import pyarrow as pa

        for name in self.casts.keys() & set(table.column_names):
            self.found.add(name)
            place, kind = table.column_names.index(name), self.casts[name]
            times = pa.types.is_timestamp(kind) and pa.types.is_timestamp(table.column(place).type)
            try:
                column = table.column(place).cast(kind, safe=not times)
            except pa.ArrowException as error:
                message = f"column {name!r} cannot be cast to {kind}: {error}"
                raise CellError(message, row=None, column=name) from None
            table = table.set_column(place, name, column)
        return table

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The file's bytes, unpacked where its name ends in .gz.

        Raises:
            Invalid: it cannot be read, or is no gzip file though its name says so.
        """
        try:
            with self.path.open("rb", buffering=0) as raw:
                counted: Any = io.BufferedReader(_Counted(raw, self.told), 1 << 20)
                packed: Any = self.path.suffix.lower() == ".gz" and gzip.GzipFile(fileobj=counted)
                yield packed or counted
        except VitrailError:
            raise
        except (OSError, EOFError) as error:
            message = f"the file {str(self.path)!r} cannot be read: {error}"
            raise Invalid(message) from None


def _arrow_type(name: str) -> Any:
    import pyarrow as pa

    lookup: Any = pa.type_for_alias  # its stub knows written names alone
    try:
        return lookup(name)
    except ValueError:
        known = "string, double, int64, bool, date32, timestamp[us]"
        raise Invalid(f"no type {name!r} to cast to; there are {known} and others of Arrow") from None


class _Counted(io.RawIOBase):
    def __init__(self, raw: IO[bytes], told: Told) -> None:
        self._raw = raw
        self._told = told

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int = self._raw.readinto(buffer)  # type: ignore[attr-defined]
        self._told(count)
        return count
