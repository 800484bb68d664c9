"""Pictures made into PNG files by a few threads, while whoever gave them goes on."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitrail.errors import Invalid
from vitrail.kinds import Shelf
from vitrail.media import pixels
from vitrail.media.content import Content
from vitrail.spill import Aside

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    import PIL.Image

SMALL_PX = 16_384  # below, handing a picture over costs about as much as its file
_MOST_THREADS = 4


class Encoded(Content):
    """The file of a picture that may still be under way; asking for its digest waits for it.

    Args:
        picture: the picture, which nobody changes any more.
        future: the file that is under way.
    """

    def __init__(self, picture: PIL.Image.Image, future: Future[Content]) -> None:
        self._picture: PIL.Image.Image | None = picture
        self._future = future
        self._process = os.getpid()
        self._size_bytes = picture.width * picture.height * len(picture.getbands())
        self._made: Content | None = None

    @property
    def digest(self) -> str:  # type: ignore[override]
        return self.made.digest

    @property
    def place(self) -> bytes | Aside | Path | Shelf:  # type: ignore[override]
        return self.made.place

    @property
    def size_bytes(self) -> int:
        """What it takes in memory, at most."""
        return self._size_bytes

    @property
    def is_there(self) -> bool:
        return self._made is not None or self._future.done()

    @property
    def made(self) -> Content:
        """The content, once it is there.

        Raises:
            Invalid: the picture cannot be written as PNG.
        """
        made = self._made
        if made is None:
            picture = self._picture
            if picture is not None and self._process != os.getpid() and not self._future.done():
                made = _file_of(picture)  # the threads stayed behind in the other process
            else:
                made = self._future.result()
            self._made, self._picture = made, None
        return made


def encoded(picture: PIL.Image.Image) -> Content:
    """The PNG file of a picture; a large one is made meanwhile, and its caller may change the picture."""
    if picture.width * picture.height < SMALL_PX:
        return _file_of(picture)
    own = picture.copy()
    future = _threads.submit(own)
    return _file_of(own) if future is None else Encoded(own, future)


def _file_of(picture: PIL.Image.Image) -> Content:
    try:
        return Content.of(pixels.png(picture))
    except (OSError, ValueError, MemoryError) as error:
        raise Invalid(f"the picture cannot be written as PNG: {error}") from None


class _Threads:
    """A few threads, started at the first use; at most a few pictures wait for them."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        count = min(_MOST_THREADS, os.cpu_count() or 1)
        self._count = count
        self._room = threading.BoundedSemaphore(4 * count)
        self._lock = threading.Lock()

    def submit(self, picture: PIL.Image.Image) -> Future[Content] | None:
        """Have a picture's file made; None where no thread takes it any more."""
        room = self._room
        room.acquire()

        def leave(_: Any) -> None:
            room.release()

        try:
            future = self._started().submit(_file_of, picture)
        except RuntimeError:  # the interpreter is on its way out
            room.release()
            return None
        future.add_done_callback(leave)
        return future

    def _started(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor

        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._count, thread_name_prefix="vitrail-png")
            return self._pool


def _start_anew() -> None:
    global _threads  # noqa: PLW0603 - a forked process has none of the threads
    _threads = _Threads()


_threads = _Threads()
os.register_at_fork(after_in_child=_start_anew)
