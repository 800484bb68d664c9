"""What a visualizer's pane becomes on the page: markup, Panel's own objects, plots, and lists of these."""

from __future__ import annotations

from typing import Any, cast

import panel as pn
from bokeh.model import Model
from markupsafe import Markup, escape
from panel.viewable import Viewable, Viewer

from vitrail.visualizer import shown
from vitrail_panels.components import Drawing


def placed(pane: Any, label: str = "") -> Viewable:
    """A pane as something that Panel shows; text is shown as text, never run."""
    match pane:
        case Markup():
            return Drawing(markup=str(pane), label=label)
        case list() | tuple():
            return pn.Column(
                *(placed(part, label) for part in pane), sizing_mode="stretch_width", margin=0
            )
        case Viewable() | Viewer():
            return cast("Viewable", pn.panel(pane))
        case Model():
            return pn.pane.Bokeh(pane, sizing_mode="stretch_width", margin=0)
        case _ if type(pane).__module__.startswith("matplotlib."):
            return pn.pane.Matplotlib(pane, tight=True, sizing_mode="stretch_width")
        case _:
            return Drawing(markup=str(escape(shown(pane, 2000))), label=label)
