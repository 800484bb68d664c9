"""The stored artifacts as the sidebar shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitrail.errors import VitrailError
from vitrail.store.artifact import Artifact

if TYPE_CHECKING:
    from vitrail.store.project import Project
    from vitrail.store.records import VersionRow


def tree(project: Project) -> list[dict[str, Any]]:
    """Types, names, versions and entries, the newest version first."""
    return [
        {
            "type": type_,
            "names": [
                {"name": name, "versions": [_version(project, row) for row in reversed(rows)]}
                for name, rows in names.items()
            ],
        }
        for type_, names in project.artifacts().items()
    ]


def _version(project: Project, row: VersionRow) -> dict[str, Any]:
    try:
        manifest = Artifact.of_version(project, row).manifest
        entries = [
            {"name": name, "kind": entry.kind, "rows": (entry.document or {}).get("rows")}
            for name, entry in manifest.entries.items()
        ]
    except VitrailError:
        entries = []
    return {
        "version": row.version,
        "aliases": sorted(row.aliases),
        "created": row.created,
        "entries": entries,
    }
