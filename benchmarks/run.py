"""Cases timed: engine and hand take turns, so that a busy moment hits both."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from benchmarks.cases import Case, random_row
from benchmarks.table import Tables, place
from vitrail.query.answering import Answering
from vitrail.query.duck import DuckEngine
from vitrail.query.limits import Limits
from vitrail.query.origins import scans
from vitrail.query.plan import Scan
from vitrail.query.question import Question
from vitrail.query.sql import compile_question

if TYPE_CHECKING:
    import pyarrow as pa

    from vitrail.query.engine import Ticket

_PATIENCE_S = 3600.0
LIMITS = Limits(time_s=300.0, scratch_bytes=30_000_000_000)


@dataclass(frozen=True)
class Figures:
    """The medians of one case, in ms.

    Attributes:
        hand: SQL by hand.
        first: the engine, no answer kept.
        again: the engine, the same question a second time.
        text: from what the user typed to the SQL's text.
    """

    hand: float
    first: float
    again: float
    text: float


class Bench:
    """Two engines over the same tables, one that keeps no answers and one that does, and a bare DuckDB."""

    def __init__(self, tables: Tables, one: Scan, two: Scan | None, *, index: bool) -> None:
        self._tables, self._one, self._two = tables, one, two
        self._folder = tempfile.TemporaryDirectory()
        scratch = Path(self._folder.name) if index else None
        self.engine = Knowing(
            tables, workers=2, cache_bytes=0, disk_bytes=0, scratch=scratch, limits=LIMITS
        )
        self.keeper = Knowing(tables, workers=2, limits=LIMITS)
        self._hand = duckdb.connect(
            config={"threads": LIMITS.threads, "memory_limit": f"{LIMITS.memory_bytes}B"}
        )
        self._hand.execute("SET perfect_ht_threshold = 20")
        self._hand.execute("SET TimeZone = 'UTC'")
        if index:
            self.index()

    def index(self) -> None:
        """Build the index of each table and wait for it."""
        for scan in (self._one, self._two):
            if scan is not None and not self.engine.indexed(scan, timeout_s=_PATIENCE_S):
                raise SystemExit("no index was built")

    def close(self) -> None:
        """End the engines."""
        self.engine.close()
        self.keeper.close()
        self._hand.close()
        self._folder.cleanup()

    @property
    def peak_bytes(self) -> int:
        """The most memory that the worker of the engine has held."""
        return max(map(_peak_bytes, self.engine.worker_pids), default=0)

    def figures(self, case: Case, repeat: int) -> Figures:
        """The medians of `repeat` turns, after one to warm up."""
        plan = case.plan()
        self.keeper.asked.clear()
        case.ask(self.keeper, plan, 0)
        asked = [q for q in self.keeper.asked if q.kind in ("count", "window", "reduce", "points")]
        runs: tuple[Callable[[int], Any], ...] = (
            lambda turn: self._by_hand(case, turn),
            lambda turn: case.ask(self.engine, plan, turn),
            lambda _turn: case.ask(self.keeper, plan, 0),
            lambda _turn: self._compiled(case, asked),
        )
        return Figures(*_medians_ms(repeat, runs))

    def _by_hand(self, case: Case, turn: int) -> object:
        one = self._one
        names = {name: place(one.schema, name) for name, _ in one.schema.columns or ()}
        text = case.sql.format(
            one=self._read(one),
            two=self._read(self._two) if self._two else "",
            c=names,
            random=random_row(one.rows, turn),
        )
        return self._hand.sql(text).to_arrow_table()

    def _read(self, scan: Scan) -> str:
        return f"read_parquet({[str(path) for path in self._tables.files(scan.table)]})"

    def _compiled(self, case: Case, questions: list[Question]) -> None:
        """Everything from what the user typed to the SQL's text, and none of its running."""
        case.plan()
        for question in questions:
            read = Question.from_json(question.to_json())
            names = {
                scan.table: tuple(map(str, self._tables.files(scan.table))) for scan in scans(read.plan)
            }
            first_rows = {table: self._tables.offsets(table) for table in names}
            assert compile_question(read, names, first_rows).text


class Remembering(Answering):
    """Keeps what the cells of a column share, whatever becomes of the other answers."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.asked: list[Question] = []
        self._shared: dict[str, pa.Table] = {}

    def ask(self, question: Question, ticket: Ticket | None) -> pa.Table:
        self.asked.append(question)
        if question.kind not in ("range", "categories", "unique", "aligned", "kinds"):
            return super().ask(question, ticket)
        key = json.dumps(question.to_json(), sort_keys=True)
        if key not in self._shared:
            self._shared[key] = super().ask(question, ticket)
        return self._shared[key]


class Knowing(DuckEngine):
    """An engine that knows what the cells of a column share, as it is known after a first window."""

    _answering: Remembering
    _makes_answers = Remembering

    @property
    def asked(self) -> list[Question]:
        """The questions that it was asked, its own among them."""
        return self._answering.asked


def _medians_ms(repeat: int, runs: Sequence[Callable[[int], Any]]) -> Iterator[float]:
    times: list[list[float]] = [[] for _ in runs]
    for turn in range(repeat + 1):
        for run, into in zip(runs, times, strict=True):
            began = time.perf_counter()
            run(turn)
            if turn:
                into.append(time.perf_counter() - began)
    return (statistics.median(into) * 1000 for into in times)


def _peak_bytes(pid: int) -> int:
    """The most memory that a process has held so far; 0 where the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    held = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(next(held, 0)) * 1024
