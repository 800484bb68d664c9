"""Rows beside rows of other tables, as lists of documents."""

from __future__ import annotations

from sqlglot import exp

from vitrail.dtypes import DType, List, Mixed, Nothing, Number, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Expr
from vitrail.query.lower import Lowering
from vitrail.query.making.made import Made, columns_of, listed, number_of
from vitrail.query.operators.comparison import rank
from vitrail.query.plan import Plan
from vitrail.query.relation import Relation, makes, relation
from vitrail.query.statement import Statement
from vitrail.query.steps import Correlated, Facets, Matched
from vitrail.query.tree import call, column, joined, named
from vitrail.query.value_types import common


def documents(rows: Relation) -> Tree:
    """A row as a document."""
    values = columns_of(rows)
    return b.struct({f"f{place}": value for place, value in enumerate(values.values())})


def gathered(plan: Plan, statement: Statement) -> exp.Select:
    """All rows of a plan as one list of documents, `v`."""
    rows = relation(plan, statement)
    document = documents(rows)
    in_order = exp.Order(this=document, expressions=rows.order())
    found = b.coalesce(call("array_agg", in_order), b.array())
    return rows.select().select(named(found, "v"))


@makes(Facets)
class Sides(Made):
    """One row with a list of documents for each of several tables."""

    plan: Facets

    def part(self) -> Tree:
        lists = [
            named(gathered(table, self.statement).subquery(), f"c{place}")
            for place, (_, table) in enumerate(self.plan.tables)
        ]
        return exp.select(*lists, named(b.number(0), "r")).subquery(self.alias)


@makes(Correlated)
class Beside(Made):
    """Rows with the documents that a table has for each of them."""

    plan: Correlated

    def part(self) -> Tree:
        rows = relation(self.plan.source, self.statement)
        inner = self.statement.alias()
        held = {f"v{i}": rows.sql(value) for i, (_, value) in enumerate(self.plan.variables)}
        first = listed(rows, held, number_of(rows)).subquery(inner)
        own = [column(inner, f"c{place}") for place in range(len(self.places) - 1)]
        outer = self.statement.scope
        known = {name: column(inner, f"v{i}") for i, (name, _) in enumerate(self.plan.variables)}
        self.statement.scope = {**outer, **known}
        found = gathered(self.plan.other, self.statement).subquery()
        self.statement.scope = outer
        select = exp.select(
            *own, named(b.coalesce(found, b.array()), f"c{len(own)}"), column(inner, "r")
        )
        return select.from_(first).subquery(self.alias)


@makes(Matched)
class Looked(Made):
    """Rows with the documents of another table whose key is the same."""

    plan: Matched

    def part(self) -> Tree:
        mine, theirs = self.plan.keys
        rows, others = (
            relation(self.plan.source, self.statement),
            relation(self.plan.other, self.statement),
        )
        left, right, keys, pairs, found = (self.statement.alias() for _ in range(5))
        local = listed(rows, {"k": self._keys(rows, mine, theirs)}, number_of(rows))
        document = {"d": documents(others), "k": self._keys(others, theirs, mine)}
        foreign = listed(others, document, number_of(others))
        spread = [
            exp.select(column(side, "r"), named(call("unnest", column(side, "k")), "k"), *more).from_(
                side
            )
            for side, more in ((left, []), (right, [column(right, "d")]))
        ]
        on = exp.NullSafeEQ(this=column(keys, "k"), expression=column(pairs, "k"))
        matches = exp.select(named(column(keys, "r"), "r"), named(column(pairs, "r"), "o"))
        document_of = call("any_value", column(pairs, "d"))
        matches = matches.select(named(document_of, "d")).from_(spread[0].subquery(keys))
        matches = joined(matches, spread[1].subquery(pairs), "inner", on)
        matches = matches.group_by(column(keys, "r"), column(pairs, "r"))
        in_order = exp.Order(this=exp.column("d"), expressions=[exp.Ordered(this=exp.column("o"))])
        gathered_ = exp.select(exp.column("r"), named(call("array_agg", in_order), "v"))
        gathered_ = gathered_.from_(matches.subquery(self.statement.alias())).group_by(exp.column("r"))
        own = [column(left, f"c{place}") for place in range(len(self.places) - 1)]
        value = b.coalesce(column(found, "v"), b.array())
        select = exp.select(*own, named(value, f"c{len(own)}"), column(left, "r")).from_(left)
        same = exp.EQ(this=column(left, "r"), expression=column(found, "r"))
        select = joined(select, gathered_.subquery(found), "left", same)
        select = select.with_(left, as_=local, materialized=True)
        return select.with_(right, as_=foreign, materialized=True).subquery(self.alias)

    def _keys(self, rows: Relation, own: Expr, other: Expr) -> Tree:
        """The values that a row is found by, each once: those of a list, or the one."""
        item = _item(own.dtype)
        wanted = _shared(item, _item(other.dtype))
        tree = rows.sql(own)
        if wanted is None:  # of two types only null matches null
            there = b.not_null(tree)
            missing = b.array(b.cast(b.NULL(), "INTEGER"))
            return b.case((there, b.cast(b.array(), "INTEGER[]")), default=missing)

        def key(lowering: Lowering, value: Tree, dtype: DType) -> Tree:
            plain = isinstance(required(wanted), Number) or rank(wanted) in (2, 8, 9)
            wide = lowering.widen(value, dtype, wanted)
            return wide if plain else lowering.key(wide, wanted)

        def keys(lowering: Lowering) -> Tree:
            if not isinstance(required(own.dtype), List):
                return b.array(key(lowering, tree, own.dtype))
            each = lowering.each("list_transform", tree, lambda v: key(lowering, v, item))
            distinct = b.call("list_distinct", each)  # without nulls
            some = b.call(
                "list_filter", tree.copy(), b.function(("n",), b.is_null(exp.to_identifier("n")))
            )
            missing = b.infix(exp.GT, b.call("len", some), b.number(0))
            empty = b.infix(exp.EQ, b.call("len", tree.copy()), b.number(0))
            null = key(lowering, b.cast(b.NULL(), b.duck_type(item)), item)
            with_null = b.either(b.is_null(tree), empty, missing)
            extra = b.case(
                (with_null, b.array(null)),
                default=b.call("list_slice", b.array(null.copy()), b.number(2), b.number(1)),
            )
            return b.call("list_concat", b.coalesce(distinct, b.array()), extra)

        return rows.lowered(keys)


def _item(dtype: DType) -> DType:
    inner = required(dtype)
    return inner.item if isinstance(inner, List) else dtype


def _shared(left: DType, right: DType) -> DType | None:
    """The type in which keys of both types can be compared; None where they never are the same."""
    if isinstance(required(left), Nothing):
        return right
    if isinstance(required(right), Nothing):
        return left
    if Mixed in (type(required(left)), type(required(right))):
        return Mixed()
    return common([left, right])
