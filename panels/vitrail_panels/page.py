"""The whole page."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import panel as pn

from vitrail.errors import VitrailError
from vitrail.view import View
from vitrail_panels.address import Address
from vitrail_panels.asking import begin
from vitrail_panels.session import Session
from vitrail_panels.ui.shell import Shell
from vitrail_panels.window import draw_window

if TYPE_CHECKING:
    from vitrail.registry import Registry
    from vitrail.store.project import Project

_FIRST_ROWS = 16  # what a grid asks for first


def build_page(project: Project, registry: Registry, *, read_only: bool = False) -> Any:
    """The page of one session: its parts now, its content when the browser has loaded them.

    What comes from the data is never in the first document: one part that fails there would blank the
    whole page.

    Args:
        project: what can be looked at.
        registry: who draws.
        read_only: whether nothing can be saved.
    """
    address = Address(pn.state.location)
    begin(lambda: _look_ahead(project, registry, address))
    session = Session(project, registry, address, read_only=read_only)
    pn.state.onload(session.begin)
    pn.state.on_session_destroyed(lambda _: session.end())
    return Shell(
        crumbs=session.crumbs,
        sidebar=session.sidebar,
        toolbar=session.toolbar,
        stage=session.stage,
        drawer=session.drawer,
        detail=session.detail.view,
        project=project.root.name,
    )


def _look_ahead(project: Project, registry: Registry, address: Address) -> None:
    """Have the first rows ready when the browser asks for them, which is after all its scripts."""
    with suppress(VitrailError):  # the page says what is wrong, once it is there
        view = address.read()
        if view.source is not None and view == View(source=view.source):  # no other is there at once
            draw_window(project, registry, view, 0, _FIRST_ROWS)
