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


_OUTCOME = """What became of the question `ask` of a dialog: {ask, error, said, opens}; `error` is "" where
it was done, and `opens` {artifact, entry} of a table that came of it."""


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


def told(part: type[_Part]) -> list[str]:
    """The names of what a part's script is told."""
    return [name for name in vars(part) if name in part.param and name != "name"]


def unset(part: type[_Part]) -> dict[str, Any]:
    """What a part's script is told where nobody says anything."""
    return {name: part.param[name].default for name in told(part)}


class Grid(_Part):
    """The virtual table: it fetches the rows that are seen, from `source`, and draws them.

    `source` is asked for `&start=&stop=` and answers `{"start": int, "rows": [[markup, ...], ...]}`, or
    `{"error": text}` with any status. Rows that come with `"estimated": true` are shown as such and
    asked for again with `&exact=1`. A `source` that begins with "message:" is asked by messages instead,
    which `answer` answers. Another view in `source` (its `row` aside) is a new table: the old
    rows stay, greyed, until the first new ones are here; so do the old columns. The place in the table
    is kept where only `show` differs.

    Messages:
        open: `row` was clicked, or chosen with Enter; `within` the unfolded group at a path, where it is in one.
        choose: `column` is to be drawn by `visualizer`.
        sort: order by `column`, `descending` or not, None for no longer; `add` to the order there is.
        group: group by `column`.
        settings: show the settings of what draws `column`.
        filter: begin a filter about `column`.
        quick: set the filter `text` that a column offers, or take it away again.
        brush: keep the rows of the bars `first` to `last` of `column`, those of the version `side` or None for
            all, in the head or, for the group `row`, in its cell.
        look: `do` one of "hide", "show" (`columns`), "pin" (`column`, `pinned`), "move" (`column`, `before`),
            "width" (`column`, `width`), "height" (`height`), "layout" (`layout`), "remove" (`column`).
        unfold: what is inside the group at `path` is to be shown, or hidden where it no longer `opens`.
        nest: each key that rows are grouped by is to be a level of its own, or no longer so, as `nested` says.
        save_rows: save the picked `rows` as an artifact `name` of the type `kind`; `ask` is told in the
            `outcome`.
        source: open `entry` of `artifact`, which came of that.
        window: the rows [`start`, `stop`) of `source` are wanted, `exact` or not, as the answer to `ask`.
        withdraw: the answer to `ask` is wanted no longer.
    """

    _sizing = "stretch_both"

    messages = frozenset(
        {"open", "choose", "sort", "group", "settings", "quick", "look", "save_rows", "source", "brush"}
    ) | {"filter", "unfold", "nest", "window", "withdraw"}

    columns = param.List(
        default=[],
        item_type=dict,
        doc="""Dicts of name, title, type (as text), glyph (such as NUM), visualizer, choices (names of
        visualizers), width (px), pinned, sort ("", "asc" or "desc"), ranked (by which difference of its
        versions rows are sorted, in words), filters (whether a filter can be about it) and align ("",
        "right" or "center").""",
    )
    headers = param.Dict(default={}, doc="A column's name -> markup of its own drawing; may come later.")
    total = param.Integer(default=0, bounds=(-1, None), doc="How many rows there are; -1 while unknown.")
    row_height = param.Integer(default=36, bounds=(16, 1000), doc="The height of a row in px.")
    source = param.String(default="", doc="The window endpoint with the view's query; empty for none.")
    row = param.Integer(default=None, allow_None=True, doc="The row whose detail is open.")
    within = param.String(default="", doc="The path of the unfolded group that the open row is in.")
    folds = param.Dict(
        default={},
        doc="""How groups unfold: {levels, nested, keys, branches}, or empty where rows are not grouped. See
        `vitrail_panels.folds.told`.""",
    )
    cards = param.Dict(
        default={},
        doc="""How large rows are drawn as cards: {width, height} in px and `covers`, the columns that fill a
        card's width; empty for lines of a table.""",
    )
    picking = param.Dict(
        default={},
        doc="""How rows are picked: {numbers, rows, space, saves}, or empty where they are not. `numbers` answers
        as `source` does, with the number of each row for its cells; `rows` is what `&format=` (csv, tsv,
        jsonl or parquet) and `&rows=0-4,9` are put behind to take rows away; another `space` is other
        rows; `saves` is whether they can be saved as a subset.""",
    )
    outcome = param.Dict(default={}, doc=_OUTCOME)

    def answer(self, ask: str, text: str) -> None:
        """Answer a `window` message with the text of what `source` would have answered."""
        self._send_msg({"type": "window", "ask": ask, "text": text})

    def halt(self) -> None:
        """Have the rows that are on their way withdrawn, by whichever way they were asked for."""
        self._send_msg({"type": "halt"})


