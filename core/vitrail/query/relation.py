"""A plan's rows as the parts of a SELECT: where they come from, which are kept, in which order.

Every relation gives each of its rows a `position`: a whole number, unique, that rises in the order in
which the rows stand. Names inside the SQL are ids of ours only: `c0`, `c1` for a table's columns, `k0`
for a group's keys, `v0` for a version; every value is bound as a parameter.

Each kind of plan has a file of its own that says with `makes` how its rows are made.
"""

from __future__ import annotations

import functools
import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from sqlglot import exp

from vitrail.dtypes import Versions, required
from vitrail.errors import Invalid
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Column, Expr, Position, Present
from vitrail.query.lower import Lowering
from vitrail.query.place import Place
from vitrail.query.plan import Plan, Sort, Where
from vitrail.query.statement import Statement
from vitrail.query.tree import call, column, first_of, joined

Lowered = TypeVar("Lowered")


@dataclass
class Row(ABC):
    """What expressions over a plan's rows see of one of them.

    Attributes:
        plan: whose rows they are.
        statement: what they are a part of.
    """

    plan: Plan
    statement: Statement

    @property
    def number(self) -> Tree:
        """What tells the row from every other."""
        raise Invalid(f"rows of {type(self.plan).__name__} have no numbers of their own")

    @abstractmethod
    def value(self, name: str) -> Tree:
        """A column's value in the plan's type; of `Versions`, a struct of them."""

    def version(self, name: str, place: int) -> Tree:
        """One version's value of a column of type `Versions`."""
        return b.part(self.value(name), f"v{place}")

    def present(self, place: int) -> Tree | None:
        """Whether a version has the row; None where all do."""
        return None

    def place(self, wanted: Column) -> Place | None:
        """Where a column's values lie, if they are exactly those of a stored table's column."""
        return None

    def side(self, place: int, name: str) -> Tree:
        """A column of one of the tables that are joined or compared, in that table's type."""
        if place:
            raise Invalid(f"there is no table ${place}; there is: $0")
        return self.value(name)

    def first(self, name: str, places: Iterable[int]) -> Tree:
        """The value of the first version that has the row."""
        return first_of([(self.present(place), self.version(name, place)) for place in places])

    def lowered(self, lower: Callable[[Lowering], Lowered]) -> Lowered:
        """What is made of an expression over these rows, with its values among the statement's."""
        prefix = self.statement.prefix()
        lowering = Lowering(self._resolve, prefix=prefix, place=self.place)
        if self.statement.scope:
            lowering.know(self.statement.scope)
        tree = lower(lowering)
        self.statement.values.update(lowering.params)
        return tree

    def sql(self, expr: Expr) -> Tree:
        """The value of an expression over these rows."""
        return self.lowered(lambda lowering: lowering.sql(expr))

    def holds(self, expr: Expr) -> Tree:
        """Whether an expression is true, by MongoDB's truth; null may stand for false."""
        return self.lowered(lambda lowering: lowering.condition(expr))

    def terms(self, expr: Expr, *, descending: bool) -> list[Tree]:
        """The terms of an ORDER BY that put an expression's values in MongoDB's order.

        Of several versions the first that has a value counts.
        """
        dtype = required(expr.dtype)
        if isinstance(dtype, Versions):
            value = self.sql(expr)
            versions = [b.part(value.copy(), f"v{i}") for i in range(len(dtype.names or ()))]
            keys: tuple[Tree, ...] = (call("coalesce", *versions),)
        else:
            keys = self.lowered(lambda lowering: lowering.order(expr))
        return [exp.Ordered(this=key, desc=descending, nulls_first=not descending) for key in keys]

    def _resolve(self, wanted: Column | Position | Present) -> Tree:
        if isinstance(wanted, Position):
            return self.number
        if isinstance(wanted, Present):
            return self._has(wanted.side)
        if wanted.side is not None and len(self.plan.sides) > 1:
            return self.side(wanted.side, wanted.name)
        if wanted.side:
            raise Invalid(f"there is no table ${wanted.side}; there is: $0")
        dtype = required(self.plan.column(wanted.name))
        if isinstance(dtype, Versions) and not isinstance(required(wanted.dtype), Versions):
            places = range(len(dtype.names or ()))
            return self.first(wanted.name, places)
        return self.value(wanted.name)

    def _has(self, place: int) -> Tree:
        if place >= len(self.plan.sides):
            raise Invalid(f"there is no table ${place}; there are {len(self.plan.sides)}")
        return self.present(place) or b.TRUE()


