"""The run that is under way, and the verbs that act on it."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Collection, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitrail.errors import Invalid, StoreError

if TYPE_CHECKING:
    from vitrail.store.artifact import Artifact
    from vitrail.store.run import Run

_own: ContextVar[tuple[Run, ...]] = ContextVar("vitrail_runs", default=())
_all: list[Run] = []
_lock = threading.Lock()


def init(
    project: str = "uncategorized",
    job_type: str = "run",
    name: str | None = None,
    config: Mapping[str, Any] | None = None,
    *,
    store: str | Path | None = None,
    dir: str | Path | None = None,  # noqa: A002 - the word that people know
) -> Run:
    """Begin a run, which then is the current one of this thread or task.

    Args:
        project: what the work is called.
        job_type: what kind of step it is, such as "train".
        name: the run's name; by default made of its job type.
        config: its settings, as a JSON document.
        store: the store's folder; by default VITRAIL_HOME, or .vitrail in the working directory.
        dir: the folder that `.vitrail` is to be in, instead of `store`.

    Returns:
        the run; use it in a `with` block, so that it is recorded as failed where the block raises.

    Raises:
        StoreError: the store cannot be written.
    """
    from vitrail.store.project import opened
    from vitrail.store.run import Run

    if store is not None and dir is not None:
        raise Invalid("a run takes store= or dir=, not both")
    root = Path(dir, ".vitrail") if dir is not None else store
    run = Run(opened(root), project, job_type, name, config)
    _own.set((*_own.get(), run))
    with _lock:
        _all.append(run)
    return run


def leave(run: Run) -> None:
    """The run is over; the one before it is the current one again."""
    _own.set(tuple(other for other in _own.get() if other is not run))
    with _lock:
        if run in _all:
            _all.remove(run)


def run() -> Run:
    """The current run: that of this thread or task, or the only one that there is.

    Raises:
        Invalid: there is none, or several run in other threads.
    """
    mine = [run for run in _own.get() if run in _all]
    if mine:
        return mine[-1]
    if not _all:
        raise Invalid("no run is under way; begin one with vitrail.init(project=...)")
    if len(_all) > 1:
        raise Invalid("several runs are under way in other threads; call the method of the one you mean")
    return _all[0]


def log_artifact(
    artifact: Artifact | str | Path,
    name: str | None = None,
    type: str | None = None,  # noqa: A002 - the word that people know
    aliases: Collection[str] | str | None = None,
) -> Artifact:
    """Log an artifact by the current run; see `Run.log_artifact`."""
    return run().log_artifact(artifact, name, type, aliases)


def use_artifact(artifact: str | Artifact, type: str | None = None) -> Artifact:  # noqa: A002
    """Use an artifact in the current run; see `Run.use_artifact`."""
    return run().use_artifact(artifact, type)


def log(data: Mapping[str, Any], step: int | None = None) -> None:
    """Record values in the current run; see `Run.log`."""
    run().log(data, step)


def finish(exit_code: int | None = None) -> None:
    """End the current run; see `Run.finish`."""
    run().finish(exit_code)


_process = os.getpid()


def _end_all() -> None:
    """At the end of the process: end what nobody ended, as failed where the process ends by an error."""
    if os.getpid() != _process:
        return
    failed = getattr(sys, "last_value", None) is not None
    for left in _all.copy():
        try:
            left.finish(int(failed))
        except StoreError as error:
            sys.stderr.write(f"vitrail: the end of the run {left.name!r} was not recorded: {error}\n")


atexit.register(_end_all)
