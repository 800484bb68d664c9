"""Tables in a notebook, and in files of their own: what the installed frame makes of them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitrail.errors import Invalid

if TYPE_CHECKING:
    from vitrail.registry import Registry

log = logging.getLogger(__name__)


def export(what: Any, path: str | Path, *, store: str | Path | None = None, **settings: Any) -> str:
    """Write a table or a view to a file that opens without a server and without a network.

    The name's ending says what is written: `.html` a page with the rows in it, whose filters and sorting
    work; `.svg` and `.png` one column drawn for a paper.

    Args:
        what: a table, whether it was logged or not, or a view; or "name:version/entry", an artifact that
            holds one table, or a saved view's name.
        path: the file.
        store: the store's folder; by default that of the artifact, or VITRAIL_HOME, or .vitrail in the
            working directory.
        settings: of a page `rows` and `pictures`, how many of them go into it; of a drawing its `column`,
            the `row` whose value is drawn alone, its `width` and `height` in px.

    Returns:
        what the file holds, in a few words.

    Raises:
        Invalid: the name ends otherwise, a setting is none, or nothing that is installed writes files.
        NotFound: there is no such artifact, entry, column or row.
    """
    said: str | None = _registry().hook.vitrail_export(
        what=what, path=Path(path), store=store, settings=settings
    )
    if said is None:
        raise Invalid("nothing that is installed writes files; `vitrail plugins` lists what is")
    return said


def show(what: Any, *, store: str | Path | None = None, **settings: Any) -> Any:
    """Show a table or a view in the cell of a notebook, live: filter, scroll, open a row.

    A table or a view that is the last line of a cell shows itself by this.

    Args:
        what: as `export` has it.
        store: the store's folder.
        settings: `height` in px; `column`, and `row`, to draw one column, or one of its values.

    Returns:
        what shows itself as the last line of a cell.

    Raises:
        Invalid: a setting is none, or nothing that is installed shows tables.
        NotFound: there is no such artifact or entry.
    """
    shown = _registry().hook.vitrail_show(what=what, store=store, settings=settings)
    if shown is None:
        raise Invalid("nothing that is installed shows tables; `vitrail plugins` lists what is")
    return shown


class Displayed:
    """What shows itself as the last line of a notebook's cell."""

    def _ipython_display_(self) -> None:
        """In Jupyter and VS Code."""
        _shown(self)._ipython_display_()

    def _display_(self) -> Any:
        """In marimo."""
        return _shown(self)._display_()


def _shown(what: Any) -> Any:
    """What shows an object, or what says why not: an exception here would leave the cell empty."""
    try:
        return show(what)
    except Exception as error:
        log.exception("a table could not be shown in a notebook")
        return _Said(f"{what!r}\n\nit could not be shown: {error}")


class _Said:
    """A text in the place of a table."""

    def __init__(self, text: str) -> None:
        self._text = text

    def _ipython_display_(self) -> None:
        print(self._text)  # noqa: T201 - the output of a cell

    def _display_(self) -> str:
        return self._text


def _registry() -> Registry:
    from vitrail.registry import Registry

    registry = Registry()
    registry.load_entry_points()
    return registry
