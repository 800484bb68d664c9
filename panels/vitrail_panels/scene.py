"""A view as a plan with a visualizer for each column: everything that follows from (project, view, registry)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from vitrail.drawer import Drawer, Entry
from vitrail.dtypes import (
    Boolean,
    DType,
    Image,
    List,
    Medium,
    Number,
    Struct,
    Table,
    Text,
    Timestamp,
    Versions,
    required,
)
from vitrail.errors import Invalid, NotFound, QueryError
from vitrail.query.engine import Ticket
from vitrail.query.keys import likely_key, matching
from vitrail.query.plan import Plan, Scan
from vitrail.query.planning import compared, filtered, group_keys
from vitrail.view import Choice, Source, View
from vitrail.visualizer import Size
from vitrail_panels import cards
from vitrail_panels.arranged import PADDING_PX, arranged, each_worked_out, in_sight, lacking, room
from vitrail_panels.beside import Beside
from vitrail_panels.folds import leveled
from vitrail_panels.reach import SERVED, Reach

if TYPE_CHECKING:
    from vitrail.registry import Registry
    from vitrail.store.project import Project

# How wide and high a cell of a type is, by the outermost of its types that is named here.
_SIZES: dict[type[DType], Size] = {
    Image: Size(112, 76),
    Struct: Size(240, 36),
    List: Size(200, 64),
    Versions: Size(190, 44),
}
_INNER = {
    (List, Image): Size(340, 76),
    (List, Medium): Size(320, 44),
    (Versions, Image): Size(240, 92),
    (Versions, List): Size(200, 76),
    (Versions, Number): Size(150, 44),
    (Versions, Boolean): Size(150, 44),
    (Versions, Text): Size(150, 44),
}
_PLAIN = Size(132, 30)
_WIDEST_PX = 720
_GLYPHS: dict[type[DType], str] = {
    Number: "NUM",
    Text: "TXT",
    Boolean: "BOO",
    Timestamp: "TIM",
    Image: "IMG",
    Struct: "REC",
    Medium: "MED",
    List: "LST",
    Versions: "VER",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One column of the grid.

    Attributes:
        name: the column's name.
        dtype: its type.
        fitting: the visualizers that draw the type, first the one that it has by itself.
        entry: the visualizer that draws it.
        drawer: the same with its settings.
        trouble: why it has other settings than the view asks for; None where it has those.
        size: the room of a cell.
        is_pinned: whether it stays at the left.
    """

    name: str
    dtype: DType
    fitting: tuple[Entry, ...]
    entry: Entry
    drawer: Drawer
    trouble: Invalid | None
    size: Size
    is_pinned: bool = False

    @property
    def glyph(self) -> str:
        """Three letters for the type."""
        return _GLYPHS.get(type(required(self.dtype)), "ANY")

    @property
    def align(self) -> str:
        """Where in its cell a value stands."""
        return "right" if isinstance(required(self.dtype), Number) else ""

    def described(self, order: str) -> dict[str, Any]:
        """The column as the grid is told of it.

        Args:
            order: "asc" or "desc" where rows are sorted by it, else "".
        """
        return {
            "name": self.name,
            "title": self.name,
            "type": str(self.dtype),
            "glyph": self.glyph,
            "visualizer": self.entry.name,
            "choices": [entry.name for entry in self.fitting],
            "width": self.size.width_px + PADDING_PX.width_px,
            "pinned": self.is_pinned,
            "sort": order,
            "align": self.align,
        }


SIDES = ("overview", "files", "lineage")  # what of a version is seen where it holds no table
_NOTHING = Scan("", Table(()), 0)

# What an artifact's version holds never changes: (its digest, entry) -> plan.
_plans: WeakKeyDictionary[Project, dict[tuple[str, str], Plan]] = WeakKeyDictionary()
_MOST_PLANS = 1000


