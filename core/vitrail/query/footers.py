"""What the footers of a table's files say: how many rows each has, and what is known of their values."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from vitrail.statistics import KEY, Known, from_metadata

if TYPE_CHECKING:
    import duckdb


def row_offsets(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> tuple[int, ...]:
    """The number of rows before each of a table's files."""
    found = connection.execute(
        "SELECT file_name, num_rows FROM parquet_file_metadata($files)", {"files": list(names)}
    ).fetchall()
    rows = dict(found)
    return tuple(accumulate((rows[name] for name in names), initial=0))[:-1]


def known_of_files(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> Known:
    """What is known of a table's values; nothing where one of its files does not say."""
    found = connection.execute(
        "SELECT file_name, value FROM parquet_kv_metadata($files) WHERE key = $key",
        {"files": list(names), "key": KEY.encode()},
    ).fetchall()
    texts = dict(found)
    return from_metadata(texts.get(name) for name in names)
