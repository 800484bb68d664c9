"""What a message about the look of the table makes of the view: its columns, rows and layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.errors import Invalid
from vitrail_panels.arranged import each_worked_out, moved
from vitrail_panels.changes import changed, redrawn

if TYPE_CHECKING:
    from vitrail.view import View
    from vitrail_panels.components import Message
    from vitrail_panels.scene import Scene


def by_look(view: View, message: Message, scene: Scene) -> View:
    """The view after a message of the type `look`; an open row stays open.

    Args:
        view: the one that was asked for last.
        message: what to `do`, and with what.
        scene: what is shown.

    Raises:
        Invalid: it makes no sense.
        QueryError: an expression makes no sense; with its place in the expression.
        ValueError: what the message holds makes no view.
    """
    match message:
        case {"do": "hide", "columns": list(names)}:
            return redrawn(view, hidden=tuple(dict.fromkeys((*view.hidden, *names))))
        case {"do": "show", "columns": list(names)}:
            hidden = tuple(name for name in view.hidden if name not in names)
            return redrawn(view, hidden=hidden)
        case {"do": "pin", "column": str(name), "pinned": bool(pinned)}:
            rest = tuple(one for one in view.pinned if one != name)
            return redrawn(view, pinned=(*rest, name) if pinned else rest)
        case {"do": "move", "column": str(name), **to}:
            return _moved(view, name, to.get("before"), scene)
        case {"do": "width", "column": str(name), **to}:
            widths = {one: px for one, px in view.widths.items() if one != name}
            width = to.get("width")
            return redrawn(view, widths=widths | ({name: width} if width else {}))
        case {"do": "height", **to}:
            return redrawn(view, height=to.get("height"))
        case {"do": "layout", "layout": str(layout)}:
            return redrawn(view, layout=layout)
        case {"do": "add", "name": str(name), "by": str(text)}:
            return _added(view, name.strip(), text.strip(), scene)
        case {"do": "remove", "column": str(name)}:
            return _removed(view, name)
    raise Invalid(f"nothing is done to the look by {message.get('do')!r:.80}")


def _moved(view: View, name: str, before: str | None, scene: Scene) -> View:
    shown = [column.name for column in scene.columns]
    if name not in shown:
        raise Invalid(f"no column {name!r:.200} is shown")
    if name in view.pinned:
        pinned = [one for one in shown if one in view.pinned and one != name]
        at = pinned.index(before) if before in pinned else len(pinned)
        return redrawn(view, pinned=(*pinned[:at], name, *pinned[at:]))
    free = [one for one in shown if one not in view.pinned]
    if before in view.pinned:
        before = free[0]
    return redrawn(view, order=tuple(moved(free, view.order, name, before)))


def _added(view: View, name: str, text: str, scene: Scene) -> View:
    """The view with a column more, or with another expression for one."""
    if not name or not text:
        raise Invalid("a column wants a name and an expression")
    rest = {one: by for one, by in view.derived.items() if one != name}
    each_worked_out(scene.stored, rest | {name: text})
    return redrawn(view, derived=view.derived | {name: text})


def _removed(view: View, name: str) -> View:
    """The view without a column that was added, nor what was asked by it alone."""
    return changed(
        view,
        derived={one: by for one, by in view.derived.items() if one != name},
        sort=tuple(key for key in view.sort if key.by != name),
        group=tuple(by for by in view.group if by != name),
        hidden=tuple(one for one in view.hidden if one != name),
        pinned=tuple(one for one in view.pinned if one != name),
        order=tuple(one for one in view.order if one != name),
        widths={one: px for one, px in view.widths.items() if one != name},
    )
