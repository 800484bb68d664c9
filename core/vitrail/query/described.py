"""Conditions of query documents on values of several kinds: written as a text that the engine reads.

Where a path leads through such a value, what it finds is known only row by row; so the whole condition
of a column becomes one document, after `vitrail.query.dynamic.matching`, and is tested on the values.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from vitrail.dtypes import Image, Struct, required
from vitrail.errors import QueryError
from vitrail.mixed import encode
from vitrail.query.expr import Call, Expr, Field, Literal
from vitrail.query.mixing import mixes
from vitrail.query.nearest import closest
from vitrail.query.operators.mixed import as_mixed
from vitrail.query.paths import PathError
from vitrail.query.syntax import Array, Document, Entry, Node, Regex, Scalar
from vitrail.query.wanted import BITS, mask, types

if TYPE_CHECKING:
    from vitrail.query.parser import Parser

Described = dict[str, Any]

_LOGIC = ("$and", "$or", "$nor")
KNOWN = (
    *("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$not", "$exists", "$size", "$all"),
    *("$elemMatch", "$regex", "$options", "$mod", "$type", *BITS),
)


def leading(value: Expr, segments: tuple[str, ...]) -> tuple[Expr, str] | None:
    """The value of several kinds that a path leads through, and the rest of the path.

    Returns:
        None where there is none.

    Raises:
        PathError: the path leads nowhere before it comes to one.
    """
    for used, name in enumerate((*segments, "")):
        if not mixes(value.dtype):
            return None
        if used == len(segments) or not isinstance(required(value.dtype), Struct | Image):
            return as_mixed(value), ".".join(segments[used:])
        try:
            value = Field(value, name)
        except QueryError as error:
            raise PathError(str(error), used) from None
    return None


def condition(parser: Parser, value: Expr, path: str, node: Node, place: str) -> Expr:
    """The condition of a column on what a path leads to in a value of several kinds.

    Raises:
        QueryError: the condition makes no sense.
    """
    described = _column(parser, node, place, path, whole=False)
    return Call("matches", (value, Literal(encode(described))))


def _column(parser: Parser, node: Node, place: str, path: str, *, whole: bool) -> Described:
    if isinstance(node, Document) and _operators(node):
        return _predicate(parser, node, place, path, whole=whole)
    return _equal(parser, node, place, path, whole=whole)


def _operators(node: Document) -> bool:
    return bool(node.entries) and node.entries[0].key.startswith("$")


def _test(name: str, sought: Any, path: str, *, whole: bool) -> Described:
    return {"test": name, "wanted": sought, "path": path, "whole": whole}


def _not(described: Described) -> Described:
    return {"test": "$not", "of": [described]}


def _every(parts: list[Described]) -> Described:
    return parts[0] if len(parts) == 1 else {"test": "$and", "of": parts}


def _predicate(parser: Parser, node: Document, place: str, path: str, *, whole: bool) -> Described:
    given = {entry.key: entry.value for entry in node.entries}
    parts: list[Described] = []
    for entry in node.entries:
        here = f"{place}.{entry.key}"
        if entry.key not in KNOWN:
            known = "in a query document" if entry.key.startswith("$") else "among operators"
            message = f"no operator {entry.key!r} {known}"
            raise QueryError(message, span=entry.span, path=here, hint=closest(entry.key, KNOWN))
        if entry.key == "$options":
            if "$regex" not in given:
                raise parser.fault("$options needs a $regex beside it", entry.value, here)
        elif entry.key == "$regex":
            options = given.get("$options")
            parts.append(_regex(parser, entry.value, options, here, path, whole=whole))
        else:
            parts.append(_operator(parser, entry, here, path, whole=whole))
    return _every(parts)


def _operator(parser: Parser, entry: Entry, place: str, path: str, *, whole: bool) -> Described:
    name, node = entry.key, entry.value
    match name:
        case "$eq":
            return _equal(parser, node, place, path, whole=whole)
        case "$ne":
            return _not(_equal(parser, node, place, path, whole=whole))
        case "$gt" | "$gte" | "$lt" | "$lte":
            return _test(name, plain(parser, node, place), path, whole=whole)
        case "$in":
            return _among(parser, node, place, path, whole=whole)
        case "$nin":
            return _not(_among(parser, node, place, path, whole=whole))
        case "$not":
            return _negated(parser, node, place, path, whole=whole)
        case "$exists":
            there = _test("$exists", None, path, whole=True)
            return there if isinstance(node, Scalar) and node.value else _not(there)
        case "$all":
            return _all(parser, node, place, path, whole=whole)
        case "$elemMatch":
            return _element(parser, node, place, path)
        case "$size":
            return _test(name, _whole_number(parser, node, place), path, whole=True)
        case "$mod":
            return _test(name, _pair(parser, node, place), path, whole=whole)
        case "$type":
            return _test(name, types(parser, node, place), path, whole=whole)
    return _test(name, mask(parser, node, place), path, whole=whole)


def plain(parser: Parser, node: Node, place: str) -> Any:
    """The value that a node stands for as it stands.

    Raises:
        QueryError: it holds a regular expression.
    """
    match node:
        case Scalar(value=Regex()):
            raise parser.fault("a regular expression is no value", node, place)
        case Scalar(value=value):
            return value
        case Array(items=items):
            return [plain(parser, item, place) for item in items]
        case Document(entries=entries):
            return {entry.key: plain(parser, entry.value, place) for entry in entries}
    raise parser.fault("this is no value", node, place)


def _equal(parser: Parser, node: Node, place: str, path: str, *, whole: bool) -> Described:
    if isinstance(node, Scalar) and isinstance(node.value, Regex):
        return _regex(parser, node, None, place, path, whole=whole)
    return _test("$eq", plain(parser, node, place), path, whole=whole)


def _regex(
    parser: Parser, node: Node, options: Node | None, place: str, path: str, *, whole: bool
) -> Described:
    from vitrail.query.forms import regex
    from vitrail.query.operators.strings import check_pattern

    pattern, letters = regex(parser, node, options, place)
    check_pattern(pattern, letters)
    return _test("$regex", [pattern, letters], path, whole=whole)


def _among(parser: Parser, node: Node, place: str, path: str, *, whole: bool) -> Described:
    items = _listed(parser, node, place)
    patterns = [i for i in items if isinstance(i, Scalar) and isinstance(i.value, Regex)]
    for item in items:
        if isinstance(item, Document) and _operators(item):
            raise parser.fault("a list of values holds no operators", item, place)
    values = [plain(parser, item, place) for item in items if item not in patterns]
    parts = [_test("$in", values, path, whole=whole)]
    parts += [_regex(parser, item, None, place, path, whole=whole) for item in patterns]
    return parts[0] if len(parts) == 1 else {"test": "$or", "of": parts}


def _listed(parser: Parser, node: Node, place: str) -> tuple[Node, ...]:
    if not isinstance(node, Array):
        raise parser.fault(f"{place.rpartition('.')[2]} needs a list", node, place)
    return tuple(node.items)


def _negated(parser: Parser, node: Node, place: str, path: str, *, whole: bool) -> Described:
    if isinstance(node, Document) and _operators(node):
        return _not(_predicate(parser, node, place, path, whole=whole))
    if isinstance(node, Scalar) and isinstance(node.value, Regex):
        return _not(_equal(parser, node, place, path, whole=whole))
    raise parser.fault("$not needs a document of operators or a /regex/", node, place)


def _all(parser: Parser, node: Node, place: str, path: str, *, whole: bool) -> Described:
    items = _listed(parser, node, place)
    if not items:
        return {"test": "$or", "of": []}
    return _every([_column(parser, item, place, path, whole=whole) for item in items])


def _element(parser: Parser, node: Node, place: str, path: str) -> Described:
    if not isinstance(node, Document):
        raise parser.fault("$elemMatch needs a document", node, place)
    if _operators(node) and node.entries[0].key not in _LOGIC:
        inner, documents = _predicate(parser, node, place, "", whole=True), False
    else:
        inner, documents = _document(parser, node, place), True
    return _test("$elemMatch", {"of": inner, "documents": documents}, path, whole=True)


def _document(parser: Parser, node: Document, place: str) -> Described:
    parts: list[Described] = []
    for entry in node.entries:
        here = f"{place}.{entry.key}"
        if entry.key in _LOGIC:
            inner = [
                _document(parser, item, here)
                for item in _listed(parser, entry.value, here)
                if isinstance(item, Document)
            ]
            parts.append({"test": entry.key, "of": inner})
        elif entry.key.startswith("$"):
            raise parser.fault(f"{entry.key} does not stand in $elemMatch", entry.value, here)
        elif not all(entry.key.split(".")):
            raise QueryError(f"{entry.key!r} is no path", span=entry.span, path=here)
        else:
            parts.append(_column(parser, entry.value, here, entry.key, whole=False))
    return _every(parts)


def _number(node: Node) -> float | None:
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def _whole_number(parser: Parser, node: Node, place: str) -> int:
    value = _number(node)
    if value is None or value < 0 or value % 1:
        raise parser.fault("$size needs a whole number, 0 or more", node, place)
    return int(value)


def _pair(parser: Parser, node: Node, place: str) -> list[int]:
    numbers = [_number(item) for item in node.items] if isinstance(node, Array) else []
    whole = [int(number) for number in numbers if number is not None]
    if len(whole) != 2 or len(numbers) != 2 or not whole[0]:
        raise parser.fault("$mod needs [divisor, remainder], the divisor not 0", node, place)
    return whole
