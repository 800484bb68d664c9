"""Whole rows of one of the tables that are compared, grouped or not, or joined: what `$0` and `$1` alone stand for."""

from __future__ import annotations

from vitrail.query.expr import Call, Column, Expr, Literal, Present, Record
from vitrail.query.paths import base
from vitrail.query.plan import Join, Plan


def whole(plan: Plan, segments: tuple[str, ...]) -> Expr | None:
    """The row of one of a plan's tables as a document, null where that table lacks the row.

    Args:
        plan: whose tables.
        segments: a path; it names a row where it is the number of a table, and of no column.
    """
    root = base(plan)
    if len(root.sides) < 2 or len(segments) != 1 or not segments[0].isdecimal():
        return None
    side = int(segments[0])
    if segments[0] in dict(plan.dtype.columns or ()) or side >= len(root.sides):
        return None
    row = Record(
        tuple((name, Column(name, side, dtype)) for name, dtype in root.sides[side].columns or ())
    )
    if isinstance(root, Join) and not root.lacks(side):
        return row
    return Call("$cond", (Present(side), row, Literal(None)))


def row_of(expr: Expr) -> Record | None:
    """The row whose parts a document's are, where it is a row or one that may be missing."""
    match expr:
        case Record():
            return expr
        case Call(name="$cond", args=(Present(), Record() as row, Literal(value=None))):
            return row
    return None
