"""Work of strangers, done in a thread that is watched, so that one who never returns holds up nobody.

Python cannot end a thread from outside. What is done instead: the caller goes on without the answer, and
the thread is asked to end at its next step of Python. One that is inside a library, or that catches
everything, stays until it returns; `stuck` tells of those.
"""

from __future__ import annotations

import contextlib
import contextvars
import ctypes
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

from vitrail.errors import LimitExceeded
from vitrail.process_state import RANDOM, SETTINGS, Shared, guests, thread_changes

Given = TypeVar("Given")
_MOST_IDLE = 8
_LOOK_S = 1.0

_here = threading.local()
_idle: list[_Worker] = []
_left: list[_Worker] = []
_lock = threading.Lock()


class TooSlow(LimitExceeded):
    """Work that did not return in its time.

    Attributes:
        who: whoever was at work when the time ended; the innermost where one called another.
    """

    def __init__(self, message: str, who: Any) -> None:
        super().__init__(message)
        self.who = who


class Ended(BaseException):
    """Raised in a thread whose work is not waited for any more."""


class _Job:
    """One piece of work."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.context = contextvars.copy_context()
        self.done = threading.Event()
        self.given: Any = None
        self.error: BaseException | None = None
        self.changed: tuple[str, ...] = ()
        self.who: list[Any] = []
        self.since = time.monotonic()

    def carry_out(self) -> None:
        """Do it; whatever is raised is kept."""
        _here.job = self
        self.since = time.monotonic()
        try:
            self.context.run(self._work)
        except BaseException as error:  # noqa: BLE001 - a stranger's code may raise anything
            self.error = error
        finally:
            _here.job = None
            self.done.set()

    def _work(self) -> None:
        with thread_changes() as changed:
            self.given = self.work()
        self.changed = tuple(changed)


class _Worker(threading.Thread):
    """A thread that does one job after another."""

    def __init__(self) -> None:
        super().__init__(name="vitrail-drawing", daemon=True)
        self.jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self.start()

    def run(self) -> None:
        """Work until there is no more."""
        with contextlib.suppress(Ended):
            while (job := self.jobs.get()) is not None:
                job.carry_out()
                del job  # nothing of a plugin stays alive in an idle thread

    def end(self) -> None:
        """Ask it to end: at its next step of Python, or after its job."""
        self.jobs.put(None)
        if self.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self.ident), ctypes.py_object(Ended)
            )


def watched(
    work: Callable[[], Given],
    allowance_s: float,
    *,
    who: Any = None,
    alone: bool = False,
    changed: Callable[[tuple[str, ...]], object] = lambda _: None,
) -> Given:
    """What some work gives. Inside of watched work it is done at once, and watched with it.

    Args:
        work: what to do.
        allowance_s: how long it may take without `step` being called.
        who: whose work it is.
        alone: whether none but strangers change anything in this process meanwhile; in the main thread
            nobody else does.
        changed: hears what the work changed of the process's state; it is put back.

    Raises:
        TooSlow: it took longer.
        RuntimeError: it tried to end the process or its thread.
    """
    job: _Job | None = getattr(_here, "job", None)
    if job is not None:
        job.who.append(who)
        try:
            return work()
        finally:
            job.who.pop()
    job = _Job(work)
    job.who.append(who)
    try:
        with guests.watched(*_shared(alone)) as found:
            _do(job, allowance_s)
    finally:
        if found or job.changed:
            changed((*job.changed, *found))
    error, job.error = job.error, None
    if error is None:
        return cast("Given", job.given)
    if isinstance(error, Exception):
        raise error
    raise RuntimeError(f"raised {type(error).__name__}: {error}") from None


def _shared(alone: bool) -> tuple[Shared, ...]:
    """What only a stranger's work can change meanwhile; nothing where the host's own code goes on."""
    if threading.current_thread() is threading.main_thread():
        return (*SETTINGS, *RANDOM)
    return SETTINGS if alone else ()


def _do(job: _Job, allowance_s: float) -> None:
    with _lock:
        worker = _idle.pop() if _idle else None
    worker = worker or _Worker()
    worker.jobs.put(job)
    while not job.done.wait(min(_LOOK_S, max(0.0, job.since + allowance_s - time.monotonic()))):
        if time.monotonic() >= job.since + allowance_s:
            _leave(worker)
            raise TooSlow(f"slow: no answer within {max(0.0, allowance_s):g} s", job.who[-1])
    with _lock:
        if len(_idle) < _MOST_IDLE:
            _idle.append(worker)
            return
    worker.jobs.put(None)


def _leave(worker: _Worker) -> None:
    with _lock:
        _left[:] = [*(one for one in _left if one.is_alive()), worker]
        for one in _left:
            one.end()


def stuck() -> int:
    """How many threads were left and have not ended."""
    with _lock:
        _left[:] = [one for one in _left if one.is_alive()]
        return len(_left)


def step() -> None:
    """The work that goes on in this thread got somewhere; its time begins again."""
    job: _Job | None = getattr(_here, "job", None)
    if job is not None:
        job.since = time.monotonic()


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """What is done meanwhile is not the stranger's: it costs none of the time."""
    job: _Job | None = getattr(_here, "job", None)
    if job is None:
        yield
        return
    spent_s = time.monotonic() - job.since
    job.since = math.inf
    try:
        yield
    finally:
        job.since = time.monotonic() - spent_s
