"""A plan's rows as the parts of a SELECT: where they come from, which are kept, in which order.

Every relation gives each of its rows a `position`: a whole number, unique, that rises in the order in
which the rows stand. Names inside the SQL are ids of ours only: `c0`, `c1` for a table's columns, `k0`
for a group's keys, `v0` for a version; every value is bound as a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from typing import Any, TypeVar

from sqlglot import exp

from vitrail.dtypes import Optional, Versions, required
from vitrail.errors import Invalid
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Column, Expr
from vitrail.query.lower import Lowering
from vitrail.query.plan import Compare, Group, Join, Plan, Scan, Sort, Where
from vitrail.query.tree import call, column, convert, first_of, named

_MOST_POSITIONS = 2**62
Lowered = TypeVar("Lowered")


@dataclass
class Statement:
    """What one SELECT gathers while it is built.

    Attributes:
        files: table digest -> its files.
        offsets: table digest -> the number of rows before each of its files.
        unique: (table digest, column) of the keys that are known to hold no value twice.
        values: the parameters bound so far, by name.
    """

    files: Mapping[str, tuple[str, ...]]
    offsets: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    unique: frozenset[tuple[str, str]] = frozenset()
    values: dict[str, Any] = field(default_factory=dict)
    aliases: int = 0
    _names: dict[tuple[type, str], str] = field(default_factory=dict)

    def bind(self, value: Any) -> exp.Placeholder:
        """The parameter that stands for a value."""
        known = type(value), repr(value)
        if known not in self._names:
            self._names[known] = f"x{len(self.values)}"
            self.values[self._names[known]] = value
        return exp.Placeholder(this=self._names[known])

    def alias(self) -> str:
        """A name for a part of the FROM that no other part has."""
        self.aliases += 1
        return f"t{self.aliases - 1}"


@dataclass
class Relation:
    """Rows, the conditions under which they are kept, and the keys by which they are ordered.

    Attributes:
        plan: whose rows they are.
        statement: what they are a part of.
        conditions: what is true of the kept rows.
        keys: the terms of the order, the weightiest first; ties keep the order of `position`.
    """

    plan: Plan
    statement: Statement
    conditions: list[Tree] = field(default_factory=list)
    keys: list[Tree] = field(default_factory=list)

    @property
    def position(self) -> Tree:
        """A number that rises in the order in which the rows stand."""
        raise NotImplementedError

    @property
    def ids(self) -> tuple[Tree, ...]:
        """What `again` finds a row by."""
        return (self.position,)

    def value(self, name: str) -> Tree:
        """A column's value in the plan's type; of `Versions`, a struct of them."""
        raise NotImplementedError

    def version(self, name: str, place: int) -> Tree:
        """One version's value of a column of type `Versions`."""
        return b.part(self.value(name), f"v{place}")

    def present(self, place: int) -> Tree | None:
        """Whether a version has the row; None where all do."""
        return None

    def side(self, place: int, name: str) -> Tree:
        """A column of one of the tables that are joined or compared, in that table's type."""
        if place:
            raise Invalid(f"there is no table ${place}; there is: $0")
        return self.value(name)

    def select(self) -> exp.Select:
        """A SELECT of nothing yet from these rows, with the conditions."""
        select = self.origin()
        return select.where(*(c.copy() for c in self.conditions)) if self.conditions else select

    def origin(self) -> exp.Select:
        """A SELECT of nothing yet from all rows."""
        raise NotImplementedError

    def again(self, page: str) -> Relation:
        """The rows whose ids stand as `i0`, `i1`, … in the named part of the statement."""
        raise NotImplementedError

    def order(self) -> list[Tree]:
        """The terms of the whole order."""
        return [*(key.copy() for key in self.keys), exp.Ordered(this=self.position)]

    def lowered(self, lower: Callable[[Lowering], Lowered]) -> Lowered:
        """What is made of an expression over these rows, with its values among the statement's."""
        prefix = f"p{len(self.statement.values)}_"
        lowering = Lowering(self._resolve, prefix=prefix)
        tree = lower(lowering)
        self.statement.values.update(lowering.params)
        return tree

    def sql(self, expr: Expr) -> Tree:
        """The value of an expression over these rows."""
        return self.lowered(lambda lowering: lowering.sql(expr))

    def holds(self, expr: Expr) -> Tree:
        """Whether an expression is true, by MongoDB's truth; null may stand for false."""
        return self.lowered(lambda lowering: lowering.condition(expr))

    def terms(self, expr: Expr, *, descending: bool) -> list[Tree]:
        """The terms of an ORDER BY that put an expression's values in MongoDB's order.

        Of several versions the first that has a value counts.
        """
        dtype = required(expr.dtype)
        if isinstance(dtype, Versions):
            value = self.sql(expr)
            versions = [b.part(value.copy(), f"v{i}") for i in range(len(dtype.names or ()))]
            keys: tuple[Tree, ...] = (call("coalesce", *versions),)
        else:
            keys = self.lowered(lambda lowering: lowering.order(expr))
        return [exp.Ordered(this=key, desc=descending, nulls_first=not descending) for key in keys]

    def _resolve(self, wanted: Column) -> Tree:
        if wanted.side is not None and len(self.plan.sides) > 1:
            return self.side(wanted.side, wanted.name)
        if wanted.side:
            raise Invalid(f"there is no table ${wanted.side}; there is: $0")
        dtype = required(self.plan.column(wanted.name))
        if isinstance(dtype, Versions) and not isinstance(required(wanted.dtype), Versions):
            places = range(len(dtype.names or ()))
            return self.first(wanted.name, places)
        return self.value(wanted.name)

    def first(self, name: str, places: Iterable[int]) -> Tree:
        """The value of the first version that has the row."""
        return first_of([(self.present(place), self.version(name, place)) for place in places])


