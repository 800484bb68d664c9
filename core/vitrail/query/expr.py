"""Typed values that can be worked out for each row of a plan.

Every node works out its own type when it is built and refuses nonsense, so that an ill-typed query
cannot exist. Semantics are MongoDB's and live in the nodes by name; an absent value reads as null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vitrail.dtypes import DType, List, Optional, dtype_from_json, optional, required
from vitrail.errors import Invalid, QueryError, did_you_mean


@dataclass(frozen=True, slots=True)
class Expr:
    """A value worked out for each row. Frozen, hashable, a JSON document."""

    @property
    def dtype(self) -> DType:
        """The value's type."""
        raise TypeError(f"{type(self).__name__} has no type of its own")

    def to_json(self) -> dict[str, Any]:
        """The expression as a JSON document; `expr_from_json` reads it back."""
        raise TypeError(f"{type(self).__name__} is no document")


@dataclass(frozen=True, slots=True)
class Column(Expr):
    """A column of the plan.

    Attributes:
        name: the column's name.
        side: which of the compared or joined tables it is taken from; None for the plan's own column,
            which over compared tables is the value of the first table that has the row.
        type: its type there.
    """

    name: str
    side: int | None
    type: DType

    @property
    def dtype(self) -> DType:
        return self.type

    def to_json(self) -> dict[str, Any]:
        return {
            "expr": "column",
            "name": self.name,
            "side": self.side,
            "type": self.type.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Field(Expr):
    """A part of a struct or a picture; of a list, that part of each of its items.

    Attributes:
        source: what has the part.
        name: the part's name.
    """

    source: Expr
    name: str

    def __post_init__(self) -> None:
        _part(self.source.dtype, self.name)

    @property
    def dtype(self) -> DType:
        return _part(self.source.dtype, self.name)

    def to_json(self) -> dict[str, Any]:
        return {"expr": "field", "source": self.source.to_json(), "name": self.name}


def _part(dtype: DType, name: str) -> DType:
    match dtype:
        case Optional(item):
            return optional(_part(item, name))
        case List(item):
            return List(_part(item, name))
    found = dtype.field(name)
    if found is None:
        if not dtype.field_names:
            raise QueryError(f"{required(dtype)} has no parts, so no {name!r}")
        raise QueryError(f"no part {name!r}{did_you_mean(name, dtype.field_names)}")
    return found[0]


def expr_from_json(document: dict[str, Any]) -> Expr:
    """The expression that `Expr.to_json` wrote.

    Raises:
        Invalid: the document is no expression.
    """
    match document:
        case {"expr": "column", "name": name, "side": side, "type": dtype}:
            return Column(name, side, dtype_from_json(dtype))
        case {"expr": "field", "source": source, "name": name}:
            return Field(expr_from_json(source), name)
        case _:
            raise Invalid(f"not an expression: {str(document)[:200]}")
