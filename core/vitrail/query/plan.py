"""Tables as questions: scan, join, compare, filter, group, sort.

Every node works out its own type when it is built, so that an ill-typed plan cannot exist. A plan is
frozen, hashable and a JSON document; it names tables by digest, never by file, so that its answer can
be cached for ever.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vitrail.dtypes import DType, List, Number, Table, Versions, dtype_from_json, optional
from vitrail.errors import Invalid, NotFound, did_you_mean
from vitrail.union import union

if TYPE_CHECKING:
    from vitrail.query.expr import Expr


@dataclass(frozen=True, slots=True)
class Plan:
    """A table that can be asked for."""

    @property
    def dtype(self) -> Table:
        """The columns and their types."""
        raise TypeError(f"{type(self).__name__} has no type of its own")

    @property
    def sides(self) -> tuple[Table, ...]:
        """The tables that `$0`, `$1`, … name in an expression over this plan's rows."""
        return (self.dtype,)

    def column(self, name: str) -> DType:
        """The type of a column.

        Raises:
            NotFound: there is no such column; the message names the nearest.
        """
        columns = dict(self.dtype.columns or ())
        if name not in columns:
            raise NotFound(f"no column {name!r}{did_you_mean(name, columns)}")
        return columns[name]

    def to_json(self) -> dict[str, Any]:
        """The plan as a JSON document; `plan_from_json` reads it back."""
        raise TypeError(f"{type(self).__name__} is no document")

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical document, in hexadecimal."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Scan(Plan):
    """A stored table.

    Attributes:
        table: the digest of the table's content.
        schema: its columns.
        rows: how many it has.
    """

    table: str
    schema: Table
    rows: int

    @property
    def dtype(self) -> Table:
        return self.schema

    def to_json(self) -> dict[str, Any]:
        return {
            "plan": "scan",
            "table": self.table,
            "schema": self.schema.to_json(),
            "rows": self.rows,
        }


JOINS = ("inner", "left", "right", "outer")


@dataclass(frozen=True, slots=True)
class Join(Plan):
    """Two tables side by side: one row for each pair of rows with the same key.

    Its columns are named by side, `0.label` and `1.label`; `$0` and `$1` reach each side. An outer join
    keeps rows that met none too, with null on the other side: those of the left table where they stand,
    then those of the right. A missing key meets none.

    Attributes:
        left, right: the tables.
        keys: the key's column in the left and in the right table; None takes the row's position,
            counted from 0, for the key.
        how: which rows are kept that met none: of "inner" none, of "left" and "right" those of that
            table, of "outer" those of both.
    """

    left: Plan
    right: Plan
    keys: tuple[str | None, str | None]
    how: str = "inner"

    def __post_init__(self) -> None:
        if self.how not in JOINS:
            raise Invalid(f"tables are joined by one of {', '.join(JOINS)}, not by {self.how!r}")
        left, right = (
            Number(integer=True) if key is None else plan.column(key)
            for plan, key in zip((self.left, self.right), self.keys, strict=True)
        )
        union(left, right, "the key of a join")

    @property
    def dtype(self) -> Table:
        return Table(
            tuple(
                (f"{side}.{name}", dtype)
                for side, table in enumerate(self.sides)
                for name, dtype in table.columns or ()
            )
        )

    @property
    def sides(self) -> tuple[Table, ...]:
        both = (self.left.dtype, self.right.dtype)
        return tuple(_optional(t) if self.lacks(side) else t for side, t in enumerate(both))

    def lacks(self, side: int) -> bool:
        """Whether a row may have nothing of a side."""
        return self.how in ("outer", ("right", "left")[side])

    def to_json(self) -> dict[str, Any]:
        how = {} if self.how == "inner" else {"how": self.how}
        return {
            "plan": "join",
            "left": self.left.to_json(),
            "right": self.right.to_json(),
            "keys": list(self.keys),
            **how,
        }