def relation(plan: Plan, statement: Statement) -> Relation:
    """The rows of a plan.

    Raises:
        Invalid: the plan names a table that the statement has no files of.
    """
    match plan:
        case Scan():
            return Scanned(plan, statement)
        case Join():
            return Joined(plan, statement)
        case Compare():
            return Compared(plan, statement)
        case Where(source, condition):
            rows = relation(source, statement)
            rows.conditions.append(rows.holds(condition))
            return rows
        case Sort(source, keys):
            rows = relation(source, statement)
            terms = [rows.terms(key, descending=descending) for key, descending in keys]
            rows.keys = [*(term for key_terms in terms for term in key_terms), *rows.keys]
            return rows
        case Group():
            return Grouped(plan, statement)
        case _:
            raise Invalid(f"not a plan: {type(plan).__name__}")


class Leaf(Relation):
    """Rows that are numbered from 0 in one column, `row`, of one part of the FROM."""

    def __init__(self, plan: Plan, statement: Statement) -> None:
        super().__init__(plan, statement)
        self.alias = statement.alias()
        self.places = {name: i for i, (name, _) in enumerate(plan.dtype.columns or ())}

    @property
    def row(self) -> str:
        """What the column of row numbers is called."""
        return "r"

    def part(self) -> Tree:
        """The rows as a part of a FROM, under `alias`."""
        raise NotImplementedError

    def numbered(self, key: str) -> Tree:
        """As `part`, with a column `o`: how many rows before it have the same key."""
        inner = self.part()
        o = exp.Window(
            this=call("row_number"),
            partition_by=[self.value(key)],
            order=exp.Order(expressions=[exp.Ordered(this=self.position)]),
        )
        select = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier(self.alias)))
        return select.select(named(o, "o")).from_(inner).subquery(self.alias)

    @property
    def position(self) -> Tree:
        return column(self.alias, self.row)

    def value(self, name: str) -> Tree:
        self.plan.column(name)
        return column(self.alias, f"c{self.places[name]}")

    def key(self, name: str | None) -> Tree:
        """A column, or the row's position."""
        return self.position if name is None else self.value(name)

    def origin(self) -> exp.Select:
        return exp.Select().from_(self.part())

    def again(self, page: str) -> Relation:
        pairs = [exp.EQ(this=one, expression=column(page, f"i{k}")) for k, one in enumerate(self.ids)]
        on = exp.and_(*pairs)
        return Found(self, exp.Select().from_(page).join(self.part(), on=on, join_type="inner"))


