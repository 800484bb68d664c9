"""An expression's value over one row: literals, documents, lists, paths, variables and operators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from evaluator.table import FORMS, NAMED, STRICT
from evaluator.values import Failed, Unsupported, Value


@dataclass(frozen=True)
class Scope:
    """What the names mean: the row, and the variables around an expression.

    Attributes:
        eager: whether what could be skipped is worked out all the same, for its failures.
        lenient: whether what fails for one element of a list is null, and the row has an answer.
        inside: whether this is such an element.
    """

    row: dict[str, Value]
    variables: Mapping[str, Value] = field(default_factory=dict)
    eager: bool = False
    lenient: bool = False
    inside: bool = False

    def with_(self, /, **variables: Value) -> Scope:
        return replace(self, variables={**self.variables, **variables})

    def at(self, /, **variables: Value) -> Scope:
        """The scope of an element of a list."""
        return replace(self.with_(**variables), inside=True)


def evaluate(expr: Any, scope: Scope) -> Value:
    """The value of an expression.

    Raises:
        Failed: it has none for this row.
        Unsupported: it uses what the evaluator does not know.
    """
    if isinstance(expr, str) and expr.startswith("$"):
        return path(expr, scope)
    if isinstance(expr, list):
        return [evaluate(item, scope) for item in expr]
    if isinstance(expr, dict):
        return _document(expr, scope)
    return expr


def _document(expr: dict[str, Any], scope: Scope) -> Value:
    first = next(iter(expr), "")
    if not first.startswith("$"):
        return {name: evaluate(item, scope) for name, item in expr.items()}
    tagged = constant(expr)
    if tagged is not expr:
        return tagged
    if len(expr) > 1:
        raise Unsupported(f"several operators: {', '.join(expr)}")
    return apply(first, expr[first], scope)


def constant(expr: dict[str, Any]) -> Value:
    """The value that a tagged document such as {"$date": …} stands for; the document if it is none."""
    if len(expr) != 1:
        return expr
    ((tag, inside),) = expr.items()
    if tag == "$numberDouble":
        return float(inside.replace("Infinity", "inf"))
    if tag == "$numberLong":
        return int(inside)
    return dt.datetime.fromisoformat(inside) if tag == "$date" else expr


def apply(name: str, argument: Any, scope: Scope) -> Value:
    """What an operator makes of its argument."""
    try:
        return _applied(name, argument, scope)
    except Failed:
        if scope.lenient and scope.inside:
            return None
        raise


def _applied(name: str, argument: Any, scope: Scope) -> Value:
    if name in FORMS:
        return FORMS[name](argument, scope)
    if name not in STRICT:
        raise Unsupported(name)
    parameters = NAMED.get(name, ())
    if isinstance(argument, dict) and parameters and set(argument) <= set(parameters):
        given = [part for part in parameters if part in argument]
        return STRICT[name](*(evaluate(argument[part], scope) for part in given))
    arguments = argument if isinstance(argument, list) else [argument]
    return STRICT[name](*(evaluate(item, scope) for item in arguments))


def path(text: str, scope: Scope) -> Value:
    """What a path such as "$a.b" or "$$this.b" leads to."""
    if text.startswith("$$"):
        name, *parts = text[2:].split(".")
        if name in ("ROOT", "CURRENT"):
            return walk(scope.row, parts)
        if name not in scope.variables:
            raise Unsupported(text)
        return walk(scope.variables[name], parts)
    return walk(scope.row, text[1:].split("."))


def walk(value: Value, parts: list[str]) -> Value:
    """The part of a value that names lead to; of a list, the parts of its elements."""
    for place, part in enumerate(parts):
        if isinstance(value, list):
            return [walk(item, parts[place:]) for item in value if _has(item, part)]
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _has(item: Value, part: str) -> bool:
    """Whether an element of a list stays in what a path through the list makes."""
    return item is None or (isinstance(item, dict) and part in item)
