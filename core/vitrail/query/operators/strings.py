"""$concat $strLenCP $toLower $toUpper $regexMatch."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import Boolean, DType, Nothing, Number, Text, optional, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Call, Literal, like, nullable
from vitrail.query.operator import Args, Complaint, Misfit, define, said

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

MOST_PATTERN = 256
MOST_REPEATS = 100
MOST_LETTER = 0x10FFFF

_REPEAT = re.compile(r"\{(\d*),?(\d*)\}")
_SPACED = re.compile(
    r"(?P<kept>\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\])|[ \t\n\v\f\r]+|#[^\n]*", re.DOTALL
)
_ESCAPED = re.compile(r"\\x\{([0-9a-fA-F]{1,8})\}|\\.", re.DOTALL)


def _texts(name: str, args: Args) -> None:
    for place, arg in enumerate(args):
        if not isinstance(required(arg.dtype), Text | Nothing):
            raise Misfit(f"{name} needs a Text, got {said(arg.dtype)}", argument=place)


def _concat_type(args: Args) -> DType:
    _texts("$concat", args)
    return optional(Text()) if any(nullable(arg) for arg in args) else Text()


def _concat(lowering: Lowering, args: Args) -> Tree:
    if not args:
        return b.text("")
    joined = b.cast(lowering.sql(args[0]), "VARCHAR")
    for arg in args[1:]:
        joined = b.infix(exp.DPipe, joined, b.cast(lowering.sql(arg), "VARCHAR"))
    return joined


define("$concat", (0, None), _concat_type, _concat)


def _length_type(args: Args) -> DType:
    _texts("$strLenCP", args)
    return like(args[0].dtype, Number(integer=True))


def _length_complaints(args: Args) -> tuple[Complaint, ...]:
    if not nullable(args[0]):
        return ()
    return (("$strLenCP of null", Call("$eq", (args[0], Literal(None)))),)


define(
    "$strLenCP",
    (1, 1),
    _length_type,
    lambda lowering, args: b.call("length", b.cast(lowering.sql(args[0]), "VARCHAR")),
    complaints=_length_complaints,
)


def _letters(name: str, old: str, new: str) -> None:
    """ASCII letters only, as MongoDB has it; null becomes the empty text."""

    def dtype(args: Args) -> DType:
        inner = required(args[0].dtype)
        if not isinstance(inner, Text | Nothing) and not (isinstance(inner, Number) and inner.integer):
            raise Misfit(f"{name} needs a Text, got {said(inner)}", argument=0)
        return Text()

    def lower(lowering: Lowering, args: Args) -> Tree:
        tree = b.cast(lowering.sql(args[0]), "VARCHAR")
        changed = b.call("translate", tree, b.text(old), b.text(new))
        return b.coalesce(changed, b.text("")) if nullable(args[0]) else changed

    define(name, (1, 1), dtype, lower)


_letters("$toLower", string.ascii_uppercase, string.ascii_lowercase)
_letters("$toUpper", string.ascii_lowercase, string.ascii_uppercase)


def _unbraced(escape: re.Match[str]) -> str:
    r"""An escaped letter such as \x{73} without its braces, which repeat nothing; other escapes as they are."""
    code = int(escape[1], 16) if escape[1] else ord(escape[0][1])
    if code > MOST_LETTER:
        raise Misfit(f"the regular expression is not valid: no letter {escape[0]}", argument=0)
    return rf"\U{code:08x}" if escape[1] or escape[0][1] in "{}" else escape[0]


def _unspaced(pattern: str) -> str:
    """A regular expression without the white space and comments that the option x allows in it."""
    return _SPACED.sub(lambda found: found["kept"] or "", pattern)


def count_groups(pattern: str) -> int:
    """How many groups a regular expression captures.

    Args:
        pattern: as `check_pattern` gives it.
    """
    return _compiled(_ESCAPED.sub(_unbraced, pattern)).groups


def _compiled(plain: str) -> re.Pattern[str]:
    """As Python reads it, which has no classes by the letters' properties."""
    return re.compile(re.sub(r"\\[pP](?:\{\^?\w+\}|[A-Z])", r"\\w", plain))


def check_pattern(pattern: str, options: str) -> str:
    """A regular expression for the engine, its options inside.

    Raises:
        Misfit: it is too large, not valid, or uses what the engine's RE2 has not.
    """
    if len(pattern) > MOST_PATTERN:
        raise Misfit(f"a regular expression has at most {MOST_PATTERN} letters", argument=0)
    unknown = sorted(set(options) - set("imsx"))
    if unknown:
        raise Misfit(
            f"no option {unknown[0]!r} of a regular expression; there are: i, m, s, x", argument=0
        )
    pattern = _unspaced(pattern) if "x" in options else pattern
    plain = _ESCAPED.sub(_unbraced, pattern)
    repeats = sum(int(m[2] or m[1] or 0) for m in _REPEAT.finditer(plain))
    if repeats > MOST_REPEATS:
        message = f"the repetitions of a regular expression add up to at most {MOST_REPEATS}"
        raise Misfit(f"{message}, got {repeats}", argument=0)
    if re.search(r"(?<!\\)(?:\\\\)*\(\?(?:[=!]|<[=!]|>)", pattern):
        raise Misfit("look-around is not to be had in a regular expression here", argument=0)
    if re.search(r"(?<!\\)(?:\\\\)*\\[1-9k]", pattern):
        raise Misfit("back-references are not to be had in a regular expression here", argument=0)
    try:
        _compiled(plain)
    except (re.error, RecursionError, OverflowError) as error:
        raise Misfit(f"the regular expression is not valid: {error}", argument=0) from None
    letters = "".join(letter for letter in "ims" if letter in options)
    return f"(?{letters}){pattern}" if letters else pattern


def _match_type(args: Args) -> DType:
    _texts("$regexMatch", args[:1])
    _pattern(args)
    return Boolean()


def _pattern(args: Args) -> str:
    texts = [arg.value for arg in args[1:] if isinstance(arg, Literal) and isinstance(arg.value, str)]
    if len(texts) != len(args) - 1:
        raise Misfit("the regular expression must be a constant text", argument=1)
    return check_pattern(texts[0], texts[1] if len(texts) == 2 else "")


def _match(lowering: Lowering, args: Args) -> Tree:
    tree = b.cast(lowering.sql(args[0]), "VARCHAR")
    found = b.call("regexp_matches", tree, lowering.bind(_pattern(args)))
    return b.coalesce(found, b.FALSE()) if nullable(args[0]) else found


define("$regexMatch", (2, 3), _match_type, _match)