class Scene:
    """What a view shows.

    Args:
        project: where its tables are.
        registry: who draws.
        view: what is shown; it has a source.
        ticket: withdraws the questions that are asked meanwhile.
        reach: how the page comes by its rows and pictures.

    Attributes:
        sources: the tables, each by its version even where the view names it by an alias.
        named: the same, and those that a pipeline names beside them.
        is_bare: whether the source is no table, of which only the sides are seen.
        stored: the tables as they were logged.
        whole: all rows, with the columns that the view adds.
        rows: the rows that are kept, or that a pipeline makes, as they are before grouping and sorting.
        plan: the rows of the grid.
        query: how the filter was read; None without one.
        key: the column that compared rows are matched by; None for their position.
        matching: the same in words; "" where nothing is matched.
        notes: what to know of the columns that the view adds.
        folds: what the grid is told of unfolded groups.

    Raises:
        NotFound: an artifact, an entry or a column is not there.
        QueryError: the filter or a key makes no sense.
        Invalid: the tables cannot be compared.
    """

    def __init__(
        self,
        project: Project,
        registry: Registry,
        view: View,
        *,
        ticket: Ticket | None = None,
        reach: Reach = SERVED,
    ) -> None:
        if view.source is None:
            raise Invalid("the view shows no table")
        self.project = project
        self.reach = reach
        self.registry = registry
        self.view = view
        self.sources = tuple(pinned(project, source) for source in (view.source, *view.compare))
        self.is_bare = view.tab in SIDES and not _is_table(project, self.sources[0])
        tables = () if self.is_bare else self.sources
        self.stored = tuple(source_plan(project, source) for source in tables) or (_NOTHING,)
        plans, self.notes = _worked_out(self.stored, view)
        likely = likely_key(plans, project.engine, ticket) if view.key is None else view.key
        self.key = likely or None  # an empty name asks for the position
        self.matching = matching(plans, self.key)
        self.whole = compared(plans, version_names(self.sources), self.key)
        others = Beside(project, self.sources[0], lambda source: source_plan(project, source))
        self.rows, self.query = filtered(self.whole, view.where, others)
        self.named = tuple(dict.fromkeys((*self.sources, *others.named)))
        self.plan = _ordered(self.rows, view)
        self.folds: dict[str, Any] = {}

    @cached_property
    def columns(self) -> tuple[Shown, ...]:
        """The grid's columns, each with the visualizer that its type or the viewer calls for."""
        dtypes = dict(self.plan.dtype.columns or ())
        keys = [name for name in self._keys if name in dtypes]
        if len(self.sources) > 1:
            names = in_sight(dtypes, keys)
        else:
            names = [*keys, *(name for name in dtypes if name not in keys)]
        names = arranged(names, self.view, keys)
        return tuple(self.shown(name, dtypes[name]) for name in names)

    @property
    def is_of_groups(self) -> bool:
        """Whether a row of the grid stands for several of `rows`."""
        return group_keys(self.plan) != group_keys(self.rows)

    @property
    def _keys(self) -> tuple[str, ...]:
        keys = [name for name, _ in group_keys(self.plan)]
        return tuple(dict.fromkeys([*keys, *(self.view.group if keys else ())]))

    @property
    def lacking(self) -> str:
        """Which columns the view lays out though there are none, in words; "" for none."""
        known = {
            name for plan in (self.whole, self.rows, self.plan) for name, _ in plan.dtype.columns or ()
        }
        names = lacking(known, self.view)
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        return f"not in this table: {', '.join(names[:5])}{more}" if names else ""

    def shown(self, name: str, dtype: DType) -> Shown:
        """A column of a type, as the view would have it drawn."""
        choice = self.view.choices.get(name)
        fitting = self.registry.fitting(dtype)
        entry = self.registry.choose(dtype, choice.visualizer if choice else None)
        drawer, trouble = _made(entry, choice)
        size = cell_size(dtype)
        if self.view.layout == "gallery":
            size = cards.room(size, dtype, self.view)
        else:
            size = room(size, dtype, name, self.view)
        return Shown(name, dtype, fitting, entry, drawer, trouble, size, name in self.view.pinned)

    @property
    def address(self) -> str:
        """The query of the view's windows: of these versions, wherever their aliases lead later."""
        return self.address_of()

    def address_of(self, **parts: Any) -> str:
        """The same with other parts, such as `within` a group."""
        source, *others = self.sources
        key = self.key or ("" if self.matching else None)
        fixed = {"source": source, "compare": tuple(others), "key": key, "row": None}
        fixed |= {"unfolded": (), "within": None, "exploded": False, "node": None}
        return self.view.model_copy(update=fixed | parts).to_query()

    @property
    def row_height_px(self) -> int:
        """The height of the grid's rows."""
        heights = (column.size.height_px for column in self.columns)
        return max(heights, default=_PLAIN.height_px) + PADDING_PX.height_px


