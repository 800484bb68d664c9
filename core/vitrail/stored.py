"""A table's rows where they lie on a shelf."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from vitrail import layout
from vitrail.dtypes import Table, dtype_from_json
from vitrail.errors import Invalid, NewerFormat
from vitrail.kinds import Shelf
from vitrail.media.content import Content, Contents
from vitrail.parquet import read_groups, row_count
from vitrail.query.plan import Scan
from vitrail.scratch import Layout

FORMAT = 1
_BATCH_ROWS = 131_072


class Stored:
    """A stored table, read one row group at a time.

    Args:
        document: what `Table.store` returned.
        shelf: where its files lie.

    Attributes:
        dtype: its columns and their types.
        shelf: where its files lie.
        digest: of its content.
        rows: how many it has.

    Raises:
        NewerFormat: a newer Vitrail wrote it.
    """

    def __init__(self, document: dict[str, Any], shelf: Shelf) -> None:
        if document["format"] > FORMAT:
            raise NewerFormat(
                f"a table of format {document['format']}; this Vitrail reads up to {FORMAT}"
            )
        dtype = dtype_from_json(document["schema"])
        if not isinstance(dtype, Table):
            raise Invalid(f"the schema of a table is a Table, not {dtype}")
        self.dtype = dtype
        self.shelf = shelf
        self.digest: str = document["digest"]
        self.rows: int = document["rows"]
        self._document = document
        self._rows_of = lru_cache(maxsize=None)(lambda part: row_count(shelf.path(part)))
        self._recent: tuple[Any, ...] = (None, 0, 0, None)

    @property
    def plan(self) -> Scan:
        """The table as a plan, by the digest of its content."""
        return Scan(self.digest, self.dtype, self.rows)

    @property
    def bases(self) -> tuple[Stored, ...]:
        """What lies in files: itself."""
        return (self,)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Its files."""
        return tuple(map(self.shelf.path, self._document["parts"]))

    def batches(self) -> Iterator[Any]:
        """All rows in our layout, a window at a time."""
        for start in range(0, self.rows, _BATCH_ROWS):
            yield self.arrow(start, min(start + _BATCH_ROWS, self.rows))

    def arrow(self, start: int, stop: int, places: Sequence[int] | None = None) -> Any:
        """Rows [start, stop) in our layout; the last row group that was read stays at hand."""
        import pyarrow as pa

        key, first, last, recent = self._recent
        if recent is not None and key == places and first <= start and stop <= last:
            return recent.slice(start - first, stop - start)
        columns = None if places is None else [f"c{place}" for place in places]
        groups = []
        before = 0
        for part in self._document["parts"]:
            rows = self._rows_of(part)
            if before < stop and before + rows > start:
                path = self.shelf.path(part)
                for first_row, group in read_groups(path, start - before, stop - before, columns):
                    groups.append((before + first_row, group))
            before += rows
        schema = layout.arrow_schema(self.dtype)
        chosen = schema if columns is None else pa.schema([schema.field(name) for name in columns])
        if not groups:
            return pa.Table.from_batches([], chosen)
        low = groups[0][0]
        whole = pa.concat_tables([group.replace_schema_metadata(None) for _, group in groups])
        if len(groups) == 1:
            self._recent = (places, low, low + whole.num_rows, whole)
        return whole.slice(start - low, stop - start)

    def refer(self, shelf: Shelf) -> bool:
        """Name the files as ones that the shelf's store holds already; False where it lacks one."""
        return all(shelf.refer(part) for part in self._document["parts"])

    def store(self, shelf: Shelf) -> dict[str, Any]:
        """Leave the same table on another shelf, by reference where its store has the bytes."""
        for part in self._document["parts"]:
            Content(part, self.shelf).leave(shelf, ".parquet")
        if self._document["media"] is not None:
            for digest in json.loads(self.shelf.read(self._document["media"])):
                Content(digest, self.shelf).leave(shelf)
            Content(self._document["media"], self.shelf).leave(shelf, ".json")
        return dict(self._document)


def left(laid_out: Layout, dtype: Table, contents: Contents, shelf: Shelf) -> dict[str, Any]:
    """Leave a table's files and its pictures on a shelf; `Stored` reads the document that is given."""
    for path in laid_out.paths:
        shelf.put(path, suffix=".parquet")
    media = sorted(laid_out.media)
    for digest in media:
        contents.find(digest).leave(shelf)
    listed = json.dumps(media, separators=(",", ":")).encode()
    return {
        "format": FORMAT,
        "digest": laid_out.digest,
        "rows": laid_out.rows,
        "schema": dtype.to_json(),
        "parts": laid_out.parts,
        "media": shelf.put(listed, suffix=".json") if media else None,
    }