@dataclass
class Relation(Row):
    """Rows, the conditions under which they are kept, and the keys by which they are ordered.

    Attributes:
        conditions: what is true of the kept rows.
        keys: the terms of the order, the weightiest first; ties keep the order of `position`.
        by: what the order was asked by: (expression, descending), the weightiest first.
        bounded: whether no `position` exceeds what `sided.most_rows` says of the plan.
    """

    bounded: ClassVar[bool] = False

    conditions: list[Tree] = field(default_factory=list)
    keys: list[Tree] = field(default_factory=list)
    by: list[tuple[Expr, bool]] = field(default_factory=list)

    @property
    @abstractmethod
    def position(self) -> Tree:
        """A number that rises in the order in which the rows stand."""

    @property
    def number(self) -> Tree:
        return b.cast(self.position, "BIGINT")

    @property
    def ids(self) -> tuple[Tree, ...]:
        """What `again` finds a row by."""
        return (self.position,)

    @abstractmethod
    def origin(self) -> exp.Select:
        """A SELECT of nothing yet from all rows."""

    def select(self) -> exp.Select:
        """A SELECT of nothing yet from these rows, with the conditions."""
        select = self.origin()
        kept = [condition.copy() for condition in self.conditions]
        return select.where(*kept, copy=False) if kept else select

    def raw(self, expr: Expr) -> Tree | None:
        """A column as it is stored, where that is not its value but can be grouped by and sorted alike."""
        return None

    def order(self) -> list[Tree]:
        """The terms of the whole order."""
        return [*(key.copy() for key in self.keys), exp.Ordered(this=self.position)]

    def stretch(self, start: int, stop: int | None) -> exp.Select | None:
        """A SELECT of nothing yet from the kept rows [start, stop), in any order.

        None where the rows have to be ordered or counted to know which these are.
        """
        return None

    def window(self, start: int, stop: int | None) -> exp.Select | None:
        """As `stretch`, for the window that the whole statement is asked for.

        A statement that `moves` is that of any other window as well, with other values of its parameters
        `start` and `stop`.
        """
        return self.stretch(start, stop)

    @property
    def numbered_from_0(self) -> bool:
        """Whether `position` counts the kept rows from 0 in their order."""
        return False

    def again(self, page: str) -> Relation:
        """The rows whose ids stand as `i0`, `i1`, … in the named part of the statement."""
        pairs = [exp.EQ(this=one, expression=column(page, f"i{k}")) for k, one in enumerate(self.ids)]
        return Found(self, lambda: joined(self.origin(), page, "inner", exp.and_(*pairs, copy=False)))


class Found(Relation):
    """Rows that were found again by their ids: another origin, no conditions, no order."""

    def __init__(self, rows: Relation, origin: Callable[[], exp.Select]) -> None:
        super().__init__(rows.plan, rows.statement)
        self._rows, self._origin = rows, origin

    @property
    def position(self) -> Tree:
        return self._rows.position

    def value(self, name: str) -> Tree:
        return self._rows.value(name)

    def version(self, name: str, place: int) -> Tree:
        return self._rows.version(name, place)

    def present(self, place: int) -> Tree | None:
        return self._rows.present(place)

    def side(self, place: int, name: str) -> Tree:
        return self._rows.side(place, name)

    def origin(self) -> exp.Select:
        return self._origin()


Kind = TypeVar("Kind", bound=Plan)
Maker = Callable[[Kind, Statement], Relation]
_MAKERS: dict[type[Plan], Maker[Any]] = {}
_FAMILIES = (
    *("scanned", "joined", "compared", "grouped"),
    *("making.projected", "making.cut", "making.folded", "making.unwound", "making.stacked"),
    *("making.tables", "making.windowed", "making.filled"),
)


def makes(kind: type[Kind]) -> Callable[[Maker[Kind]], Maker[Kind]]:
    """Enter how the rows of a kind of plan are made."""

    def enter(make: Maker[Kind]) -> Maker[Kind]:
        _MAKERS[kind] = make
        return make

    return enter


@functools.cache
def _load() -> None:
    for family in _FAMILIES:
        importlib.import_module(f"vitrail.query.{family}")


def relation(plan: Plan, statement: Statement) -> Relation:
    """The rows of a plan.

    Raises:
        Invalid: the plan names a table that the statement has no files of.
    """
    _load()
    make = _MAKERS.get(type(plan))
    if make is None:
        raise Invalid(f"not a plan: {type(plan).__name__}")
    return make(plan, statement)


@makes(Where)
def _kept(plan: Where, statement: Statement) -> Relation:
    rows = relation(plan.source, statement)
    rows.conditions.append(rows.holds(plan.condition))
    return rows


@makes(Sort)
def _sorted(plan: Sort, statement: Statement) -> Relation:
    rows = relation(plan.source, statement)
    terms = [rows.terms(key, descending=descending) for key, descending in plan.keys]
    rows.keys = [*(term for key_terms in terms for term in key_terms), *rows.keys]
    rows.by = [*plan.keys, *rows.by]
    return rows
