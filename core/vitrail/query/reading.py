"""Queries read into trees, as people type them or as Python documents."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from vitrail.errors import QueryError
from vitrail.query.cursor import Cursor
from vitrail.query.extended import extended, short
from vitrail.query.syntax import MOST_ITEMS, MOST_NODES, Array, Cap, Document, Entry, Node, Regex, Scalar


def read(source: str | Mapping[str, Any] | list[Any] | Any) -> Node:
    """The tree of a query that comes as text or as Python values.

    Raises:
        QueryError: it is no query, or larger than the caps; with its place where it came as text.
    """
    if isinstance(source, str):
        return Cursor(source).whole()
    return _Builder().node(source, 0)


class _Builder:
    """Makes the same tree of Python values, and of MongoDB's extended JSON."""

    def __init__(self) -> None:
        self.cap = Cap()

    def node(self, value: Any, depth: int) -> Node:
        self.cap.check(depth, None)
        node = self._node(value, depth)
        self.cap.count(node)
        if depth == 0 and self.cap.nodes > MOST_NODES:
            self.cap.full(None)
        return node

    def _node(self, value: Any, depth: int) -> Node:
        match value:
            case Mapping():
                known = extended(value, None)
                if known is not None:
                    return known
                return Document(None, tuple(self.entry(k, v, depth) for k, v in value.items()))
            case list() | tuple():
                if len(value) > MOST_ITEMS:
                    self.cap.count(Array(None, tuple(Scalar(None, None) for _ in value)))
                return Array(None, tuple(self.node(item, depth + 1) for item in value))
            case re.Pattern():
                pairs = ((re.IGNORECASE, "i"), (re.MULTILINE, "m"), (re.DOTALL, "s"), (re.VERBOSE, "x"))
                options = "".join(letter for flag, letter in pairs if value.flags & flag)
                return Scalar(None, Regex(str(value.pattern), options))
            case int() if not isinstance(value, bool) and not -(2**63) <= value < 2**63:
                return Scalar(None, float(value))
            case str():
                return Scalar(None, self.text(value))
            case None | bool() | int() | float() | dt.datetime() | dt.date():
                return Scalar(None, value)
        scalar = getattr(value, "ndim", None) == 0 and hasattr(value, "item")  # as numpy's are
        plain = value.item() if scalar else value
        if isinstance(plain, bool | int | float | str):
            return Scalar(None, plain)
        hint = "write a list" if isinstance(value, Iterable) and not isinstance(value, bytes) else ""
        raise QueryError(f"a {type(value).__name__} is no value of a query", hint=hint)

    def entry(self, key: Any, value: Any, depth: int) -> Entry:
        if not isinstance(key, str):
            raise QueryError(f"a key must be text, got {short(key)}")
        return Entry(self.text(key), None, self.node(value, depth + 1))

    @staticmethod
    def text(value: str) -> str:
        """Text that is Unicode."""
        try:
            value.encode()
        except UnicodeEncodeError:
            raise QueryError(f"{short(value)} holds half of a surrogate pair, no character") from None
        return value
