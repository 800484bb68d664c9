"""What $type and the $bits… operators of query documents ask for, and how a typed value meets it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vitrail.dtypes import Boolean, DType, Image, List, Number, Struct, Text, Timestamp, required
from vitrail.query.expr import Call, Expr, Literal
from vitrail.query.syntax import Array, Node, Scalar

if TYPE_CHECKING:
    from vitrail.query.parser import Parser

BITS = ("$bitsAllSet", "$bitsAnySet", "$bitsAllClear", "$bitsAnyClear")
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
_LEAST, _MOST = Literal(-(2**31)), Literal(2**31)


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
        value = item.value if isinstance(item, Scalar) else None
        real = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        whole = int(value) if real and isinstance(value, int | float) else -1
        if whole < 0 or whole != value or whole >= 2**63:
            raise parser.fault("a mask is a whole number, 0 or more, or a list of bits", item, place)
        found.append(whole)
    if isinstance(node, Array):
        return sum(1 << min(bit, 63) for bit in {*found})
    return found[0]


def of_type(value: Expr, names: list[str]) -> Expr:
    """Whether a value that may be null is of one of the types; of a list, whether the list itself is."""
    inner = required(value.dtype)
    there = Call("$ne", (value, Literal(None)))
    tests: list[Expr] = [Call("$eq", (value, Literal(None)))] if "null" in names else []
    if isinstance(inner, Number) and inner.integer and "number" not in names:
        small = Call("$and", (Call("$gte", (value, _LEAST)), Call("$lt", (value, _MOST))))
        if "int" in names:
            tests.append(small)
        if "long" in names:
            tests.append(Call("$and", (there, Call("$not", (small,)))))
    elif _name(inner) in names or (isinstance(inner, Number) and "number" in names):
        tests.append(there)
    if not tests:
        return Literal(False)
    return tests[0] if len(tests) == 1 else Call("$or", tuple(tests))


def _name(dtype: DType) -> str:
    match dtype:
        case Number():
            return "double"
        case Text():
            return "string"
        case Boolean():
            return "bool"
        case Timestamp():
            return "date"
        case List():
            return "array"
        case Struct() | Image():
            return "object"
    return ""


def of_bits(name: str, value: Expr, bits: int) -> Expr:
    """Whether a number is whole and has the bits set, or clear."""
    inner = required(value.dtype)
    if not isinstance(inner, Number):
        return Literal(False)
    whole, tests = value, [Call("$ne", (value, Literal(None)))]
    if not inner.integer:
        whole = Call("$toLong or null", (value,))
        tests = [Call("$ne", (whole, Literal(None))), Call("$eq", (whole, value))]
    wanted = Literal(bits - 2**64 if bits >= 2**63 else bits)
    found = Call("$bitAnd", (whole, wanted))
    compared = "$eq" if name in ("$bitsAllSet", "$bitsAllClear") else "$ne"
    other = wanted if name in ("$bitsAllSet", "$bitsAnyClear") else Literal(0)
    return Call("$and", (*tests, Call(compared, (found, other))))
