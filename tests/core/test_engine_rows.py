"""Windows, filters, order and groups on real workers, against plain Python."""

from __future__ import annotations

import math
from collections.abc import Iterator
from operator import eq, ge, gt, le, lt, ne
from typing import Any

import pyarrow as pa
import pytest
from engine_library import Folder, col, engine_over, greater

from vitrail.domain import NumberDomain
from vitrail.dtypes import Boolean, List, Nothing, Number, Optional, Struct, Text, Timestamp
from vitrail.errors import Invalid, NotFound
from vitrail.layout import arrow_schema, table_dtype
from vitrail.query.duck import DuckEngine
from vitrail.query.expr import Call, Expr, Field, Literal
from vitrail.query.plan import Group, Plan, Scan, Sort, Where
from vitrail.query.reduction import Bins, Items, Values
from vitrail.table import Table
from vitrail.values import to_python

NAN, INF = math.nan, math.inf
SCORES: list[Any] = [3.0, None, NAN, -1.0, INF, None, 0.0, NAN, -INF, 3.0, -0.0]
WORDS: list[Any] = ["b", "a", None, "b", "é", "Z", "", None, "a", "b", "a"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="module")
def engine(folder: Folder) -> Iterator[DuckEngine]:
    with engine_over(folder) as engine:
        yield engine


@pytest.fixture(scope="module")
def scan(folder: Folder) -> Scan:
    return folder.put(
        {
            "id": (Number(integer=True), range(len(SCORES))),
            "score": (Optional(Number(integer=False)), SCORES),
            "word": (Optional(Text()), WORDS),
        },
        parts=2,
        row_group_rows=3,
    )


def ids(engine: DuckEngine, plan: Plan, start: int = 0, stop: int = 1000) -> list[int]:
    return list(engine.window(plan, start, stop, {"id": Values()}).cells["id"])


def rank(value: float | None) -> tuple[int, float]:
    """MongoDB's order: missing, then NaN, then the numbers."""
    return (0, 0) if value is None else (1, 0) if math.isnan(value) else (2, value)


def test_a_rising_sort_puts_missing_lowest_then_nan_and_keeps_ties(
    engine: DuckEngine, scan: Scan
) -> None:
    plan = Sort(scan, ((col(scan, "score"), False),))
    assert ids(engine, plan) == sorted(range(len(SCORES)), key=lambda i: rank(SCORES[i]))


def test_a_falling_sort_puts_nan_and_missing_last_and_keeps_ties(engine: DuckEngine, scan: Scan) -> None:
    plan = Sort(scan, ((col(scan, "score"), True),))
    expected = sorted(range(len(SCORES)), key=lambda i: (-rank(SCORES[i])[0], -rank(SCORES[i])[1]))
    assert ids(engine, plan) == expected


def test_text_sorts_by_its_bytes(engine: DuckEngine, scan: Scan) -> None:
    plan = Sort(scan, ((col(scan, "word"), False),))
    expected = sorted(range(len(WORDS)), key=lambda i: (WORDS[i] is not None, (WORDS[i] or "").encode()))
    assert ids(engine, plan) == expected


def test_a_second_sort_keeps_the_first_ones_order_among_ties(engine: DuckEngine, scan: Scan) -> None:
    twice = Sort(Sort(scan, ((col(scan, "id"), True),)), ((col(scan, "word"), False),))
    once = Sort(scan, ((col(scan, "word"), False), (col(scan, "id"), True)))
    assert ids(engine, twice) == ids(engine, once)
    assert ids(engine, once) != ids(engine, Sort(scan, ((col(scan, "word"), False),)))


@pytest.mark.parametrize(("start", "stop"), [(0, 4), (3, 7), (9, 20), (11, 12), (500, 600), (4, 4)])
def test_windows_end_where_the_table_ends(engine: DuckEngine, scan: Scan, start: int, stop: int) -> None:
    for plan in (
        scan,
        Where(scan, greater(col(scan, "id"), -1)),
        Sort(scan, ((col(scan, "id"), False),)),
    ):
        window = engine.window(plan, start, stop, {"id": Values()})
        assert window.cells["id"] == tuple(range(len(SCORES))[start:stop])
        assert (window.start, window.rows) == (start, len(range(len(SCORES))[start:stop]))


def test_a_window_without_columns_still_counts_its_rows(engine: DuckEngine, scan: Scan) -> None:
    assert engine.window(scan, 8, 40, {}).rows == 3
    assert engine.window(Group(scan, (("word", col(scan, "word")),)), 0, 40, {}).rows == 6


def test_a_window_backwards_is_refused(engine: DuckEngine, scan: Scan) -> None:
    with pytest.raises(Invalid, match="not from 5 to 2"):
        engine.window(scan, 5, 2, {})
    with pytest.raises(NotFound, match=r"no column 'skore'.*Did you mean 'score'"):
        engine.window(scan, 0, 2, {"skore": Values()})


