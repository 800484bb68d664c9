"""Expressions of the query language made in Python: `vt.col("road") > 0.05`.

They stand wherever a query takes an expression, and print as the text that the filter box takes.
Comparisons are those of expressions: a missing value is below every number.
"""

from __future__ import annotations

import datetime as dt
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NoReturn, Self

from vitrail.errors import Invalid
from vitrail.query.text import moment, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vitrail.accessors import Dates, Texts

_VARIABLE = re.compile(r"[a-z][A-Za-z0-9_]*")
_REDUCED = ("value", "this")
_CASTS = {
    int: "$toLong",
    float: "$toDouble",
    str: "$toString",
    bool: "$toBool",
    dt.datetime: "$toDate",
}

# The variables of the functions that are being called.
_scope: ContextVar[tuple[str, ...]] = ContextVar("scope", default=())


class Col:
    """A value worked out for each row; `vt.col` and `vt.op` make them.

    >>> col("boxes").filter(lambda box: box["score"] > 0.5).size() >= 1
    {$gte: [{$size: {$filter: {input: '$boxes', as: 'box', cond: {$gt: ['$$box.score', 0.5]}}}}, 1]}

    Attributes:
        document: the expression as the query language has it.
    """

    __array_ufunc__ = None  # so that numpy's numbers leave the operators to this class
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, document: Any) -> None:
        self.document = document

    def __repr__(self) -> str:
        return written(self.document)

    # Comparing

    def __eq__(self, other: object) -> Col:  # type: ignore[override]
        return op("$eq", self, other)

    def __ne__(self, other: object) -> Col:  # type: ignore[override]
        return op("$ne", self, other)

    def __lt__(self, other: Any) -> Col:
        return op("$lt", self, other)

    def __le__(self, other: Any) -> Col:
        return op("$lte", self, other)

    def __gt__(self, other: Any) -> Col:
        return op("$gt", self, other)

    def __ge__(self, other: Any) -> Col:
        return op("$gte", self, other)

    def between(self, low: Any, high: Any) -> Col:
        """Whether it is from `low` to `high`, both included."""
        return _joined("$and", self >= low, self <= high)

    def isin(self, values: Iterable[Any]) -> Col:
        """Whether it is one of some values."""
        return op("$in", self, _listed(values, "isin"))

    def is_null(self) -> Col:
        """Whether it is missing."""
        return op("$eq", self, None)

    def not_null(self) -> Col:
        """Whether it is there."""
        return op("$ne", self, None)

    def fill_null(self, value: Any) -> Col:
        """Itself, or `value` where it is missing."""
        return op("$ifNull", self, value)

    # And, or, not

    def __and__(self, other: Any) -> Col:
        return _joined("$and", self, other)

    def __rand__(self, other: Any) -> Col:
        return _joined("$and", other, self)

    def __or__(self, other: Any) -> Col:
        return _joined("$or", self, other)

    def __ror__(self, other: Any) -> Col:
        return _joined("$or", other, self)

    def __invert__(self) -> Col:
        return Col({"$not": [self.document]})

    def __bool__(self) -> NoReturn:
        raise Invalid(
            "an expression is neither true nor false by itself: write & instead of and, | instead of or, "
            "~ instead of not, .between(a, b) instead of a < x < b"
        )

    # Reckoning

    def __add__(self, other: Any) -> Col:
        return op("$concat" if isinstance(other, str) else "$add", self, other)

    def __radd__(self, other: Any) -> Col:
        return op("$concat" if isinstance(other, str) else "$add", other, self)

    def __sub__(self, other: Any) -> Col:
        return op("$subtract", self, other)

    def __rsub__(self, other: Any) -> Col:
        return op("$subtract", other, self)

    def __mul__(self, other: Any) -> Col:
        return op("$multiply", self, other)

    def __rmul__(self, other: Any) -> Col:
        return op("$multiply", other, self)

    def __truediv__(self, other: Any) -> Col:
        return op("$divide", self, other)

    def __rtruediv__(self, other: Any) -> Col:
        return op("$divide", other, self)

    def __floordiv__(self, other: Any) -> Col:
        return op("$floor", self / other)

    def __rfloordiv__(self, other: Any) -> Col:
        return op("$floor", op("$divide", other, self))

    def __mod__(self, other: Any) -> Col:
        """The remainder, with the sign of what is divided."""
        return op("$mod", self, other)

    def __rmod__(self, other: Any) -> Col:
        return op("$mod", other, self)

    def __pow__(self, other: Any) -> Col:
        return op("$pow", self, other)

    def __rpow__(self, other: Any) -> Col:
        return op("$pow", other, self)

    def __neg__(self) -> Col:
        return op("$multiply", self, -1)

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Col:
        return self.abs()

    def abs(self) -> Col:
        """Without its sign."""
        return op("$abs", self)

    def round(self, places: int = 0) -> Col:
        """Rounded to some decimal places, a half to the even neighbour."""
        return op("$round", self, places)

    def floor(self) -> Col:
        """The next whole number below."""
        return op("$floor", self)

    def ceil(self) -> Col:
        """The next whole number above."""
        return op("$ceil", self)

    def sqrt(self) -> Col:
        """The square root."""
        return op("$sqrt", self)

    def exp(self) -> Col:
        """The exponential function of it."""
        return op("$exp", self)

    def log(self, base: float | None = None) -> Col:
        """The logarithm, the natural one by default."""
        return op("$ln", self) if base is None else op("$log", self, base)

    def cast(self, kind: type) -> Col:
        """As an `int`, `float`, `str`, `bool` or `datetime`."""
        if kind not in _CASTS:
            names = ", ".join(known.__name__ for known in _CASTS)
            raise Invalid(f"cast takes one of {names}, not {kind!r:.80}")
        return op(_CASTS[kind], self)

    # Parts and items

    def __getitem__(self, key: str | int | slice) -> Col:
        """A part of it by its name; an item of a list by its place; or some of its first or last items."""
        match key:
            case str():
                return _part(self.document, key)
            case int():
                return op("$arrayElemAt", self, key)
            case slice(start=None, stop=int(stop), step=None) if stop > 0:
                return op("$slice", self, stop)
            case slice(start=int(start), stop=None, step=None) if start < 0:
                return op("$slice", self, start)
            case slice(start=int(start), stop=int(stop), step=None) if 0 <= start < stop:
                return op("$slice", self, start, stop - start)
        raise Invalid(f"[{key!r}] is no part: write ['name'], [3], [:3], [-3:] or [2:5]")

    def __iter__(self) -> NoReturn:
        raise Invalid("an expression is not gone through here: write .map(lambda item: …) or .filter(…)")

    def __contains__(self, item: object) -> NoReturn:
        raise Invalid(f"write .contains({item!r:.80}) instead of {item!r:.80} in …")

    def size(self) -> Col:
        """How many items a list has."""
        return op("$size", self)

    def filter(self, keep: Callable[[Col], Any]) -> Col:
        """The items of a list for which `keep` is true."""
        (name,), body = _called(keep, 1)
        return op("$filter", input=self, as_=name, cond=body)

    def map(self, function: Callable[[Col], Any]) -> Col:
        """What `function` makes of each item of a list."""
        (name,), body = _called(function, 1)
        return op("$map", input=self, as_=name, in_=body)

    def reduce(self, function: Callable[[Col, Col], Any], initial: Any) -> Col:
        """A list folded into one value by `function` of the value so far and the next item."""
        body = function(Col("$$value"), Col("$$this"))
        if _holds_reduction(_operand(body)):  # which has a `value` and a `this` of its own
            names, inner = _called(function, 2)
            variables = {name: f"$${known}" for name, known in zip(names, _REDUCED, strict=True)}
            body = Col({"$let": {"vars": variables, "in": inner.document}})
        return op("$reduce", input=self, initialValue=initial, in_=body)

    def contains(self, item: Any) -> Col:
        """Whether a list has an item; of a text see `.str.contains`."""
        return op("$in", item, self)

    def first(self) -> Col:
        """The first item of a list."""
        return op("$first", self)

    def last(self) -> Col:
        """The last item of a list."""
        return op("$last", self)

    def any(self) -> Col:
        """Whether any item of a list is true."""
        return op("$anyElementTrue", self)

    def all(self) -> Col:
        """Whether all items of a list are true."""
        return op("$allElementsTrue", self)

    def sum(self) -> Col:
        """The sum of a list's numbers."""
        return op("$sum", self)

    def mean(self) -> Col:
        """The mean of a list's numbers."""
        return op("$avg", self)

    def min(self) -> Col:
        """The least item of a list."""
        return op("$min", self)

    def max(self) -> Col:
        """The greatest item of a list."""
        return op("$max", self)

    def std(self) -> Col:
        """The standard deviation of a list's numbers, as of a sample."""
        return op("$stdDevSamp", self)

    def sort(self, by: str | None = None, *, descending: bool = False) -> Col:
        """A list in order, or in the order of a part of its items."""
        way = -1 if descending else 1
        return op("$sortArray", input=self, sortBy=way if by is None else {by: way})

    def reverse(self) -> Col:
        """A list from its end."""
        return op("$reverseArray", self)

    def unique(self) -> Col:
        """The different items of a list."""
        return Col({"$setUnion": [self.document]})

    @property
    def str(self) -> Texts:
        """What can be asked of a text."""
        from vitrail.accessors import Texts

        return Texts(self)

    @property
    def dt(self) -> Dates:
        """What can be asked of a point in time."""
        from vitrail.accessors import Dates

        return Dates(self)


