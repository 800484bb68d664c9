"""Of compared tables' rows, one table's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vitrail import layout
from vitrail.dtypes import DType, Optional, Table, Versions, required
from vitrail.errors import Invalid
from vitrail.query.expr import Call, Column, Literal
from vitrail.query.paths import base
from vitrail.query.plan import Compare, Plan, Where
from vitrail.result import Result
from vitrail.scratch import Base


class Side:
    """The rows of the first of some compared tables, where a filter over the comparison keeps them.

    A row of the table in which every cell is missing, the key aside, cannot be told from one that the
    table lacks, and is left out.

    Args:
        plan: the filtered comparison.
        bases: the tables that it reads.

    Attributes:
        plan: the rows of the comparison that the table has.
        bases: the tables that it reads.

    Raises:
        Invalid: the plan is no comparison any more.
    """

    def __init__(self, plan: Plan, bases: Sequence[Base]) -> None:
        over = base(plan)
        if not isinstance(over, Compare):
            raise Invalid(
                "a pipeline made these rows of several tables, so that they are none of one table; "
                "filter by a condition instead, or end the comparison"
            )
        self._own = dict(over.tables[0].dtype.columns or ())
        present = [
            Call("$ne", (Column(name, 0, dtype), Literal(None)))
            for name, dtype in over.sides[0].columns or ()
            if name != over.key
        ]
        kept = Where(plan, Call("$or", tuple(present))) if present else plan
        self._result = Result(kept, bases)
        self.plan, self.bases = kept, self._result.bases

    @property
    def dtype(self) -> Table:
        """The columns of the table, in its order."""
        known = dict(self._result.dtype.columns or ())
        return Table(tuple((name, _own(known[name], dtype)) for name, dtype in self._own.items()))

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self._result.rows

    def batches(self) -> Iterator[Any]:
        """All rows in our layout, a window at a time."""
        return map(self._side, self._result.batches())

    def arrow(self, start: int, stop: int, places: Sequence[int] | None = None) -> Any:
        """Rows [start, stop) in our layout."""
        found = self._side(self._result.arrow(start, stop))
        return found if places is None else found.select([f"c{place}" for place in places])

    def _side(self, window: Any) -> Any:
        """A window of the comparison as one of the table."""
        import pyarrow as pa

        known = dict(self._result.dtype.columns or ())
        places = {name: place for place, name in enumerate(known)}
        schema = layout.arrow_schema(self.dtype)
        arrays = []
        for field, name in zip(schema, self._own, strict=True):
            column = window.column(places[name])
            if isinstance(known[name], Versions):
                chunks = [chunk.flatten()[0] for chunk in column.chunks]
                column = pa.chunked_array(chunks, column.type.field(0).type)
            arrays.append(column.cast(field.type))
        return pa.Table.from_arrays(arrays, schema=schema)


def _own(compared: DType, own: DType) -> DType:
    """A column's type in the one table, widened to what it is where tables are compared."""
    if not isinstance(compared, Versions):
        return compared
    return compared.item if isinstance(own, Optional) else required(compared.item)
