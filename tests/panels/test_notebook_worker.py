"""The event loop beside a notebook's."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from vitrail_panels.notebook.worker import Worker


def test_several_who_ask_at_once_wait_for_what_they_asked_and_not_for_each_other() -> None:
    worker = Worker()
    together = threading.Barrier(3)
    ended: list[int] = []
    tasks: set[asyncio.Task[None]] = set()

    async def errand(number: int) -> None:
        await asyncio.sleep(0.05)
        ended.append(number)

    def asked(number: int) -> bool:
        together.wait()
        worker.run(lambda: tasks.add(asyncio.create_task(errand(number))), lambda: None)
        return number in ended

    with ThreadPoolExecutor(3) as askers:
        answers = [askers.submit(asked, number) for number in range(3)]
        assert [answer.result(timeout=20) for answer in answers] == [True] * 3
