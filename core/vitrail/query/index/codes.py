"""Numbers and moments as codes of one byte, in the order in which they are sorted.

A code says in which of some eighty equal bins over the column's domain a value lies, so that histograms
count bytes, and a sorted page looks only at the bins in which it lies. Codes rise with the values: null,
then NaN, then minus infinity, then the bins, then infinity.

The bins are those of `NumberDomain.edges`, drawn four times as fine as for a histogram of twenty bars:
the edges of 5, 10, 20, 40 and 80 bins over the same domain are edges of the codes as well, to the bit.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from sqlglot import exp

from vitrail.domain import NumberDomain
from vitrail.query import build as b
from vitrail.query.binning import Bind, float_bin
from vitrail.query.build import Tree

NULL, NAN, LOWEST, FIRST = 0, 1, 2, 3
_BARS, _PARTS = 20, 4
_MOST_WHOLE = 200
_SAFE = 2**62


@dataclass(frozen=True, slots=True)
class Codes:
    """How a column's values are coded.

    Attributes:
        domain: the least and the greatest finite value, as histograms measure them.
    """

    domain: NumberDomain

    @property
    def floors(self) -> tuple[float, ...]:
        """The least value of each bin, rising."""
        domain = self.domain
        if domain.integer:
            return tuple(self._whole_floors())
        return (domain.low, *domain.edges(_BARS * _PARTS)[1:-1])

    def _whole_floors(self) -> list[int]:
        low, high = int(self.domain.low), int(self.domain.high)
        bar, part = self._widths()
        starts = range(low, high + 1, bar)
        return [start + step for start in starts for step in range(0, part * _parts(bar, part), part)]

    def _widths(self) -> tuple[int, int]:
        """How many whole numbers a bar of a histogram spans, and how many a bin of ours."""
        span = int(self.domain.high) - int(self.domain.low) + 1
        if span <= _MOST_WHOLE:
            return 1, 1
        bar = -(-span // _BARS)
        return bar, -(-bar // _PARTS)

    @property
    def highest(self) -> int:
        """The code of infinity."""
        return FIRST + len(self.floors)

    @property
    def usable(self) -> bool:
        """Whether the domain can be divided: neither too narrow nor too wide for its numbers."""
        floors = self.floors
        known = all(map(math.isfinite, map(float, floors)))
        return known and all(here < there for here, there in pairwise(floors))

    def bin(self, value: float) -> int:
        """The code of a finite value; of one below the domain, `LOWEST`."""
        return LOWEST + bisect_right(self.floors, value)

    def sql(self, measure: Tree, bind: Bind) -> Tree:
        """The code of a measured value; see `binning.measured`."""
        domain = self.domain
        if domain.integer:
            return b.cast(b.coalesce(self._whole(measure, bind), b.number(NULL)), "UTINYINT")
        if len(self.floors) == 1:
            place: Tree = b.number(0)
        else:
            place = float_bin(measure, domain, len(self.floors), bind)
        infinite = b.call("isinf", measure.copy())
        negative = exp.LT(this=measure.copy(), expression=b.number(0))
        code = b.case(
            (b.is_null(measure), b.number(NULL)),
            (b.is_nan(measure), b.number(NAN)),
            (infinite, b.case((negative, b.number(LOWEST)), default=b.number(self.highest))),
            default=exp.Add(this=b.cast(place, "UTINYINT"), expression=b.number(FIRST)),
        )
        return b.cast(code, "UTINYINT")

    def _whole(self, value: Tree, bind: Bind) -> Tree:
        low, high = int(self.domain.low), int(self.domain.high)
        narrow = max(abs(low), abs(high)) < _SAFE
        number = value.copy() if narrow else b.cast(value.copy(), "HUGEINT")
        above = b.infix(exp.Sub, number, bind(low))
        bar, part = self._widths()
        if bar == 1:
            return b.infix(exp.Add, above, b.number(FIRST))
        inside = b.infix(exp.IntDiv, b.infix(exp.Mod, above, bind(bar)), bind(part))
        before = b.infix(exp.Mul, b.infix(exp.IntDiv, above, bind(bar)), b.number(_parts(bar, part)))
        return b.infix(exp.Add, b.infix(exp.Add, before, inside), b.number(FIRST))


def _parts(bar: int, part: int) -> int:
    return -(-bar // part)