class Sidebar(_Part):
    """The stored artifacts, as a tree of types, names, versions and entries.

    Messages:
        source: open `entry` of `artifact` (as `name:version`).
        compare: lay `entry` of `artifact` over what is open, or take it away again.
        view: open the saved view `name` in its `version`.
        rename_view: call the saved view `name` `new` instead; `ask` is told in the `outcome`.
        delete_view: delete the saved view `name`; the same.
    """

    _sizing = "stretch_both"

    messages = frozenset({"source", "compare", "view", "rename_view", "delete_view"})

    tree = param.List(
        default=[],
        item_type=dict,
        doc="""[{type, names: [{name, versions: [{version, aliases: [str], created, entries: [{name,
        kind, rows}]}]}]}], the newest version first; `created` in ISO 8601; `rows` may be None. Entries
        whose kind ends in "table" can be opened.""",
    )
    current = param.Dict(default={}, doc="What is open: {artifact, entry}, or empty.")
    compared = param.List(default=[], item_type=str, doc="The artifacts that are laid over it.")
    views = param.List(
        default=[],
        item_type=dict,
        doc="[{name, versions: [{version, created, query}]}], the newest version first.",
    )
    shown = param.String(default="", doc="The query of the view that is shown.")
    changes = param.Boolean(default=False, doc="Whether saved views can be renamed and deleted.")
    outcome = param.Dict(default={}, doc=_OUTCOME)


class Toolbar(_Part):
    """The filter, and the chips of what the table is grouped, sorted and compared by.

    While `error` is set the text that was typed stays in the box, whatever `where` says.

    Messages:
        where: `text` is the filter to apply.
        group: group `by` these columns or expressions, in this order.
        sort: order by `keys`, dicts of by and descending.
        compare: lay `sources`, dicts of artifact and entry, over the table.
        reset: show the whole table, as it was logged.
        quick: set the filter `text` of one of `quick`, or take it away again.
        key: match rows by the column `name`, or by their position where it is empty.
        changes: show what changed between the tables that lie over each other.
        condition: of the filter `text`, the part `at` is replaced by `condition`, a document of
            `vitrail_panels.conditions` or None for nothing; -1 adds one.
        values: the most frequent values of `path` are wanted, of a list those of `item` in its items,
            as the answer to `ask`.
        expression: group or sort, which `of` says, also `by` an expression; `ask` is told in the `outcome`.
        stop: what is being worked out is wanted no longer.
        look: as `Grid` has it, and to `do` "add" of a column `name` that is worked out `by` an expression,
            where `ask` is told in the `outcome`.
    """

    messages = frozenset(
        {"where", "group", "sort", "compare", "reset", "quick", "key", "changes", "look"}
        | {"condition", "values", "expression", "stop"}
    )

    where = param.String(default="", doc="The filter in force, as it was typed.")
    error = param.Dict(
        default=None,
        allow_None=True,
        doc="""What is wrong with the text that was sent last: message, hint, line and column counted
        from 1, and the piece [start, stop) in letters of the text; None if nothing.""",
    )
    reading = param.String(default="", doc='How the filter was read: "expression" or "query document".')
    conditions = param.List(
        default=[],
        item_type=dict,
        doc="""The conditions that rows of the filter in force all meet: dicts of text, start, stop and
        condition, a document of `vitrail_panels.conditions` or None where clicks make no such.""",
    )
    columns = param.List(default=[], item_type=dict, doc="Dicts of name and type: what orders rows.")
    paths = param.List(
        default=[], item_type=dict, doc="What a filter may name; see `vitrail_panels.paths.offered`."
    )
    operators = param.List(default=[], item_type=str, doc="The language's operators, such as $gte.")
    meanings = param.Dict(default={}, doc="What the operators do, in a line each.")
    group = param.List(default=[], item_type=str, doc="What rows are grouped by.")
    sort = param.List(default=[], item_type=dict, doc="Dicts of by and descending.")
    compare = param.List(default=[], item_type=dict, doc="Dicts of artifact, entry and color.")
    versions = param.List(default=[], item_type=dict, doc="What can be compared: artifact and entry.")
    quick = param.List(
        default=[],
        item_type=dict,
        doc="Filters to click: dicts of label, text, hint and count, which is -1 where it is all rows.",
    )
    differs = param.String(default="", doc="How much the sides of the rows differ, in a few words.")
    keys = param.List(default=[], item_type=dict, doc="What can match rows: dicts of name and type.")
    key = param.String(default="", doc="The one that does; empty for the position.")
    status = param.String(default="", doc='A few words on what is shown, such as "1,797 rows".')
    busy = param.Boolean(default=False, doc="Whether an answer is being worked out.")
    doing = param.String(default="", doc="What is being worked out, in a few words.")
    warnings = param.List(default=[], item_type=str, doc="What the viewer should know of the answer.")
    look = param.Dict(
        default={},
        doc="""{columns, height, layout, rows}: dicts of name, type, shown, pinned and by (the expression of a column that
        was added, else ""), the px of a row, None for what its types need, "table" or "gallery", and what `&format=`
        is put behind to take all rows away.""",
    )
    outcome = param.Dict(default={}, doc=_OUTCOME)

    def offer(self, answer: dict[str, Any]) -> None:
        """Answer a `values` message: ask, values (dicts of value and count) and error."""
        self._send_msg({"type": "values", **answer})

    def filter_by(self, column: str) -> None:
        """Open the filter builder with a column."""
        self._send_msg({"type": "filter", "column": column})


