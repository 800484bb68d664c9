"""The cases with a real server's answers, as far as the language goes."""

from __future__ import annotations

from collections import Counter

import pytest
from corpus import HOME, cases, comparator, score

FILES = ("public.jsonl", "peers.jsonl")

pytestmark = pytest.mark.skipif(not HOME.is_dir(), reason="the corpus stands beside the checkout")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("strict", [False, True])
def test_every_case_that_the_language_has_agrees_with_the_server(name: str, strict: bool) -> None:
    compare = comparator()
    scored = [(case, score(case, compare, strict=strict)[0]) for case in cases(HOME / name)]
    wrong = {case["id"]: outcome.why for case, outcome in scored if outcome.kind == "wrong"}
    assert wrong == {}
    assert Counter(outcome.kind for _, outcome in scored)["right"] > 30
