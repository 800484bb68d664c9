"""What is null in the rows that MongoDB refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.dtypes import DType, optional
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.operator import Args, define

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering


def _type(args: Args) -> DType:
    return optional(args[1].dtype)


def _lower(lowering: Lowering, args: Args) -> Tree:
    return b.case((b.negate(lowering.truth(args[0])), lowering.sql(args[1])))


def _where(lowering: Lowering, args: Args) -> Tree:
    return b.both(b.negate(lowering.truth(args[0])), lowering.condition(args[1]))


define("sound", (2, 2), _type, _lower, where=_where)
