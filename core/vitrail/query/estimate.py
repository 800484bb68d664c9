"""Answers worked out from a sample of a table's rows, and how far off they may be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from vitrail.query.question import Question
from vitrail.query.reduction import BinCounts, CategoryCounts, Items, Matrix, Summary

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Estimate(Generic[Value]):
    """An answer that is about right.

    Attributes:
        value: what the exact answer would be, with counts scaled from the sample to the table.
        error: the standard error of its counts, in rows: two times in three, a count is no further off.
            Of several counts, that of the least certain.
    """

    value: Value
    error: float


@dataclass(frozen=True, slots=True)
class Sampling:
    """A sample.

    Attributes:
        rows: how many rows the table has.
        taken: how many of them are in the sample.
        share: where rows of several tables meet, of which part of the keys they are, one in so many; 0
            of a sample that an index keeps.
    """

    rows: int
    taken: int
    share: int = 0

    def of(self, question: Question) -> Question:
        """A question, asked of the sample."""
        return replace(question, share=self.share, sampled=not self.share)

    def counted(self, found: int) -> Estimate[int]:
        """How many rows there are of a kind of which the sample has `found`."""
        return Estimate(self._count(found), self._error(found))

    def place(self, position: int) -> Estimate[int]:
        """Where in the sample a row is about that stands at a place of the table in any order."""
        place = round(position * self.taken / self.rows)
        return Estimate(place, self._error(min(place, self.taken)))

    def scaled(self, cells: Mapping[str, Any], whole: str | None = None) -> Estimate[dict[str, Any]]:
        """Answers of reductions, or a tuple of them, with their counts scaled.

        Args:
            cells: column -> its answer, or the answers of several groups.
            whole: the column whose values are counts themselves.
        """
        scaled = {name: self._scaled(cell, name == whole) for name, cell in cells.items()}
        most = max((_most(cell, name == whole) for name, cell in cells.items()), default=0)
        return Estimate(scaled, self._error(min(most, self.taken // 2)))

    def _count(self, found: int) -> int:
        return round(found * self.rows / self.taken)

    def _error(self, found: int) -> float:
        """The standard error of a share, for a sample without repetition, in rows of the table."""
        share = found / self.taken
        unseen = 1 - self.taken / self.rows
        return self.rows * math.sqrt(share * (1 - share) / self.taken * unseen)

    def _scaled(self, answer: Any, is_count: bool) -> Any:
        count = self._count
        match answer:
            case tuple():  # of several groups, or of the versions of a cell
                return tuple(self._scaled(one, is_count) for one in answer)
            case int() if is_count:
                return count(answer)
            case BinCounts(counts=counts, missing=missing):
                return replace(answer, counts=tuple(map(count, counts)), missing=count(missing))
            case CategoryCounts(counts=counts, other=other, missing=missing):
                scaled = tuple(map(count, counts))
                return replace(answer, counts=scaled, other=count(other), missing=count(missing))
            case Matrix(counts=lines, other=other):
                return replace(
                    answer, counts=tuple(tuple(map(count, line)) for line in lines), other=count(other)
                )
            case Summary(count=there, missing=missing):
                return replace(answer, count=count(there), missing=count(missing))
            case Items(total=total):
                return replace(answer, total=count(total))
            case _:
                return answer


def _most(cell: Any, is_count: bool) -> int:
    """The greatest count in an answer."""
    match cell:
        case tuple():
            return max((_most(one, is_count) for one in cell), default=0)
        case BinCounts(counts=counts, missing=missing):
            return max((*counts, missing))
        case CategoryCounts(counts=counts, other=other, missing=missing):
            return max((*counts, other, missing))
        case Matrix(counts=lines, other=other):
            return max((*(n for line in lines for n in line), other))
        case Summary(count=there, missing=missing):
            return max(there, missing)
        case Items(total=total):
            return total
        case int() if is_count:
            return cell
        case _:
            return 0
