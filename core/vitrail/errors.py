"""What can go wrong, as one small tree.

VitrailError
├── NotFound (LookupError)        a name that leads nowhere: artifact, alias, entry, column, visualizer
├── Invalid (ValueError)          input that cannot be taken as it is
│   ├── CellError                 a cell that does not fit its column; carries row and column
│   └── QueryError                a query that makes no sense; carries its place in the text
├── LimitExceeded (RuntimeError)  a query that ran too long or grew too large
├── Cancelled (RuntimeError)      a question that its asker withdrew
├── StoreError (OSError)          the store cannot be read or written
│   ├── Damaged                   bytes that are not what their digest promises
│   └── NewerFormat               written by a newer Vitrail than this one
└── PluginError (RuntimeError)    a plugin that failed; carries its name and its distribution
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


class VitrailError(Exception):
    """The root of everything that Vitrail raises on purpose."""


class NotFound(VitrailError, LookupError):
    """A name that leads nowhere."""


class Invalid(VitrailError, ValueError):
    """Input that cannot be taken as it is."""


class CellError(Invalid):
    """A cell that does not fit its column.

    Attributes:
        row: counted from 0; None when the fault is not in one row.
        column: the column's name.
    """

    def __init__(self, message: str, *, row: int | None, column: str) -> None:
        super().__init__(message)
        self.row = row
        self.column = column


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a query's text, as characters [start, stop) counted from 0."""

    start: int
    stop: int

    def line_and_column(self, text: str) -> tuple[int, int]:
        """Where the piece begins in `text`, both counted from 1."""
        before = text[: self.start]
        return before.count("\n") + 1, self.start - (before.rfind("\n") + 1) + 1


class QueryError(Invalid):
    """A query that makes no sense, with the place of the fault.

    Attributes:
        span: the offending piece of the text, where the query came as text.
        path: the fault's place in the document, such as `$gte[0].$size`; "" at the top.
        hint: what to write instead; "" when there is nothing to suggest.
    """

    def __init__(
        self, message: str, *, span: Span | None = None, path: str = "", hint: str = ""
    ) -> None:
        super().__init__(message)
        self.span = span
        self.path = path
        self.hint = hint


class LimitExceeded(VitrailError, RuntimeError):
    """A query that ran too long or grew too large, and was ended."""


class Cancelled(VitrailError, RuntimeError):
    """A question that its asker withdrew before the answer came."""


class StoreError(VitrailError, OSError):
    """The store cannot be read or written."""


class Damaged(StoreError):
    """Bytes that are not what their digest promises."""


class NewerFormat(StoreError):
    """A document written by a newer Vitrail than this one."""


class PluginError(VitrailError, RuntimeError):
    """A plugin that failed.

    Attributes:
        plugin: the visualizer's or the entry point's name.
        distribution: name and version of the distribution that brought it.
    """

    def __init__(self, message: str, *, plugin: str, distribution: str) -> None:
        super().__init__(message)
        self.plugin = plugin
        self.distribution = distribution


def did_you_mean(name: str, known: Iterable[str], *, most: int = 12) -> str:
    """The end of a message about an unknown name: what there is, and the nearest of it.

    >>> did_you_mean("raod", ["road", "sky"])
    "; there are: road, sky. Did you mean 'road'?"
    """
    names = list(known)
    if not names:
        return "; there are none"
    listed = ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
    folded = {known.casefold(): known for known in reversed(names)}
    near = difflib.get_close_matches(name.casefold(), folded, n=1)
    return f"; there are: {listed}" + (f". Did you mean {folded[near[0]]!r}?" if near else "")
