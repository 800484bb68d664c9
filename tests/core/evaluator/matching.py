"""Query documents: whether a row matches one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from evaluator.expression import Scope, constant, evaluate
from evaluator.values import Unsupported, Value, compare, number, rank, same, truth

_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


def matches(document: dict[str, Any], row: dict[str, Value]) -> bool:
    """Whether a row matches every entry of a query document."""
    return all(_entry(name, wanted, row) for name, wanted in document.items())


def _entry(name: str, wanted: Any, row: dict[str, Value]) -> bool:
    if name == "$and":
        return all(matches(part, row) for part in wanted)
    if name == "$or":
        return any(matches(part, row) for part in wanted)
    if name == "$nor":
        return not any(matches(part, row) for part in wanted)
    if name == "$expr":
        return truth(evaluate(wanted, Scope(row)))
    if name == "$comment":
        return True
    if name.startswith("$"):
        raise Unsupported(name)
    parts = name.split(".")
    if isinstance(wanted, dict) and "$exists" in wanted:
        rest = {test: argument for test, argument in wanted.items() if test != "$exists"}
        there = leads(row, parts) == truth(wanted["$exists"])
        return there and (not rest or _meets(list(reached(row, parts)), rest))
    return _meets(list(reached(row, parts)), wanted)


def leads(value: Value, parts: list[str]) -> bool:
    """Whether a path leads anywhere; a null is somewhere."""
    if not parts:
        return True
    if isinstance(value, dict):
        return parts[0] in value and leads(value[parts[0]], parts[1:])
    if not isinstance(value, list):
        return False
    place = int(parts[0]) if parts[0].isdecimal() else len(value)
    numbered = place < len(value) and leads(value[place], parts[1:])
    return numbered or any(isinstance(item, dict) and leads(item, parts) for item in value)


def reached(value: Value, parts: list[str]) -> Iterator[Value]:
    """What a path leads to: through lists to each element's part, and to a numbered element."""
    if not parts:
        yield value
    elif isinstance(value, dict):
        yield from reached(value.get(parts[0]), parts[1:])
    elif isinstance(value, list):
        yield from _through(value, parts)
    else:
        yield None


def _through(values: list[Value], parts: list[str]) -> Iterator[Value]:
    if parts[0].isdecimal() and int(parts[0]) < len(values):
        yield from reached(values[int(parts[0])], parts[1:])
    for item in values:
        if isinstance(item, dict):
            yield from reached(item, parts)


def _meets(found: list[Value], wanted: Any) -> bool:
    if isinstance(wanted, dict) and constant(wanted) is not wanted:
        wanted = constant(wanted)
    if isinstance(wanted, dict) and "$regularExpression" in wanted:
        return _one("$regex", wanted, found)
    if isinstance(wanted, dict) and any(name.startswith("$") for name in wanted):
        options = wanted.get("$options", "")
        return all(
            _one(name, (argument, options) if name == "$regex" else argument, found)
            for name, argument in wanted.items()
            if name != "$options"
        )
    return _one("$eq", wanted, found)


def _one(name: str, argument: Any, found: list[Value]) -> bool:
    """Whether what a path leads to meets one condition."""
    if isinstance(argument, dict) and name not in ("$not", "$elemMatch"):
        argument = constant(argument)
    if name in ("$ne", "$nin"):
        return not _one("$eq" if name == "$ne" else "$in", argument, found)
    if name == "$not":
        return not _meets(found, argument)
    if name == "$exists":
        raise Unsupported("$exists of an element")
    if name == "$size":
        return any(isinstance(value, list) and len(value) == argument for value in found)
    if name == "$elemMatch":
        return any(
            isinstance(value, list) and any(_element(v, argument) for v in value) for value in found
        )
    if name == "$all":
        return bool(argument) and all(_all_item(item, found) for item in argument)
    test = _TESTS.get(name)
    if test is None:
        raise Unsupported(name)
    return any(test(candidate, argument) for value in found for candidate in _candidates(value))


def _all_item(item: Any, found: list[Value]) -> bool:
    if isinstance(item, dict) and set(item) & {"$elemMatch", "$regularExpression"}:
        return _meets(found, item)
    return _meets(found, item) if not isinstance(item, dict) else _one("$eq", item, found)


def _element(value: Value, wanted: dict[str, Any]) -> bool:
    conditions = wanted and all(name.startswith("$") for name in wanted)
    if conditions and not set(wanted) & {"$and", "$or", "$nor", "$expr"}:
        return _meets([value], wanted)
    return isinstance(value, dict) and matches(wanted, value)


def _candidates(value: Value) -> Iterator[Value]:
    yield value
    if isinstance(value, list):
        yield from value


def _equal(value: Value, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        wanted = constant(wanted)
    return same(value, wanted)


def _ordered(test: Callable[[int], bool]) -> Callable[[Value, Any], bool]:
    def meets(value: Value, wanted: Any) -> bool:
        if rank(value) != rank(wanted):
            return False
        if number(value) and math.isnan(value) != math.isnan(wanted):
            return False
        return test(compare(value, wanted))

    return meets


def _among(value: Value, wanted: Any) -> bool:
    if any(isinstance(item, dict) and "$regularExpression" in item for item in wanted):
        raise Unsupported("a pattern in $in")
    return any(_equal(value, item) for item in wanted)


def _remainder(value: Value, wanted: Any) -> bool:
    if not number(value) or not math.isfinite(value):
        return False
    divisor, remainder = (int(part) for part in wanted)
    whole = int(value)
    return (abs(whole) % abs(divisor)) * (-1 if whole < 0 else 1) == remainder


def _pattern(value: Value, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        pattern, options = (
            wanted["$regularExpression"]["pattern"],
            wanted["$regularExpression"]["options"],
        )
    else:
        pattern, options = wanted
        if isinstance(pattern, dict):
            inside = pattern["$regularExpression"]
            pattern, options = inside["pattern"], options or inside["options"]
    flags = 0
    for option in options:
        flags |= _FLAGS[option]
    return isinstance(value, str) and re.search(pattern, value, flags) is not None


_TESTS: dict[str, Callable[[Value, Any], bool]] = {
    "$eq": _equal,
    "$in": _among,
    "$gt": _ordered(lambda found: found > 0),
    "$gte": _ordered(lambda found: found >= 0),
    "$lt": _ordered(lambda found: found < 0),
    "$lte": _ordered(lambda found: found <= 0),
    "$mod": _remainder,
    "$regex": _pattern,
}
