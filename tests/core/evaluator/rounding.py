"""Rounding to whole numbers and to decimal places, half to even on the exact value."""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal

from evaluator.arithmetic import numbers
from evaluator.table import strict
from evaluator.values import Failed, Value, wanted_whole

_EXACT = Context(prec=2000)


def _at(value: Value, place: Value, rounding: str) -> Value:
    numbers(value, place)
    if value is None or place is None:
        return None
    digits = wanted_whole(place)
    if not -20 <= digits <= 100:
        raise Failed("the place is outside -20 to 100")
    if isinstance(value, float) and (math.isnan(value) or math.isinf(value)):
        return value
    exact = Decimal(value).quantize(Decimal(1).scaleb(-digits), rounding=rounding, context=_EXACT)
    if isinstance(value, float):
        return math.copysign(float(exact), value)
    if digits >= 0:
        return value
    if not -(2**63) <= int(exact) < 2**63:
        raise Failed("outside 64 bits")
    return int(exact)


@strict("$round")
def _round(value: Value, place: Value = 0) -> Value:
    return _at(value, place, ROUND_HALF_EVEN)


@strict("$trunc")
def _trunc(value: Value, place: Value = 0) -> Value:
    return _at(value, place, ROUND_DOWN)


def _step(value: Value, up: bool) -> Value:
    numbers(value)
    if not isinstance(value, float) or math.isnan(value) or math.isinf(value):
        return value
    return math.copysign(float(math.ceil(value) if up else math.floor(value)), value)


@strict("$ceil")
def _ceil(value: Value) -> Value:
    return _step(value, True)


@strict("$floor")
def _floor(value: Value) -> Value:
    return _step(value, False)
