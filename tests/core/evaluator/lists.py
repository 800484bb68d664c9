"""Operators on lists, and those that walk them."""

from __future__ import annotations

from typing import Any

from evaluator.expression import Scope, evaluate
from evaluator.table import form, strict
from evaluator.values import Failed, Value, key, number, same, truth, wanted_whole, within


def wanted_list(value: Value) -> list[Value]:
    """A value that must be a list.

    Raises:
        Failed: it is none.
    """
    if not isinstance(value, list):
        raise Failed(f"{value!r} is no list")
    return value


def _or_null(value: Value) -> list[Value] | None:
    return None if value is None else wanted_list(value)


@strict("$size")
def _size(value: Value) -> int:
    return len(wanted_list(value))


@strict("$in")
def _in(value: Value, among: Value) -> bool:
    return within(value, wanted_list(among))


@strict("$isArray")
def _is_array(value: Value) -> bool:
    return isinstance(value, list)


@strict("$arrayElemAt")
def _element(values: Value, place: Value) -> Value:
    items = _or_null(values)
    if items is None or place is None:
        return None
    at = wanted_whole(place)
    return items[at] if -len(items) <= at < len(items) else None


@strict("$first")
def _first(value: Value) -> Value:
    return _element(value, 0)


@strict("$last")
def _last(value: Value) -> Value:
    return _element(value, -1)


@strict("$slice")
def _slice(values: Value, *places: Value) -> Value:
    if values is None or None in places:
        return None
    items, wholes = wanted_list(values), [wanted_whole(place) for place in places]
    if len(wholes) == 1:
        n = wholes[0]
        return items[:n] if n >= 0 else items[max(len(items) + n, 0) :]
    start, n = wholes
    if n <= 0:
        raise Failed("a slice of no elements")
    start = max(len(items) + start, 0) if start < 0 else start
    return items[start : start + n]


@strict("$concatArrays")
def _concat(*values: Value) -> Value:
    if None in values:
        return None
    return [item for value in values for item in wanted_list(value)]


@strict("$reverseArray")
def _reverse(value: Value) -> Value:
    return None if value is None else wanted_list(value)[::-1]


@strict("$indexOfArray")
def _index(values: Value, sought: Value, start: Value = 0, end: Value = 2**40) -> Value:
    if values is None:
        return None
    first, last = wanted_whole(start), wanted_whole(end)
    if first < 0 or last < 0:
        raise Failed("a negative place")
    places = range(first, min(last, len(wanted_list(values))))
    return next((place for place in places if same(values[place], sought)), -1)


@strict("$range")
def _range(start: Value, end: Value, step: Value = 1) -> Value:
    first, last, by = wanted_whole(start), wanted_whole(end), wanted_whole(step)
    if by == 0:
        raise Failed("a step of zero")
    return list(range(first, last, by))


def _some(values: Value, n: Value) -> tuple[list[Value], int]:
    count = wanted_whole(n)
    if count <= 0:
        raise Failed("n must be greater than 0")
    return wanted_list(values), count


@strict("$firstN", "input", "n")
def _first_n(value: Value, n: Value) -> Value:
    items, count = _some(value, n)
    return items[:count]


@strict("$lastN", "input", "n")
def _last_n(value: Value, n: Value) -> Value:
    items, count = _some(value, n)
    return items[-count:]


@strict("$minN", "input", "n")
def _min_n(value: Value, n: Value) -> Value:
    items, count = _some(value, n)
    return sorted((item for item in items if item is not None), key=key)[:count]


@strict("$maxN", "input", "n")
def _max_n(value: Value, n: Value) -> Value:
    items, count = _some(value, n)
    return sorted((item for item in items if item is not None), key=key, reverse=True)[:count]


@form("$filter")
def _filter(argument: Any, scope: Scope) -> Value:
    items = _or_null(evaluate(argument["input"], scope))
    limit = evaluate(argument.get("limit"), scope)
    if items is None:
        return None
    if limit is not None and wanted_whole(limit) <= 0:
        raise Failed("a limit must be greater than 0")
    name = argument.get("as", "this")
    kept = [item for item in items if truth(evaluate(argument["cond"], scope.at(**{name: item})))]
    return kept if limit is None else kept[: wanted_whole(limit)]


@form("$map")
def _map(argument: Any, scope: Scope) -> Value:
    items = _or_null(evaluate(argument["input"], scope))
    if items is None:
        return None
    name = argument.get("as", "this")
    return [evaluate(argument["in"], scope.at(**{name: item})) for item in items]


@form("$reduce")
def _reduce(argument: Any, scope: Scope) -> Value:
    items = _or_null(evaluate(argument["input"], scope))
    value = evaluate(argument["initialValue"], scope)
    if items is None:
        return None
    for item in items:
        value = evaluate(argument["in"], scope.at(this=item, value=value))
    return value


@form("$zip")
def _zip(argument: Any, scope: Scope) -> Value:
    lists = [evaluate(item, scope) for item in argument["inputs"]]
    if None in lists:
        return None
    longest = truth(evaluate(argument.get("useLongestLength", False), scope))
    defaults = evaluate(argument.get("defaults"), scope) or [None] * len(lists)
    length = (max if longest else min)(len(wanted_list(one)) for one in lists)
    return [
        [
            one[place] if place < len(one) else default
            for one, default in zip(lists, defaults, strict=True)
        ]
        for place in range(length)
    ]


@form("$sortArray")
def _sort_array(argument: Any, scope: Scope) -> Value:
    items = _or_null(evaluate(argument["input"], scope))
    by = argument["sortBy"]
    if items is None:
        return None
    if number(by):
        return sorted(items, key=key, reverse=by < 0)
    for path, way in reversed(list(by.items())):
        items = sorted(items, key=lambda item: key(_at(item, path)), reverse=way < 0)
    return items


def _at(item: Value, path: str) -> Value:
    for part in path.split("."):
        item = item.get(part) if isinstance(item, dict) else None
    return item
