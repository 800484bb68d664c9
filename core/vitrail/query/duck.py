"""The engine that answers with DuckDB, in processes of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitrail.domain import CategoryDomain, Domain, NumberDomain
from vitrail.dtypes import Boolean, DType, List, Number, Text, Timestamp, Versions, required
from vitrail.errors import Cancelled, Damaged, Invalid, StoreError
from vitrail.layout import to_python
from vitrail.query import answers
from vitrail.query.cache import Cache, key_of
from vitrail.query.decoded import Decoded
from vitrail.query.engine import Library, Window
from vitrail.query.engine import Ticket as AnyTicket
from vitrail.query.estimate import Estimate, Sampling
from vitrail.query.expr import Column
from vitrail.query.far import FAR, stored, stretches, takes_long
from vitrail.query.fitting import in_layout
from vitrail.query.index.about import Facts, Unfit
from vitrail.query.index.keeper import Keeper
from vitrail.query.keyed import needed_of
from vitrail.query.limits import Limits
from vitrail.query.paths import base
from vitrail.query.plan import Compare, Group, Join, Plan, Scan, Sort, Where, grouped
from vitrail.query.pool import Pool, Ticket, environment
from vitrail.query.question import Ask, Question, joins, meeting, origins_of, scans
from vitrail.query.reduction import Bins, Confusion, Counts, Points, Reduction, Sample
from vitrail.query.step import Step

if TYPE_CHECKING:
    import pyarrow as pa

_MB = 1_000_000
_MET = 50_000  # rows of each table are joined for an estimate
_LEAST_SHARE, _LEAST_SHARE_IN_STEP = 8, 80  # less is not worth while
_MANY = 200  # groups in a window, from where on all of them are likely to be shown
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
        self._library = library
        self._pool = Pool(self.limits, workers, workers + 1, scratch)
        self._cache = Cache(cache_bytes, scratch and scratch / "answers", disk_bytes)
        self._decoded = Decoded(cache_bytes // _CELL_BYTES)
        self._keeper = Keeper(
            scratch and scratch / "indexes",
            self._paths,
            environment(),
            self.limits,
            least_rows=index_rows,
            disk_bytes=index_bytes,
            sample_rows=sample_rows,
        )
        self._closed = False
        self._files: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()

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
        self._closed = True
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
        sample = self._sample(plan)
        if sample is None or isinstance(plan, Group):  # how many groups there are does not scale
            return None
        while isinstance(plan, Sort):
            plan = plan.source
        if self._has(Question("count", plan)):
            return None
        found = self._ask(sample.of(Question("count", plan)), ticket)
        return sample.counted(int(found.column("a0")[0].as_py()))

    def estimate_reduce(
        self, plan: Plan, reductions: Mapping[str, Reduction], *, ticket: AnyTicket | None = None
    ) -> Estimate[dict[str, Any]] | None:
        """About what `reduce` answers, soon; None where there is no sample to tell it from."""
        sample = self._sample(plan)
        if sample is None or "" in reductions:
            return None
        asks = self._asks(plan, reductions, ticket)
        if self._has(Question("reduce", plan, asks=asks)):
            return None
        table = self._ask(sample.of(Question("reduce", plan, asks=asks)), ticket)
        return sample.scaled(_folds(table, plan, asks))

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
        start, stop = _checked(start, stop)
        sample = self._sample(plan)
        if sample is None:
            return None
        asks = self._asks(plan, reductions, ticket)
        if self._has(Question("window", plan, start, stop, asks)):
            return None
        if not isinstance(plan, Group):
            return self._about_there(plan, start, stop, asks, sample, ticket)
        table = self._ask(sample.of(Question("window", plan, start, stop, asks)), ticket)
        scaled = sample.scaled(_cells(table, plan, asks), whole=plan.count_name)
        return Estimate(Window(start, table.num_rows, scaled.value), scaled.error)

    def _about_there(
        self,
        plan: Plan,
        start: int,
        stop: int,
        asks: dict[str, Ask],
        sample: Sampling,
        ticket: AnyTicket | None,
    ) -> Estimate[Window] | None:
        """Rows of the sample that stand about where a window of a sorted table lies."""
        scan = stored(plan)
        kept = self._keeper.at_hand(scan) if scan is not None else None
        known = all(self._has(Question("ids", plan, *ends)) for ends in stretches(start, stop))
        sorts = isinstance(plan, Sort)  # the rows of a filter are counted off soon
        if scan is None or kept is None or start < FAR or known or not sorts:
            return None
        if not takes_long(plan, kept.about):
            return None
        there = sample.place(start)
        first = max(min(there.value, sample.taken - (stop - start)), 0)
        question = Question("window", plan, first, first + stop - start, asks, sampled=True)
        table = self._ask(question, ticket)
        if table.num_rows < min(stop, scan.rows) - start:  # as a filter leaves too few
            return None
        return Estimate(Window(start, table.num_rows, _cells(table, plan, asks)), there.error)

    def _has(self, question: Question) -> bool:
        """Whether the answer is kept, so that nobody has to wait for it."""
        return self._cache.holds(key_of(self._with_keys(question, None).to_json()))

    def _sample(self, plan: Plan) -> Sampling | None:
        """The sample from which the answers to questions about a plan can be estimated."""
        over = plan.source if isinstance(plan, Group) else plan
        if isinstance(base(over), Compare | Join):
            rows = max((scan.rows for scan in scans(over)), default=0)
            share = rows // _MET
            met = base(over)
            in_step = isinstance(met, Compare) and self._are_aligned(met, None)
            least = _LEAST_SHARE_IN_STEP if in_step else _LEAST_SHARE
            return Sampling(rows, rows // share, share) if share >= least else None
        source = over if isinstance(over, Scan) and over is not plan else stored(over)
        if source is None:
            return None
        kept = self._keeper.at_hand(source)
        rows = kept.about.sample_rows if kept else 0
        return Sampling(source.rows, rows) if rows else None

    def count(self, plan: Plan, *, ticket: AnyTicket | None = None) -> int:
        """How many rows the plan has."""
        if isinstance(plan, Scan):
            return plan.rows
        if isinstance(plan, Sort):
            return self.count(plan.source, ticket=ticket)
        if isinstance(plan, Group):
            known = self._known_groups(plan)
            if known is not None:
                return known
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
        asks = self._asks(plan, reductions, ticket)
        question = self._by_ids(Question("window", plan, start, stop, asks), ticket)
        table = self._ask(question, ticket)
        return Window(start, table.num_rows, self._read(table, question))

    def _by_ids(self, question: Question, ticket: AnyTicket | None) -> Question:
        """The same window by the numbers of its rows, where it is far into a filtered or sorted table."""
        plan, start, stop = question.plan, question.start, question.stop or 0
        scan = stored(plan)
        kept = self._keeper.at_hand(scan) if scan is not None and start >= FAR else None
        if scan is None or kept is None or not takes_long(plan, kept.about) or self._has(question):
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
        asks = self._asks(plan, reductions, ticket)
        whole = asks.pop("", None)
        found = self._known(plan, asks)
        rest = {name: ask for name, ask in asks.items() if name not in found}
        if rest:
            table = self._ask(Question("reduce", plan, asks=rest), ticket)
            found |= _folds(table, plan, rest)
        if whole is not None:
            if not isinstance(whole.reduction, Points):
                raise Invalid(f"a whole table is asked for points, not for {whole.reduction.kind}")
            found[""] = answers.read_points(
                self._ask(Question("points", plan, asks={"": whole}), ticket)
            )
        return {name: found[name] for name in reductions}

    def domain(self, plan: Plan, column: str, *, ticket: AnyTicket | None = None) -> Domain | None:
        """What all cells of the column share, over every row of the plan's tables."""
        item = _innermost(plan.column(column))
        if isinstance(item, Text | Boolean):
            return self._categories(plan, column, ticket)
        if not isinstance(item, Number | Timestamp):
            return None
        known = self._known_domain(plan, column)
        if known is not None:
            return known
        table = self._ask(Question("range", _bare(plan, column), column=column), ticket)
        return answers.read_range(table, item)

    def _categories(self, plan: Plan, column: str, ticket: AnyTicket | None) -> CategoryDomain | None:
        if not isinstance(_innermost(plan.column(column)), Text | Boolean | Number):
            return None
        kept = self._origin(plan, column)
        if kept is not None and kept.categories is not None:
            return kept.categories
        question = Question("categories", _bare(plan, column), column=column)
        return answers.read_categories(self._ask(question, ticket))

    def _origin(self, plan: Plan, column: str) -> Facts | None:
        """What an index knows of the one stored column that a column comes from."""
        from vitrail.query.question import origins

        match origins(plan, column):
            case ((Scan() as scan, name),):
                kept = self._keeper.at_hand(scan)
                return kept.about.of(name) if kept else None
        return None

    def _known_domain(self, plan: Plan, column: str) -> NumberDomain | None:
        facts = self._origin(plan, column)
        return facts.domain if facts else None

    def _known_groups(self, plan: Group) -> int | None:
        """How many groups there are, where an index of the whole table knows it."""
        from vitrail.query.tallied import known_groups

        source = plan.source
        while isinstance(source, Sort):
            source = source.source
        kept = self._keeper.at_hand(source) if isinstance(source, Scan) else None
        match plan.keys:
            case ((_, Column(name=name, side=None)),) if kept is not None:
                return known_groups(plan, kept.about.of(name))
        return None

    def _known(self, plan: Plan, asks: Mapping[str, Ask]) -> dict[str, Any]:
        """What was counted of whole columns when the index was built."""
        from vitrail.query.tallied import known_bins, known_counts

        kept = self._keeper.at_hand(plan) if isinstance(plan, Scan) else None
        if kept is None or not isinstance(plan, Scan):
            return {}
        known: dict[str, Any] = {}
        for name, ask in asks.items():
            facts = kept.about.of(name)
            known[name] = known_bins(facts, ask) or known_counts(facts, ask, plan.rows)
        return {name: found for name, found in known.items() if found is not None}

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
        from vitrail.query.sql import complaints_of

        source, found = complaints_of(plan)
        texts: list[str] = []
        if found:
            table = self._ask(Question("warnings", plan), ticket)
            for k, (text, _) in enumerate(found):
                rows = table.column(f"a{k}")[0].as_py()
                if rows:
                    texts.append(f"{rows:,} row{'s' if rows != 1 else ''}: {text}")
        below = (source,) if source is not plan else _inputs(plan)
        earlier = [text for one in below for text in self.warnings(one, ticket=ticket)]
        return tuple(dict.fromkeys((*earlier, *texts)))

    def explain(self, plan: Plan, *, ticket: AnyTicket | None = None) -> tuple[str, str, str]:
        """The statement that gives the plan's rows, its values, and what DuckDB makes of it.

        It is asked anew each time, since indexes come and go.
        """
        import pyarrow as pa

        question = self._with_keys(Question("explain", plan), ticket)
        with pa.ipc.open_stream(self._answer(question, _own(ticket))) as reader:
            statement, values, found = map(str, reader.read_all().column("a0").to_pylist())
        return statement, values, found

    def _asks(
        self, plan: Plan, reductions: Mapping[str, Reduction], ticket: AnyTicket | None
    ) -> dict[str, Ask]:
        asks: dict[str, Ask] = {}
        for name, reduction in reductions.items():
            domain: Domain | None = None
            other: CategoryDomain | None = None
            if name:
                plan.column(name)
            match reduction:
                case Points(x, y, n):
                    _positive(reduction, n)
                    plan.column(x), plan.column(y)
                case Sample(n):
                    _positive(reduction, n)
                case Bins(n):
                    _positive(reduction, n)
                    domain = self.domain(plan, name, ticket=ticket)
                case Counts(top):
                    _positive(reduction, top)
                    domain = self._categories(plan, name, ticket)
                case Confusion(other=beside, top=top):
                    _positive(reduction, top)
                    domain = self._categories(plan, name, ticket)
                    other = self._categories(plan, beside, ticket)
            asks[name] = Ask(reduction, domain, other)
        return asks

    def _ask(self, question: Question, ticket: AnyTicket | None) -> pa.Table:
        import pyarrow as pa

        held = _own(ticket)
        if held is not None and held.cancelled:
            raise Cancelled("the question was withdrawn")
        question = self._with_keys(question, ticket)
        body = self._cache.get(
            key_of(question.to_json()),
            lambda: self._answer(question, held),
            lambda: held is not None and held.cancelled,
        )
        with pa.ipc.open_stream(body) as reader:
            return reader.read_all()

    def _read(self, table: pa.Table, question: Question) -> dict[str, tuple[Any, ...]]:
        """The answers to a window's asks; counts, which nobody can change, are kept as they were read."""
        counts = {n: a for n, a in question.asks.items() if isinstance(a.reduction, Bins | Counts)}
        if not counts:
            return _cells(table, question.plan, question.asks)
        key = key_of(question.to_json())

        def column(place: int, name: str, ask: Ask) -> tuple[Any, ...]:
            return answers.read(table.column(f"a{place}"), question.plan.column(name), ask)

        return {
            name: self._decoded.get((key, name), partial(column, place, name, ask))
            if name in counts
            else column(place, name, ask)
            for place, (name, ask) in enumerate(question.asks.items())
        }

    def _with_keys(self, question: Question, ticket: AnyTicket | None) -> Question:
        """The question with what has to be known of the keys that it compares by."""
        if question.kind in ("unique", "aligned", "kinds"):
            return question
        compared = _comparisons(question.plan)
        alike = {one for one in compared if self._are_aligned(one, ticket)}
        keys = {key for one in compared if one not in alike for key in needed_of(one)}
        unique = {
            (table, key) for table, key in keys if self._is_unique(question.plan, table, key, ticket)
        }
        aligned = {key for one in alike if (key := meeting(one)) is not None}
        joined = len(alike) < len(compared) or joins(question.plan)
        groups = self._most_groups(question, ticket, joined=joined)
        if not aligned and not unique and groups is None:
            return question
        return replace(question, unique=frozenset(unique), aligned=frozenset(aligned), groups=groups)

    def _most_groups(self, question: Question, ticket: AnyTicket | None, *, joined: bool) -> int | None:
        """About how many groups there are at most, where it pays to know that; None elsewhere."""
        plan, shown = question.plan, (question.stop or 0) - question.start
        while isinstance(plan, Where | Sort):
            plan = plan.source
        if question.kind != "window" or not isinstance(plan, Group) or (shown < _MANY and not joined):
            return None
        most = 1
        for _, key in plan.keys:
            if not isinstance(required(key.dtype), Boolean):
                found = origins_of(plan.source, key)
                if not found or not all(isinstance(one, Scan) for one, _ in found):
                    return None
                most *= 1 + sum(self._kinds(one, name, ticket) for one, name in found)
            else:
                most *= 3
        return most

    def _kinds(self, plan: Plan, column: str, ticket: AnyTicket | None) -> int:
        """About how many different values a stored column has."""
        answer = self._ask(Question("kinds", plan, column=column), ticket)
        return int(answer.column("a0")[0].as_py())

    def _are_aligned(self, plan: Compare, ticket: AnyTicket | None) -> bool:
        """Whether the tables of a comparison have the same keys in the same order."""
        if meeting(plan) is None:
            return False
        names = tuple(str(place) for place in range(len(plan.tables)))
        answer = self._ask(Question("aligned", replace(plan, names=names)), ticket)
        return bool(answer.column("a0")[0].as_py())

    def _answer(self, question: Question, held: Ticket | None) -> bytes:
        """The answer, from the indexes that are at hand, or from the files alone."""
        files, tables = self._files_of(question.plan), scans(question.plan)
        kept = {scan.table: one for scan in tables if (one := self._keeper.at_hand(scan)) is not None}
        blamed: StoreError | None = None
        if kept:
            try:
                indexes = {digest: str(one.path) for digest, one in kept.items()}
                return self._pool.ask(question, files, held, indexes)
            except StoreError as error:
                if self._closed:
                    raise
                blamed = error
        answer = self._pool.ask(question, files, held)
        if blamed is not None:  # without them it went well
            self._keeper.discard(kept, remove=isinstance(blamed, Unfit | Damaged))
        for scan in tables:
            self._keeper.want(scan)
        return answer

    def _files_of(self, plan: Plan) -> dict[str, tuple[str, ...]]:
        return {scan.table: self._paths(scan.table) for scan in scans(plan)}

    def _is_unique(self, plan: Plan, table: str, key: str, ticket: AnyTicket | None) -> bool:
        scan = next(scan for scan in scans(plan) if scan.table == table)
        answer = self._ask(Question("unique", scan, column=key), ticket)
        return bool(answer.column("a0")[0].as_py())

    def _paths(self, digest: str) -> tuple[str, ...]:
        with self._lock:
            known = self._files.get(digest)
        if known is None:
            known = tuple(str(path.absolute()) for path in self._library.files(digest))
            with self._lock:
                self._files[digest] = known
        return known


