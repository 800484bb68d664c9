"""How many rows become one value in SQL: the aggregates of a group, or of a window around each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Expr
from vitrail.query.gather import By
from vitrail.query.lower import Lowering


@dataclass(frozen=True)
class Over:
    """The window that aggregates are worked out over.

    Attributes:
        partition: what its rows have in common.
        order: the terms of their order, ties by the order in which the rows stand.
        keys: the terms of their order without that.
        frame: which of them it holds; None for all.
    """

    partition: tuple[Tree, ...]
    order: tuple[Tree, ...]
    keys: tuple[Tree, ...] = ()
    frame: exp.WindowSpec | None = None

    def of(self, aggregate: Tree) -> Tree:
        """An aggregate over the window."""
        order = exp.Order(expressions=[term.copy() for term in self.order]) if self.order else None
        return exp.Window(
            this=aggregate,
            partition_by=[one.copy() for one in self.partition],
            order=order,
            spec=self.frame.copy() if self.frame else None,
        )


@dataclass(frozen=True)
class Folding:
    """Rows that are folded into one value.

    Attributes:
        lowering: makes SQL of the rows' values.
        sequence: the terms of the order in which the rows stand.
        position: a number that rises in that order, where it is that of one; None where it is not.
        over: the window; None for a group.
        natural: whether the window gives its rows in their order.
    """

    lowering: Lowering
    sequence: tuple[Tree, ...]
    position: Tree | None = None
    over: Over | None = None
    natural: bool = False

    @property
    def standing(self) -> tuple[Tree, ...]:
        """The terms that aggregates need to go by the order of the rows; none where they do already."""
        return () if self.natural else self.sequence

    def sql(self, expr: Expr) -> Tree:
        """A row's value."""
        return self.lowering.sql(expr)

    def terms(self, by: By) -> list[Tree]:
        """The terms of an order by some keys, ties in the order in which the rows stand."""
        keys = [
            exp.Ordered(this=key, desc=descending, nulls_first=not descending)
            for expr, descending in by
            for key in self.lowering.order(expr)
        ]
        return [*keys, *(term.copy() for term in self.sequence)]

    def aggregate(
        self,
        name: str,
        *args: Tree,
        order: Sequence[Tree] = (),
        where: Tree | None = None,
        distinct: bool = False,
    ) -> Tree:
        """An aggregate of the engine's own over the rows, or over those for which `where` is true."""
        values = list(args)
        if distinct:
            values = [exp.Distinct(expressions=values)]
        if order:
            values[-1] = exp.Order(this=values[-1], expressions=[term.copy() for term in order])
        tree: Tree = b.call(name, *values)
        if where is not None:
            tree = exp.Filter(this=tree, expression=exp.Where(this=where))
        return tree if self.over is None else self.over.of(tree)

    def listed(self, value: Tree, order: Sequence[Tree], where: Tree | None = None) -> Tree:
        """The rows' values as a list in an order; an empty one of no rows."""
        found = self.aggregate("array_agg", value, order=order, where=where)
        return b.coalesce(found, b.array())
