"""Artifacts: what is added is what is got, here and in another process."""

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vitrail as vt
from vitrail.errors import Invalid, NotFound
from vitrail.store.digest import digest_of
from vitrail.store.lineage import Edge


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "store"


def picture(seed: int) -> vt.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    box = {"position": {"minX": 1, "maxX": 5, "minY": 2, "maxY": 6}, "domain": "pixel", "class_id": 1}
    layer = {"box_data": [box], "class_labels": {1: "dog"}}
    masks = {"m": {"mask_data": (pixels[:, :, 0] > 128).astype(np.uint8), "class_labels": {1: "dog"}}}
    return vt.Image(pixels, boxes={"b": layer}, masks=masks, caption=f"number {seed}")


def things() -> dict[str, Any]:
    """One of each kind."""
    left = vt.Table(["id", "image"], [[n, picture(n)] for n in range(3)])
    right = vt.Table(["id", "label"], [[n, "ab"[n % 2]] for n in range(3)])
    return {
        "left": left,
        "nested/name": right,
        "joined": vt.JoinedTable(left, right, "id"),
        "image": picture(9),
        "classes": vt.Classes([{"id": 1, "name": "dog"}]),
    }


def filled(name: str = "thing", **more: Any) -> vt.Artifact:
    artifact = vt.Artifact(name, "data", **more)
    for entry, thing in things().items():
        artifact.add(thing, entry)
    return artifact


def test_what_was_added_is_got(store: Path) -> None:
    with vt.init(project="p", store=store) as run:
        run.log_artifact(filled(metadata={"rows": 3, "loss": float("inf")}, description="one of each"))
    back = vt.Api(store).artifact("thing")
    assert {name: back.get(name) for name in back.names} == things()
    assert back.metadata == {"rows": 3, "loss": float("inf")}
    assert back.description == "one of each"
    assert sorted(back.names) == sorted(things())
    assert all(back.entry(name).size > 0 for name in ("left", "nested/name", "joined", "image"))


def test_an_artifact_is_filled_before_it_is_logged(store: Path) -> None:
    artifact = filled()
    assert artifact.get("classes") == things()["classes"]
    with pytest.raises(Invalid, match="not logged yet"):
        _ = artifact.version
    with pytest.raises(Invalid, match="has an entry 'classes' already"):
        artifact.add(vt.Classes([]), "classes")
    with pytest.raises(Invalid, match="dict is nothing that an artifact holds"):
        artifact.add({}, "x")  # type: ignore[arg-type]
    with vt.init(store=store):
        assert vt.log_artifact(artifact) is artifact
    assert artifact.version == "v0"
    with pytest.raises(Invalid, match="is logged and does not change"):
        artifact.add(vt.Classes([]), "more")