@dataclass(frozen=True, slots=True)
class Compare(Plan):
    """Two or more tables laid over each other: one row for each key that any of them has.

    The key's column keeps its type; every other column becomes `Versions(T)`. Where the tables have a
    column in different types, T holds them all: of a whole number and a float a float, of kinds that
    have nothing in common `Mixed`. A column that some tables lack is missing there. `vitrail.query.comparison` says so in words.

    Several rows with the same key in one table meet their counterparts in the order in which they
    stand, the first the first; rows without a key meet rows without a key in the same way. Rows that
    the first table lacks come last, in the order of the tables that have them. A key whose type is not
    the same in all tables is matched by value: the number 1 meets 1.0, not the text "1".

    Attributes:
        tables: the tables, first the one compared with.
        names: what each is called, such as "v3".
        key: the key's column; None matches rows by their position.
    """

    tables: tuple[Plan, ...]
    names: tuple[str, ...]
    key: str | None = None
    _columns: tuple[tuple[str, DType], ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.tables) < 2 or len(self.names) != len(self.tables):
            raise Invalid(f"comparing takes two or more tables, each with a name: {self.names}")
        if self.key is not None:
            for plan in self.tables:
                plan.column(self.key)
        object.__setattr__(self, "_columns", self._merged())

    def columns(self) -> tuple[tuple[str, DType], ...]:
        """The compared columns in the least type that holds what every table has there, key first."""
        return self._columns

    def _merged(self) -> tuple[tuple[str, DType], ...]:
        from vitrail.query.value_types import common

        kinds: dict[str, list[DType]] = {}
        for plan in self.tables:
            for name, dtype in plan.dtype.columns or ():
                kinds.setdefault(name, []).append(dtype)
        merged = {name: common(found) for name, found in kinds.items()}
        key = {} if self.key is None else {self.key: merged.pop(self.key)}
        over = {name: Versions(optional(dtype), self.names) for name, dtype in merged.items()}
        return tuple((key | over).items())

    @property
    def dtype(self) -> Table:
        return Table(self._columns)

    @property
    def sides(self) -> tuple[Table, ...]:
        """The compared tables; any of them may lack a row, so every column may be missing."""
        return tuple(_optional(plan.dtype) for plan in self.tables)

    def to_json(self) -> dict[str, Any]:
        return {
            "plan": "compare",
            "tables": [plan.to_json() for plan in self.tables],
            "names": list(self.names),
            "key": self.key,
        }


