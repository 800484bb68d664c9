"""Tables in a folder, for tests of what answers questions about them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vitrail.dtypes import DType, Table
from vitrail.layout import arrow_schema, metadata, to_arrow
from vitrail.parquet import options
from vitrail.query.duck import DuckEngine
from vitrail.query.expr import Call, Column, Expr, Literal
from vitrail.query.plan import Plan, Scan

Columns = Mapping[str, tuple[DType, Sequence[Any]]]


class Folder:
    """A library of Parquet files by the digest of their content."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts: dict[str, tuple[Path, ...]] = {}

    def files(self, digest: str) -> tuple[Path, ...]:
        return self.parts[digest]

    def put(self, columns: Columns, *, parts: int = 1, row_group_rows: int = 122_880) -> Scan:
        """Write columns of (type, values) as a table of one or several files."""
        dtype = Table(tuple((name, kind) for name, (kind, _) in columns.items()))
        schema = arrow_schema(dtype)
        arrays = [to_arrow(list(values), kind) for kind, values in columns.values()]
        return self.put_arrow(pa.Table.from_arrays(arrays, schema=schema), dtype, parts, row_group_rows)

    def put_arrow(
        self, table: pa.Table, dtype: Table, parts: int = 1, row_group_rows: int = 122_880
    ) -> Scan:
        """Write a table that lies in our layout."""
        table = table.replace_schema_metadata(metadata(dtype))
        step = -(-max(table.num_rows, 1) // parts)
        paths, digest = [], hashlib.sha256(str(len(self.parts)).encode())
        for part in range(parts):
            path = self.folder / f"{len(self.parts)}-{part}.parquet"
            piece = table.slice(part * step, step)
            pq.write_table(piece, path, row_group_size=row_group_rows, **options(dtype))
            digest.update(path.read_bytes())
            paths.append(path)
        self.parts[digest.hexdigest()] = tuple(paths)
        return Scan(digest.hexdigest(), dtype, table.num_rows)


@contextmanager
def engine_over(folder: Folder, **settings: Any) -> Iterator[DuckEngine]:
    """An engine over a folder, ended afterwards."""
    engine = DuckEngine(folder, **settings)
    try:
        yield engine
    finally:
        engine.close()


def col(plan: Plan, name: str) -> Column:
    """A column of a plan."""
    return Column(name, None, plan.column(name))


def side(plan: Plan, place: int, name: str) -> Column:
    """A column of one of the tables that a plan joins or compares."""
    return Column(name, place, dict(plan.sides[place].columns or ())[name])


def greater(left: Expr, right: float | str) -> Call:
    """Whether a value is greater than a constant."""
    return Call("$gt", (left, Literal(right)))
