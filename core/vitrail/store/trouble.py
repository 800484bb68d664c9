"""Faults of the disk and of SQLite, in words that say what to do."""

from __future__ import annotations

import errno
import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vitrail.errors import Damaged, StoreError

_WORDS = {
    errno.ENOSPC: "the disk is full; make room and try again",
    errno.EDQUOT: "your quota of the disk is used up; make room and try again",
    errno.EFBIG: "a file would be larger than is allowed here; raise the limit (ulimit -f)",
    errno.EROFS: "the file system is read-only; choose another folder with VITRAIL_HOME or store=",
    errno.EACCES: "no permission; choose another folder with VITRAIL_HOME or store=",
    errno.EPERM: "no permission; choose another folder with VITRAIL_HOME or store=",
    errno.EMFILE: "too many files are open; raise the limit (ulimit -n)",
    errno.ENAMETOOLONG: "the path is too long",
    errno.EIO: "the disk reports a fault of its own; look at the system's log",
    errno.ENOTDIR: "a part of the path is a file where a folder is wanted",
    errno.EEXIST: "there is a file where a folder is wanted",
}


def explained(error: OSError, doing: str) -> StoreError:
    """What went wrong on the disk, as an error of ours.

    Args:
        error: the system's.
        doing: what was tried, such as "writing to the store 'x'".
    """
    words = _WORDS.get(error.errno or 0) or error.strerror or str(error)
    found = StoreError(f"{doing}: {words}")
    found.errno = error.errno
    return found


@contextmanager
def disk(doing: str) -> Iterator[None]:
    """Within it, faults of the disk are errors of ours."""
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        raise explained(error, doing) from error


@contextmanager
def database(path: Path) -> Iterator[None]:
    """Within it, faults of SQLite are errors of ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translated(error, path) from error


def _translated(error: sqlite3.Error, path: Path) -> StoreError:
    place = f"the catalog {str(path)!r}"
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError(f"{place} is held by another process; try again when that one is done")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return Damaged(f"{place} is damaged: {error}; Project.rebuild() makes it again of the manifests")
    learnt = _probe(path.parent)
    if learnt is not None:
        return explained(learnt, f"using {place}")
    if code == sqlite3.SQLITE_FULL:
        return StoreError(f"using {place}: {_WORDS[errno.ENOSPC]}")
    if code == sqlite3.SQLITE_READONLY:
        return StoreError(f"using {place}: {_WORDS[errno.EROFS]}")
    return StoreError(f"using {place}: {error}")


def _probe(folder: Path) -> OSError | None:
    """What the system says to a small write: SQLite's own words hide it."""
    path = folder / f"probe-{uuid.uuid4().hex}"
    try:
        try:
            with path.open("xb") as file:
                file.write(bytes(8192))
                file.flush()
                os.fsync(file.fileno())
        finally:
            path.unlink(missing_ok=True)
    except OSError as error:
        return error
    return None
