"""The examples of distributions by others, in a served page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import numpy as np
import pytest

import vitrail as vt
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Choice, Source, View
from vitrail_panels.serve import Server

pytestmark = pytest.mark.browser

EXAMPLES = Path(__file__).parents[2] / "examples"
RATE = 8_000
SOURCE = Source(artifact="tones:v0", entry="tones")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """Tones that rise, with a note's name and a loudness."""
    for name in ("vitrail_audio", "vitrail_boxplot"):
        monkeypatch.syspath_prepend(str(EXAMPLES / name))
    from vitrail_audio import Audio

    seconds = np.arange(RATE) / RATE
    with vt.init(project="p", job_type="record", store=tmp_path) as run:
        table = vt.Table(["note", "loss", "sound"])
        for number in range(24):
            swing = np.sin(2 * np.pi * (200 + 100 * number) * seconds * (0.5 + seconds / 2))
            sound = Audio(swing * np.exp(-3 * seconds), RATE, caption=f"tone {number}")
            table.add_data("ab"[number % 2], number / 10, sound)
        artifact = vt.Artifact("tones", "dataset")
        artifact.add(table, "tones")
        run.log_artifact(artifact)
    project = Project(tmp_path)
    yield project
    project.close()


def test_the_examples_draw_play_and_filter(page: Any, project: Project, shot: Any, until: Any) -> None:
    import vitrail_audio.pane
    import vitrail_boxplot

    registry = Registry()
    registry.load_entry_points()
    for module in (vitrail_audio.pane, vitrail_boxplot):
        if module.__name__.partition(".")[0] not in registry.plugins:
            registry.register(module, name=module.__name__, distribution="an example 0.1.0")
    with Server(project, registry) as server:
        page.goto(f"{server.url}?{View(source=SOURCE, row=3).to_query()}")
        page.locator(".row svg[role=img] path").first.wait_for()
        player = page.locator("audio")
        player.wait_for()
        player.evaluate(
            "(audio) => new Promise((done) => { audio.onloadedmetadata = done; audio.load() })"
        )
        assert player.evaluate("(audio) => audio.duration") == pytest.approx(1.0)
        player.evaluate(
            "(audio) => { audio.muted = true; audio.currentTime = 0.5; return audio.play() }"
        )
        picture = page.locator("img[alt$='of sound']").last
        assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 100
        page.get_by_text("tone 3").wait_for()
        shot("example-audio")
        page.emulate_media(color_scheme="dark")
        shot("example-audio-dark")
        page.emulate_media(color_scheme="light")

        choices = {"loss": Choice(visualizer="boxplot")}
        view = View(source=SOURCE, group=("note",), choices=choices, row=0)
        page.goto(f"{server.url}?{view.to_query()}")
        quarter = page.get_by_role("button", name="highest quarter")
        quarter.wait_for()
        until(lambda: page.locator("audio").count() == 8)
        until(lambda: page.locator(".layer .vt-gallery svg path").count() == 6)
        page.get_by_text("and 4 more").wait_for()
        shot("example-boxplot")
        quarter.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**where=**")
        page.get_by_text("3", exact=True).first.wait_for()
        assert "{$gte: ['$loss', 1.6" in unquote_plus(page.url)
        shot("example-boxplot-filtered")
