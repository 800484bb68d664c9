"""Which columns tell the rows of a plan apart, by what is known of the stored tables' columns."""

from __future__ import annotations

from collections.abc import Collection

from vitrail.query.plan import Compare, Join, Plan, Scan, Sort, Where

Unique = tuple[str, str]  # a table's digest, and a column that holds no value twice


def needed(plan: Plan, key: str) -> set[Unique]:
    """What would have to be unique for a column of a plan to tell its rows apart."""
    match plan:
        case Scan(table=table):
            return {(table, key)}
        case Where(source) | Sort(source):
            return needed(source, key)
        case Join(keys=keys):
            side, own, other = _sides(plan, key)
            met = keys[1 - side]
            return needed(plan.right if side else plan.left, own) | (
                needed(other, met) if met else set()
            )
    return set()


def once(plan: Plan, key: str, unique: Collection[Unique]) -> bool:
    """Whether no two rows of a plan have the same value in a column, missing ones included."""
    match plan:
        case Scan(table=table):
            return (table, key) in unique
        case Where(source) | Sort(source):
            return once(source, key, unique)
        case Join(keys=keys):
            side, own, other = _sides(plan, key)
            met = keys[1 - side]
            alone = met is None or once(other, met, unique)
            return (
                alone and not plan.lacks(side) and once(plan.right if side else plan.left, own, unique)
            )
    return False


def needed_of(plan: Compare) -> set[Unique]:
    """What would have to be unique for a comparison's key to meet one row of each table."""
    key = plan.key
    return set() if key is None else set().union(*(needed(table, key) for table in plan.tables))


def _sides(plan: Join, name: str) -> tuple[int, str, Plan]:
    """Of which side a joined column is, what it is called there, and the other side."""
    side, _, own = name.partition(".")
    return int(side), own, plan.left if int(side) else plan.right