@dataclass(frozen=True, slots=True)
class Where(Plan):
    """The rows for which an expression is true, by MongoDB's truth: not false, null, or 0."""

    source: Plan
    condition: Expr

    @property
    def dtype(self) -> Table:
        return self.source.dtype

    @property
    def sides(self) -> tuple[Table, ...]:
        return self.source.sides

    def to_json(self) -> dict[str, Any]:
        return {
            "plan": "where",
            "source": self.source.to_json(),
            "condition": self.condition.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Sort(Plan):
    """The rows in the order of some keys, missing values lowest; ties keep the table's order.

    Attributes:
        keys: (expression, descending), the weightiest first.
    """

    source: Plan
    keys: tuple[tuple[Expr, bool], ...]

    @property
    def dtype(self) -> Table:
        return self.source.dtype

    @property
    def sides(self) -> tuple[Table, ...]:
        return self.source.sides

    def to_json(self) -> dict[str, Any]:
        keys = [[key.to_json(), descending] for key, descending in self.keys]
        return {"plan": "sort", "source": self.source.to_json(), "keys": keys}


@dataclass(frozen=True, slots=True)
class Group(Plan):
    """One row for each combination of the keys' values, in rising order of the keys.

    The keys' columns come first, then `count`, then every other column with its type T turned into
    `List(T)`, and `Versions(T)` into `Versions(List(T))`.

    Attributes:
        keys: (column name, expression).
    """

    source: Plan
    keys: tuple[tuple[str, Expr], ...]

    def __post_init__(self) -> None:
        names = [name for name, _ in self.keys]
        if not names or len(set(names)) != len(names):
            raise Invalid(f"grouping takes one key or more, each with a name of its own: {names}")
        from vitrail.query.operators.mixed import group_key

        keys = tuple((name, group_key(expr)) for name, expr in self.keys)
        object.__setattr__(self, "keys", keys)

    @property
    def count_name(self) -> str:
        """What the column of group sizes is called: `count`, or with a number where that is taken."""
        taken = {name for name, _ in self.source.dtype.columns or ()} | dict(self.keys).keys()
        names = ("count", *(f"count_{i}" for i in range(1, len(taken) + 2)))
        return next(name for name in names if name not in taken)

    @property
    def dtype(self) -> Table:
        keys = [(name, expr.dtype) for name, expr in self.keys]
        rest = [
            (name, grouped(dtype))
            for name, dtype in self.source.dtype.columns or ()
            if name not in dict(self.keys)
        ]
        count: DType = Number(integer=True)
        if self.compared is not None:
            count = Versions(count, self.compared.names)
        return Table((*keys, (self.count_name, count), *rest))

    @property
    def sides(self) -> tuple[Table, ...]:
        """Of a grouped comparison what each version has of a group; a version may lack all of its rows."""
        if self.compared is None:
            return (self.dtype,)
        columns = self.dtype.columns or ()
        return tuple(
            Table(tuple((n, optional(d.item) if isinstance(d, Versions) else d) for n, d in columns))
            for _ in self.compared.names
        )

    @property
    def compared(self) -> Compare | None:
        """The comparison that is grouped, where it is one."""
        plan: Plan = self.source
        while isinstance(plan, Where | Sort):
            plan = plan.source
        return plan if isinstance(plan, Compare) else None

    def to_json(self) -> dict[str, Any]:
        keys = [[name, expr.to_json()] for name, expr in self.keys]
        return {"plan": "group", "source": self.source.to_json(), "keys": keys}


def _optional(table: Table) -> Table:
    return Table(tuple((name, optional(dtype)) for name, dtype in table.columns or ()))


def grouped(dtype: DType) -> DType:
    """What grouping makes of a column's type.

    >>> str(grouped(Versions(Number(), ("v0", "v1"))))
    "Versions(List(Number), names=('v0', 'v1'))"
    """
    if isinstance(dtype, Versions):
        return Versions(List(dtype.item), dtype.names)
    return List(dtype)


def plan_from_json(document: dict[str, Any]) -> Plan:
    """The plan that `Plan.to_json` wrote.

    Raises:
        Invalid: the document is no plan.
    """
    from vitrail.query.expr_reading import expr_from_json

    match document:
        case {"plan": "scan", "table": table, "schema": schema, "rows": rows}:
            dtype = dtype_from_json(schema)
            if not isinstance(dtype, Table):
                raise Invalid("a scan's schema is a table's type")
            return Scan(table, dtype, rows)
        case {"plan": "join", "left": left, "right": right, "keys": [key, other], **rest}:
            how = rest.get("how", "inner")
            return Join(plan_from_json(left), plan_from_json(right), (key, other), how)
        case {"plan": "compare", "tables": tables, "names": names, "key": key}:
            return Compare(tuple(plan_from_json(t) for t in tables), tuple(names), key)
        case {"plan": "where", "source": source, "condition": condition}:
            return Where(plan_from_json(source), expr_from_json(condition))
        case {"plan": "sort", "source": source, "keys": keys}:
            by = tuple((expr_from_json(key), bool(descending)) for key, descending in keys)
            return Sort(plan_from_json(source), by)
        case {"plan": "group", "source": source, "keys": keys}:
            by_name = tuple((name, expr_from_json(key)) for name, key in keys)
            return Group(plan_from_json(source), by_name)
        case {"plan": str()}:
            from vitrail.query.steps import step_from_json

            return step_from_json(document)
        case _:
            raise Invalid(f"not a plan: {str(document)[:200]}")
