"""The demo's project: what it logs, and what `vitrail demo` says and leaves."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

import vitrail as vt
from vitrail.cli import run
from vitrail.store.pack import read_index
from vitrail.store.project import Project
from vitrail_panels.demo.project import Demo

ROWS = 40
STEPS = ("create_dataset", "split", "train", "evaluate", "analysis")


def quiet(step: str, done: int, total: int) -> None:
    assert 0 <= done <= total, step


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, str]:
    """A store whose demo was interrupted, how the command ended, and what it said."""
    root = tmp_path_factory.mktemp("demo") / "store"
    process = started("--store", root, "--port", "0", "--rows", str(ROWS))
    project = Project(root)
    try:
        while process.poll() is None and not project.artifacts():
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert project.verify() == ()
    finally:
        process.kill()
        project.close()
    return root, process.returncode, said


@pytest.fixture(scope="module")
def store(interrupted: tuple[Path, int, str]) -> Path:
    """A store with the whole demo; it was interrupted once, and gone on with."""
    root = interrupted[0]
    demo = Demo(root, ROWS, quiet)
    assert not demo.is_there()
    demo.log()
    assert demo.is_there()
    return root


@pytest.fixture(scope="module")
def api(store: Path) -> vt.Api:
    return vt.Api(store=store)


def versions(api: vt.Api) -> dict[str, str]:
    return {artifact.qualified_name: artifact.digest for artifact in api.artifacts()}


def test_every_artifact_is_there_in_its_versions(api: vt.Api) -> None:
    assert sorted(versions(api)) == [
        "analysis:v0",
        "detector:v0",
        "detector:v1",
        "digits:v0",
        "predictions:v0",
        "predictions:v1",
        "scenes:v0",
        "split:v0",
    ]
    assert set(api.artifact("predictions:hasty").aliases) == {"hasty"}
    assert set(api.artifact("predictions:careful").aliases) == {"careful", "latest"}


def test_the_scenes_have_boxes_and_masks_and_the_digits_are_all_there(api: vt.Api) -> None:
    scenes = api.artifact("scenes").get("scenes")
    image = scenes.data[0][scenes.columns.index("image")]
    assert len(scenes) == ROWS
    assert len(api.artifact("digits").get("digits")) == 1797
    assert list(image.boxes) == list(image.masks) == ["ground_truth"]
    assert len(image.boxes["ground_truth"]["box_data"]) == scenes.data[0][scenes.columns.index("digits")]


def test_pictures_are_referred_to_and_never_copied(api: vt.Api, store: Path) -> None:
    scenes = {row[0]: row[1] for row in api.artifact("scenes").get("scenes").data}
    links = {(edge.source, edge.target) for edge in api.lineage().edges if edge.kind == "refers"}
    for name in ("hasty", "careful"):
        artifact = api.artifact(f"predictions:{name}")
        rows = artifact.get("predictions").data
        assert [row[1].digest for row in rows] == [scenes[row[0]].digest for row in rows]
        assert ("split:v0", artifact.qualified_name) in links
    assert ("scenes:v0", "split:v0") in links
    packs = [read_index(path) for path in (store / "packs").rglob("*") if path.is_file()]
    copies = [sum(scene.digest in pack for pack in packs) for scene in scenes.values()]
    assert copies == [1] * ROWS


def test_the_careful_detector_is_better(api: vt.Api) -> None:
    losses = {
        name: api.artifact(f"predictions:{name}").get("predictions").get_column("loss", "numpy").mean()
        for name in ("hasty", "careful")
    }
    assert losses["careful"] < losses["hasty"]


def test_the_lineage_leads_from_the_data_to_the_analysis(api: vt.Api) -> None:
    graph = api.lineage()
    kinds = {node: run.job_type for node, run in graph.runs.items()}
    steps = [
        (kinds[edge.source], edge.target) if edge.kind == "made" else (edge.source, kinds[edge.target])
        for edge in graph.edges
        if edge.kind != "refers"
    ]
    assert list(dict.fromkeys(run.job_type for run in api.runs())) == list(STEPS)
    states = [run.state for run in api.runs()]
    assert (states.count("failed"), states.count("finished")) == (1, len(states) - 1)
    assert {
        ("create_dataset", "scenes:v0"),
        ("scenes:v0", "split"),
        ("split", "split:v0"),
        ("split:v0", "train"),
        ("train", "detector:v1"),
        ("detector:v1", "evaluate"),
        ("evaluate", "predictions:v1"),
        ("predictions:v1", "analysis"),
        ("analysis", "analysis:v0"),
    } <= set(steps)


def test_the_joined_table_opens(api: vt.Api) -> None:
    joined = api.artifact("analysis").get("joined")
    pairs = list(joined)
    assert len(pairs) == ROWS // 2
    assert all(key == mine[0] == theirs[0] for key, mine, theirs in pairs)
    assert joined.plan().dtype.columns


def test_logging_it_again_makes_no_new_version(api: vt.Api, store: Path) -> None:
    before = versions(api)
    Demo(store, ROWS, quiet).log()
    assert versions(api) == before
    assert Project(store).verify() == ()


def test_another_number_of_scenes_is_not_there(store: Path, tmp_path: Path) -> None:
    assert not Demo(store, ROWS + 1, quiet).is_there()
    assert not Demo(tmp_path / "nowhere", ROWS, quiet).is_there()
    assert not (tmp_path / "nowhere").exists()


def started(*words: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "vitrail", "demo", "--no-open", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def test_a_second_start_reuses_what_is_there_and_answers(store: Path) -> None:
    process = started("--store", store, "--port", "0", "--rows", str(ROWS))
    assert process.stdout is not None
    try:
        said = [process.stdout.readline(), process.stdout.readline()]
        assert said[0] == f"the demo is in {store} already\n"
        address = re.search(r"http://127\.0\.0\.1:\d+/", said[1])
        assert address is not None, said
        with urllib.request.urlopen(address.group(), timeout=60) as answer:
            assert answer.status == 200
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


@pytest.mark.parametrize("rows", ["19", "20001", "many"])
def test_a_senseless_number_of_scenes_is_refused(
    rows: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["demo", "--store", str(tmp_path / "store"), "--port", "0", "--no-open", "--rows", rows]
    assert run(words) == 2
    assert "--rows" in capsys.readouterr().err
    assert not (tmp_path / "store").exists()


def test_an_interrupted_demo_leaves_a_whole_store_and_goes_on_later(
    interrupted: tuple[Path, int, str], store: Path
) -> None:
    _, status, said = interrupted
    assert status != 0
    assert "Traceback" not in said
    assert "logging digits" in said
    with closing(Project(store)) as project:
        assert project.artifact("analysis:latest").version == "v0"
        assert project.verify() == ()
