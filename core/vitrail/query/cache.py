"""Answers that were given once: in memory, on disk, and each worked out by one asker at a time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vitrail.errors import Cancelled

# Raised whenever the same question would be answered differently than before.
SEMANTICS = 1
_PATIENCE_S = 0.05


def key_of(document: dict[str, Any]) -> str:
    """The name under which the answer to a question is kept."""
    text = json.dumps([SEMANTICS, document], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class _Flight:
    def __init__(self) -> None:
        self.landed = threading.Event()
        self.answer: bytes | None = None
        self.error: Exception | None = None


class Cache:
    """Bytes by key.

    Args:
        memory_bytes: how much is kept in memory; what was not used for longest goes first.
        folder: where more is kept on disk; None keeps none there.
        disk_bytes: how much.
    """

    def __init__(self, memory_bytes: int, folder: Path | None, disk_bytes: int) -> None:
        self._memory_bytes, self._disk_bytes = memory_bytes, disk_bytes
        self._folder = folder
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, bytes] = OrderedDict()
        self._held_bytes = 0
        self._flights: dict[str, _Flight] = {}
        self._written_bytes = 0
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._sweep()

    def get(self, key: str, make: Callable[[], bytes], withdrawn: Callable[[], bool]) -> bytes:
        """The answer under a key, made once however many ask for it at the same time.

        Raises:
            Cancelled: `withdrawn` became true while another was making it.
            Exception: whatever `make` raised.
        """
        while True:
            with self._lock:
                known = self._recall(key)
                if known is not None:
                    return known
                flight = self._flights.get(key)
                leads = flight is None
                if flight is None:
                    flight = self._flights[key] = _Flight()
            if leads:
                return self._make(key, flight, make)
            while not flight.landed.wait(_PATIENCE_S):
                if withdrawn():
                    raise Cancelled("the question was withdrawn")
            if flight.answer is not None:
                return flight.answer
            if flight.error is not None and not isinstance(flight.error, Cancelled):
                raise flight.error

    def holds(self, key: str) -> bool:
        """Whether there is an answer under a key."""
        with self._lock:
            known = key in self._answers
        return known or (self._folder is not None and (self._folder / key).exists())

    def _make(self, key: str, flight: _Flight, make: Callable[[], bytes]) -> bytes:
        try:
            answer = self._read(key)
            if answer is None:
                answer = make()
                self._write(key, answer)
            flight.answer = answer
            return answer
        except Exception as error:
            flight.error = error
            raise
        finally:
            with self._lock:
                del self._flights[key]
                if flight.answer is not None:
                    self._remember(key, flight.answer)
            flight.landed.set()

    def _recall(self, key: str) -> bytes | None:
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def _remember(self, key: str, answer: bytes) -> None:
        if len(answer) > self._memory_bytes // 4:
            return
        self._answers[key] = answer
        self._held_bytes += len(answer)
        while self._held_bytes > self._memory_bytes:
            self._held_bytes -= len(self._answers.popitem(last=False)[1])

    def _read(self, key: str) -> bytes | None:
        if self._folder is None:
            return None
        try:
            data = (self._folder / key).read_bytes()
        except OSError:
            return None
        digest, answer = data[:32], data[32:]
        return answer if hashlib.sha256(answer).digest() == digest else None

    def _write(self, key: str, answer: bytes) -> None:
        if self._folder is None or len(answer) > self._disk_bytes // 16:
            return
        with contextlib.suppress(OSError):  # a full or read-only disk only costs speed
            handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(answer).digest())
                file.write(answer)
            os.replace(name, self._folder / key)
            with self._lock:
                self._written_bytes += len(answer)
                full = self._written_bytes > self._disk_bytes // 8
            if full:
                self._sweep()

    def _sweep(self) -> None:
        """Remove what was written longest ago until the rest fits."""
        with self._lock:
            self._written_bytes = 0
        with contextlib.suppress(OSError):
            if self._folder is None:
                return
            files = [(entry.stat(), entry.path) for entry in os.scandir(self._folder)]
            files.sort(key=lambda pair: pair[0].st_mtime, reverse=True)
            held_bytes = 0
            for stat, path in files:
                held_bytes += stat.st_size
                if held_bytes > self._disk_bytes:
                    os.unlink(path)

    def clear(self) -> None:
        """Forget what is in memory."""
        with self._lock:
            self._answers.clear()
            self._held_bytes = 0
