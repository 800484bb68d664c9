"""The text of a query as people type it, read into a tree that knows its places.

Accepted beyond JSON: keys and `$paths` without quotes, single quotes, trailing commas, comments, `ISODate('…')` and
`new Date('…')`, `/regex/i`, Python's `True`, `False`, `None`, and `NaN`, `Infinity`. `1` is a whole
number, `1.0` a float.
"""

from __future__ import annotations

import re
from typing import Any

from vitrail.errors import QueryError, Span, did_you_mean
from vitrail.query.extended import date, extended, short
from vitrail.query.syntax import (
    MOST_BYTES,
    MOST_NODES,
    Array,
    Cap,
    Document,
    Entry,
    Node,
    Regex,
    Scalar,
)

_SPACE = re.compile(r"(?:[\s\ufeff]+|//[^\n]*|#[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)")
_WORD = re.compile(r"[^\W\d][\w$.]*|\$[\w$.]+")
_KEY = re.compile(r"[\w$][\w$.]*")
_REGEX = re.compile(r"/((?:[^/\\\n]|\\.)+)/([a-z]*)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
CONSTANTS: dict[str, Any] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "None": None,
    "undefined": None,
    "NaN": float("nan"),
    "Infinity": float("inf"),
}
_DATES = ("ISODate", "Date", "new Date")
_NUMBERS = ("NumberInt", "NumberLong")
_CURLY = tuple("“”„‘’‚«»`´")


def is_number(text: str) -> bool:
    """Whether a text would be a number if it stood without its quotes."""
    return _NUMBER.fullmatch(text.strip()) is not None


