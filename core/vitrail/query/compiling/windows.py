"""Windows of rows: their cells, their numbers, and the rows themselves."""

from __future__ import annotations

from sqlglot import exp

from vitrail.dtypes import Versions
from vitrail.query import build as b
from vitrail.query import cells
from vitrail.query.build import Tree
from vitrail.query.compiling.groups import grouped_window
from vitrail.query.compiling.page import listed, page_of, with_page
from vitrail.query.grouped import Grouped
from vitrail.query.question import Ask, Question
from vitrail.query.relation import Relation, relation
from vitrail.query.statement import Statement
from vitrail.query.tree import column, named


def window(question: Question, statement: Statement) -> exp.Select:
    """Reductions of each row's values, for the rows [start, stop) or those of given numbers."""
    rows = relation(question.plan, statement)
    if isinstance(rows, Grouped):
        return grouped_window(question, rows)
    values = {f"a{k}": one for k, one in enumerate(question.asks.items())}

    def answers(found: Relation) -> list[Tree]:
        cells_of = [named(_cell(found, *one), name) for name, one in values.items()]
        return cells_of or [named(b.number(1), "a")]

    direct = None if question.ids else rows.window(question.start, question.stop)
    if direct is not None:
        return direct.select(*answers(rows), copy=False).order_by(
            exp.Ordered(this=rows.position), copy=False
        )
    if question.ids:
        page, found = listed(rows, question.ids)
    else:
        page, found = page_of(rows, question.start, question.stop, {}), rows.again("page")
    select = found.select().select(*answers(found), copy=False).order_by(column("page", "i"), copy=False)
    return with_page(select, page)


def _cell(rows: Relation, name: str, ask: Ask) -> Tree:
    """A reduction of one row's value; of `Versions`, a struct of one for each."""
    dtype = rows.plan.column(name)
    bind = rows.statement.bind
    if not isinstance(dtype, Versions):
        return cells.of_value(rows.value(name), dtype, ask, bind)
    versions = {}
    for place in range(len(dtype.names or ())):
        cell = cells.of_value(rows.version(name, place), dtype.item, ask, bind)
        here = rows.present(place)
        versions[f"v{place}"] = cell if here is None else b.case((here, cell))
    return b.struct(versions)


def ids(question: Question, statement: Statement) -> exp.Select:
    """The numbers of the rows [start, stop) of a stored table that is filtered and sorted."""
    rows = relation(question.plan, statement)

    def number(position: Tree) -> Tree:
        return named(b.cast(position, "UINTEGER"), "a0")

    direct = rows.stretch(question.start, question.stop)
    if direct is not None:
        return direct.select(number(rows.position)).order_by(exp.Ordered(this=rows.position))
    page = page_of(rows, question.start, question.stop, {}).subquery("page")
    return exp.select(number(column("page", "p"))).from_(page).order_by(column("page", "i"))


def rows(question: Question, statement: Statement) -> exp.Select:
    """The rows [start, stop) themselves, as `c0`, `c1`, …"""
    rows = relation(question.plan, statement)
    names = [name for name, _ in question.plan.dtype.columns or ()]

    def values(found: Relation) -> list[Tree]:
        listed = [named(found.value(name), f"c{k}") for k, name in enumerate(names)]
        return listed or [named(b.number(1), "a")]

    direct = rows.window(question.start, question.stop)
    if direct is not None:
        return direct.select(*values(rows)).order_by(exp.Ordered(this=rows.position))
    if question.stop is None or isinstance(rows, Grouped):
        listed = values(rows)
        select = rows.select().select(*listed).order_by(*rows.order())
        if question.stop is not None:
            select = select.limit(statement.bind(max(question.stop - question.start, 0)))
        return select.offset(statement.bind(question.start)) if question.start else select
    page = page_of(rows, question.start, question.stop, {})
    found = rows.again("page")
    return with_page(found.select().select(*values(found)).order_by(column("page", "i")), page)
