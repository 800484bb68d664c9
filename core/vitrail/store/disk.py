"""Files that are there wholly or not at all, and stay there when the power goes."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vitrail.store import trouble


class Disk:
    """The folder of a store.

    A file is written under a temporary name, synced, renamed, and then its folder is synced, and so
    are the folders above it, since one of them may be new, whoever made it.

    Args:
        root: the store's folder; made at the first write.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lasting: set[Path] = set()

    @property
    def doing(self) -> str:
        """What is said to be tried where a write fails."""
        return f"writing to the store {str(self.root)!r}"

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """A path for a new file; what is still there in the end is removed."""
        with trouble.disk(self.doing):
            folder = self.root / "tmp"
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{os.getpid()}-{uuid.uuid4().hex}"
            try:
                yield path
            finally:
                path.unlink(missing_ok=True)

    def write(self, target: Path, content: bytes) -> None:
        """Have `target` hold some bytes; `settle` its folder afterwards."""
        with self.temporary() as path:
            with path.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self.move(path, target)

    def move(self, path: Path, target: Path) -> None:
        """Give a synced temporary file its name; `settle` its folder afterwards."""
        with trouble.disk(self.doing):
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, target)

    def settle(self, folder: Path) -> None:
        """See to it that the names of the files in a folder of the store outlast a power cut."""
        with trouble.disk(self.doing):
            _sync(folder)
            for above in folder.parents:
                if above not in self._lasting:
                    _sync(above)
                    self._lasting.add(above)
                if above == self.root.parent:
                    break


def sync_file(path: Path) -> None:
    """Have a file's bytes outlast a power cut."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
