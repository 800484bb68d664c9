"""What a page asks of tables that are joined, compared and grouped at once.

    python -m benchmarks.compared [--rows 1000000] [--folder FOLDER]

For each question the time until something is shown, an estimate where there is one, and until the exact
answer is there, from the files alone and with an index; no answer is kept. What all cells of a column
share is asked before the clock starts, as it is known once a page was open.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.grid import PATIENCE_S, SEEN, elapsed_ms
from benchmarks.run import LIMITS, Knowing
from benchmarks.table import NARROW, Tables
from vitrail.query.duck import DuckEngine
from vitrail.query.plan import Compare, Join, Plan, Scan
from vitrail.query.planning import filtered, grouped_by
from vitrail.query.reduction import Bins, Counts, Reduction, Values

_TURNS = 5


def questions(one: Scan, two: Scan) -> Mapping[str, tuple[Plan, Mapping[str, Reduction]]]:
    """Plans of groups with what is asked of each group."""
    joined = Join(one, two, ("id", "id")), Join(two, one, ("id", "id"))
    compared = Compare(joined, ("v0", "v1"), "0.id")
    kept = filtered(compared, "{$gt: ['$1.1.score', '$0.1.score']}")[0]
    asks: dict[str, Reduction] = {"count": Values(), "1.score": Bins(20), "1.pred": Counts(20)}
    alone = Compare((one, two), ("v0", "v1"), "id")
    return {
        "compared, by label": (grouped_by(alone, ["$label"]), {"count": Values(), "score": Bins(20)}),
        "joined, compared, by label": (grouped_by(compared, ["$0.0.label"]), asks),
        "those where one is better": (grouped_by(kept, ["$0.0.label"]), asks),
    }


def told(engine: DuckEngine, plan: Plan, asks: Mapping[str, Reduction]) -> tuple[float, float]:
    """The medians until something is shown and until the exact answer is there."""
    ways: tuple[Callable[[], Any], ...] = (
        lambda: engine.estimate_window(plan, 0, SEEN, asks),
        lambda: engine.window(plan, 0, SEEN, asks),
    )
    times: list[list[float]] = [[], []]
    for _ in range(_TURNS + 1):
        for way, into in zip(ways, times, strict=True):
            took_ms, found = elapsed_ms(way)
            into.append(took_ms if found is not None else 0.0)
    first_ms, exact_ms = (statistics.median(into[1:]) for into in times)
    return first_ms or exact_ms, exact_ms


def main() -> None:
    """Make the tables and their indexes where they lack, and print the questions."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compared")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "vitrail-bench")
    chosen = parser.parse_args()
    tables = Tables(chosen.folder)
    one, two = (tables.add(NARROW, chosen.rows, seed) for seed in (0, 1))
    print(
        "| question | first, ms | exact, ms | first, indexed | exact, indexed |\n|---|---:|---:|---:|---:|"
    )
    with tempfile.TemporaryDirectory() as scratch:
        engines = [
            Knowing(tables, workers=2, cache_bytes=0, disk_bytes=0, scratch=folder, limits=LIMITS)
            for folder in (None, Path(scratch))
        ]
        if not all(engines[1].indexed(scan, PATIENCE_S) for scan in (one, two)):
            raise SystemExit("no index was built")
        for name, (plan, asks) in questions(one, two).items():
            found = [ms for engine in engines for ms in told(engine, plan, asks)]
            print(f"| {name} | {' | '.join(f'{ms:.0f}' for ms in found)} |", flush=True)
        for engine in engines:
            engine.close()


if __name__ == "__main__":
    main()
