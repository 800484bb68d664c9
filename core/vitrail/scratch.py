"""Tables that no project holds, laid out as files, and the engine that answers questions about them."""

from __future__ import annotations

import atexit
import hashlib
import json
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakValueDictionary, finalize

from vitrail.dtypes import Table
from vitrail.errors import NotFound
from vitrail.media.digests import digests, holds_images
from vitrail.parquet import file_digest, write_parts
from vitrail.query.plan import Scan

if TYPE_CHECKING:
    from vitrail.kinds import Shelf
    from vitrail.query.engine import Engine

_TABLES = 16


class Base(Protocol):
    """A table that lies in files, so that an engine can read it."""

    @property
    def plan(self) -> Scan:
        """The table as a plan."""

    @property
    def paths(self) -> Sequence[Path]:
        """Its files; they stay at least as long as this object."""

    @property
    def shelf(self) -> Shelf | None:
        """Where it is stored; None where it is not."""


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
        media: the digests of all pictures and masks in it.
    """

    def __init__(self, dtype: Table, batches: Iterable[Any]) -> None:
        self._dtype = dtype
        self.media: set[str] = set()
        self.paths, self.rows = write_parts(dtype, self._noted(batches), _passing_folder(self))
        self.parts = [file_digest(path) for path in self.paths]
        self.digest = content_digest(dtype, self.parts)

    @property
    def plan(self) -> Scan:
        """The table as a plan, by the digest of its content."""
        return Scan(self.digest, self._dtype, self.rows)

    @property
    def shelf(self) -> None:
        """It is not stored."""
        return None

    def _noted(self, batches: Iterable[Any]) -> Iterator[Any]:
        pictures = [
            (place, dtype)
            for place, (_, dtype) in enumerate(self._dtype.columns or ())
            if holds_images(dtype)
        ]
        for batch in batches:
            for place, dtype in pictures:
                for chunk in batch.column(place).chunks:
                    self.media.update(digests(chunk, dtype))
            yield batch


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


class Kept:
    """A table's files at the place where the scratch engine looks for them, while this object lives.

    Args:
        base: whose files they are; it is kept as well.
        folder: where the links to them stand.
    """

    def __init__(self, base: Base, folder: Path) -> None:
        self._base = base
        self.paths = tuple(folder / f"part-{place:05d}.parquet" for place in range(len(base.paths)))
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for link, path in zip(self.paths, base.paths, strict=True):
            link.symlink_to(path.absolute())


class Scratch:
    """The library of the tables in memory that were asked something lately. There is one a process.

    A table's files are found at a path made of its digest, since an engine may remember where it found
    them. Tables of projects can be kept here too, so that one engine finds tables from several places.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._recent: OrderedDict[str, Kept] = OrderedDict()
        self._known: WeakValueDictionary[str, Kept] = WeakValueDictionary()
        self._lock = threading.RLock()
        self._engine: Engine | None = None

    def keep(self, base: Base) -> Kept:
        """Have a table's files at hand: while the result lives, and a while longer."""
        with self._lock:
            digest = base.plan.table
            kept = self._known.get(digest)
            if kept is None:
                if self._folder is None:
                    self._folder = _passing_folder(self)
                kept = self._known[digest] = Kept(base, self._folder / digest)
            self._recent[digest] = kept
            self._recent.move_to_end(digest)
            if len(self._recent) > _TABLES:
                self._recent.popitem(last=False)
            return kept

    def files(self, digest: str) -> tuple[Path, ...]:
        """The files of a table, for the engine."""
        with self._lock:
            kept = self._known.get(digest)
            if kept is None:
                raise NotFound(f"the table {digest[:12]} was let go")
            return kept.paths

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


def engine_over(bases: Iterable[Base]) -> tuple[Engine, tuple[object, ...]]:
    """The engine that finds all of some tables, and what has them at hand while it is held.

    Tables of one store are asked where they lie; a mixture is linked to one place.
    """
    known = {base.plan.table: base for base in bases}.values()
    shelf, *others = {id(base.shelf): base.shelf for base in known}.values() or [None]
    if shelf is not None and not others:
        return shelf.engine, tuple(known)
    return scratch.engine, tuple(scratch.keep(base) for base in known)
