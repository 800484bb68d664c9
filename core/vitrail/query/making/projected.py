"""Rows with other columns: worked out where they are asked for, on the rows that they are made of."""

from __future__ import annotations

from sqlglot import exp

from vitrail.dtypes import Versions
from vitrail.query.build import Tree
from vitrail.query.expr import Column, Position, Present
from vitrail.query.leaf import Leaf, Numbered
from vitrail.query.making.made import Made, Nested, listed, number_of
from vitrail.query.relation import Relation, makes, relation
from vitrail.query.statement import Statement
from vitrail.query.step import own
from vitrail.query.steps import Added, Project
from vitrail.query.walk import calls, columns, inside

_CHANCE = ("$rand", "$sampleRate")


@makes(Project)
def projected(plan: Project, statement: Statement) -> Relation:
    """The rows of a projection: those of its source where these need not be worked out first."""
    if any(name in _CHANCE for _, value in plan.values for name in calls(value)):
        return Drawn(plan, statement)
    rows = relation(plan.source, statement)
    if not _reaches_sides(plan) and not _is_plain(rows, plan):
        rows = Nested(plan.source, statement)
    return Projected(plan, rows)


def _reaches_sides(plan: Project) -> bool:
    """Whether an expression names a row, or one of several tables: nested rows no longer tell these apart."""
    several = len(plan.source.sides) > 1
    return any(
        isinstance(one, Position)
        or (several and (isinstance(one, Present) or (isinstance(one, Column) and one.side is not None)))
        for _, value in (*plan.values, *plan.checks)
        for one in inside(value)
    )


def _is_plain(rows: Relation, plan: Project) -> bool:
    """Whether an expression over the rows costs nothing more than it does over a table's."""
    if isinstance(rows, Projected):
        worked = {name for name, value in rows.plan.values if not isinstance(value, Column)}
        used = {
            name for _, value in plan.values if not isinstance(value, Column) for name in columns(value)
        }
        return not worked & used
    return isinstance(rows, Leaf) and not isinstance(rows, Numbered)


class Projected(Relation):
    """Rows whose columns are expressions over another relation's."""

    plan: Project | Added

    def __init__(self, plan: Project | Added, source: Relation) -> None:
        self.plan, self.statement, self.source = plan, source.statement, source
        self.by = []
        self._values = dict(plan.values)

    @property
    def conditions(self) -> list[Tree]:
        return self.source.conditions

    @conditions.setter
    def conditions(self, conditions: list[Tree]) -> None:
        self.source.conditions = conditions

    @property
    def keys(self) -> list[Tree]:
        return self.source.keys

    @keys.setter
    def keys(self, keys: list[Tree]) -> None:
        self.source.keys = keys

    @property
    def position(self) -> Tree:
        return self.source.position

    @property
    def ids(self) -> tuple[Tree, ...]:
        return self.source.ids

    @property
    def numbered_from_0(self) -> bool:
        return self.source.numbered_from_0

    def value(self, name: str) -> Tree:
        self.plan.column(name)
        value = self._values[name]
        if isinstance(value, Column) and value.side is None:
            return (
                self.source.value(value.name) if _whole(self.source, value) else self.source.sql(value)
            )
        return self.source.sql(value)

    def version(self, name: str, place: int) -> Tree:
        value = self._values[name]
        if isinstance(value, Column) and value.side is None:
            return self.source.version(value.name, place)
        return super().version(name, place)

    def present(self, place: int) -> Tree | None:
        return self.source.present(place)

    def origin(self) -> exp.Select:
        return self.source.origin()

    def stretch(self, start: int, stop: int | None) -> exp.Select | None:
        return self.source.stretch(start, stop)

    def window(self, start: int, stop: int | None) -> exp.Select | None:
        return self.source.window(start, stop)

    def again(self, page: str) -> Relation:
        return Projected(self.plan, self.source.again(page))


@makes(Added)
class Adding(Projected):
    """Rows with columns more, which are still rows of several tables."""

    plan: Added

    def __init__(self, plan: Added, statement: Statement, source: Relation | None = None) -> None:
        super().__init__(plan, source or relation(plan.source, statement))
        self._kept = dict(own(plan.source))

    def value(self, name: str) -> Tree:
        return self.source.value(name) if name in self._kept else super().value(name)

    def version(self, name: str, place: int) -> Tree:
        return self.source.version(name, place) if name in self._kept else super().version(name, place)

    def side(self, place: int, name: str) -> Tree:
        return self.source.side(place, name)

    def again(self, page: str) -> Relation:
        return Adding(self.plan, self.statement, self.source.again(page))


class Drawn(Made):
    """Rows with values by chance, which are worked out once for whatever asks for them."""

    plan: Project

    def part(self) -> Tree:
        rows = Projected(self.plan, relation(self.plan.source, self.statement))
        return listed(rows, {}, number_of(rows)).subquery(self.alias)


def _whole(rows: Relation, wanted: Column) -> bool:
    return isinstance(wanted.dtype, Versions) or not isinstance(rows.plan.column(wanted.name), Versions)
