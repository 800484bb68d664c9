"""Where the nodes of a graph lie: in layers, what came first on the left."""

from __future__ import annotations

from itertools import chain

from fast_sugiyama import from_edges

from vitrail_panels.lineage.graph import Graph

Place = tuple[float, float]

LAYER, ROW = 220.0, 64.0  # between two layers, and between two nodes of one
_A_ROW = 12  # how many nodes without any edge stand side by side


def places(graph: Graph) -> dict[str, Place]:
    """(x, y) of each node, y upwards; nodes without any edge lie below the others.

    Source: Sugiyama, Tagawa and Toda 1981, by the library `fast_sugiyama`.
    """
    names = sorted(set(chain.from_iterable(graph.edges)))
    numbers = {name: number for number, name in enumerate(names)}
    edges = sorted((numbers[source], numbers[target]) for source, target in graph.edges)
    found = (
        dict(from_edges(edges, vertex_spacing=1, dummy_size=1).dot_layout(spacing=1).to_dict())
        if edges
        else {}
    )
    layers = {
        y: place for place, y in enumerate(sorted({found[n][1] for n in numbers.values()}, reverse=True))
    }
    laid = {
        name: (LAYER * layers[found[number][1]], -ROW * found[number][0])
        for name, number in numbers.items()
    }
    low = min((y for _, y in laid.values()), default=ROW) - ROW
    alone = [name for name in graph.nodes if name not in laid]
    for place, name in enumerate(alone):
        laid[name] = (LAYER * (place % _A_ROW), low - ROW * (place // _A_ROW))
    return laid
