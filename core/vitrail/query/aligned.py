"""Compared tables whose rows meet by standing in the same order, so that no key has to be looked up."""

from __future__ import annotations

from sqlglot import exp

from vitrail.dtypes import required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.compared import Compared
from vitrail.query.expr import Column, Expr
from vitrail.query.indexed import Indexed
from vitrail.query.leaf import Leaf, leaf
from vitrail.query.plan import Compare, Scan
from vitrail.query.relation import Relation
from vitrail.query.scanned import Scanned
from vitrail.query.sided import most_rows
from vitrail.query.statement import Statement
from vitrail.query.tree import column, joined
from vitrail.statistics import Facts

_EXACT = 2**53


class Aligned(Compared):
    """Stored tables side by side, row by row as they lie.

    The engine only reads tables in step with each other where nothing is worked out below the join, so
    the tables stand there bare.
    """

    def __init__(self, plan: Compare, statement: Statement) -> None:
        super().__init__(plan, statement)
        self.leaves = [_bare(one) for one in self.leaves]

    @property
    def position(self) -> Tree:
        if self._even:
            return self.leaves[0].position
        return b.coalesce(*(one.position for one in self.leaves))

    @property
    def numbered_from_0(self) -> bool:
        return not self.conditions and not self.keys

    @property
    def _even(self) -> bool:
        """Whether all tables have as many rows."""
        return len({table.rows for table in self.plan.tables if isinstance(table, Scan)}) == 1

    def present(self, place: int) -> Tree | None:
        return None if self._even else super().present(place)

    def counts_up(self, key: Column) -> bool:
        """Whether a column counts the rows of each table from the same number, by what is known of them."""
        places = [one.place(key) for one in self.leaves]
        facts = {place.facts if place else None for place in places}
        kinds = {required(table.column(key.name)) for table in self.plan.tables}
        match list(facts):
            case [Facts(rising=True, nulls=0, low=float() | int() as low, high=float() | int() as high)]:
                exact = len(kinds) == 1 and -_EXACT < low <= high < _EXACT
                return exact and high - low + 1 == most_rows(self.plan.tables[0])
        return False

    def raw(self, expr: Expr) -> Tree | None:
        if not isinstance(expr, Column) or not self._even:
            return None
        tables = [dict(table.dtype.columns or ()) for table in self.plan.tables]
        place = expr.side
        if place is None:
            place = next(p for p, having in enumerate(tables) if expr.name in having)
        own = Column(expr.name, None, tables[place][expr.name])
        return self.leaves[place].raw(own) if required(own.dtype) == required(expr.dtype) else None

    def origin(self) -> exp.Select:
        first, *others = self.leaves
        select = exp.Select().from_(first.part(), copy=False)
        for one in others:
            select.append("joins", exp.Join(this=one.part(), method="POSITIONAL"))
        return select

    def stretch(self, start: int, stop: int | None) -> exp.Select | None:
        if not self.numbered_from_0 or not self._even or stop is None:
            return None
        near = [leaf(table, self.statement) for table in self.plan.tables]
        slices = [one.stretch(start, stop) for one in near]
        parts = [
            part.select(exp.Star(), copy=False).subquery(one.alias, copy=False)
            for one, part in zip(near, slices, strict=True)
            if part is not None
        ]
        if len(parts) < len(near):
            return None
        self.leaves = near
        select = exp.Select().from_(parts[0], copy=False)
        for one, part in zip(near[1:], parts[1:], strict=True):
            on = exp.EQ(this=self._numbered(near[0]), expression=self._numbered(one))
            select = joined(select, part, "inner", on)
        return select

    def _numbered(self, one: Leaf) -> Tree:
        """A row's number in the whole table, where a leaf was cut down to a stretch of it."""
        return b.infix(exp.Add, one.position, self.statement.bind(one.moved))

    def again(self, page: str) -> Relation:
        return Compared(self.plan, self.statement).again(page)


class BareIndexed(Indexed):
    """The rows of an index, with nothing worked out inside their part of the FROM."""

    @property
    def row(self) -> str:
        return "rowid"

    def part(self) -> Tree:
        return exp.table_("rows", db="main", catalog=self.index.name, alias=self.alias)

    def value(self, name: str) -> Tree:
        facts, stored = self.index.about.of(name), column(self.alias, f"c{self.places[name]}")
        if facts.words or facts.single:
            return b.cast(stored, "VARCHAR" if facts.words else "DOUBLE")
        return stored


class BareScanned(Scanned):
    """The rows of Parquet files, with nothing worked out inside their part of the FROM."""

    @property
    def position(self) -> Tree:
        return b.paren(self.numbered_row())

    def part(self) -> Tree:
        return self.bare()


def _bare(one: Leaf) -> Leaf:
    """A stored table's rows as a part of a FROM that the engine can read in step with others."""
    match one:
        case Indexed():
            return BareIndexed(one.plan, one.statement, one.index)
        case Scanned():
            return BareScanned(one.plan, one.statement)
    return one