def test_a_filter_keeps_the_rows_that_are_true_in_order(engine: DuckEngine, scan: Scan) -> None:
    plan = Where(scan, greater(col(scan, "score"), -1.0))
    kept = [i for i, v in enumerate(SCORES) if rank(v) > (2, -1.0)]
    assert ids(engine, plan) == kept
    assert engine.count(plan) == len(kept)
    assert ids(engine, plan, 1, 3) == kept[1:3]
    assert engine.count(Sort(plan, ((col(scan, "id"), True),))) == len(kept)


@pytest.mark.parametrize("deep", [False, True], ids=["column", "part"])
@pytest.mark.parametrize("name", ["$gt", "$gte", "$lt", "$lte", "$eq", "$ne"])
def test_nan_is_the_least_number_in_every_row_group(
    engine: DuckEngine, folder: Folder, name: str, deep: bool
) -> None:
    values: list[Any] = [NAN, NAN, NAN, 0.1, 0.2, None, 0.7, NAN]
    kind = Optional(Number(integer=False))
    scan = folder.put(
        {
            "id": (Number(integer=True), range(8)),
            "x": (kind, values),
            "s": (Struct((("y", kind),)), [{"y": v} for v in values]),
        },
        row_group_rows=4,
    )
    value: Expr = Field(col(scan, "s"), "y") if deep else col(scan, "x")
    compare = {"$gt": gt, "$gte": ge, "$lt": lt, "$lte": le, "$eq": eq, "$ne": ne}[name]
    kept = [i for i, v in enumerate(values) if compare(rank(v), rank(0.2))]
    assert ids(engine, Where(scan, Call(name, (value, Literal(0.2))))) == kept
    nan = [i for i, v in enumerate(values) if compare(rank(v), rank(NAN))]
    assert ids(engine, Where(scan, Call(name, (value, Literal(NAN))))) == nan


def test_a_tables_own_files_let_nan_be_found() -> None:
    values = [0.1, NAN, 0.2, NAN, 0.3]
    table = Table(["id", "x", "l"], [[i, v, [v]] for i, v in enumerate(values)])
    assert table.query({"x": NAN}).get_column("id") == [1, 3]
    assert table.query({"x": {"$ne": NAN}}).get_column("id") == [0, 2, 4]
    assert table.query({"$expr": {"$lt": ["$x", 0.15]}}).get_column("id") == [0, 1, 3]
    assert table.query({"l": NAN}).get_column("id") == [1, 3]


@pytest.mark.parametrize(
    ("column", "true"),
    [("score", lambda v: v is not None and v != 0), ("word", lambda v: v is not None), ("id", bool)],
)
def test_a_plain_value_filters_by_mongodbs_truth(
    engine: DuckEngine, scan: Scan, column: str, true: Any
) -> None:
    values = {"score": SCORES, "word": WORDS, "id": list(range(len(SCORES)))}[column]
    assert ids(engine, Where(scan, col(scan, column))) == [i for i, v in enumerate(values) if true(v)]


def test_missing_share_a_group_and_nan_is_one_group_and_zeros_are_one(
    engine: DuckEngine, scan: Scan
) -> None:
    plan = Group(scan, (("score", col(scan, "score")),))
    window = engine.window(plan, 0, 50, {"score": Values(), "count": Values(), "id": Values()})
    assert (
        repr(list(window.cells["score"])).replace("-0.0", "0.0")
        == "[None, nan, -inf, -1.0, 0.0, 3.0, inf]"
    )
    assert window.cells["count"] == (2, 2, 1, 1, 2, 2, 1)
    assert [i.values for i in window.cells["id"]] == [(1, 5), (2, 7), (8,), (3,), (6, 10), (0, 9), (4,)]
    assert engine.count(plan) == 7


def test_groups_by_two_keys_rise_by_the_first_then_the_second(engine: DuckEngine, scan: Scan) -> None:
    big: Expr = greater(col(scan, "id"), 4)
    plan = Group(scan, (("late", big), ("word", col(scan, "word"))))
    window = engine.window(plan, 0, 50, {"late": Values(), "word": Values(), "id": Values()})
    found = list(zip(window.cells["late"], window.cells["word"], window.cells["id"], strict=True))
    expected = sorted(
        {(i > 4, w) for i, w in enumerate(WORDS)},
        key=lambda k: (k[0], k[1] is not None, (k[1] or "").encode()),
    )
    assert [(late, word) for late, word, _ in found] == expected
    for late, word, items in found:
        assert list(items.values) == [i for i, w in enumerate(WORDS) if (i > 4, w) == (late, word)]
    assert plan.dtype.columns is not None
    assert [name for name, _ in plan.dtype.columns] == ["late", "word", "count", "id", "score"]


