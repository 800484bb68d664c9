"""The store: what lies on the disk, and what it makes of damage, strangers and full disks."""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from vitrail.errors import Damaged, Invalid, NewerFormat, NotFound, StoreError
from vitrail.media.classes import Classes
from vitrail.store import commit as committing
from vitrail.store.artifact import Artifact
from vitrail.store.digest import canonical, digest_of, digest_of_file
from vitrail.store.project import Project
from vitrail.store.run import Run
from vitrail.store.shelf import Staging
from vitrail.table import Table


@pytest.fixture
def project(tmp_path: Path) -> Any:
    project = Project(tmp_path / "store")
    yield project
    project.close()


def logged(project: Project, name: str = "thing", **files: bytes) -> Artifact:
    """An artifact with some files, logged by a run of its own."""
    artifact = Artifact(name, "data")
    for entry, content in files.items():
        with artifact.new_file(entry, "wb") as file:
            file.write(content)
    with Run(project, "p", "job", None, None) as run:
        return run.log_artifact(artifact)


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in files_in(folder))


def flip(path: Path, place: int) -> None:
    """Damage one byte of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= 0x55
    path.write_bytes(content)


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


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        " a",
        "a/b",
        "..",
        ".",
        "a..b",
        "a\\b",
        "a:b",
        "a\0b",
        "a\nb",
        "\x1b[0m",
        "\ud800",
        "x" * 300,
        "字" * 100,
        None,
        7,
    ],
)
def test_hostile_artifact_names_are_refused(name: Any) -> None:
    with pytest.raises(Invalid):
        Artifact(name, "data")
    with pytest.raises(Invalid):
        Artifact("fine", name)


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>", "été 2026", "a'b\"c;--", "%00", "-rf", "CON", "🐕"]
)
def test_odd_but_harmless_names_are_kept_as_they_are(project: Project, name: str) -> None:
    assert logged(project, name, a=b"x").name == name
    assert project.artifact(name).get("a").read() == b"x"
    assert list(project.artifacts()["data"]) == [name]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../../x",
        "a//b",
        "a/",
        "./a",
        "C:/x",
        "a\\b",
        "a\0",
        "a/" * 400,
        "x" * 300,
    ],
)
def test_hostile_entry_names_are_refused(project: Project, tmp_path: Path, name: str) -> None:
    artifact = Artifact("thing", "data")
    with pytest.raises(Invalid):
        artifact.add(Classes([]), name)
    with pytest.raises(Invalid), artifact.new_file(name):
        pass
    with pytest.raises(Invalid):
        artifact.add_reference("https://example.org/x", name)
    assert artifact.names == ()


@pytest.mark.parametrize("alias", ["v3", "a:b", "a/b", "", "x" * 200])
def test_hostile_aliases_are_refused_before_anything_is_written(project: Project, alias: str) -> None:
    artifact = Artifact("thing", "data")
    artifact.add(Classes([]), "c")
    with Run(project, "p", "job", None, None) as run, pytest.raises(Invalid):
        run.log_artifact(artifact, aliases=[alias])
    assert project.artifacts() == {}


def test_a_hostile_manifest_does_not_lead_out_of_the_folder(project: Project, tmp_path: Path) -> None:
    """Whoever can write a manifest still cannot have `download` write elsewhere."""
    artifact = logged(project, a=b"x")
    document = artifact.manifest.model_dump(mode="json")
    document["entries"]["../../evil"] = document["entries"].pop("a")
    content = canonical(document)
    path = project.manifest_path(digest_of(content))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    with sqlite3.connect(project.catalog.path) as catalog:
        catalog.execute("UPDATE versions SET manifest = ?", (path.name,))
    catalog.close()
    with pytest.raises(Damaged, match="no part of an entry's name"):
        project.artifact("thing").download(tmp_path / "out")
    assert not (tmp_path / "evil").exists()


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


LOG = """
import sys, resource
from pathlib import Path
import vitrail as vt
from vitrail.errors import StoreError

store, limit = sys.argv[1], int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    with vt.init(project="p", store=store) as run:
        artifact = vt.Artifact("thing", "data")
        artifact.add(vt.Classes([{"id": i, "name": "n" * 100} for i in range(3000)]), "classes")
        with artifact.new_file("f") as file:
            file.write("x" * 50_000)
        run.log_artifact(artifact)
    print("logged")
except StoreError as error:
    print(error)
"""


def test_a_write_that_the_system_refuses_is_told_and_leaves_no_version(project: Project) -> None:
    """A limit on the size of files stands for the full disk: writes fail in the middle."""
    logged(project, a=b"before")
    command = [sys.executable, "-c", LOG, str(project.root), "120000"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "ulimit -f" in done.stdout, done.stdout
    assert str(project.root) in done.stdout
    assert list(project.artifacts()["data"]) == ["thing"]
    assert project.artifact("thing").get("a").read() == b"before"
    assert project.verify() == ()


def as_a_stranger(work: Callable[[], str]) -> str:
    """What a forked process says that, unlike the superuser, may write nothing here."""
    ours, theirs = os.pipe()
    process = os.fork()
    if not process:
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            said = work()
        except BaseException as error:  # noqa: BLE001 - it is told by the test
            said = f"{type(error).__name__}: {error}"
        os.write(theirs, said.encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        said = pipe.read()
    os.waitpid(process, 0)
    return said


def test_a_read_only_store_is_read_and_a_write_to_it_is_told() -> None:
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        project = Project(Path(folder, "store"))
        logged(project, a=b"x", big=b"b" * 200_000)
        paths = [project.root, *project.root.rglob("*")]
        for path in paths:
            path.chmod(0o555 if path.is_dir() else 0o444)

        def read() -> str:
            artifact = Project(project.root).artifact("thing")
            return f"{artifact.get('a').path().read_text()} {len(artifact.get('big').read())}"

        def write() -> str:
            return logged(Project(project.root), a=b"y").version

        def begin() -> str:
            return logged(Project(Path(folder, "new")), a=b"y").version

        said = [as_a_stranger(work) for work in (read, write, begin)]
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)
        project.close()
    assert said[0] == "x 200000"
    for words, place in zip(said[1:], ("store", "new"), strict=True):
        assert re.match("StoreError: .*no permission; choose another folder", words)
        assert f"{folder}/{place}" in words


def test_another_process_that_holds_the_catalog_is_waited_for_and_then_named(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged(project, a=b"x")
    project.close()
    monkeypatch.setattr("vitrail.store.catalog.WAIT_S", 0.2)
    other = sqlite3.connect(project.catalog.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="held by another process"):
        logged(project, a=b"y")
    assert project.artifact("thing").get("a").read() == b"x"
    other.execute("ROLLBACK")
    other.close()
    assert logged(project, a=b"y").version == "v1"