def _ordered(plan: Plan, view: View) -> Plan:
    """The rows grouped and sorted; a mistake in a key has no place in the filter's text."""
    try:
        return leveled(plan, view, 0)
    except QueryError as error:
        raise QueryError(str(error), path=error.path, hint=error.hint) from error


def _worked_out(plans: tuple[Plan, ...], view: View) -> tuple[list[Plan], list[str]]:
    """The tables with the view's own columns; a mistake in one has no place in the filter's text."""
    try:
        return each_worked_out(plans, view.derived)
    except QueryError as error:
        raise QueryError(
            f"in a column that was added: {error}", path=error.path, hint=error.hint
        ) from error


def _made(entry: Entry, choice: Choice | None) -> tuple[Drawer, Invalid | None]:
    if choice is None or choice.visualizer != entry.name:
        return entry.make(), None
    try:
        return entry.make(choice.options), None
    except Invalid as trouble:
        return entry.make_fitting(choice.options), trouble


def cell_size(dtype: DType) -> Size:
    """The room for a cell of a type; each version beyond the second has half as much again."""
    kind = required(dtype)
    size = _SIZES.get(type(kind), _PLAIN)
    if isinstance(kind, List | Versions):
        size = _INNER.get((type(kind), type(required(kind.item))), size)
    if isinstance(kind, Versions) and kind.names:
        more = max(0, len(kind.names) - 2)
        return Size(
            min(size.width_px * (2 + more) // 2, _WIDEST_PX), max(size.height_px, 18 * (2 + more))
        )
    return size


def pinned(project: Project, source: Source) -> Source:
    """The same table by its version; where none is named, the version's first one.

    Raises:
        NotFound: there is no such artifact.
    """
    artifact = project.artifact(source.artifact)
    entry = source.entry or _first(artifact.manifest.entries)
    return Source(artifact=artifact.qualified_name, entry=entry)


def _first(entries: Mapping[str, Any]) -> str:
    """The first table, else the first entry; "" where there is none."""
    tables = (name for name, entry in entries.items() if entry.kind.endswith("table"))
    return next(iter((*tables, *entries)), "")


def _is_table(project: Project, source: Source) -> bool:
    """Whether a source may be a table: one that is not there is for `source_plan` to say."""
    entry = project.artifact(source.artifact).manifest.entries.get(source.entry)
    return entry is None or entry.kind.endswith("table")


def source_plan(project: Project, source: Source) -> Plan:
    """The plan of a stored table.

    Raises:
        NotFound: there is no such artifact or entry, or it is no table.
    """
    artifact = project.artifact(source.artifact)
    known = _plans.setdefault(project, {})
    place = (artifact.digest, source.entry)
    if place not in known:
        plan = getattr(artifact.get(source.entry), "plan", None)
        if plan is None:
            raise NotFound(f"{source.entry!r} of {source.artifact!r} is no table, so it has no rows")
        if len(known) >= _MOST_PLANS:
            known.clear()
        known[place] = plan()
    return known[place]


def version_names(sources: Sequence[Source]) -> tuple[str, ...]:
    """What the compared tables are called: by version alone where that tells them apart."""
    versions = [source.artifact.rpartition(":")[2] for source in sources]
    whole = [source.artifact for source in sources]
    entries = [f"{source.artifact}/{source.entry}" for source in sources]
    for names in (versions, whole, entries):
        if len(set(names)) == len(names):
            return tuple(names)
    return tuple(f"{name} ({place})" for place, name in enumerate(entries))
