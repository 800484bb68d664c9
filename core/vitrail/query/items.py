"""Conditions that a list holds an item of some kind, or several, found among the items themselves."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from vitrail.dtypes import Table
from vitrail.errors import QueryError
from vitrail.query.build import Tree, number
from vitrail.query.expr import (
    Call,
    Column,
    Expr,
    Field,
    Filter,
    Items,
    Literal,
    Map,
    Position,
    Present,
    Variable,
)
from vitrail.query.index.listed import Listed, list_of, path_of
from vitrail.query.lower import Lowering
from vitrail.query.statement import Statement
from vitrail.query.tree import call, column, named
from vitrail.query.walk import rewritten

_MIRROR = {"$gt": "$lt", "$gte": "$lte", "$lt": "$gt", "$lte": "$gte"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The rows that hold some items.

    Attributes:
        listed: the list.
        condition: what is true of the items; its columns `f0`, `f1`, … are the parts of an item.
        least: how many such items a row holds at least.
    """

    listed: Listed
    condition: Expr
    least: int

    def rows(self, table: exp.Table, statement: Statement) -> exp.Select:
        """The numbers of the rows, which may come twice where one item is enough."""
        name = statement.alias()

        def part(wanted: Column | Position | Present) -> Tree:
            if not isinstance(wanted, Column):
                raise QueryError("an item of a list is of one table")
            return column(name, wanted.name)

        lowering = Lowering(part, prefix=statement.prefix())
        holds = lowering.condition(self.condition)
        statement.values.update(lowering.params)
        found = exp.select(named(column(name, "r"), "r")).from_(exp.alias_(table, name, table=True))
        found = found.where(holds)
        if self.least == 1:
            return found
        enough = exp.GTE(this=call("count", exp.Star()), expression=number(self.least))
        return found.group_by(column(name, "r")).having(enough)


def wanted_items(expr: Expr, schema: Table) -> Wanted | None:
    """The rows for which an expression is true, where that only asks for items of a list.

    None where it asks for anything else, or for rows without such items.
    """
    try:
        return _read(expr, schema)
    except QueryError:  # such as a text compared with moments, which is told apart elsewhere
        return None


def _read(expr: Expr, schema: Table) -> Wanted | None:
    match expr:
        case Call("$anyElementTrue" | "any", (Map(source, name, body),)):
            return _wanted(source, name, body, 1, schema)
        case Call("$in", (Literal(value=value) as literal, Field() as values)) if value is not None:
            return _among(literal, values, schema)
        case Call("$size", (Filter() as kept,)):
            return _filtered(kept, 1, schema)
        case Call(name, (Call("$size", (Filter() as kept,)), Literal(value=value))):
            return _counted(kept, name, value, schema)
        case Call(name, (Literal(value=value), Call("$size", (Filter() as kept,)))):
            return _counted(kept, _MIRROR.get(name, ""), value, schema)
    return None


def _counted(kept: Filter, name: str, value: object, schema: Table) -> Wanted | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    least = {"$gte": value, "$gt": value + 1}.get(name, 0)
    return _filtered(kept, least, schema) if least >= 1 else None


def _filtered(kept: Filter, least: int, schema: Table) -> Wanted | None:
    if kept.limit is not None and kept.limit < least:
        return None
    return _wanted(kept.source, kept.name, kept.condition, least, schema)


def _among(literal: Literal, values: Field, schema: Table) -> Wanted | None:
    listed, path = _listed(values, schema)
    if listed is None or path not in dict(listed.parts):
        return None
    part = Column(_name(listed, path), None, dict(listed.parts)[path])
    return Wanted(listed, Call("$eq", (part, literal)), 1)


def _listed(values: Expr, schema: Table) -> tuple[Listed | None, tuple[str, ...]]:
    """The list that an expression reads a part of each item of, and the names that lead to the part."""
    _, whole = path_of(values)
    source = values
    for taken in range(len(whole) + 1):
        known = list_of(source, schema)
        if known is not None:
            return known, whole[len(whole) - taken :]
        if isinstance(source, Field):
            source = source.source
    return None, ()


def _name(listed: Listed, path: tuple[str, ...]) -> str:
    return f"f{[known for known, _ in listed.parts].index(path)}"


class _Other(Exception):
    """The condition asks for more than an item's plain parts."""


def _wanted(source: Expr, name: str, condition: Expr, least: int, schema: Table) -> Wanted | None:
    listed = list_of(source, schema)
    if listed is None:
        return None
    parts = dict(listed.parts)

    def part(expr: Expr) -> Expr | None:
        origin, path = path_of(expr)
        if isinstance(origin, Variable) and origin.name == name:
            if path in parts:
                return Column(_name(listed, path), None, expr.dtype)
            raise _Other
        match expr:
            case Call("$ne", (Variable(name=other), Literal(value=None))) if other == name:
                # an item that is no plain value is there, or its list would not be listed
                return None if () in parts else Literal(True)
            case Literal() | Items() | Call():
                return None
        raise _Other

    try:
        return Wanted(listed, rewritten(condition, part), least)
    except _Other:
        return None
