"""Plans and expressions in words, for those who want to see how a query was understood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from vitrail.dtypes import Table
from vitrail.query.expr import (
    Call,
    Column,
    Expr,
    Field,
    Filter,
    Items,
    Let,
    Literal,
    Map,
    Position,
    Present,
    Record,
    Reduce,
    Variable,
)
from vitrail.query.gather import Gather
from vitrail.query.plan import Plan, Scan, Sort
from vitrail.query.text import written

_MOST_COLUMNS = 12
_MOST_LETTERS = 2_000


def plan_in_words(plan: Plan) -> str:
    """A plan as an indented tree, each step with the columns that it makes."""
    return "\n".join(_lines(plan, ""))


def _lines(plan: Plan, label: str) -> Iterator[str]:
    inputs: list[tuple[str, Plan]] = []
    said = list(_said(plan, inputs))
    heading = f"{label}{type(plan).__name__.lower()}"
    changed = all(one.dtype != plan.dtype for _, one in inputs)
    columns = [f"→ {columns_in_words(plan.dtype)}"] if changed else []
    if len(said) == 1:
        heading, said = f"{heading} {said[0]}", []
    yield heading
    yield from (f"    {line}" for line in (*said, *columns))
    for name, one in inputs:
        yield from (f"  {line}" for line in _lines(one, name and f"{name}: "))


def _said(plan: Plan, inputs: list[tuple[str, Plan]]) -> Iterator[str]:
    """What a step says beside the plans that it is made of; these are gathered in `inputs`."""
    match plan:
        case Scan(table, _, rows):
            yield f"of table {table[:12]}, {rows:,} rows"
        case Sort(source, keys):
            inputs.append(("", source))
            yield ", ".join(_way(key, descending) for key, descending in keys)
        case _:
            names = [one.name for one in fields(plan) if one.init]
            for name in names:
                yield from _part(name, getattr(plan, name), inputs, alone=len(names) == 2)


def _part(name: str, value: Any, inputs: list[tuple[str, Plan]], *, alone: bool) -> Iterator[str]:
    match value:
        case Plan():
            inputs.append(("" if name == "source" else name, value))
        case Expr():
            yield _short(expr_in_words(value)) if alone else f"{name}: {_short(expr_in_words(value))}"
        case tuple() if any(isinstance(one, Plan) for one in value):
            inputs += [("", one) for one in value]
        case tuple() if value and all(isinstance(one, tuple) and len(one) == 2 for one in value):
            for key, one in value:
                if isinstance(one, Plan):
                    inputs.append((str(key), one))
                else:
                    yield f"{_word(key)} = {_short(_any(one))}"
        case None | ():
            return
        case _:
            yield f"{name}: {_short(_any(value))}"


def _way(key: Expr, descending: Any) -> str:
    return expr_in_words(key) + (" descending" if descending else "")


def columns_in_words(dtype: Table) -> str:
    """Columns with their types."""
    columns = dtype.columns or ()
    shown = [f"{name}: {kind}" for name, kind in columns[:_MOST_COLUMNS]]
    more = len(columns) - len(shown)
    return _short(", ".join(shown)) + (f" and {more} more" if more else "")


def expr_in_words(expr: Expr) -> str:
    """An expression as text of the query language, as it was understood.

    >>> from vitrail.dtypes import Number
    >>> expr_in_words(Call("$gt", (Column("road", None, Number()), Literal(0.5))))
    "{$gt: ['$road', 0.5]}"
    """
    return written(document(expr))


def document(expr: Any) -> Any:
    """An expression as a document of the query language."""
    match expr:
        case Column(name, side, _):
            path = name if side is None else f"{side}.{name}"
            return f"${path}" if name and not name.startswith("$") else {"$getField": path}
        case Position():
            return "$$POSITION"
        case Present(side):
            return {"$ne": [f"${side}", None]}
        case Call(name="$cond", args=(Present(side), Record(), Literal(value=None))):
            return f"${side}"
        case Variable(name=name):
            return f"$${name}"
        case Field(source, name):
            inner = document(source)
            return f"{inner}.{name}" if isinstance(inner, str) else {"$getField": [name, inner]}
        case Literal(value):
            dollar = isinstance(value, str) and value.startswith("$")
            return {"$literal": value} if dollar else value
        case Items(items):
            return [document(item) for item in items]
        case Record(parts):
            return {name: document(value) for name, value in parts}
        case Filter(source, name, condition, limit):
            more = {} if limit is None else {"limit": limit}
            return {
                "$filter": {"input": document(source), "as": name, "cond": document(condition), **more}
            }
        case Map(source, name, body):
            return {"$map": {"input": document(source), "as": name, "in": document(body)}}
        case Reduce(source, initial, body):
            folded = {"initialValue": document(initial), "in": document(body)}
            return {"$reduce": {"input": document(source), **folded}}
        case Let(variables, body):
            named = {name: document(value) for name, value in variables}
            return {"$let": {"vars": named, "in": document(body)}}
        case Call(name, args) | Gather(name, args):
            given = [document(arg) for arg in args]
            alone = len(given) == 1 and not isinstance(given[0], list)
            return {name: given[0] if alone else given}
        case Expr():  # another kind of node: by its own name
            inside = {one.name: _inner(getattr(expr, one.name)) for one in fields(expr) if one.init}
            return {f"${type(expr).__name__.lower()}": inside}
    return str(expr)


def _inner(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_inner(one) for one in value]
    return value if isinstance(value, bool | int | float | str | None) else document(value)


def _any(value: Any) -> str:
    match value:
        case Expr() | Gather():
            return written(document(value))
        case tuple():
            return ", ".join(map(_any, value))
        case str():
            return written(value)
    return str(value)


def _word(key: Any) -> str:
    return key if isinstance(key, str) and key.isidentifier() else _any(key)


def _short(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"
