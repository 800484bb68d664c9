"""What a plan is made of: the tables that it reads, and the columns that its own come from."""

from __future__ import annotations

from vitrail.errors import Invalid
from vitrail.query.expr import Column, Expr
from vitrail.query.plan import Compare, Group, Join, Plan, Scan, Sort, Where
from vitrail.query.step import Step
from vitrail.query.steps import Project, Stacked


def inputs(plan: Plan) -> tuple[Plan, ...]:
    """The plans that a plan is directly made of."""
    match plan:
        case Scan():
            return ()
        case Where(source) | Sort(source) | Group(source):
            return (source,)
        case Join(left, right):
            return (left, right)
        case Compare(tables):
            return tables
        case Step(inputs=found):
            return found
    raise Invalid(f"not a plan: {type(plan).__name__}")


def scans(plan: Plan) -> tuple[Scan, ...]:
    """The stored tables that a plan reads, each once, in order."""
    if isinstance(plan, Scan):
        return (plan,)
    return tuple(dict.fromkeys(scan for one in inputs(plan) for scan in scans(one)))


def comparisons(plan: Plan) -> set[Compare]:
    """The comparisons that a plan is made of."""
    below = set[Compare]().union(*map(comparisons, inputs(plan)))
    return below | {plan} if isinstance(plan, Compare) else below


def joins(plan: Plan) -> bool:
    """Whether rows of several tables are joined by a key anywhere in a plan, comparisons aside."""
    return isinstance(plan, Join) or any(map(joins, inputs(plan)))


def meeting(plan: Compare) -> tuple[str, ...] | None:
    """The key's column and the digests of the tables of a comparison that might lie alike.

    None where it has no key, or where its tables are not all stored ones of as many rows each.
    """
    tables = [table for table in plan.tables if isinstance(table, Scan)]
    if plan.key is None or len(tables) < len(plan.tables) or len({one.rows for one in tables}) > 1:
        return None
    return (plan.key, *(one.table for one in tables))


def unfiltered(plan: Plan) -> Plan:
    """The plan without any filter or order."""
    match plan:
        case Where(source) | Sort(source):
            return unfiltered(source)
        case Group(source, keys):
            return Group(unfiltered(source), keys)
        case Join(left, right, keys, how):
            return Join(unfiltered(left), unfiltered(right), keys, how)
        case Compare(tables, names, key):
            return Compare(tuple(map(unfiltered, tables)), names, key)
        case Project(source, values, checks):
            return Project(unfiltered(source), values, checks)
        case _:
            return plan


def origins_of(plan: Plan, expr: Expr) -> tuple[tuple[Plan, str], ...]:
    """Where the values of a column come from, of one side or of the whole row; () for anything else."""
    while isinstance(plan, Where | Sort):
        plan = plan.source
    match expr, plan:
        case Column(name=name, side=None), _:
            return origins(plan, name)
        case Column(name=name, side=int() as side), Compare(tables=tables):
            return origins(tables[side], name)
        case Column(name=name, side=int() as side), Join():
            return origins(plan, f"{side}.{name}")
    return ()


def origins(plan: Plan, column: str) -> tuple[tuple[Plan, str], ...]:
    """Where a column's values come from: plans without filters, each with the column's name there."""
    match plan:
        case Where(source) | Sort(source):
            return origins(source, column)
        case Group(source, keys):
            own = column == plan.count_name or column in dict(keys)
            if column in dict(source.dtype.columns or ()) and column != plan.count_name:
                return origins(source, column)
            return ((unfiltered(plan), column),) if own else ()
        case Join(left, right):
            side, _, name = column.partition(".")
            return origins(right if side == "1" else left, name)
        case Compare(tables=tables):
            having = [table for table in tables if column in dict(table.dtype.columns or ())]
            return tuple(dict.fromkeys(found for table in having for found in origins(table, column)))
        case Project(source, values):
            value = dict(values).get(column)
            if isinstance(value, Column) and value.side is None:
                return origins(source, value.name)
            return ((unfiltered(plan), column),)
        case Stacked(tables):
            having = [table for table in tables if column in dict(table.dtype.columns or ())]
            return tuple(dict.fromkeys(found for table in having for found in origins(table, column)))
        case _:
            return ((plan, column),)
