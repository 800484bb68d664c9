"""What stages read of values of several kinds: of a list its least item, or its greatest."""

from __future__ import annotations

from vitrail.mixed import Value, key
from vitrail.query.dynamic.table import define


def lowest(value: Value) -> Value:
    """A list's least item, or the value itself."""
    return min(value, key=key, default=None) if isinstance(value, list) else value


def highest(value: Value) -> Value:
    """A list's greatest item, or the value itself."""
    return max(value, key=key, default=None) if isinstance(value, list) else value


def representative(value: Value) -> Value:
    """The one of all equal values that stands for them: a whole number where there is one.

    >>> representative([1.0, {"a": -0.0}])
    [1, {'a': 0}]
    """
    match value:
        case list():
            return [representative(item) for item in value]
        case dict():
            return {name: representative(item) for name, item in value.items()}
        case float() if value.is_integer() and -(2.0**63) <= value < 2.0**63:
            return int(value)
    return value


def is_full(value: Value) -> bool:
    """Whether a value is anything but an empty list, which stands below null."""
    return bool(value != [])


def inside(value: Value, path: str) -> Value:
    """What a path leads to through documents alone; null where it leads through a list."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


define("inside", inside)
define("lowest", lowest)
define("highest", highest)
define("is full", is_full)
define("representative", representative)
