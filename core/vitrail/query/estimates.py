"""Questions whose answers can be told soon, about, from a sample of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vitrail.query import answers
from vitrail.query.answering import Answering
from vitrail.query.domains import Domains
from vitrail.query.engine import Ticket, Window
from vitrail.query.estimate import Estimate, Sampling
from vitrail.query.far import FAR, stored, stretches, takes_long
from vitrail.query.index.keeper import Keeper
from vitrail.query.origins import scans
from vitrail.query.paths import base
from vitrail.query.plan import Compare, Group, Join, Plan, Scan, Sort
from vitrail.query.preparing import are_aligned
from vitrail.query.question import Ask, Question
from vitrail.query.reduction import Reduction

_MET = 50_000  # rows of each table are joined for an estimate
_LEAST_SHARE, _LEAST_SHARE_IN_STEP = 8, 80  # less is not worth while


class Estimates:
    """Answers a `DuckEngine`'s questions from samples; None where there is none, or it is no quicker."""

    def __init__(self, answering: Answering, domains: Domains, keeper: Keeper) -> None:
        self._answering, self._domains, self._keeper = answering, domains, keeper

    def count(self, plan: Plan, ticket: Ticket | None) -> Estimate[int] | None:
        """About how many rows the plan has."""
        sample = self._sample(plan)
        if sample is None or isinstance(plan, Group):  # how many groups there are does not scale
            return None
        while isinstance(plan, Sort):
            plan = plan.source
        question = Question("count", plan)
        if self._answering.has(question):
            return None
        found = self._answering.ask(sample.of(question), ticket)
        return sample.counted(int(found.column("a0")[0].as_py()))

    def reduce(
        self, plan: Plan, reductions: Mapping[str, Reduction], ticket: Ticket | None
    ) -> Estimate[dict[str, Any]] | None:
        """About what the reductions are over all rows."""
        sample = self._sample(plan)
        if sample is None or "" in reductions:
            return None
        asks = self._domains.asks(plan, reductions, ticket)
        question = Question("reduce", plan, asks=asks)
        if self._answering.has(question):
            return None
        table = self._answering.ask(sample.of(question), ticket)
        return sample.scaled(answers.folds(table, plan, asks))

    def window(
        self,
        plan: Plan,
        start: int,
        stop: int,
        reductions: Mapping[str, Reduction],
        ticket: Ticket | None,
    ) -> Estimate[Window] | None:
        """About what stands in the rows [start, stop)."""
        sample = self._sample(plan)
        if sample is None:
            return None
        asks = self._domains.asks(plan, reductions, ticket)
        question = Question("window", plan, start, stop, asks)
        if self._answering.has(question):
            return None
        if not isinstance(plan, Group):
            return self._about_there(plan, start, stop, asks, sample, ticket)
        table = self._answering.ask(sample.of(question), ticket)
        scaled = sample.scaled(answers.cells(table, plan, asks), whole=plan.count_name)
        return Estimate(Window(start, table.num_rows, scaled.value), scaled.error)

    def _about_there(
        self,
        plan: Plan,
        start: int,
        stop: int,
        asks: dict[str, Ask],
        sample: Sampling,
        ticket: Ticket | None,
    ) -> Estimate[Window] | None:
        """Rows of the sample that stand about where a window of a sorted table lies."""
        scan = stored(plan)
        kept = self._keeper.at_hand(scan) if scan is not None else None
        ends = stretches(start, stop)
        known = all(self._answering.has(Question("ids", plan, *one)) for one in ends)
        sorts = isinstance(plan, Sort)  # the rows of a filter are counted off soon
        if scan is None or kept is None or start < FAR or known or not sorts:
            return None
        if not takes_long(plan, kept.about):
            return None
        there = sample.place(start)
        first = max(min(there.value, sample.taken - (stop - start)), 0)
        question = Question("window", plan, first, first + stop - start, asks, sampled=True)
        table = self._answering.ask(question, ticket)
        if table.num_rows < min(stop, scan.rows) - start:  # as a filter leaves too few
            return None
        return Estimate(Window(start, table.num_rows, answers.cells(table, plan, asks)), there.error)

    def _sample(self, plan: Plan) -> Sampling | None:
        """The sample from which the answers to questions about a plan can be estimated."""
        over = plan.source if isinstance(plan, Group) else plan
        met = base(over)
        if isinstance(met, Compare | Join):
            rows = max((scan.rows for scan in scans(over)), default=0)
            share = rows // _MET
            in_step = isinstance(met, Compare) and are_aligned(
                met, lambda question: self._answering.ask(question, None)
            )
            least = _LEAST_SHARE_IN_STEP if in_step else _LEAST_SHARE
            return Sampling(rows, rows // share, share) if share >= least else None
        source = over if isinstance(over, Scan) and over is not plan else stored(over)
        if source is None:
            return None
        kept = self._keeper.at_hand(source)
        rows = kept.about.sample_rows if kept else 0
        return Sampling(source.rows, rows) if rows else None
