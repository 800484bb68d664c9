"""Plugins that are single files: loaded, loaded again when they are saved, and let go."""

from __future__ import annotations

import hashlib
import logging
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from vitrail.errors import Invalid, NotFound, PluginError
from vitrail.process_state import LOADING, guests
from vitrail.watched import watched

if TYPE_CHECKING:
    from vitrail.registry import Registry

ALLOWANCE_S = 30.0
EVERY_S = 0.2
_PREFIX = "vitrail_file_"

log = logging.getLogger(__name__)


def load_file(registry: Registry, path: Path) -> str:
    """Bring in a file as a plugin, in the place of the one of its name.

    Returns:
        the plugin's name: the file's, without its ending.

    Raises:
        NotFound: there is no such file.
        PluginError: it failed or breaks the contract; what was there before stays, and the registry
            lists the failure.
    """
    if not path.is_file():
        raise NotFound(f"no file {str(path)!r}; --plugin takes a file of Python with a plugin in it")
    source = path.read_bytes()
    name = path.stem
    distribution = f"{path.name} {hashlib.sha256(source).hexdigest()[:8]}"
    before = sys.modules.get(_PREFIX + name)
    module = ModuleType(_PREFIX + name)
    module.__file__ = str(path.resolve())

    def run() -> None:
        sys.modules[module.__name__] = module
        code = compile(source, str(path), "exec", dont_inherit=True)
        exec(code, vars(module))  # noqa: S102 - the file that somebody named on the command line

    own: list[str] = []
    try:
        with guests.watched(*LOADING) as changed:
            watched(run, ALLOWANCE_S, changed=own.extend)
            if not any(hasattr(part, "vitrail_impl") for part in vars(module).values()):
                raise Invalid("no function in it is marked `@vitrail.hookimpl`, so it brings nothing")
            registry.replace(module, name=name, distribution=distribution)
        registry.note(name, [*changed, *own])
    except PluginError as error:
        _put_back(module.__name__, before)
        registry.fail(error)
        raise
    except Exception as error:
        _put_back(module.__name__, before)
        said = str(error) if isinstance(error, Invalid) else f"{type(error).__name__}: {error}"
        text = f"plugin {name!r} of {distribution} failed: {said}"
        trouble = PluginError(text, plugin=name, distribution=distribution)
        trouble.__cause__ = error
        registry.fail(trouble)
        raise trouble from error
    return name


def _put_back(name: str, module: ModuleType | None) -> None:
    sys.modules.pop(name, None)
    if module is not None:
        sys.modules[name] = module


def unload_file(registry: Registry, path: Path) -> None:
    """Let the plugin of a file go, where it is there."""
    if path.stem in registry.plugins:
        registry.unregister(path.stem)
    _put_back(_PREFIX + path.stem, None)


class Watch:
    """Loads files again whenever they are saved, and lets go of those that are removed.

    As a context manager it looks by itself, in a thread.

    Args:
        registry: who hears of it.
        paths: the files.
    """

    def __init__(self, registry: Registry, paths: Sequence[Path]) -> None:
        self.registry = registry
        self._seen: dict[Path, Any] = {path: _stamp(path) for path in paths}
        self._gone: set[Path] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vitrail-watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(EVERY_S):
            self.look()

    def look(self) -> None:
        """Look at every file once. One that is gone twice in a row was removed, not saved."""
        for path, seen in tuple(self._seen.items()):
            stamp = _stamp(path)
            if stamp is None and path not in self._gone:
                self._gone.add(path)
            elif stamp != seen:
                self._seen[path] = stamp
                self._changed(path)
            if stamp is not None:
                self._gone.discard(path)

    def _changed(self, path: Path) -> None:
        try:
            if self._seen[path] is None:
                unload_file(self.registry, path)
            else:
                load_file(self.registry, path)
                log.info("%s is loaded again", path.name)
        except PluginError:
            return  # the registry has listed and logged it
        except BaseException:  # a stranger's code may raise anything, and nobody interrupts this thread
            log.exception("%s could not be loaded again", path.name)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes whenever a file is saved; None where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
