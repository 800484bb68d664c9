"""Expressions read back from the JSON documents that they are stored and sent as."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from vitrail.dtypes import DType, Number, Timestamp, dtype_from_json
from vitrail.errors import Invalid
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
    Value,
    Variable,
)


def expr_from_json(document: Mapping[str, Any]) -> Expr:
    """The expression that `Expr.to_json` wrote.

    Raises:
        Invalid: the document is no expression.
    """
    read = expr_from_json
    match document:
        case {"expr": "column", "name": name, "side": side, "type": dtype}:
            return Column(name, side, dtype_from_json(dtype))
        case {"expr": "present", "side": int(side)}:
            return Present(side)
        case {"expr": "position"}:
            return Position()
        case {"expr": "field", "source": source, "name": name}:
            return Field(read(source), name)
        case {"expr": "literal", "value": value, "type": dtype}:
            return Literal(_literal_value(value, dtype_from_json(dtype)))
        case {"expr": "variable", "name": name, "type": dtype}:
            return Variable(name, dtype_from_json(dtype))
        case {"expr": "items", "items": items}:
            return Items(tuple(read(item) for item in items))
        case {"expr": "record", "parts": parts}:
            return Record(tuple((name, read(value)) for name, value in parts))
        case {"expr": "call", "name": name, "args": args}:
            return Call(name, tuple(read(arg) for arg in args))
        case {"expr": "filter", "source": source, "name": name, "condition": condition, **rest}:
            return Filter(read(source), name, read(condition), rest.get("limit"))
        case {"expr": "map", "source": source, "name": name, "body": body}:
            return Map(read(source), name, read(body))
        case {"expr": "reduce", "source": source, "initial": first, "body": body, "type": dtype}:
            return Reduce(read(source), read(first), read(body), dtype_from_json(dtype))
        case {"expr": "let", "variables": variables, "body": body}:
            return Let(tuple((name, read(value)) for name, value in variables), read(body))
        case _:
            raise Invalid(f"not an expression: {str(document)[:200]}")


def _literal_value(value: Any, dtype: DType) -> Value:
    match dtype:
        case Number(integer=False):
            return float(value)
        case Timestamp(form="date"):
            return dt.date.fromisoformat(value)
        case Timestamp():
            return dt.datetime.fromisoformat(value)
    result: Value = value
    return result
