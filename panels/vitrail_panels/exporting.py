"""Files of a table or a view, by the ending of their name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vitrail.errors import Invalid, did_you_mean
from vitrail_panels.export_drawing import export_drawing
from vitrail_panels.export_page import export_page

_DRAWING = frozenset({"column", "row", "width", "height", "registry"})
_SETTINGS: dict[str, tuple[Callable[..., str], frozenset[str]]] = {
    ".html": (export_page, frozenset({"rows", "pictures", "registry"})),
    ".svg": (export_drawing, _DRAWING),
    ".png": (export_drawing, _DRAWING),
}


def export(what: Any, path: Path, store: str | Path | None, settings: Mapping[str, Any]) -> str:
    """Write a file; arguments and errors as `vitrail.export` has them."""
    ending = path.suffix.lower()
    if ending not in _SETTINGS:
        raise Invalid(f"a file ends in {' or '.join(_SETTINGS)}, got {path.name!r:.200}")
    write, known = _SETTINGS[ending]
    for name in settings:
        if name not in known:
            raise Invalid(f"no setting {name!r:.200} of {ending} files{did_you_mean(name, known)}")
    if not path.parent.is_dir():
        raise Invalid(f"no folder {str(path.parent)!r} to write into")
    return write(what, path, store=store, **settings)
