"""Pairs of rows of two tables."""

from __future__ import annotations

from sqlglot import exp

from vitrail.dtypes import DType
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.plan import Join
from vitrail.query.relation import Relation, makes
from vitrail.query.sided import WHOLE, Sided, most_rows
from vitrail.query.statement import Statement
from vitrail.query.tree import convert, joined
from vitrail.union import union

_MOST_POSITIONS = 2**62
_KINDS = {"inner": "inner", "left": "left", "right": "right", "outer": "full"}


@makes(Join)
class Joined(Sided):
    """Pairs of rows with the same key, and rows of an outer join that met none."""

    plan: Join

    def __init__(self, plan: Join, statement: Statement) -> None:
        super().__init__(plan, (plan.left, plan.right), statement, dense=None in plan.keys)

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
        keys = [one.key(name) for one, name in zip(self.leaves, self.plan.keys, strict=True)]
        on = exp.EQ(this=keys[0], expression=keys[1])
        parts = [self.chosen(*one) for one in zip(self.leaves, *self._alike(keys), strict=True)]
        select = exp.Select().from_(parts[0], copy=False)
        return joined(select, parts[1], _KINDS[self.plan.how], on)

    def _alike(self, keys: list[Tree]) -> tuple[list[Tree], list[DType]]:
        """The keys in one type, in which equal ones have equal hashes, and their own types."""
        plans = zip((self.plan.left, self.plan.right), self.plan.keys, strict=True)
        types = [WHOLE if name is None else plan.column(name) for plan, name in plans]
        left, right = types
        wanted = union(left, right, "the key of a join")
        return [convert(key, dtype, wanted) for key, dtype in zip(keys, types, strict=True)], types

    def again(self, page: str) -> Relation:
        return self._found(page, "inner" if self.plan.how == "inner" else "left")
