"""Groups of compared and joined tables are estimated from some of their keys, with how far off that may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from engine_library import Folder, col, engine_over, side

from vitrail.dtypes import Number, Optional, Text
from vitrail.query.duck import DuckEngine
from vitrail.query.expr import Call
from vitrail.query.plan import Compare, Group, Join, Plan, Scan, Where
from vitrail.query.reduction import Bins, Values

ROWS = 20_000
WHOLE, FLOAT = Number(integer=True), Number(integer=False)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DuckEngine, Scan, list[Scan]]]:
    folder = Folder(tmp_path_factory.mktemp("tables"))
    truth = folder.put(
        {"id": (WHOLE, range(ROWS)), "label": (Text(), [f"label {i % 7}" for i in range(ROWS)])}
    )
    predictions = [
        folder.put(
            {
                "id": (
                    Optional(WHOLE),
                    [None if i % 50 == 0 else (i * 7919 + gap) % ROWS for i in range(ROWS)],
                ),
                "score": (FLOAT, [(i * step % 10_007) / 10_007 for i in range(ROWS)]),
            }
        )
        for gap, step in ((0, 7919), (3, 31))
    ]
    with engine_over(folder, workers=1) as engine:
        yield engine, truth, predictions


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vitrail.query.estimates._MET", 2_000)


def plans(truth: Scan, predictions: list[Scan]) -> dict[str, Plan]:
    joined = tuple(Join(truth, one, ("id", "id")) for one in predictions)
    compared = Compare(joined, ("a", "b"), "0.id")
    return {
        "joined": joined[0],
        "joined and compared": compared,
        "filtered": Where(
            compared, Call("$gt", (side(compared, 1, "1.score"), side(compared, 0, "1.score")))
        ),
        "the same": Compare((joined[0], joined[0]), ("a", "b"), "0.id"),
    }


@pytest.mark.parametrize("name", ["joined", "joined and compared", "filtered", "the same"])
def test_groups_are_estimated(found: Any, name: str) -> None:
    engine, truth, predictions = found
    plan = plans(truth, predictions)[name]
    group = Group(
        plan, (("0.label", col(plan, "0.label") if name == "joined" else side(plan, 0, "0.label")),)
    )
    asks = {"0.label": Values(), "count": Values(), "1.score": Bins(4)}
    estimate, exact = engine.estimate_window(group, 0, 9, asks), engine.window(group, 0, 9, asks)
    assert estimate is not None
    assert 0 < estimate.error < ROWS / 50
    labels = estimate.value.cells["0.label"]
    assert labels == exact.cells["0.label"]
    for about, right in zip(estimate.value.cells["count"], exact.cells["count"], strict=True):
        pairs = [(about, right)] if name == "joined" else zip(about, right, strict=True)
        assert all(abs(a - b) <= 5 * estimate.error for a, b in pairs)
    assert estimate.value.cells["count"] != exact.cells["count"]


def test_a_count_and_a_histogram_of_joined_rows_are_estimated(found: Any) -> None:
    engine, truth, predictions = found
    plan = plans(truth, predictions)["filtered"]
    count, exact = engine.estimate_count(plan), engine.count(plan)
    assert count is not None
    assert abs(count.value - exact) <= 5 * count.error
    about, right = (
        engine.estimate_reduce(plan, {"1.score": Bins(4)}),
        engine.reduce(plan, {"1.score": Bins(4)}),
    )
    assert about is not None
    for mine, theirs in zip(about.value["1.score"], right["1.score"], strict=True):
        assert mine.edges == theirs.edges
        assert all(
            abs(a - b) <= 5 * about.error for a, b in zip(mine.counts, theirs.counts, strict=True)
        )


def test_what_is_known_is_not_estimated(found: Any) -> None:
    engine, truth, predictions = found
    plan = plans(truth, predictions)["joined and compared"]
    group = Group(plan, (("0.label", side(plan, 0, "0.label")),))
    asks = {"0.label": Values(), "count": Values()}
    assert engine.estimate_window(group, 2, 5, asks) is not None
    engine.window(group, 2, 5, asks)
    assert engine.estimate_window(group, 2, 5, asks) is None
