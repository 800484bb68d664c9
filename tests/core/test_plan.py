"""Plans know their types, refuse nonsense when they are built, and are documents."""

from __future__ import annotations

import json

import pytest
from engine_library import col, greater, side
from hypothesis import given
from hypothesis import strategies as st

from vitrail.dtypes import Boolean, List, Number, Optional, Table, Text, Versions
from vitrail.errors import Invalid, NotFound
from vitrail.query.plan import Compare, Group, Join, Plan, Scan, Sort, Where, plan_from_json

WHOLE, FLOAT = Number(integer=True), Number(integer=False)
LEFT = Scan("a" * 64, Table((("k", Text()), ("x", WHOLE))), 10)
RIGHT = Scan("b" * 64, Table((("k", Text()), ("x", FLOAT), ("y", Boolean()))), 20)
COMPARE = Compare((LEFT, RIGHT), ("v0", "v1"), "k")


def test_comparing_turns_a_column_into_versions_of_the_type_that_holds_both() -> None:
    names = ("v0", "v1")
    assert COMPARE.dtype == Table(
        (
            ("k", Text()),
            ("x", Versions(Optional(FLOAT), names)),
            ("y", Versions(Optional(Boolean()), names)),
        )
    )


def test_a_compared_tables_columns_may_be_missing_since_it_may_lack_the_row() -> None:
    assert COMPARE.sides[0] == Table((("k", Optional(Text())), ("x", Optional(WHOLE))))


def test_grouping_a_comparison_gives_versions_of_lists() -> None:
    group = Group(COMPARE, (("k", col(COMPARE, "k")),))
    names = ("v0", "v1")
    assert group.column("x") == Versions(List(Optional(FLOAT)), names)
    assert group.column("count") == Versions(WHOLE, names)
    assert Group(LEFT, (("k", col(LEFT, "k")),)).column("x") == List(WHOLE)


def test_a_join_names_its_columns_by_side() -> None:
    assert [name for name, _ in Join(LEFT, RIGHT, ("k", "k")).dtype.columns or ()] == [
        *("0.k", "0.x", "1.k", "1.x", "1.y")
    ]


def test_nonsense_is_refused_when_it_is_built() -> None:
    with pytest.raises(NotFound, match="no column 'z'"):
        Join(LEFT, RIGHT, ("z", "k"))
    with pytest.raises(Invalid, match="the key of a join holds"):
        Join(LEFT, RIGHT, ("k", "x"))
    with pytest.raises(Invalid, match="the key of a join holds"):
        Join(LEFT, RIGHT, ("k", None))
    with pytest.raises(Invalid, match="two or more tables"):
        Compare((LEFT,), ("v0",), "k")
    with pytest.raises(NotFound, match="no column 'y'"):
        Compare((LEFT, RIGHT), ("v0", "v1"), "y")
    with pytest.raises(Invalid, match="one key or more"):
        Group(LEFT, ())
    with pytest.raises(Invalid, match="joined by one of inner, left, right, outer"):
        Join(LEFT, RIGHT, ("k", "k"), "cross")
    with pytest.raises(Invalid, match="not a plan"):
        plan_from_json({"plan": "drop"})


PLANS: list[Plan] = [
    LEFT,
    COMPARE,
    Compare((LEFT, RIGHT), ("a", "b")),
    Join(LEFT, RIGHT, ("k", "k")),
    Join(LEFT, RIGHT, (None, None)),
    Where(COMPARE, greater(side(COMPARE, 1, "x"), 0.5)),
    Sort(LEFT, ((col(LEFT, "x"), True), (col(LEFT, "k"), False))),
    Group(LEFT, (("big", greater(col(LEFT, "x"), 3)),)),
]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: type(plan).__name__)
def test_a_plan_is_read_back_from_its_document(plan: Plan) -> None:
    again = plan_from_json(json.loads(json.dumps(plan.to_json())))
    assert again == plan
    assert again.digest == plan.digest
    assert hash(again) == hash(plan)


def test_other_plans_have_other_digests() -> None:
    assert len({plan.digest for plan in PLANS}) == len(PLANS)


@given(st.lists(st.text(), unique=True, max_size=4))
def test_any_names_can_be_columns_of_a_plan(names: list[str]) -> None:
    scan = Scan("d", Table(tuple((name, WHOLE) for name in names)), 0)
    assert plan_from_json(json.loads(json.dumps(scan.to_json()))) == scan
