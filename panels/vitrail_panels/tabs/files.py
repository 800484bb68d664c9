"""What an artifact's version holds: every entry, with a look at it as its kind allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from vitrail.errors import VitrailError
from vitrail.store.file import File, Reference
from vitrail.view import Source, View
from vitrail.visualizer import shown
from vitrail_panels import notice
from vitrail_panels.reach import SERVED
from vitrail_panels.tabs.facts import code, facts, link, sheet, size
from vitrail_panels.window import draw_window

if TYPE_CHECKING:
    from vitrail.store.artifact import Artifact
    from vitrail_panels.scene import Scene

MOST_ENTRIES = 500
_LOOKED_AT = 30
_LETTERS = 2_000
_COLUMNS = 40
_WIDTH_PX = 320
_HEAD_ROWS, _HEAD_COLUMNS = 3, 8
_HIDDEN = 2_000  # columns that a view can hide
_FORMATS = (("csv", "CSV"), ("parquet", "Parquet"), ("jsonl", "JSON lines"))


def files(scene: Scene) -> Markup:
    """The entries of the version of the scene's first table."""
    artifact = scene.project.artifact(scene.sources[0].artifact)
    names = artifact.names
    entries = [
        _entry(scene, artifact, name, looked_at=place < _LOOKED_AT)
        for place, name in enumerate(names[:MOST_ENTRIES])
    ]
    if len(names) > MOST_ENTRIES:
        entries.append(
            Markup('<p class="vt-muted">{:,} entries more</p>').format(len(names) - MOST_ENTRIES)
        )
    return sheet(*entries)


def _entry(scene: Scene, artifact: Artifact, name: str, *, looked_at: bool) -> Markup:
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
            look = _look(scene, artifact, name)
        except (VitrailError, OSError) as error:
            look = Markup('<p class="vt-card" role="alert">{}</p>').format(notice.message(error))
    return Markup("<section><h2>{}</h2>{}{}</section>").format(name, about, look)


def _look(scene: Scene, artifact: Artifact, name: str) -> Markup:
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
        return _table(scene, artifact, name, thing)
    digest = (artifact.entry(name).document or {}).get("digest")
    if artifact.entry(name).kind == "image" and isinstance(digest, str):
        markup = Markup('<img class="vt-look" src="{}" alt="{}">')
        return markup.format(scene.reach.url(digest, _WIDTH_PX), name)
    return Markup("")


def _table(scene: Scene, artifact: Artifact, name: str, table: Any) -> Markup:
    """A table's first rows, its columns with their types, and what can be done with it."""
    columns = table.dtype.columns or ()
    source = Source(artifact=artifact.qualified_name, entry=name)
    more = [("…", f"{len(columns) - _COLUMNS:,} columns more")] if len(columns) > _COLUMNS else []
    return Markup("{}{}<details><summary>{:,} columns</summary>{}</details>").format(
        facts([("rows", f"{len(table):,}"), *_uses(scene, source)]),
        _head(scene, source, [column for column, _ in columns]),
        len(columns),
        facts([*((column, str(dtype)) for column, dtype in columns[:_COLUMNS]), *more]),
    )


def _uses(scene: Scene, source: Source) -> Iterator[tuple[str, Markup]]:
    """Links: the table alone, laid over the one that is open, and its rows as a file."""
    view, here = View(source=source), scene.sources[0]
    yield "opens", link(view.to_query(), "the table")
    if source != here:
        over = View(source=here, compare=source).to_query()
        yield "compare", link(over, f"with {here.artifact}/{here.entry}")
    if scene.reach is SERVED:
        anchor = Markup('<a href="api/rows?{}&amp;format={}" download>{}</a>')
        files = (anchor.format(view.to_query(), format_, called) for format_, called in _FORMATS)
        yield "download", Markup(", ").join(files)


def _head(scene: Scene, source: Source, columns: list[str]) -> Markup:
    """The first rows, as the page's table draws them."""
    view = View(source=source, hidden=tuple(columns[_HEAD_COLUMNS:][:_HIDDEN]))
    if len(columns) > _HEAD_COLUMNS + _HIDDEN:
        return Markup("")
    drawn = draw_window(scene.project, scene.registry, view, 0, _HEAD_ROWS, reach=scene.reach)
    names = Markup("").join(
        Markup('<th scope="col">{}</th>').format(shown(one, 60)) for one in columns[:_HEAD_COLUMNS]
    )
    rows = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(map(Markup("<td><div>{}</div></td>").format, row)))
        for row in drawn["rows"]
    )
    markup = Markup(
        '<div class="vt-head" tabindex="0" role="region" aria-label="first rows of {}">'
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
    )
    return markup.format(source.entry, names, rows)


def _text(file: File) -> Markup:
    """The beginning of a file, where it is text."""
    with file.path().open("rb") as opened:
        begin = opened.read(4 * _LETTERS)
    if b"\0" in begin:
        return Markup('<p class="vt-muted">no text</p>')
    text = begin.decode("utf-8", "replace")
    return code(text if len(text) < _LETTERS else f"{text[:_LETTERS]}…")
