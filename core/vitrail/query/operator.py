"""The table of operators: for each its arguments, its type rule, its SQL and its complaints.

Adding an operator is adding one `define(...)` to a file of `vitrail.query.operators`.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vitrail.dtypes import DType, Mixed
from vitrail.errors import QueryError

if TYPE_CHECKING:
    from vitrail.query.expr import Expr
    from vitrail.query.lower import Lowering

Args = tuple["Expr", ...]
Complaint = tuple[str, "Expr"]

_FAMILIES = (
    *("comparison", "conditions", "arithmetic", "rounding", "lists", "folds", "strings"),
    *("branches", "slices", "sets", "sorting", "zips"),
    *("texts", "places", "trimming", "patterns"),
    *("calendar", "spans", "trigonometry", "kinds", "mixed"),
    *("refusal", "documents", "series"),
    *("conversion", "formats", "objects", "statistics", "soundness"),
)
_TABLE: dict[str, Operator] = {}


class Misfit(QueryError):
    """An operator that refuses one of its arguments; the parser adds the place in the text.

    Attributes:
        argument: which argument, counted from 0; None when it is the operator as a whole.
    """

    def __init__(self, message: str, *, argument: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.argument = argument


def no_complaints(_args: Args) -> tuple[Complaint, ...]:
    """The complaints of an operator that takes every value of its types."""
    return ()


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator of the language.

    Attributes:
        name: such as "$size".
        least, most: how many arguments it takes; `most` None for any number.
        dtype: the type of its value; raises `Misfit` on arguments that make no sense.
        lower: its SQL.
        where: its SQL where null may stand for false, if that is simpler.
        complaints: (text, when): what MongoDB would refuse in a row, and is read as null here.
        named: its parameters' names where it takes a document; the first `least` of them must be there.
        defaults: the values of parameters that a document leaves out; without one it is left out too.
        positional: how many arguments it takes where they have no names, 0 if they must have; None for `most`.
    """

    name: str
    least: int
    most: int | None
    dtype: Callable[[Args], DType]
    lower: Callable[[Lowering, Args], Any]
    where: Callable[[Lowering, Args], Any] | None = None
    complaints: Callable[[Args], tuple[Complaint, ...]] = no_complaints
    named: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    positional: int | None = None


def define(
    name: str,
    arity: tuple[int, int | None],
    dtype: Callable[[Args], DType],
    lower: Callable[[Lowering, Args], Any],
    **more: Any,
) -> None:
    """Enter an operator in the table; `more` are the other attributes of `Operator`."""
    _TABLE[name] = Operator(name, *arity, dtype, lower, **more)


@functools.cache
def _load() -> None:
    for family in _FAMILIES:
        importlib.import_module(f"vitrail.query.operators.{family}")


def operators() -> dict[str, Operator]:
    """Every operator by its name."""
    _load()
    return _TABLE


def operator(name: str) -> Operator:
    """The operator with this name.

    Raises:
        QueryError: there is none.
    """
    found = operators().get(name)
    if found is None:
        raise QueryError(f"no operator {name!r}")
    return found


def applied(name: str, args: Args) -> Operator:
    """The operator with this name as it takes these arguments, which may be of several kinds.

    Raises:
        QueryError: there is none, or it takes no such arguments.
    """
    from vitrail.query.operators.mixed import adapted, several

    known = operator(name)
    return adapted(known, args) if several(name, args) else known


def said(dtype: DType) -> str:
    """A type as messages name it, without its parameters.

    >>> from vitrail.dtypes import List, Number
    >>> said(List(Number(integer=True)))
    'List'
    """
    from vitrail.dtypes import required

    inner = required(dtype)
    return "a mixture of types" if isinstance(inner, Mixed) else type(inner).__name__
