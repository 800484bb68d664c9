"""What one stage of a pipeline makes of a table, as a plan: what all such steps share.

As in `vitrail.query.plan`, every node works out its own type when it is built and is a JSON document.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from vitrail.dtypes import DType, List, Mixed, Struct, Table, dtype_from_json, optional, required
from vitrail.errors import Invalid
from vitrail.query.plan import Plan, plan_from_json
from vitrail.union import union

MOST_COLUMNS = 2_000

Columns = tuple[tuple[str, DType], ...]


@dataclass(frozen=True, slots=True)
class Step(Plan):
    """A plan that one stage makes of another."""

    kind: ClassVar[str]
    _dtype: Table = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        columns = self.columns()
        names = [name for name, _ in columns]
        if len(set(names)) != len(names):
            twice = next(name for place, name in enumerate(names) if name in names[:place])
            raise Invalid(f"two columns are called {twice!r}")
        if len(names) > MOST_COLUMNS:
            raise Invalid(f"a table has at most {MOST_COLUMNS:,} columns, got {len(names):,}")
        object.__setattr__(self, "_dtype", Table(columns))

    def columns(self) -> Columns:
        """The columns and their types.

        Raises:
            Invalid: they make no sense.
        """
        raise TypeError(f"{type(self).__name__} has no type of its own")

    @property
    def dtype(self) -> Table:
        return self._dtype

    @property
    def most_rows(self) -> int:
        """A number that the rows do not exceed; those of the first input, if a step adds none."""
        return most_rows(self.inputs[0])

    @property
    def inputs(self) -> tuple[Plan, ...]:
        """The plans that it is made of."""
        return tuple(plans(getattr(self, f.name) for f in fields(self) if f.init))

    def to_json(self) -> dict[str, Any]:
        own = {f.name: written(getattr(self, f.name)) for f in fields(self) if f.init}
        return {"plan": self.kind} | own


def plans(values: Any) -> Iterator[Plan]:
    """The plans among some values, and inside their tuples."""
    for value in values:
        if isinstance(value, Plan):
            yield value
        elif isinstance(value, tuple):
            yield from plans(value)


def own(plan: Plan) -> Columns:
    """A plan's columns."""
    return plan.dtype.columns or ()


def item_of(dtype: DType) -> DType:
    """The type of what $unwind makes of a value."""
    inner = required(dtype)
    if isinstance(inner, Mixed):
        return optional(inner)
    return inner.item if isinstance(inner, List) else inner


def either(left: DType, right: DType, place: str) -> DType:
    """The type of a column that holds values of both types."""
    try:
        return union(left, right, place)
    except Invalid:
        return optional(Mixed())


def document(plan: Plan) -> Struct:
    """A plan's row as a document."""
    return Struct(own(plan))


def most_rows(plan: Plan) -> int:
    """A number that a plan's rows do not exceed."""
    from vitrail.query.sided import most_rows as of_plan

    return of_plan(plan)


def written(value: Any) -> Any:
    """A node's attribute as a part of a JSON document; `read` reads it back."""
    if isinstance(value, tuple):
        return [written(one) for one in value]
    return value.to_json() if hasattr(value, "to_json") else value


def read(value: Any) -> Any:
    """The attribute that `written` wrote."""
    from vitrail.query.expr_reading import expr_from_json
    from vitrail.query.gather import parts_from_json

    match value:
        case list():
            return tuple(read(one) for one in value)
        case {"plan": _}:
            return plan_from_json(value)
        case {"expr": _}:
            return expr_from_json(value)
        case {"type": _}:
            return dtype_from_json(value)
        case dict():
            return parts_from_json(value)
        case _:
            return value
