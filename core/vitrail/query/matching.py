"""Query documents such as `{conf: {$gt: 0.5}}`, read into the same typed expressions.

They follow other rules than expressions do: a comparison holds only within one type, never for null or
NaN; a condition on a list holds if any item meets it, or the list as a whole; what is absent is null.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from vitrail.dtypes import DType, List, Nothing, Number, Struct, Text, Timestamp, required
from vitrail.errors import QueryError, Span
from vitrail.query.described import condition as described
from vitrail.query.described import leading
from vitrail.query.expr import (
    NAN,
    Call,
    Expr,
    Field,
    Items,
    Literal,
    Map,
    Record,
    Variable,
    item_type,
)
from vitrail.query.mixing import mixes
from vitrail.query.nearest import closest
from vitrail.query.operator import operators, said
from vitrail.query.operators.comparison import rank
from vitrail.query.operators.statistics import sampled
from vitrail.query.paths import PathError, resolve
from vitrail.query.soundness import sound
from vitrail.query.syntax import Array, Document, Entry, Node, Regex, Scalar, is_number
from vitrail.query.wanted import BITS, mask, of_bits, of_type, types

if TYPE_CHECKING:
    from vitrail.query.parser import Parser

Leaf = Callable[[Expr], Expr]
Root = Callable[[tuple[str, ...]], tuple[Expr, tuple[str, ...]]]

_LOGIC = ("$and", "$or", "$nor")
KNOWN = (
    *(*_LOGIC, "$expr", "$comment", "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin"),
    *("$not", "$exists", "$size", "$elemMatch", "$all", "$regex", "$options", "$mod"),
    *("$type", "$sampleRate", *BITS),
)
_NO, _YES, _NULL = Literal(False), Literal(True), Literal(None)


def document(parser: Parser, node: Document, place: str) -> Expr:
    """The condition of a whole query document.

    Raises:
        QueryError: it makes no sense; with its place in the text.
    """

    def root(segments: tuple[str, ...]) -> tuple[Expr, tuple[str, ...]]:
        try:
            column, used = resolve(parser.plan, segments)
        except PathError:
            if parser.lenient:
                return _NULL, ()
            raise
        return column, segments[used:]

    return sound(_document(parser, node, place, root), asked=True)


def _document(parser: Parser, node: Document, place: str, root: Root) -> Expr:
    parts: list[Expr] = []
    for entry in node.entries:
        here = f"{place}.{entry.key}" if place else entry.key
        if entry.key in _LOGIC:
            parts.append(_logic(parser, entry, here, root))
        elif entry.key == "$sampleRate":
            parts.append(_sampled(parser, entry.value, here))
        elif entry.key == "$expr":
            parts.append(parser.condition(entry.value, here))
        elif entry.key.startswith("$") and entry.key != "$comment":
            hint = "inside a query document it stands after a column: {column: {…}}"
            message = f"{entry.key} does not stand at the top of a query document"
            raise QueryError(message, span=entry.span, path=here, hint=hint)
        elif entry.key != "$comment":
            parts.append(_column(parser, entry, here, root))
    return _all(parts)


def _logic(parser: Parser, entry: Entry, place: str, root: Root) -> Expr:
    items = entry.value.items if isinstance(entry.value, Array) else ()
    if not items:
        raise parser.fault(f"{entry.key} needs a list of one or more documents", entry.value, place)
    parts: list[Expr] = []
    for index, item in enumerate(items):
        if not isinstance(item, Document):
            raise parser.fault(f"{entry.key} needs query documents", item, f"{place}[{index}]")
        parts.append(_document(parser, item, f"{place}[{index}]", root))
    if entry.key == "$and":
        return _all(parts)
    return _any_of(parts) if entry.key == "$or" else _not(_any_of(parts))


def _sampled(parser: Parser, node: Node, place: str) -> Expr:
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise parser.fault("$sampleRate needs a number from 0 to 1", node, place)
    return sampled(float(value))


def _column(parser: Parser, entry: Entry, place: str, root: Root) -> Expr:
    segments = tuple(entry.key.split("."))
    if not all(segments):
        raise QueryError(f"{entry.key!r} is no path", span=entry.span, path=place)
    try:
        start, rest = root(segments)
    except PathError as error:
        raise _misplaced(parser, entry, error, error.segment) from None
    value, used = entry.value, len(segments) - len(rest)
    if mixes(start.dtype):
        try:
            several = leading(start, rest)
        except PathError as error:
            if not parser.lenient:
                raise _misplaced(parser, entry, error, used + error.segment) from None
            several, start, rest = None, _NULL, ()
        if several is not None:
            return described(parser, *several, value, place)

    def reach(leaf: Leaf) -> Expr:
        try:
            return _walk(start, rest, leaf)
        except PathError as error:
            if parser.lenient:
                return leaf(_NULL)
            raise _misplaced(parser, entry, error, used + error.segment) from None

    if isinstance(value, Document) and _operators(value):
        return _predicate(parser, value, place, reach)
    return _equality(parser, value, place, reach)


def _misplaced(parser: Parser, entry: Entry, error: QueryError, segment: int) -> QueryError:
    span = entry.span
    if span is not None and parser.text is not None:
        start = parser.text.find(entry.key, span.start, span.stop)
        if start >= 0:
            names = entry.key.split(".")
            start += sum(len(name) + 1 for name in names[:segment])
            span = Span(start, start + len(names[min(segment, len(names) - 1)]))
    hint = f"did you mean ${entry.key}?" if f"${entry.key}" in operators() else ""
    return QueryError(str(error), span=span, path=entry.key, hint=hint)


def _walk(value: Expr, segments: tuple[str, ...], leaf: Leaf, depth: int = 0) -> Expr:
    """`leaf` of all that a path leads to: through a list, of any item that is a document."""
    if not segments:
        return leaf(value)
    name, *rest = segments
    inner = required(value.dtype)
    if isinstance(inner, Nothing):
        return leaf(_NULL)
    if not isinstance(inner, List):
        try:
            part = Field(value, name)
        except QueryError as error:
            raise PathError(str(error), depth) from None
        return _walk(part, tuple(rest), leaf, depth + 1)
    found: list[Expr] = []
    item = required(inner.item)
    if name.isdecimal():
        index = Call("$arrayElemAt", (value, Literal(int(name[:9]))))
        found.append(_walk(index, tuple(rest), leaf, depth + 1))
    if not name.isdecimal() or name in item.field_names:
        missing = leaf(_NULL)
        if missing != _NO:
            found.append(_all([_is_null(value), missing]))
        if not isinstance(item, List):
            found.append(
                _any(value, lambda v: _all([_there(v), _walk(v, tuple(segments), leaf, depth)]))
            )
    return _any_of(found)


def _operators(node: Node) -> bool:
    return isinstance(node, Document) and bool(node.entries) and node.entries[0].key.startswith("$")


def _predicate(parser: Parser, node: Document, place: str, reach: Callable[[Leaf], Expr]) -> Expr:
    """The conditions of `{$gt: 1, $lt: 3}`, each met by any item on its own."""
    parts: list[Expr] = []
    given = {entry.key: entry.value for entry in node.entries}
    for entry in node.entries:
        here = f"{place}.{entry.key}"
        if not entry.key.startswith("$"):
            message = f"the key {entry.key!r} stands among operators"
            hint = closest(entry.key, KNOWN)
            raise QueryError(message, span=entry.span, path=here, hint=hint)
        if entry.key == "$options":
            if "$regex" not in given:
                raise parser.fault("$options needs a $regex beside it", entry.value, here)
            continue
        parts.append(_operator(parser, entry, here, reach, given.get("$options")))
    return _all(parts)


def _operator(
    parser: Parser, entry: Entry, place: str, reach: Callable[[Leaf], Expr], options: Node | None
) -> Expr:
    node = entry.value
    match entry.key:
        case "$eq":
            return _equality(parser, node, place, reach)
        case "$ne":
            return _not(_equality(parser, node, place, reach))
        case "$gt" | "$gte" | "$lt" | "$lte":
            return _ordering(parser, entry.key, node, place, reach)
        case "$in" | "$nin":
            found = _among(parser, node, place, reach)
            return found if entry.key == "$in" else _not(found)
        case "$not":
            if _operators(node) and isinstance(node, Document):
                return _not(_predicate(parser, node, place, reach))
            if isinstance(node, Scalar) and isinstance(node.value, Regex):
                return _not(_equality(parser, node, place, reach))
            raise parser.fault("$not needs a document of operators or a /regex/", node, place)
        case "$exists":
            yes = isinstance(node, Scalar) and bool(node.value)
            there = reach(_reached)
            return there if yes else _not(there)
        case "$size":
            return _size(parser, node, place, reach)
        case "$elemMatch":
            return _element(parser, node, place, reach)
        case "$all":
            return _every(parser, node, place, reach)
        case "$regex":
            return _regex(parser, node, options, place, reach)
        case "$mod":
            return _mod(parser, node, place, reach)
        case "$type":
            names = types(parser, node, place)
            return reach(lambda value: _spread(value, lambda v: of_type(v, names)))
        case name if name in BITS:
            bits = mask(parser, node, place)
            return reach(lambda value: _spread(value, lambda v: of_bits(name, v, bits)))
    raise QueryError(
        f"no operator {entry.key!r} in a query document",
        span=entry.span,
        path=place,
        hint=closest(entry.key, KNOWN),
    )


def _equality(parser: Parser, node: Node, place: str, reach: Callable[[Leaf], Expr]) -> Expr:
    if isinstance(node, Scalar) and isinstance(node.value, Regex):
        return _regex(parser, node, None, place, reach)
    wanted = parser.constant(node, place)
    return reach(
        lambda value: _spread(
            value, lambda v: _compared(parser, "$eq", v, wanted, node=node, place=place)
        )
    )


def _ordering(parser: Parser, name: str, node: Node, place: str, reach: Callable[[Leaf], Expr]) -> Expr:
    if isinstance(node, Scalar) and isinstance(node.value, Regex):
        raise parser.fault(f"{name} takes no regular expression", node, place)
    wanted = parser.constant(node, place)
    return reach(
        lambda value: _spread(
            value, lambda v: _compared(parser, name, v, wanted, node=node, place=place)
        )
    )


def _compared(parser: Parser, name: str, value: Expr, wanted: Expr, *, node: Node, place: str) -> Expr:
    """One comparison within one type: null meets null alone, NaN meets NaN alone."""
    if isinstance(wanted, Literal) and wanted.value is None:
        return _is_null(value) if name in ("$eq", "$gte", "$lte") else _NO
    inner = required(value.dtype)
    if isinstance(inner, Timestamp) and isinstance(required(wanted.dtype), Text):
        hint = f"write ISODate({parser.shown(node)})"
        raise parser.fault("a Timestamp is compared with a text", node, place, hint=hint)
    if rank(inner) != rank(wanted.dtype):
        _refuse_mistyped(parser, inner, wanted, node=node, place=place)
        return _NO
    if isinstance(wanted, Literal) and isinstance(wanted.value, float) and math.isnan(wanted.value):
        return _call("$eq", value, wanted) if name in ("$eq", "$gte", "$lte") else _NO
    test = parser.born(node, place, lambda: _call(name, value, wanted))
    if name in ("$lt", "$lte"):
        floats = isinstance(inner, Number) and not inner.integer
        return _all([_there(value), *([_call("$ne", value, Literal(NAN))] if floats else []), test])
    return test


def _refuse_mistyped(parser: Parser, inner: DType, wanted: Expr, *, node: Node, place: str) -> None:
    """An error where values of two types are compared, and the query surely means another thing."""
    if parser.lenient:
        return
    if isinstance(wanted, Record):
        names = [f"${name}" for name, _ in wanted.parts]
        if not isinstance(inner, Struct | List) and names and set(names) <= {*KNOWN}:
            message = f"a {said(inner)} is compared with a document"
            raise parser.fault(message, node, place, hint=f"did you mean {names[0]}?")
    if isinstance(wanted, Literal) and isinstance(wanted.value, str):
        if wanted.value.startswith("$") and parser.leads(wanted.value[1:]):
            message = f"a {said(inner)} is compared with the text {wanted.value!r}, not with the column"
            hint = "columns are compared in {$expr: {$eq: ['$one', '$other']}}"
            raise parser.fault(message, node, place, hint=hint)
        if isinstance(inner, Number) and is_number(wanted.value):
            message = f"a Number is compared with the text {wanted.value!r}"
            raise parser.fault(message, node, place, hint=f"write {wanted.value.strip()} without quotes")


def _among(parser: Parser, node: Node, place: str, reach: Callable[[Leaf], Expr]) -> Expr:
    if not isinstance(node, Array):
        raise parser.fault(f"{place.rpartition('.')[2]} needs a list", node, place)
    for item in node.items:
        if _operators(item):
            raise parser.fault("a list of values holds no operators", item, place)
    literals: list[Literal] = []
    others: list[Node] = []
    for item in node.items:
        if isinstance(item, Scalar) and not isinstance(item.value, Regex | None):
            literals.append(Literal(item.value))
        else:
            others.append(item)

    def listed(value: Expr) -> Expr:
        alike = tuple(item for item in literals if rank(item.dtype) == rank(value.dtype))
        if not alike:
            return _NO
        return Call("$in", (value, Items(alike)))

    parts = [reach(lambda value: _spread(value, listed))] if literals else []
    parts += [_equality(parser, item, place, reach) for item in others]
    return _any_of(parts)


def _size(parser: Parser, node: Node, place: str, reach: Callable[[Leaf], Expr]) -> Expr:
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value % 1:
        raise parser.fault("$size needs a whole number, 0 or more", node, place)
    wanted = Literal(int(value))

    def leaf(found: Expr) -> Expr:
        if not isinstance(required(found.dtype), List):
            return _NO
        return _all([_there(found), _call("$eq", Call("length", (found,)), wanted)])

    return reach(leaf)


def _element(parser: Parser, node: Node, place: str, reach: Callable[[Leaf], Expr]) -> Expr:
    if not isinstance(node, Document):
        raise parser.fault("$elemMatch needs a document", node, place)
    logic = bool(node.entries) and node.entries[0].key in (*_LOGIC, "$expr")

    def matches(item: Expr) -> Expr:
        if _operators(node) and not logic:
            return _predicate(parser, node, place, lambda leaf: leaf(item))

        def root(segments: tuple[str, ...]) -> tuple[Expr, tuple[str, ...]]:
            return item, segments

        return _all([_there(item), _document(parser, node, place, root)])

    def leaf(found: Expr) -> Expr:
        inner = required(found.dtype)
        if not isinstance(inner, List):
            return _NO
        if not (_operators(node) and not logic) and not isinstance(required(inner.item), Struct | List):
            return _NO
        return _any(found, matches)

    return reach(leaf)


def _every(parser: Parser, node: Node, place: str, reach: Callable[[Leaf], Expr]) -> Expr:
    if not isinstance(node, Array):
        raise parser.fault("$all needs a list", node, place)
    parts = [
        _predicate(parser, item, place, reach)
        if isinstance(item, Document) and _operators(item)
        else _equality(parser, item, place, reach)
        for item in node.items
    ]
    return _all(parts) if parts else _NO


def _regex(
    parser: Parser, node: Node, options: Node | None, place: str, reach: Callable[[Leaf], Expr]
) -> Expr:
    from vitrail.query.forms import regex

    pattern, letters = regex(parser, node, options, place)

    def one(value: Expr) -> Expr:
        if not isinstance(required(value.dtype), Text):
            return _NO
        return parser.born(
            node, place, lambda: Call("$regexMatch", (value, Literal(pattern), Literal(letters)))
        )

    return reach(lambda value: _spread(value, one))


def _mod(parser: Parser, node: Node, place: str, reach: Callable[[Leaf], Expr]) -> Expr:
    pair = [i.value for i in node.items if isinstance(i, Scalar)] if isinstance(node, Array) else []
    numbers = [int(v) for v in pair if isinstance(v, int | float) and math.isfinite(v)]
    if len(numbers) != 2 or not isinstance(node, Array) or len(node.items) != 2 or not numbers[0]:
        raise parser.fault("$mod needs [divisor, remainder], the divisor not 0", node, place)

    def one(value: Expr) -> Expr:
        if not isinstance(required(value.dtype), Number):
            return _NO
        whole = Call("$trunc", (value,))
        return _call("$eq", Call("$mod", (whole, Literal(numbers[0]))), Literal(numbers[1]))

    return reach(lambda value: _spread(value, one))


def _spread(value: Expr, leaf: Leaf) -> Expr:
    """A condition on a value; on a list, of any of its items or of the list as a whole."""
    if not isinstance(required(value.dtype), List):
        return leaf(value)
    return _any_of([leaf(value), _any(value, leaf)])


def _any(listed: Expr, test: Leaf) -> Expr:
    name = f"item{_depth(listed)}"
    body = test(Variable(name, item_type("a list", listed)))
    return _NO if body == _NO else Call("any", (Map(listed, name, body),))


def _depth(expr: Expr) -> int:
    """How many of the variables that are made here the expression stands inside."""
    match expr:
        case Variable(name=name):
            return int(name.removeprefix("item") or 0) + 1
        case Field(source=source):
            return _depth(source)
        case Call(args=(first, *_)):
            return _depth(first)
    return 0


def _call(name: str, *args: Expr) -> Expr:
    return Call(name, args)


def _is_null(value: Expr) -> Expr:
    return _YES if value == _NULL else _call("$eq", value, _NULL)


def _there(value: Expr) -> Expr:
    return _NO if value == _NULL else _call("$ne", value, _NULL)


def _reached(value: Expr) -> Expr:
    """Whether a path leads anywhere: what is absent reads as null, so a part of what is there exists."""
    match value:
        case Literal():
            return _NO
        case Field(source=source):
            return _there(source)
        case Call(name="$arrayElemAt", args=(listed, index)):
            return _all([_there(listed), _call("$gt", Call("length", (listed,)), index)])
    return _YES


def _not(value: Expr) -> Expr:
    return Call("$not", (value,))


def _all(parts: list[Expr]) -> Expr:
    kept = [part for part in parts if part != _YES]
    if _NO in kept:
        return _NO
    if not kept:
        return _YES
    return kept[0] if len(kept) == 1 else Call("$and", tuple(kept))


def _any_of(parts: list[Expr]) -> Expr:
    kept = [part for part in parts if part != _NO]
    if _YES in kept:
        return _YES
    if not kept:
        return _NO
    return kept[0] if len(kept) == 1 else Call("$or", tuple(kept))
