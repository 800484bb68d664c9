"""A pane and a whole store in a FastAPI application: `uvicorn fastapi_app:app`.

Behind the same login as the rest of the application: a dependency of its own guards these addresses too.
"""

from __future__ import annotations

from pathlib import Path

from cells import cells
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from panel.io.fastapi import add_application

from vitrail_panels import Page, Pane

TABLE = cells()
STORE = Path(".vitrail")
app = FastAPI()


@app.get("/", response_class=HTMLResponse)
def home() -> str:
    """A page of the application's own, with the pane in a frame of the same origin."""
    return "<link rel=icon href=data:,><h1>Cells</h1><iframe src='cells' title='cells' width='1080' height='520'></iframe>"


@add_application("/cells", app=app, title="Cells")
def pane() -> Pane:
    """The table alone."""
    return Pane(TABLE, height=480)


@add_application("/store", app=app, title="Store")
def page() -> Page:
    """Everything that is logged."""
    return Page(STORE)
