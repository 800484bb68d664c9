"""Rows made of the rows of several tables."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from vitrail.dtypes import DType, Number, Optional
from vitrail.errors import Invalid
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.leaf import Leaf, leaf
from vitrail.query.plan import Compare, Group, Join, Plan, Scan, Sort, Where
from vitrail.query.relation import Found, Relation
from vitrail.query.statement import Statement
from vitrail.query.step import Step
from vitrail.query.tree import column, joined

WHOLE = Number(integer=True)  # of positions


class Sided(Relation):
    """Rows made of the rows of several tables, each a leaf.

    Attributes:
        share: of which part of the keys rows are wanted, one in so many; 0 of all.
    """

    bounded = True

    def __init__(self, plan: Plan, tables: Iterable[Plan], statement: Statement, *, dense: bool) -> None:
        super().__init__(plan, statement)
        self.share, statement.share = statement.share, 0  # the outermost takes it
        self.leaves = [leaf(table, statement, dense=dense) for table in tables]

    def chosen(self, one: Leaf, key: Tree, dtype: DType) -> Tree:
        """A leaf as a part of the FROM, with the rows alone whose keys are wanted."""
        if not self.share:
            return one.part()
        hashed = b.call("hash", key.copy())
        if isinstance(dtype, Optional):  # rows without a key are told apart by where they stand
            hashed = b.case((b.is_null(key), b.call("hash", one.position)), default=hashed)
        kept = exp.EQ(this=b.infix(exp.Mod, hashed, b.number(self.share)), expression=b.number(0))
        few = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier(one.alias)))
        return few.from_(one.part(), copy=False).where(kept, copy=False).subquery(one.alias, copy=False)

    @property
    def ids(self) -> tuple[Tree, ...]:
        return tuple(one.position for one in self.leaves)

    def side(self, place: int, name: str) -> Tree:
        if place >= len(self.leaves):
            raise Invalid(f"there is no table ${place}; there are {len(self.leaves)}")
        return self.leaves[place].value(name)

    def _found(self, page: str, kind: str) -> Relation:
        select = exp.Select().from_(page)
        for place, one in enumerate(self.leaves):
            wanted = exp.select(column(page, f"i{place}")).from_(page)
            near = exp.select(exp.Star()).from_(one.part())
            near = near.where(exp.In(this=one.position, query=wanted.subquery()))
            on = exp.EQ(this=one.position, expression=column(page, f"i{place}"))
            select = joined(select, near.subquery(one.alias, copy=False), kind, on)
        return Found(self, select.copy)


def most_rows(plan: Plan) -> int:
    """A number that the plan's rows do not exceed."""
    match plan:
        case Scan(rows=rows):
            return max(rows, 1)
        case Join(left, right):
            alone = most_rows(right) if plan.lacks(0) else 0
            return most_rows(left) * most_rows(right) + alone
        case Compare(tables=tables):
            return sum(map(most_rows, tables))
        case Where(source) | Sort(source) | Group(source):
            return most_rows(source)
        case Step(most_rows=most):
            return most
        case _:
            raise Invalid(f"not a plan: {type(plan).__name__}")
