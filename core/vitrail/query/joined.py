"""Pairs of rows of two tables."""

from __future__ import annotations

from sqlglot import exp

from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.plan import Join
from vitrail.query.relation import Relation, makes
from vitrail.query.sided import Sided, most_rows
from vitrail.query.statement import Statement

_MOST_POSITIONS = 2**62
_KINDS = {"inner": "inner", "left": "left", "right": "right", "outer": "full"}


@makes(Join)
class Joined(Sided):
    """Pairs of rows with the same key, and rows of an outer join that met none."""

    plan: Join

    def __init__(self, plan: Join, statement: Statement) -> None:
        super().__init__(plan, (plan.left, plan.right), statement)

    @property
    def position(self) -> Tree:
        left, right = self.ids
        if self.plan.lacks(0):  # the rows of the right table that met none stand last
            left = b.coalesce(left, self.statement.bind(most_rows(self.plan.left)))
        if self.plan.lacks(1):
            right = b.coalesce(right, b.number(0))
        wide = most_rows(self.plan) > _MOST_POSITIONS
        left = exp.cast(left, "HUGEINT") if wide else left
        step = self.statement.bind(most_rows(self.plan.right))
        return exp.Paren(this=exp.Add(this=exp.Mul(this=left, expression=step), expression=right))

    def present(self, place: int) -> Tree | None:
        return b.not_null(self.leaves[place].position) if self.plan.lacks(place) else None

    def value(self, name: str) -> Tree:
        self.plan.column(name)
        side, _, part = name.partition(".")
        return self.side(int(side), part)

    def origin(self) -> exp.Select:
        left, right = self.leaves
        keys = [one.key(name) for one, name in zip(self.leaves, self.plan.keys, strict=True)]
        on = exp.EQ(this=keys[0], expression=keys[1])
        return exp.Select().from_(left.part()).join(right.part(), on=on, join_type=_KINDS[self.plan.how])

    def again(self, page: str) -> Relation:
        return self._found(page, "inner" if self.plan.how == "inner" else "left")
