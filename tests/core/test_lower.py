"""What the SQL answers, executed: every trap of DuckDB, of sqlglot and of MongoDB's semantics."""

from __future__ import annotations

import math
from typing import Any

import duckdb
import pytest
from asking import Asker, table_of
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from vitrail.errors import QueryError
from vitrail.query.complaint import complaints
from vitrail.query.lower import Lowering, bound
from vitrail.query.mongo import parse_expression, parse_filter

NAN = {"$numberDouble": "NaN"}
SCHEMA = {
    "_id": "int64",
    "i": "int64",
    "j": "int64",
    "d": "double",
    "e": "double",
    "s": "string",
    "b": "bool",
    "l": {"list": "double"},
    "n": {"list": "int64"},
    "o": {"struct": {"x": "int64", "y": "double"}},
    "ll": {"list": {"list": "int64"}},
    "boxes": {"list": {"struct": {"class_id": "int64", "at": {"struct": {"x": "double"}}}}},
}
DOCS: list[dict[str, Any]] = [
    {
        "_id": 0,
        "i": 2**63 - 1,
        "j": 1,
        "d": 1.5,
        "e": NAN,
        "s": "Äbc",
        "b": True,
        "l": [1.0, None, NAN],
        "n": [3, 1, 2],
        "o": {"x": 1, "y": 2.5},
        "ll": [[1], [2, 3]],
        "boxes": [{"class_id": 13, "at": {"x": 0.5}}, {"class_id": None, "at": None}],
    },
    {
        "_id": 1,
        "i": None,
        "j": 0,
        "d": NAN,
        "e": 2.5,
        "s": "",
        "b": False,
        "l": [],
        "n": [],
        "ll": [],
        "boxes": [],
    },
    {"_id": 2, "i": -7, "j": 3, "d": -0.0, "o": {"x": None, "y": None}},
    {
        "_id": 3,
        "i": 2**53 + 1,
        "j": 2**53,
        "d": 2.0**53,
        "e": 2.0**53,
        "s": "B",
        "b": True,
        "l": [2.5],
        "n": [None, 5],
        "o": {"x": 1, "y": 2.5},
        "ll": [None, []],
        "boxes": [{"class_id": 4, "at": {"x": 1.5}}],
    },
]


@pytest.fixture(scope="module")
def asker() -> Asker:
    scan, rows = table_of({"schema": SCHEMA, "docs": DOCS})
    return Asker(scan, rows)


def values(asker: Asker, text: str) -> list[Any]:
    return asker.values(parse_expression(text, asker.scan))


