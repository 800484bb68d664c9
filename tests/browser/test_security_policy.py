"""The page's parts work under the Content-Security-Policy, and what a stranger wrote does not run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import panel as pn
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "panels"))

from component_stand import column
from serving import Folder, picture, serving

from vitrail_panels.components import Grid, Sidebar
from vitrail_panels.ui.guarded import Guarded

pytestmark = pytest.mark.browser

ATTACKS = (
    '<img src="x" onerror="window.ran = 1">',
    "<script>window.ran = 2</script>",
    "<svg><script>window.ran = 3</script></svg>",
    '<svg onload="window.ran = 4"></svg>',
    '<iframe srcdoc="<script>parent.ran = 5</script>"></iframe>',
    '<a href="javascript:window.ran = 6">x</a>',
    '"><img src=x onerror="window.ran = 7">',
)
HOSTILE = " ".join(ATTACKS)


@pytest.fixture
def tolerated() -> list[str]:
    return ["Content Security Policy", "404", "400"]


def draw(*_: object) -> dict[str, Any]:
    return {"start": 0, "rows": [[HOSTILE, "<b>fine</b>"]]}


def shown(page: Any, url: str) -> None:
    """Opens the page, waits for its cells, and touches what is there."""
    page.goto(url)
    page.wait_for_selector("b:text('fine')")
    for link in page.locator("a[href^='javascript']").all():
        link.click(force=True)
    page.wait_for_timeout(300)  # an image needs a moment to fail


@pytest.mark.parametrize("policy", [True, False], ids=["with the policy", "without it"])
def test_markup_that_a_pane_did_not_escape_runs_nothing(page: Any, tmp_path: Path, policy: bool) -> None:
    def parts(project: object, registry: object) -> Any:
        columns = [column("attack"), column("plain")]
        return pn.Column(
            Sidebar(tree=[{"type": HOSTILE, "names": [{"name": HOSTILE, "versions": []}]}]),
            Grid(
                columns=columns, source="api/window?", total=1, headers={"attack": HOSTILE}, height=300
            ),
            height=600,
        )

    with serving(Folder(tmp_path), page=parts, content_policy=policy) as server:
        server.questions._draw = draw
        shown(page, server.url)
        assert page.evaluate("window.ran") is None


@pytest.mark.parametrize("policy", [True, False], ids=["with the policy", "without it"])
def test_the_policy_stops_what_would_run_without_it(page: Any, tmp_path: Path, policy: bool) -> None:
    """What Panel's own part runs shows that the attacks of this file are real."""
    with serving(
        Folder(tmp_path), page=lambda *_: pn.pane.HTML(HOSTILE + "<b>fine</b>"), content_policy=policy
    ) as server:
        shown(page, server.url)
        assert (page.evaluate("window.ran") is None) == policy


def test_a_strangers_component_works_under_the_policy(page: Any, tmp_path: Path) -> None:
    class Stranger(Guarded):
        _source = "export function render() { const b = document.createElement('b'); b.textContent = 'fine'; return b }"

    with serving(Folder(tmp_path), page=lambda *_: Stranger()) as server:
        shown(page, server.url)


def test_a_title_that_a_stranger_wrote_gets_no_nonce(page: Any, tmp_path: Path) -> None:
    def titled(project: object, registry: object) -> Any:
        pn.state.curdoc.title = "</title>" + HOSTILE
        return pn.widgets.TextInput(value="a page")

    for policy in (True, False):
        with serving(Folder(tmp_path), page=titled, content_policy=policy) as server:
            page.goto(server.url)
            page.wait_for_selector("input")
            assert page.evaluate("window.ran") is None


def test_a_stored_file_opened_by_its_address_runs_nothing(page: Any, tmp_path: Path) -> None:
    project = Folder(tmp_path)
    attacks = (HOSTILE.encode(), b"GIF89a" + HOSTILE.encode(), picture() + HOSTILE.encode())
    digests = [project.put(content) for content in attacks]
    with serving(project) as server:
        for digest in digests:
            page.goto(f"{server.url}media/{digest}")
            assert page.evaluate("window.ran") is None
