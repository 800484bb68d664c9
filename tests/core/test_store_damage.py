"""What the store makes of damage and of newer formats."""

import os
import sqlite3
from pathlib import Path

import pytest
from store_folder import files_in, flip, logged

from vitrail.errors import Damaged, NewerFormat, NotFound
from vitrail.store.artifact import Artifact
from vitrail.store.digest import canonical, digest_of, digest_of_file
from vitrail.store.project import Project
from vitrail.store.run import Run
from vitrail.table import Table


def test_a_newer_catalog_is_refused(project: Project) -> None:
    logged(project, a=b"x")
    project.close()
    with sqlite3.connect(project.catalog.path) as catalog:
        catalog.execute("PRAGMA user_version = 2")
    catalog.close()
    with pytest.raises(NewerFormat, match="has format 2; this Vitrail reads up to 1"):
        Project(project.root).artifacts()
    with pytest.raises(NewerFormat):
        logged(Project(project.root), a=b"y")


def test_a_newer_manifest_is_refused_and_the_others_are_read(project: Project) -> None:
    logged(project, "old", a=b"x")
    document = logged(project, "new", a=b"y").manifest.model_dump(mode="json")
    content = canonical({**document, "format": 2, "something": "new"})
    path = project.manifest_path(digest_of(content))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    with sqlite3.connect(project.catalog.path) as catalog:
        catalog.execute(
            "UPDATE versions SET manifest = ? WHERE artifact = (SELECT id FROM artifacts WHERE name = 'new')",
            (path.name,),
        )
    catalog.close()
    with pytest.raises(NewerFormat, match="an artifact of format 2"):
        project.artifact("new").get("a")
    assert project.artifact("old").get("a").read() == b"x"
    assert [fault.versions for fault in project.verify()] == [("new:v0",)]


@pytest.mark.parametrize("size", [900, 200_000], ids=["packed", "alone"])
def test_a_damaged_blob_is_found_at_first_read_and_by_verify(project: Project, size: int) -> None:
    artifact = logged(project, a=b"a" * size, b=b"b" * size)
    (path,) = [
        p
        for p in files_in(project.root)
        if p.parent.parent.name == "sha256" and b"a" * size in p.read_bytes()
    ]
    flip(path, path.read_bytes().index(b"a" * size) + size // 2)
    fresh = Project(project.root)
    with pytest.raises(Damaged, match="are not what the digest promises"):
        fresh.artifact("thing").get("a").read()
    with pytest.raises(Damaged):
        fresh.artifact("thing").get("a").path()
    assert fresh.artifact("thing").get("b").read() == b"b" * size
    (fault,) = fresh.verify()
    assert fault.path == path
    assert fault.versions == ("thing:v0",)
    with pytest.raises(Damaged, match="thing:v0"):
        artifact.verify()


def test_a_large_file_is_hashed_again_only_after_it_was_changed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, hashed = bytes(range(256)) * 8_000, []
    logged(project, a=content)
    monkeypatch.setattr("vitrail.store.checked._SETTLED_NS", -1)

    def hashing(path: Path) -> str:
        hashed.append(path)
        return digest_of_file(path)

    monkeypatch.setattr("vitrail.store.blobs.digest_of_file", hashing)
    paths = [Project(project.root).artifact("thing").get("a").path() for _ in range(3)]
    assert hashed == paths[:1]
    again = Project(project.root)
    again.blobs.forget()
    assert again.artifact("thing").get("a").path() == paths[0]
    assert hashed == paths[:2]
    flip(paths[0], 1_000_000)
    with pytest.raises(Damaged):
        Project(project.root).artifact("thing").get("a").path()
    flip(paths[0], 1_000_000)
    os.utime(paths[0], ns=(1, 1))
    assert Project(project.root).artifact("thing").get("a").path().read_bytes() == content
    assert len(hashed) == 4


def test_a_damaged_table_never_reaches_the_engine(project: Project) -> None:
    made = Artifact("table", "data")
    made.add(Table(["a"], [[number] for number in range(1000)]), "t")
    with Run(project, "p", "job", None, None) as run:
        run.log_artifact(made)
    (path,) = project.library.files(made.entry("t").document["digest"])
    flip(path, path.stat().st_size // 2)
    with pytest.raises(Damaged):
        Project(project.root).library.files(made.entry("t").document["digest"])


def test_lost_files_are_named(project: Project) -> None:
    artifact = logged(project, a=b"a" * 200_000)
    project.blobs.file(artifact.entry("a").digest).unlink()
    with pytest.raises(NotFound, match="no bytes with digest"):
        artifact.get("a").read()
    assert [fault.reason for fault in project.verify()] == ["is gone"]
    assert logged(project, a=b"a" * 200_000).version == "v0"  # logging it again brings it back
    assert project.verify() == ()


def test_a_file_that_is_no_catalog_is_refused(project: Project) -> None:
    logged(project, a=b"x")
    project.close()
    project.catalog.path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(Damaged, match="rebuild"):
        Project(project.root).artifacts()
