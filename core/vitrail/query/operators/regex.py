"""Regular expressions as MongoDB writes them (PCRE2), in the words of the engine (RE2).

RE2 finds in a time that grows with the text alone, and so has no look-around and no back-references; what
it lacks is refused. What it only spells otherwise is spelled anew, such as the `$` that MongoDB also finds
before a text's last line break.

Sources: the manual page pcre2pattern; RE2's page on its syntax.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from vitrail.query.operator import Misfit

MOST_LETTERS = 256
MOST_REPEATS = 100

END = r"(?:\n?\z)"
_VERTICAL = r"\n\x0b\f\r\x{85}\x{2028}\x{2029}"
_FLAT = r"\t \x{a0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}"
_CLASSES = {"s": r"\s\x0b", "h": _FLAT, "v": _VERTICAL}  # also within brackets
_WHOLE = {
    "Z": END,
    "R": rf"(?:\r\n|[{_VERTICAL}])",
    "N": r"[^\n]",
    "S": r"[^\s\x0b]",
    "H": rf"[^{_FLAT}]",
    "V": rf"[^{_VERTICAL}]",
}
_LOOKS = ("(?=", "(?!", "(?<=", "(?<!", "(?>")

_TOKEN = re.compile(
    r"""
    (?P<quoted>\\Q.*?(?:\\E|\Z))
    | (?P<back>\\(?:[1-9]|[kg]))
    | (?P<escape>\\(?:x\{[0-9a-fA-F]*\}|x[0-9a-fA-F]{0,2}|[pP](?:\{[^}]*\}|.)|c.|.))
    | (?P<remark>\(\?\#[^)]*\))
    | (?P<look>\(\?(?:<?[=!]|>))
    | (?P<named>\(\?(?:P?<(?P<angle>\w+)>|'(?P<quote>\w+)'))
    | (?P<plain>\(\?[imsU]*(?:-[imsU]+)?[:)])
    | (?P<foreign>\([?*][^:)\w]?[\w&]*)
    | (?P<group>\()
    | (?P<set>\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\])
    | (?P<possessive>(?:[*+?]|\{\d+(?:,\d*)?\})\+)
    | (?P<repeat>\{(?P<least>\d+)(?:,(?P<most>\d*))?\})
    | (?P<end>\$)
    | (?P<space>[\ \t\n\v\f\r]+|\#[^\n]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_SET = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression for the engine.

    Attributes:
        body: the expression, its options inside, without what stands in `end`.
        end: what anchors it to the end of a text and is no part of a match; often "".
        groups: how many groups it captures.
        may_skip: whether a group may take no part in a match.
    """

    body: str
    end: str
    groups: int
    may_skip: bool

    @property
    def text(self) -> str:
        """The whole expression."""
        return self.body + self.end


@functools.lru_cache(maxsize=256)
def read_pattern(pattern: str, options: str) -> Pattern:
    """A regular expression for the engine.

    Args:
        pattern: as MongoDB takes it.
        options: letters of i, m, s, x.

    Raises:
        Misfit: it is too large, not valid, or uses what the engine has not.
    """
    if len(pattern) > MOST_LETTERS:
        raise Misfit(f"a regular expression has at most {MOST_LETTERS} letters", argument=0)
    if unknown := sorted(set(options) - set("imsx")):
        raise Misfit(
            f"no option {unknown[0]!r} of a regular expression; there are: i, m, s, x", argument=0
        )
    tokens = [t for t in _TOKEN.finditer(pattern) if t.lastgroup != "remark"]
    if "x" in options:
        tokens = [token for token in tokens if token.lastgroup != "space"]
    _bound(tokens)
    lines = "m" in options or any("m" in token["plain"] for token in tokens if token["plain"])
    pieces = list(_pieces(tokens, lines=lines))
    branches = any(token["other"] == "|" for token in tokens)
    ends = bool(pieces) and pieces[-1] == END and not branches
    body = "".join(pieces[:-1] if ends else pieces)
    letters = "".join(letter for letter in "ims" if letter in options)
    made = Pattern(
        body=f"(?{letters}){body}" if letters else body,
        end=END if ends else "",
        groups=sum(token.lastgroup in ("group", "named") for token in tokens),
        may_skip=branches or bool(re.search(r"\)(?:[?*]|\{0)", pattern)),
    )
    _compile(made.text)
    return made


def _bound(tokens: list[re.Match[str]]) -> None:
    counted = [token for token in tokens if token["repeat"]]
    repeats = sum(int(token["most"] or token["least"]) for token in counted)
    if repeats > MOST_REPEATS:
        message = f"the repetitions of a regular expression add up to at most {MOST_REPEATS}"
        raise Misfit(f"{message}, got {repeats}", argument=0)


def _pieces(tokens: list[re.Match[str]], *, lines: bool) -> Iterator[str]:
    for token in tokens:
        match token.lastgroup:
            case "escape":
                yield _escape(token[0])
            case "set":
                yield _IN_SET.sub(_escaped_in_set, token[0])
            case "named":
                yield f"(?P<{token['angle'] or token['quote']}>"
            case "end" if not lines:
                yield END
            case "look":
                raise _lacking("look-around")
            case "back":
                raise _lacking("back-references")
            case "possessive":
                raise _lacking(f"repetitions that give nothing back ({token[0]})")
            case "foreign":
                raise _lacking(token[0])
            case _:
                yield token[0]


def _escape(escape: str) -> str:
    letter = escape[1]
    if letter in _CLASSES:
        return f"[{_CLASSES[letter]}]"
    if letter in "KGXC":
        raise _lacking(escape)
    return _WHOLE.get(letter) or _letter(escape)


def _escaped_in_set(escape: re.Match[str]) -> str:
    letter = escape[1]
    return r"\x08" if letter == "b" else _CLASSES.get(letter) or _letter(escape[0])


def _letter(escape: str) -> str:
    """An escaped letter that stands for itself or for a control character."""
    letter = escape[1]
    if letter == "e":
        return r"\x1b"
    if letter == "c" and len(escape) == 3:
        return rf"\x{{{ord(escape[2].upper()) ^ 64:x}}}"
    return letter if letter == "_" or not letter.isascii() else escape


def _lacking(what: str) -> Misfit:
    return Misfit(f"a regular expression here has no {what}", argument=0)


def _compile(text: str) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.scalar(""), text)
    except pa.ArrowInvalid as error:
        said = str(error).removeprefix("Invalid regular expression: ")
        raise Misfit(f"the regular expression is not valid: {said}", argument=0) from None
