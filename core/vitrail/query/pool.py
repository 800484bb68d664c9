"""Worker processes and who may use them: a few at once, fair between askers, ended when they overrun."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import vitrail
from vitrail.errors import (
    Cancelled,
    Damaged,
    Invalid,
    LimitExceeded,
    QueryError,
    StoreError,
    VitrailError,
)
from vitrail.query.index.about import Unfit
from vitrail.query.limits import Limits
from vitrail.query.operators.refusal import MARK
from vitrail.query.question import Question
from vitrail.query.wire import receive, send

_KEPT_VARIABLES = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TMPDIR", "TZ")
_PATIENCE_S = 0.1
_LONG_S = 1.0  # to start a worker takes half a second of a core, which shorter questions need themselves


class Ticket:
    """What an asker holds; cancelling it withdraws all questions that were asked with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: set[Job] = set()
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether the questions were withdrawn."""
        return self._cancelled

    def cancel(self) -> None:
        """Withdraw every question of this ticket; may be called twice."""
        with self._lock:
            self._cancelled = True
            jobs = list(self._jobs)
        for job in jobs:
            job.settle(error=Cancelled("the question was withdrawn"))

    def hold(self, job: Job) -> None:
        """Let the ticket cancel a job.

        Raises:
            Cancelled: the ticket is cancelled already.
        """
        with self._lock:
            if self._cancelled:
                raise Cancelled("the question was withdrawn")
            self._jobs.add(job)

    def release(self, job: Job) -> None:
        """The job has ended."""
        with self._lock:
            self._jobs.discard(job)


@dataclass(eq=False)
class Job:
    """One question on its way.

    Attributes:
        asker: who shares the workers fairly with the others.
        message: what the worker is sent.
    """

    asker: object
    message: dict[str, Any]
    worker: Worker | None = None
    answer: bytes | None = None
    error: VitrailError | None = None
    _settled: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def settle(self, *, answer: bytes | None = None, error: VitrailError | None = None) -> None:
        """Give the answer or the error; the first one counts."""
        with self._lock:
            if self._settled.is_set():
                return
            self.answer, self.error = answer, error
            self._settled.set()

    def wait(self, timeout_s: float) -> bool:
        """Whether it was settled within the time."""
        return self._settled.wait(timeout_s)

    @property
    def settled(self) -> bool:
        """Whether there is an answer or an error."""
        return self._settled.is_set()


class Worker:
    """A process, and the thread that listens to it."""

    def __init__(self, pool: Pool, limits: Limits, scratch: Path) -> None:
        self._pool = pool
        self._limits = limits
        self.job: Job | None = None
        self.since_s = 0.0
        self.began = self.ready = False
        self._number = 0
        self._write = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "vitrail.query.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
            close_fds=True,
            start_new_session=True,
        )
        self._in = cast(BinaryIO, self.process.stdin)
        self._out = cast(BinaryIO, self.process.stdout)
        self._say({"limits": limits.to_json(), "scratch": str(scratch)})
        threading.Thread(target=self._listen, name="vitrail-worker", daemon=True).start()

    def _say(self, message: dict[str, Any]) -> None:
        try:
            with self._write:
                send(self._in, message)
        except (OSError, ValueError):
            self.kill()  # the listener sees the end and tells the pool

    def start(self, job: Job) -> None:
        """Send a question; the pool has given the worker to this job."""
        self._number += 1
        self._say({"id": self._number, **job.message})

    def stop(self, job: Job) -> None:
        """Interrupt the question, and kill the process if it does not end soon."""
        if self.job is not job:
            return
        self._say({"interrupt": self._number})
        timer = threading.Timer(self._limits.grace_s, self._kill_if_still, (job,))
        timer.daemon = True
        timer.start()

    def _kill_if_still(self, job: Job) -> None:
        with self._pool.lock:
            if self.job is job:
                self.process.kill()

    def kill(self) -> None:
        """End the process at once."""
        self.process.kill()

    def _listen(self) -> None:
        try:
            while (message := receive(self._out)) is not None:
                header, body = message
                if "ready" in header:
                    self._pool.arrived(self)
                elif header["id"] == self._number:
                    self._pool.answered(self, header, body)
        except (OSError, ValueError):
            self.process.kill()
        finally:
            self.process.kill()
            self.process.wait()
            self._in.close()
            self._out.close()
            self._pool.ended(self)


def environment() -> dict[str, str]:
    """What a worker needs of ours, and no secrets."""
    kept = {name: value for name in _KEPT_VARIABLES if (value := os.environ.get(name)) is not None}
    root = Path(vitrail.__file__).parent.parent
    paths = [str(root), *(p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p)]
    return kept | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}


class Pool:
    """The workers, and the queue before them.

    Askers take turns: a free worker goes to the asker that has the fewest, then to who came first; no
    asker has all of them. While all are at long questions another is started, up to `most`.
    """

    def __init__(self, limits: Limits, workers: int, most: int, scratch: Path | None) -> None:
        self.limits = limits
        self.lock = threading.Lock()
        self._changed = threading.Condition(self.lock)
        self._wanted, self._most = workers, max(workers, most)
        self._workers: list[Worker] = []
        self._queue: list[Job] = []
        self._closed = False
        self._deaths = 0
        if scratch is not None:
            scratch.mkdir(parents=True, exist_ok=True)
        self._scratch = tempfile.TemporaryDirectory(prefix="vitrail-", dir=scratch)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of the workers that live."""
        with self.lock:
            return tuple(worker.process.pid for worker in self._workers)

    @property
    def at_work(self) -> tuple[int, ...]:
        """Those that are at a question."""
        with self.lock:
            return tuple(worker.process.pid for worker in self._workers if worker.job)

    def warm(self) -> None:
        """Start the workers before anybody asks."""
        with self.lock:
            self._fill()

    def ask(
        self,
        question: Question,
        files: Mapping[str, tuple[str, ...]],
        ticket: Ticket | None,
        indexes: Mapping[str, str] | None = None,
    ) -> bytes:
        """The answer as an Arrow IPC stream.

        Args:
            question: what is asked.
            files: table digest -> its files.
            ticket: who asks.
            indexes: table digest -> the file of its index, where one is at hand.

        Raises:
            LimitExceeded, Cancelled, Damaged, Invalid: as the engine's protocol says.
            Unfit: an index is not to be trusted.
            StoreError: the engine failed, or a worker died.
        """
        message: dict[str, Any] = {"question": question.to_json()}
        message["files"] = {digest: list(names) for digest, names in files.items()}
        message["indexes"] = dict(indexes or {})
        job = Job(ticket or object(), message)
        if ticket:
            ticket.hold(job)
        try:
            self._run(job)
        finally:
            if ticket:
                ticket.release(job)
        if job.error is not None:
            raise job.error
        return job.answer or b""

    def _run(self, job: Job) -> None:
        with self.lock:
            if self._closed:
                raise StoreError("the engine is closed")
            self._queue.append(job)
            self._fill()
            self._share()
        while not job.settled:
            left_s = self._left_s(job.worker)
            if left_s <= 0:
                job.settle(error=self.limits.past_time)
            job.wait(min(left_s, _PATIENCE_S))
            with self.lock:
                self._tend()
        with self.lock:
            if job in self._queue:
                self._queue.remove(job)
            worker = job.worker if job.worker and job.worker.job is job else None
        if worker is not None:
            worker.stop(job)

    def _left_s(self, worker: Worker | None) -> float:
        if worker is None:
            return _PATIENCE_S
        return worker.since_s + self.limits.time_s + self.limits.grace_s - time.monotonic()

    def _fill(self) -> None:
        """Start the wanted workers one after another, so that the first is there soon."""
        starting = any(not worker.began for worker in self._workers)
        if not self._closed and not starting and len(self._workers) < self._wanted:
            self._hire()

    def _hire(self) -> None:
        self._workers.append(Worker(self, self.limits, Path(self._scratch.name)))

    def _tend(self) -> None:
        """One more worker, where all are at long questions, so that a short one finds a free one."""
        now_s, long_s = time.monotonic(), _PATIENCE_S if self._queue else _LONG_S
        stuck = all(w.ready and w.job and now_s - w.since_s > long_s for w in self._workers)
        if stuck and len(self._workers) < self._most and not self._closed:
            self._hire()

    def _share(self) -> None:
        """Give free workers to those who wait. The lock is held."""
        self._queue = [job for job in self._queue if not job.settled]
        free = [w for w in self._workers if w.ready and w.job is None]
        busy = [w.job.asker for w in self._workers if w.job]
        for worker in free:
            fair = max(1, sum(w.ready for w in self._workers) - 1)
            waiting = [job for job in self._queue if busy.count(job.asker) < fair]
            if not waiting:
                return
            job = min(waiting, key=lambda one: busy.count(one.asker))
            self._queue.remove(job)
            busy.append(job.asker)
            worker.since_s = time.monotonic()
            worker.job, job.worker = job, worker
            worker.start(job)

    def arrived(self, worker: Worker) -> None:
        """A worker is ready for its first question."""
        with self.lock:
            worker.ready = worker.began = True
            self._deaths = 0
            self._share()
            self._fill()

    def answered(self, worker: Worker, header: dict[str, Any], body: bytes) -> None:
        """A worker has answered its question."""
        with self.lock:
            job, worker.job = worker.job, None
            if header.get("error") == "memory":  # what it still maps would be the next question's want
                worker.ready = False
                worker.kill()
            self._share()
            idle = [one for one in self._workers if one.ready and one.job is None]
            if worker in idle and len(idle) > 1 and len(self._workers) > self._wanted:
                worker.ready = False
                worker.kill()
        if job is None:
            return
        if "error" in header:
            job.settle(error=self._error(header["error"], header["message"]))
        else:
            job.settle(answer=body)

    def ended(self, worker: Worker) -> None:
        """A worker's process is gone; another takes its place."""
        with self.lock:
            job, worker.job = worker.job, None
            self._workers.remove(worker)
            self._deaths += not worker.began
            hopeless = self._deaths >= 3 and not self._closed
            waiting = list(self._queue) if hopeless or self._closed else []
            if not hopeless:
                self._fill()
        code = worker.process.returncode
        if job is not None:
            job.settle(error=StoreError(f"the worker that was at the question died (exit code {code})"))
        for one in waiting:
            one.settle(error=StoreError(f"no worker can be started (exit code {code})"))

    def _error(self, kind: str, message: str) -> VitrailError:
        limits = self.limits
        match kind:
            case "time":
                return limits.past_time
            case "memory":
                return limits.past_memory
            case "result":
                most = limits.result_bytes
                return LimitExceeded(f"the answer is larger than its limit of {most:,} bytes")
            case "refused":
                return LimitExceeded(message.partition(": ")[2])
            case "senseless":
                return QueryError(message.partition(MARK)[2])
            case "invalid":
                return Invalid(message)
            case "unfit":
                return Unfit(message)
            case "damaged":
                return Damaged(f"a table's file cannot be read: {message}")
            case _:
                return StoreError(f"the engine failed: {message}")

    def close(self) -> None:
        """End all workers."""
        with self.lock:
            self._closed = True
            workers = list(self._workers)
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.process.wait()
        self._scratch.cleanup()
