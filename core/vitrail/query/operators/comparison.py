"""$eq $ne $gt $gte $lt $lte $cmp: one total order over all values, as MongoDB has it.

null < numbers (NaN lowest) < text < documents < lists < booleans < timestamps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import (
    Boolean,
    DType,
    Image,
    List,
    Medium,
    Mixed,
    Nothing,
    Number,
    Optional,
    Struct,
    Text,
    Timestamp,
    required,
)
from vitrail.mixed import key as mixed_key
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Expr, Literal
from vitrail.query.mixing import mixes
from vitrail.query.operator import Args, Misfit, define, said
from vitrail.query.value_types import common, nullable

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

_RANKS: dict[type[DType], int] = {
    Mixed: 0,
    Number: 1,
    Text: 2,
    Struct: 3,
    Medium: 3,
    Image: 3,
    List: 4,
    Boolean: 8,
    Timestamp: 9,
}
_KINDS: dict[str, type[Tree]] = {
    "$eq": exp.EQ,
    "$ne": exp.NEQ,
    "$gt": exp.GT,
    "$gte": exp.GTE,
    "$lt": exp.LT,
    "$lte": exp.LTE,
}
_MIRROR = {"$gt": "$lt", "$lt": "$gt", "$gte": "$lte", "$lte": "$gte"}
_HOLDS: dict[str, Callable[[int], bool]] = {
    "$eq": lambda sign: sign == 0,
    "$ne": lambda sign: sign != 0,
    "$gt": lambda sign: sign > 0,
    "$gte": lambda sign: sign >= 0,
    "$lt": lambda sign: sign < 0,
    "$lte": lambda sign: sign <= 0,
}


def rank(dtype: DType) -> int | None:
    """The place of a type in MongoDB's order; None for null alone."""
    return _RANKS.get(type(required(dtype)))


def compare(lowering: Lowering, name: str, left: Expr, right: Expr, *, where: bool = False) -> Tree:
    """One comparison, true or false; with `where`, null may stand for false."""
    if isinstance(left, Literal) and not isinstance(right, Literal):
        return compare(lowering, _MIRROR.get(name, name), right, left, where=where)
    mine, theirs = rank(left.dtype), rank(right.dtype)
    if (mixes(left.dtype) or mixes(right.dtype)) and None not in (mine, theirs):
        return _of_several_kinds(lowering, name, left, right)
    if mine is None or theirs is None:
        return _by_null(
            lowering, name, left, right, right_typed=theirs is not None, left_typed=mine is not None
        )
    if mine != theirs:
        return _by_rank(lowering, name, left, right, mine - theirs)
    if mine in (3, 4):
        return _by_key(lowering, name, left, right)
    if isinstance(right, Literal):
        return _with_literal(lowering, name, left, right, where=where)
    return _scalars(lowering, name, left, right)


def _of_several_kinds(lowering: Lowering, name: str, left: Expr, right: Expr) -> Tree:
    """By keys that know no null; a constant's is worked out here."""
    x, y = (_kind_key(lowering, value) for value in (left, right))
    return b.infix(_KINDS[name], x, y)


def _kind_key(lowering: Lowering, value: Expr) -> Tree:
    if isinstance(value, Literal):
        return lowering.bind(mixed_key(value.value))
    return b.call("mixed_key", lowering.as_type(value, Mixed()))


def _by_null(
    lowering: Lowering, name: str, left: Expr, right: Expr, *, right_typed: bool, left_typed: bool
) -> Tree:
    holds = _HOLDS[name]
    if not left_typed and not right_typed:
        return exp.Boolean(this=holds(0))
    known = left if left_typed else right
    sign = 1 if left_typed else -1
    if not lowering.may_be_null(known):
        return exp.Boolean(this=holds(sign))
    return _either_way(b.is_null(lowering.sql(known)), holds(0), holds(sign))


def _either_way(test: Tree, yes: bool, no: bool) -> Tree:
    if yes == no:
        return exp.Boolean(this=yes)
    return test if yes else b.negate(test)


def _by_rank(lowering: Lowering, name: str, left: Expr, right: Expr, sign: int) -> Tree:
    holds = _HOLDS[name]
    if not nullable(left) and not nullable(right):
        return exp.Boolean(this=holds(sign))
    less, equal, more, other = (exp.Boolean(this=holds(s)) for s in (-1, 0, 1, sign))

    def by_null(y: Tree) -> Tree:
        no_left, no_right = b.is_null(lowering.sql(left)), b.is_null(y)
        if not nullable(right):
            return b.case((no_left, less), default=other)
        if not nullable(left):
            return b.case((no_right, more), default=other)
        alone = b.case((no_right, equal), default=less)
        return b.case((no_left, alone), (no_right.copy(), more), default=other)

    return lowering.let(lowering.sql(right), by_null)


