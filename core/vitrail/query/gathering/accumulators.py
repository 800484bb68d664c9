"""$sum $avg $min $max $count $stdDevPop $stdDevSamp $median $percentile $addToSet $mergeObjects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, Image, List, Mixed, Nothing, Number, Struct, optional, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Items, Literal
from vitrail.query.gather import Gather, define
from vitrail.query.mixing import mixes
from vitrail.query.operator import Misfit, said
from vitrail.query.operators.comparison import rank

if TYPE_CHECKING:
    from vitrail.query.folding import Folding

_FLOAT = Number(integer=False)


def _inner(gather: Gather) -> DType:
    return required(gather.args[0].dtype)


def _number(folding: Folding, gather: Gather) -> Tree | None:
    """A row's number; None where the values are no numbers."""
    if isinstance(_inner(gather), Mixed):
        return b.call("mixed_number", folding.sql(gather.args[0]))
    return folding.sql(gather.args[0]) if isinstance(_inner(gather), Number) else None


def _sum_type(gather: Gather) -> DType:
    inner = _inner(gather)
    if isinstance(inner, Mixed):
        return _FLOAT
    return Number(integer=not isinstance(inner, Number) or bool(inner.integer))


def _sum(folding: Folding, gather: Gather) -> Tree:
    number = _number(folding, gather)
    if number is None:
        return b.number(0)
    return b.coalesce(folding.aggregate("sum", number), b.number(0))


define("$sum", _sum_type, _sum)


def _float(_gather: Gather) -> DType:
    return optional(_FLOAT)


def _avg(folding: Folding, gather: Gather) -> Tree:
    number = _number(folding, gather)
    return b.cast(b.NULL(), "DOUBLE") if number is None else folding.aggregate("avg", number)


define("$avg", _float, _avg)


def _deviation(name: str, function: str) -> None:
    def lower(folding: Folding, gather: Gather) -> Tree:
        number = _number(folding, gather)
        if number is None:
            return b.cast(b.NULL(), "DOUBLE")
        number = b.cast(number, "DOUBLE")
        finite = b.call("isfinite", number.copy())
        odd = folding.aggregate("count", exp.Star(), where=b.negate(finite.copy()))
        spread = folding.aggregate(function, number.copy(), where=finite)
        return b.case((b.infix(exp.GT, odd, b.number(0)), b.nan()), default=spread)

    define(name, _float, lower)


_deviation("$stdDevPop", "stddev_pop")
_deviation("$stdDevSamp", "stddev_samp")


def _extreme(name: str) -> None:
    least = name == "$min"

    def dtype(gather: Gather) -> DType:
        return optional(comparable(name, gather.args[0].dtype))

    def lower(folding: Folding, gather: Gather) -> Tree:
        arg, inner = gather.args[0], _inner(gather)
        tree = folding.sql(arg)
        if isinstance(inner, Nothing):
            return folding.aggregate("any_value", tree)
        if isinstance(inner, List | Struct | Image | Mixed):
            key = folding.lowering.key(tree.copy(), arg.dtype)
            there = b.not_null(tree)
            return folding.aggregate("arg_min" if least else "arg_max", tree, key, where=there)
        plain = folding.aggregate("min" if least else "max", tree)
        if not isinstance(inner, Number) or inner.integer:
            return plain
        nan = b.is_nan(tree)  # the least number here, the greatest to the engine
        some = folding.aggregate("count", exp.Star(), where=nan.copy())
        if least:
            return b.case((b.infix(exp.GT, some, b.number(0)), b.nan()), default=plain)
        return b.coalesce(folding.aggregate("max", tree.copy(), where=b.negate(nan)), plain)

    define(name, dtype, lower)


def comparable(name: str, dtype: DType) -> DType:
    """The type, refused where its values have no order."""
    inner = required(dtype)
    if not isinstance(inner, Nothing | Mixed) and rank(inner) is None:
        raise Misfit(f"{name} needs values that can be ordered, got {said(inner)}")
    return dtype


