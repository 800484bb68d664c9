"""Conditions of query documents on decoded values, with all that MongoDB makes of lists and paths.

A condition reaches the engine as a text of ours, encoded like a value:
`{"path": …, "test": …, "wanted": …, "whole": …}`, where `whole` says that a list at the end of the path is
not looked into. The tests: "$eq" "$gt" "$gte" "$lt" "$lte" "$in" "$exists" "$size" "$type" "$regex" "$mod"
"$bits…", "$elemMatch" with one condition or several, and "$and" "$or" "$nor" "$not" over conditions.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator
from typing import Any

from vitrail.errors import Invalid
from vitrail.mixed import Value, decode, key, kind
from vitrail.query.dynamic.patterns import pattern
from vitrail.query.dynamic.table import is_number

Test = Callable[[Value], bool]
ABSENT = object()


@functools.lru_cache(maxsize=256)
def condition(text: str) -> Test:
    """The test that a condition's text describes.

    Raises:
        Invalid: the text describes none.
    """
    return _read(decode(text))


def _read(document: dict[str, Any]) -> Test:
    test = document["test"]
    if test in ("$and", "$or", "$nor", "$not"):
        return _logic(test, [_read(part) for part in document["of"]])
    path = tuple(document["path"].split(".")) if document.get("path") else ()
    leaf = _leaf(test, document)
    whole = bool(document["whole"])

    def matches(value: Value) -> bool:
        return any(leaf(found) for found in _found(value, path, whole=whole))

    return matches


def _logic(name: str, parts: list[Test]) -> Test:
    if name == "$and":
        return lambda value: all(part(value) for part in parts)
    if name == "$or":
        return lambda value: any(part(value) for part in parts)
    return lambda value: not any(part(value) for part in parts)


def _found(value: Value, path: tuple[str, ...], *, whole: bool) -> Iterator[Value]:
    """All that a path leads to: through lists, and into lists by number; the lists' items too.

    With `whole`, a list at the end is given as a whole only.
    """
    if not path:
        yield value
        if not whole and isinstance(value, list):
            yield from value
        return
    first, rest = path[0], path[1:]
    if isinstance(value, dict):
        yield from _found(value.get(first, ABSENT), rest, whole=whole)
    elif isinstance(value, list):
        yield from _in_list(value, path, whole=whole)
    else:
        yield ABSENT


def _in_list(value: list[Value], path: tuple[str, ...], *, whole: bool) -> Iterator[Value]:
    first, rest = path[0], path[1:]
    if first.isdecimal() and int(first[:9]) < len(value):
        item = value[int(first[:9])]
        if rest:
            yield from _found(item, rest, whole=whole)
        else:
            yield item
            if not whole and isinstance(item, list):
                yield from item
    for item in value:
        if isinstance(item, dict):
            yield from _found(item, path, whole=whole)


def _leaf(test: str, document: dict[str, Any]) -> Test:
    wanted = document.get("wanted")
    make = _TESTS.get(test)
    if make is None:
        raise Invalid(f"no test {test!r}")
    return make(wanted)


_HOLDS: dict[str, Callable[[bytes, bytes], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


def _equal(wanted: Value) -> Test:
    if wanted is None:
        return lambda value: value is None or value is ABSENT
    sought = key(wanted)
    return lambda value: value is not ABSENT and key(value) == sought


def _ordered(name: str) -> Callable[[Value], Test]:
    holds = _HOLDS[name]

    def make(wanted: Value) -> Test:
        if wanted is None:
            return _equal(None) if name in ("$gte", "$lte") else _never
        sought, rank = key(wanted), kind(wanted)
        if _is_nan(wanted):
            return _equal(wanted) if name in ("$gte", "$lte") else _never

        def test(value: Value) -> bool:
            return (
                value is not ABSENT
                and kind(value) == rank
                and not _is_nan(value)
                and holds(key(value), sought)
            )

        return test

    return make


def _is_nan(value: Value) -> bool:
    return isinstance(value, float) and value != value  # noqa: PLR0124


def _never(_value: Value) -> bool:
    return False


def _among(wanted: Value) -> Test:
    keys = {key(item) for item in wanted}
    absent = key(None) in keys
    return lambda value: absent if value is ABSENT else key(value) in keys


def _there(_wanted: Value) -> Test:
    return lambda value: value is not ABSENT


def _sized(wanted: Value) -> Test:
    return lambda value: isinstance(value, list) and len(value) == wanted


def _kind(wanted: Value) -> Test:
    from vitrail.query.dynamic.conversion import kind_name

    names = {*wanted}

    def test(value: Value) -> bool:
        if value is ABSENT:
            return False
        return kind_name(value) in names or ("number" in names and is_number(value))

    return test


def _regex(wanted: Value) -> Test:
    matches = pattern(*wanted)
    return lambda value: isinstance(value, str) and matches(value)


def _mod(wanted: Value) -> Test:
    divisor, rest = wanted

    def test(value: Value) -> bool:
        if not is_number(value) or not abs(value) < 2**63:
            return False
        whole = int(value)
        found: int = (abs(whole) % abs(divisor)) * (-1 if whole < 0 else 1)
        return bool(found == rest)

    return test


def _element(wanted: Value) -> Test:
    """Any item of a list that meets all the conditions by itself; conditions with paths want documents."""
    part, documents = _read(wanted["of"]), wanted["documents"]

    def test(value: Value) -> bool:
        if not isinstance(value, list):
            return False
        items = map(_as_document, value) if documents else value
        return any(part(item) for item in items if item is not ABSENT)

    return test


def _as_document(value: Value) -> Value:
    """A list is to be asked by its places, as a document would be by its names."""
    if isinstance(value, list):
        return {str(place): item for place, item in enumerate(value)}
    return value if isinstance(value, dict) else ABSENT


def _bits(holds: Callable[[int, int], bool]) -> Callable[[Value], Test]:
    def make(mask: int) -> Test:
        def test(value: Value) -> bool:
            if not is_number(value) or not abs(value) < 2**63 or value != int(value):
                return False
            return holds(int(value) & mask, mask)

        return test

    return make


_TESTS: dict[str, Callable[[Value], Test]] = {
    "$eq": _equal,
    **{name: _ordered(name) for name in ("$gt", "$gte", "$lt", "$lte")},
    "$in": _among,
    "$exists": _there,
    "$size": _sized,
    "$type": _kind,
    "$regex": _regex,
    "$mod": _mod,
    "$elemMatch": _element,
    "$bitsAllSet": _bits(lambda found, mask: found == mask),
    "$bitsAnySet": _bits(lambda found, _mask: found != 0),
    "$bitsAllClear": _bits(lambda found, _mask: found == 0),
    "$bitsAnyClear": _bits(lambda found, mask: found != mask),
}
