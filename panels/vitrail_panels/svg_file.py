"""SVG that stands on its own: in a file, or as the picture of an `<img>`."""

from __future__ import annotations

import base64
import re

from markupsafe import Markup

_VARIABLE = re.compile(r"var\(\s*--[\w-]+\s*(?:,\s*([^()]*(?:\([^()]*\))?[^()]*))?\)")
_OPENING = re.compile(r"<svg\b(?![^>]*\sxmlns=)")
_DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_INK = "#616b7b"


def standalone(svg: str) -> str:
    """A drawing of a page without what it borrows from the page: its name space, font and colours."""
    opened = _OPENING.sub('<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif"', svg)
    return _VARIABLE.sub(lambda found: (found[1] or _INK).strip(), opened)


def as_images(markup: Markup, height_px: int) -> Markup:
    """Markup whose drawings are pictures, since a notebook that is not trusted keeps no other ones.

    Args:
        markup: with drawings, none within another.
        height_px: the greatest height of a picture.
    """

    def image(found: re.Match[str]) -> str:
        drawn = base64.b64encode(standalone(found[0]).encode()).decode("ascii")
        title = _TITLE.search(found[0])
        return str(
            Markup('<img src="data:image/svg+xml;base64,{}" alt="{}" height="{}">').format(
                Markup(drawn), Markup(title[1]) if title else "", height_px
            )
        )

    return Markup(_DRAWING.sub(image, markup))
