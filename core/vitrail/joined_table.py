"""Two tables side by side, by a key: named, never copied."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from vitrail import dtypes
from vitrail.errors import Invalid, NewerFormat, NotFound, did_you_mean
from vitrail.kinds import Shelf
from vitrail.query.plan import JOINS, Join
from vitrail.result import Result
from vitrail.scratch import Base
from vitrail.showing import Displayed
from vitrail.table import Table
from vitrail.union import union
from vitrail.view import Source

FORMAT = 2
_FIRST = 1


class JoinedTable(Displayed):
    """The pairs of rows of two tables that have the same key, and, if it is wanted, rows that met none.

    Args:
        table: a table.
        other: another.
        join_key: the key's column in both, or [its column in `table`, its column in `other`]. A table
            without a column of that name is keyed by its rows' index, where the other table's key is
            a whole number.
        how: which rows are kept that met none, with nothing on the other side: of "inner" none, of
            "left" those of `table`, of "right" those of `other`, of "outer" those of both.

    Attributes:
        tables: both.
        keys: the key's column in each; None stands for the row's index.
        how: which rows are kept that met none.
        origin: (artifact's digest, entry's name) where it was read from an artifact as an entry.
        logged_as: the version and the entry that it was read from, where it was.

    Raises:
        NotFound: a table has no such column.
        Invalid: the keys cannot be compared.
    """

    kind: ClassVar[str] = "joined-table"

    def __init__(
        self, table: Table, other: Table, join_key: str | Sequence[str], how: str = "inner"
    ) -> None:
        if how not in JOINS:
            raise Invalid(f"tables are joined by one of {', '.join(JOINS)}, not by {how!r:.200}")
        for given in (table, other):
            if not isinstance(given, Table):
                raise Invalid(f"a joined table is made of two tables, not of {given!r:.200}")
        names = [join_key, join_key] if isinstance(join_key, str) else join_key
        if (
            not isinstance(names, list | tuple)
            or len(names) != 2
            or not all(isinstance(name, str) for name in names)
        ):
            raise Invalid(f"a join's key is a column's name, or one for each table, not {join_key!r}")
        self.tables: tuple[Table, Table] = (table, other)
        self.keys = _keys(self.tables, (names[0], names[1]))
        self.how = how
        self.origin: tuple[str, str] | None = None
        self.logged_as: Source | None = None

    @property
    def dtype(self) -> dtypes.Table:
        """The columns of both, as `0.name` and `1.name`."""
        return self.plan().dtype

    def plan(self) -> Join:
        """The join as a plan, for the page and for queries."""
        return Join(self.tables[0].plan(), self.tables[1].plan(), self.keys, self.how)

    @property
    def bases(self) -> tuple[Base, ...]:
        """The tables in files that the plan reads."""
        return tuple(base for table in self.tables for base in table.bases)

    def query(
        self, query: Any, *, tables: Mapping[str, Table] | None = None, strict: bool = False
    ) -> Table:
        """The table that a query over the pairs gives, lazily, as `Table.query`.

        Its columns are `0.label`, `1.label` and so on; `$0` and `$1` reach the two tables, and a bare
        path the first of them that has it.
        """
        return Table.of_query(query, self, self.tables, tables or {}, strict=strict)

    def explain(self, query: Any = None, *, tables: Mapping[str, Table] | None = None) -> str:
        """How the pairs are found, or what a query of them gives, as `Table.explain`."""
        if query is None:
            return Result(self.plan(), self.bases).explain()
        return self.query(query, tables=tables).explain()

    def __iter__(self) -> Iterator[tuple[Any, list[Any] | None, list[Any] | None]]:
        """(key, row, other row) for each pair, in the order of the first table.

        A missing key meets none; NaN meets NaN. A row that met none has None for the other; those of the
        second table come last.
        """
        places: dict[Any, list[int]] = {}
        for place, key in enumerate(self._key_values(1)):
            if key is not None:
                places.setdefault(key, []).append(place)
        others = self.tables[1].data
        met: set[int] = set()
        for (_, row), key in zip(self.tables[0].iterrows(), self._key_values(0), strict=True):
            found = places.get(key, ())
            met.update(found)
            for place in found:
                yield key, row, others[place]
            if not found and self.how in ("left", "outer"):
                yield key, row, None
        if self.how in ("right", "outer"):
            for place, key in enumerate(self._key_values(1)):
                if place not in met:
                    yield key, None, others[place]

    def iterrows(self) -> Iterator[tuple[Any, list[Any] | None, list[Any] | None]]:
        """The same as iterating."""
        return iter(self)

    def _key_values(self, side: int) -> list[Any]:
        table, key = self.tables[side], self.keys[side]
        values: list[Any] = table.get_index() if key is None else table.get_column(key)
        return [math.nan if value != value else value for value in values]  # noqa: PLR0124 - one NaN

    def store(self, shelf: Shelf) -> dict[str, Any]:
        """Name the two tables: as entries of other artifacts where they came from there.

        Returns:
            {"format", "keys", "tables": each {"artifact": digest, "entry": name} or {"table": what
            `Table.store` returned}, and "how" where it is no inner join}
        """
        how = {} if self.how == "inner" else {"how": self.how}
        tables = [_named(table, shelf) or {"table": table.store(shelf)} for table in self.tables]
        made_as = FORMAT if how else _FIRST  # what older versions of ours can read too
        return {"format": made_as, "keys": list(self.keys), "tables": tables, **how}

    @classmethod
    def load(cls, document: dict[str, Any], shelf: Shelf) -> Self:
        if document["format"] > FORMAT:
            raise NewerFormat(
                f"a joined table of format {document['format']}; this Vitrail reads up to {FORMAT}"
            )
        joined = cls.__new__(cls)
        left, right = (_found(named, shelf) for named in document["tables"])
        joined.tables = (left, right)
        joined.keys = (document["keys"][0], document["keys"][1])
        joined.how = document.get("how", "inner")
        joined.origin = joined.logged_as = None
        return joined

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JoinedTable):
            return NotImplemented
        same = (self.keys, self.how) == (other.keys, other.how)
        return same and self.tables == other.tables

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        how = "" if self.how == "inner" else f", how={self.how!r}"
        return f"JoinedTable({self.tables[0]!r}, {self.tables[1]!r}, {list(self.keys)}{how})"


def _keys(tables: tuple[Table, Table], names: tuple[str, str]) -> tuple[str | None, str | None]:
    columns = [dict(table.dtype.columns or ()) for table in tables]
    keys = [name if name in known else None for name, known in zip(names, columns, strict=True)]
    kinds = [
        dtypes.required(known[key]) if key is not None else dtypes.Number(integer=True)
        for key, known in zip(keys, columns, strict=True)
    ]
    lacking = [place for place, key in enumerate(keys) if key is None]
    if len(lacking) == 2 or (lacking and kinds[0] != kinds[1]):
        name, known = names[lacking[0]], columns[lacking[0]]
        raise NotFound(
            f"no column {name!r} in table {lacking[0]} of the join{did_you_mean(name, known)}"
        )
    scalar = (dtypes.Number, dtypes.Text, dtypes.Boolean, dtypes.Timestamp, dtypes.Nothing)
    if not all(isinstance(kind, scalar) for kind in kinds):
        raise Invalid(
            f"a join's keys are numbers, text, booleans or times, not {kinds[0]} and {kinds[1]}"
        )
    union(kinds[0], kinds[1], "the join's key")
    return keys[0], keys[1]


def _named(table: Table, shelf: Shelf) -> dict[str, Any] | None:
    """The table as an entry of the artifact that it was read from, where the shelf's store has that."""
    if table.origin is None or not table.refer(shelf):
        return None
    artifact, entry = table.origin
    return {"artifact": artifact, "entry": entry}


def _found(named: dict[str, Any], shelf: Shelf) -> Table:
    if "table" in named:
        return Table.load(named["table"], shelf)
    found = shelf.entry(named["artifact"], named["entry"])
    if not isinstance(found, Table):
        raise Invalid(f"the entry {named['entry']!r} of a joined table is no table")
    return found
