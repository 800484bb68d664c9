"""Rebuilding: the catalog is made again of the manifests and packs."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vitrail.errors import StoreError
from vitrail.store import trouble
from vitrail.store.catalog import Catalog
from vitrail.store.commit import hold_files, insert_version, pack_members
from vitrail.store.manifest import Maker, Manifest
from vitrail.store.pack import read_index

if TYPE_CHECKING:
    from vitrail.store.project import Project


def rebuild(project: Project) -> tuple[str, ...]:
    """Make the catalog again; what is there of the old one is kept beside it.

    Versions, their numbers, runs that logged something, and lineage come back. What only the catalog
    knew does not: values that runs logged, and aliases that were moved after a version was logged.
    Nobody may write to the store meanwhile.

    Returns:
        what could not be read, a sentence each.
    """
    problems: list[str] = []
    manifests = dict(_manifests(project, problems))
    chosen = _chosen(manifests)
    name = f"catalog-{time.time_ns()}.sqlite"
    fresh = Catalog(project.disk, name)
    with fresh.writing() as catalog:
        versions = {digest: _insert(catalog, digest, manifests[digest]) for digest in chosen}
        for digest, version in versions.items():
            _edges(catalog, manifests[digest], version, versions)
        for pack in sorted({pack for digest in chosen for pack in manifests[digest].packs}):
            try:
                index = read_index(project.blobs.pack(pack))
            except (StoreError, FileNotFoundError) as error:
                problems.append(f"the pack {pack}: {error}")
            else:
                pack_members(catalog, {blob: (pack, *place) for blob, place in index.items()})
    fresh.close()
    project.catalog.close()
    with trouble.disk(project.disk.doing):
        if project.catalog.path.exists():
            os.replace(project.catalog.path, project.catalog.path.with_name(f"{name}.old"))
        project.catalog.path.with_name("catalog.sqlite-journal").unlink(missing_ok=True)
        os.replace(fresh.path, project.catalog.path)
        fresh.path.with_name(f"{name}-journal").unlink(missing_ok=True)
    project.disk.settle(project.root)
    return tuple(problems)


def _manifests(project: Project, problems: list[str]) -> Iterator[tuple[str, Manifest]]:
    for path in sorted((project.root / "manifests" / "sha256").glob("??/*")):
        try:
            yield path.name, project.read_manifest(path.name)
        except StoreError as error:
            problems.append(str(error))


def _chosen(manifests: dict[str, Manifest]) -> list[str]:
    """The manifests that count, older versions first.

    Where a writer died between manifest and commit, two may have one number: then the one that a
    later version names as its parent, else the last one written.
    """
    parents = {manifest.parent for manifest in manifests.values()}
    numbers: dict[tuple[str, int], str] = {}
    ordered = sorted(
        manifests,
        key=lambda d: (manifests[d].version, d in parents, manifests[d].created),
    )
    for digest in ordered:
        numbers[manifests[digest].name, manifests[digest].version] = digest
    contents: set[tuple[str, str]] = set()
    chosen = []
    for digest in sorted(numbers.values(), key=lambda d: (manifests[d].version, manifests[d].created)):
        content = manifests[digest].name, manifests[digest].digest
        if content not in contents:
            contents.add(content)
            chosen.append(digest)
    return chosen


def _insert(catalog: sqlite3.Connection, digest: str, manifest: Manifest) -> int:
    catalog.execute(
        "INSERT OR IGNORE INTO artifacts (name, type) VALUES (?, ?)", (manifest.name, manifest.type)
    )
    (artifact,) = catalog.execute("SELECT id FROM artifacts WHERE name = ?", (manifest.name,)).fetchone()
    version = insert_version(catalog, artifact, manifest, digest)
    hold_files(catalog, version, set(manifest.blobs), set(manifest.packs))
    catalog.executemany(
        "INSERT OR REPLACE INTO aliases VALUES (?, ?, ?)",
        [(artifact, alias, version) for alias in ("latest", *manifest.aliases)],
    )
    return version


def _edges(
    catalog: sqlite3.Connection, manifest: Manifest, version: int, versions: dict[str, int]
) -> None:
    refers = [(version, versions[other]) for other in manifest.refers if other in versions]
    catalog.executemany("INSERT OR IGNORE INTO refers VALUES (?, ?)", refers)
    if manifest.run is not None:
        _insert_run(catalog, manifest.run)
        catalog.execute("INSERT OR IGNORE INTO made VALUES (?, ?)", (version, manifest.run.id))
        used = [(manifest.run.id, versions[other]) for other in manifest.run.used if other in versions]
        catalog.executemany("INSERT OR IGNORE INTO used VALUES (?, ?)", used)


def _insert_run(catalog: sqlite3.Connection, run: Maker) -> None:
    config = json.dumps(run.config)
    catalog.execute(
        "INSERT OR IGNORE INTO runs VALUES (?, ?, ?, ?, ?, 'unknown', ?, NULL)",
        (run.id, run.project, run.job_type, run.name, config, run.created),
    )
