"""$slice $concatArrays $reverseArray $indexOfArray."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, List, Nothing, Number, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Call, Variable
from vitrail.query.operator import Args, Complaint, define
from vitrail.query.operators.checks import below, missing, null_of, of_null, whole_sql, wholes
from vitrail.query.operators.comparison import compare
from vitrail.query.operators.conditions import one_type
from vitrail.query.value_types import item_type, like

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering


def _slice_type(args: Args) -> DType:
    item_type("$slice", args[0])
    wholes("$slice", args, (1,) if len(args) == 2 else (1, 2))
    if len(args) == 3:
        wholes("$slice", args, (2,), least=1)
    return missing(args, required(args[0].dtype))


def _slice(lowering: Lowering, args: Args) -> Tree:
    if any(isinstance(required(arg.dtype), Nothing) for arg in args):
        return null_of(_slice_type(args))
    numbers = [lowering.sql(arg) for arg in args[1:]]
    packed = b.struct(
        {"f0": lowering.sql(args[0]), **{f"f{i + 1}": whole_sql(n) for i, n in enumerate(numbers)}}
    )

    def cut(v: Tree) -> Tree:
        listed, first = b.part(v.copy(), "f0"), b.part(v.copy(), "f1")
        length = b.call("len", listed.copy())
        from_end = b.call("greatest", b.infix(exp.Add, length, first), b.number(0))
        negative = b.infix(exp.LT, first, b.number(0))
        if len(numbers) == 1:
            start = b.case((negative, from_end), default=b.number(0))
            count = b.call("abs", first.copy())
            there = b.not_null(first)
        else:
            start = b.case((negative, from_end), default=first.copy())
            count = b.part(v.copy(), "f2")
            there = b.both(b.not_null(first), b.infix(exp.GT, count, b.number(0)))
        begin = b.infix(exp.Add, start, b.number(1))
        end = b.infix(exp.Add, start, count)
        return b.case((there, b.call("list_slice", listed.copy(), begin, end)))

    return lowering.let(packed, cut)


define(
    "$slice",
    (2, 3),
    _slice_type,
    _slice,
    complaints=lambda args: below("$slice of fewer than 1 items", args, (2,)[: len(args) - 2], 1),
)


def _concat_type(args: Args) -> DType:
    for place, arg in enumerate(args):
        item_type("$concatArrays", arg, place)
    return one_type(args) if args else List(Nothing())


def _concat(lowering: Lowering, args: Args) -> Tree:
    if not args:
        return b.array()
    dtype = _concat_type(args)
    joined = lowering.as_type(args[0], dtype)
    for arg in args[1:]:
        joined = b.infix(exp.DPipe, joined, lowering.as_type(arg, dtype))
    return joined


define("$concatArrays", (0, None), _concat_type, _concat)


def _reverse_type(args: Args) -> DType:
    item_type("$reverseArray", args[0])
    return args[0].dtype


def _reverse(lowering: Lowering, args: Args) -> Tree:
    tree = lowering.sql(args[0])
    return tree if isinstance(args[0].dtype, Nothing) else b.call("list_reverse", tree)


define("$reverseArray", (1, 1), _reverse_type, _reverse)


def _index_type(args: Args) -> DType:
    item = item_type("$indexOfArray", args[0])
    Call("$eq", (Variable("this", item), args[1]))
    wholes("$indexOfArray", args, tuple(range(2, len(args))), least=0)
    return like(args[0].dtype, Number(integer=True))


def _index(lowering: Lowering, args: Args) -> Tree:
    item = item_type("$indexOfArray", args[0])
    if isinstance(args[0].dtype, Nothing):
        return null_of(Number(integer=True))
    item_name, place = lowering.fresh(), lowering.fresh()
    variable = Variable(item_name, item)
    equal = lowering.inside(
        {item_name: exp.to_identifier(item_name)},
        lambda: compare(lowering, "$eq", variable, args[1]),
    )
    at = exp.to_identifier(place)  # the engine counts from 1
    tests = [equal]
    kinds: tuple[type[Tree], ...] = (exp.GT, exp.LTE)
    for bound, kind in zip(args[2:], kinds, strict=False):
        tests.append(b.infix(kind, at, whole_sql(lowering.sql(bound))))
    place_here = b.case((b.both(*tests), b.infix(exp.Sub, at, b.number(1))))
    listed = lowering.sql(args[0])

    def found(tree: Tree) -> Tree:
        places = b.call("list_transform", tree.copy(), b.function((item_name, place), place_here))
        first = b.coalesce(b.call("list_min", places), b.number(-1))
        return b.case((b.not_null(tree), first))

    return lowering.let(listed, found)


def _index_complaints(args: Args) -> tuple[Complaint, ...]:
    places = tuple(range(2, len(args)))
    text = "$indexOfArray from a place below 0"
    return (*of_null("$indexOfArray's place", args, places), *below(text, args, places, 0))


define("$indexOfArray", (2, 4), _index_type, _index, complaints=_index_complaints)
