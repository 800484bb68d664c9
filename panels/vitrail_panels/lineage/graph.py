"""What the picture of the lineage is made of: single steps, or the steps of one kind folded into one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from vitrail.store.lineage import Lineage


@dataclass(frozen=True, slots=True)
class Node:
    """A run, a version, or several of either that are drawn as one.

    Attributes:
        id: of the node; that of its run or version where it stands for one.
        kind: "run" or "version".
        title: what it is called.
        note: what else there is to say of it.
        members: the ids of the runs or versions that it stands for, oldest first.
    """

    id: str
    kind: Literal["run", "version"]
    title: str
    note: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes, and which came of which.

    Attributes:
        nodes: by id.
        edges: (what was there first, what came of it), each once; a version that names another's bytes
            came of it, which goes without saying where a run used the one and made the other.
    """

    nodes: dict[str, Node]
    edges: tuple[tuple[str, str], ...]

    def holding(self, member: str | None) -> str | None:
        """The node that stands for a run or a version; None where there is none."""
        return next((node.id for node in self.nodes.values() if member in node.members), None)


@dataclass
class _Folding:
    """Gathers the steps that share a node."""

    node_of: dict[str, str] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)

    def put(self, member: str, node: str) -> None:
        self.node_of[member] = node
        self.members.setdefault(node, []).append(member)


def exploded(lineage: Lineage) -> Graph:
    """Every run and every version on its own."""
    return _drawn(lineage, str)


def collapsed(lineage: Lineage) -> Graph:
    """The runs of a job type as one, and the versions of a name as one; what is the only one says which."""

    def node_of(id: str) -> str:  # noqa: A002
        run = lineage.runs.get(id)
        return f"job/{run.job_type}" if run else f"name/{lineage.versions[id].name}"

    return _drawn(lineage, node_of)


def _drawn(lineage: Lineage, node_of: Callable[[str], str]) -> Graph:
    folding = _Folding()
    for id in (*lineage.runs, *lineage.versions):  # noqa: A001
        folding.put(id, node_of(id))
    nodes = {node: _node(lineage, node, tuple(members)) for node, members in folding.members.items()}
    known = folding.node_of
    steps = dict.fromkeys(
        (known[edge.source], known[edge.target]) for edge in lineage.edges if edge.kind != "refers"
    )
    refers = dict.fromkeys(
        (known[edge.source], known[edge.target]) for edge in lineage.edges if edge.kind == "refers"
    )
    made: dict[str, list[str]] = {}
    for run, end in steps:
        made.setdefault(run, []).append(end)
    told = {(start, end) for start, run in steps for end in made.get(run, ())}
    edges = (*steps, *(edge for edge in refers if edge not in told))
    return Graph(nodes, tuple(edge for edge in edges if edge[0] != edge[1]))


def _node(lineage: Lineage, id: str, members: tuple[str, ...]) -> Node:  # noqa: A002
    first, many = members[0], len(members)
    run = lineage.runs.get(first)
    if run is not None and many == 1:
        title = run.name or run.job_type or run.id
        return Node(id, "run", title, f"{run.job_type or 'run'}, {run.state}", members)
    if run is not None:
        return Node(id, "run", run.job_type or "run", f"{many:,} runs", members)
    version = lineage.versions[first]
    if many == 1:
        return Node(id, "version", f"{version.name}:{version.version}", version.type, members)
    return Node(id, "version", version.name, f"{version.type}, {many:,} versions", members)
