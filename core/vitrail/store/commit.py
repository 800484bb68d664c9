"""The commit: what was put on a shelf becomes a version, wholly or not at all."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from vitrail.errors import Invalid, StoreError
from vitrail.store.digest import digest_of
from vitrail.store.manifest import Entry, Maker, Manifest, content_digest, tables_in
from vitrail.store.shelf import Staging

if TYPE_CHECKING:
    from vitrail.store.project import Project

_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Content:
    """What a version is to hold.

    Attributes:
        name, type: of the artifact.
        description: what it is, in words.
        metadata: whatever else its maker says of it.
        store: leaves the entries' bytes on a shelf and gives the entries.
    """

    name: str
    type: str
    description: str | None
    metadata: dict[str, Any]
    store: Callable[[Staging], dict[str, Entry]]


class _Vanished(Exception):
    """A file that was there when it was put on the shelf is gone."""


def now() -> str:
    """The time, UTC, as it stands in documents."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def commit(
    project: Project, content: Content, aliases: Sequence[str], run: str | None, used: frozenset[int]
) -> int:
    """Log a version; the same content as an earlier one of the same name gives that one.

    Args:
        project: whose store it goes into.
        content: what it holds.
        aliases: that are to lead to it, besides `latest`.
        run: the id of the run that logs it.
        used: the versions that the run has used.

    Returns:
        the version's id in the catalog. By then it outlasts a power cut.

    Raises:
        Invalid: an object cannot be stored, or the artifact is of another type.
        StoreError: the store cannot be written; there is no new version then.
    """
    for _ in range(_ATTEMPTS):
        with Staging(project, used) as staging:
            entries = content.store(staging)
            staging.settle()
            try:
                with project.catalog.writing() as catalog:
                    return _Commit(project, catalog, staging).record(content, entries, aliases, run)
            except _Vanished:
                continue
    raise StoreError("files of the store were removed, time and again, while an artifact was logged")


