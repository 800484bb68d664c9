"""$isNumber: what a value is, whatever its type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.dtypes import Boolean, Number, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.operator import Args, define
from vitrail.query.value_types import nullable

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering


def _is_number(lowering: Lowering, args: Args) -> Tree:
    if not isinstance(required(args[0].dtype), Number):
        return b.FALSE()
    return b.not_null(lowering.sql(args[0])) if nullable(args[0]) else b.TRUE()


define("$isNumber", (1, 1), lambda _args: Boolean(), _is_number)
