"""The conditions that panes offer are read as they were meant, whatever a column is called."""

import datetime as dt

import pytest

from vitrail.dtypes import Boolean, DType, Number, Table, Text, Timestamp
from vitrail.query.expr import Column, Expr
from vitrail.query.mongo import parse_filter
from vitrail.query.plan import Join, Plan, Scan
from vitrail_plugins.writing import is_between, is_value

NAMES = [
    *("score", "größe", "列", "a b", "a.b", "a.b.c", "pr$ice", "it's", 'say "so"', "0", "1.5"),
    *("back\\slash", "line\nbreak", "{$gt: [1]}", "<script>", "a-b", "…", " "),
]


def scan(name: str, dtype: DType) -> Scan:
    return Scan("0" * 64, Table((("other", Number(integer=False)), (name, dtype))), 3)


def columns(expr: Expr) -> set[tuple[str, int | None]]:
    """The columns that an expression reads."""
    found = {(expr.name, expr.side)} if isinstance(expr, Column) else set()
    for part in vars(expr).values() if hasattr(expr, "__dict__") else ():
        found |= inside(part)
    for slot in getattr(type(expr), "__slots__", ()):
        found |= inside(getattr(expr, slot))
    return found


def inside(part: object) -> set[tuple[str, int | None]]:
    if isinstance(part, Expr):
        return columns(part)
    if isinstance(part, tuple):
        return {found for each in part for found in inside(each)}
    return set()


def read(text: str, plan: Plan) -> set[tuple[str, int | None]]:
    return columns(parse_filter(text, plan).condition)


@pytest.mark.parametrize("name", NAMES)
def test_a_clicked_category_asks_for_its_column(name: str) -> None:
    assert read(is_value(name, name), scan(name, Text())) == {(name, None)}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("last", [False, True])
def test_a_brushed_stretch_asks_for_its_column(name: str, last: bool) -> None:
    plan = scan(name, Number(integer=False))
    assert read(is_between(name, -0.1, 1e300, last=last), plan) == {(name, None)}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["instant", "naive", "date"])
def test_a_brushed_stretch_of_time_asks_for_its_column(name: str, form: str) -> None:
    plan = scan(name, Timestamp(form))  # type: ignore[arg-type]
    low = dt.datetime(2026, 2, 28, tzinfo=dt.UTC).timestamp()
    assert read(is_between(name, low, low + 0.25, last=False, time=True), plan) == {(name, None)}


@pytest.mark.parametrize("name", ["label", "größe", "a b", 'say "so"'])
def test_a_column_of_a_join_is_asked_for_on_its_side(name: str) -> None:
    plan = Join(scan(name, Text()), scan(name, Text()), (None, None))
    (first, second), each = (f"0.{name}", f"1.{name}"), set[tuple[str, int | None]]()
    for column in (first, second):
        each |= read(is_value(column, "cat"), plan)
    assert len(each) == 2


@pytest.mark.parametrize("value", [True, False, "", "$field", "$$ROOT", '"', "\\", "a\nb", "\u2028"])
def test_a_category_is_asked_for_as_it_is(value: str | bool) -> None:
    dtype = Text() if isinstance(value, str) else Boolean()
    condition = parse_filter(is_value("column", value), scan("column", dtype)).condition
    assert repr(value) in repr(condition)
