"""How long windows and reductions take beside hand-written DuckDB SQL, in one run on one machine.

    python benchmarks/windows.py [--rows 1000000] [--repeat 5]

Every line gives the engine's median, that of SQL written by hand and run in a DuckDB of its own over the
same file, and their ratio. The engine's time has everything in it: plan, process, transfer, decoding; its
cache is off.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vitrail.dtypes import Number, Table, Text
from vitrail.layout import metadata
from vitrail.query.duck import DuckEngine
from vitrail.query.expr import Call, Column, Literal
from vitrail.query.plan import Compare, Group, Plan, Scan, Sort, Where
from vitrail.query.reduction import Bins, Reduction, Values

SCHEMA = Table(
    (("id", Number(True)), ("label", Text()), ("score", Number(False)), ("loss", Number(False)))
)
VALUES = {name: Values() for name, _ in SCHEMA.columns or ()}


class Files:
    """Two tables of the same rows, the second with other scores."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.paths: dict[str, tuple[Path, ...]] = {}
        for name in ("one", "two"):
            draw = np.random.default_rng(len(name) + ord(name[0]))
            table = pa.table(
                {
                    "c0": np.arange(rows),
                    "c1": pa.array([f"label {i:03}" for i in draw.integers(0, 1000, rows)]),
                    "c2": draw.random(rows),
                    "c3": draw.exponential(size=rows),
                }
            ).replace_schema_metadata(metadata(SCHEMA))
            path = folder / f"{name}.parquet"
            pq.write_table(table, path, compression="zstd", compression_level=3, row_group_size=122_880)
            self.paths[name] = (path,)

    def files(self, digest: str) -> tuple[Path, ...]:
        return self.paths[digest]


def median_ms(run: Callable[[int], Any], repeat: int) -> float:
    """The median of several runs, each told its number, after one to warm up."""
    run(0)
    times = []
    for number in range(1, repeat + 1):
        began = time.perf_counter()
        run(number)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Files(Path(folder), chosen.rows), chosen.rows, chosen.repeat)


def measure(files: Files, rows: int, repeat: int) -> None:
    """Ask everything of the engine and of plain DuckDB."""
    engine = DuckEngine(files, workers=1, cache_bytes=0)
    plain = duckdb.connect(config={"threads": 2})
    one, two = (str(files.files(name)[0]) for name in ("one", "two"))
    scan, other = Scan("one", SCHEMA, rows), Scan("two", SCHEMA, rows)

    def column(name: str) -> Column:
        return Column(name, None, scan.column(name))

    def window(plan: Plan, start: int, asks: dict[str, Reduction]) -> Callable[[int], Any]:
        return lambda _: engine.window(plan, start, start + 50, asks)

    def sql(text: str) -> Callable[[int], Any]:
        return lambda _: plain.execute(text).fetchall()

    kept = Where(scan, Call("$gt", (column("score"), Literal(0.9))))
    group = Group(scan, (("label", column("label")),))
    compare = Compare((scan, other), ("v0", "v1"), "id")
    low, step = "(SELECT min(c2) FROM t)", "(SELECT (max(c2) - min(c2)) / 20 FROM t)"
    cases: list[tuple[str, Callable[[int], Any], Callable[[int], Any]]] = [
        (
            "count, score > 0.9",
            lambda _: engine.count(kept),
            sql(f"SELECT count(*) FROM '{one}' WHERE c2 > 0.9"),
        ),
        ("first 50 rows", window(scan, 0, VALUES), sql(f"SELECT * FROM '{one}' LIMIT 50")),
        (
            "50 rows in the middle",
            window(scan, rows // 2, VALUES),
            sql(f"SELECT * FROM '{one}' LIMIT 50 OFFSET {rows // 2}"),
        ),
        (
            "50 filtered rows in the middle",
            window(kept, rows // 20, VALUES),
            sql(f"SELECT * FROM '{one}' WHERE c2 > 0.9 LIMIT 50 OFFSET {rows // 20}"),
        ),
        (
            "top 50 by loss",
            window(Sort(scan, ((column("loss"), True),)), 0, VALUES),
            sql(f"SELECT * FROM '{one}' ORDER BY c3 DESC LIMIT 50"),
        ),
        (
            "50 rows, sorted, in the middle",
            window(Sort(scan, ((column("loss"), True),)), rows // 2, VALUES),
            sql(f"SELECT * FROM '{one}' ORDER BY c3 DESC LIMIT 50 OFFSET {rows // 2}"),
        ),
        (
            "histogram of a column",
            lambda _: engine.reduce(scan, {"score": Bins(20)}),
            sql(
                f"WITH t AS (SELECT c2 FROM '{one}') "
                f"SELECT floor((c2 - {low}) / {step}) AS b, count(*) FROM t GROUP BY b"
            ),
        ),
        (
            "50 of 1,000 groups: sizes and 2 histograms",
            window(
                group, 0, {"label": Values(), "count": Values(), "score": Bins(20), "loss": Bins(20)}
            ),
            sql(
                f"SELECT c1, count(*), histogram(floor(c2 * 20)), histogram(floor(c3 * 2)) "
                f"FROM '{one}' WHERE c1 <= 'label 049' GROUP BY c1 ORDER BY c1"
            ),
        ),
        (
            "50 rows of two versions",
            window(compare, rows // 2, {"id": Values(), "score": Values(), "label": Values()}),
            sql(
                f"SELECT coalesce(a.c0, b.c0) AS k, a.c2, b.c2, a.c1, b.c1 FROM '{one}' a "
                f"FULL JOIN '{two}' b ON a.c0 = b.c0 ORDER BY k LIMIT 50 OFFSET {rows // 2}"
            ),
        ),
    ]
    print(f"{'question':<46}{'engine ms':>10}{'by hand ms':>12}{'ratio':>8}")
    for name, ours, theirs in cases:
        mine, hand = median_ms(ours, repeat), median_ms(theirs, repeat)
        print(f"{name:<46}{mine:>10.1f}{hand:>12.1f}{mine / hand:>8.2f}")
    engine.close()


if __name__ == "__main__":
    main()
