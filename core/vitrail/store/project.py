"""The project: a store and everything in it."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from vitrail.errors import Damaged, Invalid, NotFound
from vitrail.kinds import Shelf
from vitrail.store import names, trouble
from vitrail.store.artifact import Artifact
from vitrail.store.blobs import Blobs
from vitrail.store.catalog import Catalog
from vitrail.store.digest import digest_of, is_digest
from vitrail.store.disk import Disk
from vitrail.store.lineage import Lineage, lineage
from vitrail.store.manifest import Manifest
from vitrail.store.rebuild import rebuild
from vitrail.store.records import Records, VersionRow
from vitrail.store.run import LoggedRun
from vitrail.store.shelf import Reading
from vitrail.store.sweep import YOUNG_S, Swept, sweep
from vitrail.store.verify import Fault, verify, verify_version

if TYPE_CHECKING:
    from vitrail.query.engine import Engine, Library
    from vitrail.view import View


class Project:
    """A store and everything in it. Nothing is made on the disk before something is logged.

    Args:
        root: the store's folder; by default VITRAIL_HOME, or .vitrail in the working directory.

    Attributes:
        root: the store's folder.
        disk, catalog, blobs, records: its parts.
        shelf: from which objects read their bytes.
    """

    def __init__(self, root: str | Path | None = None) -> None:
        self.root = _root(root)
        self.disk = Disk(self.root)
        self.catalog = Catalog(self.disk)
        self.blobs = Blobs(self.disk, self.catalog)
        self.records = Records(self)
        self.shelf: Shelf = Reading(self)
        self._engine: Engine | None = None
        self._lock = threading.Lock()
        self._engine_process = 0

    def artifact(self, name: str) -> Artifact:
        """A logged artifact.

        Args:
            name: `name:alias`, `name:v3`, or `name` for the latest.

        Raises:
            NotFound: there is no such artifact, version or alias; the message names the nearest.
        """
        return Artifact.of_version(self, self.records.version(*names.split(name)))

    def by_digest(self, digest: str) -> Artifact:
        """The first logged artifact with some content. Raises as `artifact`."""
        return Artifact.of_version(self, self.records.by_digest(digest))

    def artifacts(self) -> dict[str, dict[str, list[VersionRow]]]:
        """All versions: type → name → versions, oldest first, each with its aliases."""
        found: dict[str, dict[str, list[VersionRow]]] = {}
        for row in self.records.versions():
            found.setdefault(row.type, {}).setdefault(row.name, []).append(row)
        return found

    def runs(self) -> list[LoggedRun]:
        """All runs, oldest first."""
        return self.records.runs()

    def lineage(self) -> Lineage:
        """All runs and versions, and which came of which."""
        return lineage(self)

    def path(self, digest: str) -> Path:
        """A file with a blob's bytes; see `vitrail.kinds.Shelf.path`."""
        return self.blobs.path(digest)

    @property
    def library(self) -> Library:
        """Where an engine finds the files of this project's tables."""
        return self

    def files(self, digest: str) -> tuple[Path, ...]:
        """The Parquet files of a table, checked against their own digests.

        Raises:
            NotFound: the store has no such table.
            Damaged: a file is not what its digest promises.
        """
        parts = self.records.table_parts(digest) if is_digest(digest) else ()
        if not parts:
            raise NotFound(f"no table with digest {digest!r:.80} in the store {str(self.root)!r}")
        with ThreadPoolExecutor(os.cpu_count()) as threads:  # hashing leaves the other threads running
            return tuple(threads.map(self.blobs.path, parts))

    @property
    def engine(self) -> Engine:
        """What answers questions about this project's tables, started at its first use."""
        with self._lock:
            if self._engine is None or self._engine_process != os.getpid():
                from vitrail.query.duck import DuckEngine

                self._engine = DuckEngine(self.library, scratch=self._scratch())
                self._engine_process = os.getpid()
                atexit.register(self._engine.close)
            return self._engine

    def _scratch(self) -> Path | None:
        folder = self.root / "cache" / "engine"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return None
        return folder if os.access(folder, os.W_OK) else None

    def has(self, artifact: Artifact) -> bool:
        """Whether a logged artifact is of this store."""
        return artifact.is_logged and artifact.project.root == self.root

    def move_aliases(self, row: VersionRow, aliases: Sequence[str], run: str | None) -> None:
        """Have some aliases, and `latest`, lead to a version, which a run has logged again."""
        with self.catalog.writing() as catalog:
            catalog.executemany(
                "INSERT INTO aliases SELECT artifact, ?, id FROM versions WHERE id = ? "
                "ON CONFLICT (artifact, alias) DO UPDATE SET version = excluded.version",
                [(alias, row.id) for alias in {"latest", *aliases}],
            )
            if run is not None:
                catalog.execute("INSERT OR IGNORE INTO made VALUES (?, ?)", (row.id, run))

    def manifest_path(self, digest: str) -> Path:
        """The path of a manifest, whether it is there or not."""
        return self.root / "manifests" / "sha256" / digest[:2] / digest

    def read_manifest(self, digest: str) -> Manifest:
        """A manifest.

        Raises:
            Damaged: it is gone, or not what its digest promises.
            NewerFormat: a newer Vitrail wrote it.
        """
        path = self.manifest_path(digest)
        try:
            with trouble.disk(f"reading the manifest {digest[:12]}"):
                content = path.read_bytes() if path.exists() else b""
        except FileNotFoundError:
            content = b""
        if digest_of(content) != digest:
            raise Damaged(f"the manifest {str(path)!r} is gone or is not what its digest promises")
        return Manifest.of_bytes(content)

    def gc(self, young_s: float = YOUNG_S) -> Swept:
        """Remove what dead writers left, but nothing that is needed or younger; see `sweep`."""
        return sweep(self, young_s)

    def verify(self) -> tuple[Fault, ...]:
        """Read the whole store again.

        Returns:
            what is damaged or gone, and which versions need it; empty where all is well.
        """
        return verify(self)

    def rebuild(self) -> tuple[str, ...]:
        """Make the catalog again, of the manifests and packs; see `rebuild`."""
        return rebuild(self)

    def verify_version(self, row: VersionRow) -> None:
        """Read everything again that a version needs; see `Artifact.verify`."""
        verify_version(self, row)

    def close(self) -> None:
        """End the engine's workers and let the catalog go."""
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None and self._engine_process == os.getpid():
            engine.close()
            atexit.unregister(engine.close)
        self.catalog.close()