class _Commit:
    """One transaction of the catalog."""

    def __init__(self, project: Project, catalog: sqlite3.Connection, staging: Staging) -> None:
        self._project = project
        self._catalog = catalog
        self._staging = staging

    def record(
        self, content: Content, entries: dict[str, Entry], aliases: Sequence[str], run: str | None
    ) -> int:
        self._check_files()
        artifact = self._artifact(content.name, content.type)
        digest = content_digest(content.description, content.metadata, entries)
        found = self._catalog.execute(
            "SELECT id FROM versions WHERE artifact = ? AND digest = ?", (artifact, digest)
        ).fetchone()
        version = int(found[0]) if found else self._new(artifact, content, entries, aliases, run)
        self._hold(version)
        self._catalog.executemany(
            "INSERT INTO aliases VALUES (?, ?, ?) "
            "ON CONFLICT (artifact, alias) DO UPDATE SET version = excluded.version",
            [(artifact, alias, version) for alias in {"latest", *aliases}],
        )
        if run is not None:
            self._catalog.execute("INSERT OR IGNORE INTO made VALUES (?, ?)", (version, run))
        return version

    def _check_files(self) -> None:
        blobs = self._project.blobs
        paths = [
            *(blobs.file(digest) for digest in self._staging.files),
            *(blobs.pack(digest) for digest in self._staging.packs),
        ]
        if not all(path.exists() for path in paths):
            raise _Vanished

    def _artifact(self, name: str, kind: str) -> int:
        self._catalog.execute(
            "INSERT INTO artifacts (name, type) VALUES (?, ?) ON CONFLICT DO NOTHING", (name, kind)
        )
        number, known = self._catalog.execute(
            "SELECT id, type FROM artifacts WHERE name = ?", (name,)
        ).fetchone()
        if known != kind:
            raise Invalid(
                f"the artifact {name!r} is of type {known!r}, not {kind!r}; take that type or another name"
            )
        return int(number)

    def _new(
        self,
        artifact: int,
        content: Content,
        entries: dict[str, Entry],
        aliases: Sequence[str],
        run: str | None,
    ) -> int:
        last = self._catalog.execute(
            "SELECT number, manifest FROM versions WHERE artifact = ? ORDER BY number DESC LIMIT 1",
            (artifact,),
        ).fetchone()
        manifest = Manifest(
            name=content.name,
            type=content.type,
            version=last[0] + 1 if last else 0,
            parent=last[1] if last else None,
            created=now(),
            aliases=tuple(aliases),
            run=self._maker(run),
            description=content.description,
            metadata=content.metadata,
            entries=entries,
            blobs=tuple(sorted(self._staging.files)),
            packs=tuple(sorted(self._staging.packs)),
            refers=tuple(self._manifests(self._staging.refers)),
        )
        version = insert_version(self._catalog, artifact, manifest, self._write(manifest))
        self._catalog.executemany(
            "INSERT OR IGNORE INTO refers VALUES (?, ?)",
            [(version, other) for other in self._staging.refers],
        )
        return version

    def _write(self, manifest: Manifest) -> str:
        document = manifest.to_bytes()
        name = digest_of(document)
        target = self._project.manifest_path(name)
        self._project.disk.write(target, document)
        self._project.disk.settle(target.parent)
        return name

    def _maker(self, run: str | None) -> Maker | None:
        if run is None:
            return None
        project, job_type, name, config, created = self._catalog.execute(
            "SELECT project, job_type, name, config, created FROM runs WHERE id = ?", (run,)
        ).fetchone()
        used = self._catalog.execute("SELECT version FROM used WHERE run = ?", (run,)).fetchall()
        return Maker(
            id=run,
            project=project,
            job_type=job_type,
            name=name,
            config=json.loads(config),
            created=created,
            used=tuple(self._manifests({version for (version,) in used})),
        )

    def _manifests(self, versions: set[int]) -> list[str]:
        return [
            self._catalog.execute("SELECT manifest FROM versions WHERE id = ?", (version,)).fetchone()[0]
            for version in sorted(versions)
        ]

    def _hold(self, version: int) -> None:
        staging = self._staging
        hold_files(self._catalog, version, staging.files, staging.packs)
        pack_members(self._catalog, staging.packed)


def insert_version(catalog: sqlite3.Connection, artifact: int, manifest: Manifest, name: str) -> int:
    """Write a version into the catalog, and where the files of its tables are.

    Returns:
        its id.
    """
    version = catalog.execute(
        "INSERT INTO versions (artifact, number, digest, manifest, created, size) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (artifact, manifest.version, manifest.digest, name, manifest.created, manifest.size),
    ).lastrowid
    for entry in manifest.entries.values():
        for digest, parts in tables_in(entry.document):
            catalog.executemany(
                "INSERT OR IGNORE INTO tables VALUES (?, ?, ?)",
                [
                    (bytes.fromhex(digest), place, bytes.fromhex(part))
                    for place, part in enumerate(parts)
                ],
            )
    return int(version or 0)


def hold_files(catalog: sqlite3.Connection, version: int, files: set[str], packs: set[str]) -> None:
    """Write which files a version needs."""
    names = [(bytes.fromhex(name), 0) for name in files] + [(bytes.fromhex(name), 1) for name in packs]
    catalog.executemany("INSERT INTO files (digest, pack) VALUES (?, ?) ON CONFLICT DO NOTHING", names)
    catalog.executemany(
        "INSERT OR IGNORE INTO holds SELECT id, ? FROM files WHERE digest = ?",
        [(version, name) for name, _ in names],
    )


def pack_members(catalog: sqlite3.Connection, packed: dict[str, tuple[str, int, int]]) -> None:
    """Write where blobs lie in packs."""
    catalog.executemany(
        "INSERT OR REPLACE INTO packed SELECT ?, id, ?, ? FROM files WHERE digest = ?",
        [
            (bytes.fromhex(blob), start, size, bytes.fromhex(pack))
            for blob, (pack, start, size) in packed.items()
        ],
    )
