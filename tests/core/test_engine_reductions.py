"""Every reduction on real workers, against the same worked out in plain Python."""

from __future__ import annotations

import bisect
import datetime as dt
import math
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_library import Folder, col, engine_over, greater
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from vitrail.domain import CategoryDomain, NumberDomain
from vitrail.dtypes import (
    Boolean,
    BoxLayer,
    Image,
    List,
    MaskLayer,
    Number,
    Optional,
    Struct,
    Text,
    Timestamp,
    optional,
)
from vitrail.errors import Invalid
from vitrail.query.duck import DuckEngine
from vitrail.query.expr import Literal
from vitrail.query.plan import Group, Scan, Sort, Where
from vitrail.query.reduction import (
    BinCounts,
    Bins,
    CategoryCounts,
    Confusion,
    Counts,
    Items,
    Matrix,
    Points,
    Sample,
    Stats,
    Summary,
    Values,
)

ROWS = 700
NAN, INF = math.nan, math.inf


def floats() -> list[Any]:
    draw = random.Random(1)
    values: list[Any] = [draw.uniform(-3, 9) for _ in range(ROWS)]
    values[10], values[20], values[30], values[40], values[50] = None, NAN, INF, -INF, None
    # edges of bins exactly, where rounding decides
    values[60:80] = [-3 + 12 / 20 * i for i in range(20)]
    values[80], values[81] = -3.0, 9.0
    return values


SCORES = floats()
LABELS: list[Any] = [None if i % 50 == 7 else ["cat", "dog", "emu"][i * i % 3] for i in range(ROWS)]
PREDICTIONS = [["cat", "dog", "emu", "fox"][i % 4] for i in range(ROWS)]
WHOLE = [(i * 37) % 91 - 45 for i in range(ROWS)]
FLAGS = [None if i % 11 == 0 else i % 3 == 0 for i in range(ROWS)]
INSTANTS = [dt.datetime(1969, 12, 30, tzinfo=dt.UTC) + dt.timedelta(hours=7 * i) for i in range(ROWS)]
DATES = [dt.date(2020, 1, 1) + dt.timedelta(days=i % 40) for i in range(ROWS)]
LISTS: list[Any] = [None if i % 9 == 4 else SCORES[i : i + i % 7] for i in range(ROWS)]
WORDS = [LABELS[i : i + i % 5] for i in range(ROWS)]

BOX = BoxLayer("truth", ("score",), ((1, "cat"),))
PICTURE = Image((BOX,), (MaskLayer("mask"),), ())


def picture(place: int) -> dict[str, Any]:
    box = {
        "class_id": 1,
        "position": {"minX": 0.0, "maxX": 2.0, "minY": 0.0, "maxY": float(place)},
        "domain": "pixel",
        "box_caption": None,
        "scores": {"score": 0.5},
    }
    return {
        "digest": f"{place:064x}",
        "format": "png",
        "width": 4,
        "height": 3,
        "caption": None,
        "boxes": {"truth": [box] * (place % 3)},
        "masks": {"mask": None if place % 2 else {"digest": "m", "class_ids": [0, 1]}},
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="module")
def engine(folder: Folder) -> Iterator[DuckEngine]:
    with engine_over(folder) as engine:
        yield engine


@pytest.fixture(scope="module", params=[1, 3], ids=["one file", "three files"])
def scan(folder: Folder, request: pytest.FixtureRequest) -> Scan:
    return folder.put(
        {
            "id": (Number(integer=True), range(ROWS)),
            "score": (Optional(Number(integer=False)), SCORES),
            "label": (Optional(Text()), LABELS),
            "pred": (Text(), PREDICTIONS),
            "whole": (Number(integer=True), WHOLE),
            "flag": (Optional(Boolean()), FLAGS),
            "at": (Timestamp("instant"), INSTANTS),
            "day": (Timestamp("date"), DATES),
            "list": (Optional(List(Optional(Number(integer=False)))), LISTS),
            "words": (List(Optional(Text())), WORDS),
            "picture": (PICTURE, [picture(i) for i in range(ROWS)]),
        },
        parts=request.param,
        row_group_rows=100,
    )


def binned(values: list[Any], edges: tuple[float, ...]) -> BinCounts:
    counts, missing = [0] * (len(edges) - 1), 0
    for value in values:
        if value is None or not math.isfinite(value):
            missing += 1
        else:
            counts[min(bisect.bisect_right(edges, value) - 1, len(counts) - 1)] += 1
    return BinCounts(edges, tuple(counts), missing)


