"""A picture of a table's first rows, for wherever nobody answers: markup without a script."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from markupsafe import Markup

from vitrail_panels.picture_svg import picture_svg
from vitrail_panels.scene import Scene
from vitrail_panels.svg_file import as_images
from vitrail_panels.window import draw_window

ROWS = 8
_PICTURE = re.compile(r"<vt-picture((?:\s[a-z]+=\"[^\"]*\")*)\s*></vt-picture>")
_ATTRIBUTE = re.compile(r"\s([a-z]+)=\"([^\"]*)\"")
_STYLE = Markup("""<style>
.vt-still { overflow: auto; max-width: 100%; }
.vt-still table { border-collapse: collapse; font: 13px/1.4 sans-serif; }
.vt-still :is(th, td) { padding: 4px 12px; border-bottom: 1px solid rgb(128 128 128 / 35%); text-align: left; vertical-align: middle; }
.vt-still th { font-weight: 600; white-space: nowrap; }
.vt-still th small { font-weight: 400; opacity: .7; }
.vt-still .right { text-align: right; font-variant-numeric: tabular-nums; }
.vt-still td { max-width: 340px; overflow: hidden; text-overflow: ellipsis; }
.vt-still td img { display: block; width: auto; }
.vt-still p { margin: 6px 0; opacity: .8; font: 12px/1.4 sans-serif; }
</style>""")


def still(scene: Scene, name: str, hint: str = "") -> Markup:
    """The first rows as a table.

    Args:
        scene: what is shown; its pictures are within their addresses.
        name: the id of the element.
        hint: what is said below.
    """
    window = draw_window(scene.project, scene.registry, scene.view, 0, ROWS, reach=scene.reach)
    total = scene.project.engine.count(scene.plan)
    said = f"{total:,} rows" if total <= ROWS else f"the first {ROWS} of {total:,} rows"
    heads = Markup("").join(
        Markup('<th class="{}">{} <small>{}</small></th>').format(one.align, one.name, one.entry.name)
        for one in scene.columns
    )
    rows = Markup("").join(_row(scene, row) for row in window["rows"])
    return Markup(
        '<div class="vt-still" id="{}">{}<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
        "<p>{}{}</p></div>"
    ).format(name, _STYLE, heads, rows, said, f"; {hint}" if hint else "")


def _row(scene: Scene, cells: list[Any]) -> Markup:
    drawn = Markup("").join(
        Markup('<td class="{}">{}</td>').format(column.align, plain(Markup(cell), column.size.height_px))
        for column, cell in zip(scene.columns, cells, strict=True)
    )
    return Markup("<tr>{}</tr>").format(drawn)


def plain(markup: Markup, height_px: int) -> Markup:
    """Markup that needs no script of ours, and keeps its pictures in a notebook that is not trusted."""

    def drawn(found: re.Match[str]) -> str:
        attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(found[1])}
        return str(picture_svg(attributes))

    return as_images(Markup(_PICTURE.sub(drawn, markup)), height_px)
