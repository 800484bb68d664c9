"""A process that answers questions with DuckDB, locked down; `python -m vitrail.query.worker`.

It reads the questions from its standard input and writes the answers as Arrow IPC to its standard
output. It may read exactly the files that a question names, runs one SELECT at a time and nothing
else, and is killed by its parent where it does not end by itself.
"""

from __future__ import annotations

import os
import queue
import resource
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from vitrail.errors import VitrailError
from vitrail.query.desk import Desk, TooLarge
from vitrail.query.index.about import Unfit
from vitrail.query.limits import Limits
from vitrail.query.operators.refusal import MARK
from vitrail.query.origins import scans
from vitrail.query.question import Question
from vitrail.query.wire import receive, send

_DESKS = 4
_DAMAGE = (
    *("parquet", "magic", "corrupt", "thrift", "tprotocol", "snappy", "zstd", "decompress"),
    *(
        "no files found",
        "could not read",
        "page",
        "invalid encoding",
        "referenced column",
        "utf8",
        "utf-8",
    ),
)
# How the engine begins to report that an operator of ours, such as $range, would not go on.
_REFUSAL = "Invalid Input Error: $"


class Room:
    """The databases that a worker has open, and the question that it is at."""

    def __init__(self, limits: Limits, scratch: str) -> None:
        self.limits = limits
        self._scratch = scratch
        self._desks: OrderedDict[tuple[Any, ...], Desk] = OrderedDict()
        self._lock = threading.Lock()
        self._current: tuple[int, Desk] | None = None
        self._withdrawn: set[int] = set()

    def interrupt(self, number: int) -> None:
        """Stop the question with this number, if it is the one under way or still to come."""
        with self._lock:
            self._withdrawn.add(number)
            if self._current and self._current[0] == number:
                self._current[1].connection.interrupt()

    def answer(self, number: int, header: dict[str, Any]) -> tuple[dict[str, Any], bytes | memoryview]:
        """The reply to a question: what went wrong, or the bytes of the answer."""
        try:
            files = {digest: tuple(names) for digest, names in header["files"].items()}
            desk = self._desk(files, header.get("indexes", {}), header["question"])
            run = desk.ready(header["question"], self.limits)
            with self._lock:
                if number in self._withdrawn:
                    raise duckdb.InterruptException("withdrawn")
                self._current = (number, desk)
            try:
                body = run()
            finally:
                with self._lock:
                    self._current = None
                    self._withdrawn.discard(number)
        except Exception as error:  # noqa: BLE001 - whatever it is, the asker hears of it
            kind = self._kind(error)
            if kind in ("damaged", "failed", "unfit"):
                self._forget()
            return {"id": number, "error": kind, "message": str(error)[:2000]}, b""
        return {"id": number}, body

    def _kind(self, error: Exception) -> str:
        match error:
            case TooLarge():
                return "result"
            case Unfit():
                return "unfit"
            case VitrailError():
                return "invalid"
            case duckdb.InterruptException():
                return "time"
            case duckdb.OutOfMemoryException() | MemoryError():
                return "memory"
            case duckdb.Error() if "MemoryError" in str(error):  # of a function of ours
                return "memory"
            case duckdb.InvalidInputException() if str(error).startswith(_REFUSAL):
                return "refused"
            case duckdb.InvalidInputException() if MARK in str(error):
                return "senseless"
            case duckdb.Error() if any(word in str(error).lower() for word in _DAMAGE):
                return "damaged"
            case _:
                return "failed"

    def _desk(
        self, files: Mapping[str, tuple[str, ...]], indexes: Mapping[str, str], document: dict[str, Any]
    ) -> Desk:
        key = (*sorted(files.items()), *sorted(indexes.items()))
        if key not in self._desks:
            while len(self._desks) >= _DESKS:
                self._desks.popitem(last=False)[1].connection.close()
            tables = {scan.table: scan for scan in scans(Question.from_json(document).plan)}
            self._desks[key] = Desk(files, self.limits, self._scratch, indexes, tables)
        self._desks.move_to_end(key)
        return self._desks[key]

    def _forget(self) -> None:
        for desk in self._desks.values():
            desk.connection.close()
        self._desks.clear()


def _read(source: BinaryIO, room: Room, questions: queue.SimpleQueue[dict[str, Any]]) -> None:
    while (message := receive(source)) is not None:
        header, _ = message
        if "interrupt" in header:
            room.interrupt(header["interrupt"])
        else:
            questions.put(header)
    os._exit(0)


def main() -> None:
    """Answer questions until the standard input ends."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    first = receive(source)
    if first is None:
        return
    limits = Limits(**first[0]["limits"])
    most = limits.memory_bytes + limits.address_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory(prefix="worker-", dir=first[0]["scratch"]) as scratch:
        room = Room(limits, str(Path(scratch)))
        questions: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=_read, args=(source, room, questions), daemon=True).start()
        send(sink, {"ready": os.getpid()})
        while True:
            header = questions.get()
            send(sink, *room.answer(header["id"], header))


if __name__ == "__main__":
    main()
