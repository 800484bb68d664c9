"""What an artifact's version holds: every entry, with a look at it as its kind allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from vitrail.errors import VitrailError
from vitrail.store.file import File, Reference
from vitrail.view import Source, View
from vitrail_panels import notice
from vitrail_panels.tabs.facts import code, facts, link, sheet, size

if TYPE_CHECKING:
    from vitrail.store.artifact import Artifact
    from vitrail_panels.reach import Reach
    from vitrail_panels.scene import Scene

MOST_ENTRIES = 500
_LOOKED_AT = 30
_LETTERS = 2_000
_COLUMNS = 40
_WIDTH_PX = 320


def files(scene: Scene) -> Markup:
    """The entries of the version of the scene's first table."""
    artifact = scene.project.artifact(scene.sources[0].artifact)
    names = artifact.names
    shown = [
        _entry(artifact, name, scene.reach, looked_at=place < _LOOKED_AT)
        for place, name in enumerate(names[:MOST_ENTRIES])
    ]
    if len(names) > MOST_ENTRIES:
        shown.append(
            Markup('<p class="vt-muted">{:,} entries more</p>').format(len(names) - MOST_ENTRIES)
        )
    return sheet(*shown)


def _entry(artifact: Artifact, name: str, reach: Reach, *, looked_at: bool) -> Markup:
    entry = artifact.entry(name)
    about = facts(
        [
            ("kind", entry.kind),
            ("size", size(entry.size)),
            ("digest", Markup("<code>{}</code>").format(entry.digest)),
        ]
    )
    look = Markup("")
    if looked_at:
        try:
            look = _look(artifact, name, reach)
        except (VitrailError, OSError) as error:
            look = Markup('<p class="vt-card" role="alert">{}</p>').format(notice.message(error))
    return Markup("<section><h2>{}</h2>{}{}</section>").format(name, about, look)


def _look(artifact: Artifact, name: str, reach: Reach) -> Markup:
    """A look at an entry, by its kind."""
    thing = artifact.get(name)
    match thing:
        case View():
            return facts([("opens", link(thing.to_query(), "the view"))])
        case Reference():
            return facts([("at", thing.uri)])
        case File():
            return _text(thing)
    if hasattr(thing, "plan"):
        return _table(artifact, name, thing)
    digest = (artifact.entry(name).document or {}).get("digest")
    if artifact.entry(name).kind == "image" and isinstance(digest, str):
        markup = Markup('<img class="vt-look" src="{}" alt="{}">')
        return markup.format(reach.url(digest, _WIDTH_PX), name)
    return Markup("")


def _table(artifact: Artifact, name: str, table: Any) -> Markup:
    """A table's columns with their types, and a link that opens it."""
    columns = table.dtype.columns or ()
    view = View(source=Source(artifact=artifact.qualified_name, entry=name))
    more = [("…", f"{len(columns) - _COLUMNS:,} columns more")] if len(columns) > _COLUMNS else []
    return Markup("{}<details><summary>{:,} columns</summary>{}</details>").format(
        facts([("rows", f"{len(table):,}"), ("opens", link(view.to_query(), "the table"))]),
        len(columns),
        facts([*((column, str(dtype)) for column, dtype in columns[:_COLUMNS]), *more]),
    )


def _text(file: File) -> Markup:
    """The beginning of a file, where it is text."""
    with file.path().open("rb") as opened:
        begin = opened.read(4 * _LETTERS)
    if b"\0" in begin:
        return Markup('<p class="vt-muted">no text</p>')
    text = begin.decode("utf-8", "replace")
    return code(text if len(text) < _LETTERS else f"{text[:_LETTERS]}…")
