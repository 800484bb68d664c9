"""The place of an entry in a logged artifact."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING

from vitrail.store import trouble
from vitrail.store.file import File, Reference
from vitrail.store.manifest import Entry, tables_in

if TYPE_CHECKING:
    from vitrail.store.artifact import Artifact


@dataclass(frozen=True, slots=True)
class EntryPath:
    """The place of an entry.

    Attributes:
        artifact: the logged artifact.
        name: the entry's name.
        entry: what the manifest says of it.
    """

    artifact: Artifact
    name: str
    entry: Entry

    @property
    def digest(self) -> str:
        """The digest of its content."""
        return self.entry.digest

    @property
    def size(self) -> int:
        """The size of all its bytes."""
        return self.entry.size

    def download(self, root: str | Path | None = None) -> Path:
        """Write the entry's file into a folder: a table as Parquet, other objects as JSON documents.

        Args:
            root: the folder; by default ./artifacts/<artifact's name>-<version>.

        Returns:
            the file; for a table of several parts the first.
        """
        artifact = self.artifact
        folder = (
            Path(root) if root is not None else Path("artifacts", f"{artifact.name}-{artifact.version}")
        )
        with trouble.disk(f"downloading {self.name!r} of {artifact.qualified_name}"):
            if self.entry.kind in (File.kind, Reference.kind):
                return _copied(artifact.get(self.name).path(), folder / self.name)
            if self.entry.kind == "table":
                return self._download_table(folder)
            target = _parent_made(folder / f"{self.name}.{self.entry.kind}.json")
            target.write_text(json.dumps(self.entry.document, indent=1), encoding="utf-8")
            return target

    def _download_table(self, folder: Path) -> Path:
        ((_, parts),) = tables_in(self.entry.document)
        shelf = self.artifact.shelf
        endings = [".parquet"] if len(parts) == 1 else [f"-{n:05d}.parquet" for n in range(len(parts))]
        targets = [
            _copied(shelf.path(part), folder / (self.name + ending))
            for part, ending in zip(parts, endings, strict=True)
        ]
        return targets[0]


def _copied(source: Path, target: Path) -> Path:
    copyfile(source, _parent_made(target))
    return target


def _parent_made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
