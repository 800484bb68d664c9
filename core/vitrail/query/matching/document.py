"""Query documents such as `{conf: {$gt: 0.5}}`, read into the same typed expressions.

They follow other rules than expressions do: a comparison holds only within one type, never for null or
NaN; a condition on a list holds if any item meets it, or the list as a whole; what is absent is null.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from vitrail.dtypes import List, Nothing, required
from vitrail.errors import QueryError, Span
from vitrail.query.expr import Call, Expr, Field, Literal
from vitrail.query.matching import mixed
from vitrail.query.matching.arguments import LOGIC
from vitrail.query.matching.logic import (
    NO,
    NULL,
    Leaf,
    all_of,
    any_item,
    any_of,
    is_null,
    is_there,
    negated,
)
from vitrail.query.matching.typed import Typed
from vitrail.query.mixing import mixes
from vitrail.query.operator import operators
from vitrail.query.operators.statistics import sampled
from vitrail.query.paths import PathError, resolve
from vitrail.query.soundness import sound
from vitrail.query.syntax import Array, Document, Entry, Node, Scalar

if TYPE_CHECKING:
    from vitrail.query.parser import Parser

Root = Callable[[tuple[str, ...]], tuple[Expr, tuple[str, ...]]]


def document_condition(parser: Parser, node: Document, place: str) -> Expr:
    """The condition of a whole query document.

    Raises:
        QueryError: it makes no sense; with its place in the text.
    """

    def root(segments: tuple[str, ...]) -> tuple[Expr, tuple[str, ...]]:
        try:
            column, used = resolve(parser.plan, segments)
        except PathError:
            if parser.lenient:
                return NULL, ()
            raise
        return column, segments[used:]

    return sound(_document(parser, node, place, root), asked=True)


def _document(parser: Parser, node: Document, place: str, root: Root) -> Expr:
    parts: list[Expr] = []
    for entry in node.entries:
        here = f"{place}.{entry.key}" if place else entry.key
        if entry.key in LOGIC:
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
    return all_of(parts)


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
        return all_of(parts)
    return any_of(parts) if entry.key == "$or" else negated(any_of(parts))


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
            several = mixed.leading(start, rest)
        except PathError as error:
            if not parser.lenient:
                raise _misplaced(parser, entry, error, used + error.segment) from None
            several, start, rest = None, NULL, ()
        if several is not None:
            return mixed.condition(parser, *several, value, place)

    def reach(leaf: Leaf) -> Expr:
        try:
            return _walk(start, rest, leaf)
        except PathError as error:
            if parser.lenient:
                return leaf(NULL)
            raise _misplaced(parser, entry, error, used + error.segment) from None

    return Typed(parser, reach, partial(_of_item, parser)).read(value, place)


def _of_item(parser: Parser, node: Document, place: str, item: Expr) -> Expr:
    """The condition of a document on an item of a list."""
    return _document(parser, node, place, lambda segments: (item, segments))


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
        return leaf(NULL)
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
        missing = leaf(NULL)
        if missing != NO:
            found.append(all_of([is_null(value), missing]))
        if not isinstance(item, List):
            found.append(
                any_item(value, lambda v: all_of([is_there(v), _walk(v, tuple(segments), leaf, depth)]))
            )
    return any_of(found)
