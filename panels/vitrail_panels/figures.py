"""What takes longer than the first rows: how many there are, the headers' drawings, what differs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from vitrail.errors import Cancelled
from vitrail_panels import notice, quick
from vitrail_panels.asking import Errand
from vitrail_panels.window import draw_headers

if TYPE_CHECKING:
    from vitrail.query.plan import Plan
    from vitrail_panels.components import Grid, Toolbar
    from vitrail_panels.scene import Scene

Headed = tuple["Plan", frozenset[str]]


class Figures:
    """The figures of what is shown.

    Args:
        toolbar: says them.
        grid: shows the headers.
        counted: is called when the number of rows is known.
    """

    def __init__(self, toolbar: Toolbar, grid: Grid, counted: Callable[[], object]) -> None:
        self._toolbar = toolbar
        self._grid = grid
        self._counted = counted
        self._said = {"counted": "", "indexed": ""}
        self._meddled: list[str] = []
        self._told_of: Plan | None = None
        self._drawn_of: Headed | None = None

    def say(self, **said: str) -> None:
        """Say how many rows there are (`counted`) and how far their index is (`indexed`)."""
        self._said |= said
        self._toolbar.status = " · ".join(filter(None, self._said.values()))

    def says(self, indexed: str) -> bool:
        """Whether this is said of the index."""
        return self._said["indexed"] == indexed

    def warn_of(self, meddled: list[str]) -> None:
        """Say what those who draw have done, in the place of what was said of it before."""
        kept = [said for said in self._toolbar.warnings if said not in self._meddled]
        self._meddled = meddled
        self._toolbar.warnings = list(dict.fromkeys([*kept, *meddled]))

    def warns_of(self, meddled: list[str]) -> bool:
        """Whether this is said of those who draw."""
        return self._meddled == meddled and {*meddled} <= {*self._toolbar.warnings}

    def keeps_sides(self, scene: Scene) -> bool:
        """Whether the quick filters that are shown are those of a scene."""
        return self._told_of == scene.whole

    async def show(self, scene: Scene, errand: Errand) -> None:
        """Draw the headers, unless they are of these rows; tell what differs and what to know."""
        parts = [self._tell_sides, self._warn]
        if self._drawn_of != _headed(scene) or not self._grid.headers:
            parts.insert(0, self._draw_headers)
        for part in parts:
            await self.attempt(part, scene, errand)

    async def attempt(
        self, part: Callable[[Scene, Errand], Awaitable[None]], scene: Scene, errand: Errand
    ) -> None:
        """One part; what comes after it is shown even where it fails."""
        try:
            await part(scene, errand)
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 - said on the page
            said = [*self._toolbar.warnings, notice.message(error)]
            await errand.put(self._toolbar.param.update, warnings=said)

    async def count(self, scene: Scene, errand: Errand) -> None:
        """Tell how many rows there are: about, where that is known first, then exactly.

        Raises:
            VitrailError: they cannot be counted.
        """
        engine = scene.project.engine
        about = await errand.ask(lambda ticket: engine.estimate_count(scene.plan, ticket=ticket))
        if about is not None:
            one = "group" if scene.is_of_groups else "row"
            said = f"about {_some(about.value, one)}, ± {about.error:,.0f}"
            await errand.put(self.say, counted=said)
        total = await errand.ask(lambda ticket: engine.count(scene.plan, ticket=ticket))
        await errand.put(self._grid.param.update, total=total)
        await errand.put(self._counted)
        kept, groups = total, ""
        if scene.is_of_groups:
            groups = _some(total, "group")
            kept = await errand.ask(lambda ticket: engine.count(scene.rows, ticket=ticket))
        whole = await errand.ask(lambda ticket: engine.count(scene.whole, ticket=ticket))
        of = f" of {whole:,}" if whole != kept else ""
        said = ", ".join(filter(None, (groups, _some(kept, "row") + of, scene.matching)))
        await errand.put(self.say, counted=said)

    async def _draw_headers(self, scene: Scene, errand: Errand) -> None:
        self._drawn_of = None
        headers = draw_headers(scene, ticket=errand.ticket, patience_s=scene.reach.patience_s)
        while (found := await errand.ask(lambda _: next(headers, None))) is not None:
            drawn = {name: str(markup) for name, markup in found.items()}
            await errand.put(self._grid.param.update, headers=drawn)
        self._drawn_of = _headed(scene)

    async def _tell_sides(self, scene: Scene, errand: Errand) -> None:
        """The quick filters, and how much the sides of the rows differ, where they have several."""
        told = await errand.ask(lambda ticket: quick.told(scene, ticket))
        await errand.put(self._show_sides, told=told, plan=scene.whole)

    def _show_sides(self, told: quick.Told, plan: Plan) -> None:
        self._told_of = plan
        warnings = list(dict.fromkeys([*self._toolbar.warnings, *told.notes]))
        self._toolbar.param.update(quick=told.offers, differs=told.line, warnings=warnings)

    async def _warn(self, scene: Scene, errand: Errand) -> None:
        engine = scene.project.engine
        warnings = await errand.ask(lambda ticket: engine.warnings(scene.plan, ticket=ticket))
        troubles = [str(column.trouble) for column in scene.columns if column.trouble]
        said = [*self._toolbar.warnings, *warnings, *troubles]
        await errand.put(self._toolbar.param.update, warnings=list(dict.fromkeys(said)))


def _some(count: int, one: str) -> str:
    return f"{count:,} {one}{'s' * (count != 1)}"


def _headed(scene: Scene) -> Headed:
    """What the headers are drawn of: the rows, and the columns that are shown."""
    return scene.rows, frozenset(column.name for column in scene.columns)
