"""What the operators of query documents are given: names, numbers, lists, checked alike for all types."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vitrail.query.syntax import Array, Document, Node, Regex, Scalar

if TYPE_CHECKING:
    from vitrail.query.parser import Parser

LOGIC = ("$and", "$or", "$nor")
BITS = ("$bitsAllSet", "$bitsAnySet", "$bitsAllClear", "$bitsAnyClear")
COLUMN = (
    *("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$not", "$exists", "$size", "$all"),
    *("$elemMatch", "$regex", "$options", "$mod", "$type", *BITS),
)
KNOWN = (*LOGIC, "$expr", "$comment", *COLUMN, "$sampleRate")
_BY_NUMBER = {
    1: "double",
    2: "string",
    3: "object",
    4: "array",
    8: "bool",
    9: "date",
    10: "null",
    16: "int",
    18: "long",
}
_ELSEWHERE = {
    5: "binData",
    6: "undefined",
    7: "objectId",
    11: "regex",
    12: "dbPointer",
    13: "javascript",
    14: "symbol",
    15: "javascriptWithScope",
    17: "timestamp",
    19: "decimal",
    -1: "minKey",
    127: "maxKey",
}
_NAMES = {*_BY_NUMBER.values(), *_ELSEWHERE.values(), "number"}


def is_operators(node: Node) -> bool:
    """Whether a document holds operators, such as `{$gt: 1}`, and is no value."""
    return isinstance(node, Document) and bool(node.entries) and node.entries[0].key.startswith("$")


def is_pattern(node: Node) -> bool:
    """Whether a node is a /regex/."""
    return isinstance(node, Scalar) and isinstance(node.value, Regex)


def listed(parser: Parser, node: Node, place: str) -> tuple[Node, ...]:
    """The items of the list that an operator needs.

    Raises:
        QueryError: it is no list.
    """
    if not isinstance(node, Array):
        raise parser.fault(f"{place.rpartition('.')[2]} needs a list", node, place)
    return tuple(node.items)


def size(parser: Parser, node: Node, place: str) -> int:
    """How many items $size asks for.

    Raises:
        QueryError: it is no whole number from 0 up.
    """
    value = _number(node)
    if value is None or value < 0 or value % 1:
        raise parser.fault("$size needs a whole number, 0 or more", node, place)
    return int(value)


def division(parser: Parser, node: Node, place: str) -> tuple[int, int]:
    """The divisor and the remainder that $mod asks for.

    Raises:
        QueryError: they are not two numbers, the divisor not 0.
    """
    numbers = [_number(item) for item in node.items] if isinstance(node, Array) else []
    whole = [int(number) for number in numbers if number is not None]
    if len(whole) != 2 or len(numbers) != 2 or not whole[0]:
        raise parser.fault("$mod needs [divisor, remainder], the divisor not 0", node, place)
    return whole[0], whole[1]


def _number(node: Node) -> float | None:
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def types(parser: Parser, node: Node, place: str) -> list[str]:
    """The names of the types that are asked for, given by name or by number, one or a list of them.

    Raises:
        QueryError: there is no such type.
    """
    names: list[str] = []
    for item in node.items if isinstance(node, Array) else (node,):
        value = item.value if isinstance(item, Scalar) else None
        if isinstance(value, int | float) and not isinstance(value, bool) and value in _all_numbers():
            value = _all_numbers()[int(value)]
        if not isinstance(value, str) or value not in _NAMES:
            hint = f"there are: {', '.join(sorted({*_BY_NUMBER.values(), 'number'}))}"
            raise parser.fault("$type needs the name or the number of a type", item, place, hint=hint)
        names.append(value)
    if not names:
        raise parser.fault("$type needs one type or more", node, place)
    return names


def _all_numbers() -> dict[int, str]:
    return {**_BY_NUMBER, **_ELSEWHERE}


def mask(parser: Parser, node: Node, place: str) -> int:
    """The bits that are asked for, given as a number or as a list of their places, from 0.

    Raises:
        QueryError: it is neither.
    """
    items = node.items if isinstance(node, Array) else (node,)
    found: list[int] = []
    for item in items:
        value = _number(item)
        if value is None or value % 1 or not 0 <= value < 2**63:
            raise parser.fault("a mask is a whole number, 0 or more, or a list of bits", item, place)
        found.append(int(value))
    if isinstance(node, Array):
        return sum(1 << min(bit, 63) for bit in {*found})
    return found[0]