def col(name: str) -> Col:
    """A column by its name; `["part"]` leads on into it.

    >>> col("road") > 0.05
    {$gt: ['$road', 0.05]}
    >>> col("image")["width"] / col("a.b")
    {$divide: ['$image.width', {$getField: 'a.b'}]}

    In a joined table `col("0")["label"]` is the first table's.
    """
    if not isinstance(name, str):
        raise Invalid(f"a column's name is text, not {name!r:.80}")
    return Col(f"${name}" if _is_path(name) else {"$getField": _operand(name)})


def op(name: str, *args: Any, **parameters: Any) -> Col:
    """Any operator of the query language, with its arguments or its parameters.

    A text is itself, never a path; a dict is taken as it stands in the query language.

    >>> op("$dateTrunc", date=col("ts"), unit="day")
    {$dateTrunc: {date: '$ts', unit: 'day'}}
    >>> op("$cond", col("hit"), "yes", "no")
    {$cond: ['$hit', 'yes', 'no']}

    Args:
        name: such as "$size".
        args: its arguments in order.
        parameters: by name instead; one that is a word of Python is written with a `_` behind it.
    """
    if not isinstance(name, str) or not name.startswith("$"):
        raise Invalid(f"an operator's name begins with $, got {name!r:.80}")
    if args and parameters:
        raise Invalid(f"{name} takes arguments in order or by name, not both")
    if parameters:
        return Col({name: {key.removesuffix("_"): _operand(v) for key, v in parameters.items()}})
    given = [_operand(arg) for arg in args]
    alone = len(given) == 1 and (name == "$literal" or not isinstance(given[0], list))
    return Col({name: given[0] if alone else given})


