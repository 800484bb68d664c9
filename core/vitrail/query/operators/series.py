"""The next number of a series of preferred numbers, above or below another: Renard's, E series, 1-2-5.

Sources: ISO 3 for R5 to R80, IEC 60063 for E6 to E192.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, Number, optional
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Literal
from vitrail.query.operator import Args, define

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

POWERS = "POWERSOF2"
_R80 = (
    *(
        100,
        103,
        106,
        109,
        112,
        115,
        118,
        122,
        125,
        128,
        132,
        136,
        140,
        145,
        150,
        155,
        160,
        165,
        170,
        175,
    ),
    *(
        180,
        185,
        190,
        195,
        200,
        206,
        212,
        218,
        224,
        230,
        236,
        243,
        250,
        258,
        265,
        272,
        280,
        290,
        300,
        307,
    ),
    *(
        315,
        325,
        335,
        345,
        355,
        365,
        375,
        387,
        400,
        412,
        425,
        437,
        450,
        462,
        475,
        487,
        500,
        515,
        530,
        545,
    ),
    *(
        560,
        580,
        600,
        615,
        630,
        650,
        670,
        690,
        710,
        730,
        750,
        775,
        800,
        825,
        850,
        875,
        900,
        925,
        950,
        975,
    ),
)
_E24 = (
    *(10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30, 33, 36, 39, 43, 47, 51, 56, 62, 68, 75, 82, 91),
)


def _fine(count: int) -> tuple[int, ...]:
    """An E series with three digits; 920 stands in E192 by convention."""
    rounded = (round(100 * 10 ** (place / count)) for place in range(count))
    return tuple(920 if number == 919 else number for number in rounded)


SERIES: dict[str, tuple[int, ...]] = {
    "R5": (10, 16, 25, 40, 63),
    "R10": _R80[::8],
    "R20": _R80[::4],
    "R40": _R80[::2],
    "R80": _R80,
    "1-2-5": (10, 20, 50),
    "E6": _E24[::4],
    "E12": _E24[::2],
    "E24": _E24,
    "E48": _fine(48),
    "E96": _fine(96),
    "E192": _fine(192),
    POWERS: (),
}


def above(lowering: Lowering, value: Tree, series: str) -> Tree:
    """The least number of a series above a positive one; 0 for 0."""
    return lowering.let(b.cast(value, "DOUBLE"), lambda v: _next(lowering, v, series, up=True))


def below(lowering: Lowering, value: Tree, series: str) -> Tree:
    """The greatest number of a series below a positive one; 0 for 0."""
    return lowering.let(b.cast(value, "DOUBLE"), lambda v: _next(lowering, v, series, up=False))


def _next(lowering: Lowering, value: Tree, series: str, *, up: bool) -> Tree:
    positive = b.infix(exp.GT, value, b.number(0))
    found = _power(value, up=up) if series == POWERS else _member(lowering, value, series, up=up)
    return b.case((positive, found), default=value.copy())


def _power(value: Tree, *, up: bool) -> Tree:
    exponent = b.call("log2", value.copy())
    if up:
        place = b.infix(exp.Add, b.call("floor", exponent), b.number(1))
    else:
        place = b.infix(exp.Sub, b.call("ceil", exponent), b.number(1))
    return b.call("pow", b.number(2), place)


def _member(lowering: Lowering, value: Tree, series: str, *, up: bool) -> Tree:
    members = SERIES[series]
    digits = len(str(members[0])) - 1
    wanted = [*members, *(m * 10 for m in members[:1])] if up else [members[-1] / 10, *members]
    listed = lowering.bind([float(m) for m in wanted], "DOUBLE[]")
    place = b.infix(exp.Sub, b.call("floor", b.call("log10", value.copy())), b.number(digits))

    def scaled(member: Tree) -> Tree:
        larger = b.infix(exp.Mul, member, b.call("pow", b.number(10), place.copy()))
        smaller = b.infix(
            exp.Div, member, b.call("pow", b.number(10), b.infix(exp.Sub, b.number(0), place))
        )
        return b.case((b.infix(exp.LT, place, b.number(0)), smaller), default=larger)

    numbers = lowering.each("list_transform", listed, scaled)
    test = exp.GT if up else exp.LT
    beyond = lowering.each("list_filter", numbers, lambda m: b.infix(test, m, value))
    return b.call("list_min" if up else "list_max", beyond)


def _type(_args: Args) -> DType:
    return optional(Number(integer=False))


def _named(args: Args) -> str:
    return str(args[1].value) if isinstance(args[1], Literal) else POWERS


define("round up", (2, 2), _type, lambda low, args: above(low, low.sql(args[0]), _named(args)))
define("round down", (2, 2), _type, lambda low, args: below(low, low.sql(args[0]), _named(args)))
