"""A table with everything that columns may hold, and engines that make an index of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine_library import Folder, engine_over

from vitrail.dtypes import Boolean, List, Number, Optional, Struct, Text, Timestamp
from vitrail.query.duck import DuckEngine
from vitrail.query.mongo import parse_filter
from vitrail.query.plan import Plan, Scan, Where

FLOAT, WHOLE, MAYBE = Number(integer=False), Number(integer=True), Optional(Number(integer=False))


BOX = Struct((("class_id", WHOLE), ("score", MAYBE), ("tag", Text()), ("at", Struct((("x", WHOLE),)))))


ROWS = 2000


BEGAN = datetime(2024, 2, 28, 23, 59, 58, 123456, UTC)


WORDS = ("", "cat", "Cat", "čáp", "\U0001f408 cat", "a'b\";--", "zebra")


ODD = (None, math.nan, math.inf, -math.inf, 0.0, -0.0, 0.25, 5e-324, 0.95)


def table(folder: Folder, rows: int = ROWS, parts: int = 3, seed: int = 0) -> Scan:
    """A table with everything that columns may hold."""
    numbers = range(seed, rows + seed)
    boxes = [
        [
            {
                "class_id": (i * k) % 17,
                "score": ODD[(i + k) % 9],
                "tag": WORDS[k],
                "at": {"x": i % 6 + k},
            }
            for k in range(i % 4)
        ]
        for i in numbers
    ]
    return folder.put(
        {
            "id": (WHOLE, list(numbers)),
            "label": (Text(), [WORDS[(i * i) % 7] for i in numbers]),
            "pred": (
                Optional(Text()),
                [None if i % 11 == 0 else WORDS[(i * 3) % 7] for i in numbers],
            ),
            "score": (MAYBE, [ODD[i % 9] if i % 5 == 0 else (i * 37 % 1000) / 1000 for i in numbers]),
            "ratio": (MAYBE, [ODD[i % 7] if i % 4 == 0 else i % 1000 / 64 - 4 for i in numbers]),
            "loss": (FLOAT, [math.sqrt(i * 7919 % 2003) for i in numbers]),
            "size": (
                Optional(WHOLE),
                [None if i % 13 == 0 else (i * 7919) % 5003 - 2500 for i in numbers],
            ),
            "when": (
                Optional(Timestamp("instant")),
                [None if i % 17 == 0 else BEGAN + timedelta(seconds=i * 97 % 1999) for i in numbers],
            ),
            "good": (Optional(Boolean()), [None if i % 19 == 0 else i % 3 == 0 for i in numbers]),
            "name": (Text(), [f"name {i * 31 % rows}" for i in numbers]),
            "numbers": (
                Optional(List(Optional(WHOLE))),
                [
                    None if i % 9 == 0 else [None if k == 1 else i % (k + 2) for k in range(i % 5)]
                    for i in numbers
                ],
            ),
            "boxes": (Optional(List(BOX)), [None if i % 23 == 0 else b for i, b in enumerate(boxes)]),
        },
        parts=parts,
        row_group_rows=256,
    )


@contextmanager
def indexing(folder: Folder, scratch: Path, **settings: Any) -> Iterator[DuckEngine]:
    """An engine that makes an index of every table, and keeps no answers."""
    with engine_over(
        folder, scratch=scratch, index_rows=1, workers=1, cache_bytes=0, disk_bytes=0, **settings
    ) as engine:
        yield engine


def where(plan: Plan, text: str) -> Plan:
    return Where(plan, parse_filter(text, plan).condition)
