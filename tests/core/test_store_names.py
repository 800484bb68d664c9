"""Names of strangers: refused where they do harm, kept as they are where they do none."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from store_folder import logged

from vitrail.errors import Damaged, Invalid
from vitrail.media.classes import Classes
from vitrail.store.artifact import Artifact
from vitrail.store.digest import canonical, digest_of
from vitrail.store.project import Project
from vitrail.store.run import Run


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
