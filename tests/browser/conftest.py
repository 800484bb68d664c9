"""A Chromium whose pages may ask nothing of another machine, and may not fail unnoticed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from vitrail_panels.chromium import installed

os.environ.setdefault("BOKEH_RESOURCES", "server")

ROOT = Path(__file__).parents[2]
LOOPBACK = {"localhost", "127.0.0.1", "[::1]", "::1"}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-partial-raster",  # a page drawn in pieces has other edges than one drawn at once
]


def pytest_configure(config: pytest.Config) -> None:
    # `base_url`, a fixture of pytest-playwright's own dependency, is written in the older way.
    config.addinivalue_line(
        "filterwarnings", "ignore:Session-scoped fixtures defined as instance methods"
    )


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], playwright: Any
) -> dict[str, Any]:
    path = installed() or playwright.chromium.executable_path
    if not Path(path).exists():
        pytest.skip("no Chromium: neither the system's nor Playwright's own")
    return {**browser_type_launch_args, "executable_path": path, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    size = {"width": 1400, "height": 840}
    return {**browser_context_args, "viewport": size, "color_scheme": "light"}


@pytest.fixture
def tolerated() -> list[str]:
    """Patterns of complaints that the test means to provoke."""
    return []


@pytest.fixture
def elsewhere(browser: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What any page of any context asks of another machine."""
    asked: list[str] = []
    made = browser.new_context

    def note(request: Any) -> None:
        place = urlsplit(request.url)
        if place.scheme not in {"data", "blob", "file"} and place.hostname not in LOOPBACK:
            asked.append(request.url)

    def watched(*args: Any, **settings: Any) -> Any:
        context = made(*args, **settings)
        context.on("request", note)
        context.on("page", lambda page: page.on("websocket", note))
        return context

    monkeypatch.setattr(browser, "new_context", watched)
    return asked


@pytest.fixture
def new_context(elsewhere: list[str], new_context: Any) -> Any:
    return new_context


@pytest.fixture
def page(page: Any, elsewhere: list[str], tolerated: list[str]) -> Iterator[Any]:
    """A page that fails its test where a request leaves the machine or anything complains."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on(
        "console", lambda said: said.type == "error" and complaints.append(f"{said.type}: {said.text}")
    )
    page.set_default_timeout(60_000)
    yield page
    assert elsewhere == [], "requests that left the machine"
    assert [c for c in complaints if not any(re.search(p, c) for p in tolerated)] == []


@pytest.fixture
def shot(page: Any) -> Callable[[str], Path]:
    """Keeps a picture of the page in `shots/`, to be looked at."""
    folder = ROOT / "shots"
    folder.mkdir(exist_ok=True)

    def take(name: str) -> Path:
        path = folder / f"{name}.png"
        page.screenshot(path=path)
        return path

    return take


@pytest.fixture(scope="session")
def _stand() -> Iterator[Any]:
    from component_stand import Stand

    stand = Stand()
    yield stand
    stand.stop()


@pytest.fixture
def stand(_stand: Any) -> Any:
    """A server for single parts of the page; see `component_stand`."""
    _stand.clear()
    return _stand


@pytest.fixture
def until(page: Any) -> Callable[[Callable[[], bool]], None]:
    """Waits for a fact about the server's side."""

    def wait(fact: Callable[[], bool]) -> None:
        for _ in range(1000):
            if fact():
                return
            page.wait_for_timeout(10)
        raise AssertionError("what was waited for never came")

    return wait
