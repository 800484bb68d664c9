"""Tables of every type for hypothesis: nulls everywhere, odd numbers, old dates, strange names."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from hypothesis import strategies as st

Kind = Any
SCALARS = ("int64", "double", "string", "bool", "timestamp")
TEXTS = (
    *("", "a", "cat", "Äbc", "it's", '"', "'; --", "/* */", "\\", "\n\t", " pad ", "$a", "0", "false"),
    *("e\u0301", "\u202eabc", "😀", "ß", "İ", "\u00a0x", "a,b,,c", "NULL", "a\0b", "%_", "{}"),
)
NAMES = (
    *("a", "b", "ab c", 'quo"te', "it's", "; DROP TABLE t", "--", "/*x*/", "back\\slash", "select", "0"),
    *(
        "유니코드",
        "😀",
        "e\u0301",
        "\u202eabc",
        "a.b",
        "$price",
        "c0",
        "t",
        "f0",
        "ROOT",
        "new\nline",
        "[0]",
    ),
)
_NUMBERS = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 0.1, 1e-3, 7.25, 2.675, 100.0),
    math.nan,
    math.inf,
    -math.inf,
)
_WHOLES = (0, 1, -1, 2, 3, -7, 10, 15, 25, 1000, 2**31, 2**53 + 1, 2**63 - 1, -(2**63))
_LIMITS = (dt.datetime(1890, 1, 1), dt.datetime(2110, 1, 1))


def _moment(value: dt.datetime) -> dt.datetime:
    return value.replace(microsecond=value.microsecond // 1000 * 1000, tzinfo=dt.UTC)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "int64": st.integers(-5, 12) | st.sampled_from(_WHOLES),
    "double": st.sampled_from(_NUMBERS) | st.integers(-40, 40).map(lambda n: n / 8),
    "string": st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=("Cs",)), max_size=6),
    "bool": st.booleans(),
    "timestamp": st.datetimes(*_LIMITS).map(_moment)
    | st.sampled_from(
        [_moment(dt.datetime(1970, 1, 1)), _moment(dt.datetime(1969, 12, 31, 23, 59, 59, 999000))]
    ),
}
names = st.sampled_from(NAMES)


def kinds(depth: int = 2) -> st.SearchStrategy[Kind]:
    """Types of columns, as the corpus writes them."""
    scalar = st.sampled_from(SCALARS)
    if depth == 0:
        return scalar
    inner = kinds(depth - 1)
    lists = st.builds(lambda item: {"list": item}, inner)
    structs = st.dictionaries(names, inner, min_size=1, max_size=3).map(lambda parts: {"struct": parts})
    return scalar | lists | structs


def values(kind: Kind) -> st.SearchStrategy[Any]:
    """Values of a type, sometimes null."""
    if isinstance(kind, str):
        inner = VALUES[kind]
    elif "list" in kind:
        inner = st.lists(values(kind["list"]), max_size=4)
    else:
        inner = st.fixed_dictionaries({name: values(part) for name, part in kind["struct"].items()})
    return st.none() | inner | inner | inner


BASE: dict[str, Kind] = {
    "i": "int64",
    'd"': "double",
    "s'; --": "string",
    "b": "bool",
    "t 유": "timestamp",
    "li": {"list": "int64"},
    "ls": {"list": "string"},
    "ld": {"list": "double"},
    "rs": {"list": {"struct": {"k": "string", "x.y": "double", "n": "int64"}}},
}


@st.composite
def tables(draw: st.DrawFn, rows: int = 5) -> dict[str, Any]:
    """A table as the corpus writes it: the usual columns, and some of any type and name."""
    more = draw(st.dictionaries(names, kinds(), max_size=3))
    schema = {**BASE, **more}
    docs = draw(
        st.lists(
            st.fixed_dictionaries({n: values(k) for n, k in schema.items()}),
            min_size=rows,
            max_size=rows,
        )
    )
    return {"schema": schema, "docs": docs}
