"""Sweeping: what dead writers left is removed, and nothing else."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vitrail.store import trouble
from vitrail.store.digest import is_digest

if TYPE_CHECKING:
    from vitrail.store.project import Project

YOUNG_S = 3600.0


@dataclass(frozen=True, slots=True)
class Swept:
    """What was removed.

    Attributes:
        files: how many.
        size_bytes: of all of them.
    """

    files: int
    size_bytes: int


def sweep(project: Project, young_s: float = YOUNG_S) -> Swept:
    """Remove the files that no version needs.

    Never one that is younger than `young_s`, by the clock of the disk that they are on: a writer
    may be at work on it. A writer whose file is removed all the same, since it took longer, sees so
    when it commits, and writes it again.

    Raises:
        StoreError: the store cannot be written.
    """
    if not project.catalog.path.exists():
        return Swept(0, 0)
    limit = _disk_time(project) - young_s
    old = [path for path in _files(project) if _touched(path) < limit]
    count = size = 0
    with project.catalog.writing() as catalog:
        for path in old:
            if _is_needed(catalog, path):
                continue
            # Looked at again: a writer that met the file meanwhile has made it young.
            if _touched(path) < limit:
                with trouble.disk(project.disk.doing), suppress(FileNotFoundError):
                    found = path.stat().st_size
                    path.unlink()
                    count, size = count + 1, size + found
    return Swept(count, size)


def _is_needed(catalog: sqlite3.Connection, path: Path) -> bool:
    """Whether a version needs a file, as its blob, pack or manifest."""
    if not is_digest(path.name):
        return False
    return bool(
        catalog.execute(
            "SELECT 1 FROM files WHERE digest = ? UNION SELECT 1 FROM versions WHERE manifest = ?",
            (bytes.fromhex(path.name), path.name),
        ).fetchone()
    )


def _files(project: Project) -> Iterator[Path]:
    yield from _inside(project.root / "tmp")
    yield from project.root.glob("probe-*")
    for kind in ("blobs", "packs", "manifests"):
        for folder in (project.root / kind / "sha256").glob("??"):
            yield from _inside(folder)


def _inside(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError), os.scandir(folder) as found:
        for entry in found:
            if entry.is_file(follow_symlinks=False):
                yield Path(entry.path)


def _touched(path: Path) -> float:
    """When a file was last written or asked for; far in the future where it is gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _disk_time(project: Project) -> float:
    with project.disk.temporary() as path:
        path.touch()
        return path.stat().st_mtime