class Scanned(Leaf):
    """A stored table's rows."""

    plan: Scan

    def __init__(self, plan: Scan, statement: Statement) -> None:
        super().__init__(plan, statement)
        self._files = statement.files.get(plan.table, ())
        self._before = statement.offsets.get(plan.table, (0,))
        if not self._files:
            raise Invalid(f"no files of table {plan.table[:12]} are at hand")

    @property
    def row(self) -> str:
        return "file_row_number" if len(self._files) == 1 else "r"

    @property
    def ids(self) -> tuple[Tree, ...]:
        """The file and the row in it, by which the scan itself passes over what is not wanted."""
        if len(self._files) == 1:
            return (self.position,)
        return column(self.alias, "q"), column(self.alias, "file_row_number")

    def between(self, start: int, stop: int | None) -> exp.Select:
        """A SELECT of nothing yet from the rows [start, stop), of the files alone in which they are."""
        ends = (*self._before[1:], self.plan.rows)
        places = [
            place
            for place, (first, end) in enumerate(zip(self._before, ends, strict=True))
            if end > start and (stop is None or first < stop)
        ] or [0]
        moved = self._before[places[0]]
        self._files = self._files[places[0] : places[-1] + 1]
        self._before = tuple(before - moved for before in self._before[places[0] : places[-1] + 1])
        bind = self.statement.bind
        terms: list[Tree] = []
        if start > moved:
            terms.append(exp.GTE(this=self.position, expression=bind(start - moved)))
        if stop is not None:
            terms.append(exp.LT(this=self.position, expression=bind(max(stop - moved, 0))))
        return self.select().where(*terms) if terms else self.select()

    def streamed(self, start: int, stop: int | None) -> exp.Select:
        """A SELECT of nothing yet from the kept rows [start, stop), as they leave the scan."""
        bind = self.statement.bind
        inner = self.select().select(exp.Column(this=exp.Star(), table=exp.to_identifier(self.alias)))
        if stop is not None:
            inner = inner.limit(bind(max(stop - start, 0)))
        inner = inner.offset(bind(start)) if start else inner
        return exp.Select().from_(inner.subquery(self.alias))

    def part(self) -> Tree:
        with_rows = exp.EQ(this=exp.column("file_row_number"), expression=b.TRUE())
        read = exp.Anonymous(
            this="read_parquet", expressions=[self.statement.bind(list(self._files)), with_rows]
        )
        if len(self._files) == 1:
            alias = exp.TableAlias(this=exp.to_identifier(self.alias))
            return exp.Table(this=read, alias=alias)
        before = self.statement.bind(list(self._before))
        index = b.cast(exp.column("file_index"), "BIGINT")
        place = exp.Add(this=index, expression=b.number(1))
        offset = call("list_extract", before, place)
        row = exp.Add(this=exp.column("file_row_number"), expression=offset)
        file = named(exp.column("file_index"), "q")
        inner = exp.select(exp.Star(), file, named(row, "r")).from_(exp.Table(this=read))
        return inner.subquery(self.alias)


class Numbered(Leaf):
    """Any plan's rows, numbered in their order, so that they can be joined and found again."""

    def part(self) -> Tree:
        rows = relation(self.plan, self.statement)
        values = [
            named(rows.value(name), f"c{i}") for i, (name, _) in enumerate(self.plan.dtype.columns or ())
        ]
        number = exp.Window(this=call("row_number"), order=exp.Order(expressions=rows.order()))
        counted = exp.Sub(this=number, expression=b.number(1))
        return rows.select().select(*values, named(counted, "r")).subquery(self.alias)


def leaf(plan: Plan, statement: Statement) -> Leaf:
    """A plan's rows as one part of a FROM."""
    return Scanned(plan, statement) if isinstance(plan, Scan) else Numbered(plan, statement)


class Found(Relation):
    """Rows that were found again by their ids: another origin, no conditions, no order."""

    def __init__(self, rows: Relation, origin: exp.Select) -> None:
        super().__init__(rows.plan, rows.statement)
        self._rows, self._origin = rows, origin

    @property
    def position(self) -> Tree:
        return self._rows.position

    def value(self, name: str) -> Tree:
        return self._rows.value(name)

    def version(self, name: str, place: int) -> Tree:
        return self._rows.version(name, place)

    def present(self, place: int) -> Tree | None:
        return self._rows.present(place)

    def side(self, place: int, name: str) -> Tree:
        return self._rows.side(place, name)

    def origin(self) -> exp.Select:
        return self._origin.copy()


class _Sided(Relation):
    """Rows made of the rows of several tables, each a leaf."""

    def __init__(self, plan: Plan, tables: Iterable[Plan], statement: Statement) -> None:
        super().__init__(plan, statement)
        self.leaves = [leaf(table, statement) for table in tables]

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
            select = select.join(near.subquery(one.alias), on=on, join_type=kind)
        return Found(self, select)


class Joined(_Sided):
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


