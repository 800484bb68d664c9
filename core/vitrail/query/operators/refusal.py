"""What ends a query where a row reaches it, such as a value for which $bucket has no bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.dtypes import DType
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Literal
from vitrail.query.operator import Args, define

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

MARK = "refused: "


def _type(args: Args) -> DType:
    return args[1].dtype


def _refuse(_lowering: Lowering, args: Args) -> Tree:
    text = args[0].value if isinstance(args[0], Literal) else ""
    return b.cast(b.call("error", b.text(f"{MARK}{text}")), b.duck_type(args[1].dtype))


define("refuse", (2, 2), _type, _refuse)
