"""Random values of all kinds that a mixed column holds."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5) | st.sampled_from(
    ["$date", "$$number", "a.b", "a\0b", ""]
)
NAMES = TEXTS.filter(lambda name: "\0" not in name)
NUMBERS = (
    st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.sampled_from([2**53, 2**53 + 1, float(2**53), 2**63 - 1, 2.0**63, -(2**63), -0.0, 0, 1, 1.0])
)
EARLY, LATE = dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)
MOMENTS = st.dates() | (
    st.datetimes() | st.datetimes(min_value=EARLY, max_value=LATE, timezones=st.just(dt.UTC))
).map(lambda moment: moment.replace(fold=0))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS | MOMENTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
