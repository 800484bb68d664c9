"""$indexOfCP and $indexOfBytes: where a text stands in another, counted in letters or in bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, Number, optional
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Call
from vitrail.query.operator import Args, Complaint, define
from vitrail.query.operators.checks import below, of_null, texts, there, whole_sql, wholes
from vitrail.query.operators.texts import bytes_of
from vitrail.query.value_types import like, nullable

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

_MOST = 2**30


def _index(name: str, find: Callable[[Lowering, Tree], Tree]) -> None:
    def dtype(args: Args) -> DType:
        texts(name, args, (0, 1))
        wholes(name, args, tuple(range(2, len(args))), least=0)
        known = like(args[0].dtype, Number(integer=True))
        return optional(known) if any(nullable(arg) for arg in args[1:]) else known

    def lower(lowering: Lowering, args: Args) -> Tree:
        bounds = [whole_sql(lowering.sql(arg)) for arg in args[2:]]
        bounds += [b.number(0), b.number(_MOST)][len(bounds) :]
        text, piece = (b.cast(lowering.sql(arg), "VARCHAR") for arg in args[:2])
        parts = {"t": text, "p": piece, "a": bounds[0], "z": bounds[1]}
        return lowering.let(b.struct(parts), lambda v: _there(v, find(lowering, v)))

    def complaints(args: Args) -> tuple[Complaint, ...]:
        places = tuple(range(2, len(args)))
        found = (
            *of_null(f"{name}'s piece", args, (1,)),
            *of_null(f"{name}'s place", args, places),
            *below(f"{name} from a place below 0", args, places, 0),
        )
        searched = there(args[0])  # in null nothing is searched for
        return (
            tuple((text, Call("$and", (*searched, when))) for text, when in found) if searched else found
        )

    define(name, (2, 4), dtype, lower, complaints=complaints)


def _there(v: Tree, found: Tree) -> Tree:
    """What was found, null where an argument is null or a place is below 0."""
    tests = [b.not_null(b.part(v.copy(), name)) for name in ("t", "p", "a", "z")]
    tests += [b.infix(exp.GTE, b.part(v.copy(), name), b.number(0)) for name in ("a", "z")]
    return b.case((b.both(*tests), found))


def _letters(lowering: Lowering, v: Tree) -> Tree:
    """Like MongoDB, the piece must begin before the end, and may reach past it."""
    text, piece, start, end = (b.part(v.copy(), name) for name in ("t", "p", "a", "z"))
    tail = b.call("substring", text, b.infix(exp.Add, start, b.number(1)))
    at = b.call("strpos", tail, piece)
    empty = b.both(b.infix(exp.EQ, text, b.text("")), b.infix(exp.EQ, piece, b.text("")))

    def placed(found: Tree) -> Tree:
        place = b.infix(exp.Sub, b.infix(exp.Add, start, found), b.number(1))
        stop = b.call("least", end.copy(), b.call("length", text.copy()))
        fine = b.both(b.infix(exp.GT, found, b.number(0)), b.infix(exp.LT, place, stop))
        return b.case((empty, b.number(0)), (fine, place), default=b.number(-1))

    return lowering.let(at, placed)


def _in_bytes(lowering: Lowering, v: Tree) -> Tree:
    """The piece must end before the end; a start within a letter goes on to the next one."""
    text, piece, start, end = (b.part(v.copy(), name) for name in ("t", "p", "a", "z"))
    starts = [b.infix(exp.Add, start, b.number(more)) for more in range(4)]
    before = b.coalesce(*(bytes_of(text, None, one) for one in starts))

    def searched(head: Tree) -> Tree:
        tail = b.call(
            "substring", text.copy(), b.infix(exp.Add, b.call("length", head.copy()), b.number(1))
        )
        return lowering.let(
            b.struct(
                {"h": head.copy(), "r": tail.copy(), "f": b.call("strpos", tail.copy(), piece.copy())}
            ),
            placed,
        )

    def placed(w: Tree) -> Tree:
        head, rest, found = (b.part(w.copy(), name) for name in ("h", "r", "f"))
        skipped = b.call("left", rest, b.infix(exp.Sub, found, b.number(1)))
        place = b.infix(exp.Add, b.call("strlen", head), b.call("strlen", skipped))
        reach = b.infix(exp.Add, place, b.call("strlen", piece.copy()))
        within = (
            b.infix(exp.LTE, start, b.call("strlen", text.copy())),
            b.infix(exp.LTE, start.copy(), end),
        )
        empty = b.infix(exp.EQ, piece.copy(), b.text(""))
        fine = b.both(
            b.infix(exp.GT, found, b.number(0)),
            *(test.copy() for test in within),
            b.infix(exp.LTE, reach, end.copy()),
        )
        return b.case((b.both(empty, *within), start.copy()), (fine, place), default=b.number(-1))

    return lowering.let(before, searched)


_index("$indexOfCP", _letters)
_index("$indexOfBytes", _in_bytes)
