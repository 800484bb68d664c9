"""Blobs: bytes by their SHA-256, written once and never changed."""

from __future__ import annotations

import os
import tempfile
import threading
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from shutil import rmtree

from vitrail.errors import Damaged, NotFound, StoreError
from vitrail.store import trouble
from vitrail.store.catalog import Catalog
from vitrail.store.checked import Checked
from vitrail.store.digest import digest_of, digest_of_file, is_digest
from vitrail.store.disk import Disk

_AT_ONCE = 500
_WHERE = (
    "SELECT blob, files.digest, start, size FROM packed JOIN files ON files.id = file WHERE blob IN "
)
_WHERE_MANY = _WHERE + f"({', '.join('?' * _AT_ONCE)})"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a blob's bytes lie.

    Attributes:
        path: the file.
        pack: the pack's digest; None where the file is the blob.
        start: the first byte.
        size: how many there are.
    """

    path: Path
    pack: str | None
    start: int
    size: int


class Blobs:
    """The blobs of a store.

    Bytes are checked against their digest before they are first read, and this process remembers
    which of them were right; of large files every process does, until they are changed.

    Args:
        disk: the store's folder.
        catalog: knows which blobs lie in which pack.
    """

    def __init__(self, disk: Disk, catalog: Catalog) -> None:
        self._disk = disk
        self._catalog = catalog
        self._right: set[str] = set()
        self._checked = Checked(disk.root / "cache" / "checked")
        self._right_copies: set[Path] = set()
        self._lock = threading.Lock()
        self._spare: Path | None = None

    def file(self, digest: str) -> Path:
        """The path of a blob that is a file of its own, whether it is there or not."""
        return self._disk.root / "blobs" / "sha256" / digest[:2] / digest

    def pack(self, digest: str) -> Path:
        """The path of a pack, whether it is there or not."""
        return self._disk.root / "packs" / "sha256" / digest[:2] / digest

    def find(self, digest: str) -> Place | None:
        """Where a blob lies; None where the store does not have it."""
        if not is_digest(digest):
            return None
        path = self.file(digest)
        try:
            return Place(path, None, 0, path.stat().st_size)
        except FileNotFoundError:
            pass
        rows = self._catalog.query(
            "SELECT files.digest, start, size FROM packed JOIN files ON files.id = file WHERE blob = ?",
            (bytes.fromhex(digest),),
        )
        for pack, start, size in rows:
            path = self.pack(pack.hex())
            if path.exists():
                return Place(path, pack.hex(), start, size)
        return None

    def find_all(self, digests: Iterable[str]) -> dict[str, Place]:
        """Where some blobs lie; those that the store does not have are left out."""
        places = {}
        rest = []
        for digest in digests:
            path = self.file(digest)
            try:
                places[digest] = Place(path, None, 0, path.stat().st_size)
            except FileNotFoundError:
                rest.append(bytes.fromhex(digest))
        there = lru_cache(lambda pack: self.pack(pack).exists())
        for first in range(0, len(rest), _AT_ONCE):
            some = rest[first : first + _AT_ONCE]
            asked = [*some, *[None] * (_AT_ONCE - len(some))]
            for blob, pack, start, size in self._catalog.query(_WHERE_MANY, asked):
                if there(pack.hex()):
                    places[blob.hex()] = Place(self.pack(pack.hex()), pack.hex(), start, size)
        return places

    def read(self, digest: str) -> bytes:
        """A blob's bytes.

        Raises:
            NotFound: the store has no such blob.
            Damaged: the bytes are not what the digest promises.
        """
        place = self._found(digest)
        with trouble.disk(f"reading the blob {digest[:12]}"), place.path.open("rb") as file:
            file.seek(place.start)
            content = file.read(place.size)
        if digest not in self._right:
            if digest_of(content) != digest:
                raise _damaged(digest, place.path)
            self._right.add(digest)
        return content

    def path(self, digest: str) -> Path:
        """A file with a blob's bytes; one that lies in a pack is copied out of it. Raises as `read`."""
        place = self._found(digest)
        if place.pack is not None:
            return self._copy(digest)
        if digest not in self._right:
            with trouble.disk(f"reading the blob {digest[:12]}"):
                right = self._checked.knows(digest, place.path) or self._is_right(digest, place.path)
            if not right:
                raise _damaged(digest, place.path)
            self._right.add(digest)
        return place.path

    def _is_right(self, digest: str, path: Path) -> bool:
        before = path.stat()
        right = digest_of_file(path) == digest
        if right:
            self._checked.note(digest, before)
        return right

    def forget(self) -> None:
        """Check every blob again at its next use."""
        self._right.clear()
        self._right_copies.clear()
        self._checked.forget()

    def _found(self, digest: str) -> Place:
        place = self.find(digest)
        if place is None:
            raise NotFound(f"the store {str(self._disk.root)!r} has no bytes with digest {digest!r:.80}")
        return place

    def _copy(self, digest: str) -> Path:
        for root in (self._disk.root / "cache" / "copies", None):
            folder = (root or self._spare_folder()) / digest[:2]
            path = folder / digest
            if path in self._right_copies and path.exists():
                return path
            try:
                if not (path.exists() and digest_of_file(path) == digest):
                    folder.mkdir(parents=True, exist_ok=True)
                    _write(path, self.read(digest))
            except StoreError:
                raise
            except OSError as error:
                if root is None:
                    raise trouble.explained(error, f"copying the blob {digest[:12]}") from error
                continue  # a store that cannot be written is read all the same
            self._right_copies.add(path)
            return path
        raise AssertionError("the last folder either served or raised")

    def _spare_folder(self) -> Path:
        """A folder of this process, for copies where the store's own cannot be written."""
        with self._lock:
            if self._spare is None:
                self._spare = Path(tempfile.mkdtemp(prefix="vitrail-"))
                weakref.finalize(self, rmtree, self._spare, ignore_errors=True)
            return self._spare


def _write(path: Path, content: bytes) -> None:
    number, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _damaged(digest: str, path: Path) -> Damaged:
    return Damaged(
        f"the bytes of {digest} in {str(path)!r} are not what the digest promises; "
        "bring that file back from a copy, or log the same content again after removing it"
    )
