"""Pieces, places, trimming, replacing and matching of texts, executed."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from asking import Asker
from sample import asker, told, values

from vitrail.errors import QueryError
from vitrail.query.mongo import parse_expression


@pytest.fixture(scope="module")
def table() -> Asker:
    return asker()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$substrCP: [$s, 1, 2]}", ["bc", "", "", "12"]),
        ("{$substrCP: [$s, 99, 1]}", ["", "", "", ""]),
        ("{$substrCP: [$s, 0, $i]}", ["Äb", "", None, None]),
        ("{$substrCP: ['😀👍🏽ok', 1, 2]}", ["👍🏽"] * 4),
        ("{$substrCP: [$i, 0, 1]}", ["2", "0", "", "-"]),
        ("{$substrBytes: [$s, 0, 2]}", ["Ä", "", "", " 1"]),
        ("{$substrBytes: [$s, 0, 1]}", [None, "", "", " "]),
        ("{$substrBytes: [$s, 1, 0]}", [None, "", "", ""]),
        ("{$substr: [$s, 2, -1]}", ["bc", "", "", "2\t"]),
        ("{$strLenBytes: $s}", [4, 0, None, 4]),
        ("{$strcasecmp: [$s, 'ÄBC']}", [0, -1, -1, -1]),
        ("{$strcasecmp: [$s, 'äbc']}", [-1, -1, -1, -1]),
        ("{$split: [$s, 'b']}", [["Ä", "c"], [""], None, [" 12\t"]]),
        ("{$split: ['a--b-', '-']}", [["a", "", "b", ""]] * 4),
        ("{$split: ['Äbcd', $s]}", [["", "d"], None, None, ["Äbcd"]]),
        ("{$split: ['a.b', '.']}", [["a", "b"]] * 4),
        ("{$indexOfCP: [$s, 'b']}", [1, -1, None, -1]),
        ("{$indexOfCP: [$s, '']}", [0, 0, None, 0]),
        ("{$indexOfCP: ['vanilla', 'll', 0, 5]}", [4] * 4),
        ("{$indexOfCP: ['vanilla', 'll', 0, 4]}", [-1] * 4),
        ("{$indexOfCP: ['vanilla', 'l', 5, 99]}", [5] * 4),
        ("{$indexOfBytes: ['vanilla', 'll', 0, 5]}", [-1] * 4),
        ("{$indexOfBytes: ['vanilla', 'll', 0, 6]}", [4] * 4),
        ("{$indexOfBytes: [$s, 'b', 1]}", [2, -1, None, -1]),
        ("{$indexOfBytes: ['😀', '', 3]}", [3] * 4),
        ("{$indexOfBytes: [$s, '2', $i]}", [-1, -1, None, None]),
    ],
)
def test_pieces_are_counted_in_letters_or_bytes(table: Asker, text: str, wanted: list[Any]) -> None:
    assert values(table, text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$trim: {input: $s}}", ["Äbc", "", None, "12"]),
        ("{$rtrim: {input: $s}}", ["Äbc", "", None, " 12"]),
        ("{$ltrim: {input: $s, chars: ' 1Ä'}}", ["bc", "", None, "2\t"]),
        (r"{$trim: {input: '\u00a0 \n x\u3000 \t\r\u200a\0'}}", ["x\u3000"] * 4),
        ("{$trim: {input: $s, chars: ''}}", ["Äbc", "", None, " 12\t"]),
        ("{$trim: {input: $s, chars: null}}", [None] * 4),
        ("{$replaceOne: {input: 'aba', find: 'a', replacement: 'é\\\\1'}}", ["é\\1ba"] * 4),
        ("{$replaceOne: {input: $s, find: '', replacement: '-'}}", ["-Äbc", "-", None, "- 12\t"]),
        ("{$replaceAll: {input: 'a.b.c', find: '.', replacement: '\\\\0x'}}", ["a\\0xb\\0xc"] * 4),
        ("{$replaceAll: {input: $s, find: '', replacement: '\\\\0'}}", ["\\0Ä\\0b\\0c\\0", "\\0", None, "\\0 \\01\\02\\0\t\\0"]),
        ("{$replaceAll: {input: $s, find: $s, replacement: '-'}}", ["-", "-", None, "-"]),
    ],
)  # fmt: skip
def test_texts_are_trimmed_and_replaced(table: Asker, text: str, wanted: list[Any]) -> None:
    assert values(table, text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$regexFind: {input: $s, regex: 'b(.)(x)?'}}", [("bc", 1, ["c", None]), None, None, None]),
        ("{$regexFind: {input: $s, regex: '()'}}", [("", 0, [""]), ("", 0, [""]), None, ("", 0, [""])]),
        (r"{$regexFind: {input: 'foobar foo', regex: /\bfoo$/}}", [("foo", 7, [])] * 4),
        (r"{$regexFind: {input: 'é\nb', regex: '^b', options: 'm'}}", [("b", 2, [])] * 4),
        ("{$regexFind: {input: 'xABab', regex: /b|ab/i}}", [("AB", 1, [])] * 4),
        ("{$regexFindAll: {input: 'xaaxa', regex: 'a'}}", [[("a", 1, []), ("a", 2, []), ("a", 4, [])]] * 4),
        ("{$regexFindAll: {input: 'ab', regex: 'x*'}}", [[("", 0, []), ("", 1, [])]] * 4),
        ("{$regexFindAll: {input: 'baa', regex: 'a*'}}", [[("", 0, []), ("aa", 1, [])]] * 4),
        (r"{$regexFindAll: {input: ' ab', regex: /\b/}}", [[("", 1, []), ("", 3, [])]] * 4),
        (r"{$regexFindAll: {input: 'a\na', regex: '^a'}}", [[("a", 0, [])]] * 4),
        ("{$regexFindAll: {input: $s, regex: '([a-z])(.)'}}", [[("bc", 1, ["b", "c"])], [], [], []]),
    ],
)  # fmt: skip
def test_a_match_says_what_where_and_its_groups(table: Asker, text: str, wanted: list[Any]) -> None:
    def told_as(found: Any) -> Any:
        if isinstance(found, list):
            return [told_as(one) for one in found]
        return found and (found["match"], found["idx"], found["captures"])

    assert [told_as(found) for found in values(table, text)] == wanted


@pytest.mark.parametrize(
    ("text", "messages", "rows"),
    [
        ("{$substrBytes: [$s, 0, 1]}", ["$substrBytes from or to within a letter"], [True, False, False, False]),
        ("{$substrCP: [$s, $i, 1]}", ["$substrCP's place of null", "$substrCP from a place below 0"], [False, False, True, True]),
        ("{$strLenBytes: $s}", ["$strLenBytes of null"], [False, False, True, False]),
        ("{$split: ['ab', $s]}", ["$split by an empty separator"], [False, True, False, False]),
        ("{$indexOfCP: ['ab', $s]}", ["$indexOfCP's piece of null"], [False, False, True, False]),
        ("{$indexOfCP: [$s, $s]}", ["$indexOfCP's piece of null"], [False] * 4),
        ("{$trim: {input: $s}}", [], [False] * 4),
    ],
)  # fmt: skip
def test_rows_that_mongodb_would_refuse_are_told(
    table: Asker, text: str, messages: list[str], rows: list[bool]
) -> None:
    assert told(table, text) == (messages, rows)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{$substrCP: [$s, -1, 1]}", "$substrCP needs a whole number, 0 or more, got -1"),
        ("{$substrCP: [$s, 1]}", "$substrCP takes 3 arguments, got 2"),
        ("{$substrCP: [$b, 0, 1]}", "$substrCP needs a Text, got Boolean"),
        ("{$substrBytes: ['é', 0, 1]}", "$substrBytes from or to within a letter"),
        ("{$split: [$s, '']}", "$split needs a separator that is not empty"),
        ("{$split: [$s, /a/]}", "a regular expression is no value"),
        ("{$trim: $s}", "$trim takes a document with input, chars"),
        ("{$trim: {input: $i}}", "$trim needs a Text, got Number"),
        ("{$replaceAll: {input: $s, find: 'a'}}", "$replaceAll needs the parameter 'replacement'"),
        ("{$regexFind: {input: $i, regex: 'a'}}", "$regexFind needs a Text, got Number"),
        ("{$regexFindAll: {input: $s, regex: '(a'}}", "the regular expression is not valid"),
    ],
)
def test_nonsense_is_refused(table: Asker, text: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_expression(text, table.scan)
    assert message in str(caught.value)
    assert caught.value.span is not None


def test_a_text_does_not_grow_past_a_megabyte(table: Asker) -> None:
    grown = "{$replaceAll: {input: $$value, find: 'a', replacement: $$value}}"
    text = f"{{$reduce: {{input: {{$range: [0, 60]}}, initialValue: 'aa', in: {grown}}}}}"
    with pytest.raises(duckdb.InvalidInputException, match="makes more than 1,000,000 bytes"):
        values(table, text)


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        (r"\x{73}", True),
        (r"[\x{61}-\x{7A}]", True),
        (r"^\{200}$", False),
        (r"\x{00C4}", False),
    ],
)
def test_the_number_of_a_letter_is_no_repetition(table: Asker, pattern: str, wanted: bool) -> None:
    expr = {"$regexMatch": {"input": "s", "regex": pattern}}
    assert table.values(parse_expression(expr, table.scan)) == [wanted] * 4


@pytest.mark.parametrize("pattern", [r"\\x{173}", r"[\x{7a}-\x{61}]", r"\x{110000}", r"\x{}", "a{101}"])
def test_a_pattern_that_is_broken_or_too_much_is_refused(table: Asker, pattern: str) -> None:
    with pytest.raises(QueryError, match="regular expression"):
        parse_expression({"$regexMatch": {"input": "$s", "regex": pattern}}, table.scan)


def test_only_texts_have_a_length_in_bytes(table: Asker) -> None:
    for number in ("$i", 5):
        with pytest.raises(QueryError, match="needs a Text"):
            parse_expression({"$strLenBytes": number}, table.scan)
