"""What is to be said of tables that are laid over each other, and how much they differ.

Every function takes any plan; of one that lays nothing over anything there is nothing to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vitrail.dtypes import Boolean, DType, Mixed, Number, required
from vitrail.query.engine import Engine, Ticket
from vitrail.query.expr import Call, Column, Expr, Literal, Present, Record
from vitrail.query.gather import Gather
from vitrail.query.plan import Compare, Group, Plan, Sort, Where
from vitrail.query.steps import Folded
from vitrail.query.value_types import common

MOST_COLUMNS = 200  # whose changed cells are counted
MOST_CLASSES = 1000


@dataclass(frozen=True, slots=True)
class Summary:
    """How much compared tables differ.

    Attributes:
        names: what the tables are called.
        rows: how many rows each has.
        every: how many rows all of them have.
        alone: how many rows only this one has, for each.
        changed: column → for each table after the first, in how many of the rows that it shares with
            the first its value is another.
    """

    names: tuple[str, ...]
    rows: tuple[int, ...]
    every: int
    alone: tuple[int, ...]
    changed: dict[str, tuple[int, ...]]


def comparison(plan: Plan) -> Compare | None:
    """The comparison that a plan filters, sorts or groups, where it is one."""
    while isinstance(plan, Where | Sort | Group):
        plan = plan.source
    return plan if isinstance(plan, Compare) else None


def notes(plan: Plan) -> tuple[str, ...]:
    """Which columns differ in type, and which are not in all tables, in words."""
    compared = comparison(plan)
    if compared is None:
        return ()
    tables = [dict(table.dtype.columns or ()) for table in compared.tables]
    names = list(dict.fromkeys(name for table in tables for name in table))
    return (*_types(compared, tables, names), *_lacking(compared, tables, names))


def _types(compared: Compare, tables: list[dict[str, DType]], names: list[str]) -> Iterator[str]:
    for name in names:
        having = [
            (called, required(table[name]))
            for called, table in zip(compared.names, tables, strict=True)
            if name in table
        ]
        kinds = {type(dtype) for _, dtype in having}
        if isinstance(required(common([dtype for _, dtype in having])), Mixed) and kinds != {Mixed}:
            said = ", ".join(f"{_kind(dtype)} in {called}" for called, dtype in having)
            yield f"{name}: {said}; compared as values of several kinds"


def _lacking(compared: Compare, tables: list[dict[str, DType]], names: list[str]) -> Iterator[str]:
    only: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        having = [c for c, table in zip(compared.names, tables, strict=True) if name in table]
        if len(having) < len(tables):
            only.setdefault(tuple(having), []).append(name)
    for tables_having, columns in only.items():
        yield f"only in {', '.join(tables_having)}: {', '.join(columns)}"


def _kind(dtype: DType) -> str:
    whole = isinstance(dtype, Number) and dtype.integer
    name = type(dtype).__name__
    return f"whole {name}" if whole else name


def key_notes(plan: Plan, engine: Engine, ticket: Ticket | None = None) -> tuple[str, ...]:
    """How many rows of each table lack a key, or repeat one, and how they were matched."""
    compared = comparison(plan)
    if compared is None or compared.key is None:
        return ()
    return tuple(
        note
        for name, table in zip(compared.names, compared.tables, strict=True)
        for note in _of_key(name, table, compared.key, engine, ticket)
    )


def _of_key(name: str, table: Plan, key: str, engine: Engine, ticket: Ticket | None) -> Iterator[str]:
    value = Column(key, None, table.column(key))
    missing = engine.count(Where(table, Call("$eq", (value, Literal(None)))), ticket=ticket)
    keys = engine.count(Group(table, ((key, value),)), ticket=ticket)
    repeated = engine.count(table, ticket=ticket) - missing - (keys - (missing > 0))
    if missing:
        yield f"{name}: {_rows(missing)} without {key}, matched with such rows in their order"
    if repeated:
        verb = "repeats" if repeated == 1 else "repeat"
        yield f"{name}: {_rows(repeated)} {verb} the {key} of an earlier one, matched in their order"


def _rows(number: int) -> str:
    return f"{number:,} row{'s' * (number != 1)}"


def summary(plan: Plan, engine: Engine, ticket: Ticket | None = None) -> Summary | None:
    """How much the tables of a comparison differ, in one pass over them; None of any other plan."""
    compared = comparison(plan)
    if compared is None:
        return None
    sides = range(len(compared.tables))
    values: dict[str, Expr] = {f"rows {side}": Present(side) for side in sides}
    values["every"] = _all([Present(side) for side in sides])
    values |= {f"alone {side}": only_in(side, len(sides)) for side in sides}
    columns = comparable(compared)[:MOST_COLUMNS]
    for place, name in enumerate(columns):
        for side in sides[1:]:
            test = changed(compared, name, side)
            values |= {} if test is None else {f"{place} {side}": test}
    answer = counted(compared, values, engine, ticket)
    return Summary(
        compared.names,
        tuple(answer[f"rows {side}"] for side in sides),
        answer["every"],
        tuple(answer[f"alone {side}"] for side in sides),
        {
            name: tuple(answer.get(f"{place} {side}", 0) for side in sides[1:])
            for place, name in enumerate(columns)
        },
    )


def counted(plan: Plan, tests: dict[str, Expr], engine: Engine, ticket: Ticket | None) -> dict[str, int]:
    """In how many rows each test holds, all of them in one pass."""
    sums = tuple(
        (name, Gather("$sum", (Call("$cond", (test, Literal(1), Literal(0))),)))
        for name, test in tests.items()
    )
    found = engine.rows(Folded(plan, ("_id", Literal(None)), sums), ticket=ticket).to_pydict()
    counts = list(found.values())[1:]
    return {name: int(count[0]) if count else 0 for name, count in zip(tests, counts, strict=True)}


def _all(tests: list[Expr]) -> Expr:
    return Call("$and", tuple(tests))


def only_in(side: int, sides: int) -> Expr:
    """Whether one of so many tables alone has the row."""
    others = [Call("$not", (Present(other),)) for other in range(sides) if other != side]
    return _all([Present(side), *others])


def comparable(plan: Compare) -> list[str]:
    """The columns that the first table and another have, beside the key."""
    first, *others = (dict(table.columns or ()) for table in plan.sides)
    return [n for n in first if n != plan.key and any(n in other for other in others)]


def changed(plan: Compare, name: str, side: int) -> Expr | None:
    """Whether a table has another value than the first in a row of both; None where it lacks the column."""
    first, other = (dict(plan.sides[place].columns or ()).get(name) for place in (0, side))
    if first is None or other is None:
        return None
    values = (Column(name, 0, first), Column(name, side, other))
    return _all([Present(0), Present(side), Call("$ne", values)])


def moves(
    plan: Plan, name: str, side: int, engine: Engine, ticket: Ticket | None = None
) -> list[tuple[Any, Any, int]]:
    """From which class to which rows moved between the first table and another.

    Args:
        plan: a comparison, or what filters one.
        name: the column of the classes, which both have.
        side: the other table.
        engine: who answers.
        ticket: withdraws the question.

    Returns:
        (class in the first table, class in the other, rows), the most rows first, `MOST_CLASSES` at most.
    """
    compared = comparison(plan)
    test = None if compared is None else changed(compared, name, side)
    if compared is None or test is None:
        return []
    key = Record(tuple(zip(("from", "to"), _both_sides(compared, name, side), strict=True)))
    number = ("rows", Gather("$sum", (Literal(1),)))
    folded = Folded(Where(compared, test), ("_id", key), (number,))
    most_first = Sort(folded, ((Column("rows", None, folded.column("rows")), True),))
    found = engine.rows(most_first, 0, MOST_CLASSES, ticket=ticket)
    pairs, counts = (list[Any](column.to_pylist()) for column in found.columns)
    return [(pair["f0"], pair["f1"], rows) for pair, rows in zip(pairs, counts, strict=True)]


def by_class(
    plan: Plan, by: str, names: list[str], side: int, engine: Engine, ticket: Ticket | None = None
) -> list[tuple[Any, int, list[float | None]]]:
    """How far numbers differ between the first table and another, in each class of the rows of both.

    Args:
        plan: a comparison, or what filters one.
        by: the column of the classes, as the first table has them.
        names: columns of numbers, or of true and false as 1 and 0, which both tables have.
        side: the other table.
        engine: who answers.
        ticket: withdraws the question.

    Returns:
        (class, rows, for each column the mean of what it grew by; None where no row has two numbers), in
        the order of the classes, `MOST_CLASSES` at most.
    """
    compared = comparison(plan)
    if compared is None or not names:
        return []
    gathered = [("rows", Gather("$sum", (Literal(1),)))]
    for place, name in enumerate(names):
        first, other = (_number(value) for value in _both_sides(compared, name, side))
        gathered.append((f"{place}", Gather("$avg", (Call("$subtract", (other, first)),))))
    key = Column(by, 0, dict(compared.sides[0].columns or ())[by])
    both = Where(compared, _all([Present(0), Present(side)]))
    found = engine.rows(Folded(both, ("_id", key), tuple(gathered)), 0, MOST_CLASSES, ticket=ticket)
    columns = (column.to_pylist() for column in found.columns)
    return [(label, int(rows), means) for label, rows, *means in zip(*columns, strict=True)]


def _both_sides(plan: Compare, name: str, side: int) -> tuple[Column, Column]:
    """A column of the first table and of another."""
    first, other = (Column(name, one, dict(plan.sides[one].columns or ())[name]) for one in (0, side))
    return first, other


def _number(value: Column) -> Expr:
    """A value as a number: true is 1 and false is 0."""
    if not isinstance(required(value.dtype), Boolean):
        return value
    yes, no = (Call("$eq", (value, Literal(answer))) for answer in (True, False))
    tail = Call("$cond", (no, Literal(0), Literal(None)))
    return Call("$cond", (yes, Literal(1), tail))


def gaps(
    plan: Plan, names: list[str], side: int, engine: Engine, ticket: Ticket | None = None
) -> dict[str, tuple[int, int, float]]:
    """How far columns of numbers differ between the first table and another, in one pass.

    Args:
        plan: a comparison, or what filters one.
        names: the columns, which both have as numbers.
        side: the other table.
        engine: who answers.
        ticket: withdraws the question.

    Returns:
        column → (rows with a greater number in the other table, rows with a smaller one, the mean of
        what the number grew by over the rows in which both have one); without columns for which no row
        has two numbers.
    """
    compared = comparison(plan)
    if compared is None or not names:
        return {}
    sums: list[tuple[str, Gather]] = []
    for place, name in enumerate(names):
        first, other = _both_sides(compared, name, side)
        both = [Call("$ne", (value, Literal(None))) for value in (first, other)]
        for kind in ("$gt", "$lt"):
            test = _all([*both, Call(kind, (other, first))])
            one = Call("$cond", (test, Literal(1), Literal(0)))
            sums.append((f"{place} {kind}", Gather("$sum", (one,))))
        sums.append((f"{place} mean", Gather("$avg", (Call("$subtract", (other, first)),))))
    answer = engine.rows(Folded(compared, ("_id", Literal(None)), tuple(sums)), ticket=ticket)
    values: list[Any] = [c.to_pylist()[0] for c in answer.columns[1:]] if answer.num_rows else []
    found = {name: values[3 * place : 3 * place + 3] for place, name in enumerate(names) if values}
    return {
        name: (int(up), int(down), float(mean))
        for name, (up, down, mean) in found.items()
        if mean is not None
    }
