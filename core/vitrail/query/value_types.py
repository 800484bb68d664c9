"""The types of what expressions are made of: of several values together, of items, parts and constants."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from vitrail.dtypes import (
    Boolean,
    DType,
    List,
    Mixed,
    Nothing,
    Number,
    Optional,
    Struct,
    Text,
    Timestamp,
    optional,
    required,
)
from vitrail.errors import Invalid, QueryError, did_you_mean
from vitrail.query.operator import Misfit, said
from vitrail.union import union

if TYPE_CHECKING:
    from vitrail.query.expr import Expr


def common(dtypes: list[DType]) -> DType:
    """The least type that holds values of all the types: `Mixed` of several kinds, `Nothing` of none."""
    result: DType = Nothing()
    for place, dtype in enumerate(dtypes):
        result = _both(result, dtype) if place else dtype
    return result


def _both(left: DType, right: DType) -> DType:
    """The least type that holds values of both; where `union` has none, of several kinds."""
    if left == right:
        return left
    match left, right:
        case (Optional() | Nothing(), _) | (_, Optional() | Nothing()) if Nothing() not in (left, right):
            return optional(_both(required(left), required(right)))
        case (Mixed(), Nothing()) | (Nothing(), Mixed()):
            return optional(Mixed())
        case (Mixed(), _) | (_, Mixed()):
            return Mixed()
        case List(mine), List(theirs):
            return List(_both(mine, theirs))
        case Struct(parts=tuple(mine)), Struct(parts=tuple(theirs)):
            parts = {name: optional(dtype) for name, dtype in (*mine, *theirs)}
            known = dict(theirs)
            shared = {name: _both(dtype, known[name]) for name, dtype in mine if name in known}
            return Struct(tuple((parts | shared).items()))
    try:
        return union(left, right, "it")
    except Invalid:
        return Mixed()


def nullable(expr: Expr) -> bool:
    """Whether the value can be null."""
    return isinstance(expr.dtype, Optional | Nothing)


def like(source: DType, dtype: DType) -> DType:
    """`dtype`, which may be missing where `source` may."""
    return optional(dtype) if isinstance(source, Optional | Nothing) else dtype


def item_type(operator_name: str, source: Expr, argument: int | None = 0) -> DType:
    """The type of a list's items.

    Raises:
        Misfit: the source is no list.
    """
    match required(source.dtype):
        case List(item):
            return item
        case Mixed():
            return optional(Mixed())
        case Nothing():
            return Nothing()
    raise Misfit(f"{operator_name} needs a List, got {said(source.dtype)}", argument=argument)


def literal_type(value: object) -> DType:
    """The type of a constant.

    Raises:
        QueryError: no query can hold it.
    """
    match value:
        case None:
            return Nothing()
        case bool():
            return Boolean()
        case int():
            return Number(integer=True)
        case float():
            return Number(integer=False)
        case str():
            return Text()
        case dt.datetime():
            return Timestamp("naive" if value.tzinfo is None else "instant")
        case dt.date():
            return Timestamp("date")
    raise QueryError(f"a {type(value).__name__} is no value of a query")


def part_type(dtype: DType, name: str) -> DType:
    """The type of a part of a struct or a picture; of a list, that part of each of its items.

    Raises:
        QueryError: there is no such part; the message names the nearest.
    """
    match dtype:
        case Optional(item):
            return optional(part_type(item, name))
        case Mixed():
            return optional(Mixed())
        case List(item) if isinstance(required(item), Mixed):
            return optional(Mixed())
        case List(item):
            return List(part_type(item, name))
    found = dtype.field(name)
    if found is None:
        if not dtype.field_names:
            raise QueryError(f"{required(dtype)} has no parts, so no {name!r}")
        raise QueryError(f"no part {name!r}{did_you_mean(name, dtype.field_names)}")
    return found[0]
