"""Conditions of query documents on values of several kinds: written as a text that the engine reads.

Where a path leads through such a value, what it finds is known only row by row; so the whole condition
of a column becomes one document, after `vitrail.query.dynamic.matching`, and is tested on the values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitrail.dtypes import Image, Struct, required
from vitrail.errors import QueryError
from vitrail.mixed import encode
from vitrail.query.expr import Call, Expr, Field, Literal
from vitrail.query.matching.arguments import LOGIC, is_operators, listed
from vitrail.query.matching.conditions import Conditions
from vitrail.query.mixing import mixes
from vitrail.query.operators.mixed import as_mixed
from vitrail.query.operators.regex import read_pattern
from vitrail.query.paths import PathError
from vitrail.query.syntax import Array, Document, Node, Regex, Scalar

if TYPE_CHECKING:
    from vitrail.query.parser import Parser

Described = dict[str, Any]


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
    described = _Described(parser, path).read(node, place)
    return Call("matches", (value, Literal(encode(described))))


class _Described(Conditions[Described]):
    """Conditions as documents.

    Args:
        parser: knows the query's text.
        path: where it leads in the value; "" for the value itself.
        whole: whether a list at its end is not looked into.
    """

    def __init__(self, parser: Parser, path: str, *, whole: bool = False) -> None:
        super().__init__(parser)
        self._path = path
        self._whole = whole

    def _test(self, name: str, wanted: Any, *, whole: bool | None = None) -> Described:
        whole = self._whole if whole is None else whole
        return {"test": name, "wanted": wanted, "path": self._path, "whole": whole}

    def every(self, parts: list[Described]) -> Described:
        return parts[0] if len(parts) == 1 else {"test": "$and", "of": parts}

    def some(self, parts: list[Described]) -> Described:
        return parts[0] if len(parts) == 1 else {"test": "$or", "of": parts}

    def negated(self, part: Described) -> Described:
        return {"test": "$not", "of": [part]}

    def compared(self, name: str, node: Node, place: str) -> Described:
        return self._test(name, plain(self.parser, node, place))

    def among(self, nodes: list[Node], place: str) -> Described:
        return self._test("$in", [plain(self.parser, node, place) for node in nodes])

    def pattern(self, pattern: str, options: str, node: Node, place: str) -> Described:
        read_pattern(pattern, options)  # refuses what cannot be
        return self._test("$regex", [pattern, options])

    def exists(self) -> Described:
        return self._test("$exists", None, whole=True)

    def size(self, length: int) -> Described:
        return self._test("$size", length, whole=True)

    def element(self, node: Document, place: str) -> Described:
        if is_operators(node) and node.entries[0].key not in LOGIC:
            inner = _Described(self.parser, "", whole=True).predicate(node, place)
            return self._test("$elemMatch", {"of": inner, "documents": False}, whole=True)
        inner = self._document(node, place)
        return self._test("$elemMatch", {"of": inner, "documents": True}, whole=True)

    def remainder(self, divisor: int, rest: int) -> Described:
        return self._test("$mod", [divisor, rest])

    def types(self, names: list[str]) -> Described:
        return self._test("$type", names)

    def bits(self, name: str, mask: int) -> Described:
        return self._test(name, mask)

    def _document(self, node: Document, place: str) -> Described:
        parts: list[Described] = []
        for entry in node.entries:
            here = f"{place}.{entry.key}"
            if entry.key in LOGIC:
                items = listed(self.parser, entry.value, here)
                inner = [self._document(item, here) for item in items if isinstance(item, Document)]
                parts.append({"test": entry.key, "of": inner})
            elif entry.key.startswith("$"):
                message = f"{entry.key} does not stand in $elemMatch"
                raise self.parser.fault(message, entry.value, here)
            elif not all(entry.key.split(".")):
                raise QueryError(f"{entry.key!r} is no path", span=entry.span, path=here)
            else:
                parts.append(_Described(self.parser, entry.key).read(entry.value, here))
        return self.every(parts)


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
