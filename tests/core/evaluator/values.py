"""The values of the language in plain Python: their order, their equality and their truth.

None is null, and what is absent is null too. A document is a dict whose keys have an order.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
from collections.abc import Iterable
from typing import Any

Value = Any


class Failed(Exception):
    """The row has no answer: the server would refuse the query at it."""


class Unsupported(Exception):
    """The evaluator does not know this part of the language."""


def number(value: Value) -> bool:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def rank(value: Value) -> int:
    """The place of a value's kind among the kinds."""
    if value is None:
        return 0
    if isinstance(value, bool):
        return 5
    kinds: list[tuple[type | tuple[type, ...], int]] = [
        ((int, float), 1),
        (str, 2),
        (dict, 3),
        (list, 4),
        (dt.datetime, 6),
    ]
    return next(place for kind, place in kinds if isinstance(value, kind))


def compare(left: Value, right: Value) -> int:
    """-1, 0 or 1, as the one is less than, as great as or greater than the other."""
    ours, theirs = rank(left), rank(right)
    if ours != theirs:
        return -1 if ours < theirs else 1
    if ours == 0:
        return 0
    if ours == 1:
        return _compare_numbers(left, right)
    if ours == 2:
        return _plain(left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))
    if ours == 3:
        return _compare_documents(left, right)
    if ours == 4:
        return _compare_lists(left, right)
    return _plain(left, right)


def _plain(left: Any, right: Any) -> int:
    return (left > right) - (left < right)


def _compare_numbers(left: float, right: float) -> int:
    odd = (math.isnan(left), math.isnan(right))
    if any(odd):
        return odd[1] - odd[0]
    return _plain(left, right)


def _compare_lists(left: list[Value], right: list[Value]) -> int:
    for one, other in zip(left, right, strict=False):
        if found := compare(one, other):
            return found
    return _plain(len(left), len(right))


def _compare_documents(left: dict[str, Value], right: dict[str, Value]) -> int:
    for (name, one), (other_name, other) in zip(left.items(), right.items(), strict=False):
        if found := _plain(rank(one), rank(other)) or compare(name, other_name) or compare(one, other):
            return found
    return _plain(len(left), len(right))


key = functools.cmp_to_key(compare)


def same(left: Value, right: Value) -> bool:
    """Whether two values are equal."""
    return compare(left, right) == 0


def within(value: Value, values: Iterable[Value]) -> bool:
    """Whether a value is among others."""
    return any(same(value, other) for other in values)


def truth(value: Value) -> bool:
    """Whether a value counts as true."""
    if value is None or value is False:
        return False
    return not (number(value) and value == 0)


def fitted(value: float) -> float:
    """A whole number that 64 bits cannot hold as a float."""
    return float(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else value


def wanted_whole(value: Value) -> int:
    """A value that must be a whole number.

    Raises:
        Failed: it is none.
    """
    if not number(value) or math.isnan(value) or math.isinf(value) or value != int(value):
        raise Failed(f"{value!r} is no whole number")
    return int(value)
