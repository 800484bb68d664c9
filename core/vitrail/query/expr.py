"""Typed values that can be worked out for each row of a plan.

Every node works out its own type when it is built and refuses nonsense, so that an ill-typed query
cannot exist. Semantics are MongoDB's and live in the nodes by name; an absent value reads as null.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from vitrail.dtypes import (
    Boolean,
    DType,
    List,
    Number,
    Struct,
)
from vitrail.query.operator import Misfit, applied, operator, said
from vitrail.query.value_types import common, item_type, like, literal_type, part_type

Value = None | bool | int | float | str | dt.datetime | dt.date

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Expr:
    """A value worked out for each row. Frozen, hashable, a JSON document."""

    @property
    def dtype(self) -> DType:
        """The value's type."""
        raise TypeError(f"{type(self).__name__} has no type of its own")

    def to_json(self) -> dict[str, Any]:
        """The expression as a JSON document; `vitrail.query.expr_reading` reads it back."""
        raise TypeError(f"{type(self).__name__} is no document")


@dataclass(frozen=True, slots=True)
class Typed(Expr):
    """An expression that keeps the type it found when it was built."""

    _dtype: DType = field(init=False, compare=False, repr=False)

    @property
    def dtype(self) -> DType:
        return self._dtype

    def _keep(self, dtype: DType) -> None:
        object.__setattr__(self, "_dtype", dtype)


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
class Present(Expr):
    """Whether one of the compared or joined tables has the row.

    Attributes:
        side: which of them.
    """

    side: int

    @property
    def dtype(self) -> DType:
        return Boolean()

    def to_json(self) -> dict[str, Any]:
        return {"expr": "present", "side": self.side}


@dataclass(frozen=True, slots=True)
class Position(Expr):
    """The number of the row among those that its plan filters and sorts, whichever of them are kept.

    It tells a row from every other, and is the same in any order and under any filter.
    """

    @property
    def dtype(self) -> DType:
        return Number(integer=True)

    def to_json(self) -> dict[str, Any]:
        return {"expr": "position"}


@dataclass(frozen=True, slots=True)
class Field(Typed):
    """A part of a struct or a picture; of a list, that part of each of its items.

    Attributes:
        source: what has the part.
        name: the part's name.
    """

    source: Expr
    name: str

    def __post_init__(self) -> None:
        self._keep(part_type(self.source.dtype, self.name))

    def to_json(self) -> dict[str, Any]:
        return {"expr": "field", "source": self.source.to_json(), "name": self.name}


@dataclass(frozen=True, slots=True)
class Literal(Typed):
    """A constant: null, a boolean, a number, a text or a timestamp.

    Attributes:
        value: what it is; a whole number outside 64 bits becomes a float, as in MongoDB.
    """

    value: Value

    def __post_init__(self) -> None:
        value = self.value
        if isinstance(value, float) and value != value:  # noqa: PLR0124
            object.__setattr__(self, "value", NAN)
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            object.__setattr__(self, "value", float(value))
        self._keep(literal_type(self.value))

    def to_json(self) -> dict[str, Any]:
        value: Any = self.value
        if isinstance(value, dt.datetime | dt.date):
            value = value.isoformat()
        elif isinstance(value, float):
            value = repr(value)
        return {"expr": "literal", "value": value, "type": self.dtype.to_json()}

    def __eq__(self, other: object) -> bool:
        # 1, 1.0, true and -0.0 are equal in Python, but not here
        return isinstance(other, Literal) and (repr(self.value), self.dtype) == (
            repr(other.value),
            other.dtype,
        )

    def __hash__(self) -> int:
        return hash((repr(self.value), self.dtype))


@dataclass(frozen=True, slots=True)
class Variable(Expr):
    """What `$$name` stands for inside `Filter`, `Map`, `Reduce` and `Let`."""

    name: str
    type: DType

    @property
    def dtype(self) -> DType:
        return self.type

    def to_json(self) -> dict[str, Any]:
        return {"expr": "variable", "name": self.name, "type": self.type.to_json()}


@dataclass(frozen=True, slots=True)
class Items(Typed):
    """A list written out."""

    items: tuple[Expr, ...]

    def __post_init__(self) -> None:
        self._keep(List(common([item.dtype for item in self.items])))

    def to_json(self) -> dict[str, Any]:
        return {"expr": "items", "items": [item.to_json() for item in self.items]}


