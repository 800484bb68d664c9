"""$dateToString and $dateFromString: timestamps as texts, by MongoDB's format letters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, Mixed, Nothing, Text, Timestamp, optional
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.dynamic.moments import check_form, from_text
from vitrail.query.dynamic.table import Refused
from vitrail.query.expr import Call, Expr, Literal
from vitrail.query.mixing import call
from vitrail.query.operator import Args, Complaint, Misfit, define
from vitrail.query.operators.checks import missing, no_value, null_of, texts
from vitrail.query.operators.clock import Zone, local, moments, utc, zone

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

_PLAIN = "%Y-%m-%dT%H:%M:%S.%L"
_ENGINES = {letter: f"%{letter}" for letter in "YmdHMSjuUVGbB"} | {"L": "%g"}
_LETTERS = (*_ENGINES, "w", "z", "Z", "%")


def _form(name: str, args: Args) -> str | None:
    """The format, "" where none is given; None where it is null.

    Raises:
        Misfit: it is no constant text.
    """
    if len(args) < 3:
        return ""
    form = args[2]
    if not isinstance(form, Literal) or not isinstance(form.value, str | None):
        raise Misfit(f"{name} needs a constant text as its format", argument=2)
    return form.value


def pieces(form: str) -> list[str]:
    """A format as its letters, such as "%Y", and the texts between them.

    Raises:
        Misfit: it has a letter that is no part of a date.
    """
    found = re.findall(r"%.?|[^%]+", form, re.DOTALL)
    for piece in found:
        if piece.startswith("%") and piece[1:] not in _LETTERS:
            message = f"no letter {piece!r} in a date's format"
            raise Misfit(f"{message}; there are: {' '.join(f'%{one}' for one in _LETTERS)}", argument=2)
    return found


def _to_type(args: Args) -> DType:
    moments("$dateToString", args, (0,))
    zone("$dateToString", args[1], 1)
    pieces(_form("$dateToString", args) or "")
    return missing(args, Text())


def _to(lowering: Lowering, args: Args) -> Tree:
    where, form = zone("$dateToString", args[1], 1), _form("$dateToString", args)
    if where is None or form is None or isinstance(args[0].dtype, Nothing):
        return null_of(Text())
    found = pieces(form or (f"{_PLAIN}Z" if where.utc else _PLAIN))
    if len(args) == 3 and not form:
        found = []

    def written(v: Tree) -> Tree:
        shown, ahead = b.part(v.copy(), "l"), _ahead(v)
        whole: Tree = b.text("")
        for piece in found:
            whole = b.infix(exp.DPipe, whole, _written(lowering, piece, shown, ahead))
        return b.case((b.not_null(shown), whole))

    start = utc(lowering, args[0])
    shown = local(lowering, start.copy(), where)
    return lowering.let(b.struct({"u": start, "l": shown}), written)


def _ahead(v: Tree) -> Tree:
    """How many minutes the clock is ahead of UTC."""
    micro = [b.call("epoch_us", b.part(v.copy(), name)) for name in ("l", "u")]
    return b.infix(exp.IntDiv, b.infix(exp.Sub, *micro), b.number(60_000_000))


def _written(lowering: Lowering, piece: str, shown: Tree, ahead: Tree) -> Tree:
    letter = piece[1:] if piece.startswith("%") else ""
    if not letter:
        return lowering.bind(piece)
    if letter in _ENGINES:
        return b.call("strftime", shown.copy(), b.text(_ENGINES[letter]))
    if letter == "w":
        day = b.infix(exp.Add, b.call("dayofweek", shown.copy()), b.number(1))
        return b.cast(day, "VARCHAR")
    if letter == "%":
        return b.text("%")
    if letter == "Z":
        return b.cast(ahead.copy(), "VARCHAR")
    sign = b.case((b.infix(exp.LT, ahead, b.number(0)), b.text("-")), default=b.text("+"))
    size = b.call("abs", ahead.copy())
    hours = b.call("format", b.text("{:02d}"), b.infix(exp.IntDiv, size, b.number(60)))
    minutes = b.call("format", b.text("{:02d}"), b.infix(exp.Mod, size, b.number(60)))
    return b.infix(exp.DPipe, sign, b.infix(exp.DPipe, hours, minutes))


define("$dateToString", (2, 3), _to_type, _to)


def _parameters(args: Args) -> tuple[str | None, Zone | None, bool]:
    """The format (None where none is given), the zone, and whether one of them is null."""
    name = "$dateFromString"
    where, form = zone(name, args[1], 1), _form(name, args)
    try:
        check_form(form or "")
    except Refused as error:
        raise Misfit(str(error), argument=2) from None
    nothing = where is None or form is None
    return (form if len(args) == 3 else None), where, nothing


def _from_type(args: Args) -> DType:
    texts("$dateFromString", args, (0,))
    _parameters(args)
    return optional(Timestamp("instant"))


def _checked_type(args: Args) -> DType:
    dtype = _from_type(args)
    if all(isinstance(arg, Literal) for arg in args):
        text, where, *form = (arg.value for arg in args if isinstance(arg, Literal))
        try:
            from_text(text, form[0] if form else None, where)
        except Refused as error:
            raise Misfit(f"$dateFromString: {error}", argument=0) from None
    return dtype


def _from(lowering: Lowering, args: Args) -> Tree:
    form, _, nothing = _parameters(args)
    if nothing or isinstance(args[0].dtype, Nothing):
        return null_of(Timestamp("instant"))
    given: tuple[Expr, ...] = (args[0], Literal(form), args[1])
    trees = [lowering.as_type(arg, Mixed()) for arg in given]
    return call(lowering, "$dateFromString", trees, Timestamp("instant"))


def _complaints(args: Args) -> tuple[Complaint, ...]:
    if isinstance(args[0], Literal):
        return ()
    return no_value("$dateFromString of a text that is no date", Call("$dateFromString", args), args)


define("$dateFromString", (2, 3), _checked_type, _from, complaints=_complaints)
define("$dateFromString or null", (2, 3), _from_type, _from)
