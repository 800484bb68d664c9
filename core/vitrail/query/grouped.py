"""Rows gathered by keys."""

from __future__ import annotations

from functools import partial

from sqlglot import exp

from vitrail.dtypes import Optional, Versions
from vitrail.errors import Invalid
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Column
from vitrail.query.leaf import Leaf
from vitrail.query.plan import Group
from vitrail.query.relation import Relation, Row, makes, relation
from vitrail.query.statement import Statement
from vitrail.query.tree import call, column, joined, named


@makes(Group)
class Grouped(Relation):
    """One row for each combination of the keys' values; lists are gathered only where one is asked.

    Attributes:
        group_keys, stored_keys: the keys of a row that is grouped, as values and as they are stored.
        gathered: what each group is asked for beside its keys, by name.
        counts: a part of the statement that has counted the rows already, under `k0`, … and `n`.
    """

    plan: Group

    def __init__(self, plan: Group, statement: Statement) -> None:
        super().__init__(plan, statement)
        self.source = relation(plan.source, statement)
        self.alias = statement.alias()
        self.group_keys = [self.source.sql(expr) for _, expr in plan.keys]
        self.stored_keys = [
            stored if (stored := self.source.raw(expr)) is not None else key
            for key, (_, expr) in zip(self.group_keys, plan.keys, strict=True)
        ]
        self.gathered: dict[str, Tree] = {}
        self.counts: str | None = None

    @property
    def versions(self) -> tuple[str, ...]:
        """The names of the compared tables, where these are grouped."""
        return self.plan.compared.names if self.plan.compared else ()

    @property
    def position(self) -> Tree:
        return column(self.alias, "r")

    @property
    def ids(self) -> tuple[Tree, ...]:
        return tuple(column(self.alias, f"k{i}") for i in range(len(self.group_keys)))

    def key_place(self, name: str) -> int | None:
        """Which of the keys a column is; None for the others."""
        names = [known for known, _ in self.plan.keys]
        return names.index(name) if name in names else None

    def value(self, name: str) -> Tree:
        dtype = self.plan.column(name)
        place = self.key_place(name)
        if place is not None:
            return column(self.alias, f"k{place}")
        if isinstance(dtype, Versions):
            return b.struct({f"v{i}": self.version(name, i) for i in range(len(dtype.names or ()))})
        return self._gather(name, None)

    def version(self, name: str, place: int) -> Tree:
        return self._gather(name, place)

    def _gather(self, name: str, place: int | None) -> Tree:
        where = list(dict(self.plan.dtype.columns or ())).index(name)
        known = f"c{where}" if place is None else f"c{where}_v{place}"
        counted = name == self.plan.count_name
        return self.gather(known, self.size(place) if counted else self._list(name, place))

    def side(self, place: int, name: str) -> Tree:
        versions = isinstance(self.plan.column(name), Versions)
        return self.version(name, place) if versions else self.value(name)

    def present(self, place: int) -> Tree | None:
        """Whether a version has any row of a group."""
        if not self.versions:
            return None
        return exp.GT(this=self.version(self.plan.count_name, place), expression=b.number(0))

    def gather(self, name: str, value: Tree) -> Tree:
        """What is worked out over all rows of each group, under a name of its own."""
        self.gathered[name] = value
        return column(self.alias, name)

    def size(self, place: int | None) -> Tree:
        """How many rows a group has; of a comparison, of one version."""
        if self.counts:
            return b.cast(call("sum", column(self.counts, "n")), "BIGINT")
        return kept(call("count", exp.Star()), None if place is None else self.source.present(place))

    def _list(self, name: str, place: int | None) -> Tree:
        if place is None:
            value, condition = self.source.value(name), None
        else:
            value, condition = self.source.version(name, place), self.source.present(place)
        ordered = exp.Order(this=value, expressions=self.source.order())
        return kept(call("array_agg", ordered), condition)

    def origin(self) -> exp.Select:
        keys = [
            named(column(self.counts, f"k{i}") if self.counts else key.copy(), f"k{i}")
            for i, key in enumerate(self.stored_keys)
        ]
        lists = [named(value.copy(), name) for name, value in self.gathered.items()]
        if not keys:
            raise Invalid("grouping takes at least one key")
        places = [b.number(i + 1) for i in range(len(keys))]
        rows = exp.Select().from_(self.counts, copy=False) if self.counts else self.source.select()
        groups = rows.select(*keys, *lists, copy=False).group_by(*places, copy=False)
        inner = self.statement.alias()
        by = Keys(self, inner).order()
        number = exp.Window(this=call("row_number"), order=exp.Order(expressions=by))
        counted = exp.Sub(this=number, expression=b.number(1))
        stored = [
            named(b.cast(column(inner, f"k{i}"), b.duck_type(self.plan.keys[i][1].dtype)), f"k{i}")
            for i in range(len(keys))
            if self.joined(i) != f"i{i}"
        ]
        numbered = exp.select(exp.Star(), named(counted, "r"))
        if stored:
            as_is = [named(column(inner, f"k{i}"), f"j{i}") for i in range(len(keys))]
            others = [column(inner, one.alias) for one in (*keys, *lists)]
            texts = {one.alias: one for one in stored}
            listed = [texts.get(one.name, one) for one in others]
            numbered = exp.select(*listed, *as_is, named(counted, "r"))
        numbered = numbered.from_(groups.subquery(inner, copy=False), copy=False)
        return exp.Select().from_(numbered.subquery(self.alias, copy=False), copy=False)

    def joined(self, place: int) -> str:
        """By which column of a page a key is found again: as it is stored where that is not its value."""
        return f"i{place}" if self.stored_keys[place] is self.group_keys[place] else f"j{place}"

    @property
    def extra(self) -> dict[str, Tree]:
        """What a page has to know beside the keys, to find the members of its groups."""
        places = range(len(self.group_keys))
        return {
            name: column(self.alias, name) for place in places if (name := self.joined(place))[0] == "j"
        }

    def members(self, page: str) -> exp.Select:
        """A SELECT of nothing yet from the rows of the groups whose keys stand in `page`."""
        select = self.source.select()
        on = []
        for place, (key, (_, expr)) in enumerate(zip(self.stored_keys, self.plan.keys, strict=True)):
            # the scan itself can look for equal values, but not for nulls among them
            stored = (
                isinstance(self.source, Leaf) and self.source.reads_files and isinstance(expr, Column)
            )
            same = b.same if not stored or isinstance(expr.dtype, Optional) else partial(b.infix, exp.EQ)
            on.append(same(key, column(page, self.joined(place))))
        return joined(select, page, "inner", exp.and_(*on, copy=False))


class Keys(Row):
    """The keys of groups, as they stand in one part of a FROM."""

    def __init__(self, groups: Grouped, alias: str) -> None:
        super().__init__(groups.plan, groups.statement)
        self.groups, self.alias = groups, alias

    def value(self, name: str) -> Tree:
        return column(self.alias, f"k{self.groups.key_place(name)}")

    def order(self) -> list[Tree]:
        keys = [Column(name, None, expr.dtype) for name, expr in self.groups.plan.keys]
        return [term for key in keys for term in self.terms(key, descending=False)]


def kept(aggregate: Tree, condition: Tree | None) -> Tree:
    """An aggregate over the rows for which a condition is true."""
    if condition is None:
        return aggregate
    return exp.Filter(this=aggregate, expression=exp.Where(this=condition))
