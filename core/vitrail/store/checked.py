"""Which large blobs were right when they were last hashed, so that not every process hashes them again.

A blob still is the file that was hashed while its size, its number and its times of change are the same.
A file that was changed a moment ago is not noted: another change could leave it with the same times.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from pathlib import Path

_LEAST_BYTES = 1_000_000  # smaller ones are hashed sooner than looked up
_SETTLED_NS = 2_000_000_000


class Checked:
    """Notes on disk of the blobs that were right.

    Args:
        folder: where the notes are, a file each; it may be thrown away at any time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._trusted = True

    def forget(self) -> None:
        """Believe no note any more."""
        self._trusted = False

    def knows(self, digest: str, path: Path) -> bool:
        """Whether a file is the one that was right."""
        try:
            mark = _mark(path.stat())
            return self._trusted and mark != "" and (self._folder / digest).read_text() == mark
        except (OSError, ValueError):
            return False

    def note(self, digest: str, before: os.stat_result) -> None:
        """Remember that a file was right, by what its state was before it was hashed."""
        mark = _mark(before)
        changed_ns = max(before.st_mtime_ns, before.st_ctime_ns)
        if not mark or abs(time.time_ns() - changed_ns) < _SETTLED_NS:
            return
        with contextlib.suppress(OSError):  # in a store that cannot be written it is hashed again
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")
            with os.fdopen(handle, "w") as file:
                file.write(mark)
            os.replace(name, self._folder / digest)


def _mark(state: os.stat_result) -> str:
    if state.st_size < _LEAST_BYTES:
        return ""
    return f"{state.st_size} {state.st_ino} {state.st_mtime_ns} {state.st_ctime_ns}"
