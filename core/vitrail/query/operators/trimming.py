"""$trim $ltrim $rtrim $replaceOne $replaceAll."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, Text
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.operator import Args, define
from vitrail.query.operators.checks import MOST_BYTES, missing, refused, texts

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

WHITE = "\0 \t\n\v\f\r\u00a0\u1680" + "".join(chr(code) for code in range(0x2000, 0x200B))


def _trim(name: str, function: str) -> None:
    def dtype(args: Args) -> DType:
        texts(name, args)
        return missing(args, Text())

    def lower(lowering: Lowering, args: Args) -> Tree:
        text = b.cast(lowering.sql(args[0]), "VARCHAR")
        if len(args) == 1:
            return b.call(function, text, lowering.bind(WHITE))
        return b.call(function, text, b.cast(lowering.sql(args[1]), "VARCHAR"))

    define(name, (1, 2), dtype, lower, named=("input", "chars"), positional=0)


_trim("$trim", "trim")
_trim("$ltrim", "ltrim")
_trim("$rtrim", "rtrim")


def _replace(name: str, *, every: bool) -> None:
    def dtype(args: Args) -> DType:
        texts(name, args)
        return missing(args, Text())

    def lower(lowering: Lowering, args: Args) -> Tree:
        parts = {key: b.cast(lowering.sql(arg), "VARCHAR") for key, arg in zip("tfr", args, strict=True)}

        def replaced(v: Tree) -> Tree:
            text, find, new = (b.part(v.copy(), key) for key in "tfr")
            tests = [b.not_null(tree.copy()) for tree in (text, find, new)]
            result = _all(text, find, new, name) if every else _first(lowering, text, find, new)
            return b.case((b.both(*tests), result))

        return lowering.let(b.struct(parts), replaced)

    names = ("input", "find", "replacement")
    define(name, (3, 3), dtype, lower, named=names, positional=0)


def _first(lowering: Lowering, text: Tree, find: Tree, new: Tree) -> Tree:
    def put(at: Tree) -> Tree:
        before = b.call("left", text.copy(), b.infix(exp.Sub, at, b.number(1)))
        after = b.call("substring", text.copy(), b.infix(exp.Add, at, b.call("length", find.copy())))
        whole = b.infix(exp.DPipe, b.infix(exp.DPipe, before, new), after)
        return b.case((b.infix(exp.GT, at, b.number(0)), whole), default=text.copy())

    empty = b.infix(exp.EQ, find, b.text(""))
    return b.case(
        (empty, b.infix(exp.DPipe, new, text)),
        default=lowering.let(b.call("strpos", text.copy(), find.copy()), put),
    )


def _all(text: Tree, find: Tree, new: Tree, name: str) -> Tree:
    """An empty piece stands before every letter and at the end."""
    empty = b.infix(exp.EQ, find, b.text(""))
    plain = b.call("replace", new.copy(), b.text("\\"), b.text("\\\\"))
    filled = b.call("regexp_replace", text.copy(), b.text(""), plain, b.text("g"))
    gone = b.call("replace", text.copy(), find.copy(), b.text(""))
    saved = b.infix(exp.Sub, b.call("strlen", text.copy()), b.call("strlen", gone))
    unit = b.call("greatest", b.call("strlen", find.copy()), b.number(1))
    times = b.case(
        (empty, b.infix(exp.Add, b.call("strlen", text.copy()), b.number(1))),
        default=b.infix(exp.IntDiv, saved, unit),
    )
    grown = b.infix(exp.Mul, times, b.call("strlen", new.copy()))
    large = b.infix(exp.GT, grown, b.number(MOST_BYTES))
    return b.case(
        (large, refused(f"{name} makes more than {MOST_BYTES:,} bytes")),
        (empty.copy(), filled),
        default=b.call("replace", text.copy(), find.copy(), new.copy()),
    )


_replace("$replaceOne", every=False)
_replace("$replaceAll", every=True)
