"""Rows that are one part of a FROM: what tables are joined, compared and read by."""

from __future__ import annotations

from abc import abstractmethod

from sqlglot import exp

from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Column
from vitrail.query.place import Place
from vitrail.query.plan import Plan, Scan
from vitrail.query.relation import Found, Relation, relation
from vitrail.query.statement import Statement
from vitrail.query.tree import call, column, joined, named


class Leaf(Relation):
    """Rows that are numbered from 0 in one column, `row`, of one part of the FROM.

    Attributes:
        alias: what the part is called.
        places: column -> which of the table's columns it is.
        moved: how many rows of the table come before those that the numbers count, once `stretch` has cut
            them off.
    """

    bounded = True

    def __init__(self, plan: Plan, statement: Statement) -> None:
        super().__init__(plan, statement)
        self.alias = statement.alias()
        self.places = {name: i for i, (name, _) in enumerate(plan.dtype.columns or ())}
        self.moved = 0

    @property
    def row(self) -> str:
        """What the column of row numbers is called."""
        return "r"

    @abstractmethod
    def part(self) -> Tree:
        """The rows as a part of a FROM, under `alias`."""

    def numbered(self, key: str, part: Tree) -> Tree:
        """As a part of the FROM, with a column `o`: how many rows before it have the same key."""
        o = exp.Window(
            this=call("row_number"),
            partition_by=[self.value(key)],
            order=exp.Order(expressions=[exp.Ordered(this=self.position)]),
        )
        select = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier(self.alias)))
        numbered = select.select(named(o, "o"), copy=False).from_(part, copy=False)
        return numbered.subquery(self.alias, copy=False)

    @property
    def reads_files(self) -> bool:
        """Whether the scan itself can look for a column's values."""
        return False

    @property
    def position(self) -> Tree:
        return column(self.alias, self.row)

    def value(self, name: str) -> Tree:
        self.plan.column(name)
        return column(self.alias, f"c{self.places[name]}")

    def place(self, wanted: Column) -> Place | None:
        known = self.statement.known.get(self.plan.table) if isinstance(self.plan, Scan) else None
        column_of = self.places.get(wanted.name)
        return Place(known, f"c{column_of}") if known and column_of is not None else None

    def key(self, name: str | None) -> Tree:
        """A column, or the row's position."""
        return self.position if name is None else self.value(name)

    def origin(self) -> exp.Select:
        return exp.Select().from_(self.part(), copy=False)

    def again(self, page: str) -> Relation:
        pairs = [exp.EQ(this=one, expression=column(page, f"i{k}")) for k, one in enumerate(self.ids)]
        on = exp.and_(*pairs, copy=False)
        return Found(self, lambda: joined(exp.Select().from_(page), self.part(), "inner", on))


class Numbered(Leaf):
    """Any plan's rows, numbered in their order, so that they can be joined and found again.

    Args:
        dense: whether every number is one more than the one before.
    """

    def __init__(self, plan: Plan, statement: Statement, *, dense: bool = True) -> None:
        super().__init__(plan, statement)
        self._dense = dense

    def part(self) -> Tree:
        rows = relation(self.plan, self.statement)
        values = [
            named(rows.value(name), f"c{i}") for i, (name, _) in enumerate(self.plan.dtype.columns or ())
        ]
        if rows.bounded and not rows.keys and not self._dense:
            counted = rows.position
        else:
            number = exp.Window(this=call("row_number"), order=exp.Order(expressions=rows.order()))
            counted = exp.Sub(this=number, expression=b.number(1))
        listed = rows.select().select(*values, named(counted, "r"), copy=False)
        return listed.subquery(self.alias, copy=False)


def leaf(plan: Plan, statement: Statement, *, dense: bool = True) -> Leaf:
    """A plan's rows as one part of a FROM, each number one more than the one before where they are dense."""
    if isinstance(plan, Scan):
        rows = relation(plan, statement)
        if isinstance(rows, Leaf):
            return rows
    return Numbered(plan, statement, dense=dense)
