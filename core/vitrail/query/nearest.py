"""Which operator somebody meant who wrote another language's word for it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MEANT = {
    "above": "$gt",
    "average": "$avg",
    "below": "$lt",
    "contains": "$in",
    "count": "$size",
    "endswith": "$regexMatch",
    "equal": "$eq",
    "equals": "$eq",
    "ge": "$gte",
    "greater": "$gt",
    "greaterequal": "$gte",
    "greaterthan": "$gt",
    "if": "$cond",
    "includes": "$in",
    "isin": "$in",
    "isnull": "$ifNull",
    "le": "$lte",
    "len": "$size",
    "length": "$size",
    "less": "$lt",
    "lessequal": "$lte",
    "lessthan": "$lt",
    "like": "$regexMatch",
    "lower": "$toLower",
    "mean": "$avg",
    "minus": "$subtract",
    "more": "$gt",
    "neq": "$ne",
    "notequal": "$ne",
    "plus": "$add",
    "startswith": "$regexMatch",
    "times": "$multiply",
    "upper": "$toUpper",
}
_ADVICE = {
    "between": "write two conditions, $gte and $lte, in $and",
    "group": "grouping has a control of its own",
    "match": "a filter is what stands inside $match",
    "project": "the columns that are shown have a control of their own",
    "sort": "sorting has a control of its own",
}


def closest(name: str, known: Iterable[str]) -> str:
    """A hint with the operator that was meant; "" if none is like it.

    Args:
        name: as it was typed, with or without its `$`.
        known: the operators that may stand there.

    >>> closest("$greater", ["$gt", "$gte"])
    'did you mean $gt?'
    """
    names = {other[1:].lower(): other for other in known if other.startswith("$")}
    meant = {word: other for word, other in _MEANT.items() if other[1:].lower() in names}
    if "$regex" in names.values():
        meant |= dict.fromkeys(("like", "startswith", "endswith"), "$regex")
    word = name.lstrip("$").replace("_", "").lower()
    if word in _ADVICE:
        return _ADVICE[word]
    words = meant | names
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.65)
    return f"did you mean {words[near[0]]}?" if near else ""