def same(got: list[Any], wanted: list[Any]) -> bool:
    return repr(got) == repr(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # null lowest, then NaN, which equals itself; never a third truth
        ("{$lt: [$d, $e]}", [False, True, False, False]),
        ("{$gt: [$d, $e]}", [True, False, True, False]),
        ("{$lt: [$d, 5]}", [True, True, True, False]),
        ("{$lte: [$e, NaN]}", [True, False, True, False]),
        ("{$gte: [$e, NaN]}", [True, True, False, True]),
        ("{$gt: [$e, NaN]}", [False, True, False, True]),
        ("{$lt: [$e, NaN]}", [False, False, True, False]),
        ("{$eq: [$e, NaN]}", [True, False, False, False]),
        ("{$ne: [$i, -7]}", [True, True, False, True]),
        ("{$gt: [$i, null]}", [True, False, True, True]),
        ("{$lt: [0.5, $d]}", [True, False, False, True]),
        ("{$cmp: [$d, $e]}", [1, -1, 1, 0]),
        # whole numbers and floats compare by exact value
        ("{$eq: [$i, $d]}", [False, False, False, False]),
        ("{$gt: [$i, $d]}", [True, False, False, True]),
        ("{$eq: [$j, $d]}", [False, False, False, True]),
        ("{$eq: [$i, 9007199254740992.0]}", [False, False, False, False]),
        ("{$lt: [$i, 1e300]}", [True, True, True, True]),
        ("{$gt: [$i, -Infinity]}", [True, False, True, True]),
        # other types have an order too, and a boolean is no number
        ("{$gt: [$s, 5]}", [True, True, False, True]),
        ("{$eq: [$b, 1]}", [False, False, False, False]),
        ("{$lt: [$s, $b]}", [True, True, False, True]),
        # lists and documents item by item, null low inside them too, keys in order
        ("{$eq: [$l, [1.0, null, NaN]]}", [True, False, False, False]),
        ("{$lt: [$l, [1, 0]]}", [True, True, True, False]),
        ("{$lt: [$n, [1]]}", [False, True, True, True]),
        ("{$eq: [$o, {x: 1, y: 2.5}]}", [True, False, False, True]),
        ("{$eq: [$o, {y: 2.5, x: 1}]}", [False, False, False, False]),
        ("{$gt: [$ll, [[1]]]}", [True, False, False, False]),
        # truth
        ("{$not: $d}", [False, False, True, False]),
        ("{$not: $s}", [False, False, True, False]),
        ("{$and: [$i, $d, $s]}", [True, False, False, True]),
        ("{$or: []}", [False] * 4),
        ("{$and: []}", [True] * 4),
        ("{$cond: [$d, 1, 2]}", [1, 1, 2, 1]),
    ],
)
def test_comparisons_and_truth_are_mongodbs(asker: Asker, text: str, wanted: list[Any]) -> None:
    assert values(asker, text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$add: [$i, $j]}", [2**63, None, -4, 2**54 + 1]),
        ("{$multiply: [$j, {$add: [$j, 1]}]}", [2.0, 0.0, 12.0, 2.0**106]),
        ("{$subtract: [{$add: [$j, 1]}, {$subtract: [$j, 1]}]}", [2, 2, 2, 2]),
        ("{$mod: [$i, 3]}", [1, None, -1, 0]),
        ("{$mod: [$i, $j]}", [0, None, -1, 1]),
        ("{$divide: [6, $j]}", [6.0, None, 2.0, 6 / 2**53]),
        ("{$divide: [$j, {$multiply: [2, 2]}]}", [0.25, 0.0, 0.75, 2.0**51]),
        ("{$sqrt: $i}", [math.sqrt(2**63), None, None, math.sqrt(2**53)]),
        ("{$ln: $d}", [math.log(1.5), math.nan, None, math.log(2.0**53)]),
        ("{$pow: [-8, 0.5]}", [math.nan] * 4),
        ("{$abs: {$subtract: [$j, 3]}}", [2, 3, 0, 2**53 - 3]),
    ],
)
def test_arithmetic_never_raises_for_a_row(asker: Asker, text: str, wanted: list[Any]) -> None:
    assert same(values(asker, text), wanted)


@pytest.mark.parametrize(
    ("number", "place", "wanted"),
    [
        (2.5, 0, 2.0),
        (-2.5, 0, -2.0),
        (3.5, 0, 4.0),
        (15, -1, 20),
        (25, -1, 20),
        (-25, -1, -20),
        (2.675, 2, 2.67),
        (10.055, 2, 10.05),
        (0.125, 2, 0.12),
    ],
)
def test_rounding_is_half_to_even_on_the_exact_value(
    asker: Asker, number: float, place: int, wanted: float
) -> None:
    assert values(asker, f"{{$round: [{number}, {place}]}}")[0] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$size: $n}", [3, 0, None, 2]),
        ("{$in: [null, $l]}", [True, False, None, False]),
        ("{$in: [NaN, $l]}", [True, False, None, False]),
        ("{$in: [2.0, $n]}", [True, False, None, False]),
        ("{$in: [$i, [null, 1, 'x']]}", [False, True, False, False]),
        ("{$in: [$d, [7, 1.5, 8, 9, NaN]]}", [True, True, False, False]),
        ("{$in: [$j, [0.5, 3.0, 4, 5, 6, 7.0]]}", [False, False, True, False]),
        ("{$min: $l}", [math.nan, None, None, 2.5]),
        ("{$max: $l}", [1.0, None, None, 2.5]),
        ("{$max: [$i, $d]}", [2.0**63, math.nan, -0.0, 2.0**53]),
        ("{$max: [$n, [1]]}", [[3, 1, 2], [1], [1], [1]]),
        ("{$sum: $n}", [6, 0, 0, 5]),
        ("{$sum: [$j, $s, 1]}", [2, 1, 4, 2**53 + 1]),
        ("{$avg: $n}", [2.0, None, None, 5.0]),
        ("{$filter: {input: $l, cond: {$lt: [$$this, 2]}}}", [[1.0, None, math.nan], [], None, []]),
        ("{$filter: {input: $n, cond: $$this, limit: 2}}", [[3, 1], [], None, [5]]),
        ("$boxes.at.x", [[0.5, None], [], None, [1.5]]),
        ("{$map: {input: $ll, as: 'x', in: {$size: '$$x'}}}", [[1, 2], [], None, None]),
        ("{$arrayElemAt: [$n, -1]}", [2, None, None, 5]),
        ("{$arrayElemAt: [$n, $j]}", [1, None, None, None]),
        ("{$first: $n}", [3, None, None, None]),
        ("{$range: [0, {$size: $n}, 2]}", [[0, 2], [], None, [0]]),
        ("{$range: [{$size: $n}, 0, -1]}", [[3, 2, 1], [], None, [2, 1]]),
        ("{$anyElementTrue: $l}", [True, False, None, True]),
        ("{$allElementsTrue: [$n]}", [True, True, None, False]),
        ("{$anyElementTrue: [[0, null, '']]}", [True] * 4),
        ("{$anyElementTrue: {$map: {input: $n, in: {$gt: [$$this, 2]}}}}", [True, False, None, True]),
        ("{$isArray: $l}", [True, True, False, True]),
        ("{$reduce: {input: $n, initialValue: 0.5, in: {$add: ['$$value', {$ifNull: ['$$this', 0]}]}}}", [6.5, 0.5, None, 5.5]),
        ("{$reduce: {input: $n, initialValue: '', in: {$concat: ['$$value', 'x']}}}", ["xxx", "", None, "xx"]),
        ("{$let: {vars: {a: {$add: [$j, 1]}, k: $j}, in: {$multiply: ['$$a', '$$k']}}}", [2, 0, 12, (2**53 + 1) * 2**53]),
    ],
)  # fmt: skip
def test_lists_keep_null_and_nan(asker: Asker, text: str, wanted: list[Any]) -> None:
    assert same(values(asker, text), wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$toLower: $s}", ["Äbc", "", "", "b"]),
        ("{$toUpper: $s}", ["ÄBC", "", "", "B"]),
        ("{$strLenCP: '😀é'}", [2] * 4),
        ("{$concat: [$s, '!']}", ["Äbc!", "!", None, "B!"]),
        ("{$regexMatch: {input: $s, regex: /^ä/i}}", [True, False, False, False]),
        ("{$regexMatch: {input: 'one\\ntwo', regex: '^two$', options: 'm'}}", [True] * 4),
        ("{$regexMatch: {input: 'one\\ntwo', regex: 'e.t'}}", [False] * 4),
        ("{$regexMatch: {input: 'one\\ntwo', regex: 'e.t', options: 's'}}", [True] * 4),
    ],
)
def test_texts_change_ascii_letters_only(asker: Asker, text: str, wanted: list[Any]) -> None:
    assert values(asker, text) == wanted


