"""What happens to questions that overrun, are withdrawn, or lose their worker; and what a worker may not do."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest
from engine_library import Folder, col, engine_over, greater, side
from sqlglot import exp

from vitrail.dtypes import Number, Text
from vitrail.errors import Cancelled, Damaged, LimitExceeded, QueryError, StoreError, VitrailError
from vitrail.query.desk import Desk
from vitrail.query.duck import DuckEngine
from vitrail.query.expr import Call, Expr, Literal, Map, Variable
from vitrail.query.limits import Limits
from vitrail.query.plan import Group, Join, Plan, Scan, Where
from vitrail.query.reduction import Values
from vitrail.query.sql import Sql

ROWS = 60_000
SHORT = Limits(time_s=1.0, memory_bytes=200_000_000, grace_s=0.3)
WHOLE = Number(integer=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="module")
def scan(folder: Folder) -> Scan:
    return folder.put(
        {"k": (WHOLE, [1] * ROWS), "x": (WHOLE, range(ROWS)), "t": (Text(), ["t" * 50] * ROWS)}
    )


@pytest.fixture(scope="module")
def engine(folder: Folder) -> Iterator[DuckEngine]:
    with engine_over(folder, limits=SHORT) as engine:
        yield engine


def pairs(scan: Scan, at_least: int = 0) -> Plan:
    """Billions of pairs of rows: long, but it obeys."""
    join = Join(scan, scan, ("k", "k"))
    sum_ = Call("$add", (side(join, 0, "x"), side(join, 1, "x")))
    return Where(join, Call("$gt", (sum_, Literal(at_least))))


def deaf(scan: Scan, at_least: int = 0) -> Plan:
    """Billions of steps within one call of a function, where the engine hears no interruption."""
    numbers = Call("$range", (Literal(0), Call("$add", (col(scan, "k"), Literal(2_000)))))
    inner: Expr = Call("$add", (Variable("a", WHOLE), Variable("c", WHOLE)))
    for name in "cba":
        inner = Call("$size", (Map(numbers, name, inner),))
    return Where(scan, greater(inner, at_least))


def easy(scan: Scan, number: int) -> Plan:
    """A short question that was not asked before."""
    return Where(scan, greater(col(scan, "x"), number))


@pytest.mark.parametrize("endless", [pairs, deaf])
def test_a_question_that_runs_too_long_is_ended_and_the_next_is_answered(
    engine: DuckEngine, scan: Scan, endless: Callable[..., Plan]
) -> None:
    with pytest.raises(LimitExceeded, match="ran past its limit of 1 s"):
        engine.count(endless(scan, 1))
    assert engine.count(easy(scan, 10)) == ROWS - 11


def test_short_questions_are_answered_while_a_deaf_one_still_runs(folder: Folder, scan: Scan) -> None:
    with engine_over(folder, limits=Limits(time_s=8)) as engine, ThreadPoolExecutor() as threads:
        engine.count(easy(scan, 1))
        ticket = engine.ticket()
        long = [threads.submit(engine.count, deaf(scan, i), ticket=ticket) for i in range(3)]
        for number in range(20, 30):
            assert engine.count(easy(scan, number)) == ROWS - number - 1
        assert not any(one.done() for one in long)
        ticket.cancel()
        for one in long:
            assert isinstance(one.exception(), Cancelled)


def test_a_question_that_takes_too_much_memory_is_ended(engine: DuckEngine, scan: Scan) -> None:
    group = Group(Join(scan, scan, ("k", "k")), (("x", Literal(1)),))
    with pytest.raises(LimitExceeded, match=r"memory than its limit of 200,000,000 bytes|limit of 1 s"):
        engine.rows(group)
    assert engine.count(easy(scan, 40)) == ROWS - 41


def test_a_worker_that_took_too_much_memory_is_replaced(folder: Folder, scan: Scan) -> None:
    tight = Limits(time_s=60, memory_bytes=200_000_000, scratch_bytes=1_000_000)
    with engine_over(folder, limits=tight, workers=1) as engine:
        engine.warm()
        before = engine.worker_pids
        with pytest.raises(LimitExceeded, match="more memory than its limit"):
            engine.rows(Group(Join(scan, scan, ("k", "k")), (("x", Literal(1)),)))
        assert engine.count(easy(scan, 60)) == ROWS - 61
        assert not set(before) & set(engine.worker_pids)


def test_the_process_itself_cannot_outgrow_its_bounds(folder: Folder, scan: Scan) -> None:
    tight = Limits(time_s=60, memory_bytes=400_000_000, address_bytes=2_500_000_000)
    with engine_over(folder, limits=tight, workers=1) as engine:
        numbers = Call("$range", (Literal(0), Call("$add", (col(scan, "k"), Literal(90_000)))))
        square = Map(numbers, "a", numbers)
        with pytest.raises((LimitExceeded, StoreError), match=r"memory|died"):
            engine.count(Where(scan, greater(Call("$size", (square,)), 1)))
        assert engine.count(easy(scan, 50)) == ROWS - 51


def test_an_answer_that_is_too_large_is_refused(folder: Folder, scan: Scan) -> None:
    with engine_over(folder, limits=Limits(result_bytes=500_000)) as engine:
        with pytest.raises(LimitExceeded, match="answer is larger than its limit of 500,000 bytes"):
            engine.rows(scan)
        assert engine.rows(scan, 0, 100).num_rows == 100


def test_an_operator_that_refuses_to_go_on_says_so(engine: DuckEngine, scan: Scan) -> None:
    endless = Call("$range", (Literal(0), Call("$multiply", (col(scan, "k"), Literal(10**9)))))
    with pytest.raises(LimitExceeded, match=r"^\$range makes more than 100,000 items"):
        engine.count(Where(scan, greater(Call("$size", (endless,)), 1)))


@pytest.mark.parametrize("endless", [pairs, deaf])
def test_a_withdrawn_question_ends_for_whoever_waits(
    engine: DuckEngine, scan: Scan, endless: Callable[..., Plan]
) -> None:
    ticket = engine.ticket()
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(engine.count, endless(scan, 2), ticket=ticket)
        wait_until(lambda: bool(engine.at_work))
        ticket.cancel()
        ticket.cancel()
        assert isinstance(waiting.exception(), Cancelled)
    with pytest.raises(Cancelled):
        engine.count(easy(scan, 60), ticket=ticket)
    assert engine.count(easy(scan, 60)) == ROWS - 61


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("waited in vain")


def test_a_worker_that_is_killed_loses_one_question_and_no_more(folder: Folder, scan: Scan) -> None:
    with (
        engine_over(folder, limits=Limits(time_s=30), workers=1) as engine,
        ThreadPoolExecutor() as threads,
    ):
        engine.count(easy(scan, 70))
        lost = threads.submit(engine.count, pairs(scan, 3))
        wait_until(lambda: bool(engine.at_work))
        for pid in engine.at_work:
            os.kill(pid, signal.SIGKILL)
        error = lost.exception()
        assert isinstance(error, StoreError)
        assert "the worker that was at the question died" in str(error)
        assert engine.count(easy(scan, 71)) == ROWS - 72


def test_many_threads_ask_at_once(engine: DuckEngine, scan: Scan) -> None:
    def ask(number: int) -> int:
        return engine.window(easy(scan, number), 0, 1, {"x": Values()}).cells["x"][0]

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(ask, range(100, 180))) == list(range(101, 181))


def test_one_corrupt_file_is_named_and_poisons_nothing(
    engine: DuckEngine, folder: Folder, scan: Scan
) -> None:
    values = [f"{i * 7919 % 10_007:05}" for i in range(20_000)]
    whole = folder.put({"x": (Text(), values)})
    damaged = 0
    for place in range(40):
        broken = folder.put({"x": (Text(), values)})
        (path,) = folder.parts[broken.table]
        data = bytearray(path.read_bytes())
        if place == 0:
            data = data[: len(data) // 2]
        else:
            start = len(data) * place // 41
            data[start : start + 40] = bytes(40)
        path.write_bytes(data)
        try:
            engine.reduce(broken, {"x": Values(5)})
            engine.rows(broken)
        except Damaged:
            damaged += 1
        assert engine.count(Where(whole, Call("$gt", (col(whole, "x"), Literal(f"{place:05}"))))) == sum(
            v > f"{place:05}" for v in values
        )
    assert damaged > 5


def test_a_file_that_is_gone_is_a_damaged_table(engine: DuckEngine, folder: Folder) -> None:
    gone = folder.put({"x": (WHOLE, [1])})
    folder.parts[gone.table][0].unlink()
    with pytest.raises(StoreError):
        engine.rows(gone)


def test_a_closed_engine_answers_nothing_and_leaves_no_process(folder: Folder, scan: Scan) -> None:
    with engine_over(folder) as engine:
        engine.count(easy(scan, 80))
        pids = engine.worker_pids
    assert pids
    with pytest.raises(StoreError, match="closed"):
        engine.count(easy(scan, 81))
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_closing_ends_those_who_wait(folder: Folder, scan: Scan) -> None:
    engine = DuckEngine(folder, workers=1, limits=Limits(time_s=60))
    errors: list[BaseException] = []

    def ask(number: int) -> None:
        try:
            engine.count(pairs(scan, number))
        except VitrailError as error:
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    wait_until(lambda: bool(engine.at_work))
    engine.close()
    for thread in threads:
        thread.join()
    assert [type(error) for error in errors] == [StoreError] * 5


def test_a_worker_keeps_no_secrets_of_its_parent(
    folder: Folder, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET_TOKEN", "hush")
    with engine_over(folder) as engine:
        engine.count(easy(scan, 90))
        for pid in engine.worker_pids:
            assert b"hush" not in Path(f"/proc/{pid}/environ").read_bytes()


@pytest.fixture
def desk(folder: Folder, scan: Scan, tmp_path: Path) -> Desk:
    names = tuple(str(path) for path in folder.files(scan.table))
    return Desk({scan.table: names}, Limits(), str(tmp_path), {}, {})


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/etc/hosts')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_csv('https://example.org/x.csv')",
        "SELECT * FROM read_parquet('{folder}/*.parquet')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM Path",
    ],
)
def test_a_worker_reads_no_other_file(desk: Desk, folder: Folder, text: str) -> None:
    folder.put({"x": (WHOLE, [1])})
    with pytest.raises(duckdb.Error, match=r"disabled|does not exist|permission|Permission"):
        run(desk, text.replace("{folder}", str(folder.folder)))


@pytest.mark.parametrize(
    "text",
    [
        "SET memory_limit = '1TB'",
        "RESET max_execution_time",
        "CREATE TABLE t (x INT)",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "ATTACH '/tmp/x.db'",
        "PRAGMA enable_profiling",
        "EXPORT DATABASE '/tmp/x'",
    ],
)
def test_a_worker_runs_nothing_but_a_select(desk: Desk, text: str) -> None:
    with pytest.raises(QueryError, match="only a SELECT"):
        run(desk, text)


@pytest.mark.parametrize(
    "text",
    [
        "SET memory_limit = '1TB'",
        "RESET max_execution_time",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "ATTACH '/tmp/x.db'",
        "EXPORT DATABASE '/tmp/x'",
    ],
)
def test_a_workers_database_is_locked_even_against_itself(desk: Desk, text: str) -> None:
    with pytest.raises(duckdb.Error):
        desk.connection.execute(text)


def test_a_worker_runs_one_statement_at_a_time(desk: Desk) -> None:
    with pytest.raises(QueryError, match="only a SELECT"):
        run(desk, "SELECT 1; SELECT 2")


def run(desk: Desk, text: str) -> Any:
    class Text(Sql):
        @property
        def text(self) -> str:
            return text

    return desk.run(Text(exp.Select(), {}), Limits())
