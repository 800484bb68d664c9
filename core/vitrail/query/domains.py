"""What the cells of a column share, and reductions with what they have to know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from vitrail.domain import CategoryDomain, Domain
from vitrail.dtypes import Boolean, DType, List, Number, Text, Timestamp, Versions, required
from vitrail.errors import Invalid
from vitrail.query import answers, known
from vitrail.query.engine import Ticket
from vitrail.query.index.keeper import Keeper
from vitrail.query.origins import origins, unfiltered
from vitrail.query.plan import Group, Plan
from vitrail.query.question import Ask, Question
from vitrail.query.reduction import Bins, Confusion, Counts, Points, Reduction, Sample

if TYPE_CHECKING:
    import pyarrow as pa


class Domains:
    """The domains of columns, over every row of the tables that they come from.

    Args:
        keeper: the indexes, which know those of stored columns.
        ask: answers a question, for the others.
    """

    def __init__(self, keeper: Keeper, ask: Callable[[Question, Ticket | None], pa.Table]) -> None:
        self._keeper, self._ask = keeper, ask

    def of(self, plan: Plan, column: str, ticket: Ticket | None) -> Domain | None:
        """What all cells of the column share; None where its type has no domain."""
        item = _innermost(plan.column(column))
        if isinstance(item, Text | Boolean):
            return self.categories(plan, column, ticket)
        if not isinstance(item, Number | Timestamp):
            return None
        facts = known.facts(self._keeper, plan, column)
        if facts is not None and facts.domain is not None:
            return facts.domain
        table = self._ask(Question("range", _bare(plan, column), column=column), ticket)
        return answers.read_range(table, item)

    def categories(self, plan: Plan, column: str, ticket: Ticket | None) -> CategoryDomain | None:
        """The values of a column that is counted by them; None where that makes no sense."""
        if not isinstance(_innermost(plan.column(column)), Text | Boolean | Number):
            return None
        facts = known.facts(self._keeper, plan, column)
        if facts is not None and facts.categories is not None:
            return facts.categories
        question = Question("categories", _bare(plan, column), column=column)
        return answers.read_categories(self._ask(question, ticket))

    def asks(
        self, plan: Plan, reductions: Mapping[str, Reduction], ticket: Ticket | None
    ) -> dict[str, Ask]:
        """Reductions of columns, each with the domain that it counts over."""
        return {name: self._ask_of(plan, name, one, ticket) for name, one in reductions.items()}

    def _ask_of(self, plan: Plan, name: str, reduction: Reduction, ticket: Ticket | None) -> Ask:
        if name:
            plan.column(name)
        match reduction:
            case Points(x, y, n):
                _positive(reduction, n)
                plan.column(x), plan.column(y)
            case Sample(n):
                _positive(reduction, n)
            case Bins(n):
                _positive(reduction, n)
                return Ask(reduction, self.of(plan, name, ticket))
            case Counts(top):
                _positive(reduction, top)
                return Ask(reduction, self.categories(plan, name, ticket))
            case Confusion(other=beside, top=top):
                _positive(reduction, top)
                mine, theirs = (self.categories(plan, one, ticket) for one in (name, beside))
                return Ask(reduction, mine, theirs)
        return Ask(reduction)


def _positive(reduction: Reduction, n: int) -> None:
    if not 1 <= n <= 10_000:
        raise Invalid(f"{reduction.kind} takes 1 to 10,000, not {n:,}")


def _innermost(dtype: DType) -> DType:
    """The type of the values that a column's cells are made of."""
    plain = required(dtype)
    while isinstance(plain, List | Versions):
        plain = required(plain.item)
    return plain


def _bare(plan: Plan, column: str) -> Plan:
    """The plan without what a domain does not depend on, so that its answer is kept under one key."""
    plain = unfiltered(plan)
    while isinstance(plain, Group) and origins(plain, column) == origins(plain.source, column):
        plain = plain.source
    return plain
