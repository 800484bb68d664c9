"""How far a compared number differs between versions, as keys to sort by, and which end of it is the worse one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vitrail.dtypes import DType, Number, Versions, required
from vitrail.query.plan import grouped
from vitrail.query.text import written

if TYPE_CHECKING:
    from vitrail.query.plan import Plan
    from vitrail.view import SortKey

# The words in columns' names that say by themselves which way is better; other names say nothing.
_LESS_IS_BETTER = frozenset(
    ["loss", "error", "err", "mae", "mse", "rmse", "mape", "wer", "cer", "perplexity", "latency"]
)
_MORE_IS_BETTER = frozenset(
    ["score", "accuracy", "acc", "f1", "iou", "miou", "dice", "auc", "precision", "recall"]
)
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Gap:
    """What one version has more than another one.

    Attributes:
        sides: the places of both.
        names: what they are called.
        said: the difference in words, such as "v1 − v0".
        by: the same as an expression.
        better: 1 where a greater number is the better one, -1 where a smaller one is, 0 where nobody knows.
    """

    sides: tuple[int, int]
    names: tuple[str, str]
    said: str
    by: str
    better: int

    def first(self, *, descending: bool) -> str:
        """Which version is the worse one in the rows that come first; "" where nobody knows."""
        if not self.better:
            return ""
        return f"{self.names[descending == (self.better > 0)]} worse first"


def path(side: int, name: str) -> Any:
    """What leads to a column of one side, as a document of the query language."""
    if name and not name.startswith("$") and all(name.split(".")):
        return f"${side}.{name}"
    field = {"$literal": name} if name.startswith("$") else name
    return {"$getField": {"field": field, "input": f"${side}"}}


def gaps(plan: Plan, name: str, dtype: DType) -> Iterator[Gap]:
    """The differences of a column of numbers from those of the first version, and to them; of groups, of means.

    Sorted by each the greatest first, rows that lack a version come last.

    Args:
        plan: the rows before they are grouped.
        name: the column.
        dtype: its type, as it is shown.
    """
    own = dict(plan.dtype.columns or ()).get(name)
    if not isinstance(own, Versions) or not own.names or not isinstance(required(own.item), Number):
        return
    if dtype not in (own, grouped(own)):
        return
    mean = "" if dtype == own else "mean "
    having = [place for place, side in enumerate(plan.sides) if name in dict(side.columns or ())]
    for sides in [pair for side in having[1:] for pair in ((side, 0), (0, side))] if 0 in having else []:
        ends = [{"$avg": path(side, name)} if mean else path(side, name) for side in sides]
        more, less = (own.names[side] for side in sides)
        by = written({"$subtract": ends})
        yield Gap(sides, (more, less), f"{mean}{more} − {mean}{less}", by, better(name))


def better(name: str) -> int:
    """Which way a number is better, as far as its column's name says so.

    >>> better("val_loss"), better("IoU"), better("height")
    (-1, 1, 0)
    """
    words = set(_WORDS.findall(name.lower().replace("_", " ")))
    less, more = bool(words & _LESS_IS_BETTER), bool(words & _MORE_IS_BETTER)
    return more - less


def ranked(plan: Plan, name: str, dtype: DType, sort: tuple[SortKey, ...]) -> str:
    """By which of its differences a column's rows are sorted, in words; "" where they are not."""
    found = {gap.by: gap for gap in gaps(plan, name, dtype)}
    for key in sort:
        if gap := found.get(key.by):
            way = "greatest first" if key.descending else "least first"
            return f"{gap.first(descending=key.descending) or way}: {gap.said}"
    return ""
