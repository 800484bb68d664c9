"""Writers that die at any moment, and many that write at once."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vitrail.errors import NotFound
from vitrail.store.project import Project

WRITER = """
import os, sys
import vitrail as vt

store, name, seed, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
run = vt.init(project="p", store=store)
for number in range(count):
    artifact = vt.Artifact(name, "data")
    text = f"{seed} {number} " + os.urandom(8).hex()
    for part, size in enumerate((10, 3_000, 200_000)):
        with artifact.new_file(f"part {part}.txt") as file:
            file.write((text + f" {part} ") * (size // 20 + 1))
    artifact.add(vt.Classes([{"id": number, "name": text}]), "classes")
    run.log_artifact(artifact, aliases=[f"{seed}-{number}"])
    sys.stdout.write(f'{{"version": "{artifact.version}", "digest": "{artifact.digest}", "text": "{text}"}}\\n')
    sys.stdout.flush()
run.finish()
"""


def write(store: Path, name: str, seed: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(store), name, seed, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def acknowledged(process: subprocess.Popen[str]) -> list[dict[str, str]]:
    """What the writer said it had logged; the last line may be cut off by its death."""
    out, err = process.communicate()
    assert not err.strip(), err
    return [json.loads(line) for line in out.splitlines() if line.endswith("}")]


def check_whole(project: Project, name: str, said: list[dict[str, str]]) -> None:
    for line in said:
        artifact = project.artifact(f"{name}:{line['version']}")
        assert artifact.digest == line["digest"]
        artifact.verify()
        assert artifact.get("classes").pairs[0][1] == line["text"]
        assert all(
            artifact.get(f"part {n}.txt").read().startswith(line["text"].encode()) for n in range(3)
        )


def test_a_writer_killed_at_any_moment_leaves_whole_versions_or_none(tmp_path: Path) -> None:
    store, rng, said = tmp_path / "store", random.Random(5), []
    for turn in range(24):
        process = write(store, "kept", str(turn), 10_000)
        assert process.stdout is not None
        first = process.stdout.readline()  # it is at work; kill it somewhere in what follows
        time.sleep(rng.random() * 0.15)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        said.append(json.loads(first))
        said += acknowledged(process)
        project = Project(store)
        check_whole(project, "kept", said[-3:])
        project.close()
    project = Project(store)
    check_whole(project, "kept", said)
    versions = project.artifacts()["data"]["kept"]
    assert [row.number for row in versions] == list(range(len(versions)))
    # One version a death may have been committed and not yet acknowledged; that one is whole as well.
    assert len(said) <= len(versions) <= len(said) + 24
    assert project.verify() == ()
    project.gc(young_s=-1)
    project.blobs.forget()
    check_whole(project, "kept", said)
    assert project.verify() == ()
    assert list((store / "tmp").iterdir()) == []


def test_a_writer_killed_before_its_first_commit_leaves_an_empty_store(tmp_path: Path) -> None:
    rng = random.Random(6)
    for turn in range(6):
        store = tmp_path / str(turn)
        process = write(store, "kept", "x", 10_000)
        deadline = time.monotonic() + 30
        while not store.exists() and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(rng.random() * 0.03)
        os.kill(process.pid, signal.SIGKILL)
        said = acknowledged(process)
        project = Project(store)
        check_whole(project, "kept", said)
        if not said and not project.artifacts():
            with pytest.raises(NotFound, match="no artifact 'kept'"):
                project.artifact("kept")
        project.close()


def test_eight_writers_of_one_name_lose_none_and_share_no_number(tmp_path: Path) -> None:
    store, each = tmp_path / "store", 6
    writers = [write(store, "shared", f"w{number}", each) for number in range(8)]
    said = [line for process in writers for line in acknowledged(process)]
    assert [process.returncode for process in writers] == [0] * 8
    project = Project(store)
    assert sorted(line["version"] for line in said) == sorted(f"v{n}" for n in range(8 * each))
    check_whole(project, "shared", said)
    for number in range(8):
        for turn in range(each):
            found = project.artifact(f"shared:w{number}-{turn}")
            assert found.get("classes").pairs[0][1].startswith(f"w{number} {turn} ")
    assert project.artifact("shared").version == f"v{8 * each - 1}"
    assert project.verify() == ()
