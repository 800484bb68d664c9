"""$switch: the first of several branches whose case is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.dtypes import DType, optional
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Call
from vitrail.query.operator import Args, Complaint, define
from vitrail.query.operators.conditions import one_type

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering


def _values(args: Args) -> Args:
    """What the branches and the default give: the arguments are case, then, case, then, …, default."""
    return args[1::2] + (args[-1:] if len(args) % 2 else ())


def _type(args: Args) -> DType:
    shared = one_type(_values(args))
    return shared if len(args) % 2 else optional(shared)


def _lower(lowering: Lowering, args: Args) -> Tree:
    dtype = _type(args)
    pairs = zip(args[0::2], args[1::2], strict=False)
    branches = [(lowering.condition(case), lowering.as_type(then, dtype)) for case, then in pairs]
    return b.case(*branches, default=lowering.as_type(args[-1], dtype) if len(args) % 2 else None)


def _complaints(args: Args) -> tuple[Complaint, ...]:
    if len(args) % 2:
        return ()
    return (("$switch finds no branch and has no default", Call("$not", (Call("$or", args[0::2]),))),)


define("$switch", (2, None), _type, _lower, complaints=_complaints)
