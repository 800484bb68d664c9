"""Trigonometry: what lies outside a function's domain fails."""

from __future__ import annotations

import math
from collections.abc import Callable

from evaluator.arithmetic import numbers
from evaluator.table import STRICT, strict
from evaluator.values import Failed, Value


def _finite(function: Callable[[float], float]) -> Callable[[float], float]:
    def wrapped(value: float) -> float:
        if math.isinf(value):
            raise Failed("an infinite angle")
        return function(value)

    return wrapped


def _sinh(value: float) -> float:
    try:
        return math.sinh(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def _cosh(value: float) -> float:
    try:
        return math.cosh(value)
    except OverflowError:
        return math.inf


def _atanh(value: float) -> float:
    return math.copysign(math.inf, value) if abs(value) == 1 else math.atanh(value)


FUNCTIONS: dict[str, Callable[[float], float]] = {
    "$sin": _finite(math.sin),
    "$cos": _finite(math.cos),
    "$tan": _finite(math.tan),
    "$asin": math.asin,
    "$acos": math.acos,
    "$atan": math.atan,
    "$sinh": _sinh,
    "$cosh": _cosh,
    "$tanh": math.tanh,
    "$asinh": math.asinh,
    "$acosh": math.acosh,
    "$atanh": _atanh,
    "$degreesToRadians": math.radians,
    "$radiansToDegrees": math.degrees,
}


def _angle(function: Callable[[float], float]) -> Callable[[Value], Value]:
    def angle(value: Value) -> Value:
        numbers(value)
        if value is None or math.isnan(value):
            return None if value is None else math.nan
        try:
            return function(float(value))
        except ValueError as error:
            raise Failed("outside the domain") from error

    return angle


STRICT.update({name: _angle(function) for name, function in FUNCTIONS.items()})


@strict("$atan2")
def _atan2(y: Value, x: Value) -> Value:
    numbers(y, x)
    return None if y is None or x is None else math.atan2(y, x)