class Cursor:
    """A cursor over the text."""

    def __init__(self, text: str) -> None:
        if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
            raise QueryError(f"a query has at most {MOST_BYTES // 1000} kB of text")
        self.text = text
        self.at = 0
        self.cap = Cap()

    def whole(self) -> Node:
        """The tree of the whole text.

        Raises:
            QueryError: it is no query; the error says where.
        """
        self.skip()
        if self.at == len(self.text):
            raise self.fault("the query is empty", self.at)
        node = self.value(0)
        self.skip()
        if self.at < len(self.text):
            hint = "put braces around it all: {…}" if self.text[self.at] == ":" else ""
            raise self.fault(f"more text after the end of the query: {self.rest()}", self.at, hint=hint)
        if self.cap.nodes > MOST_NODES:
            self.cap.full(node.span)
        return node

    def skip(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
        if self.text.startswith("/*", self.at):
            raise self.fault("a comment that is not closed", self.at, hint="close it with */")

    def value(self, depth: int) -> Node:
        self.cap.check(depth, Span(self.at, min(self.at + 1, len(self.text))))
        start = self.at
        node = self._value(depth)
        if start == self.at:
            raise self.fault(f"a value is missing here, found {self.rest()}", start)
        self.cap.count(node)
        return node

    def _value(self, depth: int) -> Node:
        start, char = self.at, self.text[self.at : self.at + 1]
        match char:
            case "{":
                return self.document(depth)
            case "[":
                return self.array(depth)
            case "'" | '"':
                return self.string()
            case "/":
                return self.regex()
        number = _NUMBER.match(self.text, start)
        if number and not self.text.startswith(("+I", "-I"), start):
            return self.number(number)
        sign = char if char in ("+", "-") else ""
        word = _WORD.match(self.text, start + len(sign))
        if word is None:
            raise self.missing("a value", start)
        self.at = word.end()
        return self.word(start, sign, word.group())

    def document(self, depth: int) -> Node:
        start = self.at
        entries: dict[str, Entry] = {}
        self.at += 1
        while not self.closed("}", start, "{"):
            entry = self.entry(depth)
            if entry.key in entries:
                hint = "write {$and: [{…}, {…}]}" if entry.key.startswith("$") else ""
                message = f"the key {entry.key!r} is there twice"
                raise QueryError(message, span=entry.span, hint=hint)
            entries[entry.key] = entry
            self.comma("}")
        span = Span(start, self.at)
        plain = {key: e.value.value for key, e in entries.items() if isinstance(e.value, Scalar)}
        known = extended(plain, span) if len(plain) == len(entries) == 1 else None
        return known or Document(span, tuple(entries.values()))

    def array(self, depth: int) -> Node:
        start = self.at
        items: list[Node] = []
        self.at += 1
        while not self.closed("]", start, "["):
            items.append(self.value(depth + 1))
            self.comma("]")
        return Array(Span(start, self.at), tuple(items))

    def closed(self, end: str, start: int, begin: str) -> bool:
        self.skip()
        if self.at == len(self.text):
            raise QueryError(
                f"{begin!r} is not closed", span=Span(start, start + 1), hint=f"close it with {end!r}"
            )
        if self.text[self.at] != end:
            return False
        self.at += 1
        return True

    def comma(self, end: str) -> None:
        self.skip()
        if self.text.startswith(",", self.at):
            self.at += 1
        elif self.at < len(self.text) and self.text[self.at] != end:
            wanted = f"',' or {end!r}"
            raise self.fault(
                f"{wanted} is missing before {self.rest()}", self.at, hint=f"write {wanted}"
            )

    def entry(self, depth: int) -> Entry:
        start = self.at
        if self.text[start] in "'\"":
            key = str(self.string().value)
        else:
            match = _KEY.match(self.text, start)
            if match is None:
                raise self.missing("a key", start)
            key, self.at = match.group(), match.end()
        span = Span(start, self.at)
        self.skip()
        if not self.text.startswith(":", self.at):
            message = f"':' is missing after the key {key!r}"
            raise QueryError(message, span=span, hint=f"write {{{key}: …}}")
        self.at += 1
        self.skip()
        return Entry(key, span, self.value(depth + 1))

    def string(self) -> Scalar:
        start, quote = self.at, self.text[self.at]
        parts: list[str] = []
        self.at += 1
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == quote:
                return Scalar(Span(start, self.at), "".join(parts))
            parts.append(self.escape() if char == "\\" else char)
        raise self.fault("a text that is not closed", start, hint=f"close it with {quote}")

    def escape(self) -> str:
        char = self.text[self.at : self.at + 1]
        width = {"u": 4, "x": 2}.get(char, 0)
        digits = self.text[self.at + 1 : self.at + 1 + width]
        self.at += 1 + width
        if not width:
            return _ESCAPES.get(char, char)
        if not re.fullmatch(r"[0-9a-fA-F]+", digits) or len(digits) != width:
            raise self.fault(f"\\{char} wants {width} hexadecimal digits", self.at - width - 2)
        first = int(digits, 16)
        pair = re.match(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})", self.text[self.at :])
        if 0xD800 <= first < 0xDC00 and pair:
            self.at += pair.end()
            return chr(0x10000 + ((first - 0xD800) << 10) + int(pair.group(1), 16) - 0xDC00)
        if 0xD800 <= first < 0xE000:
            raise self.fault("half of a surrogate pair is no character", self.at - 6)
        return chr(first)

    def regex(self) -> Scalar:
        start = self.at
        match = _REGEX.match(self.text, start)
        if match is None:
            raise self.fault("a regular expression that is not closed", start, hint="close it with /")
        self.at = match.end()
        pattern = match.group(1).replace("\\/", "/")
        return Scalar(Span(start, self.at), Regex(pattern, match.group(2)))

    def number(self, match: re.Match[str]) -> Scalar:
        text = match.group()
        self.at = match.end()
        span = Span(match.start(), self.at)
        if _WORD.match(self.text, self.at):
            end = _KEY.match(self.text, self.at)
            stop = end.end() if end else self.at + 1
            found = self.text[match.start() : stop]
            message = f"{short(found)} is neither a number nor a word"
            raise QueryError(
                message, span=Span(match.start(), stop), hint=f"put it in quotes: '{found}'"
            )
        if re.fullmatch(r"[+-]?\d+", text):
            if len(text) > 400:
                raise QueryError("a number has at most 400 digits", span=span)
            value = int(text)
            return Scalar(span, value if -(2**63) <= value < 2**63 else float(value))
        return Scalar(span, float(text))

    def word(self, start: int, sign: str, word: str) -> Scalar:
        if word == "new":
            self.skip()
            more = _WORD.match(self.text, self.at)
            word = f"new {more.group()}" if more else word
            self.at = more.end() if more else self.at
        span = Span(start, self.at)
        self_call = self.text.startswith("(", self.at)
        if self_call and word in (*_DATES, *_NUMBERS):
            return self.called(start, word)
        if word.startswith("$") and not sign and not self_call:
            return Scalar(span, word)
        if word in CONSTANTS and not self_call:
            value = CONSTANTS[word]
            if not sign or (isinstance(value, float) and value == value):  # noqa: PLR0124
                return Scalar(span, -value if sign == "-" else value)
        if self_call:
            known = did_you_mean(word, ["ISODate", "new Date", *_NUMBERS])
            raise QueryError(f"no function {word!r}{known}", span=span)
        raise QueryError(
            f"the word {short(word)} stands without quotes", span=span, hint=self.word_hint(start, word)
        )

    def word_hint(self, start: int, word: str) -> str:
        """What to write instead of a word that stands where a value does."""
        if word.lower() in ("nil", "nan", "none", "null", "true", "false"):
            return f"write {'null' if word.lower() in ('nil', 'none') else word.lower()}"
        if not self.text[:start].strip():
            return "a filter is written as {label: 'cat'} or {$gt: ['$score', 0.5]}"
        return f"put it in quotes: '{word}', or '${word}' for a column"

    def called(self, start: int, word: str) -> Scalar:
        self.at += 1
        self.skip()
        if self.text.startswith(")", self.at):
            hint = "write it as ISODate('2023-01-31')" if word in _DATES else f"write {word}(1)"
            raise QueryError(f"{word} is given nothing", span=Span(start, self.at + 1), hint=hint)
        inside = self.value(0)
        self.skip()
        if not self.text.startswith(")", self.at):
            raise QueryError(f"{word}( is not closed", span=Span(start, self.at), hint="close it with )")
        self.at += 1
        span = Span(start, self.at)
        value = inside.value if isinstance(inside, Scalar) else None
        if word in _NUMBERS:
            try:
                return Scalar(span, int(str(value)))
            except ValueError:
                raise QueryError(f"{word} takes a whole number", span=inside.span) from None
        return Scalar(span, date(value, inside.span))

    def rest(self) -> str:
        if self.at >= len(self.text):
            return "the end of the text"
        return short(self.text[self.at : self.at + 30].split("\n")[0])

    def missing(self, what: str, at: int) -> QueryError:
        """An error about what should stand here and does not."""
        curly = self.text[at : at + 1] in _CURLY
        hint = "write straight quotes: ' or \"" if curly else ""
        return self.fault(f"{what} is missing here, found {self.rest()}", at, hint=hint)

    def fault(self, message: str, at: int, *, hint: str = "") -> QueryError:
        return QueryError(message, span=Span(at, max(at, min(at + 1, len(self.text)))), hint=hint)
