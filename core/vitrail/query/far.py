"""Pages far into a filtered or sorted table: which rows lie there is found out once, for many pages.

The numbers of the rows of a whole stretch of pages are an answer of their own, which is kept as all
answers are. Turning to a page of the stretch then only looks its rows up.
"""

from __future__ import annotations

from collections.abc import Iterator

from vitrail.query.expr import Column
from vitrail.query.index.about import About
from vitrail.query.plan import Plan, Scan, Sort, Where

# Nearer pages are found by keeping the best rows seen so far, which costs one pass; so does this.
FAR = 1_000
STRETCH = 65_536
# Among so many rows a page is found before anybody has to wait for it.
_SOON_ROWS = 1_000_000


def stored(plan: Plan) -> Scan | None:
    """The stored table whose rows a plan filters and sorts; None where it does more, or nothing."""
    source = plan
    while isinstance(source, Where | Sort):
        source = source.source
    return source if isinstance(source, Scan) and source is not plan else None


def stretches(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The stretches in which the rows [start, stop) lie."""
    for first in range(start - start % STRETCH, stop, STRETCH):
        yield first, first + STRETCH


def takes_long(plan: Plan, about: About) -> bool:
    """Whether many rows are looked at to find a page far into a filtered or sorted table.

    Rows that are sorted by words alone are found by the counts of the words, those that lie in the order
    of a column by the counts of its codes.
    """
    if not isinstance(plan, Sort) or not isinstance(plan.source, Scan):
        return about.scan.rows > _SOON_ROWS
    key, _ = plan.keys[0]
    facts = about.of(key.name) if isinstance(key, Column) and not key.side else None
    if facts is None or facts.nulls != 0:
        return about.scan.rows > _SOON_ROWS
    soon = facts.rising or (facts.words and len(plan.keys) == 1)
    return not soon and max(facts.tally or facts.shares, default=about.scan.rows) > _SOON_ROWS
