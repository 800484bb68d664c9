"""The face of Vitrail, for guests: `import vitrail as vt`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vitrail import dtypes as dtypes
    from vitrail import errors as errors
    from vitrail.builder import col as col
    from vitrail.builder import op as op
    from vitrail.errors import VitrailError as VitrailError
    from vitrail.hookspecs import hookimpl as hookimpl
    from vitrail.joined_table import JoinedTable as JoinedTable
    from vitrail.media.classes import Classes as Classes
    from vitrail.media.image import Image as Image
    from vitrail.media.medium import Medium as Medium
    from vitrail.opening import compare as compare
    from vitrail.opening import open_page as open  # noqa: A004 - the face's word
    from vitrail.opening import rows as rows
    from vitrail.showing import export as export
    from vitrail.showing import show as show
    from vitrail.store.artifact import Artifact as Artifact
    from vitrail.store.current import finish as finish
    from vitrail.store.current import init as init
    from vitrail.store.current import log as log
    from vitrail.store.current import log_artifact as log_artifact
    from vitrail.store.current import use_artifact as use_artifact
    from vitrail.store.project import Api as Api
    from vitrail.store.run import Run as Run
    from vitrail.table import Table as Table
    from vitrail.view import View as View

# Where each name is made; a module is loaded when one of its names is first asked for.
_HOMES = {
    "Api": "vitrail.store.project",
    "Artifact": "vitrail.store.artifact",
    "Classes": "vitrail.media.classes",
    "Image": "vitrail.media.image",
    "JoinedTable": "vitrail.joined_table",
    "Medium": "vitrail.media.medium",
    "Run": "vitrail.store.run",
    "Table": "vitrail.table",
    "View": "vitrail.view",
    "VitrailError": "vitrail.errors",
    "col": "vitrail.builder",
    "compare": "vitrail.opening",
    "export": "vitrail.showing",
    "finish": "vitrail.store.current",
    "hookimpl": "vitrail.hookspecs",
    "init": "vitrail.store.current",
    "log": "vitrail.store.current",
    "log_artifact": "vitrail.store.current",
    "op": "vitrail.builder",
    "open": "vitrail.opening",
    "rows": "vitrail.opening",
    "show": "vitrail.showing",
    "use_artifact": "vitrail.store.current",
}
_MODULES = ("dtypes", "errors")
_OWN_NAMES = {"open": "open_page"}  # where the face's word is a builtin's

__all__ = [
    "Api",
    "Artifact",
    "Classes",
    "Image",
    "JoinedTable",
    "Medium",
    "Run",
    "Table",
    "View",
    "VitrailError",
    "col",
    "compare",
    "dtypes",
    "errors",
    "export",
    "finish",
    "hookimpl",
    "init",
    "log",
    "log_artifact",
    "op",
    "open",
    "rows",
    "show",
    "use_artifact",
]


if not TYPE_CHECKING:  # so that a type checker complains of names that are not there

    def __getattr__(name: str) -> Any:
        if name in _MODULES:
            return import_module(f"vitrail.{name}")
        if name in _HOMES:
            found = getattr(import_module(_HOMES[name]), _OWN_NAMES.get(name, name))
        else:
            found = _brought(name)
        globals()[name] = found
        return found


def _brought(name: str) -> Any:
    """A medium that some distribution brings, such as `Audio`."""
    if name[:1].isupper():
        from vitrail.media.medium import medium_called

        if (found := medium_called(name)) is not None:
            return found
    raise AttributeError(f"module 'vitrail' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
