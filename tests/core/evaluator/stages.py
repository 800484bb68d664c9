"""The basic stages of a pipeline over rows that are dicts."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from evaluator.expression import Scope, evaluate, walk
from evaluator.folds import extreme, mean, spread, total
from evaluator.matching import matches
from evaluator.sets import distinct
from evaluator.values import Unsupported, Value, key, number, same

Row = dict[str, Value]


def run(pipeline: list[dict[str, Any]], rows: list[Row]) -> list[Row]:
    """The rows that a pipeline makes of others."""
    for stage in pipeline:
        ((name, argument),) = stage.items()
        if name not in STAGES:
            raise Unsupported(name)
        rows = STAGES[name](argument, rows)
    return rows


def _match(document: dict[str, Any], rows: list[Row]) -> list[Row]:
    return [row for row in rows if matches(document, row)]


def _set(fields: dict[str, Any], rows: list[Row]) -> list[Row]:
    return [_with(row, {n: evaluate(item, Scope(row)) for n, item in fields.items()}) for row in rows]


def _with(row: Row, fields: dict[str, Value]) -> Row:
    changed = copy.deepcopy(row)
    for name, value in fields.items():
        changed = _put(changed, name.split("."), value)
    return changed


def _put(value: Value, parts: list[str], new: Value) -> Value:
    if not parts:
        return new
    if isinstance(value, list):
        return [_put(item, parts, new) for item in value]
    inside = dict(value) if isinstance(value, dict) else {}
    inside[parts[0]] = _put(inside.get(parts[0]), parts[1:], new)
    return inside


def _unset(names: str | list[str], rows: list[Row]) -> list[Row]:
    for name in [names] if isinstance(names, str) else names:
        rows = [_without(row, name.split(".")) for row in rows]
    return rows


def _without(value: Value, parts: list[str]) -> Value:
    if isinstance(value, list):
        return [_without(item, parts) for item in value]
    if not isinstance(value, dict):
        return value
    if len(parts) == 1:
        return {name: part for name, part in value.items() if name != parts[0]}
    return {
        name: _without(part, parts[1:]) if name == parts[0] else part for name, part in value.items()
    }


def _project(fields: dict[str, Any], rows: list[Row]) -> list[Row]:
    if any("." in name or (isinstance(item, dict) and _nested(item)) for name, item in fields.items()):
        raise Unsupported("$project of parts")
    flags = {name: item for name, item in fields.items() if isinstance(item, bool) or number(item)}
    others = {name: item for name, item in fields.items() if name not in flags}
    left_out = [name for name, flag in flags.items() if not flag]
    if not others and left_out and set(flags) - {"_id"} <= set(left_out):
        return [{name: part for name, part in row.items() if name not in left_out} for row in rows]
    wanted = [name for name, flag in flags.items() if flag]
    if "_id" not in left_out and rows and "_id" in rows[0]:
        wanted.append("_id")
    return [
        {name: part for name, part in row.items() if name in wanted}
        | {name: evaluate(item, Scope(row)) for name, item in others.items()}
        for row in rows
    ]


def _nested(item: dict[str, Any]) -> bool:
    return not next(iter(item), "").startswith("$")


def _sort(keys: dict[str, int], rows: list[Row]) -> list[Row]:
    for name, way in reversed(list(keys.items())):
        rows = sorted(rows, key=lambda row: key(_sort_key(row, name, way)), reverse=way < 0)
    return rows


def _sort_key(row: Row, name: str, way: int) -> Value:
    value = walk(row, name.split("."))
    if not isinstance(value, list):
        return value
    return (max if way < 0 else min)(value, key=key, default=None)


def _count(name: str, rows: list[Row]) -> list[Row]:
    return [{name: len(rows)}] if rows else []


def _unwind(argument: str | dict[str, Any], rows: list[Row]) -> list[Row]:
    given: dict[str, Any] = {"path": argument} if isinstance(argument, str) else argument
    name, keep = given["path"][1:], given.get("preserveNullAndEmptyArrays", False)
    place = given.get("includeArrayIndex")
    if "." in name:
        raise Unsupported("$unwind of a part")
    found: list[Row] = []
    for row in rows:
        value = row.get(name)
        items = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        if value is None or value == []:
            items = [(None, None)] if keep else []
        found += [{**row, name: item} | ({place: at} if place else {}) for at, item in items]
    return found


def _group(argument: dict[str, Any], rows: list[Row]) -> list[Row]:
    groups: list[tuple[Value, list[Row]]] = []
    for row in rows:
        value = evaluate(argument["_id"], Scope(row))
        home = next((members for known, members in groups if same(known, value)), None)
        if home is None:
            groups.append((value, [row]))
        else:
            home.append(row)
    fields = {name: item for name, item in argument.items() if name != "_id"}
    return [
        {"_id": value} | {name: _accumulate(item, members) for name, item in fields.items()}
        for value, members in groups
    ]


def _accumulate(item: dict[str, Any], rows: list[Row]) -> Value:
    ((name, argument),) = item.items()
    if name not in ACCUMULATORS:
        raise Unsupported(name)
    return ACCUMULATORS[name]([evaluate(argument, Scope(row)) for row in rows])


ACCUMULATORS: dict[str, Callable[[list[Value]], Value]] = {
    "$sum": total,
    "$avg": mean,
    "$min": lambda values: extreme(values, greatest=False),
    "$max": lambda values: extreme(values, greatest=True),
    "$count": len,
    "$push": lambda values: values,
    "$addToSet": distinct,
    "$first": lambda values: values[0],
    "$last": lambda values: values[-1],
    "$stdDevPop": lambda values: spread(values, sample=False),
    "$stdDevSamp": lambda values: spread(values, sample=True),
}
STAGES: dict[str, Callable[[Any, list[Row]], list[Row]]] = {
    "$match": _match,
    "$set": _set,
    "$addFields": _set,
    "$unset": _unset,
    "$project": _project,
    "$sort": _sort,
    "$skip": lambda n, rows: rows[n:],
    "$limit": lambda n, rows: rows[:n],
    "$count": _count,
    "$unwind": _unwind,
    "$group": _group,
}
