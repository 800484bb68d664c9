"""Which rows of logged tables a table holds, so that the artifact it goes into can say so."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from vitrail.builder import plain
from vitrail.errors import NotFound
from vitrail.kinds import Shelf
from vitrail.query.text import written
from vitrail.view import Source


@dataclass(frozen=True, slots=True)
class Taken:
    """A logged table that rows were taken out of.

    Attributes:
        source: the version and the entry.
        digest: of the artifact, which tells it from another store's of the same name.
    """

    source: Source
    digest: str


@dataclass(frozen=True, slots=True)
class Selection:
    """The queries that were asked of logged tables.

    Attributes:
        tables: what was asked, first the one whose rows were taken.
        queries: the text of each query, in the order in which they were asked.
    """

    tables: tuple[Taken, ...]
    queries: tuple[str, ...] = ()

    def then(self, query: str, *others: Selection) -> Selection:
        """The same with one query more, which also named other tables."""
        tables = (*self.tables, *(table for other in others for table in other.tables))
        return replace(self, tables=tuple(dict.fromkeys(tables)), queries=(*self.queries, query))

    def document(self) -> dict[str, Any]:
        """What the metadata says: {"tables": [{"artifact", "entry", "digest"}], "queries": [text]}."""
        tables = [{**table.source.model_dump(), "digest": table.digest} for table in self.tables]
        return {"tables": tables, "queries": list(self.queries)}

    def descend(self, shelf: Shelf) -> None:
        """Name the tables as ancestors of what is being logged, where its store has them."""
        for table in self.tables:
            with suppress(NotFound):
                shelf.ancestor(table.source.artifact, table.source.entry, table.digest)


def selection_of(table: Any) -> Selection | None:
    """What a table was taken out of: of itself where it was logged; None where it was made in memory."""
    if table.logged_as is not None and table.origin is not None:
        return Selection((Taken(table.logged_as, table.origin[0]),))
    found: Selection | None = getattr(table, "selection", None)
    return found


def selected(query: Any, asked: Any, over: Iterable[Any], others: Iterable[Any]) -> Selection | None:
    """What the rows of a query are taken out of.

    Args:
        query: text, Python documents, or made with `vitrail.col`.
        asked: the table, or what is made of tables.
        over: the tables that it is made of.
        others: the tables that the query names beside it.

    Returns:
        None where none of the tables was logged.
    """
    first = selection_of(asked)
    found = [first] if first else [part for part in map(selection_of, over) if part]
    found += [part for part in map(selection_of, others) if part]
    if not found:
        return None
    text = plain(query)
    return found[0].then(text if isinstance(text, str) else written(text), *found[1:])
