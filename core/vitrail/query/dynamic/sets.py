"""$setUnion $setIntersection $setDifference $setEquals $setIsSubset on decoded lists, in MongoDB's order."""

from __future__ import annotations

from collections.abc import Callable

from vitrail.mixed import Value, key
from vitrail.query.dynamic.table import Refused, define


def _keyed(name: str, args: tuple[Value, ...]) -> list[dict[bytes, Value]]:
    """Each list's different items by their keys, the first of several equal ones."""
    for arg in args:
        if not isinstance(arg, list):
            raise Refused(f"{name} of a value that is no list")
    return [{key(item): item for item in reversed(arg)} for arg in args]


def _made(
    name: str, join: Callable[[dict[bytes, Value], dict[bytes, Value]], dict[bytes, Value]]
) -> None:
    def work(*args: Value) -> Value:
        there = tuple(arg for arg in args if arg is not None)
        found = _keyed(name, there)
        if len(there) < len(args):
            return None
        joined = found[0] if found else {}
        for more in found[1:]:
            joined = join(joined, more)
        return [joined[one] for one in sorted(joined)]

    define(name, work)


_made("$setUnion", lambda left, right: right | left)
_made("$setIntersection", lambda left, right: {one: left[one] for one in left if one in right})
_made("$setDifference", lambda left, right: {one: left[one] for one in left if one not in right})


def equal(*args: Value) -> bool:
    """$setEquals."""
    first, *rest = _keyed("$setEquals", args)
    return all(first.keys() == other.keys() for other in rest)


def subset(left: Value, right: Value) -> bool:
    """$setIsSubset."""
    mine, theirs = _keyed("$setIsSubset", (left, right))
    return mine.keys() <= theirs.keys()


define("$setEquals", equal)
define("$setIsSubset", subset)
