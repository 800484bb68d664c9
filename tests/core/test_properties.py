"""Tables, expressions and query documents by chance: the engine answers what plain Python answers.

VITRAIL_EXAMPLES=200 asks of many times as many tables, not the same ones each time; a table is asked many
expressions in one statement. What is refused counts: where a tenth is, the test asks too little and fails.
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import pytest
from asking import Asker, _plain, table_of
from corpus_table import shown
from evaluator import FORMS, STRICT, Failed, Scope, evaluate, matches, truth
from evaluator.made_documents import document
from evaluator.made_expressions import WAYS, called, expression
from evaluator.made_tables import table
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from vitrail.errors import QueryError
from vitrail.query.complaint import complaints
from vitrail.query.expr import Expr
from vitrail.query.lower import Lowering, bound
from vitrail.query.mongo import parse_expression, parse_match
from vitrail.query.operator import operators

EXAMPLES = int(os.environ.get("VITRAIL_EXAMPLES", "0"))
AT_ONCE = 20
FAILED = object()
KNOWN = sorted(name for name in operators() if name in {*STRICT, *FORMS})
SEEDS = st.integers(0, 2**64 - 1)


def examples(few: int) -> settings:
    """How many tables a test takes; always the same ones where nobody asks for more.

    A number says what is drawn, so there is nothing to shrink; `least` finds the guilty part instead.
    """
    return settings(
        max_examples=max(few, few * EXAMPLES // 10),
        derandomize=not EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
    )


class Again(Asker):
    """Asks one table after the other of one engine, many expressions in one statement."""

    def over(self, case: Mapping[str, Any]) -> Again:
        scan, rows = table_of(case)
        self.names = [name for name, _ in scan.schema.columns or ()]
        self.scan = scan
        self.connection.register("t", rows)
        return self

    def columns(self, make: Callable[[Lowering], list[exp.Expression]]) -> list[list[Any]]:
        """The values of several trees for each row, in one statement."""
        lowering = Lowering(self.column)
        trees = [exp.alias_(one, f"v{place}") for place, one in enumerate(make(lowering))]
        tree = exp.select(*trees).from_("t")
        answer = self.connection.sql(tree.sql("duckdb"), params=bound(tree, lowering.params))
        return [column.to_pylist() for column in answer.to_arrow_table().columns]


class Answer:
    """What the engine says of one expression over each row."""

    def __init__(self, parsed: Expr) -> None:
        self.parsed = parsed
        self.reasons = [when for _, when in complaints(parsed)]

    def trees(self, lowering: Lowering) -> list[exp.Expression]:
        whens = [lowering.truth(when) for when in self.reasons]
        return [
            lowering.sql(self.parsed),
            lowering.truth(self.parsed),
            lowering.condition(self.parsed),
            *whens,
        ]

    def read(self, columns: Iterator[list[Any]]) -> None:
        self.values = [_plain(shown(value, self.parsed.dtype)) for value in next(columns)]
        self.truths = next(columns)
        self.kept = [bool(value) for value in next(columns)]
        found = [next(columns) for _ in self.reasons]
        self.complained = [any(row) for row in zip(*found, strict=True)] or [False] * len(self.values)


def close(one: Any, other: Any) -> bool:
    """Whether two values are the same, floats nearly, a part that ours lacks as null."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(close, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        shared = [name for name in other if name in one]
        return list(one) == shared and all(close(one.get(name), other[name]) for name in other)
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return one == other or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)


def wanted(expr: Any, row: Any, **reading: bool) -> Any:
    """The evaluator's value for a row; FAILED where there is none."""
    try:
        return evaluate(expr, Scope(row, **reading))
    except Failed:
        return FAILED


def agree(expr: Any, answer: Answer, case: Mapping[str, Any], tally: Counter[str]) -> None:
    """The engine and the evaluator agree on every row."""
    for place, row in enumerate(case["docs"]):
        one, other = wanted(expr, row), answer.values[place]
        told = json.dumps(expr, default=str), row, one, other
        assert answer.truths[place] == answer.kept[place], told
        if answer.complained[place] and other is None and wanted(expr, row, eager=True) is FAILED:
            one = FAILED
        if one is FAILED and not answer.complained[place]:
            assert other is None or close(wanted(expr, row, lenient=True), other), told
        elif one is FAILED:
            assert other is None, told
        else:
            assert close(one, other), told
            assert truth(one) == answer.kept[place], told
        tally["empty" if one is FAILED or one is None or one == [] else "values"] += 1


