"""Files of a table or a view, by the ending of their name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from vitrail.errors import Invalid, did_you_mean
from vitrail_panels.export_drawing import Figure, export_drawing
from vitrail_panels.export_page import Extent, export_page
from vitrail_panels.pane import given

_WRITERS: dict[str, tuple[Callable[..., str], type[Any]]] = {
    ".html": (export_page, Extent),
    ".svg": (export_drawing, Figure),
    ".png": (export_drawing, Figure),
}


def export(what: Any, path: Path, store: str | Path | None, settings: Mapping[str, Any]) -> str:
    """Write a file; arguments and errors as `vitrail.export` has them."""
    ending = path.suffix.lower()
    if ending not in _WRITERS:
        raise Invalid(f"a file ends in {' or '.join(_WRITERS)}, got {path.name!r:.200}")
    write, options = _WRITERS[ending]
    known = [field.name for field in fields(options)]
    for name in settings:
        if name not in known:
            raise Invalid(f"no setting {name!r:.200} of {ending} files{did_you_mean(name, known)}")
    if not path.parent.is_dir():
        raise Invalid(f"no folder {str(path.parent)!r} to write into")
    return write(*given(what, store), path, options(**settings))
