"""Panes in somebody else's pages: each of the examples, as somebody would look at it."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import panel as pn
import pytest

pytestmark = pytest.mark.browser

EXAMPLES = Path(__file__).parents[2] / "examples" / "embedding"
ROWS = "[role=rowgroup].layer .row:not([hidden])"


@pytest.fixture(autouse=True)
def _beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def answering(port: int) -> None:
    """Returns when somebody listens there."""
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens at port {port}")


@contextmanager
def served(app: Callable[[], Any]) -> Iterator[str]:
    port = free_port()
    server = pn.serve(app, port=port, show=False, threaded=True, verbose=False)
    answering(port)
    try:
        yield f"http://localhost:{port}/"
    finally:
        server.stop()


def texts(page: Any) -> list[str]:
    return [row.inner_text().split("\n")[0] for row in page.locator(ROWS).all()]


def test_panes_stand_in_a_panel_application(page: Any, shot: Any) -> None:
    import panel_app

    with served(panel_app.app) as url:
        page.goto(url)
        page.wait_for_selector(f"{ROWS} vt-picture")
        page.locator(".bk-Figure").first.wait_for()
        assert page.locator(".vt-gallery vt-picture").count() >= 8
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
        page.get_by_role("button", name="white").wait_for()
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
