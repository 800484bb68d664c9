"""Parts of documents by their path: read, kept, left out and written."""

from __future__ import annotations

from vitrail.mixed import Value
from vitrail.query.dynamic.table import define


def reached(value: Value, path: str) -> Value:
    """What a dotted path leads to, as in expressions: null where it leads nowhere.

    Of a list it is what the path leads to in each document in it, without those where it leads nowhere;
    lists right inside lists are not looked into, and a number is a name like any other.

    >>> reached([{"a": 1}, 5, {"b": 2}, {"a": None}, [{"a": 3}]], "a")
    [1, None]
    """
    found = _reached(value, path.split("."))
    return None if found is _GONE else found


_GONE = object()


def _reached(value: Value, path: list[str]) -> Value:
    if isinstance(value, dict):
        first, *rest = path
        found = value.get(first, _GONE)
        return _reached(found, rest) if rest else found
    if isinstance(value, list):
        every = [_reached(item, path) for item in value if isinstance(item, dict)]
        return [found for found in every if found is not _GONE]
    return _GONE


def kept(value: Value, *paths: str) -> Value:
    """A document with only the parts that dotted paths lead to; a list's items one by one."""
    return _kept(value, [path.split(".") for path in paths])


def _kept(value: Value, paths: list[list[str]]) -> Value:
    found = _inclusion(value, paths)
    return None if found is _GONE else found


def _inclusion(value: Value, paths: list[list[str]]) -> Value:
    if isinstance(value, list):
        items = [_inclusion(item, paths) for item in value]
        return [item for item in items if item is not _GONE]
    if not isinstance(value, dict):
        return _GONE
    wanted = _by_name(paths)
    made = {}
    for name, item in value.items():
        if name not in wanted:
            continue
        deeper = wanted[name]
        found = item if [] in deeper else _inclusion(item, deeper)
        if found is not _GONE:
            made[name] = found
    return made


def _by_name(paths: list[list[str]]) -> dict[str, list[list[str]]]:
    names: dict[str, list[list[str]]] = {}
    for first, *rest in paths:
        names.setdefault(first, []).append(rest)
    return names


def without(value: Value, *paths: str) -> Value:
    """A document without the parts that dotted paths lead to; a list's items one by one."""
    return _without(value, [path.split(".") for path in paths])


def _without(value: Value, paths: list[list[str]]) -> Value:
    if isinstance(value, list):
        return [_without(item, paths) for item in value]
    if not isinstance(value, dict):
        return value
    wanted = _by_name(paths)
    return {
        name: _without(item, wanted[name]) if name in wanted else item
        for name, item in value.items()
        if [] not in wanted.get(name, ())
    }


def written(value: Value, path: str, new: Value) -> Value:
    """A document with `new` where a dotted path leads, in every item of a list on the way.

    What is no document on the way becomes one, as in MongoDB.
    """
    return _written(value, path.split("."), new)


def _written(value: Value, path: list[str], new: Value) -> Value:
    if not path:
        return new
    if isinstance(value, list):
        return [_written(item, path, new) for item in value]
    first, *rest = path
    known = value if isinstance(value, dict) else {}
    return known | {first: _written(known.get(first), rest, new)}


define("keep", kept)
define("drop", without)
define("write", written)
define("path", reached)
