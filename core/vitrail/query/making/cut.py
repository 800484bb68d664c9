"""Some rows of a table: a stretch of them, or so many by chance."""

from __future__ import annotations

from sqlglot import exp

from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.making.made import Made, columns_of, number_of
from vitrail.query.relation import Relation, makes, relation
from vitrail.query.steps import Sampled, Slice
from vitrail.query.tree import call, column, named


@makes(Slice)
class Cut(Made):
    """The rows [start, stop) in the order in which they stand."""

    plan: Slice

    def part(self) -> Tree:
        rows = relation(self.plan.source, self.statement)
        start, stop = self.plan.start, self.plan.stop
        direct = rows.stretch(start, stop)
        if direct is not None:
            values = [named(value, name) for name, value in columns_of(rows).items()]
            return direct.select(*values, named(rows.position, "r")).subquery(self.alias)
        return self._first(rows).subquery(self.alias)

    def _first(self, rows: Relation) -> exp.Select:
        """The rows that are wanted, numbered only once they are picked."""
        start, stop, bind = self.plan.start, self.plan.stop, self.statement.bind
        values = columns_of(rows)
        terms = rows.order()
        keys = {f"o{place}": term.this for place, term in enumerate(terms)}
        answers = [named(value, name) for name, value in (values | keys).items()]
        picked = rows.select().select(*answers).order_by(*(term.copy() for term in terms))
        if stop is not None:
            picked = picked.limit(bind(max(stop - start, 0)))
        picked = picked.offset(bind(start)) if start else picked
        inner = self.statement.alias()
        order = []
        for name, term in zip(keys, terms, strict=True):
            again = term.copy()
            again.set("this", column(inner, name))
            order.append(again)
        number = exp.Window(this=call("row_number"), order=exp.Order(expressions=order))
        own = [column(inner, name) for name in values]
        return exp.select(*own, named(number, "r")).from_(picked.subquery(inner))


@makes(Sampled)
class Chosen(Made):
    """Rows by chance: those whose numbers have the least hashes."""

    plan: Sampled

    def part(self) -> Tree:
        rows = relation(self.plan.source, self.statement)
        values = [named(value, name) for name, value in columns_of(rows).items()]
        inner = rows.select().select(*values, named(number_of(rows), "r")).subquery(self.alias)
        mixed = call("hash", column(self.alias, "r"), self.statement.bind(self.plan.seed))
        columns = [column(self.alias, name) for name in (*(f"c{i}" for i in self.places.values()), "r")]
        chosen = exp.select(*columns).from_(inner).order_by(exp.Ordered(this=mixed))
        return chosen.limit(b.number(self.plan.size)).subquery(self.alias)
