"""One column drawn for a paper: as SVG, or as PNG by a browser."""

from __future__ import annotations

import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from vitrail.errors import Invalid
from vitrail.visualizer import Size
from vitrail_panels.axes import Axes
from vitrail_panels.chromium import installed
from vitrail_panels.one_column import Drawn
from vitrail_panels.pane import all_plugins
from vitrail_panels.picture_svg import picture_svg
from vitrail_panels.reach import by_message
from vitrail_panels.scene import Scene
from vitrail_panels.svg_file import standalone

if TYPE_CHECKING:
    from vitrail.view import View
    from vitrail_panels.held import Held

_LARGEST_PX = 8192
_SCALE = 2  # pixels of a PNG for each of the drawing
_GAP_PX = 8
_PICTURE = re.compile(r"<vt-picture((?:\s[a-z]+=\"[^\"]*\")*)\s*></vt-picture>")
_ATTRIBUTE = re.compile(r"\s([a-z]+)=\"([^\"]*)\"")
_DRAWING = re.compile(r"<svg\b.*</svg>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Figure:
    """What is drawn.

    Attributes:
        column: which column; all of its rows together, as grouping them would draw it.
        row: the row whose value is drawn alone.
        width: in px.
        height: in px.

    Raises:
        Invalid: it is too small or too large.
    """

    column: str | None = None
    row: int | None = None
    width: int = 640
    height: int = 320

    def __post_init__(self) -> None:
        for px in (self.width, self.height):
            if not 16 <= px <= _LARGEST_PX:
                raise Invalid(f"a drawing is 16 to {_LARGEST_PX:,} px wide and high, not {px}")


def export_drawing(held: Held, view: View, path: Path, figure: Figure) -> str:
    """Write one column as a drawing; see `vitrail.export`.

    Args:
        held: the tables that it is of.
        view: how the column is drawn.
        path: the file: an SVG, or a PNG with two pixels for each px.
        figure: what is drawn.

    Returns:
        what was drawn, in a few words.

    Raises:
        Invalid: there is no column to draw, what draws it makes no drawing, or no browser is installed
            that could draw a PNG.
    """
    said, svg = _drawn(held, view, figure)
    if path.suffix.lower() == ".svg":
        path.write_text(svg, "utf-8")
        return said
    with ThreadPoolExecutor(1) as threads:  # a notebook's own thread has an event loop already
        threads.submit(_rendered, svg, path).result()
    return said


def _drawn(held: Held, view: View, figure: Figure) -> tuple[str, str]:
    """What was drawn, in words, and the SVG."""
    column, row, size = figure.column, figure.row, Size(figure.width, figure.height)
    scene = Scene(held, all_plugins(), view, reach=by_message(held.picture))
    if column is None:
        names = ", ".join(shown.name for shown in scene.columns)
        raise Invalid(f"a drawing is of one column; say which: column=... of {names:.400}")
    drawn, markup = _cell(scene, column, row, size)
    said = f"{column} as {drawn.drawer.entry.name}"
    pictures = _PICTURE.findall(markup)
    if pictures and row is None and isinstance(several := drawn.pane(), str):
        pictures = _PICTURE.findall(several) or pictures  # a cell has room for few of them
    if pictures:
        return said, str(_beside(pictures, size))
    axes = Axes.of(column, drawn.dtype, size, markup)
    found = _DRAWING.search(_cell(scene, column, row, axes.room)[1])
    if found is None:
        name = drawn.drawer.entry.name
        raise Invalid(f"{name!r} makes no drawing of {drawn.dtype}; export a page, which ends in .html")
    return said, axes.around(standalone(found[0]))


def _cell(scene: Scene, column: str, row: int | None, size: Size) -> tuple[Drawn, str]:
    drawn = Drawn(scene, column, size, row)
    return drawn, str(escape(drawn.cell()))


def _beside(pictures: list[str], size: Size) -> Markup:
    """Pictures in rows, each as high as the drawing where it is the only one."""
    described = [{name: unescape(value) for name, value in _ATTRIBUTE.findall(one)} for one in pictures]
    if len(described) == 1:
        return picture_svg(described[0], labels=True)
    high = size.height_px / 2 - _GAP_PX
    placed, x, y = [], 0.0, 0.0
    for one in described:
        scale = high / float(one["height"])
        wide = float(one["width"]) * scale
        if x and x + wide > size.width_px:
            x, y = 0.0, y + high + _GAP_PX
        place = Markup('<g transform="translate({:.2f} {:.2f}) scale({:.4f})">{}</g>')
        placed.append(place.format(x, y, scale, picture_svg(one)))
        x += wide + _GAP_PX
    outer = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h:g}" width="{w}" height="{h:g}">{p}</svg>'
    )
    return outer.format(w=size.width_px, h=y + high, p=Markup("").join(placed))


def _rendered(svg: str, path: Path) -> None:
    """The SVG as a browser draws it."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise Invalid(
            "a PNG is drawn by a browser: pip install playwright, then `playwright install chromium`; "
            "or export the same as .svg"
        ) from None
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        drawing = Path(folder) / "drawing.svg"
        drawing.write_text(svg, "utf-8")
        try:
            browser = playwright.chromium.launch(executable_path=installed(), args=["--no-sandbox"])
        except Error as error:
            raise Invalid(f"no browser could draw it: {error.message:.300}") from None
        try:
            page = browser.new_page(device_scale_factor=_SCALE)
            page.goto(drawing.as_uri())
            page.locator("svg").first.screenshot(path=path, omit_background=True)
        finally:
            browser.close()
