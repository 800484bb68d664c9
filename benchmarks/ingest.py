"""Time what goes in: rows, pictures and files, the same in `wandb` where that can be installed.

    python -m benchmarks.ingest [--rows 20000000] [--wandb FOLDER]

CPU seconds are those of all threads of one process. `wandb` runs in an environment of its own, in offline
mode and with all that it measures or reports switched off; FOLDER keeps that environment for the next run.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import vitrail as vt

PLAIN_ROWS, PICTURES = 50_000, 1_000
_SAMPLES = 20


def main() -> None:
    """Print tables of figures."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ingest", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--rows", type=int, default=20_000_000, help="how many are added one by one")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--wandb", type=Path, help="a folder for its environment; none keeps none")
    parser.add_argument("--no-wandb", action="store_true", help="leave it out")
    parser.add_argument("--only-speed", action="store_true", help="only add small tables")
    parser.add_argument("--case", choices=("table", "pictures", "memory"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.case == "memory":
        print(json.dumps(memory(chosen.rows)))
        return
    if chosen.case:
        print(json.dumps(used_by_us()))
        return
    speeds(chosen.repeat)
    if chosen.only_speed:
        return
    if not chosen.no_wandb:
        with tempfile.TemporaryDirectory() as folder:
            against_wandb(chosen.wandb or Path(folder, "venv"), chosen.repeat)
    flat(chosen.rows)


def plain_rows(count: int) -> list[list[Any]]:
    """Rows of five cells: a whole number, a text, two floats, a boolean."""
    rng = random.Random(0)
    return [[i, f"label {i % 1000}", rng.random(), rng.random(), i % 3 == 0] for i in range(count)]


def float_rows(count: int) -> list[list[float]]:
    """Rows of five floats."""
    rng = random.Random(0)
    return [[rng.random() for _ in range(5)] for _ in range(count)]


def table(count: int) -> vt.Table:
    built = vt.Table(columns=["id", "label", "score", "loss", "right"])
    for row in plain_rows(count):
        built.add_data(*row)
    return built


def pictures(count: int) -> vt.Table:
    rng = np.random.default_rng(0)
    built = vt.Table(columns=["id", "picture"])
    for number in range(count):
        built.add_data(number, vt.Image(rng.integers(0, 256, (32, 32, 3), np.uint8)))
    return built


def speeds(repeat: int) -> None:
    """Rows a second, into memory."""
    print("| added one by one | rows/s | rows a CPU second |\n|---|---:|---:|")
    cases: dict[str, list[list[Any]]] = {
        "5 floats": float_rows(300_000),
        "id, text, 2 floats, boolean": plain_rows(300_000),
        "5 numpy floats": [[np.float32(0.5)] * 5 for _ in range(100_000)],
        "id, list of 10 floats": [[i, [0.5] * 10] for i in range(100_000)],
        "id, list of 4 boxes": [
            [i, [{"class": 1, "score": 0.5, "name": "x"}] * 4] for i in range(20_000)
        ],
    }
    for name, rows in cases.items():
        times = zip(*(_adding_s(rows) for _ in range(repeat)), strict=True)
        wall, cpu = (len(rows) / statistics.median(seconds) for seconds in times)
        print(f"| {name} | {wall:,.0f} | {cpu:,.0f} |", flush=True)


def _adding_s(rows: list[list[Any]]) -> tuple[float, float]:
    built = vt.Table([f"column {place}" for place in range(len(rows[0]))])
    began, used = time.perf_counter(), time.process_time()
    for row in rows:
        built.add_data(*row)
    built.data[-1]
    return time.perf_counter() - began, time.process_time() - used


def used_by_us() -> dict[str, float]:
    """CPU seconds of building, adding and logging, as `benchmarks.ingest_wandb` counts them."""
    used = {}
    with tempfile.TemporaryDirectory() as folder, vt.init(project="bench", store=folder) as run:
        cases: dict[str, tuple[Callable[[int], vt.Table], int]] = {
            "table": (table, PLAIN_ROWS),
            "pictures": (pictures, PICTURES),
        }
        for name, (make, count) in cases.items():
            before = time.process_time()
            artifact = vt.Artifact(name, "dataset")
            artifact.add(make(count), "rows")
            run.log_artifact(artifact)
            used[name] = time.process_time() - before
    return used


def against_wandb(folder: Path, repeat: int) -> None:
    """CPU seconds beside those of `wandb`; each run is a process of its own, and they take turns."""
    python = _environment(folder)
    script = str(Path(__file__).with_name("ingest_wandb.py"))
    ours, theirs = [], []
    for _ in range(repeat):
        ours.append(_answer([sys.executable, "-m", "benchmarks.ingest", "--case", "table"]))
        with tempfile.TemporaryDirectory() as runs:
            theirs.append(_answer([str(python), script, runs, str(PLAIN_ROWS), str(PICTURES)]))
    print(
        f"\n| built, added and logged | CPU s | wandb {theirs[0]['version']}, CPU s | ratio | at most |"
    )
    print("|---|---:|---:|---:|---:|")
    named = {"table": ("50,000 × 5 table", 0.2), "pictures": ("1,000 pictures of 32 × 32", 0.5)}
    for case, (name, most) in named.items():
        own = statistics.median(one[case] for one in ours)
        other = statistics.median(one[case] for one in theirs)
        print(f"| {name} | {own:.2f} | {other:.2f} | {own / other:.2f} | {most:g} |", flush=True)


def _environment(folder: Path) -> Path:
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        packages = ["wandb", "numpy", "pillow"]
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def _answer(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def memory(count: int) -> dict[str, Any]:
    """Resident memory while rows are added and the table is logged, in MB."""
    built = vt.Table([f"column {place}" for place in range(5)])
    values = float_rows(10_000)
    seen = []
    began = time.perf_counter()
    for number in range(count):
        if number % (count // _SAMPLES) == 0:
            seen.append(_resident_mb())
        built.add_data(*values[number % 10_000])
    adding_s = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder, vt.init(project="bench", store=folder) as run:
        artifact = vt.Artifact("large", "dataset")
        artifact.add(built, "rows")
        began = time.perf_counter()
        run.log_artifact(artifact)
        logging_s = time.perf_counter() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {"seen": seen, "peak": peak_mb, "adding_s": adding_s, "logging_s": logging_s}


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def flat(count: int) -> None:
    """Memory while a large table is made, in a process of its own."""
    command = ["-m", "benchmarks.ingest", "--case", "memory", "--rows", str(count)]
    found = _answer([sys.executable, *command])
    seen = found["seen"]
    print(f"\n{count:,} rows of 5 floats, one by one: {count / found['adding_s']:,.0f} rows/s; ", end="")
    print(f"logged in {found['logging_s']:.1f} s")
    print("\n| rows | resident, MB |\n|---|---:|")
    for place in range(1, len(seen), max(1, len(seen) // 5)):
        print(f"| {place * count // _SAMPLES:,} | {seen[place]:.0f} |")
    print(f"| logged (peak) | {found['peak']:.0f} |")


if __name__ == "__main__":
    main()
