"""What the operators do with values of several kinds.

Three roads. Choices, truth and comparisons take such values as they are. Where an argument must be of
one kind (a list, a text, a whole number…) the value is read as that kind, null and counted where it is
another (`as list`, `as text`…), and the typed operator goes on. The rest, such as $add or $toString, is
worked out on the decoded values by `vitrail.query.dynamic`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import (
    Boolean,
    DType,
    List,
    Mixed,
    Nothing,
    Number,
    Text,
    Timestamp,
    optional,
    required,
)
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Call, Expr, Literal
from vitrail.query.mixing import call, mixes, unmixing
from vitrail.query.operator import Args, Complaint, Misfit, Operator, define, operator, said
from vitrail.query.value_types import common, item_type

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

ANY = optional(Mixed())

# The kinds that an operator's arguments must have, one letter for each; the last holds for all after it.
_KINDS: dict[str, tuple[str, DType]] = {
    "l": ("as list", List(ANY)),
    "t": ("as text", Text()),
    "w": ("as whole number", Number(integer=True)),
    "n": ("as number", Number(integer=False)),
    "m": ("as timestamp", Timestamp("instant")),
    "b": ("as boolean", Boolean()),
}
_READ: dict[str, str] = {
    **dict.fromkeys(("$size", "length", "$first", "$last", "$reverseArray", "any"), "l"),
    **dict.fromkeys(("$concatArrays", "$anyElementTrue", "$allElementsTrue"), "l"),
    **dict.fromkeys(("$firstN", "$lastN", "$minN", "$maxN"), "wl"),
    "$in": ".l",
    "$arrayElemAt": "lw",
    "$slice": "lw",
    "$indexOfArray": "l.w",
    "$sortArray": "l.",
    **dict.fromkeys(("$concat", "$strLenCP", "$strLenBytes", "$split", "$strcasecmp"), "t"),
    **dict.fromkeys(("$trim", "$ltrim", "$rtrim", "$replaceOne", "$replaceAll"), "t"),
    **dict.fromkeys(("$regexMatch", "$regexFind", "$regexFindAll"), "t."),
    **dict.fromkeys(("$substrCP", "$substrBytes", "$substr"), "tw"),
    **dict.fromkeys(("$indexOfCP", "$indexOfBytes"), "ttw"),
    **dict.fromkeys(("$range", "$bitAnd", "$bitOr", "$bitXor", "$bitNot"), "w"),
    **dict.fromkeys(("$divide", "$sqrt", "$exp", "$ln", "$log", "$log10", "$pow"), "n"),
    **dict.fromkeys(("$sin", "$cos", "$tan", "$asin", "$acos", "$atan", "$atan2"), "n"),
    **dict.fromkeys(("$sinh", "$cosh", "$tanh", "$asinh", "$acosh", "$atanh"), "n"),
    **dict.fromkeys(("$degreesToRadians", "$radiansToDegrees"), "n"),
    **dict.fromkeys(("$year", "$month", "$week", "$hour", "$minute", "$second", "$millisecond"), "mt"),
    **dict.fromkeys(("$dayOfYear", "$dayOfMonth", "$dayOfWeek", "$isoDayOfWeek", "$isoWeek"), "mt"),
    "$isoWeekYear": "mt",
    "$dateToParts": "mtb",
    "$dateToString": "mt",
    "$dateDiff": "mmt",
    "$dateAdd": "mtwt",
    "$dateSubtract": "mtwt",
    "$dateTrunc": "mtwt",
    "$dateFromString": "t",
    "$dateFromString or null": "t",
    "date from parts": "wwwwwwwt",
    "date from iso parts": "wwwwwwwt",
}
_AS_THEY_ARE = frozenset(
    (
        *("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$cmp", "$and", "$or", "$not"),
        *("$cond", "$switch", "$ifNull", "as mixed", "matches", "refuses"),
        *("otherwise", "sound"),
        *("representative", "keep parts", "drop parts", "write part", "items"),
        *("lowest", "highest", "is full", "inside", "refuse"),
        *(name for name, _ in _KINDS.values()),
    )
)
_SILENTLY = " or null"  # ends the names of operators that make null of what they refuse, and say nothing
# Whose arguments may together be of several kinds, each being of one.
_TOGETHER = ("$setUnion", "$setIntersection", "$setDifference", "$setIsSubset", "$setEquals")
_STRICT = frozenset(
    (
        "$median",
        "$percentile",
        "$add",
        "$multiply",
        "$mod",
        "$abs",
        "$ceil",
        "$floor",
        "$round",
        "$trunc",
    )
)
_WORKED_OUT: dict[str, DType] = {
    **dict.fromkeys(_TOGETHER[:3], optional(List(ANY))),
    **dict.fromkeys(_TOGETHER[3:], optional(Boolean())),
    **dict.fromkeys(("$add", "$subtract", "$multiply", "$mod", "$abs", "$ceil", "$floor"), ANY),
    **dict.fromkeys(("$round", "$trunc", "$sum", "$min", "$max"), ANY),
    **dict.fromkeys(("$mergeObjects", "$arrayToObject", "$objectToArray", "$setField"), ANY),
    **dict.fromkeys(("$unsetField", "$getField", "$convert"), ANY),
    **dict.fromkeys(("$avg", "$stdDevPop", "$stdDevSamp", "$toDouble"), optional(Number(integer=False))),
    **dict.fromkeys(("$toInt", "$toLong"), optional(Number(integer=True))),
    **dict.fromkeys(("$toLower", "$toUpper", "$toString"), optional(Text())),
    "$toDate": optional(Timestamp("instant")),
    "$toBool": optional(Boolean()),
    "$median": optional(Number(integer=False)),
    "$percentile": optional(List(optional(Number(integer=False)))),
    "$isNumber": Boolean(),
    "$isArray": Boolean(),
    "$type": Text(),
}


def several(name: str, args: Args) -> bool:
    """Whether an operator has to do with values of several kinds."""
    if any(mixes(arg.dtype) for arg in args):
        return True
    lists = all(isinstance(required(arg.dtype), List | Nothing) for arg in args)
    return name in _TOGETHER and lists and mixes(common([arg.dtype for arg in args]))


def adapted(known: Operator, args: Args) -> Operator:
    """The operator as it takes these arguments, some of which are of several kinds.

    Raises:
        Misfit: it takes no such values.
    """
    name = known.name.removesuffix(_SILENTLY)
    if name in _AS_THEY_ARE:
        return known
    if name == "$zip":
        return _reading(known, args, "." * (2 + int(args[1].value)) + "l")  # type: ignore[attr-defined]
    if known.name in _READ:
        return _reading(known, args, _READ[known.name])
    if name in _WORKED_OUT:
        return _working_out(known, name, _WORKED_OUT[name])
    raise Misfit(f"{name} takes values of one kind, got {said(Mixed())}")


def _reading(known: Operator, args: Args, kinds: str) -> Operator:
    read = tuple(
        as_kind(arg, kinds[min(place, len(kinds) - 1)], known.name) for place, arg in enumerate(args)
    )
    if read == args:
        return known
    wrong = [_other(arg, typed) for arg, typed in zip(args, read, strict=True) if typed is not arg]

    def lower(lowering: Lowering, _args: Args) -> Tree:
        tree = known.lower(lowering, read)
        return b.case((b.negate(lowering.truth(Call("$or", tuple(wrong)))), tree))

    def complaints(_args: Args) -> tuple[Complaint, ...]:
        own = [
            complaint
            for arg, typed in zip(args, read, strict=True)
            if typed is not arg and isinstance(typed, Call)
            for complaint in operator(typed.name).complaints(typed.args)
        ]
        return (*own, *known.complaints(read))

    return replace(
        known,
        dtype=lambda _args: optional(known.dtype(read)),
        lower=lower,
        where=None,
        complaints=complaints,
    )


def _working_out(known: Operator, name: str, dtype: DType) -> Operator:
    def lower(lowering: Lowering, args: Args) -> Tree:
        return call(lowering, name, [lowering.as_type(arg, Mixed()) for arg in args], dtype)

    def complaints(args: Args) -> tuple[Complaint, ...]:
        if name != known.name:
            return ()
        return ((f"{name} of another kind", Call("refuses", (Literal(name), *args))),)

    def checked(args: Args) -> DType:
        for place, arg in enumerate(args if name in _TOGETHER else ()):
            item_type(name, arg, place)
        if name in _STRICT:  # what is of one kind must still be of the right one
            known.dtype(tuple(Literal(None) if mixes(arg.dtype) else arg for arg in args))
        return dtype

    return replace(known, dtype=checked, lower=lower, where=None, complaints=complaints)


def as_kind(value: Expr, letter: str, name: str) -> Expr:
    """A value of several kinds as one of a single kind; other values as they are."""
    if letter == "." or not isinstance(required(value.dtype), Mixed):
        return value
    return Call(_KINDS[letter][0], (value, Literal(name)))


def as_list(value: Expr, name: str) -> Expr:
    """The list that a value of several kinds is, null where it is none; other values as they are."""
    return as_kind(value, "l", name)


def as_mixed(value: Expr) -> Expr:
    """A value as one of several kinds."""
    return value if isinstance(required(value.dtype), Mixed) else Call("as mixed", (value,))


def _other(value: Expr, typed: Expr) -> Expr:
    return Call("$and", (Call("$ne", (value, Literal(None))), Call("$eq", (typed, Literal(None)))))


def _read_as(name: str, dtype: DType) -> None:
    """`name` of a value and the operator that wants it: the value as `dtype`, null of another kind."""

    def lower(lowering: Lowering, args: Args) -> Tree:
        if name == "as whole number":
            return lowering.let(b.call("mixed_number", lowering.sql(args[0])), _whole)
        return unmixing(lowering, lowering.sql(args[0]), dtype)

    def complaints(args: Args) -> tuple[Complaint, ...]:
        asked = args[1].value if isinstance(args[1], Literal) else name
        return ((f"{asked} of another kind", _other(args[0], Call(name, args))),)

    define(name, (2, 2), lambda _args: optional(dtype), lower, complaints=complaints)


def _whole(tree: Tree) -> Tree:
    test = b.infix(exp.EQ, tree, b.call("floor", tree.copy()))
    small = exp.TryCast(this=tree.copy(), to=exp.DataType.build("BIGINT", dialect="duckdb"))
    return b.case((test, small))


for _name, _dtype in _KINDS.values():
    _read_as(_name, _dtype)


define(  # of several equal values the same one, so that texts are equal where values are
    "representative",
    (1, 1),
    lambda _args: ANY,
    lambda lowering, args: call(lowering, "representative", [lowering.as_type(args[0], Mixed())], ANY),
)


def group_key(value: Expr) -> Expr:
    """What rows are grouped by that are to stand together where their values are equal."""
    if not isinstance(required(value.dtype), Mixed):
        return value
    done = isinstance(value, Call) and value.name == "representative"
    return value if done else Call("representative", (value,))


def _items(lowering: Lowering, args: Args) -> Tree:
    def listed(v: Tree) -> Tree:
        return b.coalesce(b.call("mixed_items", v), b.case((b.not_null(v), b.array(v.copy()))))

    return lowering.let(lowering.as_type(args[0], Mixed()), listed)


# the items of a list, what is no list as the only one, null of null
define("items", (1, 1), lambda _args: optional(List(ANY)), _items)


define(
    "as mixed",
    (1, 1),
    lambda _args: ANY,
    lambda lowering, args: lowering.as_type(args[0], Mixed()),
)


def _refuses(lowering: Lowering, args: Args) -> Tree:
    """Whether an operator, named first, refuses its arguments."""
    trees = [lowering.as_type(arg, Mixed()) for arg in args[1:]]
    return b.call("mixed_fails", lowering.sql(args[0]), b.cast(b.array(*trees), "VARCHAR[]"))


define("refuses", (1, None), lambda _args: Boolean(), _refuses)


def _matches(lowering: Lowering, args: Args) -> Tree:
    """Whether a value meets a condition of a query document, given as a text."""
    return b.call("mixed_matches", lowering.as_type(args[0], Mixed()), lowering.sql(args[1]))


define("matches", (2, 2), lambda _args: Boolean(), _matches)
