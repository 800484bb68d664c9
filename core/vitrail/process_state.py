"""What all code of a process shares, and what a plugin must leave as it was."""

from __future__ import annotations

import contextlib
import locale
import os
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

State = dict[str, tuple[Any, Callable[[], object]]]


@contextlib.contextmanager
def changes(*, own: bool = False) -> Iterator[list[str]]:
    """Put back whatever is changed meanwhile.

    Args:
        own: only what each thread has for itself, so that no other is blamed or disturbed.

    Yields:
        the names of what was changed; filled in at the end.
    """
    before, changed = _state(own), list[str]()
    try:
        yield changed
    finally:
        after = _state(own)
        for name, (value, put_back) in before.items():
            if after[name][0] != value:
                changed.append(name)
                put_back()


def _state(own: bool) -> State:
    return _numpy(own) if own else _numpy(own) | _python()


def _python() -> State:
    drawn, folder, limit = random.getstate(), _folder(), sys.getrecursionlimit()
    spoken = locale.setlocale(locale.LC_ALL)
    return {
        "the random numbers of Python": (drawn, lambda: random.setstate(drawn)),
        "the working folder": (folder, lambda: os.chdir(folder) if folder else None),
        "the limit of recursion": (limit, lambda: sys.setrecursionlimit(limit)),
        "the locale": (spoken, lambda: locale.setlocale(locale.LC_ALL, spoken)),
    }


def _folder() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""


def _numpy(own: bool) -> State:
    """Nothing where numpy is not loaded."""
    np: Any = sys.modules.get("numpy")
    if np is None or not hasattr(np, "random"):
        return {}
    errors, printed = np.geterr(), np.get_printoptions()
    state: State = {
        "numpy's handling of errors": (errors, lambda: np.seterr(**errors)),
        "numpy's way of printing": (printed, lambda: np.set_printoptions(**printed)),
    }
    if not own:
        drawn = np.random.get_state(legacy=True)
        known = (drawn[0], drawn[1].tobytes(), *drawn[2:])
        state["the random numbers of numpy"] = (known, lambda: np.random.set_state(drawn))
    return state
