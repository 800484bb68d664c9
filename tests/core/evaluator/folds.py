"""Sums, means, extremes and spreads of lists; what is no number does not count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from evaluator.table import strict
from evaluator.values import Value, fitted, key, number


def folded(values: Sequence[Value]) -> Sequence[Value]:
    """The elements of a single argument that is a list; the arguments if there are several."""
    if len(values) != 1:
        return values
    return values[0] if isinstance(values[0], list) else values


def total(values: Sequence[Value]) -> Any:
    """The sum of the numbers among values."""
    found = [value for value in values if number(value)]
    if all(isinstance(value, int) for value in found):
        return fitted(sum(found))
    return _float_total([float(value) for value in found])


def _float_total(values: list[float]) -> float:
    if any(math.isnan(v) or math.isinf(v) for v in values):
        return sum(values)
    try:
        return math.fsum(values)
    except OverflowError:
        return sum(values)


def mean(values: Sequence[Value]) -> float | None:
    """The mean of the numbers among values."""
    found = [value for value in values if number(value)]
    return float(total(found)) / len(found) if found else None


def extreme(values: Sequence[Value], *, greatest: bool) -> Value:
    """The least or the greatest value that is not null."""
    found = [value for value in values if value is not None]
    return (max if greatest else min)(found, key=key, default=None)


def spread(values: Sequence[Value], *, sample: bool) -> float | None:
    """The standard deviation of the numbers among values."""
    found = [float(value) for value in values if number(value)]
    if len(found) <= sample:
        return None
    if any(math.isnan(value) or math.isinf(value) for value in found):
        return None if len(found) == 1 and sample else math.nan
    middle = math.fsum(found) / len(found)
    return math.sqrt(math.fsum((value - middle) ** 2 for value in found) / (len(found) - sample))


@strict("$sum")
def _sum(*values: Value) -> Value:
    return total(folded(values))


@strict("$avg")
def _avg(*values: Value) -> Value:
    return mean(folded(values))


@strict("$min")
def _min(*values: Value) -> Value:
    return extreme(folded(values), greatest=False)


@strict("$max")
def _max(*values: Value) -> Value:
    return extreme(folded(values), greatest=True)


@strict("$stdDevPop")
def _population(*values: Value) -> Value:
    return spread(folded(values), sample=False)


@strict("$stdDevSamp")
def _sample(*values: Value) -> Value:
    return spread(folded(values), sample=True)
