"""Removing artifacts that hold nothing but documents, such as saved views."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from vitrail.errors import Invalid, NotFound, did_you_mean
from vitrail.store import trouble

if TYPE_CHECKING:
    from vitrail.store.project import Project


def remove(project: Project, name: str) -> None:
    """Take all versions of an artifact out of the store, and its name.

    First the catalog forgets them, in one transaction, then their manifests go. A manifest that a crash
    leaves in between is nobody's, and goes when the store is swept. No version that stays loses anything:
    one that holds files is never removed, nor one that something came of.

    Raises:
        NotFound: there is no such artifact.
        Invalid: a version holds files, or a run used it, or another version names it.
        StoreError: the store cannot be written.
    """
    with project.catalog.writing() as catalog:
        artifact = _checked(catalog, name)
        manifests = [
            manifest
            for (manifest,) in catalog.execute(
                "SELECT manifest FROM versions WHERE artifact = ? ORDER BY number DESC", (artifact,)
            )
        ]
        for statement in _FORGET:
            catalog.execute(statement, (artifact,))
    for manifest in manifests:
        path = project.manifest_path(manifest)
        with trouble.disk(project.disk.doing), suppress(FileNotFoundError):
            path.unlink()
            project.disk.settle(path.parent)


def check_removable(project: Project, name: str) -> None:
    """Make sure that an artifact could be removed. Raises as `remove`."""
    with project.catalog.writing() as catalog:
        _checked(catalog, name)


def _checked(catalog: sqlite3.Connection, name: str) -> int:
    found = catalog.execute("SELECT id FROM artifacts WHERE name = ?", (name,)).fetchone()
    if found is None:
        known = [row[0] for row in catalog.execute("SELECT name FROM artifacts ORDER BY name")]
        raise NotFound(f"no artifact {name!r:.200}{did_you_mean(str(name), known)}")
    for reason, question in _REASONS.items():
        met = catalog.execute(question, found).fetchone()
        if met:
            raise Invalid(f"{name!r} stays: " + reason.format(*met))
    return int(found[0])


_FORGET = (
    "DELETE FROM aliases WHERE artifact = ?",
    "DELETE FROM made WHERE version IN (SELECT id FROM versions WHERE artifact = ?)",
    "DELETE FROM refers WHERE version IN (SELECT id FROM versions WHERE artifact = ?)",
    "DELETE FROM versions WHERE artifact = ?",
    "DELETE FROM artifacts WHERE id = ?",
)
# Why an artifact cannot be removed -> a row for {0} and {1} where it is so.
_REASONS = {
    "its version v{0} holds files": (
        "SELECT number FROM versions JOIN holds ON version = id WHERE artifact = ?"
    ),
    "the run {1!r} has used its version v{0}": (
        "SELECT number, runs.name FROM versions JOIN used ON version = versions.id "
        "JOIN runs ON runs.id = run WHERE artifact = ?"
    ),
    "{0}:v{1} was made of it": (
        "SELECT name, later.number FROM versions JOIN refers ON other = versions.id "
        "JOIN versions AS later ON later.id = version JOIN artifacts ON artifacts.id = later.artifact "
        "WHERE versions.artifact = ? AND later.artifact != versions.artifact"
    ),
}
