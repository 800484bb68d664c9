"""Writes that the system refuses, stores that are read only, and others at work on one."""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from store_folder import logged

from vitrail.errors import StoreError
from vitrail.store.project import Project

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
