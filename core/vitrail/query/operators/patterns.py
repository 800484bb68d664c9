"""$regexFind and $regexFindAll: what a regular expression matches, where, and its groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, List, Number, Struct, Text, optional
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.operator import Args, Misfit, define
from vitrail.query.operators.checks import constant, texts
from vitrail.query.operators.regex import Pattern, read_pattern

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

MOST_GROUPS = 20

FOUND = Struct((("match", Text()), ("idx", Number(integer=True)), ("captures", List(optional(Text())))))


def _pattern(args: Args) -> Pattern:
    pattern, options = constant(args[1]), constant(args[2])
    if not isinstance(pattern, str) or not isinstance(options, str):
        raise Misfit("the regular expression must be a constant text", argument=1)
    read = read_pattern(pattern, options)
    if read.groups > MOST_GROUPS:
        message = f"a regular expression has at most {MOST_GROUPS} groups, got {read.groups}"
        raise Misfit(message, argument=1)
    return read


def _type(args: Args) -> DType:
    texts("$regexFind", args[:1])
    _pattern(args)
    return optional(FOUND)


def _capture(text: Tree, *, maybe: bool) -> Tree:
    """The engine gives "" for a group that took no part, MongoDB null."""
    return b.call("nullif", text, b.text("")) if maybe else text


def _find(lowering: Lowering, args: Args) -> Tree:
    pattern = _pattern(args)
    whole = lowering.bind(rf"\A((?s:.*?))({pattern.body}){pattern.end}")
    names = [f"g{i}" for i in range(pattern.groups + 2)]

    def found(text: Tree) -> Tree:
        pieces = b.call("regexp_extract", text.copy(), whole, b.array(*(b.text(n) for n in names)))
        there = b.call("regexp_matches", text.copy(), whole.copy())
        return b.case((there, lowering.let(pieces, told)))

    def told(v: Tree) -> Tree:
        captures = [_capture(b.part(v.copy(), name), maybe=pattern.may_skip) for name in names[2:]]
        return b.struct(
            {
                "f0": b.part(v.copy(), "g1"),
                "f1": b.call("length", b.part(v.copy(), "g0")),
                "f2": b.cast(b.array(*captures), "VARCHAR[]"),
            }
        )

    return lowering.let(b.cast(lowering.sql(args[0]), "VARCHAR"), found)


define("$regexFind", (3, 3), _type, _find)


def _all_type(args: Args) -> DType:
    texts("$regexFindAll", args[:1])
    _pattern(args)
    return List(FOUND)


def _find_all(lowering: Lowering, args: Args) -> Tree:
    pattern = _pattern(args)
    groups = pattern.groups
    whole = lowering.bind(f"((?s:.*?))({pattern.body}){pattern.end}")
    text = lowering.sql(args[0])

    def lists(held: Tree) -> Tree:
        pieces = {
            f"g{i}": b.call("regexp_extract_all", held.copy(), whole.copy(), b.number(i))
            for i in range(groups + 3)
        }
        # after a match of nothing the engine goes on one letter further
        steps = lowering.each(
            "list_transform",
            b.call("regexp_extract_all", held.copy(), whole.copy(), b.number(0)),
            lambda v: b.call("greatest", b.call("length", v), b.number(1)),
        )
        return lowering.let(
            b.struct({**pieces, "s": steps, "n": b.call("length", held.copy())}), matches
        )

    def matches(v: Tree) -> Tree:
        item, place = lowering.fresh(), lowering.fresh()
        at = exp.to_identifier(place)
        before = b.call(
            "list_slice", b.part(v.copy(), "s"), b.number(1), b.infix(exp.Sub, at, b.number(1))
        )
        start = b.infix(
            exp.Add,
            b.coalesce(b.call("list_sum", before), b.number(0)),
            b.call("length", exp.to_identifier(item)),
        )
        captures = [
            _capture(
                b.call("list_extract", b.part(v.copy(), f"g{i + 3}"), at.copy()), maybe=pattern.may_skip
            )
            for i in range(groups)
        ]
        one = b.struct(
            {
                "f0": b.call("list_extract", b.part(v.copy(), "g2"), at.copy()),
                "f1": b.cast(start, "BIGINT"),
                "f2": b.cast(b.array(*captures), "VARCHAR[]"),
            }
        )
        listed = b.call("list_transform", b.part(v.copy(), "g1"), b.function((item, place), one))
        return lowering.let(listed, lambda every: _distinct(lowering, every, b.part(v.copy(), "n")))

    found = lowering.let(b.cast(text, "VARCHAR"), lists)
    return b.coalesce(found, b.cast(b.array(), b.duck_type(List(FOUND))))


def _distinct(lowering: Lowering, every: Tree, length: Tree) -> Tree:
    """The matches without those at the place of the one before, or sought after all letters."""
    item, place = lowering.fresh(), lowering.fresh()
    at = exp.to_identifier(place)
    last = b.call("list_extract", every.copy(), b.infix(exp.Sub, at, b.number(1)))
    start = b.part(last.copy(), "f1")
    letters = b.call("greatest", b.call("length", b.part(last, "f0")), b.number(1))
    moved = b.both(
        b.different(b.part(exp.to_identifier(item), "f1"), start),
        b.infix(exp.LT, b.infix(exp.Add, start, letters), length),
    )
    first = b.infix(exp.EQ, at, b.number(1))
    return b.call("list_filter", every.copy(), b.function((item, place), b.either(first, moved)))


define("$regexFindAll", (3, 3), _all_type, _find_all)