def counted(values: list[Any], categories: tuple[Any, ...]) -> CategoryCounts:
    found = Counter(values)
    counts = tuple(found[c] for c in categories)
    return CategoryCounts(categories, counts, len(values) - sum(counts) - found[None], found[None])


def summed(values: list[Any]) -> Summary:
    there = [v for v in values if v is not None]
    finite = [v for v in there if math.isfinite(v)]
    if not finite:
        return Summary(len(there), len(values) - len(there), None, None, None, None)
    low, middle, high = np.quantile(finite, [0.25, 0.5, 0.75])
    quartiles = (pytest.approx(low), pytest.approx(middle), pytest.approx(high))
    mean = pytest.approx(sum(finite) / len(finite))
    return Summary(len(there), len(values) - len(there), min(finite), max(finite), mean, quartiles)


def same(left: Any, right: Any) -> bool:
    """Equal, where NaN equals itself."""
    return repr(left) == repr(right)


def finite(values: list[Any]) -> list[float]:
    return [v for v in values if v is not None and math.isfinite(v)]


EDGES = NumberDomain(min(finite(SCORES)), max(finite(SCORES))).edges(20)


@pytest.mark.parametrize("bins", [1, 2, 7, 20, 33])
def test_bins_of_a_column_are_those_of_plain_python(engine: DuckEngine, scan: Scan, bins: int) -> None:
    edges = NumberDomain(min(finite(SCORES)), max(finite(SCORES))).edges(bins)
    assert engine.reduce(scan, {"score": Bins(bins)}) == {"score": binned(SCORES, edges)}


@pytest.mark.parametrize("bins", [1, 5, 20, 200])
def test_bins_of_whole_numbers_are_those_of_plain_python(
    engine: DuckEngine, scan: Scan, bins: int
) -> None:
    edges = NumberDomain(-45, 45, integer=True).edges(bins)
    assert engine.reduce(scan, {"whole": Bins(bins)}) == {"whole": binned(WHOLE, edges)}


def test_bins_of_timestamps_are_in_seconds(engine: DuckEngine, scan: Scan) -> None:
    seconds = [at.timestamp() for at in INSTANTS]
    days = [dt.datetime(d.year, d.month, d.day, tzinfo=dt.UTC).timestamp() for d in DATES]
    assert engine.reduce(scan, {"at": Bins(12), "day": Bins(10)}) == {
        "at": binned(seconds, NumberDomain(seconds[0], seconds[-1], time=True).edges(12)),
        "day": binned(days, NumberDomain(min(days), max(days), time=True).edges(10)),
    }


def test_counts_follow_the_domain_and_tell_others_and_missing_apart(
    engine: DuckEngine, scan: Scan
) -> None:
    order = tuple(sorted({"cat", "dog", "emu"} & set(LABELS), key=lambda v: (-LABELS.count(v), v)))
    assert engine.domain(scan, "label") == CategoryDomain(order, len(order))
    assert engine.reduce(scan, {"label": Counts(20), "flag": Counts(1)}) == {
        "label": counted(LABELS, order),
        "flag": counted(FLAGS, (False,)),
    }
    assert engine.reduce(scan, {"label": Counts(1)}) == {"label": counted(LABELS, order[:1])}


def test_counts_of_whole_numbers_take_the_most_frequent(engine: DuckEngine, scan: Scan) -> None:
    order = sorted(set(WHOLE), key=lambda v: (-WHOLE.count(v), v))
    assert engine.reduce(scan, {"whole": Counts(6)}) == {"whole": counted(WHOLE, tuple(order[:6]))}


def test_stats_leave_out_what_is_not_finite(engine: DuckEngine, scan: Scan) -> None:
    assert engine.reduce(scan, {"score": Stats(), "whole": Stats()}) == {
        "score": summed(SCORES),
        "whole": summed(WHOLE),
    }


def test_confusion_counts_pairs(engine: DuckEngine, scan: Scan) -> None:
    rows = tuple(sorted({"cat", "dog", "emu"} & set(LABELS), key=lambda v: (-LABELS.count(v), v)))
    columns = ("cat", "dog", "emu", "fox")
    pairs = Counter(zip(LABELS, PREDICTIONS, strict=True))
    counts = tuple(tuple(pairs[row, column] for column in columns) for row in rows)
    assert engine.reduce(scan, {"label": Confusion("pred")}) == {
        "label": Matrix(rows, columns, counts, LABELS.count(None))
    }


