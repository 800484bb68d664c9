"""What outgrows memory: bytes and Arrow columns, laid aside in a temporary file."""

from __future__ import annotations

import os
import shutil
import threading
import weakref
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import Any, NamedTuple

from vitrail.errors import StoreError

_ALIGNED_BYTES = 64


class Aside(NamedTuple):
    """Where something was laid aside.

    Attributes:
        spill: the file's owner.
        path: the file.
        start: its first byte.
        size: how many there are.
    """

    spill: Spill
    path: Path
    start: int
    size: int

    def read(self) -> bytes:
        """The bytes."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            return file.read(self.size)

    def array(self) -> Any:
        """The Arrow array, mapped into memory rather than read."""
        import pyarrow as pa

        with pa.memory_map(str(self.path)) as mapped:
            mapped.seek(self.start)
            buffer = mapped.read_buffer(self.size)
        with pa.ipc.open_stream(buffer) as reader:
            return reader.read_next_batch().column(0)


class Spill:
    """A file in a temporary folder, to which things are added and from which none is taken away.

    The folder is made at the first use and goes when nobody holds the spill or what lies in it.
    """

    def __init__(self) -> None:
        self._path: Path | None = None
        self._owner = 0
        self._lock = threading.RLock()

    @property
    def folder(self) -> Path | None:
        """The folder; None as long as nothing was laid aside."""
        return None if self._path is None else self._path.parent

    def add_bytes(self, content: bytes) -> Aside:
        """Lay some bytes aside.

        Raises:
            StoreError: they cannot be written.
        """
        with self._lock:
            return self._add(lambda file: file.write(content))

    def add_array(self, array: Any) -> Aside:
        """Lay an Arrow array aside. Raises as `add_bytes`."""
        import pyarrow as pa

        batch = pa.record_batch([array], names=["c"])

        def write(file: Any) -> None:
            with pa.PythonFile(file, "w") as sink, pa.ipc.new_stream(sink, batch.schema) as writer:
                writer.write_batch(batch)

        with self._lock:
            return self._add(write)

    def _add(self, write: Any) -> Aside:
        path: Path | None = None
        try:
            path = self._own_path()
            with path.open("ab") as file:
                file.write(bytes(-file.tell() % _ALIGNED_BYTES))
                start = file.tell()
                write(_Open(file))
                return Aside(self, path, start, file.tell() - start)
        except OSError as error:
            folder = path.parent if path else gettempdir()
            raise StoreError(
                f"rows that outgrew memory cannot be written to {str(folder)!r}: "
                f"{error.strerror or error}; make room there, or set TMPDIR to a folder with room"
            ) from error

    def _own_path(self) -> Path:
        """The file; a new one after a fork, since the old one is the other process's."""
        if self._path is None or self._owner != os.getpid():
            folder = mkdtemp(prefix="vitrail-")
            weakref.finalize(self, _remove, folder, os.getpid())
            self._path, self._owner = Path(folder) / "rows", os.getpid()
        return self._path

    def __deepcopy__(self, memo: object) -> Spill:
        return self


class _Open:
    """An open file that Arrow may close as often as it likes."""

    def __init__(self, file: Any) -> None:
        self.write, self.tell, self.flush = file.write, file.tell, file.flush
        self.closed = False

    def close(self) -> None:
        self.flush()

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False


def _remove(folder: str, owner: int) -> None:
    if owner == os.getpid():
        shutil.rmtree(folder, ignore_errors=True)