POOL: dict[str, list[Any]] = {
    "i": [None, 0, 1, -1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63)],
    "d": [None, 0.0, -0.0, 1.0, math.nan, math.inf, -math.inf, 2.0**53, 0.5, 2.0**63],
    "s": [None, "", "a", "B", "é", "😀"],
    "b": [None, True, False],
    "n": [None, [], [None], [1], [1, 2], [2**53 + 1]],
    "l": [None, [], [None], [1.0], [math.nan], [math.nan, 1.0], [0.5, None]],
    "o": [None, {"x": None, "y": None}, {"x": 1, "y": 0.5}, {"x": 2, "y": None}],
}


def wire(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"$numberDouble": {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]}
    return [wire(item) for item in value] if isinstance(value, list) else value


def sign(left: Any, right: Any) -> int:
    """MongoDB's order of two values, written down once more."""
    ranks = {type(None): 0, int: 1, float: 1, str: 2, dict: 3, list: 4, bool: 8}
    if ranks[type(left)] != ranks[type(right)]:
        return -1 if ranks[type(left)] < ranks[type(right)] else 1
    if isinstance(left, dict):
        return sign(list(left.values()), list(right.values()))
    if isinstance(left, list):
        signs = (sign(a, b) for a, b in zip(left, right, strict=False))
        return next((s for s in signs if s), sign(len(left), len(right)))
    if isinstance(left, str):
        left, right = left.encode(), right.encode()
    if left is None:
        return 0
    nans = [isinstance(value, float) and math.isnan(value) for value in (left, right)]
    if any(nans):
        return nans[1] - nans[0]
    return int(left > right) - int(left < right)


