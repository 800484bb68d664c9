"""What an engine sends to its workers: one question about a plan, as a JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from vitrail.domain import CategoryDomain, Domain, NumberDomain
from vitrail.errors import Invalid
from vitrail.query.plan import Plan, plan_from_json
from vitrail.query.reduction import Reduction, reduction_from_json

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
