"""Answers from an index's sample are about right, say how far off they may be, and are marked as such."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_library import Folder, engine_over

from vitrail.dtypes import Number, Text
from vitrail.query.duck import DuckEngine
from vitrail.query.estimate import Estimate, Sampling
from vitrail.query.mongo import parse_expression, parse_filter
from vitrail.query.plan import Group, Plan, Scan, Sort, Where
from vitrail.query.reduction import BinCounts, Bins, Counts, Values

ROWS, TAKEN = 40_000, 4_000


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DuckEngine, Scan]]:
    folder = Folder(tmp_path_factory.mktemp("tables"))
    scan = folder.put(
        {
            "score": (Number(integer=False), [(i * 7919 % 10_007) / 10_007 for i in range(ROWS)]),
            "label": (Text(), [f"label {i % 7}" for i in range(ROWS)]),
        }
    )
    with engine_over(
        folder,
        scratch=tmp_path_factory.mktemp("scratch"),
        index_rows=1,
        workers=1,
        sample_rows=TAKEN,
    ) as engine:
        assert engine.indexed(scan, 60)
        yield engine, scan


def where(scan: Scan, text: str) -> Plan:
    return Where(scan, parse_filter(text, scan).condition)


def near(estimate: Estimate[Any], about: float, exact: float) -> bool:
    return 0 < estimate.error < ROWS / 50 and abs(about - exact) <= 5 * estimate.error


def test_a_count_is_estimated_with_its_error(sampled: Any) -> None:
    engine, scan = sampled
    for text in ("{$gt: ['$score', 0.3]}", "{label: 'label 3'}"):
        plan = where(scan, text)
        estimate = engine.estimate_count(plan)
        assert near(estimate, estimate.value, engine.count(plan))
        assert estimate.value != engine.count(plan)


def test_histograms_are_estimated(sampled: Any) -> None:
    engine, scan = sampled
    plan = where(scan, "{$gt: ['$score', 0.3]}")
    asks = {"score": Bins(20), "label": Counts(3)}
    estimate, exact = engine.estimate_reduce(plan, asks), engine.reduce(plan, asks)
    assert estimate.value["score"].edges == exact["score"].edges
    assert estimate.value["label"].values == exact["label"].values
    for name in asks:
        pairs = zip(estimate.value[name].counts, exact[name].counts, strict=True)
        assert all(near(estimate, about, count) for about, count in pairs)


def test_a_window_of_groups_is_estimated(sampled: Any) -> None:
    engine, scan = sampled
    plan = Group(scan, (("label", parse_expression("label", scan)),))
    asks = {"label": Values(), "count": Values(), "score": Bins(4)}
    estimate, exact = engine.estimate_window(plan, 0, 9, asks), engine.window(plan, 0, 9, asks)
    assert estimate.value.rows == exact.rows == 7
    assert estimate.value.cells["label"] == exact.cells["label"]
    counted = zip(estimate.value.cells["count"], exact.cells["count"], strict=True)
    assert all(near(estimate, about, count) for about, count in counted)
    assert estimate.value.cells["count"] != exact.cells["count"]
    assert isinstance(estimate.value.cells["score"][0], BinCounts)


def test_there_is_no_estimate_without_a_sample(sampled: Any, tmp_path: Path) -> None:
    engine, scan = sampled
    assert engine.estimate_count(scan) is None
    assert engine.estimate_window(where(scan, "{label: 'label 3'}"), 0, 9, {}) is None
    folder = Folder(tmp_path)
    other = folder.put({"x": (Number(integer=True), range(100))})
    with engine_over(folder, scratch=tmp_path / "scratch", index_rows=1, workers=1) as plain:
        assert plain.indexed(other, 60)
        assert plain.estimate_count(where(other, "{x: {$gt: 3}}")) is None


def test_a_sample_of_every_row_has_no_error() -> None:
    assert Sampling(100, 100).counted(30) == Estimate(30, 0.0)
    assert Sampling(1000, 100).counted(50) == Estimate(500, pytest.approx(1000 * 0.05 * 0.9**0.5))


def test_a_page_far_into_a_sorted_table_is_estimated_until_it_is_known(
    sampled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, scan = sampled
    monkeypatch.setattr("vitrail.query.far._SOON_ROWS", 0)
    asks = {"score": Values(), "label": Values()}
    for source, text in ((scan, None), (where(scan, "{$gt: ['$score', 0.3]}"), "filtered")):
        plan = Sort(source, ((parse_expression("score", scan), True),))
        assert engine.estimate_window(plan, 0, 9, asks) is None
        about = engine.estimate_window(plan, 20_000, 20_009, asks)
        exact = engine.window(plan, 20_000, 20_009, asks)
        assert about.value.start == exact.start
        assert about.value.rows == exact.rows == 9
        assert about.value.cells != exact.cells, text
        assert 0 < about.error < ROWS / 50
        for here, there in zip(about.value.cells["score"], exact.cells["score"], strict=True):
            assert abs(here - there) < 5 * about.error / ROWS
        assert engine.estimate_window(plan, 20_000, 20_009, asks) is None
        assert engine.estimate_window(plan, 20_100, 20_109, asks) is None  # its rows are known as well
    assert engine.estimate_window(plan, ROWS - 9, ROWS, asks) is None  # the filter leaves fewer


def test_what_is_known_is_not_estimated(sampled: Any) -> None:
    engine, scan = sampled
    plan = where(scan, "{$gt: ['$score', 0.4]}")
    ordered = Sort(plan, ((parse_expression("score", scan), True),))
    assert engine.estimate_count(plan) is not None
    engine.count(plan)
    assert engine.estimate_count(plan) is None
    assert engine.estimate_count(ordered) is None
    asks = {"score": Bins(20)}
    assert engine.estimate_reduce(plan, asks) is not None
    engine.reduce(plan, asks)
    assert engine.estimate_reduce(plan, asks) is None
    groups = Group(plan, (("label", parse_expression("label", scan)),))
    assert engine.estimate_window(groups, 0, 9, asks) is not None
    engine.window(groups, 0, 9, asks)
    assert engine.estimate_window(groups, 0, 9, asks) is None
