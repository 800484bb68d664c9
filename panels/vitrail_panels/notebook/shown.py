"""What `vitrail.show` gives: something that shows itself in whatever notebook runs it."""

from __future__ import annotations

import logging
import secrets
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from vitrail.errors import Invalid, did_you_mean
from vitrail.visualizer import Size
from vitrail_panels.notebook.still import plain, still
from vitrail_panels.one_column import Drawn
from vitrail_panels.pane import HEIGHT_PX, all_plugins, given
from vitrail_panels.reach import by_message
from vitrail_panels.scene import Scene

log = logging.getLogger(__name__)
_SETTINGS = ("height", "column", "row")
_COLUMN_PX = Size(640, 240)
_INSTALL = "pip install 'vitrail[notebook]' makes it live"


class Shown:
    """A table, a view or one column for the cell of a notebook.

    First comes a picture of the first rows, which stays in the file. Where a kernel answers, the live
    grid takes its place.

    Args:
        what: as `vitrail.show` has it.
        store: the store's folder.
        settings: `height`; `column` and `row`.

    Raises:
        Invalid: a setting is none.
        NotFound: there is no such artifact or entry.
    """

    def __init__(self, what: Any, store: str | Path | None, settings: Mapping[str, Any]) -> None:
        for name in settings:
            if name not in _SETTINGS:
                raise Invalid(f"no setting {name!r:.200}{did_you_mean(name, _SETTINGS)}")
        self._what = what
        self._settings = settings
        self._held, self._view = given(what, store)
        self._registry = all_plugins()
        self._reach = replace(by_message(self._held.picture), patience_s=0.0)  # nobody asks meanwhile
        self._name = f"vt-{secrets.token_hex(8)}"

    def __repr__(self) -> str:
        return repr(self._what)

    def _ipython_display_(self) -> None:
        """In Jupyter and VS Code."""
        if not _has_a_kernel():
            print(repr(self))  # noqa: T201 - what a terminal shows
            return
        from IPython.display import display

        html, live = self._drawn()
        display({"text/html": str(html), "text/plain": repr(self)}, raw=True)
        if live is not None:
            display(live)

    def _display_(self) -> Any:
        """In marimo."""
        import marimo

        html, live = self._drawn()
        picture = marimo.Html(str(html))
        return picture if live is None else marimo.vstack([picture, live])

    def _repr_html_(self) -> str:
        """Wherever nobody could answer."""
        return str(self._still(Scene(self._held, self._registry, self._view, reach=self._reach)))

    def _drawn(self) -> tuple[Markup, Any]:
        """The picture, and what takes its place while a kernel answers; None for nothing."""
        scene = Scene(self._held, self._registry, self._view, reach=self._reach)
        if "column" in self._settings:
            return self._column(scene), None
        try:
            from vitrail_panels.notebook.live import Live
        except ImportError:
            return self._still(scene, _INSTALL), None
        html = self._still(scene)
        height = int(self._settings.get("height", HEIGHT_PX))
        try:
            return html, Live(
                self._held, self._view, self._registry, self._reach, height=height, still=self._name
            )
        except Exception as error:  # the picture is there at least
            log.exception("the live table could not be made")
            said = Markup("<p>it is not live: {}</p>").format(f"{type(error).__name__}: {error}")
            return html + said, None

    def _still(self, scene: Scene, hint: str = "") -> Markup:
        return still(scene, self._name, hint)

    def _column(self, scene: Scene) -> Markup:
        row = self._settings.get("row")
        drawn = Drawn(scene, self._settings["column"], _COLUMN_PX, row)
        return Markup('<div class="vt-still">{}</div>').format(
            plain(escape(drawn.cell()), _COLUMN_PX.height_px)
        )


def _has_a_kernel() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
