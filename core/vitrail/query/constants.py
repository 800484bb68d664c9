"""What can be said of an expression before any row is read: its value, where all of it is constant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vitrail.errors import Invalid
from vitrail.mixed import Value, key
from vitrail.query.dynamic import table
from vitrail.query.expr import Call, Expr, Items, Literal, Record
from vitrail.query.operator import applied

_ORDER: dict[str, Callable[[bytes, bytes], bool]] = {
    "$eq": lambda left, right: left == right,
    "$ne": lambda left, right: left != right,
    "$gt": lambda left, right: left > right,
    "$gte": lambda left, right: left >= right,
    "$lt": lambda left, right: left < right,
    "$lte": lambda left, right: left <= right,
}
_OTHERS: dict[str, Callable[..., Any]] = {
    "$and": lambda *args: all(table.truth(arg) for arg in args),
    "$or": lambda *args: any(table.truth(arg) for arg in args),
    "$not": lambda arg: not table.truth(arg),
    "$concat": lambda *args: None if None in args else "".join(args),
    "$size": lambda arg: len(arg) if isinstance(arg, list) else None,
}


class Unknown(Exception):
    """The value hangs on the rows, or on an operator that is not worked out here."""


def value_of(expr: Expr) -> Value:
    """The value of a constant expression.

    Raises:
        Unknown: it is none, or cannot be told here.
    """
    match expr:
        case Literal(value=value):
            return value
        case Items(items=items):
            return [value_of(item) for item in items]
        case Record(parts=parts):
            return {name: value_of(value) for name, value in parts}
        case Call(name=name, args=args):
            return _called(name, [value_of(arg) for arg in args])
    raise Unknown


def _called(name: str, args: list[Value]) -> Value:
    if name in _ORDER:
        return _ORDER[name](key(args[0]), key(args[1]))
    if name in _OTHERS:
        return _worked_out(_OTHERS[name], args)
    if not table.known(name):
        raise Unknown
    return _worked_out(table.function(name), args)


def _worked_out(function: Callable[..., Value], args: list[Value]) -> Value:
    try:
        return function(*args)
    except (Invalid, ArithmeticError, TypeError, ValueError):
        raise Unknown from None


def refusal(call: Call) -> str:
    """Why MongoDB would refuse a constant, whatever the rows are; "" where it would not, or cannot be told."""
    try:
        for arg in call.args:
            value_of(arg)
    except Unknown:
        return ""
    for text, when in applied(call.name, call.args).complaints(call.args):
        try:
            if value_of(when) is True:
                return text
        except Unknown:
            continue
    return ""
