"""Who looks after the indexes of an engine: builds them one at a time, and throws the oldest away."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from vitrail.query.index.about import About, Unfit, read_about
from vitrail.query.limits import Limits
from vitrail.query.plan import Scan

_ENDING = ".index"
_PATIENCE_S = 0.2
_TOUCH_S = 60.0


@dataclass(frozen=True, slots=True)
class Kept:
    """An index that can be used.

    Attributes:
        path: its file.
        about: what it says of itself.
    """

    path: Path
    about: About


class Keeper:
    """The indexes in a folder.

    Nothing here raises for want of an index: where the folder cannot be written, or a build fails, there
    is none, and the files are read instead.

    Args:
        folder: where the indexes are; None keeps none.
        files: the files of a table, by its digest.
        environment: what a build needs of our environment.
        limits: how much memory a build may take, and how many cores.
        least_rows: tables with fewer rows get no index; they are quick enough without.
        disk_bytes: how large all indexes may be together; the one used longest ago goes first.
        sample_rows: about how many rows the sample of a large table has.
        told: called with a table's digest when its build gets on, and when it has ended.
    """

    def __init__(
        self,
        folder: Path | None,
        files: Callable[[str], Iterable[str]],
        environment: dict[str, str],
        limits: Limits,
        *,
        least_rows: int,
        disk_bytes: int,
        sample_rows: int,
        told: Callable[[str], None] | None = None,
    ) -> None:
        self._folder = folder
        self._files, self._environment, self._limits = files, environment, limits
        self._least_rows, self._disk_bytes = least_rows, disk_bytes
        self._sample_rows = sample_rows
        self.told = told
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._kept: dict[str, Kept] = {}
        self._looked: set[str] = set()
        self._refused: set[str] = set()
        self._wanted: dict[str, Scan] = {}
        self._shares: dict[str, float] = {}
        self._touched_s: dict[str, float] = {}
        self._building: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def at_hand(self, scan: Scan) -> Kept | None:
        """The table's index, if there is one and it fits."""
        if self._folder is None or scan.rows < self._least_rows:
            return None
        digest = scan.table
        with self._lock:
            if digest not in self._looked:
                self._looked.add(digest)
                self._look(scan)
            kept = self._kept.get(digest)
        if kept is None or kept.about.scan != scan:
            return None
        self._touch(kept)
        return kept

    def _path(self, digest: str) -> Path:
        # a digest is hexadecimal in a store, but an engine's own library may call tables anything
        name = digest if digest.isalnum() else digest.encode().hex()
        return (self._folder or Path()) / f"{name[:200]}{_ENDING}"

    def _look(self, scan: Scan) -> None:
        path = self._path(scan.table)
        document = path.with_suffix(".json")
        if not document.exists():
            return
        try:
            about = read_about(document, scan)
            if path.stat().st_size != about.size_bytes:
                raise Unfit(f"the index {path.name} has another size")
        except (Unfit, OSError):
            self._remove(path)
            return
        self._kept[scan.table] = Kept(path, about)

    def _touch(self, kept: Kept) -> None:
        """Note that the index was used, for whoever looks for the one used longest ago."""
        now_s = time.monotonic()
        if now_s - self._touched_s.get(kept.path.name, -_TOUCH_S) >= _TOUCH_S:
            self._touched_s[kept.path.name] = now_s
            with contextlib.suppress(OSError):
                os.utime(kept.path)

    def want(self, scan: Scan) -> None:
        """Have the table's index built, if there is none and it is worth while."""
        if self._folder is None or scan.rows < self._least_rows:
            return
        if self.at_hand(scan) is not None:
            return
        with self._lock:
            if self._closed or scan.table in self._refused or scan.table in self._wanted:
                return
            self._wanted[scan.table] = scan
            self._shares[scan.table] = 0.0
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="vitrail-index", daemon=True)
                self._thread.start()

    def share(self, digest: str) -> float | None:
        """How far the build of a table's index is, from 0 to 1; None where there is none under way."""
        with self._lock:
            return self._shares.get(digest)

    def wait(self, digest: str, timeout_s: float) -> bool:
        """Whether a build that is under way, or to come, has ended within the time."""
        with self._changed:
            return self._changed.wait_for(lambda: digest not in self._wanted, timeout_s)

    def discard(self, digests: Iterable[str], *, remove: bool) -> None:
        """Use some indexes no more; with `remove`, throw them away, since they are not what they say."""
        for digest in digests:
            with self._lock:
                kept = self._kept.pop(digest, None)
                self._refused.add(digest)
            if kept is not None and remove:
                self._remove(kept.path)

    def _remove(self, path: Path) -> None:
        for one in (path.with_suffix(".json"), path):
            with contextlib.suppress(OSError):
                one.unlink()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or bool(self._wanted))
                if self._closed:
                    return
                scan = next(iter(self._wanted.values()))
            built = False
            with contextlib.suppress(OSError, ValueError, Unfit):
                built = self._build_in_turn(scan)
            with self._changed:
                del self._wanted[scan.table]
                self._shares.pop(scan.table, None)
                if not built:
                    self._refused.add(scan.table)
                self._changed.notify_all()
            self._tell(scan.table)

    def _build_in_turn(self, scan: Scan) -> bool:
        """Build an index when no other process that uses the folder is at one."""
        folder = self._folder or Path()
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as turn:
            while not _locked(turn):
                if self._closed:
                    return False
                time.sleep(_PATIENCE_S)
            for left in folder.glob(".new-*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
            with self._lock:
                self._look(scan)
                if scan.table in self._kept:
                    return True
            return self._build(scan)

    def _build(self, scan: Scan) -> bool:
        from vitrail.query.index.build import Order

        target = self._path(scan.table)
        files = tuple(self._files(scan.table))
        if shutil.disk_usage(target.parent).free < 2 * sum(map(os.path.getsize, files)):
            return False
        limits = self._limits
        order = Order(
            scan,
            files,
            target,
            str(target.parent / ".new-spill"),
            limits.memory_bytes // 2,
            limits.threads,
            self._sample_rows,
        )
        with self._lock:
            if self._closed:
                return False
            self._building = subprocess.Popen(
                [sys.executable, "-P", "-m", "vitrail.query.index.build"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environment,
                text=True,
                start_new_session=True,
            )
        with self._building as process:
            self._follow(scan.table, process, json.dumps(order.to_json()))
        with self._lock:
            self._building = None
            self._look(scan)
            built = scan.table in self._kept
        if built:
            self._make_room(target)
        return built

    def _follow(self, digest: str, process: subprocess.Popen[str], order: str) -> None:
        into, out = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
        with contextlib.suppress(OSError):
            into.write(order + "\n")
            into.flush()
        for line in out:
            share = json.loads(line).get("share")
            if share is not None:
                with self._lock:
                    self._shares[digest] = share
                self._tell(digest)

    def _tell(self, digest: str) -> None:
        if self.told is not None:
            self.told(digest)

    def _make_room(self, newest: Path) -> None:
        """Throw away what was used longest ago until the rest fits."""
        found = []
        for path in newest.parent.glob(f"*{_ENDING}"):
            with contextlib.suppress(OSError):
                found.append((path == newest, path.stat().st_mtime, path.stat().st_size, path))
        held_bytes = 0
        for _, _, size_bytes, path in sorted(found, reverse=True):
            held_bytes += size_bytes
            if held_bytes > self._disk_bytes:
                with self._lock:
                    gone = [digest for digest, kept in self._kept.items() if kept.path == path]
                    for digest in gone:
                        del self._kept[digest]
                        self._refused.add(digest)
                self._remove(path)

    def close(self) -> None:
        """End what is being built."""
        with self._changed:
            self._closed = True
            process = self._building
            self._changed.notify_all()
        if process is not None:
            process.kill()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
