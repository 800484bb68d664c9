"""Rows of several tables one after another, and rows that are written out."""

from __future__ import annotations

from itertools import accumulate

from sqlglot import exp

from vitrail.dtypes import DType
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.leaf import Leaf
from vitrail.query.lower import Lowering
from vitrail.query.making.made import Made, nested
from vitrail.query.relation import makes
from vitrail.query.step import most_rows
from vitrail.query.steps import Documents, Stacked
from vitrail.query.tree import call, column, empty, named


@makes(Stacked)
class Pile(Made):
    """The rows of several tables, those of the first first."""

    plan: Stacked

    def part(self) -> Tree:
        before = accumulate((most_rows(table) for table in self.plan.tables), initial=0)
        wide = sum(map(most_rows, self.plan.tables)) > 2**62
        parts: list[exp.Query] = []
        for table, first in zip(self.plan.tables, before, strict=False):
            leaf = nested(table, self.statement)
            known = dict(table.dtype.columns or ())
            values = [
                named(_fitted(leaf, name, known.get(name), dtype), f"c{self.places[name]}")
                for name, dtype in self.plan.dtype.columns or ()
            ]
            row = b.cast(leaf.position, "HUGEINT") if wide else leaf.position
            number = b.infix(exp.Add, row, b.number(first))
            parts.append(leaf.select().select(*values, named(number, "r")))
        whole = parts[0]
        for one in parts[1:]:
            whole = exp.union(whole, one, distinct=False)
        return exp.Subquery(this=whole, alias=exp.TableAlias(this=exp.to_identifier(self.alias)))


def _fitted(leaf: Leaf, name: str, have: DType | None, wanted: DType) -> Tree:
    """A column in the storage of a wider type; null where there is none."""
    if have is None:
        return empty(wanted)
    tree = leaf.value(name)
    return leaf.lowered(lambda lowering: lowering.widen(tree, have, wanted))


@makes(Documents)
class Written(Made):
    """Rows of constants."""

    plan: Documents

    def part(self) -> Tree:
        types = [dtype for _, dtype in self.plan.dtype.columns or ()]
        if not self.plan.rows:
            nothing = [named(empty(dtype), f"c{i}") for i, dtype in enumerate(types)]
            nothing.append(named(b.cast(b.NULL(), "BIGINT"), "r"))
            return exp.select(*nothing).where(b.FALSE()).subquery(self.alias)
        kind = ", ".join(["r BIGINT", *(f"c{i} {b.duck_type(t)}" for i, t in enumerate(types))])
        lowering = Lowering(lambda _: b.NULL(), prefix=self.statement.prefix())
        rows = [
            b.struct(
                {"r": b.number(place)}
                | {
                    f"c{i}": lowering.as_type(v, t)
                    for i, (v, t) in enumerate(zip(row, types, strict=True))
                }
            )
            for place, row in enumerate(self.plan.rows)
        ]
        self.statement.values.update(lowering.params)
        listed = b.cast(b.array(*rows), f"STRUCT({kind})[]")
        inner = self.statement.alias()
        spread = exp.select(named(call("unnest", listed), "u")).subquery(inner)
        names = ["r", *(f"c{place}" for place in range(len(types)))]
        values = [named(b.part(column(inner, "u"), name), name) for name in names]
        return exp.select(*values).from_(spread).subquery(self.alias)
