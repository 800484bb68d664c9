"""Kinds of values, parts of documents, and bits."""

from __future__ import annotations

from typing import Any

from evaluator.expression import Scope, evaluate
from evaluator.table import form, strict
from evaluator.values import Failed, Value, number, truth


@strict("$isNumber")
def _is_number(value: Value) -> bool:
    return number(value)


@strict("$toBool")
def _to_bool(value: Value) -> Value:
    return None if value is None else truth(value)


@form("$getField")
def _get_field(argument: Any, scope: Scope) -> Value:
    if isinstance(argument, dict) and "field" in argument:
        name, value = evaluate(argument["field"], scope), evaluate(argument["input"], scope)
    else:
        name, value = evaluate(argument, scope), scope.row
    return value.get(name) if isinstance(value, dict) else None


@strict("$mergeObjects")
def _merge(*values: Value) -> Value:
    found = values[0] if len(values) == 1 and isinstance(values[0], list) else values
    merged: dict[str, Value] = {}
    for value in found:
        if value is not None and not isinstance(value, dict):
            raise Failed(f"{value!r} is no document")
        merged.update(value or {})
    return merged


@strict("$objectToArray")
def _object_to_array(value: Value) -> Value:
    if value is not None and not isinstance(value, dict):
        raise Failed(f"{value!r} is no document")
    return None if value is None else [{"k": name, "v": part} for name, part in value.items()]


def _whole(values: tuple[Value, ...]) -> None:
    if any(
        value is not None and (isinstance(value, bool) or not isinstance(value, int)) for value in values
    ):
        raise Failed("bits of what is no whole number")


@strict("$bitAnd")
def _bit_and(*values: Value) -> Value:
    _whole(values)
    found = -1
    for value in values:
        found &= value or 0
    return None if None in values else found


@strict("$bitOr")
def _bit_or(*values: Value) -> Value:
    _whole(values)
    found = 0
    for value in values:
        found |= value or 0
    return None if None in values else found


@strict("$bitXor")
def _bit_xor(*values: Value) -> Value:
    _whole(values)
    found = 0
    for value in values:
        found ^= value or 0
    return None if None in values else found


@strict("$bitNot")
def _bit_not(value: Value) -> Value:
    _whole((value,))
    return None if value is None else ~value
