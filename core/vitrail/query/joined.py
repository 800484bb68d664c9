"""Pairs of rows of two tables."""

from __future__ import annotations

from sqlglot import exp

from vitrail.query.build import Tree
from vitrail.query.plan import Join
from vitrail.query.relation import Relation, makes
from vitrail.query.sided import Sided, most_rows
from vitrail.query.statement import Statement

_MOST_POSITIONS = 2**62


@makes(Join)
class Joined(Sided):
    """Pairs of rows with the same key."""

    plan: Join

    def __init__(self, plan: Join, statement: Statement) -> None:
        super().__init__(plan, (plan.left, plan.right), statement)

    @property
    def position(self) -> Tree:
        left, right = self.ids
        wide = most_rows(self.plan.left) * most_rows(self.plan.right) > _MOST_POSITIONS
        left = exp.cast(left, "HUGEINT") if wide else left
        step = self.statement.bind(most_rows(self.plan.right))
        return exp.Paren(this=exp.Add(this=exp.Mul(this=left, expression=step), expression=right))

    def value(self, name: str) -> Tree:
        self.plan.column(name)
        side, _, part = name.partition(".")
        return self.side(int(side), part)

    def origin(self) -> exp.Select:
        left, right = self.leaves
        keys = [one.key(name) for one, name in zip(self.leaves, self.plan.keys, strict=True)]
        on = exp.EQ(this=keys[0], expression=keys[1])
        return exp.Select().from_(left.part()).join(right.part(), on=on, join_type="inner")

    def again(self, page: str) -> Relation:
        return self._found(page, "inner")
