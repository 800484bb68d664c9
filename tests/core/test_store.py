"""The store: what lies on the disk, and under which digests."""

import os
from pathlib import Path
from typing import Any

import pytest
from store_folder import files_in, logged, size_bytes

from vitrail.errors import Invalid, NotFound
from vitrail.media.classes import Classes
from vitrail.store.artifact import Artifact
from vitrail.store.project import Project
from vitrail.store.run import Run
from vitrail.table import Table


def test_nothing_is_made_before_something_is_logged(tmp_path: Path) -> None:
    project = Project(tmp_path / "store")
    assert project.artifacts() == {}
    assert project.lineage().versions == {}
    with pytest.raises(NotFound, match="there are none"):
        project.artifact("thing")
    assert not (tmp_path / "store").exists()


def test_a_reader_of_an_empty_store_sees_what_is_logged_later(tmp_path: Path) -> None:
    early = Project(tmp_path / "store")
    assert early.artifacts() == {}
    logged(Project(tmp_path / "store"), a=b"x")
    assert early.artifact("thing").get("a").read() == b"x"


def test_small_blobs_of_one_commit_share_a_file(project: Project) -> None:
    contents = {f"e{n}": os.urandom(900) for n in range(500)}
    artifact = logged(project, **contents)
    assert len(files_in(project.root / "packs")) == 1
    assert files_in(project.root / "blobs") == []
    assert {name: artifact.get(name).read() for name in artifact.names} == contents
    assert artifact.get("e7").path().read_bytes() == contents["e7"]


def test_large_blobs_and_parquet_are_files_of_their_own(project: Project) -> None:
    artifact = logged(project, large=b"x" * 200_000)
    digest = artifact.entry("large").digest
    assert artifact.get("large").path() == project.blobs.file(digest)
    with Run(project, "p", "job", None, None) as run:
        made = Artifact("table", "data")
        made.add(Table(["a"], [[1], [2]]), "t")
        run.log_artifact(made)
        document = made.entry("t").document
    paths = project.library.files(document["digest"])
    assert paths == tuple(project.blobs.file(part) for part in document["parts"])
    assert all(path.read_bytes()[:4] == b"PAR1" for path in paths)
    with pytest.raises(NotFound, match="no table with digest"):
        project.library.files("0" * 64)


def test_the_same_bytes_are_kept_once(project: Project) -> None:
    content = os.urandom(300_000)
    logged(project, "one", big=content, small=b"s" * 900)
    before = size_bytes(project.root / "blobs") + size_bytes(project.root / "packs")
    logged(project, "two", other=content, little=b"s" * 900)
    assert size_bytes(project.root / "blobs") + size_bytes(project.root / "packs") == before


def test_two_empty_stores_give_one_digest(tmp_path: Path) -> None:
    contents = {"big": b"b" * 200_000, "small": b"s"}
    first = Project(tmp_path / "a")
    second = Project(tmp_path / "b")
    logged(second, "before", small=b"s")  # so that the small blob lies in another pack
    logged(second, "thing", other=b"o")
    mine, theirs = logged(first, **contents), logged(second, "thing", **contents)
    assert mine.digest == theirs.digest
    assert (mine.version, theirs.version) == ("v0", "v1")
    assert logged(first, "other name", **contents).digest == mine.digest


def test_content_description_and_metadata_make_the_digest(project: Project) -> None:
    def digest(**about: Any) -> str:
        artifact = Artifact("thing", "data", **about)
        artifact.add(Classes([{"id": 0, "name": "dog"}]), "classes")
        with Run(project, "p", "job", None, None) as run:
            return run.log_artifact(artifact).digest

    digests = [digest(), digest(metadata={"a": 1}), digest(description="words"), digest()]
    assert digests[0] == digests[3]
    assert len(set(digests)) == 3


def test_the_same_content_makes_no_new_version_and_moves_aliases(project: Project) -> None:
    assert logged(project, a=b"one").version == "v0"
    assert logged(project, a=b"two").version == "v1"
    artifact = Artifact("thing", "data")
    with artifact.new_file("a", "wb") as file:
        file.write(b"one")
    with Run(project, "p", "job", None, None) as run:
        again = run.log_artifact(artifact, aliases="best")
    assert again.version == "v0"
    assert again.aliases == ["best", "latest"]
    assert project.artifact("thing").version == "v0"
    assert project.artifact("thing:v1").aliases == []
    assert len(project.artifacts()["data"]["thing"]) == 2


def test_an_artifact_keeps_its_type(project: Project) -> None:
    logged(project, a=b"one")
    other = Artifact("thing", "model")
    other.add(Classes([{"id": 0, "name": "dog"}]), "c")
    with (
        Run(project, "p", "job", None, None) as run,
        pytest.raises(Invalid, match="of type 'data', not 'model'"),
    ):
        run.log_artifact(other)
    assert list(project.artifacts()) == ["data"]


def test_unknown_names_are_answered_with_near_ones(project: Project) -> None:
    artifact = logged(project, "scenes", picture=b"x")
    with pytest.raises(NotFound, match=r"no artifact 'scene' .*Did you mean 'scenes'"):
        project.artifact("scene:latest")
    with pytest.raises(
        NotFound, match=r"no version or alias 'lates' of 'scenes'.*Did you mean 'latest'"
    ):
        project.artifact("scenes:lates")
    with pytest.raises(NotFound, match=r"no version or alias 'v7'.*v0"):
        project.artifact("scenes:v7")
    with pytest.raises(NotFound, match=r"no entry 'pictur' in scenes:v0.*Did you mean 'picture'"):
        artifact.get("pictur")
    with pytest.raises(NotFound, match="no run 'x'"):
        project.records.run("x")


def test_a_store_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Invalid, match="is a file"):
        Project(tmp_path / "file")
    with pytest.raises(Invalid):
        Project("a\0b")


def test_sqlite_is_set_to_outlast_a_power_cut(project: Project) -> None:
    logged(project, a=b"x")
    assert project.catalog.query("PRAGMA journal_mode") == [("truncate",)]
    assert project.catalog.query("PRAGMA synchronous") == [(2,)]
    assert project.catalog.query("PRAGMA busy_timeout") == [(10_000,)]
