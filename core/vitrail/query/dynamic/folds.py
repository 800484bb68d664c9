"""$sum $avg $min $max $stdDevPop $stdDevSamp: of one list its items, of several values the values."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

from vitrail.mixed import Value, key
from vitrail.query.dynamic.table import define, is_number


def _items(args: tuple[Value, ...]) -> list[Value]:
    return args[0] if len(args) == 1 and isinstance(args[0], list) else list(args)


def _numbers(args: tuple[Value, ...]) -> list[float]:
    return [item for item in _items(args) if is_number(item)]


def total(*args: Value) -> Value:
    """$sum: what is no number is left out; 0 of nothing."""
    found = _numbers(args)
    return sum(found) if all(isinstance(item, int) for item in found) else _exact(found)


def _exact(found: list[float]) -> float:
    if all(math.isfinite(item) for item in found):
        return math.fsum(found)
    return float(sum(found))


def average(*args: Value) -> Value:
    """$avg: what is no number is left out; null of nothing."""
    found = _numbers(args)
    return _exact(found) / len(found) if found else None


def _extreme(pick: Callable[..., Value]) -> Callable[..., Value]:
    def work(*args: Value) -> Value:
        found = [item for item in _items(args) if item is not None]
        return pick(found, key=key) if found else None

    return work


def _deviation(*, sample: bool) -> Callable[..., Value]:
    def work(*args: Value) -> Value:
        found = [float(item) for item in _numbers(args)]
        if len(found) < (2 if sample else 1):
            return None
        if not all(math.isfinite(item) for item in found):
            return math.nan
        return statistics.stdev(found) if sample else statistics.pstdev(found)

    return work


def _ranked(value: Value, shares: list[float]) -> list[float | None]:
    """For each share the least number below or at which lies that share of all; NaN is left out."""
    found = sorted(float(item) for item in _numbers((value,)) if not math.isnan(item))
    if not found:
        return [None for _ in shares]
    return [found[max(math.ceil(len(found) * share), 1) - 1] for share in shares]


define("$median", lambda value, _method: _ranked(value, [0.5])[0])
define("$percentile", lambda value, shares, _method: _ranked(value, shares))
define("$sum", total)
define("$avg", average)
define("$min", _extreme(min))
define("$max", _extreme(max))
define("$stdDevPop", _deviation(sample=False))
define("$stdDevSamp", _deviation(sample=True))