@pytest.fixture(scope="module")
def pairs() -> Asker:
    schema = {"_id": "int64"} | {name: SCHEMA[name] for name in POOL}
    schema |= {f"{name}2": SCHEMA[name] for name in POOL}
    docs = []
    for row in range(60):
        doc: dict[str, Any] = {"_id": row}
        for name, values_ in POOL.items():
            doc[name] = wire(values_[row % len(values_)])
            doc[f"{name}2"] = wire(values_[row * 7 // len(values_) % len(values_)])
        docs.append(doc)
    scan, rows = table_of({"schema": schema, "docs": docs})
    return Asker(scan, rows)


HOLDS = {"$eq": (0,), "$ne": (-1, 1), "$lt": (-1,), "$lte": (-1, 0), "$gt": (1,), "$gte": (0, 1)}


@settings(max_examples=80, deadline=None)
@given(
    name=st.sampled_from(sorted(HOLDS)),
    left=st.sampled_from(sorted(POOL)),
    other=st.sampled_from(sorted(POOL)),
    constant=st.booleans(),
    place=st.integers(0, 9),
)
def test_any_comparison_is_one_total_order(
    pairs: Asker, name: str, left: str, other: str, constant: bool, place: int
) -> None:
    value = POOL[other][place % len(POOL[other])]
    right: Any = {"$literal": wire(value)} if constant else f"${other}2"
    try:
        expr = parse_filter({name: [f"${left}", right]}, pairs.scan).condition
    except QueryError as error:
        assert "have no order" in str(error) or "compared" in str(error)  # noqa: PT017
        return
    mine = [POOL[left][row % len(POOL[left])] for row in range(60)]
    theirs = [
        value if constant else POOL[other][row * 7 // len(POOL[other]) % len(POOL[other])]
        for row in range(60)
    ]
    assert pairs.kept(expr) == [sign(a, b) in HOLDS[name] for a, b in zip(mine, theirs, strict=True)]


def test_errors_of_single_rows_are_counted_not_raised(asker: Asker) -> None:
    expr = parse_filter("{$gte: [{$size: $n}, 1]}", asker.scan).condition
    assert asker.kept(expr) == [True, False, False, True]
    assert [text for text, _ in complaints(expr)] == ["$size of null"]
    assert asker.complained(expr) == [False, False, True, False]


def test_a_guarded_division_is_no_complaint(asker: Asker) -> None:
    guarded = parse_expression("{$cond: [{$gt: [$j, 0]}, {$divide: [1, $j]}, 0]}", asker.scan)
    bare = parse_expression("{$divide: [1, $j]}", asker.scan)
    assert asker.complained(guarded) == [False] * 4
    assert asker.complained(bare) == [False, True, False, False]


def test_a_complaint_inside_a_list_counts_the_row(asker: Asker) -> None:
    expr = parse_expression("{$map: {input: $ll, as: 'x', in: {$size: '$$x'}}}", asker.scan)
    assert asker.complained(expr) == [False, False, False, True]


def test_a_range_too_long_at_run_time_is_an_error(asker: Asker) -> None:
    with pytest.raises(duckdb.InvalidInputException, match=r"\$range makes more than 100,000 items"):
        values(asker, "{$size: {$range: [0, $j]}}")


def test_values_are_bound_and_names_are_ids(asker: Asker) -> None:
    hostile = "'); DROP TABLE t; --"
    expr = parse_expression({"$eq": ["$s", hostile]}, asker.scan)
    lowering = Lowering(asker.column)
    text = lowering.sql(expr).sql("duckdb")
    assert hostile not in text
    assert list(lowering.params.values()) == [hostile]
    assert asker.values(expr) == [False] * 4


def test_a_nested_expression_grows_in_proportion(asker: Asker) -> None:
    def length(depth: int) -> int:
        text = "$d"
        for _ in range(depth):
            text = f"{{$cmp: [{text}, $e]}}"
        lowering = Lowering(asker.column)
        return len(lowering.sql(parse_expression(text, asker.scan)).sql("duckdb"))

    assert length(14) < 2.2 * length(7)


def test_a_long_list_is_one_parameter(asker: Asker) -> None:
    expr = parse_filter({"_id": {"$in": list(range(2, 10_000))}}, asker.scan).condition
    lowering = Lowering(asker.column)
    lowering.condition(expr)
    assert len(lowering.params) == 1
    assert asker.kept(expr) == [False, False, True, True]


def test_operands_keep_their_parentheses(asker: Asker) -> None:
    # sqlglot writes a * b + c for the product of a and a sum
    assert values(asker, "{$multiply: [2, {$add: [$j, 1]}]}")[2] == 8
    assert values(asker, "{$subtract: [10, {$subtract: [5, 2]}]}")[0] == 7
    assert values(asker, "{$not: {$and: [$b, {$or: [$j, $i]}]}}") == [False, True, True, False]


def test_only_what_the_tree_holds_is_bound(asker: Asker) -> None:
    lowering = Lowering(asker.column)
    kept = lowering.sql(parse_expression("{$eq: [$j, 1]}", asker.scan))
    lowering.sql(parse_expression("{$eq: [$j, 2]}", asker.scan))
    assert bound(exp.select(kept), lowering.params) == {"p0": 1}
