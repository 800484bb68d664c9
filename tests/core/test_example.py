"""The example of the README's API, run as a person would: two runs, then another process reads back."""

import subprocess
import sys
from pathlib import Path

import pytest

LOG = """
import sys
import numpy as np
import vitrail as vt

rng = np.random.default_rng(3)
images = rng.integers(0, 256, (6, 20, 24, 3), dtype=np.uint8)
labels = ["dog", "cat"] * 3
boxes = [
    {"position": {"minX": 0.1, "maxX": 0.4, "minY": 0.2, "maxY": 0.9}, "class_id": 0, "scores": {"acc": 0.9}, "box_caption": "a dog"},
    {"position": {"middle": [10, 8], "width": 6, "height": 4}, "domain": "pixel", "class_id": 1},
]
mask = rng.integers(0, 2, (20, 24), dtype=np.uint8)

with vt.init(project="p", job_type="create-dataset") as run:
    class_set = vt.Classes([{"name": n, "id": i} for i, n in enumerate(["dog", "cat"])])
    table = vt.Table(("image", "label"))
    for x, y in zip(images, labels):
        table.add_data(vt.Image(x, classes=class_set, boxes={"ground_truth": {"box_data": boxes}}, masks={"ground_truth": {"mask_data": mask}}, caption=f"one {y}"), y)
    art = vt.Artifact("my-dataset", type="dataset")
    art.add(table, "dataset")
    run.log_artifact(art)
"""

PREDICT = """
with vt.init(project="p", job_type="predict") as run:
    data = run.use_artifact("my-dataset:latest").get("dataset")
    m = np.ones((20, 24), np.uint8)
    preds = vt.Table(columns=["id", "pred"], data=[[i, vt.Image(row[0], classes=class_set, masks={"predictions": {"mask_data": m}})] for i, row in data.iterrows()])
    out = vt.Artifact("preds", "result")
    out.add(preds, "preds")
    out.add(vt.JoinedTable(preds, data, "id"), "joined")
    run.log_artifact(out)
"""

READ = """
back = vt.Api().artifact("my-dataset:latest").get("dataset")
assert back == table, "the table that was read is not the one that was added"
assert not back != table
for (_, mine), (_, theirs) in zip(back.iterrows(), table.iterrows()):
    assert np.array_equal(mine[0].pixels(), theirs[0].pixels())
    assert np.array_equal(mine[0].masks["ground_truth"].data, theirs[0].masks["ground_truth"].data)
    assert mine[0].boxes == theirs[0].boxes and mine[0].caption == theirs[0].caption and mine[1] == theirs[1]
    assert mine[0].classes == theirs[0].classes
changed = vt.Table(("image", "label"), data=[[row[0], row[1] + "!"] for _, row in back.iterrows()])
assert back != changed
print("equal")
"""


def run(code: str, folder: Path) -> str:
    """What a program prints that runs in a process of its own, in `folder`."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def size_bytes(folder: Path) -> int:
    return sum(f.stat().st_size for f in (folder / ".vitrail").rglob("*") if f.is_file())


def test_another_process_reads_what_was_added(tmp_path: Path) -> None:
    run(LOG, tmp_path)
    # The table is made again, unlogged, to be compared with the one that is read.
    unlogged = LOG.replace("run.log_artifact(art)", "pass")
    assert run(unlogged + READ, tmp_path) == "equal"


def test_the_same_content_makes_no_new_version(tmp_path: Path) -> None:
    say = "print(vt.Api().artifact('my-dataset:latest').version)"
    assert run(LOG + say, tmp_path) == "v0"
    assert run(LOG + say, tmp_path) == "v0"
    assert run(LOG.replace("one {y}", "another {y}") + say, tmp_path) == "v1"


def test_two_empty_stores_give_one_digest(tmp_path: Path) -> None:
    say = "print(vt.Api().artifact('my-dataset:latest').digest)"
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    first, second = (run(LOG + say, folder) for folder in folders)
    assert first == second
    assert len(first) >= 32


def test_predictions_refer_to_their_pictures(tmp_path: Path) -> None:
    """Random pictures do not compress: were one copied, the store would grow by more than its pixels."""
    big = LOG.replace("(6, 20, 24, 3)", "(6, 200, 240, 3)").replace("(20, 24)", "(200, 240)")
    run(big, tmp_path)
    before = size_bytes(tmp_path)
    run(big + PREDICT.replace("(20, 24)", "(200, 240)"), tmp_path)
    pixels = 200 * 240 * 3
    assert size_bytes(tmp_path) - before < pixels
    say = """
import vitrail as vt
made = vt.Api().artifact("preds:latest")
joined = made.get("joined")
rows = list(joined)
print(made.logged_by().job_type, len(rows), rows[0][1][1].masks["predictions"].data.all())
"""
    assert run(say, tmp_path) == "predict 6 True"


@pytest.mark.parametrize("kind", ["preds", "joined"])
def test_an_entry_of_the_predictions_is_read_back(tmp_path: Path, kind: str) -> None:
    run(LOG + PREDICT, tmp_path)
    assert (
        run(
            LOG
            + PREDICT
            + f"print(vt.Api().artifact('preds:latest').get('{kind}') == out.get('{kind}'))",
            tmp_path,
        )
        == "True"
    )
