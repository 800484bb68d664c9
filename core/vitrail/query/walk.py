"""What stands inside an expression, and expressions with parts of them replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from vitrail.query.expr import Call, Column, Expr, Variable


def inside(expr: Expr) -> Iterator[Expr]:
    """The expression and all that it is made of."""
    yield expr
    for one in fields(expr):
        if one.init:
            yield from _among(getattr(expr, one.name))


def _among(value: Any) -> Iterator[Expr]:
    if isinstance(value, Expr):
        yield from inside(value)
    elif isinstance(value, tuple):
        for one in value:
            yield from _among(one)


def calls(expr: Expr) -> Iterator[str]:
    """The operators that an expression applies."""
    return (one.name for one in inside(expr) if isinstance(one, Call))


def columns(expr: Expr) -> Iterator[str]:
    """The columns that an expression reads."""
    return (one.name for one in inside(expr) if isinstance(one, Column))


def variables(expr: Expr) -> Iterator[str]:
    """The variables that an expression names, also those that it brings itself."""
    return (one.name for one in inside(expr) if isinstance(one, Variable))


def rewritten(expr: Expr, change: Callable[[Expr], Expr | None]) -> Expr:
    """The expression, each part of it replaced for which `change` gives another."""
    found = change(expr)
    if found is not None:
        return found
    values = {one.name: getattr(expr, one.name) for one in fields(expr) if one.init}
    changed = {name: _changed(value, change) for name, value in values.items()}
    return expr if changed == values else replace(expr, **changed)


def _changed(value: Any, change: Callable[[Expr], Expr | None]) -> Any:
    if isinstance(value, Expr):
        return rewritten(value, change)
    return tuple(_changed(one, change) for one in value) if isinstance(value, tuple) else value
