"""What the browser asks for besides the page: windows of the table, pictures, a sign of life."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tornado.iostream import StreamClosedError

from vitrail.errors import (
    Cancelled,
    Invalid,
    LimitExceeded,
    NotFound,
    QueryError,
    VitrailError,
)
from vitrail.view import View
from vitrail_panels.security import MEDIA_POLICY, Guarded
from vitrail_panels.thumbnails import Thumbnails

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitrail.query.engine import Ticket
    from vitrail.store.blobs import Blobs

    # (view, start, stop, whether it must be exact, ticket) -> the window as JSON can take it
    Draw = Callable[[View, int, int, bool, Ticket], dict[str, Any]]

log = logging.getLogger(__name__)

MOST_ROWS = 500
MOST_WAITING = 64
MOST_BYTES = 256_000_000
LAST_ROW = 2**53  # what a browser counts to exactly
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})?")

_STATUS: tuple[tuple[type[VitrailError], int], ...] = (
    (NotFound, 404),
    (Invalid, 400),
    (LimitExceeded, 503),
)


def said_of(error: Exception) -> tuple[int, str]:
    """Status and message for the browser: what was asked wrongly in full, of faults only where to look."""
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status, str(error)
    case = secrets.token_hex(4)
    log.error("failure %s", case, exc_info=error)
    return 500, f"this failed; the log says why, under {case}"


class Answering(Guarded):
    """A handler whose errors are JSON: `{"error": message}`."""

    def write_error(self, status_code: int, **_: Any) -> None:
        self.finish({"error": self._reason})

    def fail(self, error: Exception) -> None:
        """Answer with what went wrong."""
        status, message = said_of(error)
        answer: dict[str, Any] = {"error": message}
        if isinstance(error, QueryError) and error.span:
            answer["span"] = [error.span.start, error.span.stop]
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(answer)


class WindowHandler(Answering):
    """GET api/window?<view>&start=&stop= → the rows [start, stop) as markup.

    Where that takes long the first answer is an estimate and says so; `&exact=1` waits for the exact one.

    The view is in the address and nothing is kept between requests. Whoever hangs up withdraws the
    question.
    """

    def initialize(self, questions: Questions) -> None:
        self.questions = questions
        self.ticket: Ticket | None = None

    async def get(self) -> None:
        try:
            start, stop = self._range()
            view = View.from_query(self.request.query)
            self.ticket = self.questions.ticket()
            exact = self.get_query_argument("exact", "") == "1"
            answer = await self.questions.ask(view, start, stop, self.ticket, exact=exact)
        except Cancelled:
            self.set_status(499, "withdrawn")
            return
        except TooManyQuestions as error:
            self.set_header("Retry-After", "1")
            self.set_status(503)
            self.finish({"error": str(error)})
            return
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and each has an answer
            self.fail(error)
            return
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "application/json; charset=utf-8")
        try:
            await self.finish(answer)
        except StreamClosedError:
            return

    def on_connection_close(self) -> None:
        if self.ticket is not None:
            self.ticket.cancel()

    def _range(self) -> tuple[int, int]:
        texts = {name: self.get_query_argument(name, "") for name in ("start", "stop")}
        for name, text in texts.items():
            if not (text.isascii() and text.isdigit() and len(text) <= 16):
                raise Invalid(f"{name} is a row counted from 0, got {text[:40]!r}")
        start, stop = int(texts["start"]), int(texts["stop"])
        if not start <= stop <= LAST_ROW or stop - start > MOST_ROWS:
            raise Invalid(f"a window has up to {MOST_ROWS} rows, asked for [{start}, {stop})")
        return start, stop


class TooManyQuestions(VitrailError, RuntimeError):
    """More questions wait for their turn than the server holds."""


class Questions:
    """Draws windows in threads, so that the server's event loop never waits for one.

    Args:
        draw: makes a window; called in a thread.
        ticket: makes a ticket of the engine.
        threads: how many are drawn at once.

    Attributes:
        waiting: how many are being drawn or wait for it.
        withdrawn: how many ended because their askers hung up.
    """

    def __init__(self, draw: Draw, ticket: Callable[[], Ticket], threads: int = 8) -> None:
        self.ticket = ticket
        self._draw = draw
        self.waiting = 0
        self.withdrawn = 0
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="vitrail-window")

    async def ask(self, view: View, start: int, stop: int, ticket: Ticket, *, exact: bool = True) -> str:
        """The window as the text of a JSON document.

        Raises:
            TooManyQuestions: ask again later.
        """
        if self.waiting >= MOST_WAITING:
            raise TooManyQuestions(f"{self.waiting} questions wait already; ask again in a moment")
        self.waiting += 1
        try:
            loop = asyncio.get_running_loop()
            asked = (view, start, stop, exact, ticket)
            return await loop.run_in_executor(self._executor, self._answer, *asked)
        except Cancelled:
            self.withdrawn += 1
            raise
        finally:
            self.waiting -= 1

    def _answer(self, view: View, start: int, stop: int, exact: bool, ticket: Ticket) -> str:
        return json.dumps(self._draw(view, start, stop, exact, ticket), separators=(",", ":"))

    def close(self) -> None:
        """End the threads."""
        self._executor.shutdown(wait=False, cancel_futures=True)


class MediaHandler(Answering):
    """GET media/<digest>?w= → a stored picture, at most `w` px wide, or a sound, also a part of one.

    Addresses by content never change.
    """

    content_policy = MEDIA_POLICY

    def initialize(self, blobs: Blobs, thumbnails: Thumbnails) -> None:
        self.blobs = blobs
        self.thumbnails = thumbnails
        self.tag = ""

    async def get(self, digest: str) -> None:
        try:
            width_px = self._width()
            await self._find(digest)
            self.tag = f'"{digest[:32]}-{width_px or "whole"}"'
            self.set_etag_header()
            self.set_header("Cache-Control", "private, max-age=31536000, immutable")
            if self.check_etag_header():
                self.set_status(304)
                return
            content, type_ = await self.thumbnails.picture(
                lambda: self.blobs.read(digest), digest, width_px
            )
        except Exception as error:  # noqa: BLE001 - whatever is in the file, there is an answer
            self.tag = ""
            self.clear_header("Etag")
            self.fail(error)
            return
        self.set_header("Content-Type", type_)
        try:
            await self.finish(self._part(content))
        except StreamClosedError:
            return

    def _part(self, content: bytes) -> bytes:
        """What is asked for of a file; a player asks for the part that it is about to play."""
        self.set_header("Accept-Ranges", "bytes")
        asked = _RANGE.fullmatch(self.request.headers.get("Range", ""))
        if asked is None:
            return content
        start, stop = int(asked[1]), min(int(asked[2] or LAST_ROW) + 1, len(content))
        if start >= stop:
            self.set_status(416)
            self.set_header("Content-Range", f"bytes */{len(content)}")
            return b""
        self.set_status(206)
        self.set_header("Content-Range", f"bytes {start}-{stop - 1}/{len(content)}")
        return content[start:stop]

    async def _find(self, digest: str) -> None:
        loop = asyncio.get_running_loop()
        place = await loop.run_in_executor(None, self.blobs.find, digest)
        if place is None:
            raise NotFound(f"the store has no picture with digest {digest}")
        if place.size > MOST_BYTES:
            raise Invalid(
                f"pictures of up to {MOST_BYTES:,} bytes are shown, this one has {place.size:,}"
            )

    def compute_etag(self) -> str | None:
        return self.tag or None

    def _width(self) -> int | None:
        text = self.get_query_argument("w", "")
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and 0 < len(text) <= 5 and int(text) > 0):
            raise Invalid(f"w is a width in px, got {text[:40]!r}")
        return int(text)


class HealthHandler(Answering):
    """GET healthz → that the event loop turns."""

    def get(self) -> None:
        self.set_header("Cache-Control", "no-store")
        self.finish({"ok": True})


def routes(questions: Questions, blobs: Blobs, thumbnails: Thumbnails) -> list[tuple[Any, ...]]:
    """The addresses of this module."""
    return [
        (r"/api/window", WindowHandler, {"questions": questions}),
        (r"/media/([0-9a-f]{64})", MediaHandler, {"blobs": blobs, "thumbnails": thumbnails}),
        (r"/healthz", HealthHandler),
    ]
