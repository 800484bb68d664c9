"""The seam between a plan and whatever answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from vitrail.domain import Domain
from vitrail.query.estimate import Estimate
from vitrail.query.plan import Plan
from vitrail.query.reduction import Reduction

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Window:
    """The answers for rows [start, start + rows) of a plan.

    Attributes:
        start: the position of the first row.
        rows: how many rows there are in the window; fewer than asked at the table's end.
        cells: column name -> one answer for each row, as its reduction defines it.
    """

    start: int
    rows: int
    cells: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


class Ticket(Protocol):
    """What its asker holds while a question is under way."""

    @property
    def cancelled(self) -> bool:
        """Whether the questions were withdrawn."""

    def cancel(self) -> None:
        """Withdraw the question: whoever waits for its answer gets `Cancelled`. May be called twice."""


class Library(Protocol):
    """Where an engine finds the bytes of the tables that a plan names."""

    def files(self, digest: str) -> tuple[Path, ...]:
        """The Parquet files of the table with this digest, checked against their own digests."""


class Engine(Protocol):
    """Answers questions about plans. Every method blocks; call it from a worker thread.

    Raises, in every method:
        LimitExceeded: the question ran past its time or its memory.
        Cancelled: `ticket.cancel()` was called meanwhile.
        Damaged: a table's bytes are not what its digest promises.
    """

    def warm(self) -> None:
        """Make ready, so that the first question need not wait."""

    def ticket(self) -> Ticket:
        """A ticket for the questions that are to be withdrawn together."""

    def count(self, plan: Plan, *, ticket: Ticket | None = None) -> int:
        """How many rows the plan has."""

    def window(
        self,
        plan: Plan,
        start: int,
        stop: int,
        reductions: Mapping[str, Reduction],
        *,
        ticket: Ticket | None = None,
    ) -> Window:
        """The answers of each named column's reduction, for each row in [start, stop), in one pass."""

    def reduce(
        self, plan: Plan, reductions: Mapping[str, Reduction], *, ticket: Ticket | None = None
    ) -> dict[str, Any]:
        """The answers over all rows: each column of type T read as one `List(T)`, in one pass.

        The name "" asks a reduction of the whole table (`Points`).
        """

    def estimate_count(self, plan: Plan, *, ticket: Ticket | None = None) -> Estimate[int] | None:
        """About what `count` answers, soon; None where that is no quicker, or there is no sample."""

    def estimate_reduce(
        self, plan: Plan, reductions: Mapping[str, Reduction], *, ticket: Ticket | None = None
    ) -> Estimate[dict[str, Any]] | None:
        """About what `reduce` answers, soon; None where that is no quicker, or there is no sample."""

    def estimate_window(
        self,
        plan: Plan,
        start: int,
        stop: int,
        reductions: Mapping[str, Reduction],
        *,
        ticket: Ticket | None = None,
    ) -> Estimate[Window] | None:
        """About what `window` answers, soon; None where that is no quicker, or there is no sample."""

    def progress(self, plan: Plan) -> float | None:
        """How much of the plan's tables is indexed, from 0 to 1; None where nothing is being built."""

    def domain(self, plan: Plan, column: str, *, ticket: Ticket | None = None) -> Domain | None:
        """What all cells of the column share: over every row of the plan's tables, before any filter.

        None where the column's type has no domain, or no value is there.
        """

    def rows(
        self, plan: Plan, start: int = 0, stop: int | None = None, *, ticket: Ticket | None = None
    ) -> pa.Table:
        """The rows [start, stop) themselves, in the layout of `vitrail.layout`."""

    def warnings(self, plan: Plan, *, ticket: Ticket | None = None) -> tuple[str, ...]:
        """What was read as missing because of a null, counted: "3 rows: $size of null"."""

    def explain(self, plan: Plan, *, ticket: Ticket | None = None) -> tuple[str, str, str]:
        """The statement that gives the plan's rows, its values, and the engine's own plan for it."""

    def close(self) -> None:
        """End the workers. The engine answers nothing afterwards."""
