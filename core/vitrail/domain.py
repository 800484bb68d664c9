"""What all cells of a column share, so that bins and colours can be compared down the page."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

_GREATEST = sys.float_info.max


@dataclass(frozen=True, slots=True)
class NumberDomain:
    """The finite values of a number column lie in [low, high].

    Attributes:
        low: the least finite value; for timestamps, seconds since 1970-01-01 UTC.
        high: the greatest.
        integer: whether all values are whole.
        time: whether the values are timestamps.
    """

    low: float
    high: float
    integer: bool = False
    time: bool = False

    def edges(self, bins: int) -> tuple[float, ...]:
        """The bins' edges, at most `bins` + 1 of them, rising.

        Whole numbers get bins of a whole width, centred on the numbers, so that no bin is empty only
        because no number can fall into it. A domain of one value gets one bin, one with fewer floats than
        bins fewer bins.
        """
        if self.integer:
            width = max(1, -(-(int(self.high) - int(self.low) + 1) // bins))
            count = -(-(int(self.high) - int(self.low) + 1) // width)
            return tuple(int(self.low) - 0.5 + width * i for i in range(count + 1))
        if self.low == self.high:
            half = abs(self.low) / 2 or 0.5
            return (max(self.low - half, -_GREATEST), min(self.low + half, _GREATEST))
        if self.quarter:
            return tuple(4 * edge for edge in self.quarter.edges(bins))
        step = (self.high - self.low) / bins
        edges = (*(self.low + step * i for i in range(bins)), self.high)
        apart = len(set(edges)) - 1
        return edges if apart == bins else self.edges(apart)

    @property
    def quarter(self) -> NumberDomain | None:
        """Where the ends are further apart than any float is from 0, the domain of a quarter of the values."""
        if math.isinf(self.high - self.low):
            return NumberDomain(self.low / 4, self.high / 4)
        return None


@dataclass(frozen=True, slots=True)
class CategoryDomain:
    """The values of a text or boolean column, the most frequent first, ties by value.

    Attributes:
        values: at most a few hundred of them.
        distinct: how many there are in all.
    """

    values: tuple[str | bool | int, ...]
    distinct: int


Domain = NumberDomain | CategoryDomain