def plain(query: Any) -> Any:
    """A query without any `Col` in it: `$match` of one becomes `$match` of `$expr`.

    >>> plain([{"$match": col("road") > 0.05}, {"$limit": 5}])
    [{'$match': {'$expr': {'$gt': ['$road', 0.05]}}}, {'$limit': 5}]
    """
    if isinstance(query, Col) and isinstance(query.document, str):
        return written(query.document)
    return _plain(query)


def _plain(value: Any) -> Any:
    match value:
        case Col():
            return value.document
        case Mapping():
            return {
                key: {"$expr": inside.document}
                if key == "$match" and isinstance(inside, Col)
                else _plain(inside)
                for key, inside in value.items()
            }
        case list() | tuple():
            return [_plain(item) for item in value]
    return value


def _operand(value: Any) -> Any:
    """What a Python value stands for among the arguments of an operator."""
    match value:
        case Col() | Mapping():
            return _plain(value)
        case str() if value.startswith("$"):
            return {"$literal": value}
        case list() | tuple():
            return [_operand(item) for item in value]
        case dt.datetime() | dt.date():
            return moment(value)
    scalar = getattr(value, "ndim", None) == 0 and hasattr(value, "item")  # as numpy's are
    return value.item() if scalar else value


def _joined(name: str, *conditions: Any) -> Col:
    """`$and` or `$or`, without one inside the other."""
    parts: list[Any] = []
    for condition in map(_operand, conditions):
        flat = isinstance(condition, dict) and isinstance(condition.get(name), list)
        parts += condition[name] if flat else [condition]
    return Col({name: parts})


def _listed(values: Any, verb: str) -> list[Any]:
    if isinstance(values, str | Mapping | Col) or not isinstance(values, Iterable):
        raise Invalid(f"{verb} takes a list of values, not {values!r:.80}")
    return list(values)


def _is_path(name: str) -> bool:
    return bool(name) and "." not in name and not name.startswith("$")


def _part(document: Any, name: str) -> Col:
    if not _is_path(name):
        return Col({"$getField": {"field": _operand(name), "input": document}})
    if isinstance(document, str):
        return Col(f"{document}.{name}")
    return Col({"$let": {"vars": {"it": document}, "in": f"$$it.{name}"}})


def _called(function: Callable[..., Any], count: int) -> tuple[tuple[str, ...], Col]:
    """The names of a function's parameters as variables, and what it makes of them."""
    names = list(inspect.signature(function).parameters)
    if len(names) != count:
        wanted = "item" if count == 1 else "value, item"
        raise Invalid(f"write lambda {wanted}: …; this function takes {len(names)} arguments")
    free: list[str] = []
    for name in names:
        known = (*_scope.get(), *free, *_REDUCED)
        stem = name if _VARIABLE.fullmatch(name) else "item"
        free.append(
            next(one for one in (stem, *(f"{stem}{i}" for i in range(2, 99))) if one not in known)
        )
    with _inside(free):
        return tuple(free), Col(_operand(function(*(Col(f"$${name}") for name in free))))


def _holds_reduction(document: Any) -> bool:
    match document:
        case Mapping():
            return "$reduce" in document or any(map(_holds_reduction, document.values()))
        case list():
            return any(map(_holds_reduction, document))
    return False


@contextmanager
def _inside(names: list[str]) -> Iterator[None]:
    token = _scope.set((*_scope.get(), *names))
    try:
        yield
    finally:
        _scope.reset(token)
