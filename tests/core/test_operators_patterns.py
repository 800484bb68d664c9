"""Regular expressions with white space, comments and letters by number, executed."""

from __future__ import annotations

import pytest
from asking import Asker
from sample import asker

from vitrail.query.mongo import parse_expression


@pytest.fixture(scope="module")
def table() -> Asker:
    return asker()


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("lin (e|k)  # a (line or link", "link", True),
        ("a b # no more\n c", "abc", True),
        ("a b", "a b", False),
        (r"a\ b", "a b", True),
        (r"\# b", "#b", True),
        ("a[ #]b", "a#b", True),
        ("[]# ]$", "# ", True),
        ("[^[:alpha:] #]", "a #", False),
        ("a {2}", "aa", True),
    ],
)
def test_a_spaced_pattern_is_read_without_its_space_and_comments(
    table: Asker, pattern: str, text: str, wanted: bool
) -> None:
    expr = {"$regexMatch": {"input": text, "regex": pattern, "options": "x"}}
    assert table.values(parse_expression(expr, table.scan)) == [wanted] * 4


def test_groups_are_counted_outside_comments(table: Asker) -> None:
    expr = "{$regexFind: {input: 'aB', regex: '( b ) # (or) c', options: 'xi'}}"
    found = table.values(parse_expression(expr, table.scan))
    assert [tuple(one.values()) for one in found] == [("B", 1, ["B"])] * 4


def test_groups_are_counted_beside_letters_by_number(table: Asker) -> None:
    expr = {"$regexFind": {"input": "as", "regex": r"(\x{73})"}}
    found = table.values(parse_expression(expr, table.scan))
    assert [tuple(one.values()) for one in found] == [("s", 1, ["s"])] * 4
