"""$size $in $arrayElemAt $first $last $isArray $range $anyElementTrue $allElementsTrue."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import Boolean, DType, List, Nothing, Number, optional, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Call, Expr, Items, Literal, Map, Variable
from vitrail.query.operator import Args, Complaint, Misfit, define, operator, said
from vitrail.query.operators.comparison import compare
from vitrail.query.value_types import item_type, like, nullable

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

MOST_RANGE = 100_000


def _null(name: str, place: int) -> Callable[[Args], tuple[Complaint, ...]]:
    def complaints(args: Args) -> tuple[Complaint, ...]:
        arg = args[place]
        if not nullable(arg):
            return ()
        return ((f"{name} of null", Call("$eq", (arg, Literal(None)))),)

    return complaints


def _needs_list(name: str, args: Args) -> None:
    inner = required(args[0].dtype)
    if not isinstance(inner, List | Nothing):
        raise Misfit(f"{name} needs a List, got {said(inner)}", argument=0)


def _size_type(args: Args) -> DType:
    _needs_list("$size", args)
    return like(args[0].dtype, Number(integer=True))


def _size(lowering: Lowering, args: Args) -> Tree:
    if isinstance(required(args[0].dtype), Nothing):
        return b.cast(b.NULL(), "BIGINT")
    if isinstance(args[0], Items):
        return b.number(len(args[0].items))
    return b.call("len", lowering.sql(args[0]))


define("$size", (1, 1), _size_type, _size, complaints=_null("$size", 0))
define("length", (1, 1), _size_type, _size)  # query documents' own: no complaint about null


def _in_type(args: Args) -> DType:
    inner = required(args[1].dtype)
    if not isinstance(inner, List | Nothing):
        raise Misfit(f"$in needs a List, got {said(inner)}", argument=1)
    if isinstance(args[1], Items):
        for item in args[1].items:
            Call("$eq", (args[0], item))
    elif isinstance(inner, List):
        Call("$eq", (args[0], Variable("this", inner.item)))
    return like(args[1].dtype, Boolean())


def _in(lowering: Lowering, args: Args) -> Tree:
    needle, listed = args
    if isinstance(required(listed.dtype), Nothing):
        return b.cast(b.NULL(), "BOOLEAN")
    if isinstance(listed, Items):
        return _among(lowering, needle, listed)
    item = item_type("$in", listed, 1)
    tree = lowering.sql(listed)
    argument = lowering.fresh()
    variable = Variable(argument, item)
    test = lowering.inside(
        {argument: exp.to_identifier(argument)}, lambda: compare(lowering, "$eq", variable, needle)
    )
    found = b.call("len", b.call("list_filter", tree, b.function((argument,), test)))
    return b.infix(exp.GT, found, b.number(0))


def _among(lowering: Lowering, needle: Expr, listed: Items) -> Tree:
    """A constant list is one parameter, whatever its length; the rest is compared one by one."""
    alike: list[Expr] = []
    rest: list[Expr] = []
    for item in listed.items:
        exact = _exactly(item, needle)
        (rest if exact is None else alike).append(item if exact is None else exact)
    if len(alike) <= 3:
        rest, alike = list(listed.items), []
    tests: list[Tree] = []
    if alike:
        found = b.call("list_contains", lowering.sql(Items(tuple(alike))), lowering.sql(needle))
        tests.append(b.coalesce(found, b.FALSE()) if nullable(needle) else found)
    tests += [compare(lowering, "$eq", needle, item) for item in rest]
    return b.either(*tests)


def _exactly(item: Expr, needle: Expr) -> Literal | None:
    """A constant in the needle's own type, where that loses nothing; None where it takes a comparison."""
    if not isinstance(item, Literal) or item.value is None or item.value != item.value:
        return None
    mine, theirs = required(item.dtype), required(needle.dtype)
    if not (isinstance(mine, Number) and isinstance(theirs, Number)):
        return item if mine == theirs else None
    if mine.integer == theirs.integer:
        return item
    value = item.value
    if theirs.integer:
        whole = isinstance(value, float) and value.is_integer() and abs(value) < 2.0**63
        return Literal(int(value)) if whole and isinstance(value, float) else None
    return Literal(float(value)) if isinstance(value, int) and abs(value) <= 2**53 else None


define("$in", (2, 2), _in_type, _in, complaints=_null("$in", 1))


def _index_type(args: Args) -> DType:
    item = item_type("$arrayElemAt", args[0])
    index = required(args[1].dtype)
    if isinstance(args[1], Literal) and isinstance(args[1].value, float):
        if not args[1].value.is_integer():
            raise Misfit("$arrayElemAt needs a whole number", argument=1)
    elif not isinstance(index, Nothing) and not (isinstance(index, Number) and index.integer):
        raise Misfit(f"$arrayElemAt needs a whole number, got {said(index)}", argument=1)
    return optional(item)


def _index(lowering: Lowering, args: Args) -> Tree:
    listed = lowering.sql(args[0])
    if isinstance(args[1], Literal):
        if args[1].value is None:
            return b.call("list_extract", listed, b.cast(b.NULL(), "BIGINT"))
        place = int(args[1].value)  # type: ignore[arg-type]
        return b.call("list_extract", listed, b.number(place + 1 if place >= 0 else place))
    return lowering.let(
        lowering.sql(args[1]),
        lambda i: b.call(
            "list_extract",
            listed,
            b.case(
                (b.infix(exp.GTE, i, b.number(0)), b.infix(exp.Add, i, b.number(1))), default=i.copy()
            ),
        ),
    )