def test_values_of_a_column_keep_the_order_of_the_table(engine: DuckEngine, scan: Scan) -> None:
    found = engine.reduce(scan, {"score": Values(), "label": Values(9), "whole": Values(0)})
    assert same(found["score"], Items(tuple(SCORES), ROWS))
    assert found["label"] == Items(tuple(LABELS[:9]), ROWS)
    assert found["whole"] == Items((), ROWS)


def test_a_sample_is_the_same_each_time_and_spread_over_the_table(
    engine: DuckEngine, scan: Scan
) -> None:
    found = engine.reduce(scan, {"id": Sample(30)})["id"]
    again = engine.reduce(Where(scan, greater(col(scan, "id"), -1)), {"id": Sample(30)})["id"]
    assert found == again
    assert list(found.values) == sorted(set(found.values))
    assert len(found.values) == 30
    assert found.total == ROWS
    assert found.values[0] < ROWS / 4 < ROWS * 3 / 4 < found.values[-1]


def test_points_name_the_rows_that_they_stand_for(engine: DuckEngine, scan: Scan) -> None:
    found = engine.reduce(scan, {"": Points("whole", "score", n=40)})[""]
    there = [i for i in range(ROWS) if finite([SCORES[i]])]
    assert found.total == len(there)
    assert set(found.rows) <= set(there)
    assert len(found.rows) == 40
    assert [WHOLE[i] for i in found.rows] == list(found.x)
    assert [SCORES[i] for i in found.rows] == list(found.y)


def test_points_of_a_sorted_filter_count_its_own_rows(engine: DuckEngine, scan: Scan) -> None:
    plan = Sort(Where(scan, greater(col(scan, "whole"), 0)), ((col(scan, "whole"), True),))
    found = engine.reduce(plan, {"": Points("whole", "id", n=25)})[""]
    window = engine.window(plan, 0, ROWS, {"id": Values(), "whole": Values()})
    assert [window.cells["id"][row] for row in found.rows] == list(found.y)
    assert [window.cells["whole"][row] for row in found.rows] == list(found.x)


