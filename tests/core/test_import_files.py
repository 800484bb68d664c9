"""Parquet files that many programs wrote, whole and broken: read, or refused with a reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vitrail.errors import CellError, Invalid
from vitrail.table import Table

DATA = Path(os.environ.get("VITRAIL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
FOLDER = DATA / "parquet_testing"
HUGE = {"large_string_map.brotli.parquet"}  # unpacks to gigabytes before it is refused


def test_every_parquet_file_is_read_or_refused_with_a_reason() -> None:
    import pyarrow.parquet as pq

    files = sorted(path for path in FOLDER.rglob("*.parquet") if path.name not in HUGE)
    if not files:
        pytest.skip("the Parquet files of many programs are not here; set VITRAIL_DATA")
    reasons: dict[Path, str] = {}
    for path in files:
        try:
            table = Table.of_files([path])
        except (CellError, Invalid) as error:
            reasons[path] = str(error)
        else:
            assert len(table) == sum(map(len, pq.ParquetFile(path).iter_batches())), path.name
    assert [path.name for path, reason in reasons.items() if str(path) not in reason] == []
    assert len(files) - len(reasons) > 20
