"""Which type each column of a CSV file has, by all of its text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from vitrail.leaf import plain_array

# In order of preference; what fits none of these is text.
NAMES = ("integer", "boolean", "date", "naive", "instant", "naive ns", "instant ns", "number")
_IMPLIED = {"integer": ("number",), "date": ("naive", "naive ns")}
_MOST_DIGITS = r"^[+-]?[0-9]{16,}$"


def settled(columns: Sequence[str], blocks: Iterable[Any]) -> dict[str, Any]:
    """The Arrow types of a file's columns.

    Args:
        columns: their names.
        blocks: Arrow tables of text, of all rows.

    Returns:
        column → the narrowest type that all its text can be read as; null where there is none.
    """
    import pyarrow as pa

    fitting = {name: list(NAMES) for name in columns}
    filled: set[str] = set()
    for block in blocks:
        for place, name in enumerate(columns):
            texts = _given(block.column(place))
            if len(texts):
                filled.add(name)
                fitting[name] = _still_fitting(texts, fitting[name])
    kinds = _kinds()
    return {
        name: pa.null() if name not in filled else kinds[names[0]] if names else pa.string()
        for name, names in fitting.items()
    }


def _kinds() -> dict[str, Any]:
    import pyarrow as pa

    return {
        "integer": pa.int64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "naive": pa.timestamp("us"),
        "instant": pa.timestamp("us", "UTC"),
        "naive ns": pa.timestamp("ns"),
        "instant ns": pa.timestamp("ns", "UTC"),
        "number": pa.float64(),
    }


def _given(texts: Any) -> Any:
    """The texts that do not stand for a missing value."""
    import pyarrow.compute
    from pyarrow import csv

    pc: Any = pyarrow.compute
    missing = pc.is_in(texts, value_set=_texts(csv.ConvertOptions().null_values or ()))
    return texts.filter(pc.invert(missing))


def _still_fitting(texts: Any, names: list[str]) -> list[str]:
    fits: set[str] = set()
    for name in names:
        if name in fits or _fits(texts, name):
            fits |= {name, *_IMPLIED.get(name, ())}
    return [name for name in names if name in fits]


def _fits(texts: Any, name: str) -> bool:
    import pyarrow as pa
    import pyarrow.compute
    from pyarrow import csv

    pc: Any = pyarrow.compute
    if name == "boolean":
        options = csv.ConvertOptions()
        known = _texts([*(options.true_values or ()), *(options.false_values or ())])
        return bool(pc.all(pc.is_in(texts, value_set=known)).as_py())
    if name in ("integer", "number"):
        texts = pc.utf8_trim_whitespace(texts)
    try:
        pc.cast(texts, _kinds()[name])
    except pa.ArrowInvalid:
        return False
    # A whole number of so many digits is a name for something, which a float would change.
    return name != "number" or not pc.any(pc.match_substring_regex(texts, _MOST_DIGITS)).as_py()


def _texts(values: Sequence[str]) -> Any:
    return plain_array(values, {str})
