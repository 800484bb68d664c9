"""Time the engine beside SQL written by hand, in one run on one machine.

    python -m benchmarks [--rows 1000000] [--repeat 5] [--full] [--index] [--case WORD] [--folder FOLDER]

The engine's time has everything in it: plan, process, transfer, decoding; no answer is kept, but what all
cells of a column share is asked before the clock starts, as it is known after a table's first window. The
SQL runs in this process, in a DuckDB with the same settings, over the same files.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.cases import Case, cases
from benchmarks.run import Bench, Figures
from benchmarks.table import NARROW, WIDE, Tables

FULL_ROWS = 100_000_000


def main() -> None:
    """Print a table of medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--full", action="store_true", help="100,000,000 rows of 6 columns")
    parser.add_argument("--index", action="store_true", help="ask with an index beside the files")
    parser.add_argument("--case", default="", help="only cases with this in their name")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "vitrail-bench")
    chosen = parser.parse_args()
    rows, schema = (FULL_ROWS, NARROW) if chosen.full else (chosen.rows, WIDE)
    tables = Tables(chosen.folder)
    one = tables.add(schema, rows, 0)
    two = None if chosen.full else tables.add(NARROW, rows, 1)
    bench = Bench(tables, one, two, index=chosen.index)
    size = f"{len(schema.columns or ())} columns, {tables.size_bytes(one.table) / 1e6:,.0f} MB"
    print(f"{rows:,} rows, {size}, medians of {chosen.repeat}\n")
    print("| question | by hand, ms | engine, ms | ratio | at most | again, ms | text to SQL, ms |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    try:
        for case in cases(one, two):
            if chosen.case in case.name:
                most = case.indexed if chosen.index else case.first
                print(_line(case, bench.figures(case, chosen.repeat), most), flush=True)
        print(f"\npeak memory of the engine's worker: {bench.peak_bytes / 1e6:,.0f} MB")
    finally:
        bench.close()


def _line(case: Case, figures: Figures, most: float | None) -> str:
    aim = "" if most is None else f"{most:g}"
    return (
        f"| {case.name} | {figures.hand:.1f} | {figures.first:.1f} | {figures.first / figures.hand:.2f} "
        f"| {aim} | {figures.again:.1f} | {figures.text:.1f} |"
    )


if __name__ == "__main__":
    main()
