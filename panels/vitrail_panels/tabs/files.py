"""What an artifact's version holds: every entry, with a look at it as its kind allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from vitrail.errors import VitrailError
from vitrail.media.image import Image
from vitrail.media.medium import Medium
from vitrail.store.file import File, Reference
from vitrail.view import Source, View
from vitrail.visualizer import Size, shown
from vitrail_panels import notice
from vitrail_panels.files_handler import address, is_whole
from vitrail_panels.frame import Frame, Surroundings
from vitrail_panels.reach import SERVED
from vitrail_panels.tabs.facts import code, document, facts, link, sheet, size
from vitrail_panels.thumbnails import SOUNDS, sniffed
from vitrail_panels.window import draw_window

if TYPE_CHECKING:
    from vitrail.store.artifact import Artifact
    from vitrail_panels.scene import Scene

MOST_ENTRIES = 500
_MOST_HEADS = 30  # of tables, each of which is a question
_LETTERS = 2_000
_COLUMNS = 40
_LARGE = Size(320, 240)
_HEAD_ROWS, _HEAD_COLUMNS = 3, 8
_HIDDEN = 2_000  # columns that a view can hide
_FORMATS = (("csv", "CSV"), ("parquet", "Parquet"), ("jsonl", "JSON lines"))


def files(scene: Scene) -> Markup:
    """The entries of the version that the scene is of."""
    artifact = scene.project.artifact(scene.sources[0].artifact)
    names = artifact.names
    tables = [name for name in names if artifact.entry(name).kind.endswith("table")]
    unseen = set(tables[_MOST_HEADS:])
    entries = [
        _entry(scene, artifact, name, looked_at=name not in unseen) for name in names[:MOST_ENTRIES]
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
            *_uses(scene, artifact, name),
        ]
    )
    look = Markup("")
    if looked_at:
        try:
            look = _look(scene, artifact, name)
        except (VitrailError, OSError) as error:
            look = Markup('<p class="vt-card" role="alert">{}</p>').format(notice.message(error))
    return Markup("<section><h2>{}</h2>{}{}</section>").format(name, about, look)


def _uses(scene: Scene, artifact: Artifact, name: str) -> Iterator[tuple[str, Markup]]:
    """Links: a table alone, laid over the one that is open, its rows as a file; anything else as a file."""
    kind = artifact.entry(name).kind
    if kind.endswith("table"):
        source, here = Source(artifact=artifact.qualified_name, entry=name), scene.sources[0]
        view = View(source=source).to_query()
        yield "opens", link(view, "the table")
        if source != here:
            over = View(source=here, compare=source).to_query()
            yield "compare", link(over, f"with {here.artifact}/{here.entry}")
        if scene.reach is SERVED:
            rows = ((f"./api/rows?{view}&format={format_}", called) for format_, called in _FORMATS)
            yield "download", Markup(", ").join(_taken(address, called) for address, called in rows)
    elif is_whole(kind) and scene.reach is SERVED:
        yield "download", _taken(address(artifact.qualified_name, name), "the file")


def _taken(address: str, called: str) -> Markup:
    return Markup('<a href="{}" download>{}</a>').format(address, called)


def _look(scene: Scene, artifact: Artifact, name: str) -> Markup:
    """A look at an entry, by its kind."""
    thing = artifact.get(name)
    match thing:
        case View():
            return facts([("opens", link(thing.to_query(), "the view"))])
        case Reference():
            return facts([("at", thing.uri)])
        case File():
            return _file(scene, thing, name)
        case Image() | Medium():
            frame = Frame(Surroundings(scene.registry, reach=scene.reach), name, _LARGE, lambda: None)
            return Markup('<div class="vt-look">{}</div>').format(
                frame.place_cell(thing.record(), thing.dtype)
            )
    if hasattr(thing, "plan"):
        return _table(scene, artifact, name, thing)
    return document(artifact.entry(name).document)


def _table(scene: Scene, artifact: Artifact, name: str, table: Any) -> Markup:
    """A table's first rows, its columns with their types, and what can be done with it."""
    columns = table.dtype.columns or ()
    source = Source(artifact=artifact.qualified_name, entry=name)
    more = [("…", f"{len(columns) - _COLUMNS:,} columns more")] if len(columns) > _COLUMNS else []
    return Markup("{}{}<details><summary>{:,} columns</summary>{}</details>").format(
        facts([("rows", f"{len(table):,}")]),
        _head(scene, source, [column for column, _ in columns]),
        len(columns),
        facts([*((column, str(dtype)) for column, dtype in columns[:_COLUMNS]), *more]),
    )


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


def _file(scene: Scene, file: File, name: str) -> Markup:
    """A picture or a sound, or the beginning of a text."""
    with file.path().open("rb") as opened:
        begin = opened.read(4 * _LETTERS)
    format_ = sniffed(begin[:12])
    if format_ in SOUNDS:
        return Markup('<audio controls preload="none" src="{}" aria-label="{}"></audio>').format(
            scene.reach.url(file.digest, None), name
        )
    if format_ is not None:
        return Markup('<img class="vt-look" src="{}" alt="{}">').format(
            scene.reach.url(file.digest, _LARGE.width_px), name
        )
    if b"\0" in begin:
        return Markup('<p class="vt-muted">no text, picture or sound</p>')
    text = begin.decode("utf-8", "replace")
    if not text.strip():
        return Markup('<p class="vt-muted">empty</p>')
    return code(text if len(text) < _LETTERS else f"{text[:_LETTERS]}…")
