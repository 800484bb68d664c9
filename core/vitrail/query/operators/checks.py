"""What the operators' files check of their arguments, and how they tell of what has no value."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from vitrail.dtypes import DType, Nothing, Number, Text, optional, required
from vitrail.errors import Invalid
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Call, Expr, Literal
from vitrail.query.operator import Args, Complaint, Misfit, said
from vitrail.query.value_types import nullable

MOST_BYTES = 1_000_000
MOST_ITEMS = 100_000


def texts(name: str, args: Args, places: tuple[int, ...] | None = None) -> None:
    """Refuse what is no text; `places` says which arguments are looked at."""
    for place in range(len(args)) if places is None else places:
        if not isinstance(required(args[place].dtype), Text | Nothing):
            raise Misfit(f"{name} needs a Text, got {said(args[place].dtype)}", argument=place)


def wholes(name: str, args: Args, places: tuple[int, ...], *, least: int | None = None) -> None:
    """Refuse what is no whole number, or a constant one below `least`; 1.0 is whole."""
    for place in places:
        arg, inner = args[place], required(args[place].dtype)
        value = constant(arg)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        elif not isinstance(inner, Nothing) and not (isinstance(inner, Number) and inner.integer):
            raise Misfit(f"{name} needs a whole number, got {said(inner)}", argument=place)
        if least is not None and isinstance(value, int) and value < least:
            raise Misfit(f"{name} needs a whole number, {least} or more, got {value}", argument=place)
        if isinstance(value, int) and not -(2**31) <= value < 2**31:
            raise Misfit(f"{name} needs a whole number of 32 bits, got {value}", argument=place)


def constant(arg: Expr) -> Any:
    """The value of a constant; None where it is none, or null."""
    return arg.value if isinstance(arg, Literal) else None


def missing(args: Args, dtype: DType) -> DType:
    """`dtype`, which may be missing where any argument is."""
    return optional(dtype) if any(nullable(arg) for arg in args) else dtype


def is_null(arg: Expr) -> Expr:
    """An expression that is true where the value is null."""
    return Call("$eq", (arg, Literal(None)))


def there(*args: Expr) -> tuple[Expr, ...]:
    """Expressions that are true where none of the values is null."""
    return tuple(Call("$ne", (arg, Literal(None))) for arg in args if nullable(arg))


def of_null(name: str, args: Args, places: tuple[int, ...]) -> tuple[Complaint, ...]:
    """The complaint that one of the arguments is null."""
    tests = tuple(is_null(args[place]) for place in places if nullable(args[place]))
    if not tests:
        return ()
    return ((f"{name} of null", tests[0] if len(tests) == 1 else Call("$or", tests)),)


def below(text: str, args: Args, places: tuple[int, ...], least: int) -> tuple[Complaint, ...]:
    """The complaint that one of the whole numbers is less than `least`."""
    tests = tuple(
        Call("$and", (*there(args[place]), Call("$lt", (args[place], Literal(least)))))
        for place in places
        if not isinstance(args[place], Literal)
    )
    return ((text, Call("$or", tests)),) if tests else ()


def no_value(text: str, call: Call, inputs: tuple[Expr, ...]) -> tuple[Complaint, ...]:
    """The complaint that a call has no value although nothing that it was given is null."""
    return ((text, Call("$and", (*there(*inputs), is_null(call)))),)


def whole_sql(tree: Tree) -> Tree:
    """A whole number of 32 bits, null past them, where MongoDB refuses the row."""
    small = exp.TryCast(this=tree, to=exp.DataType.build("INTEGER", dialect="duckdb"))
    return b.cast(small, "BIGINT")


def refused(message: str) -> Tree:
    """An error that ends the question, where an answer would grow past its bound."""
    return b.call("error", b.text(message))


def where_none_null(trees: list[Tree], result: Tree) -> Tree:
    """A result that is null where any of the values is, whatever the engine's function makes of null."""
    if not trees:
        return result
    return b.case((b.both(*(b.not_null(tree) for tree in trees)), result))


def null_of(dtype: DType) -> Tree:
    """Null as a value of a type."""
    try:
        return b.cast(b.NULL(), b.duck_type(dtype))
    except Invalid:
        return exp.Null()