class Compared(_Sided):
    """One row for each key that any of the tables has."""

    plan: Compare

    def __init__(self, plan: Compare, statement: Statement) -> None:
        super().__init__(plan, plan.tables, statement)
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
        return convert(self.leaves[place].value(name), own[name], wanted)

    def first(self, name: str, places: Iterable[int]) -> Tree:
        having = [p for p in places if name in self.leaves[p].places]
        return super().first(name, having)

    def origin(self) -> exp.Select:
        select = exp.Select().from_(self._part(0))
        for place in range(1, len(self.leaves)):
            before = [self._match(p) for p in range(place)]
            on = exp.and_(
                *(
                    exp.NullSafeEQ(this=call("coalesce", *known), expression=own)
                    for *known, own in zip(*before, self._match(place), strict=True)
                )
            )
            select = select.join(self._part(place), on=on, join_type="full")
        return select

    def _match(self, place: int) -> list[Tree]:
        one, key = self.leaves[place], self.plan.key
        if key is None:
            return [one.position]
        occurrence = [column(one.alias, "o")] if self._repeats else []
        return [self.version(key, place), *occurrence]

    @property
    def _repeats(self) -> bool:
        key = self.plan.key
        tables = self.plan.tables
        once = self.statement.unique
        return not all(isinstance(t, Scan) and (t.table, key) in once for t in tables)

    def _part(self, place: int) -> Tree:
        one = self.leaves[place]
        if self.plan.key is None or not self._repeats:
            return one.part()
        return one.numbered(self.plan.key)

    def again(self, page: str) -> Relation:
        return self._found(page, "left")


class Grouped(Relation):
    """One row for each combination of the keys' values; lists are gathered only where one is asked."""

    plan: Group

    def __init__(self, plan: Group, statement: Statement) -> None:
        super().__init__(plan, statement)
        self.source = relation(plan.source, statement)
        self.alias = statement.alias()
        self.group_keys = [self.source.sql(expr) for _, expr in plan.keys]
        self.gathered: dict[str, Tree] = {}
        self._members: str | None = None

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
        if name == self.plan.count_name:
            self.gathered[known] = self.size(place)
        else:
            self.gathered[known] = self._list(name, place)
        return column(self.alias, known)

    def size(self, place: int | None) -> Tree:
        """How many rows a group has; of a comparison, of one version."""
        return kept(call("count", exp.Star()), None if place is None else self.source.present(place))

    def _list(self, name: str, place: int | None) -> Tree:
        if place is None:
            value, condition = self.source.value(name), None
        else:
            value, condition = self.source.version(name, place), self.source.present(place)
        ordered = exp.Order(this=value, expressions=self.source.order())
        return kept(call("array_agg", ordered), condition)

    def origin(self) -> exp.Select:
        keys = [named(key.copy(), f"k{i}") for i, key in enumerate(self.group_keys)]
        lists = [named(value.copy(), name) for name, value in self.gathered.items()]
        if not keys:
            raise Invalid("grouping takes at least one key")
        places = [b.number(i + 1) for i in range(len(keys))]
        groups = self.source.select().select(*keys, *lists).group_by(*places)
        inner = self.statement.alias()
        by = Keys(self, inner).order()
        number = exp.Window(this=call("row_number"), order=exp.Order(expressions=by))
        counted = exp.Sub(this=number, expression=b.number(1))
        numbered = exp.select(exp.Star(), named(counted, "r")).from_(groups.subquery(inner))
        return exp.Select().from_(numbered.subquery(self.alias))

    def members(self, page: str) -> exp.Select:
        """A SELECT of nothing yet from the rows of the groups whose keys stand in `page`."""
        select = self.source.select()
        on = []
        for place, (key, (_, expr)) in enumerate(zip(self.group_keys, self.plan.keys, strict=True)):
            # the scan itself can look for equal values, but not for nulls among them
            stored = isinstance(self.source, Scanned) and isinstance(expr, Column)
            same = b.same if not stored or isinstance(expr.dtype, Optional) else partial(b.infix, exp.EQ)
            on.append(same(key, column(page, f"i{place}")))
        return select.join(page, on=exp.and_(*on), join_type="inner")


class Keys(Relation):
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


def most_rows(plan: Plan) -> int:
    """A number that the plan's rows do not exceed."""
    match plan:
        case Scan(rows=rows):
            return max(rows, 1)
        case Join(left, right):
            return most_rows(left) * most_rows(right)
        case Compare(tables=tables):
            return sum(map(most_rows, tables))
        case Where(source) | Sort(source) | Group(source):
            return most_rows(source)
        case _:
            raise Invalid(f"not a plan: {type(plan).__name__}")
