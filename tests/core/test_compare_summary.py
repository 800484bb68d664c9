"""How much compared tables differ, against counting by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from engine_library import Folder, engine_over

from vitrail.dtypes import Number, Optional, Text
from vitrail.query.comparison import Summary, by_class, key_notes, moves, notes, summary
from vitrail.query.duck import DuckEngine
from vitrail.query.plan import Compare, Scan
from vitrail.query.planning import filtered

WHOLE = Number(integer=True)
NAMES = ("v0", "v1", "v2")
ROWS = 200


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="module")
def engine(folder: Folder) -> Iterator[DuckEngine]:
    with engine_over(folder) as engine:
        yield engine


@pytest.fixture(scope="module")
def made() -> list[dict[int, tuple[int | None, str]]]:
    """Three tables by chance: id -> (score, label)."""
    chance = np.random.default_rng(3)
    return [
        {
            int(key): (
                None if chance.random() < 0.2 else int(chance.integers(3)),
                "abc"[chance.integers(3)],
            )
            for key in chance.choice(ROWS, ROWS * 2 // 3, replace=False)
        }
        for _ in NAMES
    ]


@pytest.fixture(scope="module")
def plan(folder: Folder, made: list[dict[int, tuple[int | None, str]]]) -> Compare:
    tables = [
        folder.put(
            {
                "id": (WHOLE, list(one)),
                "score": (Optional(WHOLE), [score for score, _ in one.values()]),
                "a.label": (Text(), [label for _, label in one.values()]),
            }
        )
        for one in made
    ]
    return Compare(tuple(tables), NAMES, "id")


def test_the_summary_counts_rows_and_changed_cells(
    engine: DuckEngine, plan: Compare, made: list[dict[int, tuple[int | None, str]]]
) -> None:
    first, *others = made
    found = summary(filtered(plan, "{id: {$gt: -1}}")[0], engine)
    assert found == Summary(
        NAMES,
        tuple(map(len, made)),
        len(set.intersection(*map(set, made))),
        tuple(len(set(one) - set().union(*(m for m in made if m is not one))) for one in made),
        {
            name: tuple(
                sum(first[key][place] != other[key][place] for key in first.keys() & other.keys())
                for other in others
            )
            for place, name in enumerate(("score", "a.label"))
        },
    )


def test_moves_between_classes_are_counted(
    engine: DuckEngine, plan: Compare, made: list[dict[int, tuple[int | None, str]]]
) -> None:
    first, _, other = made
    pairs = [(first[key][1], other[key][1]) for key in first.keys() & other.keys()]
    found = moves(filtered(plan, "{id: {$gt: 5}}")[0], "a.label", 2, engine)
    assert {(old, new): rows for old, new, rows in found} == Counter(p for p in pairs if p[0] != p[1])
    assert [rows for *_, rows in found] == sorted((rows for *_, rows in found), reverse=True)


def test_numbers_differ_by_class(
    engine: DuckEngine, plan: Compare, made: list[dict[int, tuple[int | None, str]]]
) -> None:
    first, other, _ = made
    for label, rows, (mean,) in by_class(plan, "a.label", ["score"], 1, engine):
        pairs = [(first[k][0], other[k][0]) for k in first.keys() & other.keys() if first[k][1] == label]
        gaps = [new - old for old, new in pairs if None not in (old, new)]
        assert (rows, mean) == (len(pairs), pytest.approx(np.mean(gaps)))


def test_of_a_single_table_there_is_nothing_to_say(engine: DuckEngine, plan: Compare) -> None:
    alone = plan.tables[0]
    assert (notes(alone), key_notes(alone, engine), summary(alone, engine)) == ((), (), None)
    assert moves(alone, "a.label", 1, engine) == []
    assert by_class(alone, "a.label", ["score"], 1, engine) == []


def test_keys_that_repeat_or_are_missing_are_counted(engine: DuckEngine, folder: Folder) -> None:
    def put(keys: list[str | None]) -> Scan:
        return folder.put({"k": (Optional(Text()), keys), "x": (WHOLE, list(range(len(keys))))})

    tables = (put(["a", "b", "c"]), put(["a", "a", None, "b", "a"]), put([None, "a", None, "a"]))
    assert key_notes(Compare(tables, NAMES, "k"), engine) == (
        "v1: 1 row without k, matched with such rows in their order",
        "v1: 2 rows repeat the k of an earlier one, matched in their order",
        "v2: 2 rows without k, matched with such rows in their order",
        "v2: 1 row repeats the k of an earlier one, matched in their order",
    )
    assert key_notes(Compare(tables, NAMES), engine) == ()
    found = summary(Compare(tables, NAMES, "k"), engine)
    assert found is not None
    assert (found.rows, found.every, found.alone) == ((3, 5, 4), 1, (1, 1, 1))


def test_a_comparison_without_rows_differs_in_nothing(engine: DuckEngine, folder: Folder) -> None:
    empty = folder.put({"k": (WHOLE, []), "x": (WHOLE, [])})
    assert summary(Compare((empty, empty), ("a", "b"), "k"), engine) == Summary(
        ("a", "b"), (0, 0), 0, (0, 0), {"x": (0,)}
    )
