"""Regular expressions on decoded texts, by an engine whose time grows with the text alone (RE2)."""

from __future__ import annotations

import functools
from collections.abc import Callable


@functools.lru_cache(maxsize=256)
def pattern(text: str, options: str) -> Callable[[str], bool]:
    """Whether a text matches somewhere.

    Args:
        text: the expression, as `read_pattern` admits it.
        options: letters of i, m, s, x.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from vitrail.query.operators.regex import read_pattern

    checked = read_pattern(text, options).text

    def matches(value: str) -> bool:
        return bool(pc.match_substring_regex(pa.scalar(value), checked).as_py())

    return matches
