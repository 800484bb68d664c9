"""A view as one HTML file, which opens from the disk with no server and no network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from vitrail.dtypes import Boolean, DType, Number, Text, Timestamp, required
from vitrail.errors import Invalid
from vitrail.values import to_python
from vitrail.visualizer import shown
from vitrail_panels.components import Drawer, Drawing, Grid, unset
from vitrail_panels.gathered import Gathered
from vitrail_panels.handlers import MOST_ROWS
from vitrail_panels.pane import all_plugins
from vitrail_panels.scene import Scene
from vitrail_panels.window import draw_headers, draw_window

if TYPE_CHECKING:
    from vitrail.view import Source, View
    from vitrail_panels.held import Held

_LETTERS = 2_000
_HUGE = 1.7e308  # stands for infinity, which JSON has no word for
_UI = Path(__file__).parent / "ui"
_KINDS: dict[type[DType], str] = {
    Number: "number",
    Text: "text",
    Boolean: "truth",
    Timestamp: "time",
}


@dataclass(frozen=True, slots=True)
class Extent:
    """How much goes into a file.

    Attributes:
        rows: how many rows, from the first on.
        pictures: how many pictures.

    Raises:
        Invalid: a number is negative.
    """

    rows: int = 10_000
    pictures: int = 200

    def __post_init__(self) -> None:
        if self.rows < 0 or self.pictures < 0:
            raise Invalid(
                f"a file holds 0 or more rows and pictures, not {self.rows} and {self.pictures}"
            )


def export_page(held: Held, view: View, path: Path, extent: Extent) -> str:
    """Write a view into one HTML file.

    Args:
        held: the tables that it is of.
        view: what is shown.
        path: the file.
        extent: how much of it goes into the file.

    Returns:
        what the file holds, in a few words.
    """
    gathered = Gathered(extent.pictures)
    scene = Scene(held, all_plugins(), view, reach=gathered.reach)
    document = _document(scene, gathered, extent.rows)
    taken = gathered.pictures(held.picture)
    count = sum(not address.startswith("media/mask-") for address in taken)
    said = _said(scene, len(document["rows"]), count, len(gathered.left_out))
    title = ", ".join(dict.fromkeys(map(_named, view.sources)))
    path.write_text(_page(title, said, document, taken), "utf-8")
    return said


def _named(source: Source) -> str:
    return source.entry if source.artifact == source.entry else f"{source.artifact}/{source.entry}"


def _document(scene: Scene, gathered: Gathered, rows: int) -> dict[str, Any]:
    """What the script in the file reads."""
    drawn = list(_rows(scene, gathered, rows))
    headers: dict[str, str] = {}
    for found in draw_headers(scene):
        headers = {name: str(markup) for name, markup in found.items()}
    order = {key.by: "desc" if key.descending else "asc" for key in scene.view.sort}
    values = _values(scene, len(drawn))
    columns = [
        column.described(order.get(column.name, "")) | values.get(column.name, {})
        for column in scene.columns
    ]
    return {
        "columns": columns,
        "rows": drawn,
        "headers": headers,
        "row_height": scene.row_height_px,
        "parts": {part.__name__: unset(part) for part in (Grid, Drawer, Drawing)},
    }


def _rows(scene: Scene, gathered: Gathered, rows: int) -> Iterator[list[str]]:
    """The first rows as markup."""
    project, registry, view = scene.project, scene.registry, scene.view
    for start in range(0, rows, MOST_ROWS):
        stop = min(start + MOST_ROWS, rows)
        window = draw_window(project, registry, view, start, stop, reach=gathered.reach)
        for row in window["rows"]:
            yield [str(cell) for cell in row]
        if len(window["rows"]) < stop - start:
            return


def _values(scene: Scene, rows: int) -> dict[str, dict[str, Any]]:
    """The values that are filtered and sorted by: column → kind and values."""
    found = scene.project.engine.rows(scene.plan, 0, rows)
    told: dict[str, dict[str, Any]] = {}
    for place, (name, dtype) in enumerate(scene.plan.dtype.columns or ()):
        kind = _KINDS.get(type(required(dtype)))
        if kind is not None:
            values = to_python(found.column(place), dtype)
            told[name] = {"kind": kind, "values": [_plain(value) for value in values]}
    return told


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    match value:
        case str():
            return shown(value, _LETTERS)
        case float() if math.isnan(value):
            return None
        case float() if math.isinf(value):
            return math.copysign(_HUGE, value)
        case date():
            return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return value


def _said(scene: Scene, rows: int, pictures: int, left_out: int) -> str:
    """How much of what there is the file holds."""
    total = scene.project.engine.count(scene.plan)
    held = f"{rows:,} rows" if rows == total else f"the first {rows:,} of {total:,} rows"
    if not pictures and not left_out:
        return held
    absent = f", {left_out:,} left out" if left_out else ""
    return f"{held}, {pictures:,} picture{'s' * (pictures != 1)}{absent}"


_PAGE = Markup("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<div class="vt-app">
<header class="vt-top"><h1 class="vt-title">{title}</h1><div class="vt-status"></div>
<p class="vt-said">In this file: {said}. The filters look for texts, ranges and values among these; the query
language, grouping and comparing need the store, and <code>vitrail serve</code>.</p>
<button class="vt-tool" type="button" data-do="theme" aria-label="Light or dark" title="Light or dark">◐</button>
</header>
<main class="vt-main"><div class="vt-bar"></div><div class="vt-stage"></div></main>
<aside class="vt-drawer" aria-label="Detail"><div class="vt-drawer-head"></div><div class="vt-drawer-body"></div></aside>
</div>
<script type="text/plain" id="vt-file">{document}</script>
<script type="application/json" id="vt-pictures">{pictures}</script>
<script>{script}</script>
</body>
</html>
""")
_POLICY = (
    "default-src 'none'; script-src 'sha256-{hash}'; style-src 'unsafe-inline'; img-src data: blob:; "
    "connect-src data:; base-uri 'none'; form-action 'none'"
)


def _page(title: str, said: str, document: dict[str, Any], pictures: dict[str, str]) -> str:
    script = (_UI / "dist" / "vitrail.export.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    packed = base64.b64encode(gzip.compress(text, compresslevel=6, mtime=0)).decode()
    return str(
        _PAGE.format(
            policy=_POLICY.replace("{hash}", digest),
            title=title,
            said=said,
            style=Markup((_UI / "dist" / "vitrail.file.css").read_text("utf-8")),
            document=packed,
            pictures=Markup(json.dumps(pictures, indent=0)),  # addresses and base64, all of our making
            script=Markup(script),
        )
    )