def _with_literal(lowering: Lowering, name: str, left: Expr, right: Literal, *, where: bool) -> Tree:
    """Against a constant that is not null: the value is written once, so that nothing grows."""
    value = right.value
    floats, optional = _floats(left.dtype), lowering.may_be_null(left)
    if isinstance(value, float) and math.isnan(value):
        return _with_nan(lowering, name, left)
    if floats and isinstance(value, int) and int(float(value)) != value:
        return _between_floats(lowering, name, left, value, where=where)
    tree = lowering.sql(left)
    constant = _constant(lowering, right, left.dtype)
    if isinstance(constant, bool):
        less = constant  # every number of the column is below the constant, or above it
        sign = -1 if less else 1
        if not optional:
            return exp.Boolean(this=_HOLDS[name](sign))
        return _either_way(b.is_null(tree), _HOLDS[name](-1), _HOLDS[name](sign))
    tree = _comparable(tree, left.dtype, right.dtype)
    if name in ("$eq", "$ne"):
        if not optional or (where and name == "$eq"):
            return b.infix(_KINDS[name], tree, constant)
        return b.same(tree, constant) if name == "$eq" else b.different(tree, constant)
    high = name in ("$gt", "$gte")
    nans = lowering.may_be_nan(left)
    if high and where and not nans:
        return b.infix(_KINDS[name], tree, constant)
    if nans and high and where and isinstance(tree, exp.Column):
        # as two bounds of a column, which the scan itself applies
        return b.both(b.infix(_KINDS[name], tree, constant), b.infix(exp.LT, tree, b.nan()))
    if nans:
        # NaN is DuckDB's greatest number and MongoDB's least: beside a constant it goes with null
        tree = b.call("nullif", tree, b.nan())
    test = b.infix(_KINDS[name], tree, constant)
    if (high and where) or not (nans or optional):
        return test
    return b.coalesce(test, exp.Boolean(this=not high))


def _between_floats(lowering: Lowering, name: str, left: Expr, value: int, *, where: bool) -> Tree:
    """Against a whole number that no float equals, by the float nearest to it."""
    if name in ("$eq", "$ne"):
        return exp.Boolean(this=name == "$ne")
    near = float(value)
    above = near > value
    low = name in ("$lt", "$lte")
    exact = ("$lt" if above else "$lte") if low else ("$gte" if above else "$gt")
    return _with_literal(lowering, exact, left, Literal(near), where=where)


def _with_nan(lowering: Lowering, name: str, left: Expr) -> Tree:
    tree = lowering.sql(left)
    if not _floats(left.dtype):
        if not nullable(left):
            return exp.Boolean(this=_HOLDS[name](1))
        return _either_way(b.is_null(tree), _HOLDS[name](-1), _HOLDS[name](1))
    match name:
        case "$eq":
            return b.same(tree, b.nan())
        case "$ne":
            return b.different(tree, b.nan())
        case "$lt":
            return b.is_null(tree)
        case "$gte":
            return b.not_null(tree)
        case "$lte":
            return b.coalesce(b.is_nan(tree), b.TRUE())
    return b.coalesce(b.negate(b.is_nan(tree)), b.FALSE())


def _constant(lowering: Lowering, literal: Literal, dtype: DType) -> Tree | bool:
    """The constant in the column's own type; True or False where all whole numbers lie below or above."""
    value = literal.value
    if isinstance(value, float) and not _floats(dtype) and math.isinf(value):
        return value > 0
    if isinstance(value, float) and not _floats(dtype) and abs(value) >= 2.0**63:
        return value > 0 if value != -(2.0**63) else lowering.bind(-(2**63))
    if isinstance(value, float) and not _floats(dtype) and value.is_integer():
        return lowering.bind(int(value))
    return _comparable(lowering.bind(value), literal.dtype, dtype)


def _comparable(tree: Tree, dtype: DType, other: DType) -> Tree:
    """Timestamps of two forms are compared as UTC without a zone, a day as its midnight."""
    match required(dtype), required(other):
        case Timestamp(form=form), Timestamp(form=wanted) if form != wanted:
            if form == "instant":
                return b.call("make_timestamp", b.call("epoch_us", tree))
            return b.cast(tree, "TIMESTAMP")
    return tree


def _floats(dtype: DType) -> bool:
    inner = required(dtype)
    return isinstance(inner, Number) and not inner.integer


def _scalars(lowering: Lowering, name: str, left: Expr, right: Expr) -> Tree:
    def compared(x: Tree) -> Tree:
        return lowering.let(
            _comparable(lowering.sql(right), right.dtype, left.dtype), lambda y: by_sign(x, y)
        )

    def by_sign(x: Tree, y: Tree) -> Tree:
        mine, theirs = (
            one.dtype if lowering.may_be_null(one) else required(one.dtype) for one in (left, right)
        )
        return ordered(name, x, mine, y, theirs)

    return lowering.let(_comparable(lowering.sql(left), left.dtype, right.dtype), compared)


def ordered(name: str, x: Tree, mine: DType, y: Tree, theirs: DType) -> Tree:
    """One comparison of two scalars of one rank that cost nothing to be written twice."""
    match name:
        case "$eq":
            return _equal(x, mine, y, theirs)
        case "$ne":
            return b.negate(_equal(x, mine, y, theirs))
        case "$lt":
            return _less(x, mine, y, theirs)
        case "$gt":
            return _less(y, theirs, x, mine)
        case "$gte":
            return b.negate(_less(x, mine, y, theirs))
    return b.negate(_less(y, theirs, x, mine))


