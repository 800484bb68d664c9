"""SVG text that escapes what it is given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup


def element(tag: str, *parts: Markup | str, **attributes: Any) -> Markup:
    """An element of SVG or HTML; attributes of None are left out, `_` in their names becomes `-`.

    >>> element("b", "1 < 2", class_="x")
    Markup('<b class="x">1 &lt; 2</b>')
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(name.rstrip("_").replace("_", "-"), value)
        for name, value in attributes.items()
        if value is not None
    )
    return Markup("<{}{}>{}</{}>").format(Markup(tag), written, Markup("").join(parts), Markup(tag))


def drawing(width_px: float, height_px: float, parts: Iterable[Markup], label: str) -> Markup:
    """A drawing with a description for those who cannot see it."""
    return element(
        "svg",
        *parts,
        class_="vt-drawing",
        role="img",
        aria_label=label,
        width=_short(width_px),
        height=_short(height_px),
        viewBox=f"0 0 {_short(width_px)} {_short(height_px)}",
    )


def bar(
    x: float, y: float, width: float, height: float, fill: str, title: str, **attributes: Any
) -> Markup:
    """A filled rectangle that tells its meaning when the mouse rests on it."""
    return element(
        "rect",
        element("title", title),
        x=_short(x),
        y=_short(y),
        width=_short(max(width, 0.5)),
        height=_short(height),
        fill=fill,
        **attributes,
    )


def words(x: float, y: float, text: str, *, anchor: str = "start", size_px: int = 10) -> Markup:
    """Quiet text."""
    return element(
        "text",
        text,
        x=_short(x),
        y=_short(y),
        text_anchor=anchor,
        font_size=size_px,
        fill="var(--vt-muted, #6b7280)",
    )


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
