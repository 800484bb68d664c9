"""Pieces of markup that the tabs share; all that comes from the data is escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup, escape

from vitrail.visualizer import shown

MOST_LETTERS = 20_000
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def sheet(*sections: Markup) -> Markup:
    """A page of sections, one below the other."""
    return Markup('<div class="vt-sheet">{}</div>').format(Markup("").join(sections))


def section(title: str, body: Markup) -> Markup:
    """A section with a heading."""
    return Markup("<section><h2>{}</h2>{}</section>").format(title, body)


def facts(pairs: Iterable[tuple[str, Any]]) -> Markup:
    """A list of names with what they stand for; what is None or "" is left out."""
    rows = (
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(name, value)
        for name, value in pairs
        if value not in (None, "")
    )
    return Markup('<dl class="vt-facts">{}</dl>').format(Markup("").join(rows))


def document(value: Any) -> Markup:
    """A JSON document as text, cut where it is very long; "" for an empty one."""
    if not value:
        return Markup("")
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return code(text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}\n…")


def code(text: str) -> Markup:
    """Text as it stands, with a button that copies it."""
    return Markup('<pre class="vt-code" tabindex="0" data-copy>{}</pre>').format(text)


def link(query: str, text: str) -> Markup:
    """A link to another view of this server."""
    return Markup('<a href="./?{}">{}</a>').format(query, shown(text, 300))


def tags(texts: Iterable[str]) -> Markup:
    """Short words, each in a frame."""
    found = (Markup('<span class="vt-tag">{}</span>').format(shown(text, 80)) for text in texts)
    return Markup(" ").join(found)


def listed(items: Iterable[Markup | str]) -> Markup:
    """A list; "—" where there is nothing."""
    rows = Markup("").join(Markup("<li>{}</li>").format(item) for item in items)
    return Markup("<ul>{}</ul>").format(rows) if rows else Markup('<p class="vt-muted">—</p>')


def size(count: int) -> str:
    """A number of bytes in words, such as "1.2 MB"."""
    number, unit = float(count), 0
    while number >= 999.5 and unit < len(_UNITS) - 1:
        number, unit = number / 1000, unit + 1
    return f"{count} bytes" if unit == 0 else f"{number:.3g} {_UNITS[unit]}"


def when(moment: str | None) -> Markup:
    """A moment in ISO 8601, to the second."""
    if not moment:
        return Markup("")
    return Markup('<time datetime="{}">{} UTC</time>').format(
        moment, escape(moment[:19].replace("T", " "))
    )