@dataclass(frozen=True, slots=True)
class Record(Typed):
    """A document written out: (name, value) in order."""

    parts: tuple[tuple[str, Expr], ...]

    def __post_init__(self) -> None:
        self._keep(Struct(tuple((name, value.dtype) for name, value in self.parts)))

    def to_json(self) -> dict[str, Any]:
        return {"expr": "record", "parts": [[name, value.to_json()] for name, value in self.parts]}


@dataclass(frozen=True, slots=True)
class Call(Typed):
    """An operator of the table in `vitrail.query.operator`, applied."""

    name: str
    args: tuple[Expr, ...]

    def __post_init__(self) -> None:
        known = operator(self.name)
        if len(self.args) < known.least or (known.most is not None and len(self.args) > known.most):
            message = f"{self.name} takes {_count(known.least, known.most)}, got {len(self.args)}"
            raise Misfit(message, hint=_form(self.name, known.least))
        self._keep(applied(self.name, self.args).dtype(self.args))

    def to_json(self) -> dict[str, Any]:
        return {"expr": "call", "name": self.name, "args": [arg.to_json() for arg in self.args]}


@dataclass(frozen=True, slots=True)
class Filter(Typed):
    """The items of a list for which a condition is true.

    Attributes:
        source: the list.
        name: the variable that stands for the item in `condition`.
        condition: by MongoDB's truth.
        limit: at most so many items; None for all.
    """

    source: Expr
    name: str
    condition: Expr
    limit: int | None = None

    def __post_init__(self) -> None:
        _settle(self, "$filter")
        if self.limit is not None and self.limit < 1:
            raise Misfit(f"$filter's limit must be 1 or more, got {self.limit}")
        self._keep(self.source.dtype)

    def to_json(self) -> dict[str, Any]:
        return {
            "expr": "filter",
            "source": self.source.to_json(),
            "name": self.name,
            "condition": self.condition.to_json(),
            "limit": self.limit,
        }


@dataclass(frozen=True, slots=True)
class Map(Typed):
    """A value worked out for each item of a list; `name` stands for the item in `body`."""

    source: Expr
    name: str
    body: Expr

    def __post_init__(self) -> None:
        _settle(self, "$map")
        self._keep(like(self.source.dtype, List(self.body.dtype)))

    def to_json(self) -> dict[str, Any]:
        return {
            "expr": "map",
            "source": self.source.to_json(),
            "name": self.name,
            "body": self.body.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Reduce(Typed):
    """A list folded into one value: in `body`, `value` is what there is so far, `this` the next item.

    Attributes:
        source: the list.
        initial: the value of an empty list.
        body: the next value.
        type: the type of `value` in `body`; it holds both the initial value's and the body's.
    """

    source: Expr
    initial: Expr
    body: Expr
    type: DType

    def __post_init__(self) -> None:
        _settle(self, "$reduce")
        if common([self.type, self.initial.dtype, self.body.dtype]) != self.type:
            raise Misfit(f"$reduce makes {said(self.body.dtype)} of {said(self.initial.dtype)}")
        self._keep(like(self.source.dtype, self.type))

    def to_json(self) -> dict[str, Any]:
        return {
            "expr": "reduce",
            "source": self.source.to_json(),
            "initial": self.initial.to_json(),
            "body": self.body.to_json(),
            "type": self.type.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Let(Typed):
    """Values with names, (name, value), and what is worked out of them."""

    variables: tuple[tuple[str, Expr], ...]
    body: Expr

    def __post_init__(self) -> None:
        self._keep(self.body.dtype)

    def to_json(self) -> dict[str, Any]:
        variables = [[name, value.to_json()] for name, value in self.variables]
        return {"expr": "let", "variables": variables, "body": self.body.to_json()}


def _settle(node: Filter | Map | Reduce, name: str) -> None:
    """Read what is gone through as a list, where it may be of another kind."""
    from vitrail.query.operators.mixed import as_list

    object.__setattr__(node, "source", as_list(node.source, name))
    item_type(name, node.source)


def _count(least: int, most: int | None) -> str:
    if most is None:
        return f"{least} or more arguments"
    counted = f"{least}" if least == most else f"{least} to {most}"
    return f"{counted} argument{'s' if most != 1 else ''}"


def _form(name: str, count: int) -> str:
    letters = ", ".join("abcdefgh"[:count])
    return f"write {{{name}: {letters}}}" if count == 1 else f"write {{{name}: [{letters}]}}"
