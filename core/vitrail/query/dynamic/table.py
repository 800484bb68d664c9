"""The table of operators over decoded values: `define(name, function)` enters one."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

from vitrail.errors import Invalid
from vitrail.mixed import Value

Function = Callable[..., Any]

_FAMILIES = (
    "sorting",
    "paths",
    "conversion",
    "arithmetic",
    "folds",
    "sets",
    "texts",
    "objects",
    "moments",
)
_TABLE: dict[str, Function] = {}


class Refused(Invalid):
    """What MongoDB would refuse in a row: the row's value is null, and is counted."""


def define(name: str, function: Function) -> None:
    """Enter an operator: a function of decoded values, null included, that may raise `Refused`."""
    _TABLE[name] = function


@functools.cache
def _load() -> None:
    for family in _FAMILIES:
        importlib.import_module(f"vitrail.query.dynamic.{family}")


def known(name: str) -> bool:
    """Whether there is an operator with this name."""
    _load()
    return name in _TABLE


def function(name: str) -> Function:
    """The operator with this name.

    Raises:
        Invalid: there is none.
    """
    _load()
    found = _TABLE.get(name)
    if found is None:
        raise Invalid(f"no operator {name!r} over values of several kinds")
    return found


def call(name: str, args: list[Value]) -> Value:
    """The value of an operator.

    Raises:
        Refused: MongoDB would refuse the arguments.
    """
    return function(name)(*args)


def truth(value: Value) -> bool:
    """MongoDB's truth: false are only false, null and 0."""
    return value is not None and value is not False and (isinstance(value, bool) or not is_zero(value))


def is_zero(value: Value) -> bool:
    """Whether a value is the number 0."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == 0


def is_number(value: Value) -> bool:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def said(value: Value) -> str:
    """A value's kind as messages name it."""
    from vitrail.query.dynamic.conversion import kind_name

    return kind_name(value)
