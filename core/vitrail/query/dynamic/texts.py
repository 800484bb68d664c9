"""$toLower $toUpper on decoded values: numbers and timestamps are written out first."""

from __future__ import annotations

import string
from collections.abc import Callable

from vitrail.mixed import Value
from vitrail.query.dynamic.conversion import to_text
from vitrail.query.dynamic.table import Refused, define


def _letters(name: str, old: str, new: str) -> Callable[[Value], str]:
    table = str.maketrans(old, new)  # letters of ASCII only, as MongoDB has it

    def work(value: Value) -> str:
        if isinstance(value, bool | list | dict):
            raise Refused(f"{name} of a value that is no text")
        return (to_text(value) or "").translate(table)

    return work


define("$toLower", _letters("$toLower", string.ascii_uppercase, string.ascii_lowercase))
define("$toUpper", _letters("$toUpper", string.ascii_lowercase, string.ascii_uppercase))
