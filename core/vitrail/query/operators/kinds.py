"""$isNumber and $toBool: what a value is, whatever its type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import Boolean, DType, Image, List, Number, Struct, Text, Timestamp, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import like, nullable
from vitrail.query.operator import Args, Misfit, define

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering


def _is_number(lowering: Lowering, args: Args) -> Tree:
    if not isinstance(required(args[0].dtype), Number):
        return b.FALSE()
    return b.not_null(lowering.sql(args[0])) if nullable(args[0]) else b.TRUE()


define("$isNumber", (1, 1), lambda _args: Boolean(), _is_number)


def _bool_type(args: Args) -> DType:
    if isinstance(required(args[0].dtype), List | Struct | Image):
        raise Misfit(f"$toBool takes no {type(required(args[0].dtype)).__name__}", argument=0)
    return like(args[0].dtype, Boolean())


def _to_bool(lowering: Lowering, args: Args) -> Tree:
    """Every text is true, "" and "false" too; null stays null."""
    tree = lowering.sql(args[0])
    match required(args[0].dtype):
        case Boolean():
            return tree
        case Number():
            return b.infix(exp.NEQ, tree, b.number(0))
        case Text() | Timestamp():
            return b.case((b.not_null(tree), b.TRUE()))
    return b.cast(b.NULL(), "BOOLEAN")


define("$toBool", (1, 1), _bool_type, _to_bool)
