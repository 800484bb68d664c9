"""Generated tables, expressions and query documents: the engine answers what plain Python answers.

VITRAIL_EXAMPLES=2000 asks more of them than the few hundred of every run.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

import pytest
from asking import Asker, table_of
from evaluator import FORMS, STRICT, Failed, Scope, Unsupported, evaluate, matches, truth
from evaluator.made_expressions import Maker, documents, expressions, references
from evaluator.made_tables import SCALARS, tables
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from vitrail.errors import QueryError
from vitrail.query.mongo import parse_expression, parse_match
from vitrail.query.operator import operators

EXAMPLES = int(os.environ.get("VITRAIL_EXAMPLES", "0"))
PHASES = (Phase.generate, Phase.shrink) if EXAMPLES else (Phase.generate,)
FAILED = object()
SLOW = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
SHARED = sorted(name for name in operators() if name in STRICT)


def examples(few: int) -> settings:
    """How many examples a test takes; always the same ones where nobody asks for more."""
    return settings(
        max_examples=EXAMPLES or few,
        derandomize=not EXAMPLES,
        deadline=None,
        database=None,
        phases=PHASES,
        suppress_health_check=SLOW,
    )


class Again(Asker):
    """Asks one table after the other of one engine."""

    def over(self, case: Mapping[str, Any]) -> Again:
        scan, rows = table_of(case)
        self.names = [name for name, _ in scan.schema.columns or ()]
        self.scan = scan
        self.connection.register("t", rows)
        return self


@pytest.fixture(scope="module")
def asker() -> Again:
    return Again(*table_of({"schema": {"i": "int64"}, "docs": [{"i": 1}]}))


def close(one: Any, other: Any) -> bool:
    """Whether two values are the same, floats as nearly as makes no difference."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(close, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(close(part, other[name]) for name, part in one.items())
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return one == other or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)


def wanted(expr: Any, case: Mapping[str, Any]) -> list[Any]:
    """The evaluator's value for each row; FAILED where there is none."""
    found = []
    for row in case["docs"]:
        try:
            found.append(evaluate(expr, Scope(row)))
        except Failed:
            found.append(FAILED)
    return found


def check(expr: Any, case: Mapping[str, Any], asker: Again) -> None:
    """The engine and the evaluator agree on every row that has an answer."""
    asker.over(case)
    try:
        parsed = parse_expression([expr] if isinstance(expr, str) else expr, asker.scan)
    except QueryError as error:
        note(str(error))
        return
    expected = wanted([expr] if isinstance(expr, str) else expr, case)
    got = asker.values(parsed)
    complained = asker.complained(parsed)
    for place, (one, other) in enumerate(zip(expected, got, strict=True)):
        if one is not FAILED:
            assert close(one, other), (place, case["docs"][place], one, other)
        else:
            assert complained[place] or other is None, (place, other)
    kept = asker.kept(parsed)
    for one, other, odd in zip(expected, kept, complained, strict=True):
        assert one is FAILED or truth(one) == other or odd


@examples(20)
@given(data=st.data())
def test_an_expression_has_the_value_that_python_finds(asker: Again, data: st.DataObject) -> None:
    case = data.draw(tables())
    for _ in range(2):
        expr = data.draw(expressions(case["schema"]))
        note(repr(expr))
        check(expr, case, asker)


@pytest.mark.parametrize("name", SHARED)
@examples(3)
@given(data=st.data())
def test_an_operator_has_the_value_that_python_finds(
    asker: Again, name: str, data: st.DataObject
) -> None:
    case = data.draw(tables(3))
    known = operators()[name]
    count = data.draw(st.integers(known.least, min(known.most or known.least + 2, known.least + 2)))
    kinds = st.sampled_from([*SCALARS, *({"list": kind} for kind in SCALARS[:3])])
    maker = Maker(data.draw, references(case["schema"]), 1)
    kind = data.draw(kinds)
    arguments = [
        maker.leaf(kind if data.draw(st.integers(0, 2)) else data.draw(kinds)) for _ in range(count)
    ]
    expr = {name: arguments}
    if known.named and known.positional == 0:
        expr = {name: dict(zip(known.named, arguments, strict=False))}
    note(repr(expr))
    try:
        check(expr, case, asker)
    except (Unsupported, TypeError):
        return


@examples(20)
@given(data=st.data())
def test_a_query_document_keeps_the_rows_that_python_keeps(asker: Again, data: st.DataObject) -> None:
    case = data.draw(tables())
    document = data.draw(documents(case["schema"]))
    note(repr(document))
    asker.over(case)
    try:
        parsed = parse_match(document, asker.scan)
    except QueryError as error:
        note(str(error))
        return
    assert asker.kept(parsed) == [matches(document, row) for row in case["docs"]]


def test_the_evaluator_knows_most_of_the_operators() -> None:
    named = {name for name in operators() if name.startswith("$") and " " not in name}
    assert len(named & {*STRICT, *FORMS}) >= len(named) * 0.7
