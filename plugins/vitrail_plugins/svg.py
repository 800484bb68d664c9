"""SVG text that escapes what it is given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

TOP_PX = 2  # above the tallest of some bars


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


def drawing(
    width_px: float,
    height_px: float,
    parts: Iterable[Markup],
    label: str,
    *,
    steps: tuple[int, float, int] | None = None,
    scale: tuple[int, float] | None = None,
) -> Markup:
    """A drawing with a description, which the mouse over it tells too.

    Args:
        width_px: its width.
        height_px: its height.
        parts: what is in it.
        label: the description.
        steps: of bars that can be brushed, how many places there are from the left, how many pixels wide
            each is, and how many bars stand side by side in it.
        scale: of bars that count something, how many the tallest stands for, and how many px below the
            top they all stand.
    """
    places, step_px, sides = steps or (None, 0.0, None)
    most, base_px = scale or (None, 0.0)
    return element(
        "svg",
        element("title", label),
        *parts,
        class_="vt-drawing",
        role="img",
        width=_short(width_px),
        height=_short(height_px),
        viewBox=f"0 0 {_short(width_px)} {_short(height_px)}",
        data_steps=places,
        data_step=_short(step_px, 3) if steps else None,
        data_sides=sides,
        data_scale=f"{most} {TOP_PX} {_short(base_px)}" if scale else None,
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


def bars(boxes: Iterable[tuple[float, float, float, float]], fill: str, **attributes: Any) -> Markup:
    """Filled rectangles as one shape, in few letters.

    Args:
        boxes: the left, the top, the width and the height of each, in pixels.
        fill: their colour.
        attributes: more of the shape's attributes.
    """
    path = "".join(
        f"M{_short(x, 1)} {_short(y, 1)}h{_short(w, 1)}v{_short(h, 1)}h-{_short(w, 1)}z"
        for x, y, w, h in boxes
    )
    return element("path", d=path, fill=fill, **attributes)


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


def _short(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")
