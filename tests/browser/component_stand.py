"""A server for single parts of the page: windows of made-up rows, pictures, masks."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import panel as pn
from markupsafe import escape
from PIL import Image
from ports import answering, free_port
from tornado.web import OutputTransform, RequestHandler

PLOT = '<svg viewBox="0 0 100 28" width="130" height="28"><rect width="60" height="28" fill="var(--vt-mark)"/></svg>'
CLASSES = {
    "1": {"name": "cat", "color": "#59a14f"},
    "2": {"name": "dog", "color": "#f28e2b"},
    "3": {"name": "cow", "color": "#e15759"},
}


def column(name: str, **other: Any) -> dict[str, Any]:
    """A column as `Grid` wants it."""
    plain = {
        "title": name,
        "type": "Number",
        "glyph": "NUM",
        "visualizer": "number",
        "choices": ["number", "text", "histogram"],
        "width": 160,
        "sort": "",
        "align": "right",
    }
    return {"name": name, **plain, **other}


def box(
    class_id: int, corners: tuple[float, float, float, float], score: float | None
) -> dict[str, Any]:
    places = dict(zip(("x0", "y0", "x1", "y1"), corners, strict=True))
    return {"class_id": class_id, **places, "score": score, "scores": {}, "caption": ""}


def layers() -> dict[str, Any]:
    """Two layers of boxes over 96 x 64 px, and a mask."""
    truth = [box(1, (8, 8, 40, 40), None), box(2, (50, 10, 90, 50), None)]
    found = [box(1, (10, 12, 44, 42), 0.9), box(3, (60, 30, 92, 60), 0.2)]
    boxes = [{"name": "truth", "boxes": truth}, {"name": "found", "boxes": found}]
    return {"boxes": boxes, "masks": [{"name": "ground", "src": "api/mask"}], "classes": CLASSES}


def picture(over: Any = None, *, src: str = "api/picture", controls: bool = False, **other: str) -> str:
    """The markup of a `<vt-picture>`."""
    text = over if isinstance(over, str) else json.dumps(layers() if over is None else over)
    named = {"src": src, "width": "96", "height": "64", "label": "a scene", "group": "scene"} | other
    attributes = " ".join(f'{name}="{escape(value)}"' for name, value in named.items())
    return f'<vt-picture {attributes} layers="{escape(text)}" {"controls" if controls else ""}></vt-picture>'


@lru_cache
def scene(width: int) -> bytes:
    """A picture of soft stripes."""
    x, y = _shares(width)
    shades = np.stack([90 + 40 * np.sin(9 * x) * np.sin(7 * y), 90 + 30 * y, 120 - 40 * y], axis=-1)
    return _png(shades)


@lru_cache
def circle(width: int) -> bytes:
    """A mask: a circle of class 1 in the middle, class 2 below."""
    x, y = _shares(width)
    inside = (x - 0.5) ** 2 + (y / 1.5 - 1 / 3) ** 2 < 0.0217
    return _png(np.where(inside, 1, np.where(y > 0.85, 2, 0)))


def _shares(width: int) -> tuple[Any, Any]:
    """The share of the width and of the height at which each pixel is."""
    y, x = np.mgrid[: 2 * width // 3, :width] / width
    return x, 1.5 * y


def _png(shades: Any) -> bytes:
    into = io.BytesIO()
    Image.fromarray(shades.astype("uint8")).save(into, "PNG")
    return into.getvalue()


class _Windows(RequestHandler):
    """Rows `[start, stop)` of as many as `n` says: the row's number, and `wide` letters."""

    def initialize(self, stand: Stand) -> None:
        self.stand = stand

    async def get(self) -> None:
        start, stop = int(self.get_argument("start")), int(self.get_argument("stop"))
        name = self.get_argument("name", "")
        self.stand.asked.append((name, start, stop))
        estimated = name in self.stand.estimated and not self.get_argument("exact", "")
        while name in self.stand.held and not estimated:
            await asyncio.sleep(0.01)
        if name in self.stand.refused:
            self.set_status(400)
            self.write({"error": "the query took longer than 5 s <b>; narrow it"})
            return
        rows = range(start, min(stop, int(self.get_argument("n"))))
        wide = "x" * int(self.get_argument("wide", "0"))
        shown = f"about {name}" if estimated else name
        cells = [self.stand.cells(shown, row, wide) for row in rows]
        self.write({"start": start, "rows": cells, "estimated": estimated})


class _Picture(RequestHandler):
    """As many pixels wide as `w` says, two thirds as high."""

    drawn = staticmethod(scene)

    def get(self) -> None:
        self.set_header("Content-Type", "image/png")
        self.write(self.drawn(int(self.get_argument("w", "96"))))


class _Mask(_Picture):
    drawn = staticmethod(circle)


def _policy(stand: Stand) -> type[OutputTransform]:
    """Adds the stand's policy to every answer."""

    class Policy(OutputTransform):
        def transform_first_chunk(
            self, status_code: int, headers: Any, chunk: bytes, finishing: bool
        ) -> tuple[int, Any, bytes]:
            if stand.policy:
                headers["Content-Security-Policy"] = stand.policy
            return status_code, headers, chunk

    return Policy


class Stand:
    """One server for all tests; a test says what its page shows.

    Attributes:
        asked: the windows that were asked for: (name, start, stop).
        held: names of tables whose windows wait.
        refused: names of tables whose windows are errors.
        estimated: names of tables whose windows are estimates first; if also held, until they are exact.
        cells: makes a row's cells.
        policy: the Content-Security-Policy of its answers.
    """

    def __init__(self) -> None:
        self._make: Callable[[], Any] = pn.Column
        self.port = free_port()
        self.clear()
        routes = [
            (r"/api/window", _Windows, {"stand": self}),
            (r"/api/picture", _Picture),
            (r"/api/mask", _Mask),
        ]
        self._thread = pn.serve(
            {"app": self._app},
            port=self.port,
            address="127.0.0.1",
            threaded=True,
            show=False,
            verbose=False,
            extra_patterns=routes,
            transforms=[_policy(self)],
        )
        answering(self.port)

    def clear(self) -> None:
        self.asked: list[tuple[str, int, int]] = []
        self.held: set[str] = set()
        self.policy = ""
        self.refused: set[str] = set()
        self.estimated: set[str] = set()
        self.cells: Callable[[str, int, str], list[str]] = lambda name, row, wide: [
            f"<span>{name}{row:,}</span>",
            f"<span>{wide}</span>",
            PLOT,
        ]

    def _app(self) -> Any:
        return self._make()

    def show(self, page: Any, make: Callable[[], Any], query: str = "") -> Any:
        """Opens a page with what `make` makes; gives what it made."""
        made: list[Any] = []
        ready = threading.Event()

        def app() -> Any:
            pn.state.onload(ready.set)  # what is set before that is for a page that is not drawn yet
            made.append(make())
            return made[-1]

        self._make = app
        page.goto(f"http://127.0.0.1:{self.port}/app{query}")
        page.wait_for_function(
            "() => document.querySelector('*') && window.Bokeh?.index?.roots.length > 0"
        )
        if not ready.wait(60):
            raise AssertionError("the server never heard that the page was drawn")
        return made[-1]

    def stop(self) -> None:
        self._thread.stop()
        self._thread.join(10)
