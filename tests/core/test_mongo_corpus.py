"""The cases with a real server's answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from corpus import HOME, Near, cases, comparator, score

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
@pytest.mark.parametrize("strict", [False, True])
def test_every_case_agrees_with_the_server(name: str, strict: bool, engine: Near) -> None:
    compare = comparator()
    scored = [
        (case["id"], score(case, compare, engine, strict=strict)[0]) for case in cases(Path(HOME) / name)
    ]
    wrong = {id_: outcome.why for id_, outcome in scored if outcome.kind != "right"}
    assert {id_: why for id_, why in wrong.items() if not id_.startswith(BEYOND)} == {}
    assert len(wrong) < len(scored) / 100
