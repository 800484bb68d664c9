"""Questions that a page asks in threads, and changes of the page when their answers come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import panel as pn

from vitrail.errors import Cancelled
from vitrail.query.engine import Ticket

if TYPE_CHECKING:
    from bokeh.document import Document

    from vitrail.store.project import Project

Answer = TypeVar("Answer")

# Questions of pages wait here and never on the server's event loop.
_THREADS = ThreadPoolExecutor(8, thread_name_prefix="vitrail-page")


async def ask(question: Callable[[], Answer]) -> Answer:
    """What a question answers, which is asked in a thread."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, question)


def begin(work: Callable[[], object]) -> None:
    """Do something in a thread, for which nobody waits."""
    _THREADS.submit(work)


class Lane:
    """One thing that a page shows, of which only what was asked for last may arrive.

    Args:
        project: whose engine is asked.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._step = 0
        self._ticket: Ticket | None = None
        self._waiting: set[asyncio.Future[bool]] = set()
        self._document: Document | None = None

    def open(self, document: Document) -> None:
        """Begin to change a page."""
        self._document = document

    def close(self) -> None:
        """Withdraw everything; nothing arrives any more."""
        self.withdraw()
        self._document = None
        for change in tuple(self._waiting):
            change.get_loop().call_soon_threadsafe(change.cancel)

    def withdraw(self) -> None:
        """Withdraw what was asked last."""
        self._step += 1
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None

    def follow(self, errand: Callable[[Errand], Awaitable[None]]) -> None:
        """Run an errand in the place of the one before, whose questions are withdrawn."""
        self.withdraw()
        step = self._step

        async def run() -> None:
            try:
                ticket = await ask(self._new_ticket)
                if step != self._step:
                    return
                self._ticket = ticket
                await errand(Errand(self, step, ticket))
            except Cancelled:
                return

        pn.state.execute(run)

    def _new_ticket(self) -> Ticket:
        return self._project.engine.ticket()  # the engine is started at its first use

    async def put(self, step: int | None, change: Callable[[], object]) -> None:
        """Change the page under its document's lock; without the lock, changes get lost on their way.

        Args:
            step: of the errand that the change belongs to; None for none.
            change: what is done.

        Raises:
            Cancelled: another errand was begun meanwhile, or the page is closed.
        """
        if self._document is None or step not in {None, self._step}:
            raise Cancelled("something else was asked for")
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def locked() -> None:
            if done.done():
                return
            try:
                current = step in {None, self._step}
                if current:
                    change()
                done.set_result(current)
            except Exception as error:  # noqa: BLE001 - raised where it is awaited
                done.set_exception(error)

        self._waiting.add(done)
        done.add_done_callback(self._waiting.discard)
        self._document.add_next_tick_callback(locked)
        if not await done:
            raise Cancelled("something else was asked for")


class Errand:
    """Questions and changes that belong together, and are withdrawn together.

    Args:
        lane: where it runs.
        step: its number there.
        ticket: withdraws its questions.
    """

    def __init__(self, lane: Lane, step: int, ticket: Ticket) -> None:
        self._lane = lane
        self._step = step
        self.ticket = ticket

    async def ask(self, question: Callable[[Ticket], Answer]) -> Answer:
        """What a question answers, which is asked in a thread with the errand's ticket."""
        return await ask(lambda: question(self.ticket))

    async def put(self, change: Callable[..., object], **settings: Any) -> None:
        """Change the page, unless another errand was begun meanwhile; see `Lane.put`."""
        await self._lane.put(self._step, lambda: change(**settings))
