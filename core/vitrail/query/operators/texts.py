"""$substrCP $substrBytes $substr $strLenBytes $strcasecmp $split: pieces of texts."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, List, Nothing, Number, Text, optional, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Call, Expr
from vitrail.query.operator import Args, Complaint, Misfit, define, said
from vitrail.query.operators.checks import (
    below,
    constant,
    missing,
    no_value,
    of_null,
    texts,
    whole_sql,
    wholes,
)
from vitrail.query.value_types import like

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering


def _written(name: str, arg: Expr, place: int = 0) -> None:
    """Refuse what is neither a text nor a whole number, which is read as its digits."""
    inner = required(arg.dtype)
    if not isinstance(inner, Text | Nothing) and not (isinstance(inner, Number) and inner.integer):
        raise Misfit(f"{name} needs a Text, got {said(inner)}", argument=place)


def text_sql(lowering: Lowering, arg: Expr) -> Tree:
    """A value as text; "" where it is null."""
    return b.coalesce(b.cast(lowering.sql(arg), "VARCHAR"), b.text(""))


def _substr_cp_type(args: Args) -> DType:
    _written("$substrCP", args[0])
    wholes("$substrCP", args, (1, 2), least=0)
    return optional(Text())


def _substr_cp(lowering: Lowering, args: Args) -> Tree:
    start, count = (whole_sql(lowering.sql(arg)) for arg in args[1:])
    text = text_sql(lowering, args[0])

    def cut(v: Tree) -> Tree:
        first, length = b.part(v.copy(), "f0"), b.part(v.copy(), "f1")
        fine = b.both(
            b.infix(exp.GTE, first, b.number(0)),
            b.infix(exp.GTE, length, b.number(0)),
        )
        begin = b.infix(exp.Add, first, b.number(1))
        return b.case((fine, b.call("substring", text, begin, length.copy())))

    return lowering.let(b.struct({"f0": start, "f1": count}), cut)


def _range_complaints(name: str, places: tuple[int, ...], args: Args) -> tuple[Complaint, ...]:
    return (
        *of_null(f"{name}'s place", args, (1, 2)),
        *below(f"{name} from a place below 0", args, places, 0),
    )


define(
    "$substrCP",
    (3, 3),
    _substr_cp_type,
    _substr_cp,
    complaints=lambda args: _range_complaints("$substrCP", (1, 2), args),
)


def bytes_of(text: Tree, first: Tree | None, count: Tree) -> Tree:
    """Some bytes of a text as text, from a place counted from 0; null where they cut through a letter."""
    whole = b.call("encode", text.copy())
    begin = b.number(1) if first is None else b.infix(exp.Add, first, b.number(1))
    end = count.copy() if first is None else b.infix(exp.Add, first, count)
    return b.call("try", b.call("decode", b.call("array_slice", whole, begin, end)))


def _bytes(name: str) -> None:
    def dtype(args: Args) -> DType:
        _written(name, args[0])
        wholes(name, args, (1,), least=0)
        wholes(name, args, (2,))
        value = constant(args[0])
        start, count = (constant(arg) for arg in args[1:])
        if isinstance(value, str) and start is not None and count is not None:
            _cut(name, value.encode("utf-8", "surrogatepass"), int(start), int(count))
        return optional(Text())

    def lower(lowering: Lowering, args: Args) -> Tree:
        start, count = (whole_sql(lowering.sql(arg)) for arg in args[1:])
        packed = b.struct({"f0": text_sql(lowering, args[0]), "f1": start, "f2": count})

        def cut(v: Tree) -> Tree:
            text, first, length = (b.part(v.copy(), f"f{i}") for i in range(3))
            size = b.call("strlen", text.copy())
            most = b.case((b.infix(exp.LT, length, b.number(0)), size), default=length.copy())
            fine = b.both(
                b.infix(exp.GTE, first, b.number(0)),
                b.not_null(length),
                b.not_null(bytes_of(text, None, first)),
            )
            return b.case((fine, bytes_of(text, first, most)))

        return lowering.let(packed, cut)

    def complaints(args: Args) -> tuple[Complaint, ...]:
        failed = no_value(f"{name} from or to within a letter", Call(name, args), args[1:])
        return (*_range_complaints(name, (1,), args), *failed)

    define(name, (3, 3), dtype, lower, complaints=complaints)


def _cut(name: str, data: bytes, start: int, count: int) -> None:
    """Refuse constants that cut through a letter."""
    ends = (start, start + count) if count >= 0 else (start,)
    if any(end < len(data) and data[end] & 0xC0 == 0x80 for end in ends):
        raise Misfit(f"{name} from or to within a letter", argument=0)


_bytes("$substrBytes")
_bytes("$substr")


def _length_type(args: Args) -> DType:
    texts("$strLenBytes", args)
    return like(args[0].dtype, Number(integer=True))


define(
    "$strLenBytes",
    (1, 1),
    _length_type,
    lambda lowering, args: b.call("strlen", b.cast(lowering.sql(args[0]), "VARCHAR")),
    complaints=lambda args: of_null("$strLenBytes", args, (0,)),
)


def _case_type(args: Args) -> DType:
    for place, arg in enumerate(args):
        _written("$strcasecmp", arg, place)
    return Number(integer=True)


def _case(lowering: Lowering, args: Args) -> Tree:
    """ASCII letters only are alike in both sizes, as MongoDB has it."""
    old, new = b.text(string.ascii_lowercase), b.text(string.ascii_uppercase)
    left, right = (b.call("translate", text_sql(lowering, arg), old, new) for arg in args)

    def sign(v: Tree) -> Tree:
        x, y = b.part(v.copy(), "f0"), b.part(v.copy(), "f1")
        return b.case(
            (b.infix(exp.EQ, x, y), b.number(0)),
            (b.infix(exp.LT, x, y), b.number(-1)),
            default=b.number(1),
        )

    return lowering.let(b.struct({"f0": left, "f1": right}), sign)


define("$strcasecmp", (2, 2), _case_type, _case)


def _split_type(args: Args) -> DType:
    texts("$split", args)
    if constant(args[1]) == "":
        raise Misfit("$split needs a separator that is not empty", argument=1)
    dtype = missing(args, List(Text()))
    return dtype if constant(args[1]) else optional(dtype)


def _split(lowering: Lowering, args: Args) -> Tree:
    text, separator = (b.cast(lowering.sql(arg), "VARCHAR") for arg in args)
    if constant(args[1]):
        return b.call("string_split", text, separator)

    def cut(v: Tree) -> Tree:
        whole, by = b.part(v.copy(), "f0"), b.part(v.copy(), "f1")
        fine = b.infix(exp.NEQ, by, b.text(""))
        return b.case((fine, b.call("string_split", whole, by.copy())))

    return lowering.let(b.struct({"f0": text, "f1": separator}), cut)


def _split_complaints(args: Args) -> tuple[Complaint, ...]:
    if constant(args[1]):
        return ()
    return no_value("$split by an empty separator", Call("$split", args), args)


define("$split", (2, 2), _split_type, _split, complaints=_split_complaints)
