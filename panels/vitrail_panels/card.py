"""What stands where a visualizer failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from vitrail.visualizer import shown

if TYPE_CHECKING:
    from vitrail.drawer import Entry


def card(entry: Entry, error: BaseException | str, trace: str = "") -> Markup:
    """A card that names the visualizer, its plugin and distribution, and what went wrong.

    Args:
        entry: the visualizer.
        error: what went wrong.
        trace: its traceback, where whoever looks may read it.
    """
    said = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    brought = f"plugin {shown(entry.plugin, 60)} of {shown(entry.distribution, 60)}"
    return Markup(
        '<div class="vt-card" role="alert" title="{title}"><b>{name}</b> failed '
        "<small>{brought}</small><div>{said}</div>{trace}</div>"
    ).format(
        title=shown(f"{entry.name} ({brought}): {said}", 500),
        name=shown(entry.name, 60),
        brought=brought,
        said=shown(said, 300),
        trace=_folded(trace),
    )


def _folded(trace: str) -> Markup:
    if not trace:
        return Markup("")
    markup = Markup("<details><summary>traceback</summary><pre>{}</pre></details>")
    return markup.format(trace[-4000:])
