"""What all code of a process shares, and what a plugin must leave as it was."""

from __future__ import annotations

import contextlib
import decimal
import gc
import locale
import logging
import os
import random
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


def _unlike(before: Any, now: Any) -> bool:
    return bool(before != now)


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """A piece of state that others rely on.

    Attributes:
        name: what it is called where somebody is told of a change.
        read: its value; the same value means that nothing was changed.
        put_back: gives it the value that it had before.
        differs: whether it was changed, of the values before and now.
    """

    name: str
    read: Callable[[], Any]
    put_back: Callable[[Any], object]
    differs: Callable[[Any, Any], bool] = _unlike


def _folder() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""


def _go_back(before: str) -> None:
    with contextlib.suppress(OSError):  # it is gone
        os.chdir(before)


def _filters() -> tuple[list[Any], tuple[Any, ...]]:
    """The list itself, too: `warnings.catch_warnings` of another thread works on a list of its own."""
    return warnings.filters, tuple(warnings.filters)  # type: ignore[return-value]


def _filters_differ(before: tuple[list[Any], tuple[Any, ...]], _: object) -> bool:
    """Whether a filter is gone or one of all warnings is new; libraries add some of their own ones."""
    now, was = list(before[0]), before[1]
    everything = [one for one in now if one not in was and one[1:4] == (None, Warning, None)]
    return bool(everything) or any(one not in now for one in was)


def _logging() -> tuple[int, tuple[logging.Handler, ...], int]:
    root = logging.getLogger()
    return root.level, tuple(root.handlers), root.manager.disable


def _log_again(before: tuple[int, tuple[logging.Handler, ...], int]) -> None:
    root = logging.getLogger()
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    logging.disable(before[2])


def _hooks() -> tuple[Any, ...]:
    return sys.excepthook, threading.excepthook, sys.displayhook


def _hook_again(before: tuple[Any, ...]) -> None:
    sys.excepthook, threading.excepthook, sys.displayhook = before


def _stream_again(before: tuple[Any, ...]) -> None:
    sys.stdin, sys.stdout, sys.stderr = before


_SIGNALS = tuple(signal.valid_signals())


def _handlers() -> dict[int, Any]:
    return {number: signal.getsignal(number) for number in _SIGNALS}


def _handle_again(before: dict[int, Any]) -> None:
    """Only the main thread may, and only it can have changed them."""
    for number, handler in before.items():
        if handler is not None and signal.getsignal(number) != handler:
            signal.signal(number, handler)


def _arithmetic() -> tuple[Any, ...]:
    now = decimal.getcontext()
    traps = frozenset(kind for kind, trapped in now.traps.items() if trapped)
    return now.prec, now.rounding, now.Emin, now.Emax, now.capitals, now.clamp, traps


def _reckon_again(before: tuple[Any, ...]) -> None:
    """In the same context: it may be another thread's as well."""
    now = decimal.getcontext()
    now.prec, now.rounding, now.Emin, now.Emax, now.capitals, now.clamp, traps = before
    now.traps.update({kind: kind in traps for kind in now.traps})


def _numpy() -> Any:
    """numpy, or None where it is not loaded."""
    found = sys.modules.get("numpy")
    return found if hasattr(found, "random") else None


def _drawn() -> Any:
    np = _numpy()
    return np and [
        part if isinstance(part, str | int | float) else part.tobytes() for part in np.random.get_state()
    ]


def _draw_again(before: Any) -> None:
    if before:
        np = _numpy()
        np.random.set_state((before[0], np.frombuffer(before[1], np.uint32), *before[2:]))


