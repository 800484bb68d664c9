"""What `wandb` needs for the cases of `benchmarks.ingest`; run by that, in an environment of its own.

Prints one JSON object: case → CPU seconds of this process while it built, added and logged, and of its
children when all was over.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ |= {
    "WANDB_MODE": "offline",
    "WANDB_SILENT": "true",
    "WANDB_ERROR_REPORTING": "false",
    "WANDB_DISABLE_GIT": "true",
    "WANDB_DISABLE_CODE": "true",
    "WANDB_CONSOLE": "off",
    "WANDB_X_DISABLE_STATS": "true",
    "WANDB_X_DISABLE_META": "true",
    "WANDB_X_DISABLE_MACHINE_INFO": "true",
}

import numpy as np
import wandb


def rows(count: int) -> list[list[Any]]:
    """The rows of `benchmarks.ingest.plain_rows`."""
    rng = random.Random(0)
    return [[i, f"label {i % 1000}", rng.random(), rng.random(), i % 3 == 0] for i in range(count)]


def table(count: int) -> wandb.Table:
    built = wandb.Table(columns=["id", "label", "score", "loss", "right"])
    for row in rows(count):
        built.add_data(*row)
    return built


def pictures(count: int) -> wandb.Table:
    rng = np.random.default_rng(0)
    built = wandb.Table(columns=["id", "picture"])
    for number in range(count):
        built.add_data(number, wandb.Image(rng.integers(0, 256, (32, 32, 3), np.uint8)))
    return built


def main() -> None:
    """Run the cases: a name, a case and a count for each."""
    cases: dict[str, Callable[[int], wandb.Table]] = {"table": table, "pictures": pictures}
    used = {}
    with wandb.init(project="bench", dir=sys.argv[1]) as run:
        for name, count in zip(cases, map(int, sys.argv[2:]), strict=True):
            before = time.process_time()
            artifact = wandb.Artifact(name, "dataset")
            artifact.add(cases[name](count), "rows")
            run.log_artifact(artifact)
            used[name] = time.process_time() - before
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    used["children"] = children.ru_utime + children.ru_stime
    print(json.dumps(used | {"version": wandb.__version__}))


if __name__ == "__main__":
    main()
