"""One row for each item of a list."""

from __future__ import annotations

from sqlglot import exp

from vitrail.dtypes import List, Mixed, Nothing, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.making.made import WIDEST, Made, columns_of, number_of
from vitrail.query.relation import makes, relation
from vitrail.query.step import most_rows
from vitrail.query.steps import MOST_ITEMS, Unwound
from vitrail.query.tree import call, column, named


@makes(Unwound)
class Items(Made):
    """Rows with an item and its index each."""

    plan: Unwound

    def part(self) -> Tree:
        rows = relation(self.plan.source, self.statement)
        inner, outer = self.statement.alias(), self.statement.alias()
        values = columns_of(rows)
        items = rows.sql(self.plan.items)
        answers = [named(value, name) for name, value in values.items()]
        first = rows.select().select(*answers, named(number_of(rows), "r"), named(items, "l"))
        listed = column(inner, "l")
        size = call("len", self._list(listed))
        own = [column(inner, name) for name in values]
        spread = exp.select(*own, column(inner, "r")).from_(first.subquery(inner))
        spread = spread.select(named(call("unnest", self._list(listed)), "u"))
        spread = spread.select(named(call("unnest", call("range", size)), "i"))
        spread = spread.select(named(self._counted(listed), "n"))
        place = len(values)
        index = b.case((column(outer, "n"), column(outer, "i")))
        answers = [column(outer, name) for name in values]
        answers += [named(column(outer, "u"), f"c{place}"), named(index, f"c{place + 1}")]
        select = exp.select(*answers, named(self._number(outer), "r"))
        return select.from_(spread.subquery(outer)).subquery(self.alias)

    def _list(self, value: Tree) -> Tree:
        """What is spread: the list, or the value itself as a list of one."""
        dtype = self.plan.items.dtype
        inner, kind = required(dtype), b.duck_type(dtype)
        nothing = b.cast(b.array(), f"{kind}[]")
        match inner:
            case List(item):
                listed: Tree = value.copy()
                nothing = b.cast(b.array(), kind)
                kind = b.duck_type(item)
            case Mixed():
                listed = b.coalesce(
                    call("mixed_items", value), b.case((b.not_null(value), b.array(value.copy())))
                )
            case Nothing():
                listed = b.NULL()
            case _:
                listed = b.case((b.not_null(value), b.array(value.copy())))
        if not self.plan.keep:
            return b.coalesce(listed, nothing)
        some = b.infix(exp.GT, call("len", listed), b.number(0))
        return b.case((some, listed.copy()), default=b.cast(b.array(b.NULL()), f"{kind}[]"))

    def _counted(self, value: Tree) -> Tree:
        """Whether a row's items are a list's, and so have an index."""
        match required(self.plan.items.dtype):
            case List():
                some = b.infix(exp.GT, call("len", value.copy()), b.number(0))
                return b.coalesce(some, b.FALSE())
            case Mixed():
                some = b.infix(exp.GT, call("len", call("mixed_items", value.copy())), b.number(0))
                return b.coalesce(some, b.FALSE())
        return b.FALSE()

    def _number(self, alias: str) -> Tree:
        row, item = column(alias, "r"), column(alias, "i")
        if most_rows(self.plan) < WIDEST:
            base = b.infix(exp.Mul, row, b.number(MOST_ITEMS))
            return b.infix(exp.Add, base, item)
        terms = [exp.Ordered(this=row), exp.Ordered(this=item)]
        return exp.Window(this=call("row_number"), order=exp.Order(expressions=terms))
