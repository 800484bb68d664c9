"""Lists as sets: duplicates vanish, and null is a value as any other."""

from __future__ import annotations

from collections.abc import Iterable

from evaluator.lists import wanted_list
from evaluator.table import strict
from evaluator.values import Value, key, truth, within


def distinct(values: Iterable[Value]) -> list[Value]:
    """Every value once, in order."""
    found: list[Value] = []
    for value in sorted(values, key=key):
        if not found or not within(value, found[-1:]):
            found.append(value)
    return found


@strict("$setUnion")
def _union(*lists: Value) -> Value:
    if None in lists:
        return None
    return distinct(item for one in lists for item in wanted_list(one))


@strict("$setIntersection")
def _intersection(*lists: Value) -> Value:
    if None in lists:
        return None
    if not lists:
        return []
    return distinct(
        item for item in wanted_list(lists[0]) if all(within(item, one) for one in lists[1:])
    )


@strict("$setDifference")
def _difference(left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    others = wanted_list(right)
    return distinct(item for item in wanted_list(left) if not within(item, others))


@strict("$setEquals")
def _equals(*lists: Value) -> bool:
    sets = [wanted_list(one) for one in lists]
    return all(within(item, other) for one in sets for item in one for other in sets)


@strict("$setIsSubset")
def _subset(left: Value, right: Value) -> bool:
    others = wanted_list(right)
    return all(within(item, others) for item in wanted_list(left))


@strict("$anyElementTrue")
def _any(value: Value) -> bool:
    return any(truth(item) for item in wanted_list(value))


@strict("$allElementsTrue")
def _all(value: Value) -> bool:
    return all(truth(item) for item in wanted_list(value))
