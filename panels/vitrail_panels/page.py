"""The whole page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import panel as pn

from vitrail_panels.address import Address
from vitrail_panels.session import Session
from vitrail_panels.ui.shell import Shell

if TYPE_CHECKING:
    from vitrail.registry import Registry
    from vitrail.store.project import Project


def build_page(project: Project, registry: Registry, *, read_only: bool = False) -> Any:
    """The page of one session: its parts now, its content when the browser has loaded them.

    What comes from the data is never in the first document: one part that fails there would blank the
    whole page.

    Args:
        project: what can be looked at.
        registry: who draws.
        read_only: whether nothing can be saved.
    """
    session = Session(project, registry, Address(pn.state.location), read_only=read_only)
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
