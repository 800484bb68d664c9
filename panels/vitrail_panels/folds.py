"""What is inside a group: the groups of the next level, or its rows."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vitrail.dtypes import Boolean, Number, Text, Timestamp, required
from vitrail.errors import Invalid, NotFound, QueryError
from vitrail.query.expr import Call, Column, Expr, Literal
from vitrail.query.plan import Plan, Where
from vitrail.query.planning import group_keys, grouped_by, sorted_by
from vitrail.query.steps import Project
from vitrail.values import to_python

if TYPE_CHECKING:
    from vitrail.query.engine import Ticket
    from vitrail.view import View
    from vitrail_panels.scene import Scene


def levels(view: View) -> list[tuple[str, ...]]:
    """What rows are grouped by, from the outermost level to the rows themselves."""
    outer = [(by,) for by in view.group] if view.nested else [view.group]
    return [*(keys for keys in outer if keys), ()]


def leveled(plan: Plan, view: View, level: int) -> Plan:
    """Rows as they are shown at a level, in the view's order as far as that has a meaning there.

    Raises:
        QueryError: a key makes no sense, at the outermost level.
    """
    grouped = grouped_by(plan, levels(view)[level])
    keys = [(key.by, key.descending) for key in view.sort]
    if level == 0:
        return sorted_by(grouped, keys)
    return sorted_by(grouped, [key for key in keys if _has_meaning(grouped, key)])


def _has_meaning(plan: Plan, key: tuple[str, bool]) -> bool:
    try:
        sorted_by(plan, [key])
    except QueryError:
        return False
    return True


def inside(scene: Scene, path: str, ticket: Ticket | None = None) -> Scene:
    """What is inside one group of a scene.

    Args:
        scene: the groups.
        path: the places of the groups that lead there, from the outermost, such as "3.0".
        ticket: withdraws the questions that are asked meanwhile.

    Raises:
        NotFound: there is no such group.
        Invalid: it has nothing inside that could be told apart.
    """
    rows = scene.rows
    places = [int(place) for place in path.split(".")]
    if len(places) >= len(levels(scene.view)):
        raise NotFound(f"there is nothing inside of {path}")
    for level, place in enumerate(places):
        plan = leveled(rows, scene.view, level)
        rows = Where(rows, _same(plan, place, scene, ticket))
    found = copy.copy(scene)
    found.__dict__.pop("columns", None)
    found.rows, found.plan = rows, leveled(rows, scene.view, len(places))
    return found


def _same(plan: Plan, place: int, scene: Scene, ticket: Ticket | None) -> Expr:
    """What is true of the rows of the group at a place."""
    grouped = group_keys(plan)
    keys = tuple((name, Column(name, None, expr.dtype)) for name, expr in grouped)
    for name, expr in grouped:
        if not isinstance(required(expr.dtype), Number | Text | Boolean | Timestamp):
            raise Invalid(f"groups by {name!r:.200}, of type {expr.dtype}, cannot be unfolded")
    found = scene.project.engine.rows(Project(plan, keys), place, place + 1, ticket=ticket)
    if not found.num_rows:
        raise NotFound(f"there is no group {place}")
    same = []
    for at, (_, expr) in enumerate(grouped):
        value = to_python(found.column(at), expr.dtype)[0]
        same.append(Call("$eq", (expr, Literal(value))))
    return same[0] if len(same) == 1 else Call("$and", tuple(same))


def told(scene: Scene, ticket: Ticket | None = None) -> dict[str, Any]:
    """What the grid is told of unfolded groups; nothing where rows are not grouped.

    Returns:
        {"levels": how many levels lie under the groups, "branches": [{"path", "source": what its windows
        are asked of, "total": how many rows are inside, "places": for each column of the grid which of
        its cells is drawn there, -1 for none, "aligns": where values stand in them}]}
    """
    depth = len(levels(scene.view)) - 1
    if not depth:
        return {}
    branches = []
    known: set[str] = set()
    for path in sorted(set(scene.view.unfolded), key=lambda path: (path.count("."), path)):
        parent, _, _ = path.rpartition(".")
        if parent and parent not in known:
            continue  # its group is folded
        try:
            found = inside(scene, path, ticket)
        except NotFound:
            continue
        known.add(path)
        branches.append(
            {
                "path": path,
                "source": f"{scene.reach.windows}{scene.address_of(within=path)}",
                "total": scene.project.engine.count(found.plan, ticket=ticket),
                "places": _places(scene, found, path),
                "aligns": _aligns(scene, found),
            }
        )
    return {"levels": depth, "branches": branches}


def _places(scene: Scene, found: Scene, path: str) -> list[int]:
    """Where the cells of what is inside stand: under their columns, keys of groups under the outermost."""
    inner = [column.name for column in found.columns]
    known = set(inner) - set(_outer(scene.view, path))
    outermost = next((name for name, _ in group_keys(scene.plan)), "")
    next_keys = [name for name, _ in group_keys(found.plan) if name in inner]
    places = []
    for column in scene.columns:
        name = column.name
        if name == outermost:
            name = next(iter(next_keys), name)
        places.append(inner.index(name) if name in known else -1)
    return places


def _outer(view: View, path: str) -> Sequence[str]:
    """The keys of the groups that lead to a group of groups, in which they are all the same."""
    depth = path.count(".") + 1
    return view.group[:depth] if depth < len(levels(view)) - 1 else ()


def _aligns(scene: Scene, found: Scene) -> list[str]:
    """Where values stand in their cells."""
    aligns = {column.name: column.align for column in found.columns}
    return [aligns.get(column.name, "") for column in scene.columns]
