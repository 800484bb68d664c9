"""The tree of a query before it is given a meaning: values with their places in the text."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NoReturn

from vitrail.errors import QueryError, Span

MOST_BYTES = 64_000
MOST_DEPTH = 32
MOST_NODES = 2_000
MOST_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression and its options, some of `imsx`."""

    pattern: str
    options: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the query; `span` is its place in the text, None where it came as a document."""

    span: Span | None


Plain = bool | int | float | str | dt.datetime | dt.date | None


@dataclass(frozen=True, slots=True)
class Scalar(Node):
    """A value that holds no other."""

    value: Plain | Regex


@dataclass(frozen=True, slots=True)
class Array(Node):
    """A list of values."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a document, its place, and its value."""

    key: str
    span: Span | None
    value: Node


@dataclass(frozen=True, slots=True)
class Document(Node):
    """Keys and values, in order."""

    entries: tuple[Entry, ...]

    def get(self, key: str) -> Node | None:
        """The value of a key."""
        return next((entry.value for entry in self.entries if entry.key == key), None)


class Cap:
    """Counts nodes; long lists of plain values count their first few only.

    Attributes:
        nodes: how many there are so far.
    """

    def __init__(self) -> None:
        self.nodes = 0

    def check(self, depth: int, span: Span | None) -> None:
        """Refuse what stands too deep."""
        if depth > MOST_DEPTH:
            raise QueryError(f"a query nests at most {MOST_DEPTH} deep", span=span)

    def count(self, node: Node) -> None:
        """Count a node that is whole.

        Raises:
            QueryError: it is one too many, or a list too long.
        """
        if isinstance(node, Array):
            if len(node.items) > MOST_ITEMS:
                message = f"a list in a query has at most {MOST_ITEMS:,} items, got {len(node.items):,}"
                raise QueryError(message, span=node.span)
            if all(isinstance(item, Scalar) for item in node.items):
                self.nodes -= max(0, len(node.items) - 8)
        self.nodes += 1
        if self.nodes > MOST_NODES + MOST_ITEMS:
            self.full(node.span)

    def full(self, span: Span | None) -> NoReturn:
        """Refuse a query that has too many nodes."""
        raise QueryError(f"a query has at most {MOST_NODES:,} parts", span=span)
