"""The evaluator that the engine is held against agrees with a real server's answers itself."""

from __future__ import annotations

import json
from collections import Counter
from types import ModuleType
from typing import Any

import pytest
from corpus import HOME, cases, comparator
from corpus_table import plain
from evaluator import Failed, Scope, Unsupported, evaluate, matches, run, truth

pytestmark = pytest.mark.skipif(not HOME.is_dir(), reason="the corpus stands beside the checkout")
BEFORE_ANY_ROW = ("error-parse", "error-fold")


def filled(value: Any, kind: Any) -> Any:
    """A value of the corpus in Python, with a null for every part that is absent."""
    found = plain(value)
    if isinstance(found, list) and isinstance(kind, dict):
        return [filled(item, kind["list"]) for item in found]
    if isinstance(found, dict) and isinstance(kind, dict):
        return {name: filled(found.get(name), part) for name, part in kind["struct"].items()}
    return found


def answered(case: dict[str, Any]) -> dict[str, Any]:
    """The evaluator's answer to a case."""
    rows = [
        {name: filled(doc.get(name), part) for name, part in case["schema"].items()}
        for doc in case["docs"]
    ]
    kind, query = case["kind"], case["query"]
    if kind == "pipeline":
        return {"rows": run(query, rows)}
    found: list[Any] = []
    for row in rows:
        try:
            value = matches(query, row) if kind == "match" else evaluate(query, Scope(row))
        except Failed:
            value = None
        found.append(value if kind == "expr" else truth(value))
    if kind == "expr":
        return {"rows": found}
    return {"rows": [row["_id"] for row, kept in zip(rows, found, strict=True) if kept]}


def scored(case: dict[str, Any], compare: ModuleType) -> tuple[str, str]:
    """How a case goes."""
    if case["tier"] == "mixed" or set(BEFORE_ANY_ROW) & set(case["tags"]):
        return "left out", ""
    try:
        got = answered(case)
    except Unsupported:
        return "unknown", ""
    except Failed as error:
        got = {"error": str(error)}
    result = compare.compare_case(case, got, reading="typed", errors="rowwise")
    return (
        ("right", "")
        if result.ok
        else ("wrong", f"{json.dumps(case['query'])[:150]} | {result.why[:200]}")
    )


@pytest.mark.parametrize(("name", "least"), [("public.jsonl", 40), ("peers.jsonl", 500)])
def test_the_evaluator_agrees_with_the_server_wherever_it_answers(name: str, least: int) -> None:
    compare = comparator()
    found = {case["id"]: scored(case, compare) for case in cases(HOME / name)}
    assert {place: why for place, (kind, why) in found.items() if kind == "wrong"} == {}
    assert Counter(kind for kind, _ in found.values())["right"] >= least
