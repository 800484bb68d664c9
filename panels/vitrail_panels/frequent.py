"""The most frequent values of what a filter may be about, for its builder and its completion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitrail.dtypes import Boolean, Number, Text, required
from vitrail.errors import Cancelled, VitrailError
from vitrail.query.planning import filtered
from vitrail.query.reduction import CategoryCounts, Counts
from vitrail.query.text import written
from vitrail_panels import notice
from vitrail_panels.asking import Errand, Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitrail.query.engine import Ticket
    from vitrail.query.plan import Plan
    from vitrail.store.project import Project
    from vitrail_panels.components import Message, Toolbar
    from vitrail_panels.scene import Scene

MOST = 60
_PIECES = Text | Boolean | Number


def counted(
    scene: Scene, path: str, item: str | None = None, ticket: Ticket | None = None
) -> list[dict[str, Any]]:
    """The most frequent values of a path over all rows, the most frequent first.

    Args:
        scene: what is shown.
        path: such as "label" or "1.picture.format".
        item: of a list, the path in its items; "" for the items themselves, None where it is no list.
        ticket: withdraws the question.

    Returns:
        dicts of value and count; nothing where the values are such that counting says little.

    Raises:
        QueryError: the path leads nowhere.
    """
    plan, column, side = _column(scene.whole, path, item)
    if not isinstance(required(dict(plan.dtype.columns or ())[column]), _PIECES) and side is None:
        return []
    found = scene.project.engine.reduce(plan, {column: Counts(MOST)}, ticket=ticket)[column]
    counts = found if side is None or found is None else found[side]
    if not isinstance(counts, CategoryCounts):
        return []
    pairs = zip(counts.values, counts.counts, strict=True)
    kept = [{"value": value, "count": count} for value, count in pairs if count]
    return sorted(kept, key=lambda one: -one["count"])


def _column(plan: Plan, path: str, item: str | None) -> tuple[Plan, str, int | None]:
    """A plan with a column that holds a path's values, its name, and the side that is asked."""
    side, _, rest = path.partition(".")
    columns = dict(plan.dtype.columns or ())
    if item is None and path in columns:
        return plan, path, None
    if item is None and len(plan.sides) > 1 and side.isdecimal() and rest in columns:
        return plan, rest, int(side)
    value = "$value" if item is not None else f"${path}"
    stages: list[dict[str, Any]] = [{"$project": {"value": f"${path}"}}]
    if item is not None:
        stages += [{"$unwind": "$value"}]
        if item:
            stages += [{"$project": {"value": f"{value}.{item}"}}]
    made, _ = filtered(plan, written(stages))
    return made, "value", None


class Frequent:
    """Answers the toolbar's questions for the values of a column.

    Args:
        project: whose engine is asked.
        toolbar: asks, and is told.
        scene: gives what is shown.
    """

    def __init__(self, project: Project, toolbar: Toolbar, scene: Callable[[], Scene | None]) -> None:
        self.lane = Lane(project)
        self._toolbar = toolbar
        self._scene = scene
        self.stop = toolbar.listen(self._heard)

    def _heard(self, message: Message) -> None:
        scene = self._scene()
        if message["type"] != "values" or scene is None:
            return
        path, item = str(message["path"]), message.get("item")
        told = {"ask": message["ask"], "values": [], "error": ""}

        async def errand(errand: Errand) -> None:
            try:
                values = await errand.ask(lambda ticket: counted(scene, path, item, ticket))
            except Cancelled:
                raise
            except VitrailError as error:
                answer = told | {"error": notice.message(error)}
            else:
                answer = told | {"values": values}
            await errand.put(self._toolbar.offer, answer=answer)

        self.lane.follow(errand)
