"""The cases with a real server's answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from corpus import HOME, Near, answers, cases, comparator, judged

pytestmark = pytest.mark.skipif(not HOME.is_dir(), reason="the corpus stands beside the checkout")

# what the language does not have: decimals, regular expressions as values, patterns that are worked out
# or have comments in them
BEYOND = ("mingo-convert-05", "mingo-in-016", "mongomock-addfields-0103", "mongomock-addfields-0106")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Near]:
    near = Near(tmp_path_factory.mktemp("cases"))
    yield near
    near.connection.close()


@pytest.mark.parametrize("name", ["public.jsonl", "peers.jsonl"])
def test_every_case_agrees_with_the_server(name: str, engine: Near) -> None:
    compare, wrong, asked = comparator(), {}, 0
    for case in cases(Path(HOME) / name):
        for strict, got in enumerate(answers(case, engine)):
            outcome = judged(case, compare, got, strict=bool(strict))
            asked += 1
            if outcome.kind != "right":
                wrong[case["id"], "strict" if strict else "as null"] = outcome.why
    assert {which: why for which, why in wrong.items() if not which[0].startswith(BEYOND)} == {}
    assert len(wrong) < asked / 100
