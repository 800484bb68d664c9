"""$concat $strLenCP $toLower $toUpper $regexMatch."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import Boolean, DType, Nothing, Number, Text, optional, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Call, Literal
from vitrail.query.operator import Args, Complaint, Misfit, define, said
from vitrail.query.operators.regex import read_pattern
from vitrail.query.value_types import like, nullable

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering


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


def _match_type(args: Args) -> DType:
    _texts("$regexMatch", args[:1])
    _pattern(args)
    return Boolean()


def _pattern(args: Args) -> str:
    texts = [arg.value for arg in args[1:] if isinstance(arg, Literal) and isinstance(arg.value, str)]
    if len(texts) != len(args) - 1:
        raise Misfit("the regular expression must be a constant text", argument=1)
    return read_pattern(texts[0], texts[1] if len(texts) == 2 else "").text


def _match(lowering: Lowering, args: Args) -> Tree:
    tree = b.cast(lowering.sql(args[0]), "VARCHAR")
    found = b.call("regexp_matches", tree, lowering.bind(_pattern(args)))
    return b.coalesce(found, b.FALSE()) if nullable(args[0]) else found


define("$regexMatch", (2, 3), _match_type, _match)
