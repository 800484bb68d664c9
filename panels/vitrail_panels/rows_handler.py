"""What a table shows, to be taken away as a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tornado.iostream import StreamClosedError

from vitrail.errors import Cancelled
from vitrail.query.picking import pick
from vitrail.view import View
from vitrail_panels.files_handler import attached
from vitrail_panels.handlers import Answering, TooManyQuestions, log
from vitrail_panels.scene import Scene
from vitrail_panels.streamed import Format, format_of, streamed, taken

if TYPE_CHECKING:
    from vitrail.query.engine import Ticket
    from vitrail.registry import Registry
    from vitrail.store.project import Project

MOST_AT_ONCE = 4
_THREADS = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="vitrail-rows")


class RowsHandler(Answering):
    """GET api/rows?<view>&format= → all rows of a view as a file, with the columns that it shows.

    `&rows=0-4,9` takes those with these numbers, `&rows=!0-4,9` all others, `&only=` one column, `&bare=1` leaves out the line of
    names. A file is written while it is read,
    and no further once its reader has left.
    """

    under_way = 0

    def initialize(self, project: Project, registry: Registry) -> None:
        self.project, self.registry = project, registry
        self.ticket: Ticket | None = None

    async def get(self) -> None:
        if RowsHandler.under_way >= MOST_AT_ONCE:
            self.set_header("Retry-After", "5")
            self.set_status(503)
            full = TooManyQuestions(f"{MOST_AT_ONCE} files are written already; ask again in a moment")
            self.finish({"error": str(full)})
            return
        RowsHandler.under_way += 1
        try:
            await self._write()
        finally:
            RowsHandler.under_way -= 1

    async def _write(self) -> None:
        began = False
        try:
            format_ = format_of(self.get_query_argument("format", ""))
            parts = await self._run(self._parts, format_)
            while (part := await self._run(next, parts, None)) is not None:
                if not began:
                    self._head(format_)
                began = True
                self.write(part)
                await self.flush()
            await self.finish()
        except (Cancelled, StreamClosedError):
            self._withdraw()
        except Exception as error:  # noqa: BLE001 - a query may fail anywhere, and each has an answer
            if not began:
                self.fail(error)
                return
            log.error("a file of rows broke off", exc_info=error)
            self.detach().close()  # so that nobody takes it for whole

    async def _run(self, work: Any, *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(_THREADS, work, *args)

    def _parts(self, format_: Format) -> Iterator[bytes]:
        """The parts of the file; for a thread."""
        view = View.from_query(self.request.query)
        self.ticket = self.project.engine.ticket()
        scene = Scene(self.project, self.registry, view, ticket=self.ticket)
        rows = self.get_query_argument("rows", "")
        numbers, others = pick(rows) if rows else (None, False)
        plan = taken(scene, numbers, self.get_query_arguments("only"), others=others)
        artifact = scene.sources[0].artifact.replace(":", "-")  # browsers put other signs for colons
        self.name = f"{artifact} {scene.sources[0].entry}.{format_.ending}"
        parts = streamed(scene, plan, format_, self.ticket)
        if self.get_query_argument("bare", "") == "1" and format_.ending in ("csv", "tsv"):
            next(parts)  # the names
        return parts

    def _head(self, format_: Format) -> None:
        self.set_header("Content-Type", format_.type)
        self.set_header("Content-Disposition", attached(self.name))
        self.set_header("Cache-Control", "no-store")

    def on_connection_close(self) -> None:
        self._withdraw()

    def _withdraw(self) -> None:
        if self.ticket is not None:
            self.ticket.cancel()
