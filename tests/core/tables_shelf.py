"""A shelf in a folder, for tests of what is put on shelves."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any

from vitrail.errors import NotFound
from vitrail.joined_table import JoinedTable
from vitrail.media.image import Image
from vitrail.query.duck import DuckEngine
from vitrail.table import Table

KINDS = {kind.kind: kind for kind in (Table, JoinedTable, Image)}


class FolderShelf:
    """Keeps bytes by digest in a folder, and counts what was put and what was only named."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.put_digests: list[str] = []
        self.referred: list[str] = []
        self.entries: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}

    def put(self, content: bytes | Path, *, suffix: str = "") -> str:
        data = content.read_bytes() if isinstance(content, Path) else content
        digest = hashlib.sha256(data).hexdigest()
        (self.folder / digest).write_bytes(data)
        self.put_digests.append(digest)
        return digest

    def refer(self, digest: str) -> bool:
        there = (self.folder / digest).exists()
        if there:
            self.referred.append(digest)
        return there

    def path(self, digest: str) -> Path:
        if not (self.folder / digest).exists():
            raise NotFound(digest)
        return self.folder / digest

    def read(self, digest: str) -> bytes:
        return self.path(digest).read_bytes()

    def entry(self, artifact: str, name: str) -> Any:
        kind, document = self.entries[artifact, name]
        found = KINDS[kind].load(document, self)
        found.origin = (artifact, name)
        return found

    def add(self, artifact: str, name: str, value: Any) -> Any:
        """Store a value as an entry of an artifact, and read it again."""
        self.entries[artifact, name] = (value.kind, value.store(self))
        return self.entry(artifact, name)

    def files(self, digest: str) -> tuple[Path, ...]:
        """The files of a table, for the engine."""
        documents = [document for _, document in self.entries.values()]
        parts = next(d["parts"] for d in documents if d.get("digest") == digest)
        return tuple(map(self.path, parts))

    @cached_property
    def engine(self) -> DuckEngine:
        return DuckEngine(self, workers=1)
