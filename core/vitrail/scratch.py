"""Tables that no project holds, laid out as files, and the engine that answers questions about them."""

from __future__ import annotations

import atexit
import hashlib
import json
import threading
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from vitrail.dtypes import Table
from vitrail.errors import NotFound
from vitrail.parquet import file_digest, write_parts

if TYPE_CHECKING:
    from vitrail.query.engine import Engine


class Layout:
    """A table's rows as Parquet files in a temporary folder, which goes when this object goes.

    Args:
        dtype: the table's type.
        batches: its rows, as Arrow tables in our layout.

    Attributes:
        paths: the files.
        parts: their digests.
        digest: that of the table's content.
        rows: how many there are.
    """

    def __init__(self, dtype: Table, batches: Iterable[Any]) -> None:
        self._folder = TemporaryDirectory(prefix="vitrail-", ignore_cleanup_errors=True)
        self.paths, self.rows = write_parts(dtype, batches, Path(self._folder.name))
        self.parts = [file_digest(path) for path in self.paths]
        self.digest = content_digest(dtype, self.parts)


def content_digest(dtype: Table, parts: Iterable[str]) -> str:
    """The digest of a table's content: SHA-256 over its type and its files' digests."""
    document = {"schema": dtype.to_json(), "parts": list(parts)}
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Scratch:
    """The library of the tables in memory that were asked something. There is one a process."""

    def __init__(self) -> None:
        self._layouts: WeakValueDictionary[str, Layout] = WeakValueDictionary()
        self._lock = threading.Lock()
        self._engine: Engine | None = None

    def keep(self, layout: Layout) -> None:
        """Know this table for as long as somebody holds its layout."""
        self._layouts[layout.digest] = layout

    def files(self, digest: str) -> tuple[Path, ...]:
        """The files of a table, for the engine."""
        layout = self._layouts.get(digest)
        if layout is None:
            raise NotFound(f"the table {digest[:12]} was let go")
        return tuple(layout.paths)

    @property
    def engine(self) -> Engine:
        """The engine over these tables, started at its first use."""
        with self._lock:
            if self._engine is None:
                from vitrail.query.duck import DuckEngine

                self._engine = DuckEngine(self)
                atexit.register(self._engine.close)
            return self._engine


scratch = Scratch()
