"""$and $or $not $cond $ifNull: MongoDB's truth, and choices between values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.dtypes import Boolean, DType, Nothing, Optional, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.operator import Args, define
from vitrail.query.value_types import common

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering


def _boolean(_args: Args) -> DType:
    return Boolean()


def one_type(args: Args) -> DType:
    """The type that holds all arguments."""
    return common([arg.dtype for arg in args])


def _and(lowering: Lowering, args: Args) -> Tree:
    return b.both(*(lowering.truth(arg) for arg in args))


def _or(lowering: Lowering, args: Args) -> Tree:
    return b.either(*(lowering.truth(arg) for arg in args))


define(
    "$and",
    (0, None),
    _boolean,
    _and,
    where=lambda lowering, args: b.both(*(lowering.condition(arg) for arg in args)),
)
define(
    "$or",
    (0, None),
    _boolean,
    _or,
    where=lambda lowering, args: b.either(*(lowering.condition(arg) for arg in args)),
)
define("$not", (1, 1), _boolean, lambda lowering, args: b.negate(lowering.truth(args[0])))


def _cond_type(args: Args) -> DType:
    return one_type(args[1:])


def _cond(lowering: Lowering, args: Args) -> Tree:
    dtype = _cond_type(args)
    yes, no = (lowering.as_type(arg, dtype) for arg in args[1:])
    return b.case((lowering.condition(args[0]), yes), default=no)


define("$cond", (3, 3), _cond_type, _cond, named=("if", "then", "else"))


def _if_null_type(args: Args) -> DType:
    shared = one_type(args)
    certain = any(not isinstance(arg.dtype, Optional | Nothing) for arg in args)
    return required(shared) if certain else shared


def _if_null(lowering: Lowering, args: Args) -> Tree:
    dtype = one_type(args)
    return b.coalesce(*(lowering.as_type(arg, dtype) for arg in args))


define("$ifNull", (2, None), _if_null_type, _if_null)