def test_groups_can_be_filtered_and_sorted_by_their_size_and_their_lists(
    engine: DuckEngine, scan: Scan
) -> None:
    group = Group(scan, (("word", col(scan, "word")),))
    large = Where(group, greater(col(group, "count"), 1))
    plan = Sort(large, ((col(group, "count"), True), (col(group, "word"), True)))
    window = engine.window(plan, 0, 9, {"word": Values(), "count": Values(), "id": Values(1)})
    assert window.cells["word"] == ("b", "a", None)
    assert window.cells["id"] == (Items((0,), 3), Items((1,), 3), Items((2,), 2))
    assert engine.count(large) == 3
    listed = Where(group, greater(Call("$size", (col(group, "id"),)), 2))
    assert engine.window(listed, 0, 9, {"word": Values()}).cells["word"] == ("a", "b")


def test_lists_of_a_group_keep_the_order_of_the_sort_below(engine: DuckEngine, scan: Scan) -> None:
    group = Group(Sort(scan, ((col(scan, "id"), True),)), (("word", col(scan, "word")),))
    for limit in (2, None):
        found = engine.window(group, 3, 4, {"word": Values(), "id": Values(limit)}).cells
        assert found == {"word": ("a",), "id": (Items((10, 8, 1)[:limit], 3),)}


def test_a_group_of_groups_is_a_table_like_any_other(engine: DuckEngine, scan: Scan) -> None:
    inner = Group(scan, (("word", col(scan, "word")),))
    outer = Group(inner, (("size", col(inner, "count")),))
    window = engine.window(outer, 0, 9, {"size": Values(), "word": Values(), "count": Values()})
    assert window.cells["size"] == (1, 2, 3)
    assert window.cells["word"] == (Items(("", "Z", "é"), 3), Items((None,), 1), Items(("a", "b"), 2))


def test_an_empty_table_answers_everything(engine: DuckEngine, folder: Folder) -> None:
    scan = folder.put({"x": (Number(integer=False), []), "n": (Nothing(), []), "t": (Text(), [])})
    group = Group(scan, (("t", col(scan, "t")),))
    for plan in (
        scan,
        group,
        Sort(group, ((col(group, "t"), True),)),
        Where(scan, greater(col(scan, "x"), 0)),
    ):
        assert engine.count(plan) == 0
        assert engine.window(plan, 0, 10, {"x": Values(), "t": Values()}).rows == 0
        assert engine.rows(plan).num_rows == 0
    assert engine.domain(scan, "x") is None
    assert engine.domain(scan, "n") is None


def test_rows_come_in_the_layout_with_names_and_types(engine: DuckEngine, scan: Scan) -> None:
    plan = Sort(Where(scan, greater(col(scan, "id"), 3)), ((col(scan, "id"), True),))
    found = engine.rows(plan, 1, 4)
    assert found.schema.equals(arrow_schema(scan.schema))
    assert table_dtype(found.schema) == scan.schema
    assert to_python(found.column("c0"), Number(integer=True)) == [9, 8, 7]
    grouped = Group(scan, (("word", col(scan, "word")),))
    rows = engine.rows(grouped)
    assert rows.schema.equals(arrow_schema(grouped.dtype))
    assert rows.column("c2").to_pylist() == [[2, 7], [6], [5], [1, 8, 10], [0, 3, 9], [4]]
    assert engine.rows(grouped, 1, 3).column("c2").to_pylist() == [[6], [5]]
    assert engine.rows(scan, 2).column("c0").to_pylist() == list(range(2, 11))


def test_every_type_is_read_back_as_it_was_logged(engine: DuckEngine, folder: Folder) -> None:
    import datetime as dt

    at = dt.datetime(1900, 2, 3, 4, 5, 6, 789, dt.UTC)
    columns: dict[str, Any] = {
        "nothing": (Nothing(), [None, None]),
        "flag": (Optional(Boolean()), [True, None]),
        "instant": (Optional(Timestamp("instant")), [at, None]),
        "naive": (Timestamp("naive"), [at.replace(tzinfo=None), dt.datetime(2200, 1, 1)]),
        "date": (Timestamp("date"), [dt.date(1, 1, 1), dt.date(9999, 12, 31)]),
        "lists": (List(List(Optional(Text()))), [[["a", None], []], []]),
        "struct": (
            Struct((("x", Optional(Struct((("y", List(Number(integer=True))),)))),)),
            [{"x": {"y": [1]}}, {"x": None}],
        ),
        "whole": (Number(integer=True), [2**63 - 1, -(2**63)]),
    }
    scan = folder.put(columns)
    cells = engine.window(scan, 0, 2, {name: Values() for name in columns}).cells
    for name, (dtype, values) in columns.items():
        expected = tuple(Items(tuple(v), len(v)) if isinstance(dtype, List) else v for v in values)
        assert cells[name] == expected, name
    assert engine.rows(scan).equals(engine.rows(Where(scan, Literal(True))))
    assert engine.rows(scan).schema.field("c0").type == pa.null()


