"""Rows that one step makes of others: a part of a FROM with a number for each row."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.leaf import Leaf
from vitrail.query.plan import Plan
from vitrail.query.relation import Relation, relation
from vitrail.query.statement import Statement
from vitrail.query.tree import call, column, named

WIDEST = 2**62


class Made(Leaf):
    """Rows that are worked out where they are asked for, each once: none is looked for again."""

    def stretch(self, start: int, stop: int | None) -> exp.Select | None:
        rank: Tree = self.position
        if self.keys:
            number = exp.Window(this=call("row_number"), order=exp.Order(expressions=self.order()))
            rank = number
        columns = [column(self.alias, f"c{place}") for place in self.places.values()]
        inner = self.select().select(*columns, named(rank.copy(), "r"))
        if start or stop is not None:
            inner = inner.order_by(exp.Ordered(this=exp.column("r") if self.keys else self.position))
            bind = self.statement.bind
            if stop is not None:
                inner = inner.limit(bind(max(stop - start, 0)))
            inner = inner.offset(bind(start)) if start else inner
        return exp.Select().from_(inner.subquery(self.alias))


class Nested(Made):
    """Another plan's rows as one part of a FROM, in their order."""

    def part(self) -> Tree:
        rows = relation(self.plan, self.statement)
        return listed(rows, {}, number_of(rows)).subquery(self.alias)


def columns_of(rows: Relation) -> dict[str, Tree]:
    """The values of a relation's columns as `c0` to `cn`."""
    names = (name for name, _ in rows.plan.dtype.columns or ())
    return {f"c{place}": rows.value(name) for place, name in enumerate(names)}


def listed(rows: Relation, more: Mapping[str, Tree], number: Tree) -> exp.Select:
    """A SELECT of all columns, of more values, and of a number for each row."""
    values = columns_of(rows) | dict(more)
    answers = [named(value, name) for name, value in values.items()]
    return rows.select().select(*answers, named(number, "r"))


def number_of(rows: Relation) -> Tree:
    """A number that rises in the order in which rows stand."""
    if not rows.keys:
        return rows.position
    number = exp.Window(this=call("row_number"), order=exp.Order(expressions=rows.order()))
    return exp.Sub(this=number, expression=b.number(1))


def nested(plan: Plan, statement: Statement) -> Leaf:
    """A plan's rows as a part of a FROM with the columns `c0` to `cn` and `r`."""
    rows = relation(plan, statement)
    if isinstance(rows, Made) and not rows.conditions and not rows.keys:
        return rows
    return Nested(plan, statement)
