"""The rows of a query: a plan, whose answer is worked out by an engine when it is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from textwrap import indent
from typing import TYPE_CHECKING, Any, Protocol

from vitrail import layout
from vitrail.builder import plain
from vitrail.dtypes import Table
from vitrail.errors import QueryError
from vitrail.query.plan import Plan
from vitrail.scratch import Base, engine_over
from vitrail.union import union

if TYPE_CHECKING:
    from vitrail.query.engine import Engine
    from vitrail.query.expr import Expr
    from vitrail.query.mongo import Query
    from vitrail.query.stages.pipeline import Keys

_FIRST_ROWS, _MOST_ROWS = 1024, 8_388_608
_WINDOW_BYTES = 64_000_000
_AHEAD_BYTES = 4_000_000


class Asked(Protocol):
    """A table as a question reads it."""

    def plan(self) -> Plan:
        """The table as a plan."""

    @property
    def bases(self) -> tuple[Base, ...]:
        """The tables in files that the plan reads."""


class Result:
    """A plan over tables that lie in files. Nothing is read before it is looked at.

    Args:
        plan: what is asked.
        bases: the tables that it reads; they stay at hand as long as the result lives.
        reading: as what the query was read that asked for it.

    Attributes:
        plan, bases, reading: the same.
        engine: who answers.
        dtype: the columns and their types; whole numbers that turn out to need more than 64 bits
            become floats.
    """

    def __init__(self, plan: Plan, bases: Iterable[Base], reading: str = "") -> None:
        self.plan = plan
        self.reading = reading
        self.bases = tuple({base.plan.table: base for base in bases}.values())
        self.dtype: Table = plan.dtype
        self._row_bytes = 0.0
        self._recent: tuple[int, int, Any] = (0, 0, None)

    @cached_property
    def _engine(self) -> tuple[Engine, tuple[object, ...]]:
        return engine_over(self.bases)

    @property
    def engine(self) -> Engine:
        """Who answers."""
        return self._engine[0]

    @cached_property
    def rows(self) -> int:
        """How many rows there are."""
        return self.engine.count(self.plan)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What was read as missing because of a null, counted."""
        return self.engine.warnings(self.plan)

    def explain(self) -> str:
        """How the query was understood, and how the engine answers it."""
        from vitrail.query.words import plan_in_words

        statement, values, found = self.engine.explain(self.plan)
        parts = {
            "read as": self.reading,
            "plan": plan_in_words(self.plan),
            "statement": statement,
            "values": values,
            "the engine's plan": found,
        }
        return "\n\n".join(
            f"{name}: {text}" if name == "read as" else f"{name}:\n{indent(text, '  ')}"
            for name, text in parts.items()
            if text
        )

    def arrow(self, start: int, stop: int, places: Sequence[int] | None = None) -> Any:
        """Rows [start, stop) in our layout; rows that are likely to be wanted next are read along."""
        first, last, recent = self._recent
        if recent is None or not first <= start <= stop <= last:
            ahead = start + self._window(_AHEAD_BYTES)
            if stop > ahead:
                return self._gathered(start, stop, places)
            recent = self._asked(start, ahead)
            self._recent = first, _, _ = start, ahead, recent
        return self._fitted(_picked(recent.slice(start - first, stop - start), places))

    def batches(self) -> Iterator[Any]:
        """All rows in our layout, in windows as large as they may be."""
        return map(self._fitted, self._windows(0, None))

    def _windows(self, start: int, stop: int | None) -> Iterator[Any]:
        wanted = _FIRST_ROWS
        while stop is None or start < stop:
            end = start + wanted if stop is None else min(start + wanted, stop)
            found = self._asked(start, end)
            yield found
            if found.num_rows < end - start:
                return
            start, wanted = end, min(wanted * 8, self._window(_WINDOW_BYTES))

    def _gathered(self, start: int, stop: int, places: Sequence[int] | None) -> Any:
        import pyarrow as pa

        if places is not None and len(places) < len(self.dtype.columns or ()):
            return self._columns(start, stop, places)
        pieces = list(self._windows(start, stop))
        return _picked(pa.concat_tables(map(self._fitted, pieces)), places)

    def _columns(self, start: int, stop: int, places: Sequence[int]) -> Any:
        """Only some columns; the others are not worked out."""
        from vitrail.query.expr import Column
        from vitrail.query.steps import Project

        chosen = [(self.plan.dtype.columns or ())[place] for place in places]
        values = tuple((name, Column(name, None, dtype)) for name, dtype in chosen)
        narrow = Result(Project(self.plan, values), self.bases)
        found = narrow.arrow(start, stop)
        columns = dict(narrow.dtype.columns or ())
        old = self.dtype.columns or ()
        self._widen(Table(tuple((name, columns.get(name, dtype)) for name, dtype in old)))
        return self._fitted(found.rename_columns([f"c{place}" for place in places]))

    def _window(self, size_bytes: int) -> int:
        """How many rows are about so many bytes."""
        if not self._row_bytes:
            return _FIRST_ROWS
        return max(1, min(_MOST_ROWS, int(size_bytes / self._row_bytes)))

    def _asked(self, start: int, stop: int) -> Any:
        found = self.engine.rows(self.plan, start, stop)
        if found.num_rows:
            self._row_bytes = max(1.0, found.nbytes / found.num_rows)
        self._widen(layout.table_dtype(found.schema))
        return found.replace_schema_metadata(None)

    def _widen(self, found: Table | None) -> None:
        """Take note of the whole numbers that came as floats."""
        if found is None or found == self.dtype:
            return
        have = zip(self.dtype.columns or (), found.columns or (), strict=True)
        self.dtype = Table(tuple((name, union(old, new, name)) for (name, old), (_, new) in have))

    def _fitted(self, table: Any) -> Any:
        """Some columns of a window in the types that they have by now."""
        import pyarrow as pa

        whole = layout.arrow_schema(self.dtype)
        schema = pa.schema([whole.field(name) for name in table.column_names])
        return table if table.schema == schema else table.cast(schema, safe=False)


