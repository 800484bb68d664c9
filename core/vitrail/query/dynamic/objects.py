"""$isArray $mergeObjects $arrayToObject $objectToArray $getField $setField $unsetField on decoded values."""

from __future__ import annotations

from vitrail.mixed import Value
from vitrail.query.dynamic.table import Refused, define


def merged(*args: Value) -> Value:
    """$mergeObjects: of one list its items; null is passed over."""
    parts = args[0] if len(args) == 1 and isinstance(args[0], list) else args
    whole: dict[str, Value] = {}
    for part in parts:
        if part is not None and not isinstance(part, dict):
            raise Refused("$mergeObjects of a value that is no document")
        whole |= part or {}
    return whole


def from_pairs(value: Value) -> Value:
    """$arrayToObject: pairs [key, value], or documents {k: …, v: …}; the last of one key counts."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise Refused("$arrayToObject of a value that is no list")
    pairs = [_pair(item) for item in value]
    if pairs and any(isinstance(item, dict) != isinstance(value[0], dict) for item in value):
        raise Refused("$arrayToObject of pairs and documents together")
    return dict(pairs)


def _pair(item: Value) -> tuple[str, Value]:
    if isinstance(item, list) and len(item) == 2:
        name, value = item
    elif isinstance(item, dict) and item.keys() == {"k", "v"}:
        name, value = item["k"], item["v"]
    else:
        raise Refused("$arrayToObject of an item that is no pair of key and value")
    if not isinstance(name, str) or "\0" in name:
        raise Refused("$arrayToObject with a key that is no text")
    return name, value


def to_pairs(value: Value) -> Value:
    """$objectToArray."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Refused("$objectToArray of a value that is no document")
    return [{"k": name, "v": item} for name, item in value.items()]


def get(name: Value, value: Value) -> Value:
    """$getField: the part with this very name, dots and all; null of what is no document."""
    return value.get(name) if isinstance(value, dict) else None


def put(name: Value, value: Value, new: Value) -> Value:
    """$setField."""
    return None if value is None else _document("$setField", value) | {name: new}


def drop(name: Value, value: Value) -> Value:
    """$unsetField."""
    if value is None:
        return None
    return {part: item for part, item in _document("$unsetField", value).items() if part != name}


def _document(name: str, value: Value) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise Refused(f"{name} of a value that is no document")
    return value


define("$isArray", lambda value: isinstance(value, list))
define("$mergeObjects", merged)
define("$arrayToObject", from_pairs)
define("$objectToArray", to_pairs)
define("$getField", get)
define("$setField", put)
define("$unsetField", drop)
