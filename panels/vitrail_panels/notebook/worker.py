"""An event loop beside the notebook's, so that whoever asks can wait for what came of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache

_STEP_S = 0.02
PATIENCE_S = 60.0


class Worker:
    """Runs a page's errands in a thread.

    A notebook's kernel tells the browser of changes from its own thread alone, so the thread that asks
    waits, and passes on what has changed meanwhile.
    """

    def __init__(self) -> None:
        self._waiting: set[asyncio.Task[None] | None] = set()
        self._loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._loop.run_forever, name="vitrail-notebook", daemon=True)
        thread.start()

    def run(self, work: Callable[[], object], changed: Callable[[], object]) -> None:
        """Do some work, and return when nothing that came of it is under way; from any thread.

        Args:
            work: what is done, in the thread.
            changed: called again and again here, to pass on what has changed.
        """
        asked = asyncio.run_coroutine_threadsafe(self._settled(work), self._loop)
        for _ in range(int(PATIENCE_S / _STEP_S)):
            if _is_done(asked):
                break
            changed()
        changed()

    async def _settled(self, work: Callable[[], object]) -> None:
        task = asyncio.current_task()
        self._waiting.add(task)
        try:
            work()
            while True:
                for _ in range(4):  # what was called soon becomes a task
                    await asyncio.sleep(0)
                others = asyncio.all_tasks() - self._waiting  # those who wait do not wait for each other
                if not others:
                    return
                await asyncio.wait(others, timeout=_STEP_S)
        finally:
            self._waiting.remove(task)


def _is_done(asked: Future[None]) -> bool:
    try:
        asked.result(timeout=_STEP_S)
    except TimeoutError:
        return False
    return True


@cache
def worker() -> Worker:
    """The one of this process."""
    return Worker()