def _picked(table: Any, places: Sequence[int] | None) -> Any:
    return table if places is None else table.select([f"c{place}" for place in places])


def result_of(query: Any, asked: Asked, tables: Mapping[str, Asked], *, strict: bool) -> Result:
    """What a query over a table gives.

    Args:
        query: an expression, a query document or a pipeline, as text, Python values or `vitrail.col`.
        asked: the table.
        tables: those that `$lookup` and `$unionWith` name.
        strict: refuse what a missing value makes senseless.

    Raises:
        QueryError: the query makes no sense; the message says where.
    """
    plans = {name: table.plan() for name, table in tables.items()}
    bases = [base for table in (asked, *tables.values()) for base in table.bases]
    found = parsed(query, asked.plan(), plans, lambda plan, expr: _names(bases, plan, expr))
    result = Result(found.plan, bases, found.reading)
    if strict and result.warnings:
        raise QueryError("; ".join(result.warnings))
    return result


def _names(bases: Sequence[Base], plan: Plan, expr: Expr) -> list[str]:
    """The names among the documents of an expression, of which a pipeline makes columns."""
    from vitrail.query.stages.dynamic import names_of

    engine, held = engine_over(bases)
    names = names_of(engine, plan, expr)
    del held  # the tables were at hand until here
    return names


def parsed(query: Any, plan: Plan, tables: Mapping[str, Plan], keys: Keys | None = None) -> Query:
    """What a query makes of a plan. Arguments and errors as `result_of` has them; `keys` as in `parse_query`."""
    from vitrail.query.mongo import parse_query

    query = plain(query)
    if not isinstance(query, str | Mapping | list):
        found = type(query).__name__
        raise QueryError(
            "a filter is text or a document such as {'label': 'cat'}, a pipeline a list of stages, "
            f"not a {found}"
        )
    return parse_query(query, plan, tables, keys=keys)
