"""The page's address, which holds what the page shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from vitrail.errors import Invalid, did_you_mean
from vitrail.view import PARTS, View


class Address:
    """The page's address.

    Args:
        location: Panel's; None where a page has none.
        first: the view of a page that has none.
    """

    def __init__(self, location: Any = None, first: View | None = None) -> None:
        self._location = location
        self._first = first or View()

    def read(self) -> View:
        """The view that the address names.

        Raises:
            Invalid: it names none; the message says why.
        """
        return View.from_query(self._location.search or "") if self._location else self._first

    @property
    def left_aside(self) -> list[str]:
        """What to know of the parts of the address that are no part of a view."""
        search = self._location.search if self._location else ""
        names = dict.fromkeys(name for name, _ in parse_qsl((search or "").removeprefix("?")))
        unknown = [name for name in names if name not in PARTS]
        return [
            f"the address says {name!r:.60}, which is no part of a view{did_you_mean(name, PARTS)}"
            for name in unknown[:1]
        ]

    def write(self, view: View) -> None:
        """Name a view, unless the address does so already."""
        if self._location is None or self._names(view):
            return
        query = view.to_query()
        self._location.search = f"?{query}" if query else ""

    def listen(self, moved: Callable[[View], object]) -> Callable[[], None]:
        """Call `moved` with the view that the browser goes back or forth to.

        Returns:
            what ends it.
        """
        if self._location is None:
            return lambda: None

        def heard(_: Any) -> None:
            try:
                view = self.read()
            except Invalid:
                return
            moved(view)

        watcher = self._location.param.watch(heard, "search")
        return lambda: self._location.param.unwatch(watcher)

    def _names(self, view: View) -> bool:
        try:
            return self.read() == view
        except Invalid:
            return False
