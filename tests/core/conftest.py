"""Places to keep things, for all tests of the core."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tables_shelf import FolderShelf

from vitrail.store.project import Project


@pytest.fixture
def shelf(tmp_path: Path) -> FolderShelf:
    return FolderShelf(tmp_path / "shelf")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = Project(tmp_path / "store")
    yield project
    project.close()
