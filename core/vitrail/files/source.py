"""A file that is being read, and what is to be known of that."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from vitrail.dtypes import DType
from vitrail.errors import Invalid, VitrailError

Block = list[tuple[str, Any, DType]]
Told = Callable[[int], None]


class Source:
    """A guest's file.

    Args:
        path: where it lies.
        drop: columns that are left out.
        told: is told how many bytes were read, again and again.

    Attributes:
        path: the same.
        dropped: the columns of `drop` that the file turned out to have.
    """

    def __init__(self, path: Path, drop: frozenset[str], told: Told) -> None:
        self.path = path
        self.dropped: set[str] = set()
        self.told = told
        self._drop = drop

    def keeps(self, name: str) -> bool:
        """Whether a column is wanted."""
        if name in self._drop:
            self.dropped.add(name)
        return name not in self._drop

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
