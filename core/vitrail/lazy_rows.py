"""A table's rows as a sequence that reads them only when they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, overload

BLOCK_ROWS = 256
Row = list[Any]


class Rows(Sequence[Row]):
    """Rows, each a list of its cells. Changing one changes no table.

    Args:
        count: how many rows there are.
        read: gives the rows [start, stop).
    """

    def __init__(self, count: int, read: Callable[[int, int], list[Row]]) -> None:
        self._count = count
        self._block = lru_cache(maxsize=64)(
            lambda number: read(number * BLOCK_ROWS, min((number + 1) * BLOCK_ROWS, count))
        )

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(self._count))]
        number = place + self._count if place < 0 else place
        if not 0 <= number < self._count:
            raise IndexError(f"no row {place}; there are {self._count}")
        return list(self._block(number // BLOCK_ROWS)[number % BLOCK_ROWS])

    def __iter__(self) -> Iterator[Row]:
        return (self[number] for number in range(self._count))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(
            len(mine) == len(theirs) and all(alike(a, b) for a, b in zip(mine, theirs, strict=True))
            for mine, theirs in zip(self, other, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self[:3]))
        return f"[{shown}, … {self._count} rows]" if self._count > 3 else f"[{shown}]"


def alike(value: Any, other: Any) -> bool:
    """Whether two cells are equal, where NaN equals NaN."""
    if isinstance(value, list | tuple) and isinstance(other, list | tuple):
        return len(value) == len(other) and all(map(alike, value, other))
    if isinstance(value, dict) and isinstance(other, dict):
        return value.keys() == other.keys() and all(alike(value[name], other[name]) for name in value)
    if isinstance(value, float) and isinstance(other, float) and value != value:  # noqa: PLR0124
        return other != other  # noqa: PLR0124
    return bool(value == other)