_opened: dict[Path, Project] = {}
_lock = threading.Lock()


def opened(root: str | Path | None = None) -> Project:
    """The project of a folder; one a process for each folder, so that they share an engine."""
    path = _root(root)
    with _lock:
        if path not in _opened:
            _opened[path] = Project(path)
        return _opened[path]


def _root(root: str | Path | None) -> Path:
    text = os.environ.get("VITRAIL_HOME") or ".vitrail" if root is None else root
    if not isinstance(text, str | Path) or "\0" in str(text) or not str(text):
        raise Invalid(f"a store is a folder's path, not {text!r:.200}")
    path = Path(text).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise Invalid(f"the store {str(path)!r} is a file; give a folder")
    return path


class Api:
    """What a store holds, for reading without a run.

    Args:
        store: the store's folder; by default VITRAIL_HOME, or .vitrail in the working directory.
    """

    def __init__(self, store: str | Path | None = None) -> None:
        self.project = opened(store)

    def artifact(self, name: str, type: str | None = None) -> Artifact:  # noqa: A002
        """A logged artifact; see `Project.artifact`.

        Args:
            name: `name:alias`, `name:v3`, or `name` for the latest.
            type: the type that it is to have.
        """
        found = self.project.artifact(name)
        if type is not None and found.type != type:
            raise Invalid(f"{found.qualified_name} is of type {found.type!r}, not {type!r}")
        return found

    def artifacts(self) -> list[Artifact]:
        """All logged artifacts, each version on its own."""
        return [Artifact.of_version(self.project, row) for row in self.project.records.versions()]

    def runs(self) -> list[LoggedRun]:
        """All runs, oldest first."""
        return self.project.runs()

    def run(self, run: str) -> LoggedRun:
        """A run by its id.

        Raises:
            NotFound: there is none.
        """
        return self.project.records.run(run)

    def lineage(self) -> Lineage:
        """All runs and versions, and which came of which."""
        return self.project.lineage()

    def views(self) -> dict[str, View]:
        """The saved views by name, each in its newest version."""
        from vitrail.store.views import saved

        return {name: versions[0].view for name, versions in saved(self.project).items()}

    def view(self, name: str) -> View:
        """A saved view by its name, or by `name:v2`; see `vitrail.store.views.saved_view`."""
        from vitrail.store.views import saved_view

        return saved_view(self.project, name)

    def save_view(self, view: View, name: str, description: str | None = None) -> Artifact:
        """Save a view, or a new version of it; see `vitrail.store.views.save`."""
        from vitrail.store.views import save

        return save(self.project, view, name, description)

    def rename_view(self, name: str, new: str) -> Artifact:
        """Give a saved view another name; see `vitrail.store.views.rename`."""
        from vitrail.store.views import rename

        return rename(self.project, name, new)

    def delete_view(self, name: str) -> None:
        """Delete a saved view with all its versions; see `vitrail.store.views.delete`."""
        from vitrail.store.views import delete

        delete(self.project, name)
