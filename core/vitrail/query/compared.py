"""Tables laid over each other by a key."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from sqlglot import exp

from vitrail.dtypes import Nothing, Optional, Versions
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.keyed import once
from vitrail.query.origins import meeting
from vitrail.query.plan import Compare, Scan
from vitrail.query.relation import Relation, makes
from vitrail.query.sided import WHOLE, Sided, most_rows
from vitrail.query.statement import Statement
from vitrail.query.tree import call, column, convert, joined


@makes(Compare)
def compared(plan: Compare, statement: Statement) -> Relation:
    """The rows of a comparison; of tables that lie alike, without looking any key up."""
    from vitrail.query.aligned import Aligned

    stored = all(isinstance(table, Scan) for table in plan.tables)
    alike = statement.share == 0 and (stored if plan.key is None else meeting(plan) in statement.aligned)
    return Aligned(plan, statement) if alike else Compared(plan, statement)


class Compared(Sided):
    """One row for each key that any of the tables has."""

    plan: Compare

    def __init__(self, plan: Compare, statement: Statement) -> None:
        super().__init__(plan, plan.tables, statement, dense=plan.key is None)
        self._types = dict(plan.columns())

    @property
    def position(self) -> Tree:
        before = accumulate((most_rows(table) for table in self.plan.tables), initial=0)
        moved = [
            exp.Add(this=one.position, expression=self.statement.bind(rows)) if rows else one.position
            for one, rows in zip(self.leaves, before, strict=False)
        ]
        return call("coalesce", *moved)

    def present(self, place: int) -> Tree | None:
        return b.not_null(self.leaves[place].position)

    def value(self, name: str) -> Tree:
        dtype = self.plan.column(name)
        places = range(len(self.leaves))
        if isinstance(dtype, Versions):
            return b.struct({f"v{place}": self.version(name, place) for place in places})
        return self.first(name, places)

    def version(self, name: str, place: int) -> Tree:
        dtype = self._types[name]
        wanted = dtype.item if isinstance(dtype, Versions) else dtype
        own = dict(self.plan.tables[place].dtype.columns or ())
        if name not in own:
            return b.NULL()
        value = self.leaves[place].value(name)
        return self.lowered(lambda lowering: convert(value, own[name], wanted, lowering=lowering))

    def first(self, name: str, places: Iterable[int]) -> Tree:
        having = [p for p in places if name in self.leaves[p].places]
        return super().first(name, having)

    def origin(self) -> exp.Select:
        select = exp.Select().from_(self._part(0), copy=False)
        for place in range(1, len(self.leaves)):
            before = [self._match(p) for p in range(place)]
            # equality is quicker than sameness, and the same where neither side can be null
            same = exp.EQ if place == 1 and not self._may_lack_keys else exp.NullSafeEQ
            on = exp.and_(
                *(
                    same(this=call("coalesce", *known) if place > 1 else known[0], expression=own)
                    for *known, own in zip(*before, self._match(place), strict=True)
                ),
                copy=False,
            )
            select = joined(select, self._part(place), "full", on)
        return select

    def _match(self, place: int) -> list[Tree]:
        one, key = self.leaves[place], self.plan.key
        if key is None:
            return [one.position]
        occurrence = [column(one.alias, "o")] if self._repeats else []
        return [self.version(key, place), *occurrence]

    @property
    def _may_lack_keys(self) -> bool:
        key = self.plan.key
        if key is None:
            return False
        return any(isinstance(table.column(key), Optional | Nothing) for table in self.plan.tables)

    @property
    def _repeats(self) -> bool:
        key, unique = self.plan.key, self.statement.unique
        return key is not None and not all(once(table, key, unique) for table in self.plan.tables)

    def _part(self, place: int) -> Tree:
        one, key = self.leaves[place], self.plan.key
        if key is None:
            return self.chosen(one, one.position, WHOLE)
        part = self.chosen(one, self.version(key, place), self.plan.tables[place].column(key))
        return one.numbered(key, part) if self._repeats else part

    def again(self, page: str) -> Relation:
        return self._found(page, "left")
