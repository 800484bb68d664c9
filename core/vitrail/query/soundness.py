"""Rows in which MongoDB would refuse an expression: its whole value is null there, not a part's alone."""

from __future__ import annotations

from vitrail.query.complaint import complaints
from vitrail.query.expr import Call, Expr, Field, Literal, Record

# These are null wherever one of their arguments is.
_THROUGH = frozenset(
    (
        *("$add", "$subtract", "$multiply", "$divide", "$mod", "$abs", "$ceil", "$floor", "$round"),
        *("$trunc", "$sqrt", "$exp", "$ln", "$log", "$log10", "$pow", "$size", "length", "$strLenCP"),
        *(
            "$strLenBytes",
            "$arrayElemAt",
            "$first",
            "$last",
            "$reverseArray",
            "$concat",
            "$concatArrays",
        ),
        *("$toInt", "$toLong", "$toDouble", "$toString", "$toDate", "$toBool", "$split"),
        *("$year", "$month", "$dayOfMonth", "$hour", "$minute", "$second", "$millisecond"),
        *("$dayOfWeek", "$dayOfYear", "$week", "$isoWeek", "$isoWeekYear", "$isoDayOfWeek"),
        *("$sin", "$cos", "$tan", "$asin", "$acos", "$atan", "$atan2", "$sinh", "$cosh", "$tanh"),
        *("$asinh", "$acosh", "$atanh", "$degreesToRadians", "$radiansToDegrees"),
    )
)
_FIRST_NULL_FAILS = frozenset(("$gt", "$gte", "$eq"))
_SECOND_NULL_FAILS = frozenset(("$lt", "$lte", "$eq"))


def sound(expr: Expr, *, asked: bool = False) -> Expr:
    """The expression, null in each row that MongoDB refuses; a document written out, part by part.

    Args:
        expr: what is worked out for a row.
        asked: whether only its truth counts, so that false is as good as null.
    """
    if isinstance(expr, Record) and not asked:
        return Record(tuple((name, sound(value)) for name, value in expr.parts))
    refusals = tuple(dict.fromkeys(_loose(expr, asked=asked)))
    if not refusals:
        return expr
    return Call("sound", (refusals[0] if len(refusals) == 1 else Call("$or", refusals), expr))


def _loose(expr: Expr, *, asked: bool) -> list[Expr]:
    """The refusals in spite of which the value may be anything else than null."""
    match expr:
        case Call(name=name, args=args) if name in _THROUGH:
            return [when for arg in args for when in _loose(arg, asked=False)]
        case Call(name="$and", args=args) if asked:
            return [when for arg in args for when in _loose(arg, asked=True)]
        case Call(name=name, args=(value, Literal() as constant)) if asked and name in _FIRST_NULL_FAILS:
            if constant.value is not None:
                return _loose(value, asked=False)
        case Call(name=name, args=(Literal() as constant, value)) if (
            asked and name in _SECOND_NULL_FAILS
        ):
            if constant.value is not None:
                return _loose(value, asked=False)
        case Call(name="sound"):
            return []
        case Field(source=source):
            return _loose(source, asked=False)
    if isinstance(expr, Call):
        inner = [when for arg in expr.args for _, when in complaints(arg)]
        own = [when for _, when in complaints(expr)]
        return own if inner or _keeps(expr) else []
    return [when for _, when in complaints(expr)]


def _keeps(expr: Call) -> bool:
    """Whether an operator that is refused by a row has no null of its own there."""
    return expr.name in ("$cond", "$ifNull", "$switch", "any", "otherwise")
