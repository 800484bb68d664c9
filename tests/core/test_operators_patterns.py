"""Regular expressions with white space, comments and letters by number, executed."""

from __future__ import annotations

import pytest
from asking import Asker
from sample import asker

from vitrail.errors import QueryError
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


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("b$", "ab\n", True),
        ("a$", "a\n\n", False),
        (r"b\Z", "ab\n", True),
        (r"b\z", "ab\n", False),
        ("(?:)$", "a", True),
        ("(?m)a$", "a\nb", True),
        (r"[$]a\$", "b$a$", True),
        (r"\Qa.b\E", "a.b", True),
        (r"\Qa.b\E", "axb", False),
        ("(?<word>a)b", "ab", True),
        ("(?# a remark )a", "a", True),
        (r"a\hb", "a\tb", True),
        (r"a\sb", "a\vb", True),
        (r"[\s]", "\v", True),
        (r"^\N+$", "a b", True),
        (r"a\Rb", "a\r\nb", True),
        (r"a\_b", "a_b", True),
        (r"[\b]", "\b", True),
        ("[[:alpha:]]b", "ab", True),
    ],
)
def test_what_mongodb_spells_otherwise_is_found_all_the_same(
    table: Asker, pattern: str, text: str, wanted: bool
) -> None:
    expr = {"$regexMatch": {"input": text, "regex": pattern}}
    assert table.values(parse_expression(expr, table.scan)) == [wanted] * 4


def test_the_line_break_at_the_end_is_no_part_of_a_match(table: Asker) -> None:
    expr = {"$regexFind": {"input": "ab\n", "regex": "(b)$"}}
    found = table.values(parse_expression(expr, table.scan))
    assert [tuple(one.values()) for one in found] == [("b", 1, ["b"])] * 4


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("a(?=b)", "has no look-around"),
        ("(?<!a)b", "has no look-around"),
        (r"(a)\1", "has no back-references"),
        (r"(?<n>a)\k<n>", "has no back-references"),
        ("a++b", "give nothing back"),
        (r"a\Kb", r"has no \\K"),
        ("(?|a|b)", r"has no \(\?\|"),
        ("(*UTF8)a", r"has no \(\*UTF8"),
        (r"\u00e9", "not valid: invalid escape sequence"),
        ("a**", "not valid: bad repetition"),
        ("[z-a]", "not valid: invalid character class range"),
        ("(a){99}(b){2}", "add up to at most 100, got 101"),
    ],
)
def test_what_the_engine_lacks_is_refused_in_the_text(table: Asker, pattern: str, said: str) -> None:
    with pytest.raises(QueryError, match=said) as raised:
        parse_expression({"$regexMatch": {"input": "a", "regex": pattern}}, table.scan)
    assert raised.value.path
