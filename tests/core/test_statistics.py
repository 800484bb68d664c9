"""What is known of a table's values from its files' footers, and what the engine makes of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from engine_library import Folder, col, engine_over, greater

from vitrail.domain import NumberDomain
from vitrail.dtypes import DType, List, Number, Optional, Struct, Table, Text, Timestamp, optional
from vitrail.layout import arrow_schema, to_arrow
from vitrail.parquet import GROUP_ROWS, write_parts
from vitrail.query.duck import DuckEngine
from vitrail.query.expr import Call, Expr, Literal
from vitrail.query.footers import known_of_files
from vitrail.query.index.facts import first_facts
from vitrail.query.plan import Scan, Sort, Where
from vitrail.query.planning import filtered
from vitrail.query.question import Question
from vitrail.query.reduction import Values
from vitrail.query.sql import compile_question
from vitrail.statistics import Facts, from_metadata

FLOAT, WHOLE = Number(integer=False), Number(integer=True)
NAN, INF = math.nan, math.inf
BOX = Struct((("kind", WHOLE), ("score", optional(FLOAT))))


def written(folder: Path, dtype: DType, values: Sequence[Any]) -> tuple[Path, ...]:
    """The files of a table of one column."""
    table = Table((("x", dtype),))
    folder.mkdir(exist_ok=True)
    batch = pa.Table.from_arrays([to_arrow(list(values), dtype)], schema=arrow_schema(table))
    return tuple(write_parts(table, [batch], folder)[0])


def known(paths: Sequence[Path]) -> dict[str, Facts]:
    return dict(known_of_files(duckdb.connect(), tuple(map(str, paths))))


@pytest.mark.parametrize(
    ("values", "facts"),
    [
        ([0.5, NAN, None, -INF, 2.0], Facts(1, 1, 0.5, 2.0)),
        ([-0.0, 0.0], Facts(0, 0, 0.0, 0.0)),
        ([NAN, INF], Facts(0, 1, None, None)),
        ([None, None], Facts(2, 0, None, None)),
    ],
)
def test_a_file_says_which_of_its_floats_are_missing_or_nan_and_bounds_the_others(
    tmp_path: Path, values: list[float | None], facts: Facts
) -> None:
    found = known(written(tmp_path, Optional(FLOAT), values))
    assert found == {"c0": facts}
    assert math.copysign(1, found["c0"].low or 0.0) == 1


@pytest.mark.parametrize(
    ("values", "rising"), [([1, 2, 5], True), ([1, 1, 2], False), ([1, None, 2], False), ([2, 1], False)]
)
def test_a_file_says_whether_whole_numbers_rise(
    tmp_path: Path, values: list[int | None], rising: bool
) -> None:
    assert known(written(tmp_path, Optional(WHOLE), values))["c0"].rising is rising


def test_what_is_inside_of_lists_and_structs_is_known_too(tmp_path: Path) -> None:
    boxes = [[{"kind": 1, "score": NAN}, None], None, [], [{"kind": 3, "score": None}]]
    assert known(written(tmp_path, Optional(List(Optional(BOX))), boxes)) == {
        "c0": Facts(1),
        "c0[]": Facts(1),
        "c0[].f0": Facts(1, 0, 1, 3),
        "c0[].f1": Facts(2, 1),
    }


def test_parts_are_known_together_only_where_all_of_them_say_it(tmp_path: Path) -> None:
    one, two, three = (
        written(tmp_path / name, WHOLE, values)
        for name, values in (("a", [1, 2]), ("b", [3, 9]), ("c", [9, 10]))
    )
    assert known([*one, *two]) == {"c0": Facts(0, 0, 1, 9, True)}
    assert known([*one, *two, *three])["c0"] == Facts(0, 0, 1, 10, False)
    plain = tmp_path / "plain.parquet"
    pq.write_table(pq.read_table(one[0]).replace_schema_metadata(), plain)
    assert known([*one, plain]) == {}
    assert (
        from_metadata(["{", '{"format": 9}', '{"format": 1, "columns": {"c0": [0, 0, 0, 0, 0, 0]}}'])
        == {}
    )


def test_floats_are_bounded_only_in_files_without_nan(tmp_path: Path) -> None:
    values = [0.25] * GROUP_ROWS + [NAN] + [0.75] * GROUP_ROWS
    paths = written(tmp_path, FLOAT, values)
    chunks = [pq.read_metadata(path).row_group(0).column(0) for path in paths]
    assert [chunk.is_stats_set for chunk in chunks] == [True, False]
    assert [pq.read_metadata(path).num_rows for path in paths] == [GROUP_ROWS, GROUP_ROWS + 1]
    again = written(tmp_path / "again", FLOAT, values)
    assert [p.read_bytes() for p in again] == [p.read_bytes() for p in paths]


class Written(Folder):
    """A library of tables in files as the store writes them."""

    def write(self, dtype: DType, values: Sequence[Any], parts: int = 1) -> Scan:
        name, step = f"t{len(self.parts)}", -(-len(values) // parts)
        pieces = [values[i : i + step] for i in range(0, len(values), step)]
        paths = [written(self.folder / f"{name}-{i}", dtype, piece) for i, piece in enumerate(pieces)]
        self.parts[name] = tuple(path for piece in paths for path in piece)
        return Scan(name, Table((("x", dtype),)), len(values))


@pytest.fixture
def library(tmp_path: Path) -> Written:
    return Written(tmp_path)


@pytest.fixture
def engine(library: Written) -> Iterator[DuckEngine]:
    with engine_over(library) as found:
        yield found


def text_of(library: Written, scan: Scan, condition: Expr) -> str:
    names = tuple(map(str, library.files(scan.table)))
    facts = known_of_files(duckdb.connect(), names)
    question = Question("count", Where(scan, condition))
    return compile_question(question, {scan.table: names}, known={scan.table: facts}).text


def test_nothing_guards_against_nan_where_there_is_none(library: Written) -> None:
    plain = library.write(FLOAT, [0.5, 0.25, -INF])
    with_nan = library.write(FLOAT, [0.5, NAN])
    assert "nan" not in text_of(library, plain, greater(col(plain, "x"), 0.3))
    assert "nan" in text_of(library, with_nan, greater(col(with_nan, "x"), 0.3))
    below = Call("$lt", (col(plain, "x"), Literal(0.3)))
    assert "COALESCE" not in text_of(library, plain, below)


def test_a_name_given_anew_inside_of_a_filter_is_not_taken_for_the_lists_item(library: Written) -> None:
    scan = library.write(List(FLOAT), [[0.5], [0.25]])
    anew = "{$let: {vars: {b: {$divide: ['$$b', 0.5]}}, in: {$gt: ['$$b', 0.3]}}}"
    text = f"{{$size: {{$filter: {{input: '$x', as: 'b', cond: {anew}}}}}}}"
    plan = filtered(scan, text)[0]
    assert isinstance(plan, Where)
    assert "nan" in text_of(library, scan, plan.condition)


VALUES = [0.5, 0.25, -1.0, 2.0, 0.0, -0.0, INF, -INF]


@pytest.mark.parametrize("extra", [[], [NAN], [None], [NAN, None]])
@pytest.mark.parametrize("parts", [1, 3])
def test_answers_do_not_depend_on_what_is_known(
    library: Written, engine: DuckEngine, extra: list[float | None], parts: int
) -> None:
    values = [*VALUES, *extra]
    stored = library.write(Optional(FLOAT), values, parts)
    bare = library.put({"x": (Optional(FLOAT), values)}, parts=parts)
    for name in ("$eq", "$ne", "$lt", "$lte", "$gt", "$gte"):
        for constant in (0.25, 0, NAN, INF, None):
            counts = [
                engine.count(Where(scan, Call(name, (col(scan, "x"), Literal(constant)))))
                for scan in (stored, bare)
            ]
            assert counts[0] == counts[1], (name, constant)
    for descending in (False, True):
        pages = [
            engine.window(Sort(scan, ((col(scan, "x"), descending),)), 0, 20, {"x": Values()})
            for scan in (stored, bare)
        ]
        assert repr(pages[0].cells) == repr(pages[1].cells)
    assert engine.domain(stored, "x") == engine.domain(bare, "x") == NumberDomain(-1.0, 2.0)


def test_the_conditions_of_a_filter_over_boxes_hold_alike(library: Written, engine: DuckEngine) -> None:
    boxes = [[{"kind": 1, "score": NAN}, None], None, [], [{"kind": 3, "score": 0.7}]]
    plain = [[{"kind": 1, "score": 0.2}], [], [{"kind": 3, "score": 0.7}]]
    text = "{$gt: [{$size: {$filter: {input: '$x', as: 'b', cond: {$lt: ['$$b.score', 0.5]}}}}, 0]}"
    for values, wanted in ((boxes, 1), (plain, 1)):
        dtype = Optional(List(Optional(BOX)))
        for scan in (library.write(dtype, values), library.put({"x": (dtype, values)})):
            assert engine.count(filtered(scan, text)[0]) == wanted


def test_the_bounds_of_moments_are_seconds(library: Written, engine: DuckEngine) -> None:
    import datetime as dt

    moments = [dt.datetime(2024, 5, day, 12, 30, 0, 250_000, tzinfo=dt.UTC) for day in (3, 9)]
    days = [dt.date(1969, 12, 30), dt.date(2024, 1, 2)]
    for dtype, values in ((Timestamp(form="instant"), moments), (Timestamp(form="date"), days)):
        stored, bare = library.write(dtype, values), library.put({"x": (dtype, values)})
        assert engine.domain(stored, "x") == engine.domain(bare, "x")


def test_texts_are_only_counted(tmp_path: Path) -> None:
    assert known(written(tmp_path, Optional(Text()), ["a", None])) == {"c0": Facts(1)}


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        (Optional(FLOAT), [0.5, NAN, None, -INF, 2.0, 1e300, -3.0]),
        (FLOAT, [NAN, INF]),
        (Optional(WHOLE), [-(2**62), None, 7, 2**63 - 1]),
        (WHOLE, [1, 2, 9]),
        (Optional(Timestamp("instant")), [None, datetime(2024, 2, 29, tzinfo=UTC)]),
        (Optional(Text()), ["a", None, "a", "a", "b", "a", "a", "a"]),
        (Optional(List(WHOLE)), [[1], None, []]),
    ],
)
def test_an_index_takes_from_the_footers_what_it_would_count(
    library: Written, dtype: DType, values: list[Any]
) -> None:
    scan = library.write(dtype, values, parts=2)
    names = tuple(map(str, library.files(scan.table)))
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    asked: list[str] = []

    def ask(tree: Any, bound: Any) -> list[tuple[Any, ...]]:
        asked.append(tree.sql("duckdb"))
        return connection.execute(asked[-1], dict(bound)).fetchall()

    (counted,), words = first_facts(scan, names, ask, {})
    asked.clear()
    (said,), again = first_facts(scan, names, ask, known_of_files(connection, names))
    assert again == words
    assert said.nulls == values.count(None)
    assert said.rising is (values == [1, 2, 9])
    assert replace(said, rising=False, nulls=counted.nulls) == counted
    assert not any("COUNT(c0)" in text for text in asked)