def test_hostile_names_are_only_names(engine: DuckEngine, folder: Folder) -> None:
    names = [
        "A",
        "a",
        '"; DROP TABLE t0; --',
        "c0",
        "file_row_number",
        "it's",
        "$0",
        "t0.c0",
        "\U0001f600",
        "count",
        "",
    ]
    scan = folder.put({name: (Number(integer=True), [i, i + 100]) for i, name in enumerate(names)})
    window = engine.window(scan, 0, 2, {name: Values() for name in names})
    assert window.cells == {name: (i, i + 100) for i, name in enumerate(names)}
    for i, name in enumerate(names):
        plan = Sort(Where(scan, greater(col(scan, name), 50)), ((col(scan, name), True),))
        assert engine.window(plan, 0, 2, {name: Values()}).cells == {name: (i + 100,)}
        group = Group(scan, ((name, col(scan, name)),))
        assert engine.window(group, 0, 1, {name: Values(), "a": Values()}).cells[name] == (i,)
    hostile = folder.put({"x": (Text(), ["'); DROP TABLE t0; --", "b"])})
    plan = Where(hostile, Call("$eq", (col(hostile, "x"), Literal("'); DROP TABLE t0; --"))))
    assert engine.count(plan) == 1
    assert Group(scan, (("a", col(scan, "a")),)).count_name == "count_1"


def test_warnings_count_the_rows_that_were_read_as_missing(engine: DuckEngine, folder: Folder) -> None:
    scan = folder.put({"xs": (Optional(List(Number(integer=True))), [[1, 2], None, [], None])})
    size = Call("$size", (col(scan, "xs"),))
    assert engine.warnings(Where(scan, greater(size, 0))) == ("2 rows: $size of null",)
    plan = Sort(Where(scan, greater(size, 0)), ((size, False),))
    assert engine.warnings(plan) == ("2 rows: $size of null",)
    assert engine.warnings(scan) == ()


def test_a_million_rows_page_filter_and_group(engine: DuckEngine, folder: Folder) -> None:
    rows = 1_000_000
    ids_ = pa.array(range(rows), pa.int64())
    table = pa.table({"c0": ids_, "c1": pa.array([f"g{i % 100:02}" for i in range(rows)])})
    dtype = Scan("", folder.put({"id": (Number(integer=True), []), "g": (Text(), [])}).schema, 0).dtype
    scan = folder.put_arrow(table, dtype)
    assert ids(engine, scan, 999_995, 1_000_050) == list(range(999_995, rows))
    assert ids(engine, Sort(scan, ((col(scan, "id"), True),)), 500_000, 500_003) == [
        499_999,
        499_998,
        499_997,
    ]
    late = Where(scan, greater(col(scan, "id"), 899_999))
    assert engine.count(late) == 100_000
    assert ids(engine, late, 99_998, 100_010) == [999_998, 999_999]
    group = Group(late, (("g", col(scan, "g")),))
    window = engine.window(group, 98, 100, {"g": Values(), "count": Values(), "id": Values(2)})
    assert window.cells == {
        "g": ("g98", "g99"),
        "count": (1000, 1000),
        "id": (Items((900_098, 900_198), 1000), Items((900_099, 900_199), 1000)),
    }


def test_whole_numbers_that_outgrow_64_bits_are_given_all_the_same(
    engine: DuckEngine, folder: Folder
) -> None:
    whole = Number(integer=True)
    scan = folder.put({"a": (whole, [2**62, 2**62, 5, -(2**63)]), "b": (whole, [1, 2, 3, 4])})
    four = Call("$add", (col(scan, "a"),) * 4)
    group = Group(scan, (("four", four),))
    window = engine.window(group, 0, 9, {"four": Values(), "count": Values()})
    assert window.cells == {"four": (-(2**65), 20, 2**64), "count": (1, 1, 2)}
    assert {type(value) for value in window.cells["four"]} == {int}
    assert engine.domain(group, "four") == NumberDomain(-(2**65), 2**64, integer=True)
    bins = engine.reduce(group, {"four": Bins(2)})["four"]
    assert (sum(bins.counts), {type(count) for count in bins.counts}) == (3, {int})
    rows = engine.rows(group)
    assert rows.column("c0").to_pylist() == [-(2.0**65), 20.0, 2.0**64]
    assert dict(table_dtype(rows.schema).columns or ())["four"] == Number(integer=False)
    assert ids_of(engine, Sort(scan, ((four, True),))) == [1, 2, 3, 4]


def ids_of(engine: DuckEngine, plan: Plan) -> list[int]:
    return list(engine.window(plan, 0, 9, {"b": Values()}).cells["b"])
