"""The parts of the page that live in the browser, with what they are told and what they tell.

Each part is a Panel component: its parameters go to the browser, and what somebody does there comes back
as a message, a dict whose `type` is one of the class's `messages`. Hear them with `listen`:

    grid = Grid(columns=..., source="api/window?...", total=1_797)
    grid.listen(lambda message: print(message["type"]))

Panel finds the script of a part by the name of its class, so a subclass wants the name of its parent.
All strings are shown as text, except for `Grid.headers`, the cells that `Grid.source` answers and
`Drawing.markup`: those are markup made by the server, which escapes what comes from the data.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import param
from panel.custom import JSComponent

_log = logging.getLogger(__name__)

Message = dict[str, Any]


class _Part(JSComponent):
    """What the parts share: one bundle, and messages of known types."""

    __abstract = True

    _bundle = Path(__file__).parent / "ui" / "dist" / "vitrail.bundle.js"

    messages: ClassVar[frozenset[str]] = frozenset()

    _sizing: ClassVar[str] = "stretch_width"

    def __init__(self, **params: Any) -> None:
        super().__init__(**{"sizing_mode": self._sizing, **params})
        self._listeners: list[Callable[[Message], object]] = []

    def listen(self, callback: Callable[[Message], object]) -> Callable[[], None]:
        """Call `callback` with every message from the browser.

        Returns:
            what ends it.
        """
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def _handle_msg(self, data: Any) -> None:
        kind = data.get("type") if isinstance(data, dict) else None
        if kind not in self.messages:
            _log.warning("%s sent a message of an unknown type: %.100r", type(self).__name__, kind)
            return
        for listener in tuple(self._listeners):
            listener(data)


class Grid(_Part):
    """The virtual table: it fetches the rows that are seen, from `source`, and draws them.

    `source` is asked for `&start=&stop=` and answers `{"start": int, "rows": [[markup, ...], ...]}`, or
    `{"error": text}` with any status. Another view in `source` (its `row` aside) is a new table: the old
    rows stay, greyed, until the first new ones are here; so do the old columns. The place in the table
    is kept where only `show` differs.

    Messages:
        open: `row` was clicked, or chosen with Enter.
        choose: `column` is to be drawn by `visualizer`.
        sort: order by `column`, `descending` or not, None for no longer; `add` to the order there is.
        group: group by `column`.
        settings: show the settings of what draws `column`.
    """

    _sizing = "stretch_both"

    messages = frozenset({"open", "choose", "sort", "group", "settings"})

    columns = param.List(
        default=[],
        item_type=dict,
        doc="""Dicts of name, title, type (as text), glyph (such as NUM), visualizer, choices (names of
        visualizers), width (px), sort ("", "asc" or "desc") and align ("", "right" or "center").""",
    )
    headers = param.Dict(default={}, doc="A column's name -> markup of its own drawing; may come later.")
    total = param.Integer(default=0, bounds=(-1, None), doc="How many rows there are; -1 while unknown.")
    row_height = param.Integer(default=36, bounds=(16, 1000), doc="The height of a row in px.")
    source = param.String(default="", doc="The window endpoint with the view's query; empty for none.")
    row = param.Integer(default=None, allow_None=True, doc="The row whose detail is open.")
