"""A project of two versions of one small table, and what its rows are drawn by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import vitrail as vt
from vitrail.dtypes import Number
from vitrail.hookspecs import hookimpl
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Source

HOSTILE = '<script>"$a.b"'
SOURCE = Source(artifact="rows:v1", entry="table")
OTHER = Source(artifact="rows:v0", entry="table")
LABELS = ("cat", "dog", "cow")


class Raising:
    """A visualizer that fails."""

    name = "raising"
    accepts = Number()

    def cell(self, data: Any, dtype: Any, frame: Any) -> str:
        raise RuntimeError("no <b>picture</b> today")


class Brings:
    @hookimpl
    def vitrail_visualizers(self) -> list[type]:
        return [Raising]


def plugins() -> Registry:
    registry = Registry()
    registry.load_entry_points()
    registry.register(Brings(), name="brings", distribution="brings 1.0")
    return registry


@contextmanager
def logged(root: Path) -> Iterator[Project]:
    """`rows:v0` and `rows:v1` with thirty rows each, and `joined:v0` of both."""
    with vt.init(project="p", job_type="make", store=root) as run:
        tables = []
        for version in range(2):
            table = vt.Table(columns=["id", "label", "loss", "picture", HOSTILE])
            for row in range(30):
                image = vt.Image(np.full((8, 12, 3), row, "uint8"))
                missing = None if row == 0 else HOSTILE
                table.add_data(row, LABELS[row % 3], row / 10 + version, image, missing)
            artifact = vt.Artifact("rows", "dataset")
            artifact.add(table, "table")
            run.log_artifact(artifact)
            tables.append(table)
        joined = vt.Artifact("joined", "dataset")
        joined.add(vt.JoinedTable(*tables, "id"), "table")
        run.log_artifact(joined)
    project = Project(root)
    try:
        yield project
    finally:
        project.close()