def _mixed(mine: DType, theirs: DType) -> bool:
    numbers = isinstance(required(mine), Number) and isinstance(required(theirs), Number)
    return numbers and _floats(mine) != _floats(theirs)


def _exact(tree: Tree, dtype: DType) -> dict[str, Tree]:
    """A number as (its float, the whole number exactly): whole numbers past 2**53 stay apart."""
    whole = exp.TryCast(this=tree.copy(), to=exp.DataType.build("HUGEINT", dialect="duckdb"))
    near = tree.copy() if _floats(dtype) else b.cast(tree.copy(), "DOUBLE")
    return {"f0": near, "f1": whole}


def _equal(x: Tree, mine: DType, y: Tree, theirs: DType) -> Tree:
    if _mixed(mine, theirs):
        left, right = _exact(x, mine), _exact(y, theirs)
        return b.both(b.same(left["f0"], right["f0"]), b.same(left["f1"], right["f1"]))
    if _optional(mine) or _optional(theirs):
        return b.same(x, y)
    return b.infix(exp.EQ, x, y)


def _less(x: Tree, mine: DType, y: Tree, theirs: DType) -> Tree:
    if _mixed(mine, theirs):
        left, right = _exact(x, mine), _exact(y, theirs)
        test = b.either(
            b.infix(exp.LT, left["f0"], right["f0"]),
            b.both(b.infix(exp.EQ, left["f0"], right["f0"]), b.infix(exp.LT, left["f1"], right["f1"])),
        )
    else:
        test = b.infix(exp.LT, x, y)
    if _floats(mine):
        test = b.either(b.is_nan(x), test)
    if _floats(theirs):
        test = b.both(b.negate(b.is_nan(y)), test)
    if _optional(mine):
        test = b.either(b.is_null(x), test)
    if _optional(theirs):
        test = b.both(b.not_null(y), test)
    return test


def _optional(dtype: DType) -> bool:
    return isinstance(dtype, Optional | Nothing)


def _by_key(lowering: Lowering, name: str, left: Expr, right: Expr) -> Tree:
    shared = _shape(left.dtype, right.dtype)
    if shared is None:  # documents with other names, lists of other types
        return _of_several_kinds(lowering, name, left, right)
    wanted = Optional(shared) if _optional(left.dtype) or _optional(right.dtype) else shared
    x = lowering.key(lowering.as_type(left, wanted), wanted)
    y = lowering.key(lowering.as_type(right, wanted), wanted)
    return b.infix(_KINDS[name], x, y)


def _shape(left: DType, right: DType) -> DType | None:
    """The type in which documents or lists of both types are compared; None if they are of several."""
    mine, theirs = (_plain(required(t)) for t in (left, right))
    return required(common([mine, theirs])) if _alike(mine, theirs) else None


def _alike(left: DType, right: DType) -> bool:
    match required(left), required(right):
        case Struct() as mine, Struct() as theirs:
            return mine.field_names == theirs.field_names and all(
                _alike(a, c) for (_, a), (_, c) in zip(mine.parts or (), theirs.parts or (), strict=True)
            )
        case List(mine), List(theirs):
            return _alike(mine, theirs)
        case one, other:
            return Nothing in (type(one), type(other)) or rank(one) == rank(other)


def _plain(dtype: DType) -> DType:
    return dtype.record if isinstance(dtype, Image) else dtype


def _checked(args: Args) -> None:
    for place, arg in enumerate(args):
        inner = required(arg.dtype)
        if rank(inner) is None and not isinstance(inner, Nothing):
            raise Misfit(f"a comparison needs one type, got {said(inner)}", argument=place)
    _refuse_text_for_time(args)


def _refuse_text_for_time(args: Args) -> None:
    for place, (one, other) in enumerate((args[:2], args[1::-1])):
        if (
            isinstance(one, Literal)
            and isinstance(required(one.dtype), Text)
            and isinstance(required(other.dtype), Timestamp)
        ):
            raise Misfit(
                f"a Timestamp is compared with the text {one.value!r}",
                argument=place,
                hint=f"write ISODate({one.value!r})",
            )


def _comparison(name: str) -> None:
    def dtype(args: Args) -> DType:
        _checked(args)
        return Boolean()

    def lower(lowering: Lowering, args: Args) -> Tree:
        return compare(lowering, name, *args)

    def where(lowering: Lowering, args: Args) -> Tree:
        return compare(lowering, name, *args, where=True)

    define(name, (2, 2), dtype, lower, where=where)


for _name in _KINDS:
    _comparison(_name)


def _cmp_type(args: Args) -> DType:
    _checked(args)
    return Number(integer=True)


def _cmp(lowering: Lowering, args: Args) -> Tree:
    def signed(*pair: Expr) -> Tree:
        equal, less = (compare(lowering, name, *pair) for name in ("$eq", "$lt"))
        return b.case((equal, b.number(0)), (less, b.number(-1)), default=b.number(1))

    return lowering.named(args, signed)


define("$cmp", (2, 2), _cmp_type, _cmp)
