"""Expressions of a wanted type for hypothesis, of growing depth, and query documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from evaluator.made_tables import SCALARS, VALUES, Kind

Names = tuple[tuple[Any, Kind], ...]


def references(schema: dict[str, Kind]) -> Names:
    """How the columns of a table are written, and parts of structs, each with its type."""
    found = [(_column(name), kind) for name, kind in schema.items()]
    for name, kind in schema.items():
        if isinstance(kind, dict) and "struct" in kind:
            found += [(_part(_column(name), part), inner) for part, inner in kind["struct"].items()]
        elif isinstance(kind, dict) and isinstance(kind["list"], dict) and "struct" in kind["list"]:
            parts = kind["list"]["struct"].items()
            found += [
                (f"{_column(name)}.{p}", {"list": k}) for p, k in parts if _spelled(name) and _spelled(p)
            ]
    return tuple(found)


def _spelled(name: str) -> bool:
    return bool(name) and "." not in name and not name.startswith("$") and "\0" not in name


def _column(name: str) -> Any:
    return f"${name}" if _spelled(name) else {"$getField": {"$literal": name}}


def _part(column: Any, name: str) -> Any:
    if isinstance(column, str) and _spelled(name):
        return f"{column}.{name}"
    return {"$getField": {"field": {"$literal": name}, "input": column}}


def literal(value: Any) -> Any:
    """A value as an expression."""
    return {"$literal": value} if isinstance(value, str) and value.startswith("$") else value


@dataclass
class Maker:
    """Makes expressions over the names that are known at a place."""

    draw: st.DrawFn
    names: Names
    depth: int

    def any_of(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def scalar(self) -> str:
        return str(self.any_of(*SCALARS))

    def with_(self, name: str, kind: Kind) -> Maker:
        parts = kind.get("struct", {}) if isinstance(kind, dict) else {}
        known = tuple((_part(f"$${name}", part), inner) for part, inner in parts.items())
        return Maker(self.draw, (*self.names, (f"$${name}", kind), *known), self.depth)

    def leaf(self, kind: Kind) -> Any:
        known = [reference for reference, other in self.names if other == kind]
        if known and self.draw(st.integers(0, 3)):
            return self.any_of(*known)
        if isinstance(kind, str):
            return literal(self.draw(VALUES[kind]))
        if "list" in kind:
            return [self.leaf(kind["list"]) for _ in range(self.draw(st.integers(1, 2)))]
        return known[0] if known else self._document(kind, Maker.leaf)

    def _document(self, kind: Kind, make: Callable[[Maker, Kind], Any]) -> Any:
        return {
            "$cond": [
                True,
                {n: make(self, k) for n, k in kind["struct"].items()},
                {n: make(self, k) for n, k in kind["struct"].items()},
            ]
        }

    def make(self, kind: Kind) -> Any:
        """An expression of a type."""
        if self.depth <= 0 or not self.draw(st.integers(0, 4)):
            return self.leaf(kind)
        inner = Maker(self.draw, self.names, self.depth - 1)
        if isinstance(kind, str):
            makers = (*OF_ANY, *OF[kind], *OF[kind])
        else:
            makers = (*OF_ANY, *OF_LIST) if "list" in kind else OF_ANY
        return self.any_of(*makers)(inner, kind)


def _calls(name: str, *kinds: Kind) -> Callable[[Maker, Kind], Any]:
    def make(maker: Maker, _kind: Kind) -> Any:
        return {name: [maker.make(kind) for kind in kinds]}

    return make


def _compare(maker: Maker, _kind: Kind) -> Any:
    kind = maker.any_of(*SCALARS, {"list": "int64"}, {"list": "double"}, {"list": "string"})
    other = {"int64": "double", "double": "int64"}.get(kind, kind) if isinstance(kind, str) else kind
    right = maker.any_of(None, maker.make(kind), maker.make(other))
    return {maker.any_of("$eq", "$ne", "$gt", "$gte", "$lt", "$lte"): [maker.make(kind), right]}


def _cmp(maker: Maker, _kind: Kind) -> Any:
    return {"$cmp": next(iter(_compare(maker, "bool").values()))}


def _logic(maker: Maker, _kind: Kind) -> Any:
    name = maker.any_of("$and", "$or")
    return {name: [maker.make(maker.any_of("bool", "int64", "double", "string")) for _ in range(2)]}


def _not(maker: Maker, _kind: Kind) -> Any:
    return {"$not": [maker.make(maker.scalar())]}


def _lists_asked(maker: Maker, _kind: Kind) -> Any:
    item = maker.any_of("int64", "double", "string")
    one, other = maker.make({"list": item}), maker.make({"list": item})
    name = maker.any_of("$setIsSubset", "$setEquals", "$in", "$anyElementTrue", "$allElementsTrue")
    if name == "$in":
        return {name: [maker.make(item), other]}
    return {name: [one, other] if name.startswith("$set") else [one]}


def _cond(maker: Maker, kind: Kind) -> Any:
    return {"$cond": [maker.make("bool"), maker.make(kind), maker.make(kind)]}


def _if_null(maker: Maker, kind: Kind) -> Any:
    return {"$ifNull": [maker.make(kind), maker.make(kind)]}


def _switch(maker: Maker, kind: Kind) -> Any:
    branches = [{"case": maker.make("bool"), "then": maker.make(kind)} for _ in range(2)]
    return {"$switch": {"branches": branches, "default": maker.make(kind)}}


def _let(maker: Maker, kind: Kind) -> Any:
    other = maker.scalar()
    return {"$let": {"vars": {"v": maker.make(other)}, "in": maker.with_("v", other).make(kind)}}


def _element(maker: Maker, kind: Kind) -> Any:
    items = maker.make({"list": kind})
    at = {"$arrayElemAt": [items, maker.draw(st.integers(-3, 3))]}
    return maker.any_of(at, {"$first": [items]}, {"$last": [items]})


def _extreme(maker: Maker, kind: Kind) -> Any:
    return {maker.any_of("$min", "$max"): [maker.make(kind), maker.make(kind)]}


def _filter(maker: Maker, kind: Kind) -> Any:
    condition = maker.with_("e", kind["list"]).make("bool")
    return {"$filter": {"input": maker.make(kind), "as": "e", "cond": condition}}


def _map(maker: Maker, kind: Kind) -> Any:
    item = maker.any_of(*SCALARS[:3], {"struct": {"k": "string", "x.y": "double", "n": "int64"}})
    inside = maker.with_("m", item).make(kind["list"])
    return {"$map": {"input": maker.make({"list": item}), "as": "m", "in": inside}}


def _joined(maker: Maker, kind: Kind) -> Any:
    name = maker.any_of("$concatArrays", "$setUnion", "$setIntersection", "$setDifference")
    return {name: [maker.make(kind), maker.make(kind)]}


def _cut(maker: Maker, kind: Kind) -> Any:
    items = maker.make(kind)
    number = maker.draw(st.integers(-3, 3))
    count = maker.draw(st.integers(1, 3))
    return maker.any_of(
        {"$slice": [items, number]},
        {"$slice": [items, number, count]},
        {"$reverseArray": [items]},
        {"$sortArray": {"input": items, "sortBy": maker.any_of(1, -1)}},
        {"$firstN": {"input": items, "n": count}},
        {"$maxN": {"input": items, "n": count}},
    )


def _reduce(maker: Maker, kind: Kind) -> Any:
    body = maker.with_("this", kind).with_("value", kind).make(kind)
    start = maker.draw(VALUES[kind])
    return {"$reduce": {"input": maker.make({"list": kind}), "initialValue": literal(start), "in": body}}


def _folded(*names: str) -> Callable[[Maker, Kind], Any]:
    def make(maker: Maker, kind: Kind) -> Any:
        return {maker.any_of(*names): [maker.make({"list": kind})]}

    return make


def _rounded(maker: Maker, kind: Kind) -> Any:
    return {maker.any_of("$round", "$trunc"): [maker.make(kind), maker.draw(st.integers(-2, 4))]}


def _substring(maker: Maker, _kind: Kind) -> Any:
    start, length = maker.draw(st.tuples(st.integers(0, 4), st.integers(0, 4)))
    return {"$substrCP": [maker.make("string"), start, length]}


def _trimmed(maker: Maker, _kind: Kind) -> Any:
    chars = maker.any_of({}, {"chars": maker.make("string")})
    return {maker.any_of("$trim", "$ltrim", "$rtrim"): {"input": maker.make("string"), **chars}}


def _moved(maker: Maker, _kind: Kind) -> Any:
    amount = maker.draw(st.integers(-(10**10), 10**10))
    return {maker.any_of("$add", "$subtract"): [maker.make("timestamp"), amount]}


def _apart(maker: Maker, _kind: Kind) -> Any:
    return {"$subtract": [maker.make("timestamp"), maker.make("timestamp")]}


_PARTS = (
    "$year",
    "$month",
    "$dayOfMonth",
    "$dayOfYear",
    "$dayOfWeek",
    "$hour",
    "$minute",
    "$second",
    "$week",
    "$isoWeek",
    "$isoWeekYear",
)
_SUMS = ("$add", "$subtract", "$multiply", "$mod")
_ANGLES = ("$atan", "$tanh", "$degreesToRadians", "$asin", "$acos")
OF_ANY = (_cond, _if_null, _switch, _let, _element)
OF_LIST = (_filter, _map, _joined, _cut)
OF: dict[str, tuple[Callable[[Maker, Kind], Any], ...]] = {
    "bool": (_compare, _compare, _compare, _logic, _not, _lists_asked),
    "int64": (
        *(_calls(name, "int64", "int64") for name in _SUMS),
        *(_calls(name, "timestamp") for name in _PARTS[:4]),
        *(_calls(name, "string") for name in ("$strLenCP", "$strLenBytes")),
        *(_calls("$size", {"list": kind}) for kind in ("int64", "string")),
        *(_calls(name, "int64") for name in ("$abs", "$floor", "$ceil")),
        *(_calls("$indexOfArray", {"list": kind}, kind) for kind in ("int64", "string")),
        *(_cmp, _rounded, _extreme, _reduce, _apart, _folded("$sum", "$min", "$max")),
        _calls("$indexOfCP", "string", "string"),
    ),
    "double": (
        *(_calls(name, "double", "double") for name in _SUMS),
        *(_calls("$divide", kind, "double") for kind in ("double", "int64")),
        *(
            _calls(name, "double")
            for name in ("$abs", "$floor", "$ceil", "$sqrt", "$ln", "$exp", *_ANGLES)
        ),
        *(_rounded, _extreme, _reduce, _folded("$sum", "$avg", "$min", "$max", "$stdDevPop")),
    ),
    "string": (
        *(_calls(name, "string") for name in ("$toLower", "$toUpper")),
        *(_calls("$concat", "string", "string"), _substring, _trimmed, _extreme, _reduce),
    ),
    "timestamp": (_moved, _extreme),
}


@st.composite
def expressions(draw: st.DrawFn, schema: dict[str, Kind], depth: int = 3) -> Any:
    """An expression over a table's columns."""
    kind = draw(
        st.sampled_from([*SCALARS, "bool", {"list": "int64"}, {"list": "string"}, {"list": "double"}])
    )
    return Maker(draw, references(schema), depth).make(kind)