def _cells(table: pa.Table, plan: Plan, asks: Mapping[str, Ask]) -> dict[str, tuple[Any, ...]]:
    """The answers to a window's asks: one for each row."""
    return {
        name: answers.read(table.column(f"a{k}"), plan.column(name), ask)
        for k, (name, ask) in enumerate(asks.items())
    }


def _folds(table: pa.Table, plan: Plan, asks: Mapping[str, Ask]) -> dict[str, Any]:
    """The answers to asks of all rows: one each."""
    found = {}
    for k, (name, ask) in enumerate(asks.items()):
        (found[name],) = answers.read(table.column(f"a{k}"), grouped(plan.column(name)), ask)
    return found


def _own(ticket: AnyTicket | None) -> Ticket | None:
    if ticket is None or isinstance(ticket, Ticket):
        return ticket
    raise Invalid("the ticket is not one of this engine's")


def _checked(start: int, stop: int) -> tuple[int, int]:
    if start < 0 or stop < start:
        raise Invalid(f"a window goes from 0 or more upwards, not from {start:,} to {stop:,}")
    return start, stop


def _positive(reduction: Reduction, n: int) -> None:
    if not 1 <= n <= 10_000:
        raise Invalid(f"{reduction.kind} takes 1 to 10,000, not {n:,}")


def _innermost(dtype: DType) -> DType:
    """The type of the values that a column's cells are made of."""
    plain = required(dtype)
    while isinstance(plain, List | Versions):
        plain = required(plain.item)
    return plain


def _bare(plan: Plan, column: str) -> Plan:
    """The plan without what a domain does not depend on, so that its answer is kept under one key."""
    from vitrail.query.question import origins, unfiltered

    plain = unfiltered(plan)
    while isinstance(plain, Group) and origins(plain, column) == origins(plain.source, column):
        plain = plain.source
    return plain


def _comparisons(plan: Plan) -> set[Compare]:
    """The comparisons that a plan is made of."""
    below = set[Compare]().union(*map(_comparisons, _inputs(plan)))
    return below | {plan} if isinstance(plan, Compare) else below


def _inputs(plan: Plan) -> tuple[Plan, ...]:
    match plan:
        case Where(source) | Sort(source) | Group(source):
            return (source,)
        case Join(left, right):
            return (left, right)
        case Compare(tables=tables):
            return tables
        case Step(inputs=inputs):
            return inputs
        case _:
            return ()
