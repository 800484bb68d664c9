"""A table in a cell as long as the kernel answers: the parts of the page as one widget."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets
from markupsafe import Markup

from vitrail_panels.address import Address
from vitrail_panels.answering import Answering
from vitrail_panels.components import Drawing, told
from vitrail_panels.loose import Loose
from vitrail_panels.notebook.worker import worker
from vitrail_panels.session import Session

if TYPE_CHECKING:
    from vitrail.registry import Registry
    from vitrail.view import View
    from vitrail_panels.held import Held
    from vitrail_panels.reach import Reach

_SCRIPT = Path(__file__).parents[1] / "ui" / "dist" / "vitrail.notebook.js"
_PARTS = ("toolbar", "grid", "drawer")
_NEEDS_THE_PAGE = Markup(
    '<p class="vt-muted">this is drawn by a page alone; <code>vitrail.open</code> opens one</p>'
)


class Live(anywidget.AnyWidget):
    """The filter, the grid and the drawer of a view, in Jupyter, VS Code and marimo.

    Args:
        held: the tables.
        view: what is shown at first.
        registry: who draws.
        reach: how the page comes by rows and pictures.
        height: in px.
        still: the id of the picture in whose place it comes.
    """

    _esm = _SCRIPT

    toolbar = traitlets.Dict().tag(sync=True)
    grid = traitlets.Dict().tag(sync=True)
    drawer = traitlets.Dict().tag(sync=True)
    detail: traitlets.List[str] = traitlets.List().tag(sync=True)
    height = traitlets.Int().tag(sync=True)
    still = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, held: Held, view: View, registry: Registry, reach: Reach, *, height: int, still: str
    ) -> None:
        self._session = session = Session(
            held, registry, Address(first=view), read_only=True, reach=reach
        )
        self._said: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._changed: set[str] = {*_PARTS, "detail"}
        self._passing = Lock()  # JupyterLab has messages heard in several threads
        Answering(session.grid, held, registry, reach, answer=self._answer)
        for name in _PARTS:
            part = getattr(session, name)
            part.param.watch(partial(self._note, name), told(type(part)))
        session.detail.view.param.watch(partial(self._note, "detail"), "objects")
        worker().run(lambda: session.begin(Loose()), lambda: None)
        super().__init__(height=height, still=still, **self._news())
        self.on_msg(self._hear)

    def __repr__(self) -> str:
        return "(live where a kernel answers)"

    def _note(self, name: str, *_: Any) -> None:
        self._changed.add(name)

    def _hear(self, _: Any, content: Any, __: Any) -> None:
        """Something was done in the browser; what comes of it goes back before this returns."""
        if isinstance(content, dict) and content.get("part") in _PARTS:
            part, message = getattr(self._session, content["part"]), content.get("message")
            worker().run(lambda: part._handle_msg(message), self._pass_on)

    def _answer(self, ask: str, text: str) -> None:
        self._said.put({"part": "grid", "message": {"type": "window", "ask": ask, "text": text}})

    def _pass_on(self) -> None:
        with self._passing:
            while not self._said.empty():
                self.send(self._said.get())
            for name, state in self._news().items():
                setattr(self, name, state)

    def _news(self) -> dict[str, Any]:
        """What changed since it was looked at last."""
        news: dict[str, Any] = {}
        while self._changed:
            name = self._changed.pop()
            if name == "detail":
                news[name] = list(_markups(self._session.detail.view.objects))
            else:
                part = getattr(self._session, name)
                news[name] = {key: getattr(part, key) for key in told(type(part))}
        return news


def _markups(objects: Iterable[Any]) -> Iterable[str]:
    """What stands in the drawer, as far as it is markup."""
    for each in objects:
        if isinstance(each, Drawing):
            yield each.markup
        elif hasattr(each, "objects"):
            yield from _markups(each.objects)
        else:
            yield str(_NEEDS_THE_PAGE)
