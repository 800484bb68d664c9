"""The shelves of a store: one to read from, and one on which a version is put together."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Any, Self

from vitrail.errors import Damaged, Invalid, NotFound, StoreError
from vitrail.store import trouble
from vitrail.store.blobs import Place
from vitrail.store.digest import digest_of, digest_of_file
from vitrail.store.disk import sync_file
from vitrail.store.pack import Pack, read_index

if TYPE_CHECKING:
    from vitrail.query.engine import Engine
    from vitrail.store.project import Project

PACKED_BYTES = 131_072  # blobs up to this size share files
PACK_BYTES = 67_108_864
WAITING_BLOBS, WAITING_BYTES = 500, 8_388_608
MANY_NAMED = 16
_PARQUET = b"PAR1"


class Reading:
    """A shelf to read from; see `vitrail.kinds.Shelf`.

    Args:
        project: whose store it is.
    """

    def __init__(self, project: Project) -> None:
        self._project = project

    def put(self, content: bytes | Path, *, suffix: str = "") -> str:
        raise Invalid("bytes are kept only while an artifact is logged; add the object to an artifact")

    def refer(self, digest: str) -> bool:
        raise Invalid("bytes are named only while an artifact is logged; add the object to an artifact")

    def path(self, digest: str) -> Path:
        return self._project.blobs.path(digest)

    def read(self, digest: str) -> bytes:
        return self._project.blobs.read(digest)

    def entry(self, artifact: str, name: str) -> Any:
        return self._project.by_digest(artifact).get(name)

    def ancestor(self, artifact: str, entry: str, digest: str | None = None) -> str:
        raise Invalid("an ancestor is named only while an artifact is logged")

    @property
    def engine(self) -> Engine:
        return self._project.engine


class Staging(Reading):
    """A shelf on which a version is put together: whatever is put here lasts once it is settled, and
    counts once it is committed.

    Args:
        project: whose store it is.
        used: the versions (their ids in the catalog) that the run has used: those whose bytes it
            names, where several have them.

    Attributes:
        files: digests of the blobs, each a file of its own, that the version needs.
        packs: digests of the packs that it needs.
        packed: where each blob of the new packs lies: (pack, start, size).
        refers: ids of the versions whose bytes it names.
        sizes: of each blob since the dict was last cleared, in bytes.
    """

    def __init__(self, project: Project, used: frozenset[int] = frozenset()) -> None:
        super().__init__(project)
        self.files: set[str] = set()
        self.packs: set[str] = set()
        self.packed: dict[str, tuple[str, int, int]] = {}
        self.refers: set[int] = set()
        self.sizes: dict[str, int] = {}
        self._used = used
        self._owners: dict[str, int | None] = {}
        self._folders: set[Path] = set()
        self._open = ExitStack()
        self._pack: Pack | None = None
        self._new: dict[str, Place] = {}
        self._waiting: dict[str, bytes] = {}
        self._waiting_bytes = 0
        self._named: Counter[str] = Counter()
        self._neighbours: dict[str, Place] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def put(self, content: bytes | Path, *, suffix: str = "") -> str:
        if isinstance(content, Path):
            try:
                size = content.stat().st_size
                if size > PACKED_BYTES or suffix == ".parquet":
                    return self._put_file(content, digest_of_file(content), size)
                content = content.read_bytes()
            except FileNotFoundError:
                raise NotFound(f"no file {str(content)!r}") from None
            except StoreError:
                raise
            except OSError as error:
                raise Invalid(f"the file {str(content)!r} cannot be read: {error.strerror}") from error
        digest = digest_of(content)
        if len(content) > PACKED_BYTES or suffix == ".parquet" or content.startswith(_PARQUET):
            if not self._is_here(digest, len(content)):
                target = self._project.blobs.file(digest)
                self._project.disk.write(target, content)
                self._keep(digest, target, len(content))
        else:
            self._wait(digest, content)
        return digest

    def refer(self, digest: str) -> bool:
        if digest in self._new or digest in self.files or digest in self._waiting:
            return True
        place = self._neighbours.get(digest) or self._project.blobs.find(digest)
        owner = self._owner(place.pack or digest) if place else None
        if place is None or owner is None:
            return False
        self.refers.add(owner)
        self.sizes[digest] = place.size
        self._need(digest, place)
        if place.pack is not None:
            self._get_to_know(place.pack, place.path)
        return True

    def path(self, digest: str) -> Path:
        if digest in self._new or digest in self._waiting:
            raise NotFound(f"the blob {digest[:12]} lies in a pack that is still being written")
        return super().path(digest)

    def read(self, digest: str) -> bytes:
        if digest in self._waiting:
            return self._waiting[digest]
        if digest not in self._new:
            return super().read(digest)
        if self._pack is not None:
            self._pack.flush()
        place = self._new[digest]
        with trouble.disk(self._project.disk.doing), place.path.open("rb") as file:
            file.seek(place.start)
            return file.read(place.size)

    def entry(self, artifact: str, name: str) -> Any:
        owner = self._project.by_digest(artifact)
        found = owner.get(name)
        self.refers.add(owner.row.id)
        return found

    def ancestor(self, artifact: str, entry: str, digest: str | None = None) -> str:
        try:
            found = self._project.artifact(artifact)
        except NotFound:
            if digest is None:
                raise
            found = self._project.by_digest(digest)
        if digest is not None and found.digest != digest:
            found = self._project.by_digest(digest)
        found.entry(entry)
        self.refers.add(found.row.id)
        return found.qualified_name

    def settle(self) -> None:
        """Have everything that was put here outlast a power cut."""
        self._sort_out()
        self._close_pack()
        for folder in self._folders:
            self._project.disk.settle(folder)

    def _is_here(self, digest: str, size: int) -> bool:
        """Whether the store has a blob already; where it has, it is young again and needed here."""
        place = self._new.get(digest) or self._project.blobs.find(digest)
        if place is None or place.size != size:
            return False
        self.sizes[digest] = size
        self._need(digest, place)
        return True

    def _wait(self, digest: str, content: bytes) -> None:
        """Take a small blob; whether the store has it is looked up for many at once."""
        self.sizes[digest] = len(content)
        if digest in self._new or digest in self._waiting:
            return
        self._waiting[digest] = content
        self._waiting_bytes += len(content)
        if len(self._waiting) >= WAITING_BLOBS or self._waiting_bytes >= WAITING_BYTES:
            self._sort_out()

    def _sort_out(self) -> None:
        """Put the blobs that wait into the pack, but for those that the store has."""
        waiting, self._waiting, self._waiting_bytes = self._waiting, {}, 0
        places = self._project.blobs.find_all(waiting)
        for digest, content in waiting.items():
            place = places.get(digest)
            if place is not None and place.size == len(content):
                self._need(digest, place)
            else:
                self._add_to_pack(digest, content)

    def _get_to_know(self, pack: str, path: Path) -> None:
        """Once many blobs of a pack were named, know all that lie in it."""
        self._named[pack] += 1
        if self._named[pack] == MANY_NAMED:
            with suppress(Damaged, FileNotFoundError):
                self._neighbours |= {
                    digest: Place(path, pack, start, size)
                    for digest, (start, size) in read_index(path).items()
                }

    def _need(self, digest: str, place: Place) -> None:
        if digest in self._new:
            return
        known = self.files if place.pack is None else self.packs
        name = place.pack or digest
        if name not in known:
            known.add(name)
            self._folders.add(place.path.parent)
            self._touch(place.path)

    def _touch(self, path: Path) -> None:
        """Say to whoever sweeps that the file is wanted; the commit looks again whether it is there."""
        with trouble.disk(self._project.disk.doing), suppress(FileNotFoundError):
            os.utime(path)

    def _keep(self, digest: str, path: Path, size: int) -> None:
        self.files.add(digest)
        self.sizes[digest] = size
        self._folders.add(path.parent)

    def _owner(self, file: str) -> int | None:
        """The version whose bytes are named: one that the run used or that was named already, else the
        first that has them.
        """
        if file not in self._owners:
            rows = self._project.catalog.query(
                "SELECT version FROM holds JOIN files ON files.id = file WHERE digest = ?",
                (bytes.fromhex(file),),
            )
            known = {version for (version,) in rows}
            likely = known & (self._used | self.refers)
            self._owners[file] = max(likely) if likely else min(known, default=None)
        return self._owners[file]

    def _put_file(self, path: Path, digest: str, size: int) -> str:
        if self._is_here(digest, size):
            return digest
        disk, target = self._project.disk, self._project.blobs.file(digest)
        with disk.temporary() as temporary:
            copyfile(path, temporary)
            sync_file(temporary)
            if digest_of_file(temporary) != digest:
                raise Invalid(f"the file {str(path)!r} changed while it was logged; log it again")
            disk.move(temporary, target)
        self._keep(digest, target, size)
        return digest

    def _add_to_pack(self, digest: str, content: bytes) -> None:
        with trouble.disk(self._project.disk.doing):
            if self._pack is None:
                self._pack = Pack(self._open.enter_context(self._project.disk.temporary()))
                self._open.callback(self._pack.abandon)
            pack = self._pack
            self._new[digest] = Place(pack.path, "", pack.size, len(content))
            pack.add(digest, content)
            if pack.size >= PACK_BYTES:
                self._close_pack()

    def _close_pack(self) -> None:
        """Give the open pack its name; nobody sees it before the version is committed."""
        pack, self._pack = self._pack, None
        if pack is None:
            return
        with trouble.disk(self._project.disk.doing):
            name = pack.close()
        target = self._project.blobs.pack(name)
        self._project.disk.move(pack.path, target)
        self.packs.add(name)
        self._folders.add(target.parent)
        for digest, (start, size) in pack.members.items():
            self.packed[digest] = (name, start, size)
            self._new[digest] = Place(target, name, start, size)
