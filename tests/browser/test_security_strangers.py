"""What strangers wrote does nothing in the browser, even where no policy of the page holds it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vitrail as vt
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Choice, Source, View
from vitrail_panels.serve import Server

pytestmark = pytest.mark.browser

# An artifact's name holds no slash and no colon.
NAME = "<img src=x onerror='window.ran=1'><svg onload='window.ran=2'>"
ATTACK = (
    '"><img src=x onerror="window.ran=3"><script>window.ran=4</script>'
    '<svg onload="window.ran=5"></svg><iframe srcdoc="<script>parent.ran=6</script>"></iframe>'
    '<a href="javascript:window.ran=7">x</a>'
)
WHERE = {
    "cell": ATTACK + "cell",
    "column": ATTACK + "column",
    "label": ATTACK + "label",
    "caption": ATTACK + "caption",
}
VIEWS = {
    "the table": {},
    "a row": {"row": 0},
    "grouped by the cells": {"group": (WHERE["column"],)},
    "compared with another version": {
        "compare": (Source(artifact=f"{NAME}:v0", entry="table"),),
        "key": "id",
    },
    "a column that a stranger named": {
        "choices": {WHERE["column"]: Choice(visualizer=ATTACK, options={ATTACK: ATTACK})}
    },
    "a wrong filter": {"where": ATTACK},
}


def logged(root: Path) -> None:
    """Two versions of a table that holds the attack wherever a stranger may write."""
    with vt.init(project="p", job_type=NAME, name=NAME, store=root) as run:
        for version in range(2):
            classes = vt.Classes([{"id": 1, "name": WHERE["label"]}])
            box = {
                "position": {"minX": 4, "maxX": 40, "minY": 4, "maxY": 30},
                "domain": "pixel",
                "class_id": 1,
                "box_caption": WHERE["caption"],
                "scores": {ATTACK: 0.5},
            }
            layers = {ATTACK: {"box_data": [box], "class_labels": {1: WHERE["label"]}}}
            masks = {ATTACK: {"mask_data": np.eye(32, 48, dtype="uint8")}}
            image = vt.Image(
                np.full((32, 48, 3), 90, "uint8"),
                classes=classes,
                boxes=layers,
                masks=masks,
                caption=WHERE["caption"],
            )
            table = vt.Table(columns=["id", WHERE["column"], "picture", ATTACK + "number"])
            for row in range(4):
                table.add_data(row, WHERE["cell"], image, row + version / 2)
            artifact = vt.Artifact(NAME, NAME, ATTACK, {ATTACK: ATTACK})
            artifact.add(table, "table")
            run.log_artifact(artifact, aliases=[f"<img src=x onerror='window.ran=8'>{version}"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("store")
    logged(root)
    registry = Registry()
    registry.load_entry_points()
    project = Project(root)
    with Server(project, registry, port=0, content_policy=False) as serving:
        yield serving
    project.close()


def seen(page: Any) -> str:
    """All text of the page, that in shadow roots and attributes too."""
    return str(
        page.evaluate(
            """() => { const found = []; const walk = (node) => {
                 if (node.nodeType === 3) found.push(node.data);
                 for (const a of node.attributes ?? []) found.push(a.value);
                 if (node.shadowRoot) walk(node.shadowRoot);
                 for (const child of node.childNodes) if (child.nodeName !== 'SCRIPT') walk(child);
               }; walk(document.documentElement); return found.join('\\n') }"""
        )
    )


def settled(page: Any) -> None:
    """Until nothing is being worked out and what would run has had its chance."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(400)


@pytest.mark.parametrize("name", VIEWS)
def test_what_strangers_wrote_does_nothing(page: Any, server: Server, name: str) -> None:
    source = Source(artifact=f"{NAME}:v1", entry="table")
    page.goto(f"{server.url}?{View(source=source, **VIEWS[name]).to_query()}")
    drawn = "[role=alert]" if name == "a wrong filter" else "[role=rowgroup].layer .row:not([hidden])"
    page.wait_for_selector(drawn)
    settled(page)
    assert page.evaluate("window.ran") is None
    for link in page.locator("a[href^='javascript']").all():
        link.click(force=True)
    assert page.evaluate("window.ran") is None


def test_the_attacks_are_shown_as_text(page: Any, server: Server) -> None:
    """They reached the page, so that the tests above say something."""
    source = Source(artifact=f"{NAME}:v1", entry="table")
    page.goto(f"{server.url}?{View(source=source, row=0).to_query()}")
    page.wait_for_selector("vt-picture")
    settled(page)
    text = seen(page)
    assert [what for what, written in WHERE.items() if written not in text] == []
    assert NAME in text


def test_everything_that_can_be_touched_does_nothing(page: Any, server: Server) -> None:
    source = Source(artifact=f"{NAME}:v1", entry="table")
    page.goto(f"{server.url}?{View(source=source, row=0).to_query()}")
    page.wait_for_selector("vt-picture")
    settled(page)
    for button in page.locator("button:visible").all():
        button.hover(force=True, timeout=2000)
    for handle in page.locator("[title]:visible").all()[:30]:
        handle.hover(force=True, timeout=2000)
    settled(page)
    assert page.evaluate("window.ran") is None