define("$arrayElemAt", (2, 2), _index_type, _index)


def _end(name: str, place: int) -> None:
    def dtype(args: Args) -> DType:
        return optional(item_type(name, args[0]))

    def lower(lowering: Lowering, args: Args) -> Tree:
        return b.call("list_extract", lowering.sql(args[0]), b.number(place))

    define(name, (1, 1), dtype, lower)


_end("$first", 1)
_end("$last", -1)


def _is_array(lowering: Lowering, args: Args) -> Tree:
    if not isinstance(required(args[0].dtype), List):
        return b.FALSE()
    return b.not_null(lowering.sql(args[0])) if nullable(args[0]) else b.TRUE()


define("$isArray", (1, 1), lambda _args: Boolean(), _is_array)


def _quantifier(name: str, *, every: bool) -> None:
    def dtype(args: Args) -> DType:
        _needs_list(name, args)
        if not isinstance(args[0], Items):
            item_type(name, args[0])
        return like(args[0].dtype, Boolean())

    def lower(lowering: Lowering, args: Args) -> Tree:
        listed = args[0]
        if isinstance(listed, Items):
            tests = [lowering.truth(item) for item in listed.items]
            return b.both(*tests) if every else b.either(*tests)
        item = item_type(name, listed)
        if isinstance(item, Nothing):
            return b.cast(b.NULL(), "BOOLEAN")
        argument = lowering.fresh()
        if isinstance(listed, Map):
            counted = _mapped(lowering, listed, every=every)
        else:
            names = {argument: exp.to_identifier(argument)}
            truth = lowering.inside(names, lambda: lowering.truth(Variable(argument, item)))
            test = b.function((argument,), b.negate(truth) if every else truth)
            counted = b.call("len", b.call("list_filter", lowering.sql(listed), test))
        return b.infix(exp.EQ if every else exp.GT, counted, b.number(0))

    define(name, (1, 1), dtype, lower, complaints=_null(name, 0))


def _mapped(lowering: Lowering, listed: Map, *, every: bool) -> Tree:
    """Over a `$map` the test is made on the items themselves, without the list between."""

    def test() -> Tree:
        return b.negate(lowering.truth(listed.body)) if every else lowering.condition(listed.body)

    return b.call("len", lowering.over("list_filter", listed.source, listed.name, test))


_quantifier("$anyElementTrue", every=False)
define(  # no operator of the language: $anyElementTrue that is false of null
    "any",
    (1, 1),
    lambda _args: Boolean(),
    lambda lowering, args: b.coalesce(operator("$anyElementTrue").lower(lowering, args), b.FALSE()),
    where=lambda lowering, args: operator("$anyElementTrue").lower(lowering, args),
)
_quantifier("$allElementsTrue", every=True)


def _range_type(args: Args) -> DType:
    for place, arg in enumerate(args):
        inner = required(arg.dtype)
        whole = isinstance(arg, Literal) and isinstance(arg.value, float) and arg.value.is_integer()
        if (
            not whole
            and not isinstance(inner, Nothing)
            and not (isinstance(inner, Number) and inner.integer)
        ):
            raise Misfit(f"$range needs whole numbers, got {said(inner)}", argument=place)
    known = [a.value for a in args if isinstance(a, Literal) and isinstance(a.value, int | float)]
    if len(args) == 3 and isinstance(args[2], Literal) and args[2].value == 0:
        raise Misfit("$range needs a step other than 0", argument=2)
    if len(known) == len(args):
        start, stop, step = (int(v) for v in (*known, 1)[:3])
        if len(range(start, stop, step)) > MOST_RANGE:
            many = len(range(start, stop, step))
            raise Misfit(f"$range makes at most {MOST_RANGE:,} items, got {many:,}", argument=1)
    item = List(Number(integer=True))
    return optional(item) if any(nullable(arg) for arg in args) or len(args) == 3 else item


def _range(lowering: Lowering, args: Args) -> Tree:
    whole = [b.cast(lowering.sql(arg), "BIGINT") for arg in args]
    step = whole[2] if len(whole) == 3 else b.cast(b.number(1), "BIGINT")
    packed = b.struct({"f0": whole[0], "f1": whole[1], "f2": step})

    def guarded(v: Tree) -> Tree:
        start, stop, by = (b.part(v.copy(), f"f{i}") for i in range(3))
        wide = [b.cast(tree, "DOUBLE") for tree in (stop, start, by)]
        length = b.infix(exp.Div, b.infix(exp.Sub, wide[0], wide[1]), wide[2])
        refused = b.call("error", b.text(f"$range makes more than {MOST_RANGE:,} items"))
        return b.case(
            (b.infix(exp.EQ, by, b.number(0)), b.NULL()),
            (b.infix(exp.GT, length, b.number(MOST_RANGE)), refused),
            default=b.call("range", start.copy(), stop.copy(), by.copy()),
        )

    name = lowering.fresh()
    inside = guarded(exp.to_identifier(name))
    listed = b.call("list_transform", b.array(packed), b.function((name,), inside))
    return b.call("list_extract", listed, b.number(1))


def _range_complaints(args: Args) -> tuple[Complaint, ...]:
    missing = [Call("$eq", (arg, Literal(None))) for arg in args if nullable(arg)]
    found: list[Complaint] = [("$range of null", Call("$or", tuple(missing)))] if missing else []
    if len(args) == 3 and not isinstance(args[2], Literal):
        found.append(("$range with a step of 0", Call("$eq", (args[2], Literal(0)))))
    return tuple(found)


define("$range", (2, 3), _range_type, _range, complaints=_range_complaints)
