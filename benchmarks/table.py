"""A table as training runs leave them: ids, texts, numbers and moments, the same at every call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from vitrail.dtypes import Number, Table, Text, Timestamp
from vitrail.layout import arrow_schema
from vitrail.parquet import write_parts
from vitrail.query.plan import Scan

SCHEMA = Table(
    (
        ("id", Number(integer=True)),
        ("name", Text()),
        ("label", Text()),
        ("predicted", Text()),
        ("score", Number(integer=False)),
        ("loss", Number(integer=False)),
        ("size", Number(integer=True)),
        ("logged", Timestamp(form="instant")),
    )
)
BEGAN_US = 1_700_000_000_000_000
_BATCH_ROWS = 122_880


def batches(rows: int, seed: int) -> Iterator[pa.Table]:
    """The rows, a row group at a time, in the layout of stored tables."""
    labels = pa.array([f"label {i:03}" for i in range(1000)])
    schema = arrow_schema(SCHEMA)
    for first in range(0, rows, _BATCH_ROWS):
        draw = np.random.default_rng((seed, first))
        count = min(_BATCH_ROWS, rows - first)
        ids = np.arange(first, first + count)
        label = draw.integers(0, 1000, count)
        predicted = np.where(draw.random(count) < 0.8, label, draw.integers(0, 1000, count))
        columns: list[pa.Array[Any]] = [
            pa.array(ids),
            pa.array([f"picture {i:09}" for i in ids]),
            labels.take(pa.array(label, pa.int64())),
            labels.take(pa.array(predicted, pa.int64())),
            pa.array(draw.random(count)),
            pa.array(draw.exponential(size=count)),
            pa.array(draw.integers(0, 5000, count)),
            pa.array(BEGAN_US + 1_000_000 * ids, pa.timestamp("us", "UTC")),
        ]
        yield pa.Table.from_arrays(
            [c.cast(field.type) for c, field in zip(columns, schema, strict=True)], schema=schema
        )


class Tables:
    """Tables of so many rows each, as files; the library of an engine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths: dict[str, tuple[Path, ...]] = {}

    def add(self, name: str, rows: int, seed: int) -> Scan:
        """Write a table and give the plan that reads it."""
        folder = self._folder / name
        folder.mkdir()
        paths, _ = write_parts(SCHEMA, batches(rows, seed), folder)
        self._paths[name] = tuple(paths)
        return Scan(name, SCHEMA, rows)

    def files(self, digest: str) -> tuple[Path, ...]:
        """The files of a table."""
        return self._paths[digest]
