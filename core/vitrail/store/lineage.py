"""Lineage: which runs made which versions of which others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from vitrail.store.project import Project
    from vitrail.store.records import VersionRow
    from vitrail.store.run import LoggedRun


@dataclass(frozen=True, slots=True)
class Edge:
    """A step from what was there first to what came of it.

    Attributes:
        source: a node's id.
        target: another's.
        kind: "used" (version → run), "made" (run → version) or "refers" (version → the version that
            names its bytes).
    """

    source: str
    target: str
    kind: Literal["used", "made", "refers"]


@dataclass(frozen=True, slots=True)
class Lineage:
    """The graph of all runs and versions.

    Attributes:
        runs: by node id, `run/<id>`.
        versions: by node id, `<name>:<version>`.
        edges: in no order of time.
    """

    runs: dict[str, LoggedRun]
    versions: dict[str, VersionRow]
    edges: tuple[Edge, ...]


def lineage(project: Project) -> Lineage:
    """The lineage of everything in a project."""
    query = project.catalog.query
    runs = {f"run/{run.id}": run for run in project.records.runs()}
    rows = project.records.versions()
    names = {row.id: f"{row.name}:{row.version}" for row in rows}
    used = query("SELECT version, run FROM used ORDER BY run, version")
    made = query("SELECT run, version FROM made ORDER BY run, version")
    refers = query("SELECT other, version FROM refers ORDER BY version, other")
    edges = (
        *(Edge(names[version], f"run/{run}", "used") for version, run in used if version in names),
        *(Edge(f"run/{run}", names[version], "made") for run, version in made if version in names),
        *(Edge(names[a], names[b], "refers") for a, b in refers if a in names and b in names),
    )
    known = {edge for edge in edges if {edge.source, edge.target} <= {*runs, *names.values()}}
    return Lineage(
        runs,
        {f"{row.name}:{row.version}": row for row in rows},
        tuple(edge for edge in edges if edge in known),
    )
