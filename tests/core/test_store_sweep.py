"""What sweeping keeps, commits beside it, and the catalog made again."""

import os
from typing import Any

import pytest
from store_folder import files_in, logged

from vitrail.store import commit as committing
from vitrail.store.artifact import Artifact
from vitrail.store.project import Project
from vitrail.store.run import Run
from vitrail.store.shelf import Staging
from vitrail.table import Table


def test_gc_keeps_what_is_reachable_or_young(project: Project) -> None:
    artifact = logged(project, a=b"a" * 200_000, b=b"b")
    kept = files_in(project.root)
    staging = Staging(project)
    with staging:
        staging.put(b"left" * 50_000)
        staging.put(b"left")
        staging.settle()
    (project.root / "tmp" / "1-dead").write_bytes(b"dead")
    assert project.gc().files == 0
    swept = project.gc(young_s=-1)
    assert swept.files == 3
    assert swept.size_bytes > 200_000
    assert files_in(project.root) == kept
    artifact.verify()
    assert project.artifact("thing").get("b").read() == b"b"


def test_what_was_asked_for_again_is_young_again(project: Project) -> None:
    with Staging(project) as staging:
        digest = staging.put(b"left" * 50_000)
        staging.settle()
    logged(project, other=b"so that there is a catalog")
    path = project.blobs.file(digest)
    os.utime(path, (1, 1))
    with Staging(project) as staging:
        staging.put(b"left" * 50_000)
    assert project.gc().files == 0
    os.utime(path, (1, 1))
    assert project.gc().files == 1


def test_a_commit_whose_blobs_were_swept_writes_them_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged(project, other=b"so that there is a catalog")
    settle, sweeps = Staging.settle, []

    def settle_then_sweep(self: Staging) -> None:
        settle(self)
        if len(sweeps) < 2:
            sweeps.append(project.gc(young_s=-1).files)

    monkeypatch.setattr(Staging, "settle", settle_then_sweep)
    artifact = logged(project, a=b"a" * 200_000, b=b"b")
    assert sweeps == [2, 2]
    assert artifact.version == "v1"
    artifact.verify()


def test_a_commit_that_fails_leaves_no_version(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged(project, a=b"1")

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(committing, "hold_files", fail)
    with pytest.raises(OSError, match="No space"):
        logged(project, a=b"2")
    monkeypatch.undo()
    assert project.artifact("thing").version == "v0"
    assert logged(project, a=b"3").version == "v1"


def test_the_catalog_is_made_again_of_manifests_and_packs(project: Project) -> None:
    logged(project, a=b"1" * 200_000, b=b"2")
    with Run(project, "p", "train", "mine", {"lr": 0.1}) as run:
        run.use_artifact("thing")
        artifact = Artifact("result", "model")
        artifact.add(Table(["a"], [[1]]), "t")
        artifact.add_reference(project.artifact("thing").get_path("b"), "b")
        run.log_artifact(artifact, aliases=["best"])
    logged(project, a=b"3")
    before, edges = project.artifacts(), project.lineage().edges
    project.catalog.path.write_bytes(b"garbage" * 1000)
    project = Project(project.root)
    assert project.rebuild() == ()
    after = project.artifacts()
    shown = [
        [(r.name, r.version, r.digest, r.aliases, r.size) for n in t.values() for r in n]
        for t in (before["data"], before["model"])
    ]
    again = [
        [(r.name, r.version, r.digest, r.aliases, r.size) for n in t.values() for r in n]
        for t in (after["data"], after["model"])
    ]
    assert again == shown
    assert set(project.lineage().edges) == set(edges)
    assert project.artifact("result:best").logged_by().config == {"lr": 0.1}
    assert project.artifact("result:best").get("t") == Table(["a"], [[1]])
    assert project.artifact("thing:v0").get("b").read() == b"2"
    assert project.library.files(project.artifact("result").entry("t").document["digest"])
    assert project.verify() == ()
    assert logged(project, a=b"4").version == "v2"