_TESTS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte")


@st.composite
def documents(draw: st.DrawFn, schema: dict[str, Kind], depth: int = 2) -> dict[str, Any]:
    """A query document over a table's columns."""
    if depth and draw(st.integers(0, 2)) == 0:
        parts = draw(st.lists(documents(schema, depth - 1), min_size=1, max_size=2))
        return {draw(st.sampled_from(["$and", "$or", "$nor"])): parts}
    spelled = sorted(name for name in schema if _spelled(name))
    fields = draw(st.lists(st.sampled_from(spelled), min_size=1, max_size=2, unique=True))
    return {name: draw(_conditions(schema[name])) for name in fields}


@st.composite
def _conditions(draw: st.DrawFn, kind: Kind) -> dict[str, Any]:
    if isinstance(kind, str):
        return draw(_scalar_conditions(kind))
    if "struct" in kind:
        return {draw(st.sampled_from(["$eq", "$ne"])): None}
    choice = draw(st.integers(0, 3))
    if choice == 0 or not isinstance(kind["list"], str):
        return {"$size": draw(st.integers(0, 4))}
    if choice == 1:
        return {"$elemMatch": draw(_scalar_conditions(kind["list"]))}
    if choice == 2:
        return {"$all": draw(st.lists(VALUES[kind["list"]], min_size=1, max_size=2))}
    return draw(_scalar_conditions(kind["list"]))


@st.composite
def _scalar_conditions(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    value = VALUES[kind] | st.none()
    name = draw(st.sampled_from([*_TESTS, "$in", "$nin", "$not"]))
    if name in ("$in", "$nin"):
        return {name: draw(st.lists(value, min_size=1, max_size=3))}
    inside = {draw(st.sampled_from(_TESTS)): draw(value)}
    return {"$not": inside} if name == "$not" else inside
