"""Conditions put together, with what is always true or never left out."""

from __future__ import annotations

from collections.abc import Callable

from vitrail.dtypes import List, required
from vitrail.query.expr import Call, Expr, Field, Literal, Map, Variable
from vitrail.query.value_types import item_type

Leaf = Callable[[Expr], Expr]

NO, YES, NULL = Literal(False), Literal(True), Literal(None)


def call(name: str, *args: Expr) -> Expr:
    """A call of an operator."""
    return Call(name, args)


def negated(value: Expr) -> Expr:
    """What is true where a condition is not."""
    return Call("$not", (value,))


def all_of(parts: list[Expr]) -> Expr:
    """Where every condition is true."""
    kept = [part for part in parts if part != YES]
    if NO in kept:
        return NO
    if not kept:
        return YES
    return kept[0] if len(kept) == 1 else Call("$and", tuple(kept))


def any_of(parts: list[Expr]) -> Expr:
    """Where some condition is true."""
    kept = [part for part in parts if part != NO]
    if YES in kept:
        return YES
    if not kept:
        return NO
    return kept[0] if len(kept) == 1 else Call("$or", tuple(kept))


def is_null(value: Expr) -> Expr:
    """Where a value is null."""
    return YES if value == NULL else call("$eq", value, NULL)


def is_there(value: Expr) -> Expr:
    """Where a value is not null."""
    return NO if value == NULL else call("$ne", value, NULL)


def spread(value: Expr, leaf: Leaf) -> Expr:
    """A condition on a value; on a list, of any of its items or of the list as a whole."""
    if not isinstance(required(value.dtype), List):
        return leaf(value)
    return any_of([leaf(value), any_item(value, leaf)])


def any_item(items: Expr, test: Leaf) -> Expr:
    """Where some item of a list meets a condition."""
    name = f"item{_depth(items)}"
    body = test(Variable(name, item_type("a list", items)))
    return NO if body == NO else Call("any", (Map(items, name, body),))


def _depth(expr: Expr) -> int:
    """How many of the variables that are made here the expression stands inside."""
    match expr:
        case Variable(name=name):
            return int(name.removeprefix("item") or 0) + 1
        case Field(source=source):
            return _depth(source)
        case Call(args=(first, *_)):
            return _depth(first)
    return 0
