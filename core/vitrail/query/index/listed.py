"""Lists of records, such as boxes, whose items also stand one by one in a table of the index.

A condition that a list holds an item, or some, then is a look-up of rows in that table instead of a walk
through every list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from vitrail.dtypes import (
    Boolean,
    DType,
    Image,
    List,
    Number,
    Optional,
    Struct,
    Table,
    Text,
    Timestamp,
    required,
)
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Column, Expr, Field
from vitrail.query.tree import named, sole

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that stands in every row of a table.

    Attributes:
        table: what the table of its items is called; it has the rows' numbers as `r`, and the parts as
            `f0`, `f1`, …
        place: the place of its column.
        path: the names that lead to it inside the column's value.
        item: the type of its items.
        parts: for each plain part of an item the names that lead to it, and its type; of an item that is
            plain itself, no names.
    """

    table: str
    place: int
    path: Path
    item: DType
    parts: tuple[tuple[Path, DType], ...]

    def filled(self, dtype: DType) -> exp.Select:
        """The items of all rows of the index; `dtype` is the column's type."""
        value = _at(sole(f"c{self.place}"), dtype, self.path)
        unnested = exp.Anonymous(this="unnest", expressions=[value])
        items = exp.select(named(exp.column("rowid"), "r"), named(unnested, "e")).from_(
            exp.to_table("rows")
        )
        values = [
            named(_at(sole("e"), self.item, path), f"f{k}") for k, (path, _) in enumerate(self.parts)
        ]
        return exp.select(named(b.cast(sole("r"), "UINTEGER"), "r"), *values).from_(items.subquery("i"))


def _at(value: Tree, dtype: DType, path: Path) -> Tree:
    for name in path:
        found = dtype.field(name)
        if found is None:
            raise ValueError(f"no part {name!r}")
        value, dtype = b.part(value, found[1]), found[0]
    return value


def listed(schema: Table) -> tuple[Listed, ...]:
    """The lists of a table whose items are worth standing one by one."""
    found: list[Listed] = []
    for place, (_, dtype) in enumerate(schema.columns or ()):
        for number, (path, item) in enumerate(_lists(dtype, ())):
            parts = tuple(_plain(item, ()))
            if parts:
                found.append(Listed(f"items{place}_{number}", place, path, item, parts))
    return tuple(found)


def _lists(dtype: DType, path: Path) -> Iterator[tuple[Path, DType]]:
    match required(dtype):
        case List(item) if not isinstance(item, Optional):
            yield path, item
        case Struct() | Image() as record:
            for name in record.field_names:
                found = record.field(name)
                if found is not None:
                    yield from _lists(found[0], (*path, name))


def _plain(dtype: DType, path: Path) -> Iterator[tuple[Path, DType]]:
    match required(dtype):
        case Number() | Boolean() | Timestamp() | Text():
            yield path, dtype
        case Struct() as record:
            for name in record.field_names:
                found = record.field(name)
                if found is not None:
                    yield from _plain(found[0], (*path, name))


def path_of(expr: Expr) -> tuple[Expr, Path]:
    """What an expression's parts are taken from, and the names that lead to them."""
    names: list[str] = []
    while isinstance(expr, Field):
        names.append(expr.name)
        expr = expr.source
    return expr, tuple(reversed(names))


def list_of(expr: Expr, schema: Table) -> Listed | None:
    """The list that an expression reads, where its items stand one by one."""
    column, path = path_of(expr)
    if not isinstance(column, Column) or column.side:
        return None
    places = {name: place for place, (name, _) in enumerate(schema.columns or ())}
    known = [one for one in listed(schema) if (one.place, one.path) == (places.get(column.name), path)]
    return known[0] if known else None
