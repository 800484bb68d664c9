"""The evaluator's operators by name: strict ones take values, the others their argument as it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from evaluator.values import Value

if TYPE_CHECKING:
    from evaluator.expression import Scope

Strict = Callable[..., Value]
Form = Callable[[Any, "Scope"], Value]
STRICT: dict[str, Strict] = {}
FORMS: dict[str, Form] = {}
NAMED: dict[str, tuple[str, ...]] = {}


def strict(name: str, *parameters: str) -> Callable[[Strict], Strict]:
    """Enter an operator whose arguments are worked out first; `parameters` where it takes a document."""

    def enter(function: Strict) -> Strict:
        STRICT[name] = function
        if parameters:
            NAMED[name] = parameters
        return function

    return enter


def form(name: str) -> Callable[[Form], Form]:
    """Enter an operator that works out its argument by itself."""

    def enter(function: Form) -> Form:
        FORMS[name] = function
        return function

    return enter
