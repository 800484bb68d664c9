"""Vitrail beside a Flask application, whose pages hold it in a frame: `python flask_app.py`.

Flask answers one request after another and keeps no connection, so the page is served by a thread of the
same process, at a port of its own; it lets itself be framed by this application alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Flask, render_template_string

from vitrail.store.project import Project
from vitrail.view import View
from vitrail_panels import Server

PAGE = """<!doctype html><title>Cells</title><link rel="icon" href="data:,">
<h1>Cells</h1>
<iframe src="{{ url }}" title="cells" width="1200" height="640"></iframe>"""


def make_app(store: Path, view: View, origin: str) -> Flask:
    """The application, at home at an origin such as `http://localhost:5000`."""
    server = Server(Project(store), embed_in=[origin], read_only=True)
    server.start(daemon=True)
    app = Flask(__name__)
    app.extensions["vitrail"] = server

    @app.get("/")
    def home() -> str:
        return render_template_string(PAGE, url=f"{server.url}?{view.to_query()}&only=table")

    return app


if __name__ == "__main__":
    shown = View(source=sys.argv[2] if len(sys.argv) > 2 else "cells:latest/cells")
    make_app(Path(sys.argv[1]), shown, "http://localhost:5000").run(port=5000)
