"""The engine that answers with DuckDB, in processes of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitrail.domain import Domain
from vitrail.dtypes import Number
from vitrail.errors import Invalid
from vitrail.query import answers, known
from vitrail.query.answering import Answering, Files
from vitrail.query.cache import Cache, key_of
from vitrail.query.decoded import Decoded
from vitrail.query.domains import Domains
from vitrail.query.engine import Library, Window
from vitrail.query.engine import Ticket as AnyTicket
from vitrail.query.estimate import Estimate
from vitrail.query.estimates import Estimates
from vitrail.query.far import FAR, stored, stretches, takes_long
from vitrail.query.fitting import in_layout
from vitrail.query.index.keeper import Keeper
from vitrail.query.limits import Limits
from vitrail.query.origins import inputs, scans
from vitrail.query.plan import Group, Plan, Scan, Sort
from vitrail.query.pool import Pool, Ticket, environment
from vitrail.query.question import Ask, Question
from vitrail.query.reduction import Bins, Counts, Points, Reduction
from vitrail.values import to_python

if TYPE_CHECKING:
    import pyarrow as pa

_MB = 1_000_000
_CELL_BYTES = 2_000  # about what a histogram of a few bins takes, and as much again


class DuckEngine:
    """Answers questions about the tables of a library; see `vitrail.query.engine.Engine`.

    Args:
        library: where the tables' files are.
        workers: how many processes answer at once. One asker (a ticket) gets all but one of them, and
            one more is started for a while when all are at long questions.
        scratch: a folder for what does not fit in memory and for answers that are kept; without one a
            temporary folder is used, and answers are kept in memory only.
        limits: how far one question may go; by default what the environment says.
        cache_bytes: how much of the answers is kept in memory.
        disk_bytes: how much on disk.
        index_rows: tables with at least so many rows get an index in the scratch folder, built in the
            background once they were asked something.
        index_bytes: how large all indexes may be together.
        sample_rows: of how many rows estimates are made.
    """

    _makes_answers: type[Answering] = Answering

    def __init__(
        self,
        library: Library,
        *,
        workers: int = 3,
        scratch: Path | None = None,
        limits: Limits | None = None,
        cache_bytes: int = 64 * _MB,
        disk_bytes: int = 512 * _MB,
        index_rows: int = 200_000,
        index_bytes: int = 30_000 * _MB,
        sample_rows: int = 1_000_000,
    ) -> None:
        self.limits = limits or Limits.of_environment()
        files = Files(library)
        self._pool = Pool(self.limits, workers, workers + 1, scratch)
        self._decoded = Decoded(cache_bytes // _CELL_BYTES)
        self._keeper = Keeper(
            scratch and scratch / "indexes",
            files.of,
            environment(),
            self.limits,
            least_rows=index_rows,
            disk_bytes=index_bytes,
            sample_rows=sample_rows,
        )
        cache = Cache(cache_bytes, scratch and scratch / "answers", disk_bytes)
        self._answering = self._makes_answers(files, self._pool, cache, self._keeper)
        self._domains = Domains(self._keeper, self._answering.ask)
        self._estimates = Estimates(self._answering, self._domains, self._keeper)

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """The worker processes, for whoever watches over them."""
        return self._pool.pids

    @property
    def at_work(self) -> tuple[int, ...]:
        """Those of the processes that are at a question."""
        return self._pool.at_work

    def warm(self) -> None:
        """Start the workers now, so that the first question need not wait for them."""
        self._pool.warm()

    def close(self) -> None:
        """End the workers. The engine answers nothing afterwards."""
        self._answering.close()
        self._keeper.close()
        self._pool.close()

    def progress(self, plan: Plan) -> float | None:
        """How far the building of the indexes of the plan's tables is, from 0 to 1.

        None where none is being built, because all are there or none will be.
        """
        shares = [self._keeper.share(scan.table) for scan in scans(plan)]
        known = [share for share in shares if share is not None]
        return min(known) if known else None

    def on_progress(self, told: Callable[[], None] | None) -> None:
        """Have `told` called, from a thread of ours, whenever `progress` has changed."""
        self._keeper.told = (lambda _: told()) if told is not None else None

    def indexed(self, plan: Plan, timeout_s: float = 0.0) -> bool:
        """Whether all tables of the plan have an index, waiting for those that are being built."""
        tables = scans(plan)
        for scan in tables:
            self._keeper.want(scan)
        until_s = time.monotonic() + timeout_s
        for scan in tables:
            self._keeper.wait(scan.table, max(until_s - time.monotonic(), 0.0))
        return all(self._keeper.at_hand(scan) is not None for scan in tables)

    def ticket(self) -> Ticket:
        """A ticket for the questions that are to be withdrawn together."""
        return Ticket()

    def estimate_count(self, plan: Plan, *, ticket: AnyTicket | None = None) -> Estimate[int] | None:
        """About how many rows the plan has, soon; None where there is no sample to tell it from."""
        return self._estimates.count(plan, ticket)

    def estimate_reduce(
        self, plan: Plan, reductions: Mapping[str, Reduction], *, ticket: AnyTicket | None = None
    ) -> Estimate[dict[str, Any]] | None:
        """About what `reduce` answers, soon; None where there is no sample to tell it from."""
        return self._estimates.reduce(plan, reductions, ticket)

    def estimate_window(
        self,
        plan: Plan,
        start: int,
        stop: int,
        reductions: Mapping[str, Reduction],
        *,
        ticket: AnyTicket | None = None,
    ) -> Estimate[Window] | None:
        """About what `window` answers, soon; None where that is no quicker, and without a sample.

        Groups that the sample does not meet are not there. Of rows that are far into a sorted table there
        are those of the sample, about where they stand in the table; the error says how far off.
        """
        return self._estimates.window(plan, *_checked(start, stop), reductions, ticket)

    def count(self, plan: Plan, *, ticket: AnyTicket | None = None) -> int:
        """How many rows the plan has."""
        if isinstance(plan, Scan):
            return plan.rows
        if isinstance(plan, Sort):
            return self.count(plan.source, ticket=ticket)
        if isinstance(plan, Group):
            groups = known.groups(self._keeper, plan)
            if groups is not None:
                return groups
        return int(self._ask(Question("count", plan), ticket).column("a0")[0].as_py())

    def window(
        self,
        plan: Plan,
        start: int,
        stop: int,
        reductions: Mapping[str, Reduction],
        *,
        ticket: AnyTicket | None = None,
    ) -> Window:
        """The answers of each named column's reduction, for each row in [start, stop), in one pass."""
        start, stop = _checked(start, stop)
        asks = self._domains.asks(plan, reductions, ticket)
        question = self._by_ids(Question("window", plan, start, stop, asks), ticket)
        table = self._ask(question, ticket)
        return Window(start, table.num_rows, self._read(table, question))

    def _by_ids(self, question: Question, ticket: AnyTicket | None) -> Question:
        """The same window by the numbers of its rows, where it is far into a filtered or sorted table."""
        plan, start, stop = question.plan, question.start, question.stop or 0
        scan = stored(plan)
        kept = self._keeper.at_hand(scan) if scan is not None and start >= FAR else None
        if (
            scan is None
            or kept is None
            or not takes_long(plan, kept.about)
            or self._answering.has(question)
        ):
            return question
        ids: list[int] = []
        for first, end in stretches(start, stop):
            found = self._ask(Question("ids", plan, first, end), ticket).column("a0")
            here = found.slice(max(start - first, 0), stop - max(start, first))
            ids += to_python(here, Number(integer=True))
        return Question("window", scan, asks=question.asks, ids=tuple(ids)) if ids else question

    def reduce(
        self, plan: Plan, reductions: Mapping[str, Reduction], *, ticket: AnyTicket | None = None
    ) -> dict[str, Any]:
        """The answers over all rows: each column of type T read as one `List(T)`, in one pass."""
        asks = self._domains.asks(plan, reductions, ticket)
        whole = asks.pop("", None)
        found = known.folds(self._keeper, plan, asks)
        rest = {name: ask for name, ask in asks.items() if name not in found}
        if rest:
            table = self._ask(Question("reduce", plan, asks=rest), ticket)
            found |= answers.folds(table, plan, rest)
        if whole is not None:
            if not isinstance(whole.reduction, Points):
                raise Invalid(f"a whole table is asked for points, not for {whole.reduction.kind}")
            found[""] = answers.read_points(
                self._ask(Question("points", plan, asks={"": whole}), ticket)
            )
        return {name: found[name] for name in reductions}

    def domain(self, plan: Plan, column: str, *, ticket: AnyTicket | None = None) -> Domain | None:
        """What all cells of the column share, over every row of the plan's tables."""
        return self._domains.of(plan, column, ticket)

    def rows(
        self,
        plan: Plan,
        start: int = 0,
        stop: int | None = None,
        *,
        ticket: AnyTicket | None = None,
    ) -> pa.Table:
        """The rows [start, stop) themselves, in the layout of `vitrail.layout`.

        Whole numbers that were worked out and need more than 64 bits come as floats.
        """
        start, end = _checked(start, start if stop is None else stop)
        found = self._ask(Question("rows", plan, start, None if stop is None else end), ticket)
        table: pa.Table = in_layout(found, plan.dtype)
        return table

    def warnings(self, plan: Plan, *, ticket: AnyTicket | None = None) -> tuple[str, ...]:
        """What was read as missing because of a null, counted: "3 rows: $size of null"."""
        from vitrail.query.plan_complaints import complaints_of

        source, found = complaints_of(plan)
        texts: list[str] = []
        if found:
            table = self._ask(Question("warnings", plan), ticket)
            for k, (text, _) in enumerate(found):
                rows = table.column(f"a{k}")[0].as_py()
                if rows:
                    texts.append(f"{rows:,} row{'s' if rows != 1 else ''}: {text}")
        below = (source,) if source is not plan else inputs(plan)
        earlier = [text for one in below for text in self.warnings(one, ticket=ticket)]
        return tuple(dict.fromkeys((*earlier, *texts)))

    def explain(self, plan: Plan, *, ticket: AnyTicket | None = None) -> tuple[str, str, str]:
        """The statement that gives the plan's rows, its values, and what DuckDB makes of it.

        It is asked anew each time, since indexes come and go.
        """
        found = self._answering.ask_anew(Question("explain", plan), ticket)
        statement, values, told = map(str, found.column("a0").to_pylist())
        return statement, values, told

    def _ask(self, question: Question, ticket: AnyTicket | None) -> pa.Table:
        return self._answering.ask(question, ticket)

    def _read(self, table: pa.Table, question: Question) -> dict[str, tuple[Any, ...]]:
        """The answers to a window's asks; counts, which nobody can change, are kept as they were read."""
        counts = {n: a for n, a in question.asks.items() if isinstance(a.reduction, Bins | Counts)}
        if not counts:
            return answers.cells(table, question.plan, question.asks)
        key = key_of(question.to_json())

        def column(place: int, name: str, ask: Ask) -> tuple[Any, ...]:
            return answers.read(table.column(f"a{place}"), question.plan.column(name), ask)

        return {
            name: self._decoded.get((key, name), partial(column, place, name, ask))
            if name in counts
            else column(place, name, ask)
            for place, (name, ask) in enumerate(question.asks.items())
        }


def _checked(start: int, stop: int) -> tuple[int, int]:
    if start < 0 or stop < start:
        raise Invalid(f"a window goes from 0 or more upwards, not from {start:,} to {stop:,}")
    return start, stop
