"""Conditions of query documents on typed values, as expressions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from vitrail.dtypes import (
    Boolean,
    DType,
    Image,
    List,
    Number,
    Struct,
    Text,
    Timestamp,
    required,
)
from vitrail.query.cursor import is_number
from vitrail.query.expr import NAN, Call, Expr, Field, Items, Literal, Record
from vitrail.query.matching.arguments import KNOWN, LOGIC, is_operators
from vitrail.query.matching.conditions import Conditions
from vitrail.query.matching.logic import (
    NO,
    YES,
    Leaf,
    all_of,
    any_item,
    any_of,
    call,
    is_null,
    is_there,
    negated,
    spread,
)
from vitrail.query.operator import said
from vitrail.query.operators.comparison import rank
from vitrail.query.syntax import Document, Node, Regex, Scalar

if TYPE_CHECKING:
    from vitrail.query.parser import Parser

_LEAST, _MOST = Literal(-(2**31)), Literal(2**31)


class Typed(Conditions[Expr]):
    """Conditions on typed values.

    Args:
        parser: knows the plan and the query's text.
        reach: gives a condition on all that the path leads to.
        document: gives the condition of a whole query document on an item of a list.
    """

    def __init__(
        self,
        parser: Parser,
        reach: Callable[[Leaf], Expr],
        document: Callable[[Document, str, Expr], Expr],
    ) -> None:
        super().__init__(parser)
        self._reach = reach
        self._document = document

    def every(self, parts: list[Expr]) -> Expr:
        return all_of(parts)

    def some(self, parts: list[Expr]) -> Expr:
        return any_of(parts)

    def negated(self, part: Expr) -> Expr:
        return negated(part)

    def compared(self, name: str, node: Node, place: str) -> Expr:
        wanted = self.parser.constant(node, place)
        return self._of_any(lambda value: self._compared(name, value, wanted, node, place))

    def _of_any(self, leaf: Leaf) -> Expr:
        return self._reach(lambda value: spread(value, leaf))

    def _compared(self, name: str, value: Expr, wanted: Expr, node: Node, place: str) -> Expr:
        """One comparison within one type: null meets null alone, NaN meets NaN alone."""
        if isinstance(wanted, Literal) and wanted.value is None:
            return is_null(value) if name in ("$eq", "$gte", "$lte") else NO
        inner = required(value.dtype)
        if isinstance(inner, Timestamp) and isinstance(required(wanted.dtype), Text):
            hint = f"write ISODate({self.parser.shown(node)})"
            raise self.parser.fault("a Timestamp is compared with a text", node, place, hint=hint)
        if rank(inner) != rank(wanted.dtype):
            self._refuse_mistyped(inner, wanted, node, place)
            return NO
        if isinstance(wanted, Literal) and isinstance(wanted.value, float) and math.isnan(wanted.value):
            return call("$eq", value, wanted) if name in ("$eq", "$gte", "$lte") else NO
        test = self.parser.born(node, place, lambda: call(name, value, wanted))
        if name in ("$lt", "$lte"):
            floats = isinstance(inner, Number) and not inner.integer
            real = [call("$ne", value, Literal(NAN))] if floats else []
            return all_of([is_there(value), *real, test])
        return test

    def _refuse_mistyped(self, inner: DType, wanted: Expr, node: Node, place: str) -> None:
        """An error where values of two types are compared, and the query surely means another thing."""
        parser = self.parser
        if parser.lenient:
            return
        if isinstance(wanted, Record):
            names = [f"${name}" for name, _ in wanted.parts]
            if not isinstance(inner, Struct | List) and names and set(names) <= {*KNOWN}:
                message = f"a {said(inner)} is compared with a document"
                raise parser.fault(message, node, place, hint=f"did you mean {names[0]}?")
        if isinstance(wanted, Literal) and isinstance(wanted.value, str):
            if wanted.value.startswith("$") and parser.leads(wanted.value[1:]):
                message = (
                    f"a {said(inner)} is compared with the text {wanted.value!r}, not with the column"
                )
                hint = "columns are compared in {$expr: {$eq: ['$one', '$other']}}"
                raise parser.fault(message, node, place, hint=hint)
            if isinstance(inner, Number) and is_number(wanted.value):
                message = f"a Number is compared with the text {wanted.value!r}"
                hint = f"write {wanted.value.strip()} without quotes"
                raise parser.fault(message, node, place, hint=hint)

    def among(self, nodes: list[Node], place: str) -> Expr:
        plain: list[Literal] = []
        others: list[Node] = []
        for node in nodes:
            if isinstance(node, Scalar) and not isinstance(node.value, Regex | None):
                plain.append(Literal(node.value))
            else:
                others.append(node)

        def listed(value: Expr) -> Expr:
            alike = tuple(item for item in plain if rank(item.dtype) == rank(value.dtype))
            return Call("$in", (value, Items(alike))) if alike else NO

        parts = [self._of_any(listed)] if plain else []
        return any_of(parts + [self.compared("$eq", item, place) for item in others])

    def pattern(self, pattern: str, options: str, node: Node, place: str) -> Expr:
        def leaf(value: Expr) -> Expr:
            if not isinstance(required(value.dtype), Text):
                return NO
            made = (value, Literal(pattern), Literal(options))
            return self.parser.born(node, place, lambda: Call("$regexMatch", made))

        return self._of_any(leaf)

    def exists(self) -> Expr:
        return self._reach(_reached)

    def size(self, length: int) -> Expr:
        def leaf(found: Expr) -> Expr:
            if not isinstance(required(found.dtype), List):
                return NO
            return all_of([is_there(found), call("$eq", call("length", found), Literal(length))])

        return self._reach(leaf)

    def element(self, node: Document, place: str) -> Expr:
        plain = is_operators(node) and node.entries[0].key not in (*LOGIC, "$expr")

        def matches(item: Expr) -> Expr:
            if plain:
                inner = Typed(self.parser, lambda leaf: leaf(item), self._document)
                return inner.predicate(node, place)
            return all_of([is_there(item), self._document(node, place, item)])

        def leaf(found: Expr) -> Expr:
            inner = required(found.dtype)
            if not isinstance(inner, List):
                return NO
            if not plain and not isinstance(required(inner.item), Struct | List):
                return NO
            return any_item(found, matches)

        return self._reach(leaf)

    def remainder(self, divisor: int, rest: int) -> Expr:
        def leaf(value: Expr) -> Expr:
            if not isinstance(required(value.dtype), Number):
                return NO
            whole = call("$trunc", value)
            return call("$eq", call("$mod", whole, Literal(divisor)), Literal(rest))

        return self._of_any(leaf)

    def types(self, names: list[str]) -> Expr:
        return self._of_any(lambda value: _of_type(value, names))

    def bits(self, name: str, mask: int) -> Expr:
        return self._of_any(lambda value: _of_bits(name, value, mask))


def _reached(value: Expr) -> Expr:
    """Whether a path leads anywhere: what is absent reads as null, so a part of what is there exists."""
    match value:
        case Literal():
            return NO
        case Field(source=source):
            return is_there(source)
        case Call(name="$arrayElemAt", args=(listed, index)):
            return all_of([is_there(listed), call("$gt", call("length", listed), index)])
    return YES


def _of_type(value: Expr, names: list[str]) -> Expr:
    """Whether a value that may be null is of one of the types; of a list, whether the list itself is."""
    inner = required(value.dtype)
    there = is_there(value)
    tests: list[Expr] = [is_null(value)] if "null" in names else []
    if isinstance(inner, Number) and inner.integer and "number" not in names:
        small = all_of([call("$gte", value, _LEAST), call("$lt", value, _MOST)])
        if "int" in names:
            tests.append(small)
        if "long" in names:
            tests.append(all_of([there, negated(small)]))
    elif _name(inner) in names or (isinstance(inner, Number) and "number" in names):
        tests.append(there)
    return any_of(tests)


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


def _of_bits(name: str, value: Expr, bits: int) -> Expr:
    """Whether a number is whole and has the bits set, or clear."""
    inner = required(value.dtype)
    if not isinstance(inner, Number):
        return NO
    whole, tests = value, [is_there(value)]
    if not inner.integer:
        whole = call("$toLong or null", value)
        tests = [is_there(whole), call("$eq", whole, value)]
    wanted = Literal(bits - 2**64 if bits >= 2**63 else bits)
    found = call("$bitAnd", whole, wanted)
    compared = "$eq" if name in ("$bitsAllSet", "$bitsAllClear") else "$ne"
    other = wanted if name in ("$bitsAllSet", "$bitsAnyClear") else Literal(0)
    return all_of([*tests, call(compared, found, other)])
