"""The text of a query as people type it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrail.errors import QueryError, Span
from vitrail.query.reading import read
from vitrail.query.syntax import Array, Document, Node, Regex, Scalar


def plain(node: Node) -> Any:
    match node:
        case Scalar(value=value):
            return value
        case Array(items=items):
            return [plain(item) for item in items]
        case Document(entries=entries):
            return {entry.key: plain(entry.value) for entry in entries}
    raise TypeError(node)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{$gt: ['$0.road', 0.05]}", {"$gt": ["$0.road", 0.05]}),
        ('{"a.b": 1,}', {"a.b": 1}),
        ("{a: True, b: None, c: false, d: undefined}", {"a": True, "b": None, "c": False, "d": None}),
        ("[1, 1.0, -2, 1e3, .5, +3,]", [1, 1.0, -2, 1000.0, 0.5, 3]),
        ("{a: /x\\/y/i} // the end", {"a": Regex("x/y", "i")}),
        ("/* before */ {a: # why\n 1}", {"a": 1}),
        ("[-Infinity, Infinity]", [float("-inf"), float("inf")]),
        ("'it\\'s \\u00e9 \\ud83d\\ude00'", "it's é 😀"),
        ("{$gt: [$conf, 0.5]}", {"$gt": ["$conf", 0.5]}),
        ("{größe: 1}", {"größe": 1}),
        ("{0: 1}", {"0": 1}),
        ("NumberLong('7')", 7),
        ("9223372036854775808", 2.0**63),
    ],
)
def test_what_people_type_is_read(text: str, wanted: Any) -> None:
    got = plain(read(text))
    assert got == wanted
    assert repr(got) == repr(wanted)


@pytest.mark.parametrize(
    "text",
    [
        "ISODate('2023-01-31')",
        "new Date('2023-01-31T00:00:00Z')",
        "{$date: '2023-01-31T01:00:00+01:00'}",
    ],
)
def test_dates_are_points_in_time(text: str) -> None:
    assert plain(read(text)) == dt.datetime(2023, 1, 31, tzinfo=dt.UTC)


def test_nan_is_read() -> None:
    assert str(plain(read("NaN"))) == "nan"


@pytest.mark.parametrize(
    ("text", "piece", "message", "hint"),
    [
        ("", "", "the query is empty", ""),
        ("{$gt: ['$a', 1]", "{", "'{' is not closed", "close it with '}'"),
        ("{$gt: ['$a' 1]}", "1", "',' or ']' is missing before '1]}'", "write ',' or ']'"),
        ("{a 1}", "a", "':' is missing after the key 'a'", "write {a: …}"),
        ("{a: cat}", "cat", "the word 'cat' stands without quotes", "put it in quotes: 'cat', or '$cat' for a column"),
        ("cat > 1", "cat", "the word 'cat' stands without quotes", "a filter is written as {label: 'cat'} or {$gt: ['$score', 0.5]}"),
        ("{a: nil}", "nil", "the word 'nil' stands without quotes", "write null"),
        ("{a: “cat”}", "“", "a value is missing here, found '“cat”}'", "write straight quotes: ' or \""),
        ("{‘a’: 1}", "‘", "a key is missing here, found '‘a’: 1}'", "write straight quotes: ' or \""),
        ("$gt: [1, 2]", ":", "more text after the end of the query: ': [1, 2]'", "put braces around it all: {…}"),
        ("{$not: 1, $not: 2}", "$not", "the key '$not' is there twice", "write {$and: [{…}, {…}]}"),
        ("{a: new Date()}", "new Date()", "new Date is given nothing", "write it as ISODate('2023-01-31')"),
        ("{a: 'cat}", "'", "a text that is not closed", "close it with '"),
        ("{a: 1} {b: 2}", "{", "more text after the end of the query: '{b: 2}'", ""),
        ("{a: 1, a: 2}", "a", "the key 'a' is there twice", ""),
        ("{a: 3px}", "3px", "'3px' is neither a number nor a word", "put it in quotes: '3px'"),
        ("{a: ISODate('soon')}", "'soon'", "'soon' is no date", "write it as '2023-01-31' or '2023-01-31T12:00:00Z'"),
        ("{a: , b: 1}", ",", "a value is missing here, found ', b: 1}'", ""),
        ("{a: Isodate('x')}", "Isodate", "no function 'Isodate'", ""),
        ("{a: 1 /* so}", "/", "a comment that is not closed", "close it with */"),
        ("{a: '\\uD83D'}", "\\", "half of a surrogate pair is no character", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_at_its_place(text: str, piece: str, message: str, hint: str) -> None:
    with pytest.raises(QueryError) as caught:
        read(text)
    span = caught.value.span
    assert span is not None
    assert (text[span.start : span.stop], caught.value.hint) == (piece, hint)
    assert str(caught.value).startswith(message)


def test_python_documents_come_in_by_the_same_tree() -> None:
    document = {"a": [1, 2.5, None, True, "x", {"$date": "2023-01-31T00:00:00Z"}]}
    assert plain(read(document)) == {
        "a": [1, 2.5, None, True, "x", dt.datetime(2023, 1, 31, tzinfo=dt.UTC)]
    }


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("'" + "x" * 64_001 + "'", "64 kB of text"),
        ("[" * 100_000, "64 kB of text"),
        ("[" * 40 + "]" * 40, "nests at most 32 deep"),
        ("[" + "{a: 1}," * 2_500 + "]", "at most 2,000 parts"),
        ({"$in": ["$a", list(range(10_001))]}, "at most 10,000 items"),
        ({"a": object()}, "a object is no value of a query"),
        ({1: 2}, "a key must be text"),
    ],
)
def test_a_query_is_bounded(query: Any, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        read(query)


def test_a_long_list_of_values_is_within_the_bounds() -> None:
    document = {"a": {"$in": list(range(10_000))}}
    assert plain(read(document)) == document


@given(st.text(alphabet="{}[]():,'\"$/\\ab1.-+eE#*\n\tNI_x", max_size=60) | st.text(max_size=40))
def test_any_text_is_read_or_refused_at_a_place_within_it(text: str) -> None:
    span = place_of_mistake(text)
    assert span is None or 0 <= span.start <= span.stop <= len(text)


def place_of_mistake(text: str) -> Span | None:
    try:
        read(text)
    except QueryError as error:
        return error.span or Span(-1, -1)
    return None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_reads_as_itself(document: Any) -> None:
    import json

    if "$" not in json.dumps(document):
        assert plain(read(json.dumps(document))) == document
