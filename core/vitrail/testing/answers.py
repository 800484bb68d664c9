"""What an engine answers for one cell, worked out in plain Python; for tests with little data."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Any

from vitrail.domain import CategoryDomain, Domain, NumberDomain
from vitrail.dtypes import Boolean, DType, List, Number, Text, Timestamp, Versions, required
from vitrail.errors import Invalid
from vitrail.query.reduction import (
    BinCounts,
    Bins,
    CategoryCounts,
    Counts,
    Items,
    Reduction,
    Sample,
    Stats,
    Summary,
    Values,
)

_MOST_CATEGORIES = 200


def answer(value: Any, dtype: DType, reduction: Reduction, domain: Domain | None) -> Any:
    """The answer for a cell that holds `value`; None where it is missing.

    Raises:
        Invalid: the reduction does not fit the type.
    """
    if value is None:
        return None
    match required(dtype):
        case Versions(item):
            return tuple(answer(each, item, reduction, domain) for each in value)
        case List():
            return _of_list(list(value), reduction, domain)
        case plain if isinstance(reduction, Values | Sample):
            return value
        case plain:
            raise Invalid(f"{reduction.kind} are asked of a List, not of {plain}")


def _of_list(found: list[Any], reduction: Reduction, domain: Domain | None) -> Any:
    match reduction:
        case Values(limit):
            return Items(tuple(found if limit is None else found[:limit]), len(found))
        case Sample(n):
            count = min(n, len(found))
            return Items(tuple(found[place * len(found) // count] for place in range(count)), len(found))
        case Bins(n):
            edges = domain.edges(n) if isinstance(domain, NumberDomain) else ()
            return _bins(found, edges)
        case Counts(top):
            known = domain.values[:top] if isinstance(domain, CategoryDomain) else ()
            return _categories(found, known)
        case Stats():
            return _summary(found)
        case _:
            raise Invalid(f"{reduction.kind} are asked of a column, not of one list")


def domain_of(cells: Sequence[Any], dtype: DType) -> Domain | None:
    """The domain of a column that holds these cells; None where its type has none or nothing is there."""
    match required(dtype):
        case Versions(item):
            return domain_of([each for cell in cells for each in cell or ()], item)
        case List(item) if not isinstance(required(item), List):
            return domain_of([each for cell in cells for each in cell or ()], item)
        case Number(integer=integer):
            finite = _finite(cells)
            return NumberDomain(min(finite), max(finite), bool(integer)) if finite else None
        case Timestamp():
            finite = _finite(cells)
            return NumberDomain(min(finite), max(finite), time=True) if finite else None
        case Text() | Boolean():
            counted = Counter(cell for cell in cells if cell is not None)
            order = sorted(counted, key=lambda value: (-counted[value], value))
            return CategoryDomain(tuple(order[:_MOST_CATEGORIES]), len(order)) if order else None
        case _:
            return None


def _measured(value: Any) -> float:
    """A number, or a point in time in seconds since 1970-01-01 UTC."""
    if isinstance(value, dt.datetime):
        return (value.replace(tzinfo=None) - dt.datetime(1970, 1, 1)).total_seconds()
    if isinstance(value, dt.date):
        return (value - dt.date(1970, 1, 1)).days * 86_400.0
    return float(value)


def _finite(found: Sequence[Any]) -> list[float]:
    return [x for value in found if value is not None and math.isfinite(x := _measured(value))]


def _bins(found: list[Any], edges: tuple[float, ...]) -> BinCounts:
    finite = _finite(found)
    bins = max(0, len(edges) - 1)
    counts = [0] * bins
    for x in finite if bins else ():
        counts[min(bisect_right(edges, x) - 1, bins - 1)] += 1
    return BinCounts(edges, tuple(counts), len(found) - len(finite))


def _categories(found: list[Any], known: tuple[Any, ...]) -> CategoryCounts:
    counted = Counter(value for value in found if value is not None)
    counts = tuple(counted[value] for value in known)
    return CategoryCounts(known, counts, counted.total() - sum(counts), len(found) - counted.total())


def _summary(found: list[Any]) -> Summary:
    there = [value for value in found if value is not None]
    finite = sorted(_finite(there))
    if not finite:
        return Summary(len(there), len(found) - len(there), None, None, None, None)

    def below(share: float) -> float:
        place = share * (len(finite) - 1)
        low, high = finite[math.floor(place)], finite[math.ceil(place)]
        share = place - math.floor(place)
        return low * (1 - share) + high * share

    quartiles = (below(0.25), below(0.5), below(0.75))
    mean = math.fsum(value / len(finite) for value in finite)
    return Summary(len(there), len(found) - len(there), finite[0], finite[-1], mean, quartiles)
