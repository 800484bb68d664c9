"""The cases with a real server's answers, once more over columns that may hold values of any kind."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from corpus import HOME, Near, cases, comparator, score

pytestmark = pytest.mark.skipif(not HOME.is_dir(), reason="the corpus stands beside the checkout")

# What a column must be of one kind for, or what no value here is.
NEEDS_A_KIND = ("in rising order is needed", "a column of numbers or times", "of type")


@pytest.mark.parametrize("name", ["public.jsonl", "peers.jsonl"])
def test_every_query_answers_the_same_over_columns_of_any_kind(name: str, tmp_path: Path) -> None:
    compare, engine = comparator(), Near(tmp_path)
    wrong, counts = {}, Counter[str]()
    for case in cases(HOME / name):
        # parts that a typed document has as null, one of several kinds may lack
        if case["kind"] == "pipeline" or "typed" in case:
            continue
        loose = case | {"schema": {c: t if c == "_id" else "any" for c, t in case["schema"].items()}}
        outcome, _ = score(loose, compare, engine)
        counts[outcome.kind] += 1
        if outcome.kind == "wrong" and not any(words in outcome.why for words in NEEDS_A_KIND):
            wrong[case["id"]] = outcome.why
    assert wrong == {}
    assert counts["right"] > 30
