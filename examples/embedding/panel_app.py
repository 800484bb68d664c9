"""A table and one of its columns in a Panel application: `panel serve panel_app.py`."""

import panel as pn
from cells import cells

from vitrail_panels import Pane

TABLE = cells()


def app() -> pn.Column:
    """Each viewer's page."""
    return pn.Column(
        pn.widgets.StaticText(value="Cells, counted in June"),
        pn.Row(Pane(TABLE, column="size", height=240), Pane(TABLE, column="picture", height=240)),
        Pane(TABLE, height=420),
        width=1080,
    )


if pn.state.served:
    app().servable()
