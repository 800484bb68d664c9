"""Panes in somebody else's pages: each of the examples, as somebody would look at it."""

from __future__ import annotations

import contextlib
import http.server
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import panel as pn
import pytest
from ports import answering, free_port

import vitrail as vt
from vitrail.store.project import Project
from vitrail.view import View
from vitrail_panels import Server

pytestmark = pytest.mark.browser

EXAMPLES = Path(__file__).parents[2] / "examples" / "embedding"
ROWS = "[role=rowgroup].layer .row:not([hidden])"


@pytest.fixture(autouse=True)
def _beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))


@contextmanager
def served(app: Callable[[], Any]) -> Iterator[str]:
    port = free_port()
    server = pn.serve(app, port=port, show=False, threaded=True, verbose=False)
    answering(port)
    try:
        yield f"http://localhost:{port}/"
    finally:
        server.stop()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    root = tmp_path_factory.mktemp("store")
    sys.path.insert(0, str(EXAMPLES))
    from cells import cells

    with vt.init(project="p", job_type="count", store=root) as run:
        artifact = vt.Artifact("cells", "dataset")
        artifact.add(cells(20), "cells")
        run.log_artifact(artifact)
    with contextlib.closing(Project(root)) as project:
        yield project


@contextmanager
def http_server(handler: Any) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def texts(page: Any) -> list[str]:
    return page.locator(f"{ROWS} .cell:first-child").all_text_contents()


def test_panes_stand_in_a_panel_application(page: Any, shot: Any, until: Any) -> None:
    import panel_app

    with served(panel_app.app) as url:
        page.goto(url)
        page.wait_for_selector(f"{ROWS} vt-picture")
        page.locator(".bk-Figure").first.wait_for()
        until(lambda: page.locator(".vt-gallery vt-picture").count() >= 8)
        shot("embedded-panel")
        assert texts(page)[:3] == ["0", "1", "2"]
        asked = page.evaluate("performance.getEntriesByType('resource').map(({name}) => name)")
        assert [name for name in asked if "/api/" in name or "/media/" in name] == []

        box = page.locator(".text")
        box.fill("{kind: 'white'}")
        box.press("Enter")
        page.get_by_text("of 60").wait_for()
        page.locator(ROWS).first.click()
        page.locator("header h2", has_text="row 0").wait_for()
        page.get_by_role("button", name="white").last.wait_for()
        shot("embedded-panel-row")


def test_a_pane_leaves_the_page_around_it_as_it_is(page: Any, shot: Any, until: Any) -> None:
    from cells import cells

    from vitrail_panels import Pane

    with served(lambda: Pane(cells(5))) as url:
        page.emulate_media(color_scheme="dark")
        page.goto(url)
        page.wait_for_selector(ROWS)
        style = "getComputedStyle(document.documentElement)"
        assert page.evaluate(f"{style}.getPropertyValue('--vt-fg')") == ""
        assert page.evaluate(f"{style}.colorScheme") == "normal"
        head = page.locator("[role=columnheader]").first
        color = "(head) => getComputedStyle(head).color"
        light = head.evaluate(color)
        page.evaluate("document.body.style.background = '#101418'")
        until(lambda: head.evaluate(color) != light)
        shot("embedded-dark")


@pytest.mark.filterwarnings("ignore:The .* HTTPServerRequest:DeprecationWarning")
def test_a_pane_and_a_store_stand_in_a_fastapi_application(
    page: Any, store: Project, shot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fastapi_app
    import uvicorn

    monkeypatch.setattr(fastapi_app, "STORE", store.root)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(fastapi_app.app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    lacking: list[str] = []
    page.on("response", lambda answer: answer.status >= 400 and lacking.append(answer.url))
    try:
        answering(port)
        page.goto(f"http://localhost:{port}/")
        frame = page.frame_locator("iframe")
        frame.locator(f"{ROWS} .loaded").first.wait_for()
        shot("embedded-fastapi")
        page.goto(f"http://localhost:{port}/store")
        page.get_by_role("button", name="cells").first.wait_for()
        page.get_by_text("No table is open").wait_for()
        shot("embedded-fastapi-store")
        assert [url for url in lacking if not url.endswith("favicon.ico")] == []
    finally:
        server.should_exit = True
        thread.join()


def test_a_page_stands_in_a_frame_of_a_flask_application(page: Any, store: Project, shot: Any) -> None:
    from flask_app import make_app
    from werkzeug.serving import make_server

    port = free_port()
    app = make_app(store.root, View(source="cells:latest/cells"), f"http://localhost:{port}")
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        page.goto(f"http://localhost:{port}/")
        page.frame_locator("iframe").locator(f"{ROWS} .loaded").first.wait_for()
        shot("embedded-flask")
    finally:
        server.shutdown()
        thread.join()
        app.extensions["vitrail"].end()


def test_a_page_and_a_figure_are_files(page: Any, tmp_path: Path, shot: Any) -> None:
    import static_file

    whole, figure = tmp_path / "cells.html", tmp_path / "size.svg"
    assert static_file.write(whole, figure) == ("60 rows, 60 pictures", "size as histogram")
    page.context.set_offline(True)
    page.goto(whole.as_uri())
    page.locator(f"{ROWS} vt-picture").first.wait_for()
    assert texts(page)[:3] == ["0", "1", "2"]
    shot("embedded-file")
    page.goto(figure.as_uri())
    page.locator("svg path").first.wait_for()
    shot("embedded-figure")


@pytest.fixture
def tolerated() -> list[str]:
    return ["frame-ancestors", r"404 \(Not Found\)"]


def test_only_pages_that_are_named_may_hold_a_served_one(page: Any, store: Project, shot: Any) -> None:
    held = ""

    class Holder(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = (EXAMPLES / "iframe.html").read_text()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(told.replace("http://localhost:4747/", held).encode())

        def log_message(self, *_: Any) -> None:
            pass

    with http_server(Holder) as origin:
        with Server(store, embed_in=[origin]) as server:
            held = server.url
            page.goto(origin)
            page.frame_locator("iframe").locator(f"{ROWS} .loaded").first.wait_for()
            shot("embedded-iframe")
        with Server(store, embed_in=["http://localhost:1"]) as server:
            held = server.url
            with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
                page.goto(origin)


def test_whose_pages_may_hold_a_page_is_written_as_an_origin(store: Project) -> None:
    with pytest.raises(vt.errors.Invalid, match="an origin is written as"):
        Server(store, embed_in=["localhost; script-src *"])
