"""The conditions on one column of a query document, as they are read; what they become is told elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

from vitrail.errors import QueryError
from vitrail.query.forms import regex
from vitrail.query.matching.arguments import (
    BITS,
    COLUMN,
    KNOWN,
    division,
    is_operators,
    is_pattern,
    listed,
    mask,
    size,
    types,
)
from vitrail.query.nearest import closest
from vitrail.query.syntax import Document, Entry, Node, Scalar

if TYPE_CHECKING:
    from vitrail.query.parser import Parser

Condition = TypeVar("Condition")


class Conditions(ABC, Generic[Condition]):
    """Reads the conditions on what one path leads to.

    Args:
        parser: knows the plan and the query's text.
    """

    def __init__(self, parser: Parser) -> None:
        self.parser = parser

    def read(self, node: Node, place: str) -> Condition:
        """A column's condition: operators, a /regex/, or a value that it equals.

        Raises:
            QueryError: the condition makes no sense.
        """
        if isinstance(node, Document) and is_operators(node):
            return self.predicate(node, place)
        return self._equal(node, place)

    def predicate(self, node: Document, place: str) -> Condition:
        """The conditions of `{$gt: 1, $lt: 3}`, each met on its own.

        Raises:
            QueryError: one of them makes no sense.
        """
        given = {entry.key: entry.value for entry in node.entries}
        parts: list[Condition] = []
        for entry in node.entries:
            here = f"{place}.{entry.key}"
            if entry.key not in COLUMN:
                raise self._unknown(entry, here)
            if entry.key != "$options":
                parts.append(self._operator(entry, here, given.get("$options")))
            elif "$regex" not in given:
                raise self.parser.fault("$options needs a $regex beside it", entry.value, here)
        return self.every(parts)

    def _unknown(self, entry: Entry, place: str) -> QueryError:
        message = f"the key {entry.key!r} stands among operators"
        if entry.key.startswith("$"):
            message = f"no operator {entry.key!r} in a query document"
        return QueryError(message, span=entry.span, path=place, hint=closest(entry.key, KNOWN))

    def _operator(self, entry: Entry, place: str, options: Node | None) -> Condition:
        name, node, parser = entry.key, entry.value, self.parser
        match name:
            case "$eq":
                return self._equal(node, place)
            case "$ne":
                return self.negated(self._equal(node, place))
            case "$gt" | "$gte" | "$lt" | "$lte":
                if is_pattern(node):
                    raise parser.fault(f"{name} takes no regular expression", node, place)
                return self.compared(name, node, place)
            case "$in":
                return self._in(node, place)
            case "$nin":
                return self.negated(self._in(node, place))
            case "$not":
                return self._not(node, place)
            case "$exists":
                yes = isinstance(node, Scalar) and bool(node.value)
                return self.exists() if yes else self.negated(self.exists())
            case "$all":
                items = [self.read(item, place) for item in listed(parser, node, place)]
                return self.every(items) if items else self.some([])
            case "$elemMatch":
                if not isinstance(node, Document):
                    raise parser.fault("$elemMatch needs a document", node, place)
                return self.element(node, place)
            case "$regex":
                return self._pattern(node, options, place)
            case "$size":
                return self.size(size(parser, node, place))
            case "$mod":
                return self.remainder(*division(parser, node, place))
            case "$type":
                return self.types(types(parser, node, place))
        assert name in BITS  # noqa: S101 - what is left of COLUMN
        return self.bits(name, mask(parser, node, place))

    def _equal(self, node: Node, place: str) -> Condition:
        if is_pattern(node):
            return self._pattern(node, None, place)
        return self.compared("$eq", node, place)

    def _pattern(self, node: Node, options: Node | None, place: str) -> Condition:
        return self.pattern(*regex(self.parser, node, options, place), node, place)

    def _in(self, node: Node, place: str) -> Condition:
        items = listed(self.parser, node, place)
        for item in items:
            if is_operators(item):
                raise self.parser.fault("a list of values holds no operators", item, place)
        values = [item for item in items if not is_pattern(item)]
        patterns = [self._pattern(item, None, place) for item in items if is_pattern(item)]
        return self.some([self.among(values, place), *patterns])

    def _not(self, node: Node, place: str) -> Condition:
        if is_pattern(node) or is_operators(node):
            return self.negated(self.read(node, place))
        message = "$not needs a document of operators or a /regex/"
        raise self.parser.fault(message, node, place)

    # What they become.

    @abstractmethod
    def every(self, parts: list[Condition]) -> Condition:
        """All of some conditions."""

    @abstractmethod
    def some(self, parts: list[Condition]) -> Condition:
        """Any of some conditions; never true of none."""

    @abstractmethod
    def negated(self, part: Condition) -> Condition:
        """The contrary."""

    @abstractmethod
    def compared(self, name: str, node: Node, place: str) -> Condition:
        """$eq, $gt, $gte, $lt or $lte with a value."""

    @abstractmethod
    def among(self, nodes: list[Node], place: str) -> Condition:
        """Equality with one of some values."""

    @abstractmethod
    def pattern(self, pattern: str, options: str, node: Node, place: str) -> Condition:
        """A text that holds a regular expression."""

    @abstractmethod
    def exists(self) -> Condition:
        """The path leads somewhere."""

    @abstractmethod
    def size(self, length: int) -> Condition:
        """A list of so many items."""

    @abstractmethod
    def element(self, node: Document, place: str) -> Condition:
        """A list of which one item meets several conditions."""

    @abstractmethod
    def remainder(self, divisor: int, rest: int) -> Condition:
        """A number whose whole part leaves a rest."""

    @abstractmethod
    def types(self, names: list[str]) -> Condition:
        """A value of one of the types."""

    @abstractmethod
    def bits(self, name: str, mask: int) -> Condition:
        """A whole number whose bits are set, or clear, as one of the operators `BITS` asks."""
