"""The page around the parts: header, sidebar, main, drawer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import panel as pn

_HERE = Path(__file__).parent

# A pane of stained glass; in the page itself, so that a browser asks for no file.
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 22 22'%3E"
    "%3Cpath fill='%234e79a7' d='M0 0h12L8 9 0 11z'/%3E%3Cpath fill='%23f28e2b' d='M12 0h10v8L8 9z'/%3E"
    "%3Cpath fill='%2359a14f' d='M0 11l8-2 3 13H0z'/%3E%3Cpath fill='%23e15759' d='M8 9l14-1v6l-12 3z'/%3E"
    "%3Cpath fill='%23b07aa1' d='M10 17l12-3v8H11z'/%3E%3C/svg%3E"
)


class Shell(pn.Template):
    """The page's template, with a place for each part.

    The files that it needs are served by Panel, below `components/vitrail_panels.ui.shell/Shell/`, and
    there is no script in the page's own text.

    Args:
        crumbs: where we are; a `Crumbs`.
        sidebar: what is stored; a `Sidebar`.
        toolbar: filter, group, sort, compare; a `Toolbar`.
        stage: what is looked at, such as a column that holds the `Grid`; fills its place.
        drawer: the head of the detail drawer; a `Drawer`, which also opens and closes it.
        detail: what stands below that head.
        project: the project's name, shown on the way home.
        home: the address of the start page.
    """

    _css: ClassVar[list[Path | str]] = [_HERE / "dist" / "vitrail.page.css"]
    __javascript__: ClassVar[list[Path]] = [_HERE / "dist" / "vitrail.shell.js"]

    def __init__(
        self,
        *,
        crumbs: Any,
        sidebar: Any,
        toolbar: Any,
        stage: Any,
        drawer: Any,
        detail: Any,
        project: str = "",
        home: str = "./",
        **params: Any,
    ) -> None:
        parts = {
            "crumbs": crumbs,
            "sidebar": sidebar,
            "toolbar": toolbar,
            "stage": stage,
            "drawer": drawer,
            "detail": detail,
        }
        super().__init__(
            (_HERE / "page.html").read_text("utf-8"), items=parts, **{"location": True, **params}
        )
        files = f"./components/{__name__}/{Shell.__name__}"
        self.add_variable("style_url", f"{files}/_css/dist/vitrail.page.css")
        self.add_variable("script_url", f"{files}/__javascript__/dist/vitrail.shell.js")
        self.add_variable("home_url", home)
        self.add_variable("project", project)
        self.add_variable("app_favicon", _ICON)
        self.add_variable("apple_icon", "")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"  # Panel's lists all parts, each time one of them is added
