"""The stored artifacts as the sidebar shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from vitrail.errors import VitrailError

if TYPE_CHECKING:
    from vitrail.store.project import Project
    from vitrail.store.records import VersionRow

Entries = list[dict[str, Any]]
Mark = tuple[int, int, int] | None

# A manifest never changes: its digest -> the entries that it names.
_entries: WeakKeyDictionary[Project, dict[str, Entries]] = WeakKeyDictionary()


def mark(project: Project) -> Mark:
    """What differs once something was logged: which file the catalog is, its time and its size."""
    try:
        found = project.catalog.path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def tree(project: Project) -> list[dict[str, Any]]:
    """Types, names, versions and entries, the newest version first."""
    known = _entries.setdefault(project, {})
    return [
        {
            "type": type_,
            "names": [
                {"name": name, "versions": [_version(project, row, known) for row in reversed(rows)]}
                for name, rows in names.items()
            ],
        }
        for type_, names in project.artifacts().items()
    ]


def _version(project: Project, row: VersionRow, known: dict[str, Entries]) -> dict[str, Any]:
    return {
        "version": row.version,
        "aliases": sorted(row.aliases),
        "created": row.created,
        "entries": _entries_of(project, row.manifest, known),
    }


def _entries_of(project: Project, manifest: str, known: dict[str, Entries]) -> Entries:
    """What a version holds; nothing where its manifest is damaged, which opening it will tell."""
    if manifest not in known:
        try:
            entries = project.read_manifest(manifest).entries
        except VitrailError:
            return []
        known[manifest] = [
            {"name": name, "kind": entry.kind, "rows": (entry.document or {}).get("rows")}
            for name, entry in entries.items()
        ]
    return known[manifest]
