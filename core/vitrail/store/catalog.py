"""The catalog: which versions there are, in SQLite."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vitrail.errors import NewerFormat
from vitrail.store import trouble
from vitrail.store.disk import Disk

FORMAT = 1
WAIT_S = 10.0

_SCHEMA = (
    "CREATE TABLE artifacts (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, type TEXT NOT NULL)",
    """CREATE TABLE runs (
        id TEXT PRIMARY KEY, project TEXT NOT NULL, job_type TEXT NOT NULL, name TEXT NOT NULL,
        config TEXT NOT NULL, state TEXT NOT NULL, created TEXT NOT NULL, ended TEXT)""",
    """CREATE TABLE versions (
        id INTEGER PRIMARY KEY, artifact INTEGER NOT NULL REFERENCES artifacts, number INTEGER NOT NULL,
        digest TEXT NOT NULL, manifest TEXT NOT NULL UNIQUE, created TEXT NOT NULL,
        size INTEGER NOT NULL, UNIQUE (artifact, number), UNIQUE (artifact, digest))""",
    "CREATE INDEX versions_by_digest ON versions (digest)",
    """CREATE TABLE aliases (
        artifact INTEGER NOT NULL REFERENCES artifacts, alias TEXT NOT NULL,
        version INTEGER NOT NULL REFERENCES versions, PRIMARY KEY (artifact, alias)) WITHOUT ROWID""",
    "CREATE INDEX aliases_by_version ON aliases (version)",
    """CREATE TABLE used (
        run TEXT NOT NULL REFERENCES runs, version INTEGER NOT NULL REFERENCES versions,
        PRIMARY KEY (run, version)) WITHOUT ROWID""",
    "CREATE INDEX used_by_version ON used (version)",
    """CREATE TABLE made (
        version INTEGER NOT NULL REFERENCES versions, run TEXT NOT NULL REFERENCES runs,
        PRIMARY KEY (version, run)) WITHOUT ROWID""",
    """CREATE TABLE refers (
        version INTEGER NOT NULL REFERENCES versions, other INTEGER NOT NULL REFERENCES versions,
        PRIMARY KEY (version, other)) WITHOUT ROWID""",
    """CREATE TABLE history (
        run TEXT NOT NULL REFERENCES runs, place INTEGER NOT NULL, step INTEGER NOT NULL,
        created TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (run, place)) WITHOUT ROWID""",
    "CREATE TABLE files (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, pack INTEGER NOT NULL)",
    """CREATE TABLE holds (
        file INTEGER NOT NULL REFERENCES files, version INTEGER NOT NULL REFERENCES versions,
        PRIMARY KEY (file, version)) WITHOUT ROWID""",
    """CREATE TABLE packed (
        blob BLOB PRIMARY KEY, file INTEGER NOT NULL REFERENCES files, start INTEGER NOT NULL,
        size INTEGER NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE tables (
        digest BLOB NOT NULL, place INTEGER NOT NULL, blob BLOB NOT NULL,
        PRIMARY KEY (digest, place)) WITHOUT ROWID""",
    f"PRAGMA user_version = {FORMAT}",
)


class Catalog:
    """The catalog of a store. One connection, used by one thread at a time.

    A store that was never written to reads as an empty one.

    Args:
        disk: the store's folder.
        name: the file's name in it.

    Attributes:
        path: of the SQLite file.
    """

    def __init__(self, disk: Disk, name: str = "catalog.sqlite") -> None:
        self.path = disk.root / name
        self._disk = disk
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._mark: tuple[int, tuple[int, int] | None] = (0, None)
        self._let_go: weakref.finalize[Any, Any] | None = None

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of an answer.

        Raises:
            StoreError: the catalog cannot be read.
        """
        with self._lock, trouble.database(self.path):
            return self._opened().execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, in which no other process writes; undone where it raises.

        Raises:
            StoreError: the catalog cannot be written, or another process holds it for too long.
        """
        with self._lock, trouble.database(self.path):
            connection = self._opened(create=True)
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._known_format(connection)  # another process may have made it newer meanwhile
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Let the file go; the next question opens it again."""
        with self._lock:
            if self._let_go is not None:
                self._let_go()
            self._connection = None

    def _opened(self, create: bool = False) -> sqlite3.Connection:
        """The connection; a new one after a fork, and where the file is another one than it was."""
        mark = (os.getpid(), _identity(self.path))
        if self._connection is not None and mark == self._mark and (mark[1] or not create):
            return self._connection
        if self._mark[0] == mark[0]:
            self.close()
        connection = self._connect(create)
        self._connection = connection
        self._mark = (os.getpid(), _identity(self.path))
        self._let_go = weakref.finalize(self, connection.close)
        self._let_go.atexit = False  # a run may end after that
        return connection

    def _connect(self, create: bool) -> sqlite3.Connection:
        if create and _identity(self.path) is None:
            with trouble.disk(self._disk.doing):
                self.path.parent.mkdir(parents=True, exist_ok=True)
        elif _identity(self.path) is None:
            return _empty()
        mode = "rwc" if create else "rw"
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=WAIT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            for pragma in ("journal_mode = TRUNCATE", "synchronous = FULL", "foreign_keys = ON"):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            number = self._known_format(connection)
            if number == 0 and create:
                self._make(connection)
            elif number == 0:
                connection.close()
                return _empty()
        except BaseException:
            connection.close()
            raise
        return connection

    def _known_format(self, connection: sqlite3.Connection) -> int:
        number = _format(connection)
        if number > FORMAT:
            raise NewerFormat(
                f"the store {str(self._disk.root)!r} has format {number}; this Vitrail reads up to "
                f"{FORMAT}: install a newer one"
            )
        return number

    def _make(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        if _format(connection) == 0:
            for statement in _SCHEMA:
                connection.execute(statement)
        connection.execute("COMMIT")
        self._disk.settle(self.path.parent)


def _empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    for statement in _SCHEMA:
        connection.execute(statement)
    return connection


def _format(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is; None where there is none, or one that nobody has written to yet."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return (found.st_dev, found.st_ino) if found.st_size else None
