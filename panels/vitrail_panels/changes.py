"""What a message from a part of the page makes of the view that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitrail.query.mongo import parse_expression
from vitrail.query.planning import grouped_by
from vitrail.view import Choice, SortKey, Source, View
from vitrail_panels import conditions, quick
from vitrail_panels.components import Message

if TYPE_CHECKING:
    from vitrail_panels.scene import Scene


def by_toolbar(view: View, message: Message, offers: list[dict[str, Any]]) -> View:
    """The view after a message of the toolbar.

    Args:
        view: the one that was asked for last, which may still be on its way.
        message: of a type that `Toolbar` names.
        offers: the quick filters.

    Raises:
        ValueError: what the message holds makes no view.
        KeyError: the message lacks a part.
    """
    match message["type"]:
        case "where":
            return changed(view, where=str(message["text"]))
        case "group":
            return changed(view, group=tuple(message["by"]), sort=())
        case "sort":
            return changed(view, sort=tuple(SortKey.model_validate(key) for key in message["keys"]))
        case "compare":
            sources = tuple(Source.model_validate(source) for source in message["sources"])
            return changed(view, compare=sources, key=None)
        case "quick":
            return changed(view, where=quick.pressed(view.where, str(message["text"]), offers))
        case "key":
            return changed(view, key=str(message["name"]))
        case "condition":
            text, at = str(message["text"]), int(message["at"])
            return changed(view, where=conditions.changed(text, at, message["condition"]))
        case "reset":
            return View(source=view.source)
    raise ValueError(f"the toolbar says nothing of type {message['type']!r}")


def by_grid(view: View, message: Message, offers: list[dict[str, Any]]) -> View | None:
    """The view after a message of the grid, or None where it is about something else.

    Args:
        view: the one that was asked for last.
        message: of a type that `Grid` names.
        offers: the quick filters.

    Raises:
        ValueError: what the message holds makes no view.
    """
    match message:
        case {"type": "choose", "column": str(column), "visualizer": str(visualizer)}:
            return chosen(view, column, Choice(visualizer=visualizer))
        case {"type": "sort", "column": str(column), "descending": descending}:
            kept = tuple(key for key in view.sort if key.by != column) if message.get("add") else ()
            key = () if descending is None else (SortKey(by=column, descending=descending),)
            return changed(view, sort=(*kept, *key))
        case {"type": "group", "column": str(column)}:
            group = tuple(by for by in view.group if by != column)
            return changed(view, group=(*group, column), sort=())
        case {"type": "unfold", "path": str(path), "opens": bool(opens)}:
            return unfolded(view, path, opens=opens)
        case {"type": "nest", "nested": bool(nested)}:
            return changed(view, nested=nested)
        case {"type": "quick", "text": str(text)}:
            return changed(view, where=quick.pressed(view.where, text, offers))
    return None


def by_expression(view: View, message: Message, scene: Scene) -> View:
    """The view that is also grouped or sorted by an expression.

    Args:
        view: the one that was asked for last.
        message: `of` "group" or "sort", and `by` the expression.
        scene: what is shown.

    Raises:
        QueryError: the expression makes no sense.
        Invalid: there are as many keys as there can be.
    """
    by = str(message["by"]).strip()
    if message["of"] == "group":
        grouped_by(scene.rows, (*view.group, by))
        return changed(view, group=(*view.group, by), sort=())
    parse_expression(by, scene.plan)
    return changed(view, sort=(*view.sort, SortKey(by=by)))


def laid_over(view: View, others: tuple[Source, ...], source: Source) -> View:
    """The view with a table laid over what it shows, or taken away again if it was there.

    Args:
        view: the one that was asked for last.
        others: the versions of the tables that are laid over it now.
        source: the version of the table that is laid over it, or taken away.
    """
    laid = dict(zip(others, view.compare, strict=True))
    if laid.pop(source, None) is None:
        laid[source] = source
    return changed(view, compare=tuple(laid.values()), key=None)


def chosen(view: View, column: str, choice: Choice) -> View:
    """The view with a column drawn otherwise; an open row stays open."""
    return redrawn(view, choices=view.choices | {column: choice})


def redrawn(view: View, **changes: Any) -> View:
    """The view with parts that leave its rows as they are, so that what is open stays so.

    Raises:
        ValueError: a part makes no view.
    """
    kept = {"row": view.row, "within": view.within, "unfolded": view.unfolded}
    return changed(view, **kept | changes)


def unfolded(view: View, path: str, *, opens: bool) -> View:
    """The view with what is inside a group shown, or hidden again."""
    rest = tuple(one for one in view.unfolded if one != path and not one.startswith(f"{path}."))
    closes = not opens and view.within is not None and f"{view.within}.".startswith(f"{path}.")
    row = {"row": None, "within": None} if closes else {}
    return redrawn(view, unfolded=(*rest, path) if opens else rest, **row)


def changed(view: View, **changes: Any) -> View:
    """The view with other parts; an open row is closed, and groups are folded, unless they are named.

    Raises:
        ValueError: a part makes no view.
    """
    document = {"row": None, "within": None, "unfolded": (), **changes}
    return View.model_validate(view.model_copy(update=document).model_dump())
