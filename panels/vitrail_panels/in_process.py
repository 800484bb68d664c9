"""Pages that this process serves beside its own work, for `vitrail.open`."""

from __future__ import annotations

import atexit
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from vitrail_panels.serve import Server

if TYPE_CHECKING:
    from vitrail.store.project import Project

_serving: dict[Path, Server] = {}
_lock = threading.Lock()


def page_of(project: Project) -> str:
    """The address of a project's page, served by a thread that ends with the process."""
    with _lock:
        server = _serving.get(project.root)
        if server is None or not server.is_serving:
            server = _serving[project.root] = Server(project)
            server.start(daemon=True)
        return server.url


def end(project: Project) -> None:
    """Serve a project's page no longer."""
    with _lock:
        server = _serving.pop(project.root, None)
    if server is not None:
        server.end()


@atexit.register
def _end_all() -> None:
    for server in tuple(_serving.values()):
        end(server.project)
