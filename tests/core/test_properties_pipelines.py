"""Pipelines and expressions by chance, asked of the engine as it runs: the rows are those that Python makes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from asking import _plain, table_of
from corpus_table import shown
from engine_library import Folder, engine_over
from evaluator import Failed, run
from evaluator.made_pipelines import pipeline
from evaluator.made_tables import table
from hypothesis import given
from hypothesis import strategies as st
from test_properties import close, examples

from vitrail.errors import QueryError
from vitrail.query.duck import DuckEngine
from vitrail.query.plan import Plan
from vitrail.query.stages.pipeline import parse_pipeline

AT_ONCE = 15


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="module")
def engine(folder: Folder) -> Iterator[DuckEngine]:
    with engine_over(folder, workers=1) as engine:
        yield engine


def found(engine: DuckEngine, plan: Plan) -> list[dict[str, Any]]:
    """The rows of a plan by the names of its columns."""
    columns = plan.dtype.columns or ()
    rows = engine.rows(plan).to_pylist()
    return [
        {
            name: _plain(shown(value, kind))
            for (name, kind), value in zip(columns, row.values(), strict=True)
        }
        for row in rows
    ]


def agree(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> bool:
    """Whether rows are the same in the same order; a set has none."""
    for row in [*ours, *theirs]:
        if isinstance(row.get("set"), list):
            row["set"].sort(key=lambda value: (value is not None, value or 0))
    return len(ours) == len(theirs) and all(
        set(one) <= set(other) and all(close(one.get(name), other[name]) for name in other)
        for one, other in zip(ours, theirs, strict=True)
    )


def test_a_pipeline_makes_the_rows_that_python_makes(folder: Folder, engine: DuckEngine) -> None:
    tally: Counter[str] = Counter()

    @examples(3)
    @given(seed=st.integers(0, 2**64 - 1))
    def ask(seed: int) -> None:
        chance = Random(seed)
        made = table(chance, 40)
        schema = {"_id": "int64", **made["schema"]}
        docs = [{"_id": place, **doc} for place, doc in enumerate(made["docs"])]
        _, rows = table_of({"schema": schema, "docs": docs})
        scan = folder.put_arrow(rows, table_of({"schema": schema, "docs": docs})[0].schema, parts=2)
        for stages in [pipeline(chance, schema) for _ in range(AT_ONCE)]:
            try:
                wanted = run(stages, docs)
                plan = parse_pipeline(stages, scan)
            except (Failed, QueryError) as error:
                tally["failed" if isinstance(error, Failed) else "refused"] += 1
                continue
            tally["taken"] += 1
            tally["rows"] += bool(wanted)
            got = found(engine, plan)
            assert agree(wanted, got), (json.dumps(stages, default=str), wanted[:5], got[:5])

    ask()
    assert tally["taken"] >= 9 * tally["refused"], tally
    assert tally["taken"] >= 2 * tally["failed"], tally
    assert tally["rows"] >= tally["taken"] / 2, tally
