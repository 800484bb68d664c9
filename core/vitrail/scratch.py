"""Tables that no project holds, laid out as files, and the engine that answers questions about them."""

from __future__ import annotations

import atexit
import hashlib
import json
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any
from weakref import finalize

from vitrail.dtypes import Table
from vitrail.errors import NotFound
from vitrail.parquet import file_digest, write_parts

if TYPE_CHECKING:
    from vitrail.query.engine import Engine

_TABLES = 16


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
        self.paths, self.rows = write_parts(dtype, batches, _passing_folder(self))
        self.parts = [file_digest(path) for path in self.paths]
        self.digest = content_digest(dtype, self.parts)


def _passing_folder(owner: object) -> Path:
    """A new folder that goes when its owner goes, or else the process."""
    folder = mkdtemp(prefix="vitrail-")
    finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def content_digest(dtype: Table, parts: Iterable[str]) -> str:
    """The digest of a table's content: SHA-256 over its type and its files' digests."""
    document = {"schema": dtype.to_json(), "parts": list(parts)}
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Scratch:
    """The library of the tables in memory that were asked something lately. There is one a process.

    A table's files lie at a path made of its digest, since an engine may remember where it found them.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._recent: OrderedDict[str, tuple[Path, ...]] = OrderedDict()
        self._lock = threading.RLock()
        self._engine: Engine | None = None

    def keep(self, layout: Layout) -> None:
        """Have a table's files at hand; those of the table that was asked longest ago may go."""
        with self._lock:
            if layout.digest not in self._recent:
                if self._folder is None:
                    self._folder = _passing_folder(self)
                folder = self._folder / layout.digest
                folder.mkdir()
                self._recent[layout.digest] = tuple(
                    Path(shutil.copy(path, folder / path.name)) for path in layout.paths
                )
            self._recent.move_to_end(layout.digest)
            if len(self._recent) > _TABLES:
                _, paths = self._recent.popitem(last=False)
                shutil.rmtree(paths[0].parent, ignore_errors=True)

    def files(self, digest: str) -> tuple[Path, ...]:
        """The files of a table, for the engine."""
        with self._lock:
            if digest not in self._recent:
                raise NotFound(f"the table {digest[:12]} was let go")
            return self._recent[digest]

    @property
    def engine(self) -> Engine:
        """The engine over these tables, started at its first use."""
        with self._lock:
            if self._engine is None:
                from vitrail.query.duck import DuckEngine

                self._engine = DuckEngine(self, workers=1)
                atexit.register(self._engine.close)
            return self._engine


scratch = Scratch()
