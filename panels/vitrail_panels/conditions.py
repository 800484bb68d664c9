"""Conditions that are made by clicks: written as text of the query language, and read back from it.

A condition is a JSON document: `path`, `operator` and `value`, such as

    {"path": "score", "operator": "between", "value": [0.5, 0.9]}
    {"path": "label", "operator": "in", "value": ["cat", "dog"]}
    {"path": "boxes", "operator": "any", "value": [{"path": "score", "operator": "gt", "value": 0.5}]}
    {"path": "boxes", "operator": "count", "compare": "gte", "value": 3}

A condition on points in time also has the `kind` "time", and its values are ISO 8601.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vitrail.errors import Invalid, QueryError
from vitrail.query.mongo import is_pipeline, reading
from vitrail.query.narrowed import narrowed
from vitrail.query.reading import read
from vitrail.query.syntax import Array, Document, Node, Regex, Scalar
from vitrail.query.text import written

Condition = dict[str, Any]

_COMPARING = {"not": "$ne", "lt": "$lt", "lte": "$lte", "gt": "$gt", "gte": "$gte"}
_COMPARED = {symbol: name for name, symbol in _COMPARING.items()}
_COUNTING = {"is": "$eq", **_COMPARING}
_COUNTED = {symbol: name for name, symbol in _COUNTING.items()}
_DAY = dt.timedelta(days=1)
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}/]")
_ESCAPED = re.compile(r"\\([\\^$.|?*+()\[\]{}/])")


@dataclass(frozen=True, slots=True)
class Part:
    """One of the conditions that a filter's rows all meet.

    Attributes:
        text: as it was written.
        condition: the same as a document; None where it is not one that clicks make.
        start: where it begins in the filter's text.
        stop: where it ends.
    """

    text: str
    condition: Condition | None
    start: int
    stop: int


def parts(text: str) -> list[Part]:
    """The conditions of a filter that was understood; a pipeline has none."""
    if not text.strip():
        return []
    node = read(text)
    if is_pipeline(node):
        return []
    match node:
        case Document(entries=[entry]) if entry.key == "$and" and isinstance(entry.value, Array):
            expression = reading(node) == "expression"
            whole = _condition(node, expression=expression)
            nodes = [node] if whole else list(entry.value.items)
            return [_part(text, one, expression=expression) for one in nodes]
        case Document(entries=entries) if reading(node) == "query document":
            return [_entry_part(text, node, place) for place in range(len(entries))]
    return [_part(text, node, expression=True)]


def changed(text: str, at: int, condition: Condition | None) -> str:
    """A filter with a condition more, another one in the place of one, or one less.

    Args:
        text: the filter.
        at: which of its parts is replaced; -1 for none.
        condition: what is added; None takes the part away.

    Raises:
        QueryError: the text makes no sense.
        Invalid: the condition is none.
    """
    new = written(document(condition)) if condition is not None else ""
    if text.strip() and is_pipeline(read(text)):
        return narrowed(text, new) if new else text
    pieces = [part.text for part in parts(text)]
    if not -1 <= at < len(pieces):
        raise Invalid(f"the filter has {len(pieces)} parts, there is no part {at}")
    if at < 0:
        pieces.append(new)
    else:
        pieces[at] = new
    return _joined([piece for piece in pieces if piece])


def document(condition: Condition) -> dict[str, Any]:
    """The query document of a condition.

    Raises:
        Invalid: it is no condition.
    """
    path, operator = condition.get("path"), condition.get("operator")
    if not isinstance(path, str) or not path or path.startswith("$"):
        raise Invalid(f"a condition is about a column, got {path!r:.100}")
    if operator == "count":
        symbol = _COUNTING.get(str(condition.get("compare")))
        if symbol is None:
            raise Invalid(f"a count is compared by one of {', '.join(_COUNTING)}")
        size = {"$size": {"$ifNull": [f"${path}", []]}}
        return {"$expr": {symbol: [size, condition.get("value")]}}
    return {path: _wanted(condition)}


def _wanted(condition: Condition) -> Any:
    """What a query document says of the value."""
    operator: str = condition["operator"]
    value: Any = condition.get("value")
    if condition.get("kind") == "time" and operator in {"between", "range", *_COMPARING}:
        return _in_time(operator, value)
    match operator:
        case "is":
            return {"$eq": value} if isinstance(value, list | dict) else value
        case "missing":
            return None
        case "present":
            return {"$ne": None}
        case "in":
            return {"$in": list(value)}
        case "between" | "range":
            low, high = value
            return {"$gte": low, "$lte" if operator == "between" else "$lt": high}
        case "contains":
            return re.compile(_SPECIAL.sub(r"\\\g<0>", value), re.IGNORECASE)
        case "starts":
            return re.compile("^" + _SPECIAL.sub(r"\\\g<0>", value))
        case "matches":
            return {"$regex": value}
        case "any":
            return {"$elemMatch": _of_item(value)}
    if operator not in _COMPARING:
        raise Invalid(f"no operator {operator!r:.100} to make a condition with")
    return {_COMPARING[operator]: value}


def _of_item(conditions: Sequence[Condition]) -> dict[str, Any]:
    """What is said of an item of a list: of its parts, or of the item itself."""
    whole = [one for one in conditions if not one.get("path")]
    if whole:
        found = _wanted(whole[0])
        return found if isinstance(found, dict) else {"$eq": found}
    documents = [document(one) for one in conditions]
    keys = [key for one in documents for key in one]
    if len(set(keys)) < len(keys):
        return {"$and": documents}
    return {key: value for one in documents for key, value in one.items()}


def _in_time(operator: str, value: Any) -> dict[str, Any]:
    if operator not in {"between", "range"}:
        return {_COMPARING[operator]: _moment(value)}
    low, high = map(_moment, value)
    if operator == "between" and "T" not in value[1]:
        return {"$gte": low, "$lt": high + _DAY}  # the whole of the last day
    return {"$gte": low, "$lte" if operator == "between" else "$lt": high}


def _moment(text: Any) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(str(text))
    except ValueError:
        raise Invalid(f"{text!r:.60} is no date; write it as 2026-01-31") from None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _joined(pieces: Sequence[str]) -> str:
    """The filter that keeps what all of the pieces keep."""
    if len(pieces) < 2:
        return pieces[0] if pieces else ""
    nodes = [read(piece) for piece in pieces]
    documents = [reading(node) == "query document" for node in nodes]
    if not any(documents):
        return f"{{$and: [{', '.join(pieces)}]}}"
    entries = [node.entries if isinstance(node, Document) else () for node in nodes]
    keys = [entry.key for some in entries for entry in some]
    plain = not any(key.startswith("$") for key in keys)
    if all(documents) and plain and len(set(keys)) == len(keys):
        return "{" + ", ".join(piece.strip()[1:-1].strip() for piece in pieces) + "}"
    wrapped = [
        piece if is_document else f"{{$expr: {piece}}}"
        for piece, is_document in zip(pieces, documents, strict=True)
    ]
    return f"{{$and: [{', '.join(wrapped)}]}}"


# Reading.


def _part(text: str, node: Node, *, expression: bool) -> Part:
    start, stop = (node.span.start, node.span.stop) if node.span else (0, len(text))
    return Part(text[start:stop], _condition(node, expression=expression), start, stop)


def _entry_part(text: str, node: Document, place: int) -> Part:
    entry = node.entries[place]
    start = entry.span.start if entry.span else 0
    stop = entry.value.span.stop if entry.value.span else len(text)
    condition = _of_entry(entry.key, _plain(entry.value))
    return Part("{" + text[start:stop] + "}", condition, start, stop)


def _condition(node: Node, *, expression: bool) -> Condition | None:
    """The condition that an item of a conjunction is."""
    found = _plain(node)
    if expression:
        return _of_expression(found)
    if isinstance(found, dict) and len(found) == 1:
        key, value = next(iter(found.items()))
        return _of_entry(key, value)
    return None


def _plain(node: Node) -> Any:
    """A tree as plain values; a regular expression stays one."""
    match node:
        case Scalar(value=value):
            return value
        case Array(items=items):
            return [_plain(item) for item in items]
        case Document(entries=entries):
            return {entry.key: _plain(entry.value) for entry in entries}
    raise QueryError("a value is wanted", span=node.span)


def _of_entry(key: str, value: Any) -> Condition | None:
    if key == "$expr":
        return _of_expression(value)
    if key.startswith("$"):
        return None
    found = _of_wanted(value)
    return {"path": key, **found} if found else None


def _of_wanted(value: Any) -> Condition | None:
    """What a query document says of a value, as operator and value."""
    match value:
        case None:
            return {"operator": "missing"}
        case Regex():
            return _of_regex(value)
        case dict():
            return _of_operators(value)
        case list() | dt.datetime() | dt.date():
            return None
    return {"operator": "is", "value": value}


def _of_operators(value: Mapping[str, Any]) -> Condition | None:
    match value:
        case {"$ne": None, **rest} if not rest:
            return {"operator": "present"}
        case {"$eq": bool() | int() | float() | str() as same, **rest} if not rest:
            return {"operator": "is", "value": same}
        case {"$in": list(values), **rest} if not rest and all(
            isinstance(one, bool | int | float | str) for one in values
        ):
            return {"operator": "in", "value": values}
        case {"$regex": str(pattern), **rest} if not rest:
            return {"operator": "matches", "value": pattern}
        case {"$elemMatch": dict(item), **rest} if not rest:
            return _of_any(item)
        case {"$gte": low, "$lt": high, **rest} if not rest:
            return _range(low, high, closed=False)
        case {"$gte": low, "$lte": high, **rest} if not rest:
            return _range(low, high, closed=True)
    if len(value) != 1:
        return None
    symbol, wanted = next(iter(value.items()))
    if symbol not in _COMPARED or wanted is None or isinstance(wanted, list | dict | Regex):
        return None
    return _timed({"operator": _COMPARED[symbol], "value": wanted})


def _range(low: Any, high: Any, *, closed: bool) -> Condition | None:
    if isinstance(low, dt.datetime) and isinstance(high, dt.datetime):
        days = not closed and _is_day(low) and _is_day(high)
        if days and high > low:
            return _timed({"operator": "between", "value": [low, high - _DAY]})
    elif not all(isinstance(end, int | float | str) for end in (low, high)):
        return None
    return _timed({"operator": "between" if closed else "range", "value": [low, high]})


def _is_day(moment: dt.datetime) -> bool:
    return moment.time() == dt.time()


def _timed(condition: Condition) -> Condition:
    """The same, with its points in time as text."""
    value = condition["value"]
    ends = value if isinstance(value, list) else [value]
    if not any(isinstance(end, dt.datetime) for end in ends):
        return condition
    days = all(_is_day(end) for end in ends)
    said = [end.date().isoformat() if days else end.replace(tzinfo=None).isoformat() for end in ends]
    return {**condition, "kind": "time", "value": said if isinstance(value, list) else said[0]}


def _of_regex(regex: Regex) -> Condition | None:
    start = regex.pattern.startswith("^")
    body = regex.pattern[1:] if start else regex.pattern
    literal = _ESCAPED.sub(r"\1", body)
    known = _SPECIAL.sub(r"\\\g<0>", literal) in (body, body.replace("/", r"\/"))
    if known and (start, regex.options) in ((True, ""), (False, "i")):
        return {"operator": "starts" if start else "contains", "value": literal}
    if regex.options:
        return None
    return {"operator": "matches", "value": regex.pattern}


def _of_any(item: Mapping[str, Any]) -> Condition | None:
    """The condition on some item of a list."""
    if item and all(key.startswith("$") for key in item) and "$and" not in item:
        found = _of_wanted(item)
        return {"operator": "any", "value": [{"path": "", **found}]} if found else None
    documents = item["$and"] if list(item) == ["$and"] else [{key: item[key]} for key in item]
    conditions = [
        _of_entry(*next(iter(one.items()))) if isinstance(one, dict) and len(one) == 1 else None
        for one in documents
    ]
    if not conditions or not all(conditions):
        return None
    return {"operator": "any", "value": conditions}


def _of_expression(value: Any) -> Condition | None:
    match value:
        case {"$and": [{"$gte": [str(path), low]}, {"$lt": [str(other), high]}]} if path == other:
            return _about(path, _range(low, high, closed=False))
        case {"$and": [{"$gte": [str(path), low]}, {"$lte": [str(other), high]}]} if path == other:
            return _about(path, _range(low, high, closed=True))
        case {**only} if len(only) == 1:
            symbol, arguments = next(iter(only.items()))
        case _:
            return None
    match arguments:
        case [{"$size": {"$ifNull": [str(path), []]}} | {"$size": str(path)}, int(count)]:
            if symbol in _COUNTED:
                counting = {"operator": "count", "compare": _COUNTED[symbol], "value": count}
                return _about(path, counting)
        case [str(path), (bool() | int() | float() | str()) as wanted] if symbol == "$eq":
            literal = isinstance(wanted, str) and wanted.startswith("$")
            return None if literal else _about(path, {"operator": "is", "value": wanted})
        case [str(path), (int() | float()) as wanted] if symbol in ("$gt", "$gte"):
            return _about(path, {"operator": _COMPARED[symbol], "value": wanted})
    return None


def _about(path: str, found: Condition | None) -> Condition | None:
    """A condition on the column that a `$path` names."""
    if found is None or not path.startswith("$") or path.startswith("$$"):
        return None
    return {"path": path[1:], **found}
