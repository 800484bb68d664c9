"""$add $subtract $multiply $mod $abs $ceil $floor $round $trunc on decoded values."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, localcontext

from vitrail.mixed import Value, microseconds
from vitrail.query.dynamic.table import Refused, define, is_number

_DAY = dt.timedelta(milliseconds=1)


def _numbers(name: str, args: tuple[Value, ...]) -> None:
    for arg in args:
        if not is_number(arg):
            raise Refused(f"{name} of a value that is no number")


def add(*args: Value) -> Value:
    """$add: numbers, and at most one timestamp, which they move by milliseconds."""
    moments = [arg for arg in args if isinstance(arg, dt.date)]
    rest = tuple(arg for arg in args if not isinstance(arg, dt.date))
    if len(moments) > 1:
        raise Refused("$add of two timestamps")
    _numbers("$add", tuple(arg for arg in rest if arg is not None))
    if None in args:
        return None
    total = sum(rest)
    return _moved(moments[0], total) if moments else total


def _moved(moment: dt.date, milliseconds: float) -> dt.date:
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime(moment.year, moment.month, moment.day)
    if not math.isfinite(milliseconds):
        raise Refused("a timestamp moved by a number that is not finite")
    return moment + round(milliseconds) * _DAY


def subtract(left: Value, right: Value) -> Value:
    """$subtract: numbers, a timestamp less milliseconds, or the milliseconds between two timestamps."""
    if left is None or right is None:
        return None
    if isinstance(left, dt.date) and isinstance(right, dt.date):
        return (microseconds(left) // 1000) - (microseconds(right) // 1000)
    _numbers("$subtract", (right,))
    if isinstance(left, dt.date):
        return _moved(left, -right)
    _numbers("$subtract", (left,))
    return left - right


def multiply(*args: Value) -> Value:
    """$multiply."""
    _numbers("$multiply", tuple(arg for arg in args if arg is not None))
    return None if None in args else math.prod(args)


def modulo(left: Value, right: Value) -> Value:
    """$mod, with the sign of the dividend."""
    if left is None or right is None:
        return None
    _numbers("$mod", (left, right))
    if right == 0:
        raise Refused("$mod by zero")
    if isinstance(left, int) and isinstance(right, int):
        return (abs(left) % abs(right)) * (-1 if left < 0 else 1)
    return math.fmod(left, right) if math.isfinite(left) else math.nan


def _of_one(name: str, make: Callable[[float], Value]) -> None:
    def work(value: Value) -> Value:
        if value is None:
            return None
        _numbers(name, (value,))
        return make(value)

    define(name, work)


def _absolute(value: float) -> Value:
    if value == -(2**63) and isinstance(value, int):
        raise Refused("$abs of the least whole number")
    return abs(value)


def _step(step: Callable[[float], int]) -> Callable[[float], Value]:
    def make(value: float) -> Value:
        return float(step(value)) if isinstance(value, float) and math.isfinite(value) else value

    return make


def _places(name: str, way: str) -> None:
    def work(value: Value, place: Value = 0) -> Value:
        if value is None or place is None:
            return None
        _numbers(name, (value, place))
        if place != int(place) or not -20 <= place <= 100:
            raise Refused(f"{name} to a place that is no whole number from -20 to 100")
        return _rounded(value, int(place), way)

    define(name, work)


def _rounded(value: float, place: int, way: str) -> Value:
    if isinstance(value, float) and not math.isfinite(value):
        return value
    with localcontext() as context:
        context.prec = 500
        exact = Decimal(value).quantize(Decimal(1).scaleb(-place), rounding=way)
    if isinstance(value, float):
        return float(exact)
    whole = int(exact)
    if not -(2**63) <= whole < 2**63:
        raise Refused("a whole number rounded past 64 bits")
    return whole


define("$add", add)
define("$subtract", subtract)
define("$multiply", multiply)
define("$mod", modulo)
_of_one("$abs", _absolute)
_of_one("$ceil", _step(math.ceil))
_of_one("$floor", _step(math.floor))
_places("$round", ROUND_HALF_EVEN)
_places("$trunc", ROUND_DOWN)