class Drawing(_Part):
    """Markup made by the server, put into the page; nothing in it runs.

    Text with the attribute `data-copy` has a button that copies it.

    Messages:
        where: a button with the attribute `data-where` was clicked, which is the filter `text`.
    """

    messages = frozenset({"where"})

    markup = param.String(default="", doc="HTML or SVG text, with what comes from the data escaped.")
    label = param.String(default="", doc="What it shows, for those who cannot see it.")


class Lights(_Part):
    """Lights what a node of the lineage came of and what came of it, as the pointer or the keys go.

    Messages:
        node: the node at `place` was chosen; -1 for none.
    """

    messages = frozenset({"node"})

    figure = param.String(default="", doc="The id of the figure, as `lineage.picture.Picture` makes it.")
    chosen = param.Integer(default=-1, doc="The node that was chosen, by its place; -1 for none.")
    said = param.String(default="", doc="What there is to say while no node is reached by key.")


class Crumbs(_Part):
    """Where we are, in the page's header, which side of it is seen, and what can be done with it.

    Messages:
        tab: `tab` is to be seen.
        save_view: save what is shown by `name`, with a `description`; `ask` is told in the `outcome`.
        save_rows: save the rows that are kept as an artifact `name` of the type `kind`; the same.
        source: open `entry` of `artifact`, which came of that.
    """

    messages = frozenset({"tab", "save_view", "save_rows", "source"})

    parts = param.List(default=[], item_type=str, doc="From the project down to the open table.")
    labels = param.List(default=[], item_type=str, doc="Aliases and such, behind the last part.")
    tabs = param.List(default=[], item_type=str, doc="The sides of what is open; empty for none.")
    tab = param.String(default="", doc="The side that is seen.")
    saves = param.Boolean(default=False, doc="Whether views and rows can be saved.")
    names = param.Dict(default={}, doc="What is suggested as names: {view, rows}.")
    outcome = param.Dict(default={}, doc=_OUTCOME)


class Drawer(_Part):
    """The head of the detail drawer; while `open`, the shell makes room for the drawer.

    Messages:
        close: the drawer is to be closed.
        step: the row `by` places further is to be opened (-1 or 1).
    """

    messages = frozenset({"close", "step"})

    open = param.Boolean(default=False, doc="Whether the drawer is seen.")
    title = param.String(default="", doc='What is open, such as "row 12".')
    note = param.String(default="", doc='A few words beside it, such as "of 1,797".')
    steps = param.Boolean(default=True, doc="Whether there are rows before and after it.")
