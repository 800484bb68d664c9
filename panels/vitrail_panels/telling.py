"""What the parts of the page are told of a scene, as the values of their parameters."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, get_args

from vitrail.query.matching.arguments import KNOWN
from vitrail.query.operator import operators
from vitrail.query.parameters import FORMS
from vitrail.query.planning import group_keys
from vitrail.query.stages.pipeline import stages
from vitrail.view import Tab
from vitrail.visualizer import version_color
from vitrail_panels import cards, conditions, paths, quick, saving
from vitrail_panels.brushing import brushes
from vitrail_panels.gaps import gaps, ranked
from vitrail_panels.reach import SERVED
from vitrail_panels.scene import SIDES

if TYPE_CHECKING:
    from vitrail.query.plan import Plan
    from vitrail_panels.scene import Scene

Told = dict[str, Any]

# The same of no scene.
NO_CRUMBS: Told = {"parts": [], "labels": [], "tabs": [], "tab": "", "saves": False}
NO_SIDEBAR: Told = {"current": {}, "compared": [], "shown": ""}
NO_GRID: Told = {"columns": [], "headers": {}, "total": 0, "source": "", "row": None}
NO_GRID |= {"picking": {}, "folds": {}, "within": "", "cards": {}}
NO_TOOLBAR: Told = {
    **dict.fromkeys(("where", "reading", "differs"), ""),
    **{name: [] for name in ("columns", "paths", "group", "sort", "compare", "versions")},
    **{name: [] for name in ("warnings", "quick", "keys", "conditions")},
    "look": {},
}


def crumbs(scene: Scene, *, read_only: bool) -> Told:
    """What `Crumbs` is told."""
    source = scene.sources[0]
    artifact, _, version = source.artifact.partition(":")
    return {
        "parts": [artifact, source.entry],
        "labels": [version],
        "tabs": list(SIDES if scene.is_bare else get_args(Tab)),
        "tab": scene.view.tab,
        "saves": not read_only and not scene.is_bare,
        "names": {"view": artifact, "rows": f"{artifact}-subset"},
    }


def sidebar(scene: Scene) -> Told:
    """What `Sidebar` is told."""
    source, *others = scene.sources
    return {
        "current": source.model_dump(),
        "compared": [other.artifact for other in others],
        "shown": saving.pinned(scene.view, scene).to_query(),
    }


def toolbar(scene: Scene) -> Told:
    """What `Toolbar` is told before anything is counted."""
    view = scene.view
    compare = [
        other.model_dump() | {"color": version_color(place)}
        for place, other in enumerate(scene.sources[1:], start=1)
    ]
    said = {
        gap.by: f"{column.name}: {gap.said}"
        for column in scene.columns
        for gap in gaps(scene.rows, column.name, column.dtype)
    }
    return {
        "where": view.where,
        "reading": scene.query.reading if scene.query else "",
        "columns": _named(scene.rows),
        "paths": paths.offered(scene.whole),
        "conditions": [asdict(part) for part in conditions.parts(view.where)],
        "group": list(view.group),
        "sort": [key.model_dump() | {"said": said.get(key.by, key.by)} for key in view.sort],
        "compare": compare,
        "keys": quick.keys(scene),
        "key": scene.key or quick.POSITION,
        "warnings": [text for text in (*scene.notes, scene.lacking) if text],
        "look": look(scene),
    }


def meddled(scene: Scene) -> list[str]:
    """What those who draw the columns changed that is not their own."""
    plugins = dict.fromkeys(column.entry.plugin for column in scene.columns)
    return [said for plugin in plugins if (said := scene.registry.meddled(plugin))]


def look(scene: Scene) -> Told:
    """What the menu of columns is told."""
    view = scene.view
    hidden, pinned = set(view.hidden), set(view.pinned)
    columns = [
        {
            "name": name,
            "type": str(dtype),
            "shown": name not in hidden,
            "pinned": name in pinned,
            "by": view.derived.get(name, ""),
        }
        for name, dtype in scene.plan.dtype.columns or ()
    ]
    taken = f"api/rows?{scene.address}" if scene.reach is SERVED else ""
    return {"columns": columns, "height": view.height, "layout": view.layout, "rows": taken}


def grid(scene: Scene, headers: dict[str, str]) -> Told:
    """What `Grid` is told before its rows are counted.

    Args:
        scene: what is shown.
        headers: the columns' own drawings so far; those of columns that are gone are left out.
    """
    order = {key.by: "desc" if key.descending else "asc" for key in scene.view.sort}
    names = {column.name for column in scene.columns}
    asked = {
        name for table in (scene.whole.dtype, *scene.whole.sides) for name, _ in table.columns or ()
    }
    return {
        "columns": [
            column.described(order.get(column.name, ""))
            | {"offers": quick.of_column(scene.rows, column.name, column.dtype)}
            | {"ranked": ranked(scene.rows, column.name, column.dtype, scene.view.sort)}
            | {"brush": brushes(scene, column.name), "filters": column.name in asked}
            for column in scene.columns
        ],
        "headers": {name: markup for name, markup in headers.items() if name in names},
        "total": -1,
        "row_height": scene.row_height_px,
        "folds": _folds(scene),
        "cards": cards.told(scene.columns, scene.view) if scene.view.layout == "gallery" else {},
        "source": ""
        if scene.is_bare
        else f"{scene.reach.windows}{scene.address}&generation={scene.registry.generation}",
    }


def _folds(scene: Scene) -> Told:
    """The groups that are unfolded, and whether each key is a level of its own."""
    if not scene.folds or scene.view.layout != "table":
        return {}
    generation = f"&generation={scene.registry.generation}"
    branches = [
        one
        | {"source": one["source"] + generation}
        | {"numbers": f"api/numbers?{scene.address_of(within=one['path'])}"}
        for one in scene.folds["branches"]
    ]
    keys = len(scene.view.group)
    return scene.folds | {"branches": branches, "nested": scene.view.nested, "keys": keys}


def picking(scene: Scene, *, read_only: bool) -> Told:
    """How the grid's rows are picked; nothing where there is no server of ours to ask."""
    if scene.reach is not SERVED:
        return {}
    view = scene.view
    keys = group_keys(scene.plan)
    own = keys or (scene.query is not None and scene.query.reading == "pipeline")
    asked = [view.where if own else "", view.group, [s.model_dump() for s in scene.sources], scene.key]
    return {
        "numbers": f"api/numbers?{scene.address}",
        "rows": f"api/rows?{scene.address}",
        "space": json.dumps(asked),
        "kept": view.where,
        "inner": f"api/rows?{scene.address_of(group=(), nested=False, sort=())}" if keys else "",
        "saves": not read_only,
        "name": f"{scene.sources[0].artifact.partition(':')[0]}-subset",
    }


def operator_names() -> list[str]:
    """What a filter may be made of, for completion."""
    known = {*operators(), *FORMS, *KNOWN, *stages()}
    return sorted(name for name in known if name.startswith("$") and " " not in name)


def _named(plan: Plan) -> list[dict[str, str]]:
    """A plan's columns as the toolbar is told of them."""
    return [{"name": name, "type": str(dtype)} for name, dtype in plan.dtype.columns or ()]