# What each thread has for itself, so that no other is blamed or disturbed.
THREAD = (
    Shared(
        "numpy's handling of errors",
        lambda: (np := _numpy()) and np.geterr(),
        lambda before: before and _numpy().seterr(**before),
    ),
    Shared(
        "numpy's way of printing",
        lambda: (np := _numpy()) and np.get_printoptions(),
        lambda before: before and _numpy().set_printoptions(**before),
    ),
    Shared("the context of decimals", _arithmetic, _reckon_again),
)
RANDOM = (
    Shared("the random numbers of Python", random.getstate, random.setstate),
    Shared("the random numbers of numpy", _drawn, _draw_again),
)
SETTINGS = (
    Shared("the working folder", _folder, _go_back),
    Shared("the limit of recursion", sys.getrecursionlimit, sys.setrecursionlimit),
    Shared("the switching of threads", sys.getswitchinterval, sys.setswitchinterval),
    Shared("the collection of garbage", gc.isenabled, lambda before: (gc.disable, gc.enable)[before]()),
    Shared("the patience of sockets", socket.getdefaulttimeout, socket.setdefaulttimeout),
    Shared(
        "the locale",
        lambda: locale.setlocale(locale.LC_ALL),
        lambda before: locale.setlocale(locale.LC_ALL, before),
    ),
    Shared(
        "variables of the environment",
        lambda: dict(os.environ),
        os.environ.update,  # new ones stay: a library that was just loaded may read its own later
    ),
    Shared(
        "the path of imports",
        lambda: list(sys.path),
        lambda before: sys.path.__setitem__(slice(None), before),
    ),
    Shared(
        "the filters of warnings",
        _filters,
        lambda before: before[0].__setitem__(slice(None), before[1]),
        _filters_differ,
    ),
    Shared("the root of logging", _logging, _log_again),
    Shared("the hooks for errors", _hooks, _hook_again),
)
LOADING = (
    *THREAD,
    *RANDOM,
    *SETTINGS,
    Shared("the standard streams", lambda: (sys.stdin, sys.stdout, sys.stderr), _stream_again),
    Shared("the handling of signals", _handlers, _handle_again),
)


class Guests:
    """Strangers at work in this process, which may be several at once in different threads.

    All are held against the state from before the first of them. One is blamed only when no other was
    at work meanwhile.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._before: dict[Shared, Any] = {}
        self._inside: list[list[bool]] = []  # of each: whether another was at work meanwhile
        self._here = threading.local()

    @contextlib.contextmanager
    def watched(self, *shared: Shared) -> Iterator[list[str]]:
        """Put back whatever is changed meanwhile; inside of another one in the same thread, nothing.

        Args:
            shared: what to look at.

        Yields:
            the names of what was changed; filled in at the end.
        """
        changed = list[str]()
        if getattr(self._here, "watched", False):
            yield changed
            return
        crowded = self._enter(shared)
        self._here.watched = True
        try:
            yield changed
        finally:
            self._here.watched = False
            found = self._leave(shared, crowded)
            changed += [] if crowded[0] else found

    def _enter(self, shared: tuple[Shared, ...]) -> list[bool]:
        with self._lock:
            for one in shared:
                if one not in self._before:
                    self._before[one] = one.read()
            crowded = [bool(self._inside)]
            for other in self._inside:
                other[0] = True
            self._inside.append(crowded)
            return crowded

    def _leave(self, shared: tuple[Shared, ...], crowded: list[bool]) -> list[str]:
        found = []
        with self._lock:
            for one in shared:
                before = self._before[one]
                if one.differs(before, one.read()):
                    found.append(one.name)
                    one.put_back(before)
            self._inside = [other for other in self._inside if other is not crowded]
            if not self._inside:
                self._before.clear()
        return found


guests = Guests()


@contextlib.contextmanager
def thread_changes() -> Iterator[list[str]]:
    """Put back whatever is changed meanwhile of what the thread has for itself.

    Yields:
        the names of what was changed; filled in at the end.
    """
    before, changed = [(one, one.read()) for one in THREAD], list[str]()
    try:
        yield changed
    finally:
        for one, value in before:
            if one.differs(value, one.read()):
                changed.append(one.name)
                one.put_back(value)