def test_every_reduction_of_a_logged_list_answers_cell_by_cell(engine: DuckEngine, scan: Scan) -> None:
    known = finite([v for values in LISTS for v in values or ()])
    edges = NumberDomain(min(known), max(known)).edges(6)
    words = [w for one in WORDS for w in one if w is not None]
    order = tuple(sorted(set(words), key=lambda v: (-words.count(v), v)))
    window = engine.window(scan, 20, 90, {"list": Bins(6), "words": Counts(2)})
    assert window.cells["list"] == tuple(
        v and binned(v, edges) if v != [] else binned([], edges) for v in LISTS[20:90]
    )
    assert window.cells["words"] == tuple(counted(v, order[:2]) for v in WORDS[20:90])
    stats = engine.window(scan, 20, 90, {"list": Stats()}).cells["list"]
    assert stats == tuple(None if v is None else summed(v) for v in LISTS[20:90])
    values = engine.window(scan, 20, 90, {"list": Values(3), "words": Values()})
    assert same(
        values.cells["list"],
        tuple(None if v is None else Items(tuple(v[:3]), len(v)) for v in LISTS[20:90]),
    )
    assert values.cells["words"] == tuple(Items(tuple(v), len(v)) for v in WORDS[20:90])
    sample = engine.window(scan, 20, 90, {"list": Sample(2)}).cells["list"]
    assert same(
        sample,
        tuple(
            None
            if v is None
            else Items(tuple(v[i * len(v) // min(2, len(v))] for i in range(min(2, len(v)))), len(v))
            for v in LISTS[20:90]
        ),
    )


def test_groups_share_the_bins_of_the_whole_column(engine: DuckEngine, scan: Scan) -> None:
    plan = Group(scan, (("label", col(scan, "label")),))
    asks = {
        "label": Values(),
        "count": Values(),
        "score": Bins(20),
        "pred": Counts(3),
        "whole": Stats(),
        "id": Values(4),
        "day": Sample(3),
    }
    window = engine.window(plan, 0, 50, asks)
    keys: list[Any] = [None, *sorted({v for v in LABELS if v is not None})]
    members = {key: [i for i in range(ROWS) if LABELS[i] == key] for key in keys}
    assert window.rows == len(keys)
    assert window.cells["label"] == tuple(keys)
    assert window.cells["count"] == tuple(len(members[k]) for k in keys)
    assert window.cells["score"] == tuple(binned([SCORES[i] for i in members[k]], EDGES) for k in keys)
    assert window.cells["pred"] == tuple(
        counted([PREDICTIONS[i] for i in members[k]], ("cat", "dog", "emu")) for k in keys
    )
    assert window.cells["whole"] == tuple(summed([WHOLE[i] for i in members[k]]) for k in keys)
    assert window.cells["id"] == tuple(Items(tuple(members[k][:4]), len(members[k])) for k in keys)
    for key, sample in zip(keys, window.cells["day"], strict=True):
        assert (len(sample.values), sample.total) == (3, len(members[key]))
        assert set(sample.values) <= {DATES[i] for i in members[key]}


def test_bins_stay_the_same_under_a_filter(engine: DuckEngine, scan: Scan) -> None:
    kept = Where(scan, greater(col(scan, "whole"), 30))
    found = engine.reduce(kept, {"score": Bins(20), "label": Counts(2)})
    rows = [i for i in range(ROWS) if WHOLE[i] > 30]
    whole = engine.reduce(scan, {"score": Bins(20), "label": Counts(2)})
    assert found["score"] == binned([SCORES[i] for i in rows], whole["score"].edges)
    assert found["label"].values == whole["label"].values


def test_no_rows_reduce_to_nothing_counted(engine: DuckEngine, scan: Scan) -> None:
    none = Where(scan, greater(col(scan, "whole"), 1000))
    found = engine.reduce(
        none,
        {"score": Bins(2), "label": Counts(1), "whole": Stats(), "id": Sample(3), "pred": Values(2)},
    )
    assert found["score"].counts == (0, 0)
    assert found["label"].counts == (0,)
    assert found["whole"] == Summary(0, 0, None, None, None, None)
    assert found["id"] == found["pred"] == Items((), 0)
    assert engine.reduce(none, {"": Points("whole", "id")})[""].total == 0


def test_a_column_without_values_has_no_domain_and_no_bins(engine: DuckEngine, folder: Folder) -> None:
    scan = folder.put(
        {"x": (Optional(Number(integer=False)), [None, NAN]), "t": (Optional(Text()), [None, None])}
    )
    assert engine.domain(scan, "x") is None
    assert engine.domain(scan, "t") is None
    assert engine.reduce(scan, {"x": Bins(4), "t": Counts(4)}) == {
        "x": BinCounts((), (), 2),
        "t": CategoryCounts((), (), 0, 2),
    }


def test_pictures_and_structs_come_as_records_by_their_names(
    engine: DuckEngine, folder: Folder, scan: Scan
) -> None:
    window = engine.window(scan, 3, 6, {"picture": Values()})
    assert window.cells["picture"] == tuple(picture(i) for i in range(3, 6))
    inner = Struct((("B", Number(integer=True)), ("b", List(Text()))))
    values = [{"B": 1, "b": ["x", "y"]}, None]
    nested = folder.put({"s": (Optional(inner), values)})
    assert engine.window(nested, 0, 9, {"s": Values()}).cells["s"] == tuple(values)
    assert engine.window(nested, 0, 9, {}).rows == 2


def test_a_gallery_of_a_group_holds_whole_pictures(engine: DuckEngine, scan: Scan) -> None:
    plan = Group(scan, (("pred", col(scan, "pred")),))
    found = engine.window(plan, 1, 2, {"picture": Values(2)}).cells["picture"]
    assert found == (Items((picture(1), picture(5)), ROWS // 4),)


def test_a_reduction_that_does_not_fit_says_so(engine: DuckEngine, scan: Scan) -> None:
    with pytest.raises(Invalid, match="bins are asked of"):
        engine.reduce(scan, {"label": Bins(3)})
    with pytest.raises(Invalid, match="stats are asked of a List"):
        engine.window(scan, 0, 3, {"score": Stats()})
    with pytest.raises(Invalid, match="takes 1 to 10,000"):
        engine.reduce(scan, {"score": Bins(0)})
    with pytest.raises(Invalid, match="numbers or timestamps are wanted"):
        engine.reduce(scan, {"label": Stats()})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(
        st.one_of(
            st.floats(-1e9, 1e9),
            st.floats(width=16),
            st.floats(),
            st.sampled_from([0.1, 0.2, 0.3, 0.7, 1.0]),
        ),
        min_size=1,
        max_size=60,
    ),
    bins=st.integers(1, 60),
)
@example(values=[0.0, 5e-324], bins=2)
@example(values=[-1.7e308, 0.0, 1.0, 5e307, 1.7e308], bins=20)
@example(values=[1.7e308], bins=20)
@example(values=[1.0, math.nextafter(1.0, 2)], bins=20)
def test_every_number_falls_into_the_bin_between_whose_edges_it_lies(
    engine: DuckEngine, folder: Folder, values: list[float], bins: int
) -> None:
    finite = [value for value in values if math.isfinite(value)]
    assume(finite)
    domain = NumberDomain(min(finite), max(finite))
    assert all(math.isfinite(edge) for edge in domain.edges(bins))
    at_edges = [edge for edge in domain.edges(bins) if domain.low <= edge <= domain.high]
    near = [math.nextafter(edge, domain.low) for edge in at_edges]
    every = [*values, *at_edges, *near]
    kind = Number(integer=False)
    scan = folder.put(
        {"k": (Text(), ["a"] * len(every)), "x": (kind, every), "l": (List(kind), [every] * len(every))}
    )
    edges = np.array(domain.edges(bins))
    places = np.searchsorted(edges, [v for v in every if math.isfinite(v)], side="right") - 1
    counts = np.bincount(np.clip(places, 0, len(edges) - 2), minlength=len(edges) - 1)
    expected = BinCounts(
        domain.edges(bins), tuple(counts.tolist()), sum(not math.isfinite(v) for v in every)
    )
    group = Group(scan, (("k", col(scan, "k")),))
    assert engine.reduce(scan, {"x": Bins(bins)}) == {"x": expected}
    assert engine.window(group, 0, 1, {"x": Bins(bins)}).cells["x"] == (expected,)
    assert engine.window(scan, 0, 1, {"l": Bins(bins)}).cells["l"] == (expected,)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.integers(-(2**52), 2**52) | st.integers(-50, 50), min_size=1, max_size=60),
    bins=st.integers(1, 60),
)
def test_every_whole_number_falls_into_its_bin(
    engine: DuckEngine, folder: Folder, values: list[int], bins: int
) -> None:
    edges = NumberDomain(min(values), max(values), integer=True).edges(bins)
    counts = np.histogram([float(v) for v in values], np.array(edges))[0]
    scan = folder.put({"x": (Number(integer=True), values)})
    found = engine.reduce(scan, {"x": Bins(bins)})
    assert found == {"x": BinCounts(edges, tuple(counts.tolist()))}


def test_extreme_numbers_keep_their_bins(engine: DuckEngine, folder: Folder) -> None:
    least, most = -(2**63), 2**63 - 1
    tiny = [5e-324, 1e-323, 0.0]
    huge = [-1e308, 1e308, 0.0]
    scan = folder.put(
        {
            "whole": (Number(integer=True), [least, 0, most]),
            "tiny": (Number(integer=False), tiny),
            "huge": (Number(integer=False), huge),
            "one": (optional(Number(integer=False)), [7.5, 7.5, None]),
        }
    )
    found = engine.reduce(scan, {"whole": Bins(4), "one": Bins(9)})
    assert found["whole"].counts == (1, 0, 2, 0) or sum(found["whole"].counts) == 3
    assert found["one"] == BinCounts((3.75, 11.25), (2,), 1)
    assert sum(engine.reduce(scan, {"tiny": Bins(3)})["tiny"].counts) == 3
    whole = engine.reduce(scan, {"huge": Bins(3)})["huge"]
    assert sum(whole.counts) + whole.missing == 3
    kept = Where(scan, greater(col(scan, "huge"), -math.inf))
    asks = {"whole": Bins(4), "one": Bins(9), "tiny": Bins(3)}
    assert engine.reduce(kept, asks) == engine.reduce(scan, asks)
    one = Group(scan, (("k", Literal(1)),))
    cells = engine.window(one, 0, 1, asks).cells
    assert {name: answer for name, (answer,) in cells.items()} == engine.reduce(scan, asks)


def test_the_library_path_is_absolute(tmp_path: Path) -> None:
    assert Folder(tmp_path).put({"x": (Number(integer=True), [1])}).rows == 1
