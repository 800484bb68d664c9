"""Arithmetic: whole numbers that outgrow 64 bits become floats, a null makes null, a zero divisor fails."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from evaluator.table import strict
from evaluator.values import Failed, Value, fitted, number


def numbers(*values: Value) -> None:
    """Fail where one of the values is no number."""
    for value in values:
        if value is not None and not number(value):
            raise Failed(f"{value!r} is no number")


def moved(date: dt.datetime, milliseconds: float) -> dt.datetime:
    """A date a number of milliseconds later."""
    if math.isnan(milliseconds) or math.isinf(milliseconds):
        raise Failed("no whole number of milliseconds")
    try:
        return date + dt.timedelta(milliseconds=round(milliseconds))
    except OverflowError as error:
        raise Failed("outside the calendar") from error


@strict("$add")
def _add(*values: Value) -> Value:
    dates = [value for value in values if isinstance(value, dt.datetime)]
    rest = [value for value in values if not isinstance(value, dt.datetime)]
    numbers(*rest)
    if len(dates) > 1:
        raise Failed("two dates")
    if None in rest:
        return None
    total = _total(rest)
    return moved(dates[0], total) if dates else fitted(total)


def _total(values: list[Any]) -> Any:
    whole = sum(value for value in values if isinstance(value, int))
    broken = [value for value in values if isinstance(value, float)]
    return whole if not broken else _float_sum(values)


def _float_sum(values: list[Any]) -> float:
    total = 0.0
    for value in values:
        total += value
    return total


@strict("$subtract")
def _subtract(left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    if isinstance(left, dt.datetime):
        if isinstance(right, dt.datetime):
            return (left - right) // dt.timedelta(milliseconds=1)
        numbers(right)
        return moved(left, -right)
    numbers(left, right)
    return fitted(left - right)


@strict("$multiply")
def _multiply(*values: Value) -> Value:
    numbers(*values)
    if None in values:
        return None
    product: Any = 1
    for value in values:
        product = fitted(product * value)
    return product


@strict("$divide")
def _divide(left: Value, right: Value) -> Value:
    numbers(left, right)
    if left is None or right is None:
        return None
    if right == 0:
        raise Failed("division by zero")
    return float(left) / float(right)


@strict("$mod")
def _mod(left: Value, right: Value) -> Value:
    numbers(left, right)
    if left is None or right is None:
        return None
    if right == 0:
        raise Failed("division by zero")
    if isinstance(left, int) and isinstance(right, int):
        return (abs(left) % abs(right)) * (-1 if left < 0 else 1)
    if math.isinf(left) or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.fmod(left, right)


@strict("$abs")
def _abs(value: Value) -> Value:
    numbers(value)
    if value is None:
        return None
    if value == -(2**63) and isinstance(value, int):
        raise Failed("the least whole number has no counterpart")
    return abs(value)


def _real(value: Value) -> float | None:
    numbers(value)
    return None if value is None else float(value)


@strict("$sqrt")
def _sqrt(value: Value) -> Value:
    real = _real(value)
    if real is not None and real < 0:
        raise Failed("a root of a negative number")
    return None if real is None else math.sqrt(real)


@strict("$exp")
def _exp(value: Value) -> Value:
    real = _real(value)
    try:
        return None if real is None else math.exp(real)
    except OverflowError:
        return math.inf


def _logarithm(real: float) -> float:
    if real <= 0:
        raise Failed("a logarithm of a number that is not positive")
    return math.log(real)


@strict("$ln")
def _ln(value: Value) -> Value:
    real = _real(value)
    return None if real is None else _logarithm(real)


@strict("$log10")
def _log10(value: Value) -> Value:
    real = _real(value)
    if real is None:
        return None
    _logarithm(real)
    return math.log10(real)


@strict("$log")
def _log(value: Value, base: Value) -> Value:
    real, foot = _real(value), _real(base)
    if real is None or foot is None:
        return None
    if foot == 1:
        raise Failed("a logarithm to base 1")
    above, below = _logarithm(real), _logarithm(foot)
    return above / below if not math.isinf(below) or not math.isinf(above) else math.nan


@strict("$pow")
def _pow(base: Value, exponent: Value) -> Value:
    numbers(base, exponent)
    if base is None or exponent is None:
        return None
    if base == 0 and exponent < 0:
        raise Failed("zero to a negative power")
    whole = _whole_power(base, exponent)
    return _real_power(base, exponent) if whole is None else whole


def _whole_power(base: float, exponent: float) -> int | None:
    """The power as a whole number; None where it is none, or none of 64 bits."""
    if not isinstance(base, int) or not isinstance(exponent, int):
        return None
    if abs(base) == 1:
        return base ** (abs(exponent) % 2 + 2)
    if exponent < 0 or (exponent > 63 and base != 0):
        return None
    found: int = base**exponent
    return found if -(2**63) <= found < 2**63 else None


def _real_power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        odd = float(exponent) % 2 == 1
        return -math.inf if base < 0 and odd else math.inf
    except ValueError:
        return math.nan
