"""What would take minutes ends with a clear error, and whoever asks meanwhile is answered."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from engine_library import Folder, col, engine_over, greater

from vitrail.dtypes import List, Number, Text
from vitrail.errors import LimitExceeded, QueryError
from vitrail.query.duck import DuckEngine
from vitrail.query.limits import Limits
from vitrail.query.plan import Plan, Scan, Where
from vitrail.query.stages.pipeline import parse_pipeline

ROWS = 40_000
WHOLE = Number(integer=True)
LIMITS = Limits(time_s=2.0, memory_bytes=300_000_000, grace_s=0.3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="module")
def scan(folder: Folder) -> Scan:
    return folder.put(
        {
            "_id": (WHOLE, range(ROWS)),
            "g": (Text(), [str(place % 3) for place in range(ROWS)]),
            "l": (List(WHOLE), [list(range(30))] * ROWS),
            "t": (Text(), ["a" * 2000 + "!"] * ROWS),
        }
    )


@pytest.fixture(scope="module")
def engine(folder: Folder) -> Iterator[DuckEngine]:
    with engine_over(folder, limits=LIMITS, workers=2) as engine:
        yield engine


def piped(scan: Scan, *stages: dict[str, Any]) -> Plan:
    return parse_pipeline(list(stages), scan, tables={"other": scan})


def mapped(depth: int) -> Any:
    """Lists in lists, each as long as the column's, that are counted together."""
    inner: Any = 1
    for level in range(depth):
        inner = {"$sum": {"$map": {"input": "$l", "as": f"m{level}", "in": inner}}}
    return inner


CROSS = {"$lookup": {"from": "other", "localField": "g", "foreignField": "g", "as": "all"}}
UNWOUND = [
    {"$set": dict.fromkeys("abcde", "$l")},
    *({"$unwind": f"${name}"} for name in "abcde"),
    {"$group": {"_id": {"$add": ["$a", "$b", "$c", "$d", "$e"]}, "n": {"$sum": "$_id"}}},
]
ENDLESS: dict[str, list[dict[str, Any]]] = {
    "lookup": [
        CROSS,
        {"$project": {"n": {"$sum": "$all._id"}}},
        {"$group": {"_id": None, "n": {"$sum": "$n"}}},
    ],
    "unwind": UNWOUND,
    "densify": [{"$densify": {"field": "_id", "range": {"step": 1, "bounds": [0, 10**12]}}}],
    "range": [{"$project": {"n": {"$size": {"$range": [0, {"$add": ["$_id", 10**9]}]}}}}],
    "map": [{"$match": {"$expr": {"$gt": [mapped(5), 1]}}}],
}


@pytest.mark.parametrize("name", sorted(ENDLESS))
def test_an_endless_pipeline_ends_and_others_are_answered_meanwhile(
    engine: DuckEngine, scan: Scan, name: str
) -> None:
    plan = piped(scan, *ENDLESS[name])
    with ThreadPoolExecutor(1) as threads:
        endless = threads.submit(engine.rows, plan)
        for number in range(5):
            least = number + 100 * sorted(ENDLESS).index(name)
            assert engine.count(Where(scan, greater(col(scan, "_id"), least))) == ROWS - least - 1
        error = endless.exception()
    assert isinstance(error, LimitExceeded | QueryError)
    assert "limit" in str(error) or "more than" in str(error)


def test_a_pattern_that_backtracks_elsewhere_is_searched_for_in_time(
    engine: DuckEngine, scan: Scan
) -> None:
    for pattern in ("^(a+)+$", "^(a|aa)+$", "(a*)*b"):
        match = {"$match": {"$expr": {"$regexMatch": {"input": "$t", "regex": pattern}}}}
        assert engine.count(piped(scan, {"$limit": 500}, match)) == 0
