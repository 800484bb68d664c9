"""What a path such as `$0.pred_mask.boxes` leads to in a plan.

A column that is really called "0" wins. Otherwise `$0`, `$1` name the compared or joined tables, and a
bare path is the plan's own column, or that of the first table that has it.
"""

from __future__ import annotations

from vitrail.dtypes import DType, Versions, optional
from vitrail.errors import QueryError, did_you_mean
from vitrail.query.expr import Column
from vitrail.query.plan import Compare, Group, Join, Plan, Sort, Where
from vitrail.query.step import Step
from vitrail.query.steps import Added


class PathError(QueryError):
    """A path that leads nowhere.

    Attributes:
        segment: which of its segments is at fault, counted from 0.
    """

    def __init__(self, message: str, segment: int) -> None:
        super().__init__(message)
        self.segment = segment


def base(plan: Plan) -> Plan:
    """The plan below its filters and sorts, and below columns that were added to several tables' rows."""
    while isinstance(plan, Where | Sort | Added):
        plan = plan.source
    return plan


def resolve(plan: Plan, segments: tuple[str, ...]) -> tuple[Column, int]:
    """The column that a path begins with, and how many of its segments name that column.

    Raises:
        PathError: no column or table has this name; the message names the nearest.
    """
    columns = dict(plan.dtype.columns or ())
    first = segments[0]
    if first in columns:
        return _own(first, columns[first]), 1
    root = base(plan)
    sided = isinstance(root, Compare | Join) or (isinstance(root, Group) and root.compared is not None)
    if first.isdecimal() and sided:
        return _of_side(plan, root, int(first), segments[1:])
    for length in range(2, len(segments) + 1):
        name = ".".join(segments[:length])
        if name in columns:
            return _own(name, columns[name]), length
    if first.isdecimal() and len(segments) > 1 and _were_compared(root):
        raise PathError(
            f"${first} names a compared table only before a stage that makes other rows of them; "
            "here the versions are one",
            0,
        )
    if first == "0" and len(segments) > 1 and not sided:
        if segments[1] in columns:
            return _own(segments[1], columns[segments[1]]), 2
        raise PathError(f"no column {segments[1]!r}{did_you_mean(segments[1], columns)}", 1)
    for side, table in enumerate(plan.sides if isinstance(root, Join) else ()):
        if first in dict(table.columns or ()):
            return _of_side(plan, root, side, segments)[0], 1
    if first.isdecimal():
        raise PathError(f"no table {first} here: one table is asked, ${first} names a compared one", 0)
    raise PathError(f"no column {first!r}{did_you_mean(first, columns)}", 0)


def _were_compared(plan: Plan) -> bool:
    """Whether a plan makes other rows of those of a comparison."""
    root = base(plan)
    if isinstance(root, Step):
        return any(isinstance(base(one), Compare) or _were_compared(one) for one in root.inputs)
    return isinstance(root, Group) and root.compared is None and _were_compared(root.source)


def _own(name: str, dtype: DType) -> Column:
    return Column(name, None, dtype.item if isinstance(dtype, Versions) else dtype)


def _of_side(plan: Plan, root: Plan, side: int, rest: tuple[str, ...]) -> tuple[Column, int]:
    tables = _tables(root)
    if side >= len(tables):
        raise PathError(f"no table {side} here; there are {len(tables)}: $0 to ${len(tables) - 1}", 0)
    if not rest:
        raise PathError(f"${side} names a table; a column of it is written ${side}.column", 0)
    columns = dict(plan.dtype.columns or ()) if isinstance(root, Group) else tables[side]
    lengths = range(1, len(rest) + 1)
    used = next((length for length in lengths if ".".join(rest[:length]) in columns), 0)
    if not used:
        message = f"no column {rest[0]!r} in table {side}{did_you_mean(rest[0], columns)}"
        raise PathError(message, 1)
    name = ".".join(rest[:used])
    dtype = columns[name]
    if isinstance(root, Group):
        inner = dtype.item if isinstance(dtype, Versions) else None
        column = Column(name, None if inner is None else side, optional(inner) if inner else dtype)
        return column, used + 1
    return Column(name, side, optional(dtype) if isinstance(root, Compare) else dtype), used + 1


def _tables(root: Plan) -> list[dict[str, DType]]:
    if isinstance(root, Group) and root.compared is not None:
        return [dict(table.columns or ()) for table in root.compared.sides]
    return [dict(table.columns or ()) for table in root.sides]
