"""What is known of a table's values without reading them, kept in the footer of each of its files.

Parquet's own statistics leave NaN out, so that they neither say whether there is one nor bound all values;
ours count it. Columns are named by their place in storage: `c4`, the items of a list `c4[]`, a part of a
struct `c4.f0`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

KEY = "vitrail.statistics"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of some values of one kind.

    Attributes:
        nulls: how many are missing; a part of a struct that is missing counts as missing.
        nans: how many are NaN.
        low, high: the least and the greatest finite number; of timestamps, microseconds or days since
            1970-01-01. None where there is none, or where values have no measure.
        rising: whether each whole number or timestamp is greater than the one before it.
    """

    nulls: int = 0
    nans: int = 0
    low: float | None = None
    high: float | None = None
    rising: bool = False

    def then(self, later: Facts) -> Facts:
        """What is known of these values and others that follow."""
        apart = self.high is None or later.low is None or self.high < later.low
        return Facts(
            self.nulls + later.nulls,
            self.nans + later.nans,
            _least(self.low, later.low),
            _greatest(self.high, later.high),
            self.rising and later.rising and apart,
        )

    def to_json(self) -> list[Any]:
        """The facts as a JSON document."""
        return [self.nulls, self.nans, self.low, self.high, self.rising]


Known = Mapping[str, Facts]


def _least(one: float | None, other: float | None) -> float | None:
    return min((x for x in (one, other) if x is not None), default=None)


def _greatest(one: float | None, other: float | None) -> float | None:
    return max((x for x in (one, other) if x is not None), default=None)


def known_of(table: Any) -> Known:
    """What is known of the values of an Arrow table in our layout."""
    found: dict[str, Facts] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        chunks = [dict(_facts(name, chunk)) for chunk in column.chunks]
        found |= all_of(chunks)
    return found


def all_of(parts: Sequence[Known]) -> Known:
    """What is known of the values of a table's parts together, in order."""
    return reduce(joined, parts) if parts else {}


def joined(one: Known, other: Known) -> Known:
    """What is known of the values of one part of a table and of the next."""
    return {name: one[name].then(other[name]) for name in one.keys() & other.keys()}


def to_metadata(known: Known) -> dict[str, str]:
    """What a file carries in its footer."""
    columns = {name: known[name].to_json() for name in sorted(known)}
    text = json.dumps({"format": FORMAT, "columns": columns}, separators=(",", ":"), allow_nan=False)
    return {KEY: text}


def from_metadata(texts: Iterable[bytes | str | None]) -> Known:
    """What is known of a whole table by what its files carry, in order; nothing where one carries none."""
    return all_of([_read(text) for text in texts])


def _read(text: bytes | str | None) -> Known:
    try:
        document = json.loads(text or "{}")
        if document.get("format") != FORMAT:
            return {}
        return {name: Facts(*fields) for name, fields in document["columns"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def nan_columns(table: Any) -> frozenset[str]:
    """The columns of floats, not inside of others, in which there is a NaN."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return frozenset(
        name
        for name, column in zip(table.column_names, table.columns, strict=True)
        if pa.types.is_float64(column.type) and pc.any(pc.is_nan(column)).as_py()
    )


def _facts(path: str, array: Any) -> Iterator[tuple[str, Facts]]:
    import pyarrow as pa

    kind = array.type
    if pa.types.is_float64(kind):
        yield path, _of_floats(array)
    elif pa.types.is_int64(kind):
        yield path, _of_whole(array)
    elif pa.types.is_timestamp(kind):
        yield path, _of_whole(array.view(pa.int64()))
    elif pa.types.is_date32(kind):
        yield path, _of_whole(array.view(pa.int32()))
    else:
        yield path, Facts(array.null_count)
        if pa.types.is_list(kind):
            yield from _facts(f"{path}[]", array.flatten())
        elif pa.types.is_struct(kind):
            for field, part in zip(kind, array.flatten(), strict=True):
                yield from _facts(f"{path}.{field.name}", part)


def _of_floats(array: Any) -> Facts:
    import pyarrow.compute as pc

    missing, nans = array.null_count, pc.sum(pc.is_nan(array)).as_py() or 0
    if not pc.all(pc.is_finite(array)).as_py():
        array = array.filter(pc.is_finite(array))
    bounds = pc.min_max(array)
    low, high = (bounds[side].as_py() for side in ("min", "max"))
    # adding 0.0 leaves one zero, whichever of both there is
    return Facts(missing, nans, low if low is None else low + 0.0, high if high is None else high + 0.0)


def _of_whole(array: Any) -> Facts:
    import pyarrow.compute as pc

    bounds = pc.min_max(array)
    low, high = (bounds[side].as_py() for side in ("min", "max"))
    rising = not array.null_count and (
        len(array) < 2 or pc.all(pc.less(array.slice(0, len(array) - 1), array.slice(1))).as_py()
    )
    return Facts(array.null_count, 0, low, high, bool(rising))