def parsed(asker: Again, exprs: list[Any], tally: Counter[str]) -> list[tuple[Any, Answer]]:
    """The expressions that the parser takes, without those that it refuses."""
    found = []
    for expr in ([expr] if isinstance(expr, str) else expr for expr in exprs):
        try:
            found.append((expr, Answer(parse_expression(expr, asker.scan))))
        except QueryError as error:
            tally["refused"] += 1
            tally[f"refused: {error}"] += 1
    tally["taken"] += len(found)
    return found


def check(exprs: list[Any], case: Mapping[str, Any], asker: Again, tally: Counter[str]) -> None:
    """Ask for the values of expressions over a table, together."""
    asker.over(case)
    found = parsed(asker, exprs, tally)
    if not found:
        return
    columns = iter(
        asker.columns(lambda lowering: [t for _, answer in found for t in answer.trees(lowering)])
    )
    for _, answer in found:
        answer.read(columns)
    for expr, answer in found:
        agree(expr, answer, case, tally)


def parts(expr: Any) -> Iterator[Any]:
    """The expressions within one, and itself."""
    if isinstance(expr, list):
        for item in expr:
            yield from parts(item)
    if isinstance(expr, dict):
        for item in expr.values():
            yield from parts(item)
        if next(iter(expr), "").startswith("$") and "$literal" not in expr:
            yield expr


def least(exprs: list[Any], case: Mapping[str, Any], asker: Again, tally: Counter[str]) -> None:
    """Check expressions; on failure, say the smallest part of them over one row that fails."""
    try:
        check(exprs, case, asker, tally)
    except Exception:
        for part in sorted((part for expr in exprs for part in parts(expr)), key=lambda e: len(repr(e))):
            check([part], case, asker, Counter())
        raise


def enough(tally: Counter[str]) -> None:
    """Almost everything was asked, and much of it has a value."""
    assert tally["taken"] >= 9 * tally["refused"], tally
    assert tally["values"] >= tally["empty"] / 4, tally


@pytest.fixture(scope="module")
def asker() -> Again:
    return Again(*table_of({"schema": {"i": "int64"}, "docs": [{"i": 1}]}))


def test_an_expression_has_the_value_that_python_finds(asker: Again) -> None:
    tally: Counter[str] = Counter()

    @examples(6)
    @given(seed=SEEDS)
    def ask(seed: int) -> None:
        chance = Random(seed)
        case = table(chance)
        least([expression(chance, case["schema"]) for _ in range(AT_ONCE)], case, asker, tally)

    ask()
    enough(tally)


@pytest.mark.parametrize("name", KNOWN)
def test_an_operator_has_the_value_that_python_finds(asker: Again, name: str) -> None:
    tally: Counter[str] = Counter()

    @examples(1)
    @given(seed=SEEDS)
    def ask(seed: int) -> None:
        chance = Random(f"{name} {seed}")
        case = table(chance)
        exprs = [called(chance, case["schema"], name, depth) for depth in (1, 1, 2)]
        least([expr for some in exprs for expr in some], case, asker, tally)

    ask()
    enough(tally)


def test_a_query_document_keeps_the_rows_that_python_keeps(asker: Again) -> None:
    tally: Counter[str] = Counter()

    @examples(10)
    @given(seed=SEEDS)
    def ask(seed: int) -> None:
        chance = Random(seed)
        case = table(chance)
        asker.over(case)
        for made in [document(chance, case["schema"]) for _ in range(AT_ONCE)]:
            kept = asker.kept(parse_match(made, asker.scan))
            tally["some" if any(kept) and not all(kept) else "all or none"] += 1
            assert kept == [matches(made, row) for row in case["docs"]], json.dumps(made, default=str)

    ask()
    assert tally["some"] >= tally["all or none"], tally


def test_every_operator_that_the_evaluator_knows_is_called() -> None:
    assert set(WAYS) >= set(KNOWN)
    named = {name for name in operators() if name.startswith("$") and " " not in name}
    assert len(named & set(WAYS)) >= len(named) * 0.7
