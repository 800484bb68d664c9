"""Many open pages on one server: what each of them holds, and how soon it is answered.

    python -m benchmarks.pages [--pages 20] [--rows 1000000] [--asks 20] [--pause 1.0]

Every page is a headless Chromium's own session with a filter of its own. All of them ask for rows far
apart at the same time, with a pause between two; nothing leaves the machine. Needs the packages of `test`.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pyarrow as pa
from playwright.sync_api import Page, sync_playwright

import vitrail as vt
from benchmarks.table import NARROW, batches
from vitrail.view import Source, View
from vitrail_panels.chromium import installed

PATIENCE_MS = 120_000
SETTLE_MS = 6_000  # until an index of the table has begun to be built
LOOPBACK = "127.0.0.1"

ASK = """async ({ asks, pause, rows, seed }) => {
  const asked = performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('api/window'));
  const times = [];
  for (let turn = 0; turn < asks; turn++) {
    await new Promise((done) => setTimeout(done, 1000 * pause * (0.5 + ((seed * 31 + turn * 17) % 100) / 100)));
    const address = new URL(asked[0]), start = ((seed * 7919 + turn * 104729) % rows);
    address.searchParams.set('start', start);
    address.searchParams.set('stop', start + 16);
    const began = performance.now();
    const answer = await fetch(address);
    if (!(await answer.json()).rows.length) throw new Error('no rows at ' + start);
    times.push(performance.now() - began);
  }
  return times;
}"""


def logged(store: Path, rows: int) -> None:
    """Log a table of as many rows."""
    names = [name for name, _ in NARROW.columns or ()]
    table = pa.concat_tables(list(batches(NARROW, 0, rows, seed=0))).rename_columns(names)
    with vt.init(project="pages", store=store) as run:
        artifact = vt.Artifact("many", type="dataset")
        artifact.add(vt.Table.from_arrow(table), "rows")
        run.log_artifact(artifact)


@contextmanager
def serving(store: Path) -> Iterator[tuple[str, int]]:
    """A server in a process of its own: its address and the process's number."""
    words = ["serve", "--store", str(store), "--port", "0", "--no-open"]
    process = subprocess.Popen(
        [sys.executable, "-m", "vitrail", *words], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        said = next(line for line in process.stdout if "http://" in line)
        address = re.search(r"http://\S+", said)
        assert address is not None
        yield address.group(), process.pid
    finally:
        process.terminate()
        process.wait(30)


def held_mb(root: int) -> tuple[float, float]:
    """What a process holds, and what it holds with all that it started; what they share counts once."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    kin = {root}
    while more := {child for child, parent in parents.items() if parent in kin} - kin:
        kin |= more
    held = {}
    for one in kin:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text(), re.MULTILINE)
        held[one] = int(found[1]) / 1024 if found else 0.0
    return held[root], sum(held.values())


def opened(page: Page, url: str, place: int) -> float:
    """Open a page with a filter of its own; the milliseconds until its rows are counted."""
    view = View(
        source=Source(artifact="many:v0", entry="rows"), where=f"{{$gt: ['$score', {place / 1000}]}}"
    )
    began_s = time.perf_counter()
    page.goto(f"{url}?{view.to_query()}")
    page.locator("[role=rowgroup].layer .row:not(.loading)").first.wait_for()
    page.get_by_role("progressbar").wait_for(state="hidden")
    page.get_by_text(re.compile(r"^[\d,]+ rows")).first.wait_for()
    return 1000 * (time.perf_counter() - began_s)


def figures(url: str, pid: int, pages: int, rows: int, asks: int, pause_s: float) -> dict[str, Any]:
    """Open all pages, then let them ask together."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=installed(), args=["--no-sandbox", "--disable-gpu"]
        )

        def fresh() -> Page:
            page = browser.new_context(viewport={"width": 1400, "height": 840}).new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.on("request", lambda asked: _stays(asked.url))
            return page

        first = fresh()  # what the first page costs is not each page's
        opened(first, url, pages)
        first.wait_for_timeout(SETTLE_MS)
        first.get_by_text("indexing").wait_for(state="hidden")
        before = held_mb(pid)
        each = [fresh() for _ in range(pages)]
        opens = [opened(page, url, place) for place, page in enumerate(each)]
        after = held_mb(pid)
        asked = f"async (all) => {{ const ask = {ASK}; window.asked = ask(all); }}"
        for place, page in enumerate(each):
            page.evaluate(asked, {"asks": asks, "pause": pause_s, "rows": rows // 2, "seed": place + 1})
        times = [time_ms for page in each for time_ms in page.evaluate("() => window.asked")]
        browser.close()
    alone, together = ((late - early) / pages for early, late in zip(before, after, strict=True))
    return {"server": alone, "memory": together, "all": after[1], "opens": opens, "times": times}


def _stays(address: str) -> None:
    if LOOPBACK not in address and not address.startswith(("data:", "blob:")):
        raise SystemExit(f"a page asked another machine: {address}")


def main() -> None:
    """Print what a page holds and how soon it is answered."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pages", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--asks", type=int, default=20, help="how many times a page asks")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two, on average")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        logged(Path(folder), chosen.rows)
        with serving(Path(folder)) as (url, pid):
            found = figures(url, pid, chosen.pages, chosen.rows, chosen.asks, chosen.pause)
    times = found["times"]
    print(f"{chosen.pages} pages over {chosen.rows:,} rows, each asks {chosen.asks} times\n")
    grown = f"{found['server']:.1f} MB in the server, {found['memory']:.1f} MB with its workers"
    print(f"a page more holds {grown}; all processes hold {found['all']:,.0f} MB")
    print(f"a page opens in: {median(found['opens']):,.0f} ms (median)")
    print(
        f"rows are answered in: {median(times):,.0f} ms (median), {quantiles(times, n=20)[-1]:,.0f} ms (95 %)"
    )


if __name__ == "__main__":
    main()
