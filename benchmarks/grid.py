"""What the grid asks of a table of a hundred million rows, once its index is there.

    python -m benchmarks.grid [--rows 100000000] [--folder FOLDER]

For each interaction the time until something is shown, an estimate where there is one, and until the
exact answer is there, and of a page that of the page after it. Each is asked for the first time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.table import NARROW, Tables
from vitrail.query.duck import DuckEngine
from vitrail.query.plan import Plan
from vitrail.query.planning import filtered, grouped_by, sorted_by
from vitrail.query.reduction import Bins, Counts, Reduction, Values

PATIENCE_S = 1800
SEEN = 16  # groups on screen
FILTER = "{$gt: ['$score', 0.3]}"


def elapsed_ms(ask: Callable[[], Any]) -> tuple[float, Any]:
    """How long a question takes, and its answer."""
    began_s = time.perf_counter()
    answer = ask()
    return 1000 * (time.perf_counter() - began_s), answer


class Grid:
    """Asks what a page asks.

    Args:
        engine: whom.
        table: of which rows.
    """

    def __init__(self, engine: DuckEngine, table: Plan) -> None:
        self.engine, self.table = engine, table
        self.names = [name for name, _ in table.dtype.columns or ()]
        self.values: dict[str, Reduction] = {name: Values() for name in self.names}
        self.headers: dict[str, Reduction] = {
            name: Counts() if name in ("label", "pred") else Bins() for name in self.names
        }
        self.kept = filtered(table, FILTER)[0]
        self.groups = grouped_by(table, ["label"])

    def page(self, name: str, plan: Plan, start: int) -> None:
        """Fifty rows, and the fifty after them."""
        engine, values, rows = self.engine, self.values, 50
        self.tell(
            name,
            lambda: engine.estimate_window(plan, start, start + rows, values),
            lambda: engine.window(plan, start, start + rows, values),
            lambda: engine.window(plan, start + rows, start + 2 * rows, values),
        )

    def tell(
        self,
        name: str,
        first: Callable[[], Any],
        exact: Callable[[], Any],
        after: Callable[[], Any] | None = None,
    ) -> None:
        """Ask, and print a line of the table."""
        first_ms, found = elapsed_ms(first)
        exact_ms, _ = elapsed_ms(exact)
        shown = f"{first_ms if found is not None else exact_ms:.0f}"
        after_ms = f"{elapsed_ms(after)[0]:.0f}" if after else ""
        print(f"| {name} | {shown} | {exact_ms:.0f} | {after_ms} |", flush=True)

    def run(self) -> None:
        """Every interaction, once."""
        engine, rows = self.engine, self.engine.count(self.table)
        for name, start in (
            ("first page", 0),
            ("page in the middle", rows // 2),
            ("last page", rows - 100),
        ):
            self.page(name, self.table, start)
        kept, equal = self.kept, filtered(self.table, "{$eq: ['$label', 'label 007']}")[0]
        differing = filtered(self.table, "{$ne: ['$label', '$pred']}")[0]
        for name, plan in ((FILTER, kept), ("label = x", equal), ("label <> pred", differing)):
            self.tell(
                f"count of {name}",
                lambda p=plan: engine.estimate_count(p),
                lambda p=plan: engine.count(p),
            )
        self.page("first page of a filter", kept, 0)
        self.page("page in the middle of a filter", kept, rows // 3)
        for name, plan in (("headers", self.table), ("headers under a filter", kept)):
            self.tell(
                name,
                lambda p=plan: engine.estimate_reduce(p, self.headers),
                lambda p=plan: engine.reduce(p, self.headers),
            )
        for name in self.names:
            ordered = sorted_by(self.table, [(name, True)])
            self.page(f"first page by {name}", ordered, 0)
            self.page(f"page in the middle by {name}", ordered, rows // 2)
        self.page("first page by loss of a filter", sorted_by(kept, [("loss", True)]), 0)
        asked = self.headers | {"label": Values(), "count": Values()}
        for name, groups in (
            ("groups", self.groups),
            ("groups of a filter", grouped_by(kept, ["label"])),
        ):
            self.tell(
                name,
                lambda g=groups: engine.estimate_window(g, 0, SEEN, asked),
                lambda g=groups: engine.window(g, 0, SEEN, asked),
            )


def resident_mb(pid: str) -> float:
    """What a process holds in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000


def main() -> None:
    """Make the table and its index where they lack, and print the interactions."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grid")
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "vitrail-bench")
    chosen = parser.parse_args()
    tables = Tables(chosen.folder)
    scan = tables.add(NARROW, chosen.rows, 0)
    scratch = chosen.folder / f"engine-{scan.table}"
    engine = DuckEngine(tables, scratch=scratch, disk_bytes=0)
    engine.warm()
    built_ms, there = elapsed_ms(lambda: engine.indexed(scan, PATIENCE_S))
    if not there:
        raise SystemExit("no index was built")
    size = sum(path.stat().st_size for path in (scratch / "indexes").glob("*.index"))
    print(f"index: {built_ms / 1000:.0f} s, {size / tables.size_bytes(scan.table):.2f} x the files\n")
    print("| interaction | first, ms | exact, ms | page after, ms |\n|---|---:|---:|---:|")
    Grid(engine, scan).run()
    held = [resident_mb("self"), *(resident_mb(str(pid)) for pid in engine.worker_pids)]
    print(f"\nresident: {sum(held):,.0f} MB in {len(held)} processes")
    engine.close()


if __name__ == "__main__":
    main()
