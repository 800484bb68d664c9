"""Time the engine beside SQL written by hand, in one run on one machine.

    python -m benchmarks [--rows 1000000] [--repeat 5]

The engine's time has everything in it: plan, process, transfer, decoding; no answer is kept, but what all
cells of a column share is asked before the clock starts, as it is known after a table's first window. The
SQL runs in this process, in a DuckDB with the same settings, over the same files.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.cases import Case, cases
from benchmarks.table import Tables
from vitrail.query.duck import DuckEngine
from vitrail.query.plan import Scan


def main() -> None:
    """Print a table of medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tables = Tables(Path(folder))
        one, two = (tables.add(name, chosen.rows, seed) for seed, name in enumerate(("one", "two")))
        print(f"{chosen.rows:,} rows, medians of {chosen.repeat}\n")
        compare(tables, one, two, chosen.repeat)


def compare(tables: Tables, one: Scan, two: Scan, repeat: int) -> None:
    """Time every case, the engine's and the hand's turns mixed, and print each as a line."""
    engine = DuckEngine(tables, workers=1, cache_bytes=0)
    known = {name: engine.domain(one, name) for name in ("score", "loss", "size")}
    engine.domain = lambda _plan, column, **_: known[column]  # type: ignore[method-assign]
    plain = duckdb.connect(config={"threads": engine.limits.threads})
    plain.execute("SET perfect_ht_threshold = 20")
    places = {name: _read(tables, name) for name in (one.table, two.table)}
    print("| question | engine, ms | by hand, ms | ratio | at most |")
    print("|---|---:|---:|---:|---:|")
    for case in cases(one, two):
        text = case.sql.format(one=places[one.table], two=places[two.table])
        runs = (partial(case.ask, engine), partial(_by_hand, plain, text))
        ours, hand = _medians_ms(repeat, *runs)
        print(_line(case, ours, hand), flush=True)
    engine.close()
    peak_bytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(f"\npeak memory of the engine's worker: {peak_bytes / 1e6:,.0f} MB")


def _read(tables: Tables, name: str) -> str:
    return f"read_parquet({[str(path) for path in tables.files(name)]})"


def _by_hand(plain: duckdb.DuckDBPyConnection, text: str) -> object:
    return plain.sql(text).to_arrow_table()


def _medians_ms(repeat: int, *runs: Callable[[], Any]) -> list[float]:
    """The median of each, after one run to warm up; they take turns, so that a busy moment hits all."""
    times: list[list[float]] = [[] for _ in runs]
    for number in range(repeat + 1):
        for run, into in zip(runs, times, strict=True):
            began = time.perf_counter()
            run()
            if number:
                into.append(time.perf_counter() - began)
    return [statistics.median(into) * 1000 for into in times]


def _line(case: Case, ours: float, hand: float) -> str:
    most = "" if case.most is None else f"{case.most:g}"
    return f"| {case.name} | {ours:.1f} | {hand:.1f} | {ours / hand:.2f} | {most} |"


if __name__ == "__main__":
    main()
