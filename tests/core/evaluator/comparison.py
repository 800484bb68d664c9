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


def _decided(argument: Any, scope: Scope, decisive: bool) -> bool:
    """What one argument decides, whatever fails beside it; which comes first is nobody's promise."""
    truths, failures = [], []
    for item in argument if isinstance(argument, list) else [argument]:
        try:
            truths.append(truth(evaluate(item, scope)))
        except Failed as error:
            failures.append(error)
    if failures and (scope.eager or decisive not in truths):
        raise failures[0]
    return decisive if decisive in truths else not decisive


@form("$and")
def _and(argument: Any, scope: Scope) -> bool:
    return _decided(argument, scope, decisive=False)


@form("$or")
def _or(argument: Any, scope: Scope) -> bool:
    return _decided(argument, scope, decisive=True)


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
    if scope.eager:
        values = [evaluate(item, scope) for item in argument]
        return next((value for value in values if value is not None), None)
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
