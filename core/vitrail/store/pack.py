"""Packs: many small blobs in one file, with an index at its end.

The blobs one after another; for each its digest, start and size; where that index begins, how many
there are, the format's number and a mark. Numbers are little-endian.
"""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path
from typing import BinaryIO

from vitrail.errors import Damaged, NewerFormat

FORMAT = 1
_MEMBER = struct.Struct("<32sQQ")
_END = struct.Struct("<QQI8s")
_MARK = b"vtrlpack"


class Pack:
    """A pack that is being written.

    Args:
        path: of the new file.

    Attributes:
        members: (start, size) of each blob, by its digest.
        size: of all blobs so far, in bytes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.members: dict[str, tuple[int, int]] = {}
        self.size = 0
        self._hash = hashlib.sha256()
        self._file: BinaryIO = path.open("xb")

    def add(self, digest: str, content: bytes) -> None:
        """Add a blob that is not in the pack yet."""
        self._write(content)
        self.members[digest] = (self.size, len(content))
        self.size += len(content)

    def close(self) -> str:
        """Write the index and sync the file.

        Returns:
            the digest of the whole file.
        """
        for digest, (start, size) in self.members.items():
            self._write(_MEMBER.pack(bytes.fromhex(digest), start, size))
        self._write(_END.pack(self.size, len(self.members), FORMAT, _MARK))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._hash.hexdigest()

    def flush(self) -> None:
        """Have what was added so far readable in the file."""
        self._file.flush()

    def abandon(self) -> None:
        """Close the file, whatever is in it."""
        self._file.close()

    def _write(self, content: bytes) -> None:
        self._file.write(content)
        self._hash.update(content)


def read_index(path: Path) -> dict[str, tuple[int, int]]:
    """(start, size) of each blob in a pack, by its digest.

    Raises:
        Damaged: the file is no whole pack.
        NewerFormat: a newer Vitrail wrote it.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            file.seek(size - _END.size)
            start, count, number, mark = _END.unpack(file.read(_END.size))
        except (OSError, ValueError, struct.error):
            raise Damaged(f"the pack {path.name!r} is cut off") from None
        if mark != _MARK:
            raise Damaged(f"the pack {path.name!r} has no index")
        if number > FORMAT:
            raise NewerFormat(
                f"the pack {path.name!r} has format {number}; this Vitrail reads up to {FORMAT}"
            )
        if start + count * _MEMBER.size + _END.size != size:
            raise Damaged(f"the index of the pack {path.name!r} is cut off")
        file.seek(start)
        index = file.read(count * _MEMBER.size)
    return {digest.hex(): (begin, length) for digest, begin, length in _MEMBER.iter_unpack(index)}
