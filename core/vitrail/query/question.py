"""What an engine sends to its workers: one question about a plan, as a JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from vitrail.domain import CategoryDomain, Domain, NumberDomain
from vitrail.errors import Invalid
from vitrail.query.expr import Column, Expr
from vitrail.query.plan import Compare, Group, Join, Plan, Scan, Sort, Where, plan_from_json
from vitrail.query.reduction import Reduction, reduction_from_json
from vitrail.query.step import Step
from vitrail.query.steps import Project, Stacked

Kind = Literal[
    "count",
    "window",
    "reduce",
    "points",
    "rows",
    "ids",
    "range",
    "categories",
    "unique",
    "aligned",
    "kinds",
    "warnings",
    "explain",
]


@dataclass(frozen=True, slots=True)
class Ask:
    """A reduction, with what it has to know of the column to be counted alike in every cell.

    Attributes:
        reduction: what is wanted.
        domain: the column's domain, where the reduction counts over one.
        other: of a confusion, the domain of the other column.
    """

    reduction: Reduction
    domain: Domain | None = None
    other: CategoryDomain | None = None

    def to_json(self) -> dict[str, Any]:
        """The ask as a JSON document."""
        return {
            "reduction": self.reduction.to_json(),
            "domain": domain_to_json(self.domain),
            "other": domain_to_json(self.other),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Ask:
        """The ask that `to_json` wrote."""
        other = domain_from_json(document["other"])
        if other is not None and not isinstance(other, CategoryDomain):
            raise Invalid("the other column of a confusion has categories")
        reduction = reduction_from_json(document["reduction"])
        return cls(reduction, domain_from_json(document["domain"]), other)


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a plan.

    Attributes:
        kind: what is asked.
        plan: of which rows.
        start, stop: which of them; a `stop` of None means to the end.
        asks: column -> what is wanted of it.
        column: the column that is meant, where it is one.
        unique: (table digest, column) of keys that are known to hold no value twice.
        aligned: the comparisons, as `meeting` names them, whose tables have the same keys in the same
            order.
        share: where rows of several tables meet by a key, which part of the keys it is asked of, one in so
            many; 0 for all of them.
        sampled: whether it is asked of the samples of the tables' indexes alone.
        groups: about how many groups there are at most, where rows are grouped and that is known.
        ids: the numbers of the rows of a stored table that are meant, in their order; where there are
            any, `start` and `stop` say nothing.
    """

    kind: Kind
    plan: Plan
    start: int = 0
    stop: int | None = None
    asks: Mapping[str, Ask] = field(default_factory=dict)
    column: str = ""
    unique: frozenset[tuple[str, str]] = frozenset()
    aligned: frozenset[tuple[str, ...]] = frozenset()
    share: int = 0
    sampled: bool = False
    groups: int | None = None
    ids: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The question as a JSON document; `from_json` reads it back."""
        return {
            "kind": self.kind,
            "plan": self.plan.to_json(),
            "start": self.start,
            "stop": self.stop,
            "asks": [[name, ask.to_json()] for name, ask in self.asks.items()],
            "column": self.column,
            "unique": sorted(map(list, self.unique)),
            "aligned": sorted(map(list, self.aligned)),
            "share": self.share,
            "sampled": self.sampled,
            "groups": self.groups,
            "ids": list(self.ids),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Question:
        """The question that `to_json` wrote.

        Raises:
            Invalid: the document is no question.
        """
        if document.get("kind") not in get_args(Kind):
            raise Invalid(f"no question {document.get('kind')!r}")
        return cls(
            document["kind"],
            plan_from_json(document["plan"]),
            document["start"],
            document["stop"],
            {name: Ask.from_json(ask) for name, ask in document["asks"]},
            document["column"],
            frozenset((table, column) for table, column in document["unique"]),
            frozenset(map(tuple, document["aligned"])),
            document["share"],
            document["sampled"],
            document["groups"],
            tuple(document["ids"]),
        )


def domain_to_json(domain: Domain | None) -> dict[str, Any] | None:
    """A domain as a JSON document."""
    match domain:
        case NumberDomain(low, high, integer, time):
            return {"low": low, "high": high, "integer": integer, "time": time}
        case CategoryDomain(values, distinct):
            return {"values": list(values), "distinct": distinct}
        case _:
            return None


def domain_from_json(document: dict[str, Any] | None) -> Domain | None:
    """The domain that `domain_to_json` wrote."""
    match document:
        case {"low": low, "high": high, "integer": integer, "time": time}:
            return NumberDomain(low, high, integer, time)
        case {"values": values, "distinct": distinct}:
            return CategoryDomain(tuple(values), distinct)
        case _:
            return None


def scans(plan: Plan) -> tuple[Scan, ...]:
    """The stored tables that a plan reads, each once, in order."""
    match plan:
        case Scan():
            return (plan,)
        case Join(left, right):
            found = (*scans(left), *scans(right))
        case Compare(tables=tables):
            found = tuple(scan for table in tables for scan in scans(table))
        case Where(source) | Sort(source) | Group(source):
            found = scans(source)
        case Step(inputs=inputs):
            found = tuple(scan for one in inputs for scan in scans(one))
        case _:
            raise Invalid(f"not a plan: {type(plan).__name__}")
    return tuple(dict.fromkeys(found))


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


def joins(plan: Plan) -> bool:
    """Whether rows of several tables are joined by a key anywhere in a plan, comparisons aside."""
    match plan:
        case Join():
            return True
        case Compare(tables=tables):
            return any(map(joins, tables))
        case Where(source) | Sort(source) | Group(source):
            return joins(source)
        case Step(inputs=inputs):
            return any(map(joins, inputs))
    return False


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
