"""Comparisons, truth and choices."""

from __future__ import annotations

from typing import Any

from evaluator.expression import Scope, evaluate
from evaluator.table import form, strict
from evaluator.values import Failed, Value, compare, same, truth


@strict("$cmp")
def _cmp(left: Value, right: Value) -> int:
    return compare(left, right)


@strict("$eq")
def _eq(left: Value, right: Value) -> bool:
    return same(left, right)


@strict("$ne")
def _ne(left: Value, right: Value) -> bool:
    return not same(left, right)


@strict("$gt")
def _gt(left: Value, right: Value) -> bool:
    return compare(left, right) > 0


@strict("$gte")
def _gte(left: Value, right: Value) -> bool:
    return compare(left, right) >= 0


@strict("$lt")
def _lt(left: Value, right: Value) -> bool:
    return compare(left, right) < 0


@strict("$lte")
def _lte(left: Value, right: Value) -> bool:
    return compare(left, right) <= 0


@strict("$and")
def _and(*values: Value) -> bool:
    return all(truth(value) for value in values)


@strict("$or")
def _or(*values: Value) -> bool:
    return any(truth(value) for value in values)


@strict("$not")
def _not(value: Value) -> bool:
    return not truth(value)


@form("$cond")
def _cond(argument: Any, scope: Scope) -> Value:
    parts = (
        [argument[name] for name in ("if", "then", "else")] if isinstance(argument, dict) else argument
    )
    condition, then, otherwise = parts
    return evaluate(then if truth(evaluate(condition, scope)) else otherwise, scope)


@form("$ifNull")
def _if_null(argument: Any, scope: Scope) -> Value:
    for item in argument[:-1]:
        if (value := evaluate(item, scope)) is not None:
            return value
    return evaluate(argument[-1], scope)


@form("$switch")
def _switch(argument: Any, scope: Scope) -> Value:
    for branch in argument["branches"]:
        if truth(evaluate(branch["case"], scope)):
            return evaluate(branch["then"], scope)
    if "default" not in argument:
        raise Failed("no branch is true")
    return evaluate(argument["default"], scope)


@form("$literal")
def _literal(argument: Any, _scope: Scope) -> Value:
    return argument


@form("$let")
def _let(argument: Any, scope: Scope) -> Value:
    values = {name: evaluate(item, scope) for name, item in argument["vars"].items()}
    return evaluate(argument["in"], scope.with_(**values))
