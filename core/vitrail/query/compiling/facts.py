"""Small facts about a plan: how many rows, which keys are unique, what is read as null."""

from __future__ import annotations

from sqlglot import exp

from vitrail.errors import Invalid
from vitrail.query import build as b
from vitrail.query import tallied
from vitrail.query.aligned import Aligned
from vitrail.query.expr import Column
from vitrail.query.leaf import leaf
from vitrail.query.plan import Compare
from vitrail.query.plan_complaints import complaints_of
from vitrail.query.question import Question
from vitrail.query.relation import relation
from vitrail.query.statement import Statement
from vitrail.query.tree import call, named


def count(question: Question, statement: Statement) -> exp.Select:
    """How many rows there are."""
    rows = relation(question.plan, statement)
    return rows.select().select(named(call("count", exp.Star()), "a0"))


def unique(question: Question, statement: Statement) -> exp.Select:
    """Whether a column of a stored table holds no value twice."""
    rows = leaf(question.plan, statement)
    place = rows.place(Column(question.column, None, rows.plan.column(question.column)))
    if place and place.facts and place.facts.rising:
        return exp.select(named(b.TRUE(), "a0"))
    key = b.struct({"k": rows.value(question.column)})
    once = exp.EQ(
        this=call("count", exp.Star()),
        expression=exp.Count(this=exp.Distinct(expressions=[key])),
    )
    return rows.select().select(named(once, "a0"))


def kinds(question: Question, statement: Statement) -> exp.Select:
    """About how many different values a column of a stored table has."""
    rows = leaf(question.plan, statement)
    known = tallied.known_kinds(rows, question.column)
    value = rows.value(question.column)
    kinds = call("approx_count_distinct", value) if known is None else b.number(known)
    select = rows.select() if known is None else exp.Select()
    return select.select(named(kinds, "a0"), copy=False)


def aligned(question: Question, statement: Statement) -> exp.Select:
    """Whether the tables of a comparison have the same keys in the same order."""
    plan = question.plan
    if not isinstance(plan, Compare) or plan.key is None:
        raise Invalid("only tables that are compared by a key can lie alike")
    key, places = Column(plan.key, None, plan.column(plan.key)), range(len(plan.tables))
    rows = Aligned(plan, statement)
    if rows.counts_up(key):
        return exp.select(named(b.TRUE(), "a0"))
    first, *others = (rows.version(plan.key, place) for place in places)
    moved = rows.select().select(b.number(1)).where(b.either(*(b.different(first, o) for o in others)))
    alike = exp.Not(this=exp.Exists(this=moved.limit(b.number(1))))
    return exp.select(named(alike, "a0"))


def warnings(question: Question, statement: Statement) -> exp.Select:
    """For each complaint of the plan's uppermost expressions, of how many rows it is true."""
    source, found = complaints_of(question.plan)
    rows = relation(source, statement)
    answers = []
    for k, (_, expr) in enumerate(found):
        holds = rows.holds(expr)
        rows_of = exp.Filter(this=call("count", exp.Star()), expression=exp.Where(this=holds))
        answers.append(named(rows_of, f"a{k}"))
    return rows.select().select(*answers, copy=False)
