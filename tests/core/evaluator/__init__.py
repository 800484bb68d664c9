"""A small, slow, obvious evaluator of the query language over rows that are Python dicts.

What is absent reads as null. A row that the server would refuse raises `Failed`.
"""

from __future__ import annotations

from evaluator import angles, arithmetic, comparison, dates, folds, kinds, lists, rounding, sets, strings
from evaluator.expression import Scope, evaluate
from evaluator.matching import matches
from evaluator.stages import run
from evaluator.table import FORMS, STRICT
from evaluator.values import Failed, Unsupported, Value, compare, same, truth

FAMILIES = (angles, arithmetic, comparison, dates, folds, kinds, lists, rounding, sets, strings)

__all__ = [
    "FAMILIES",
    "FORMS",
    "STRICT",
    "Failed",
    "Scope",
    "Unsupported",
    "Value",
    "compare",
    "evaluate",
    "matches",
    "run",
    "same",
    "truth",
]