_extreme("$min")
_extreme("$max")


def _count(folding: Folding, _gather: Gather) -> Tree:
    return folding.aggregate("count", exp.Star())


define("$count", lambda _: Number(integer=True), _count, parameters=("",))


def _quantile_type(gather: Gather) -> DType:
    return List(optional(_FLOAT)) if gather.name == "$percentile" else optional(_FLOAT)


def _quantiles(gather: Gather) -> list[float]:
    ps = gather.args[1] if len(gather.args) > 1 else Items((Literal(0.5),))
    listed = ps.items if isinstance(ps, Items) else ()
    return [
        float(p.value) for p in listed if isinstance(p, Literal) and isinstance(p.value, int | float)
    ]


def _quantile(folding: Folding, gather: Gather) -> Tree:
    number, ps = _number(folding, gather), _quantiles(gather)
    nothing = b.cast(b.NULL(), "DOUBLE")
    values: list[Tree] = [nothing.copy() for _ in ps]
    if number is not None:
        number = b.cast(number, "DOUBLE")
        known = b.negate(b.is_nan(number))
        values = [
            folding.aggregate(
                "quantile_disc", number.copy(), folding.lowering.bind(p), where=known.copy()
            )
            for p in ps
        ]
    return b.array(*values) if gather.name == "$percentile" else values[0]


define("$median", _quantile_type, _quantile, parameters=("input", "method"))
define("$percentile", _quantile_type, _quantile, parameters=("input", "p", "method"))


def _set_type(gather: Gather) -> DType:
    return List(gather.args[0].dtype)


def _set(folding: Folding, gather: Gather) -> Tree:
    (arg,), inner = gather.args, _inner(gather)
    tree = folding.sql(arg)
    if mixes(inner):
        pair = b.struct({"k": folding.lowering.key(tree.copy(), arg.dtype), "v": tree})
        by_key = b.call("list_sort", folding.aggregate("array_agg", pair, distinct=True))
        return folding.lowering.let(b.coalesce(by_key, b.array()), lambda v: _firsts(folding, v))
    found = folding.aggregate("array_agg", tree, distinct=True)
    return b.coalesce(b.call("list_sort", found, b.text("ASC"), b.text("NULLS FIRST")), b.array())


def _firsts(folding: Folding, pairs: Tree) -> Tree:
    """Of sorted pairs of a key and a value the first value of each key."""
    item, place = folding.lowering.fresh(), folding.lowering.fresh()
    before = b.call(
        "list_extract", pairs.copy(), b.infix(exp.Sub, exp.to_identifier(place), b.number(1))
    )
    first = b.either(
        b.infix(exp.EQ, exp.to_identifier(place), b.number(1)),
        b.different(b.part(before, "k"), b.part(exp.to_identifier(item), "k")),
    )
    kept = b.call("list_filter", pairs.copy(), b.function((item, place), first))
    return folding.lowering.each("list_transform", kept, lambda v: b.part(v, "v"))


define("$addToSet", _set_type, _set)


def _merged_type(gather: Gather) -> DType:
    inner = _inner(gather)
    if isinstance(inner, Struct):
        return Struct(tuple((name, optional(part)) for name, part in inner.parts or ()))
    if isinstance(inner, Mixed | Nothing):
        return inner if isinstance(inner, Mixed) else optional(inner)
    raise Misfit(f"$mergeObjects needs documents, got {said(inner)}", argument=0)


def _merged(folding: Folding, gather: Gather) -> Tree:
    tree, inner = folding.sql(gather.args[0]), _inner(gather)
    last = folding.aggregate("last", tree, order=folding.standing, where=b.not_null(tree))
    if not isinstance(inner, Struct):
        return last
    parts = {f"f{i}": b.part(last.copy(), f"f{i}") for i in range(len(inner.parts or ()))}
    return b.struct(parts) if parts else last


define("$mergeObjects", _merged_type, _merged, places=("group",))