def test_files_and_folders_are_kept_as_they_were_when_added(store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.bin").write_bytes(b"a")
    (folder / "deep" / "b.bin").write_bytes(b"b" * 200_000)
    artifact = vt.Artifact("files", "data")
    artifact.add_dir(folder)
    artifact.add_dir(folder, "again")
    artifact.add_file(folder / "a.bin", "other name")
    with artifact.new_file("new.txt") as file:
        file.write("é")
    with pytest.raises(RuntimeError), artifact.new_file("bad.txt"):
        raise RuntimeError
    with pytest.raises(NotFound, match="use add_dir"):
        artifact.add_file(folder)
    (folder / "a.bin").write_bytes(b"changed")
    with vt.init(store=store) as run:
        run.log_artifact(artifact)
    back = vt.Api(store).artifact("files")
    wanted = {"a.bin": b"a", "deep/b.bin": b"b" * 200_000, "other name": b"a", "new.txt": "é".encode()}
    wanted |= {"again/a.bin": b"a", "again/deep/b.bin": b"b" * 200_000}
    assert {name: back.get(name).read() for name in back.names} == wanted
    target = back.download(tmp_path / "out")
    found = {p.relative_to(target).as_posix(): p.read_bytes() for p in target.rglob("*") if p.is_file()}
    assert found == wanted
    assert back.get_path("deep/b.bin").size == 200_000
    assert back.get_path("a.bin").digest == digest_of(b"a")
    assert back.get_path("a.bin").download() == Path("artifacts/files-v0/a.bin")


def test_tables_are_downloaded_as_parquet_and_the_rest_as_documents(store: Path, tmp_path: Path) -> None:
    with vt.init(store=store) as run:
        artifact = run.log_artifact(filled())
    folder = artifact.download(tmp_path / "out")
    assert (folder / "nested/name.parquet").read_bytes()[:4] == b"PAR1"
    assert (folder / "classes.classes.json").is_file()


def test_references_keep_no_bytes(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "far.bin"
    file.write_bytes(b"far")
    artifact = vt.Artifact("refs", "data")
    artifact.add_reference("s3://bucket/key.bin")
    artifact.add_reference(file, "near")
    with vt.init(store=store) as run:
        run.log_artifact(artifact)
    back = vt.Api(store).artifact("refs")
    assert back.get("key.bin").uri == "s3://bucket/key.bin"
    assert back.get_path("near").download(tmp_path / "out").read_bytes() == b"far"
    with pytest.raises(Invalid, match="no request leaves this machine"):
        back.get_path("key.bin").download()
    file.write_bytes(b"changed")
    with pytest.raises(Invalid, match="has changed"):
        back.get("near").path()
    assert back.size == 0


def kept(store: Path) -> set[Path]:
    """All files with blobs."""
    return {path for kind in ("blobs", "packs") for path in (store / kind).rglob("*")}


def test_another_artifacts_bytes_are_named_and_not_kept_again(store: Path) -> None:
    with vt.init(store=store) as run:
        first = run.log_artifact(filled("first"))
    before = kept(store)
    with vt.init(store=store) as run:
        used = run.use_artifact("first:latest")
        second = vt.Artifact("second", "data")
        second.add(used.get("image"), "image")
        second.add_reference(used.get_path("left"), "table")
        run.log_artifact(second)
    after = kept(store)
    assert after == before
    assert vt.Api(store).artifact("second").get("table") == things()["left"]
    assert Edge("first:v0", "second:v0", "refers") in vt.Api(store).lineage().edges
    assert [run.id for run in first.used_by()] == [second.logged_by().id]  # type: ignore[union-attr]


def test_the_ancestor_is_the_version_that_the_run_used(store: Path) -> None:
    """Two versions share a picture: the edge leads to the one that was read."""
    for label in ("a", "b"):
        with vt.init(store=store) as run:
            artifact = vt.Artifact("first", "data")
            artifact.add(picture(1), "image")
            artifact.add(vt.Classes([{"id": 0, "name": label}]), "classes")
            run.log_artifact(artifact)
    for version in ("v0", "v1"):
        with vt.init(store=store) as run:
            child = vt.Artifact(f"child-{version}", "data")
            child.add(run.use_artifact(f"first:{version}").get("image"), "image")
            run.log_artifact(child)
    refers = {(e.source, e.target) for e in vt.Api(store).lineage().edges if e.kind == "refers"}
    assert refers == {("first:v0", "child-v0:v0"), ("first:v1", "child-v1:v0")}


def test_a_joined_table_names_the_tables_of_other_artifacts(store: Path) -> None:
    with vt.init(store=store) as run:
        run.log_artifact(filled("first"))
    with vt.init(store=store) as run:
        used = run.use_artifact("first")
        joined = vt.Artifact("joined", "data")
        joined.add(vt.JoinedTable(used.get("left"), used.get("nested/name"), "id"), "joined")
        run.log_artifact(joined)
    back = vt.Api(store).artifact("joined")
    assert back.get("joined") == things()["joined"]
    named = [table["artifact"] for table in back.entry("joined").document["tables"]]
    assert named == [used.digest, used.digest]
    assert Edge("first:v0", "joined:v0", "refers") in vt.Api(store).lineage().edges


def test_an_artifact_of_one_store_can_be_logged_into_another(store: Path, tmp_path: Path) -> None:
    with vt.init(store=store) as run:
        first = run.log_artifact(filled())
    with vt.init(store=tmp_path / "other") as run:
        with pytest.raises(Invalid, match="in another store"):
            run.use_artifact(first)
        copy = run.log_artifact(first)
    assert copy.digest == first.digest
    assert {name: copy.get(name) for name in copy.names} == things()
    copy.verify()


def test_a_new_draft_has_what_the_version_had_and_takes_more(store: Path) -> None:
    with vt.init(store=store) as run:
        first = run.log_artifact(filled())
        draft = first.new_draft()
        draft.add(vt.Classes([{"id": 7, "name": "more"}]), "more")
        second = run.log_artifact(draft)
    assert (first.version, second.version) == ("v0", "v1")
    assert {name: second.get(name) for name in things()} == things()
    assert second.get("more").pairs == ((7, "more"),)


def test_it_is_read_in_another_process(store: Path) -> None:
    with vt.init(store=store) as run:
        artifact = run.log_artifact(filled(), aliases=["best", "mine"])
    code = """
import hashlib, sys
import vitrail as vt
found = vt.Api(sys.argv[1]).artifact("thing:best")
found.verify()
pixels = [row[1].pixels().tobytes() for _, row in found.get("left").iterrows()]
print(found.digest, found.aliases, hashlib.sha256(b"".join(pixels)).hexdigest())
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(store)], capture_output=True, text=True, check=True
    )
    pixels = b"".join(row[1].pixels().tobytes() for _, row in things()["left"].iterrows())
    wanted = f"{artifact.digest} ['best', 'latest', 'mine'] {hashlib.sha256(pixels).hexdigest()}"
    assert done.stdout.strip() == wanted


def test_an_object_that_cannot_be_stored_leaves_no_version(store: Path) -> None:
    artifact = vt.Artifact("thing", "data")
    artifact.add(vt.Classes([]), "fine")
    artifact.add(vt.Table([]), "no columns")
    with vt.init(store=store) as run:
        with pytest.raises(Invalid, match="without columns"):
            run.log_artifact(artifact)
        assert not artifact.is_logged
        with pytest.raises(NotFound):
            run.use_artifact("thing")
    project = vt.Api(store).project
    assert project.artifacts() == {}
    assert kept(store) == set()


@pytest.mark.parametrize("metadata", [{"a": object()}, {1: "x"}, {"deep": [{"a": {1, 2}}]}])
def test_metadata_that_cannot_be_kept_is_refused(metadata: dict[Any, Any]) -> None:
    with pytest.raises(Invalid, match="the metadata"):
        vt.Artifact("thing", "data", metadata=metadata)


def test_numpy_numbers_in_metadata_are_numbers() -> None:
    artifact = vt.Artifact(
        "thing", "data", metadata={"a": np.float32(0.5), "b": (np.int64(3), Path("x"))}
    )
    assert artifact.metadata == {"a": 0.5, "b": [3, "x"]}
