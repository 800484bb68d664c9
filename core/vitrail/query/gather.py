"""What is gathered from many rows into one value: accumulators, over a group or a window."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vitrail.dtypes import DType
from vitrail.errors import Invalid, QueryError
from vitrail.query.build import Tree
from vitrail.query.expr import Expr

if TYPE_CHECKING:
    from vitrail.query.folding import Folding

By = tuple[tuple[Expr, bool], ...]
_FAMILIES = ("accumulators", "ordered", "windows")
_TABLE: dict[str, Accumulator] = {}


@dataclass(frozen=True, slots=True)
class Gather:
    """An accumulator with its arguments.

    Attributes:
        name: such as "$sum".
        args: what is worked out for each row, then the accumulator's parameters.
        by: (expression, descending): the order that `$top`, `$bottom` and their like go by.
    """

    name: str
    args: tuple[Expr, ...] = ()
    by: By = ()
    _dtype: DType = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_dtype", accumulator(self.name).dtype(self))

    @property
    def dtype(self) -> DType:
        """The type of what is gathered."""
        return self._dtype

    def to_json(self) -> dict[str, Any]:
        """The accumulator as a JSON document; `parts_from_json` reads it back."""
        by = [[key.to_json(), descending] for key, descending in self.by]
        return {"gather": self.name, "args": [arg.to_json() for arg in self.args], "by": by}


@dataclass(frozen=True, slots=True)
class Frame:
    """Which rows around a row a window holds.

    Attributes:
        kind: "documents" counts rows, "range" the values of the key that the rows are sorted by.
        low, high: the bounds, 0 for the row itself; None has no bound.
        unit: of a range of times, such as "day".
    """

    kind: str = "documents"
    low: float | None = None
    high: float | None = None
    unit: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The frame as a JSON document; `parts_from_json` reads it back."""
        return {"frame": self.kind, "low": self.low, "high": self.high, "unit": self.unit}


@dataclass(frozen=True, slots=True)
class Accumulator:
    """One accumulator of the language.

    Attributes:
        name: such as "$sum".
        dtype: the type of what it gathers; raises `Misfit` on arguments that make no sense.
        lower: its SQL.
        parameters: the names of its parameters where it takes a document; "" where it takes a value.
        places: where it may stand: "group", "window" or both.
        sorted: whether its window must be sorted.
        framed: whether it may be told which rows its window holds.
    """

    name: str
    dtype: Callable[[Gather], DType]
    lower: Callable[[Folding, Gather], Tree]
    parameters: tuple[str, ...] = ()
    places: tuple[str, ...] = ("group", "window")
    sorted: bool = False
    framed: bool = True


def define(
    name: str,
    dtype: Callable[[Gather], DType],
    lower: Callable[[Folding, Gather], Tree],
    **more: Any,
) -> None:
    """Enter an accumulator in the table; `more` are the other attributes of `Accumulator`."""
    _TABLE[name] = Accumulator(name, dtype, lower, **more)


@functools.cache
def _load() -> None:
    for family in _FAMILIES:
        importlib.import_module(f"vitrail.query.gathering.{family}")


def accumulators(place: str) -> dict[str, Accumulator]:
    """The accumulators that may stand in a "group" or a "window", by name."""
    _load()
    return {name: known for name, known in _TABLE.items() if place in known.places}


def accumulator(name: str) -> Accumulator:
    """The accumulator with this name.

    Raises:
        QueryError: there is none.
    """
    _load()
    if name not in _TABLE:
        raise QueryError(f"no accumulator {name!r}")
    return _TABLE[name]


def parts_from_json(document: dict[str, Any]) -> Gather | Frame:
    """The accumulator or frame that `to_json` wrote.

    Raises:
        Invalid: the document is neither.
    """
    from vitrail.query.step import read

    match document:
        case {"gather": str(name), "args": args, "by": by}:
            return Gather(name, read(args), read(by))
        case {"frame": kind, "low": low, "high": high, "unit": unit}:
            return Frame(kind, low, high, unit)
        case _:
            raise Invalid(f"not a part of a plan: {str(document)[:200]}")
