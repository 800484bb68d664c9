"""Pipelines that would take minutes or fill the memory end at their limits, and the next one is answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from engine_library import Folder, engine_over

from vitrail.dtypes import List, Number, Text
from vitrail.errors import LimitExceeded, QueryError
from vitrail.query.duck import DuckEngine
from vitrail.query.limits import Limits
from vitrail.query.plan import Plan, Scan
from vitrail.query.stages.pipeline import parse_pipeline

ROWS = 60_000
WHOLE = Number(integer=True)
SHORT = Limits(time_s=1.0, memory_bytes=200_000_000, grace_s=0.3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="module")
def scan(folder: Folder) -> Scan:
    lists = [list(range(i % 4)) for i in range(ROWS)]
    return folder.put(
        {
            "_id": (WHOLE, range(ROWS)),
            "g": (Text(), [str(i % 7) for i in range(ROWS)]),
            "l": (List(WHOLE), lists),
        },
        parts=2,
    )


@pytest.fixture(scope="module")
def engine(folder: Folder) -> Iterator[DuckEngine]:
    with engine_over(folder, limits=SHORT) as engine:
        yield engine


def piped(scan: Scan, *stages: dict[str, Any]) -> Plan:
    return parse_pipeline(list(stages), scan, tables={"other": scan})


CROSS = {"$lookup": {"from": "other", "pipeline": [], "as": "all"}}
SIZES = {
    "$project": {"n": {"$size": {"$filter": {"input": "$all", "cond": {"$gt": ["$$this._id", 5]}}}}}
}
RUNNING = {"window": {"documents": ["unbounded", "current"]}}


@pytest.mark.parametrize(
    "stages",
    [
        [{"$lookup": {"from": "other", "localField": "g", "foreignField": "g", "as": "all"}}, SIZES],
        [
            {
                "$lookup": {
                    "from": "other",
                    "let": {"i": "$_id"},
                    "pipeline": [{"$match": {"$expr": {"$lt": ["$_id", "$$i"]}}}],
                    "as": "all",
                }
            },
            SIZES,
        ],
        [{"$setWindowFields": {"sortBy": {"_id": 1}, "output": {"p": {"$push": "$_id"} | RUNNING}}}],
    ],
)
def test_a_pipeline_that_grows_without_bound_is_ended(
    engine: DuckEngine, scan: Scan, stages: list[dict[str, Any]]
) -> None:
    with pytest.raises(LimitExceeded):
        engine.rows(piped(scan, *stages))
    assert engine.count(piped(scan, {"$group": {"_id": "$g"}})) == 7


def test_a_range_that_would_be_unwound_is_refused(engine: DuckEngine, scan: Scan) -> None:
    far = {"$range": [0, {"$add": ["$_id", 1_000_000_000]}]}
    with pytest.raises(LimitExceeded):
        engine.rows(piped(scan, {"$project": {"r": far}}, {"$unwind": "$r"}))


def test_rows_that_fill_gaps_are_bounded(engine: DuckEngine, scan: Scan) -> None:
    stage = {"$densify": {"field": "_id", "range": {"step": 1, "bounds": [0, 10**12]}}}
    with pytest.raises(QueryError, match="more than 500,000 rows"):
        engine.rows(piped(scan, stage), 0, 10)


def test_a_value_without_a_bucket_is_told_by_the_engine(engine: DuckEngine, scan: Scan) -> None:
    stage = {"$bucket": {"groupBy": "$_id", "boundaries": [0, 10]}}
    with pytest.raises(QueryError, match="no bucket for a value, and no default"):
        engine.rows(piped(scan, stage))


def test_rows_of_several_files_keep_their_order(engine: DuckEngine, scan: Scan) -> None:
    plan = piped(scan, {"$skip": ROWS - 2}, {"$unwind": "$l"}, {"$project": {"_id": 1, "l": 1}})
    assert engine.rows(plan).to_pylist() == [
        {"c0": ROWS - 2, "c1": 0},
        {"c0": ROWS - 2, "c1": 1},
        {"c0": ROWS - 1, "c1": 0},
        {"c0": ROWS - 1, "c1": 1},
        {"c0": ROWS - 1, "c1": 2},
    ]


def test_the_first_of_a_group_follows_the_table_or_the_sort(engine: DuckEngine, scan: Scan) -> None:
    first = {"$group": {"_id": "$g", "f": {"$first": "$_id"}, "l": {"$last": "$_id"}}}
    plan = piped(scan, first, {"$limit": 1})
    assert engine.rows(plan).to_pylist() == [{"c0": "0", "c1": 0, "c2": 59997}]
    plan = piped(scan, {"$sort": {"_id": -1}}, first, {"$limit": 1})
    assert engine.rows(plan).to_pylist() == [{"c0": "0", "c1": 59997, "c2": 0}]
