"""Rows gathered into one for each value of a key."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from vitrail.dtypes import Nothing, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Column
from vitrail.query.folding import Folding
from vitrail.query.gather import Gather, accumulator
from vitrail.query.lower import Lowering
from vitrail.query.making.made import Made, listed, number_of
from vitrail.query.mixing import mixes
from vitrail.query.plan import Plan
from vitrail.query.relation import Relation, Row, makes, relation
from vitrail.query.statement import Statement
from vitrail.query.steps import Folded
from vitrail.query.tree import call, column, named


@makes(Folded)
class Gathered(Made):
    """One row for each value of the key; rows are numbered in the key's order."""

    plan: Folded

    def part(self) -> Tree:
        scope = self.statement.scope
        rows = Held(self.plan.source, self.statement) if scope else None
        try:
            return self._part(rows or relation(self.plan.source, self.statement))
        finally:
            self.statement.scope = scope

    def _part(self, rows: Relation) -> Tree:
        _, key = self.plan.key
        inner = self.statement.alias()
        values = [_gathered(rows, gather) for _, gather in self.plan.values]
        tree = rows.sql(key)
        if mixes(key.dtype):
            by = rows.lowered(lambda lowering: lowering.key(tree.copy(), key.dtype))
            first = call("first", tree)
        else:
            by, first = tree, None
        answers = [named(first if first is not None else by.copy(), "c0")]
        answers += [named(value, f"c{place}") for place, value in enumerate(values, 1)]
        groups = rows.select().select(*answers, named(by.copy(), "g")).group_by(exp.column("g"))
        number: Tree = b.number(0)
        if not isinstance(required(key.dtype), Nothing):
            order = exp.Order(expressions=self._order(inner))
            number = exp.Window(this=call("row_number"), order=order)
        columns = [column(inner, f"c{place}") for place in self.places.values()]
        select = exp.select(*columns, named(number, "r")).from_(groups.subquery(inner))
        return select.subquery(self.alias)

    def _order(self, inner: str) -> Sequence[Tree]:
        name, key = self.plan.key
        if mixes(key.dtype):
            return [exp.Ordered(this=column(inner, "g"))]
        keys = Keys(self.plan, self.statement, inner)
        return keys.terms(Column(name, None, key.dtype), descending=False)


class Held(Made):
    """Rows with the variables of a table around as columns, so that aggregates are of these rows."""

    def __init__(self, plan: Plan, statement: Statement) -> None:
        super().__init__(plan, statement)
        self._outer = statement.scope
        own = {name: column(self.alias, f"s{place}") for place, name in enumerate(self._outer)}
        statement.scope = own

    def part(self) -> Tree:
        own, self.statement.scope = self.statement.scope, self._outer
        rows = relation(self.plan, self.statement)
        self.statement.scope = own
        held = {f"s{place}": tree for place, tree in enumerate(self._outer.values())}
        return listed(rows, held, number_of(rows)).subquery(self.alias)


class Keys(Row):
    """The key of groups as it stands in one part of a FROM."""

    def __init__(self, plan: Folded, statement: Statement, alias: str) -> None:
        super().__init__(plan, statement)
        self.alias = alias

    def value(self, name: str) -> Tree:
        return column(self.alias, "c0")


def _gathered(rows: Relation, gather: Gather) -> Tree:
    """What is gathered from the rows of a group."""
    position = None if rows.keys else rows.position

    def lower(lowering: Lowering) -> Tree:
        folding = Folding(lowering, tuple(rows.order()), position)
        return accumulator(gather.name).lower(folding, gather)

    return rows.lowered(lower)
