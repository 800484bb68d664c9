"""Expressions of a wanted type by chance, of growing depth: what each operator takes and makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from evaluator.made_tables import EVEN, RECORD, SCALARS, VALUES, Kind

Names = tuple[tuple[Any, Kind], ...]
Way = Callable[["Maker", Kind], Any]


def references(schema: dict[str, Kind]) -> Names:
    """How the columns of a table are written, and parts of structs, each with its type."""
    found = [(_column(name), kind) for name, kind in schema.items()]
    for name, kind in schema.items():
        if isinstance(kind, dict) and "struct" in kind:
            found += [(_part(_column(name), part), inner) for part, inner in kind["struct"].items()]
        elif isinstance(kind, dict) and isinstance(kind["list"], dict) and "struct" in kind["list"]:
            parts = kind["list"]["struct"].items()
            found += [
                (f"{_column(name)}.{p}", {"list": k}) for p, k in parts if spelled(name) and spelled(p)
            ]
    return tuple(found)


def spelled(name: str) -> bool:
    """Whether a path can hold the name."""
    return bool(name) and "." not in name and not name.startswith("$") and "\0" not in name


def _column(name: str) -> Any:
    return f"${name}" if spelled(name) else {"$getField": {"$literal": name}}


def _part(column: Any, name: str) -> Any:
    if isinstance(column, str) and spelled(name):
        return f"{column}.{name}"
    return {"$getField": {"field": {"$literal": name}, "input": column}}


def literal(value: Any) -> Any:
    """A value as an expression."""
    return {"$literal": value} if isinstance(value, str) and value.startswith("$") else value


CONSTANTS: dict[str, Callable[[Random], Any]] = {
    "place": lambda chance: chance.randint(-3, 3),
    "natural": lambda chance: chance.randint(0, 4),
    "positive": lambda chance: chance.randint(1, 3),
    "digits": lambda chance: chance.randint(-2, 4),
    "step": lambda chance: chance.randint(-(10**10), 10**10),
    "separator": lambda chance: chance.choice(["a", ",", "X", "'", "b"]),
    "way": lambda chance: chance.choice([1, -1]),
    "null": lambda _chance: None,
}


@dataclass
class Maker:
    """Makes expressions over the names that are known at a place."""

    chance: Random
    names: Names
    depth: int

    def any_of(self, *choices: Any) -> Any:
        return self.chance.choice(choices)

    def with_(self, name: str, kind: Kind) -> Maker:
        parts = kind.get("struct", {}) if isinstance(kind, dict) else {}
        known = tuple((_part(f"$${name}", part), inner) for part, inner in parts.items())
        return Maker(self.chance, (*self.names, *([(f"$${name}", kind)] * 3), *known), self.depth)

    def leaf(self, kind: Kind) -> Any:
        """A column, a variable or a constant of a type; never a document whose parts cannot be spelled."""
        if isinstance(kind, str) and kind in CONSTANTS:
            return CONSTANTS[kind](self.chance)
        known = [reference for reference, other in self.names if other == kind]
        if known and (kind == RECORD or self.chance.random() < 0.9):
            return self.any_of(*known)
        if isinstance(kind, str):
            return literal(VALUES[kind](self.chance))
        if "list" in kind:
            return [self.leaf(kind["list"]) for _ in range(self.any_of(1, 2))]
        return {name: self.leaf(part) for name, part in kind["struct"].items()}

    def make(self, kind: Kind) -> Any:
        """An expression of a type."""
        ways = OF.get(repr(kind), ())
        if self.depth <= 0 or not ways or self.chance.random() < 0.2:
            return self.leaf(kind)
        return self.any_of(*ways)(self.deeper(), kind)

    def deeper(self) -> Maker:
        return Maker(self.chance, self.names, self.depth - 1)


WAYS: dict[str, list[tuple[Kind, Way]]] = {}
OF: dict[str, list[Way]] = {}


def _enter(name: str, kind: Kind, way: Way) -> None:
    WAYS.setdefault(name, []).append((kind, way))
    OF.setdefault(repr(kind), []).append(way)


def _calls(names: str, result: Kind, *kinds: Kind, named: str = "") -> None:
    """Enter operators that make one type of others."""

    def enter(name: str) -> None:
        def way(maker: Maker, _kind: Kind) -> Any:
            arguments = [maker.make(kind) for kind in kinds]
            return {name: dict(zip(named.split(), arguments, strict=True)) if named else arguments}

        _enter(name, result, way)

    for name in names.split():
        enter(name)


WHOLE, REAL, TEXT, BOOL, TIME = SCALARS
SHORT = (WHOLE, REAL, TEXT)


def listed(kind: Kind) -> Kind:
    """The type of a list."""
    return {"list": kind}


def _numbers() -> None:
    for one, other in ((WHOLE, WHOLE), (REAL, REAL), (WHOLE, REAL), (REAL, WHOLE)):
        made = WHOLE if one == other == WHOLE else REAL
        _calls("$add $subtract $multiply $mod", made, one, other)
        _calls("$divide $pow $log $atan2 $stdDevPop $stdDevSamp $avg", REAL, one, other)
        _calls("$sum", made, one, other)
    _calls("$add $multiply", REAL, REAL, WHOLE, REAL)
    for kind in (WHOLE, REAL):
        _calls("$abs $floor $ceil", kind, kind)
        _calls("$round $trunc", kind, kind, "digits")
        _calls("$round $trunc", kind, kind)
        _calls("$sqrt $exp $ln $log10 $asin $acos $atan", REAL, kind)
        _calls("$sinh $cosh $tanh $asinh $acosh $atanh $degreesToRadians $radiansToDegrees", REAL, kind)
        _calls("$sum", kind, listed(kind))
        _calls("$avg $stdDevPop $stdDevSamp", REAL, listed(kind))
    _calls("$bitAnd $bitOr $bitXor", WHOLE, WHOLE, WHOLE)
    _calls("$bitNot", WHOLE, WHOLE)


def _domains() -> None:
    """Enter operators that have a value for some numbers only, with such numbers."""
    for name in ("$asin", "$acos", "$atanh"):
        _enter(name, REAL, _within(name, lambda one: {"$sin": one}))
    for name in ("$sqrt", "$ln", "$log10", "$acosh"):
        _enter(name, REAL, _within(name, lambda one: {"$add": [{"$abs": one}, 1]}))
    for name in ("$sin", "$cos", "$tan"):  # what nearly agrees has angles that do not
        _enter(name, REAL, _within(name, lambda one: one))
    _enter("$log", REAL, _log)


def _within(name: str, domain: Callable[[Any], Any]) -> Way:
    return lambda maker, _kind: {name: domain(maker.leaf(maker.any_of(WHOLE, REAL)))}


def _log(maker: Maker, _kind: Kind) -> Any:
    value, base = ({"$add": [{"$abs": maker.leaf(WHOLE)}, more]} for more in (1, 2))
    return {"$log": [value, base]}


def _truths() -> None:
    for kind in (*SCALARS, *map(listed, SHORT)):
        _calls("$eq $ne $gt $gte $lt $lte", BOOL, kind, kind)
        _calls("$eq $ne $gt $lte", BOOL, kind, "null")
        _calls("$cmp", WHOLE, kind, kind)
        _calls("$isNumber $isArray", BOOL, kind)
    _calls("$eq $ne $gt $gte $lt $lte", BOOL, WHOLE, REAL)
    _calls("$cmp", WHOLE, REAL, WHOLE)
    for kind in SCALARS:
        _calls("$and $or", BOOL, kind, BOOL)
        _calls("$not $toBool", BOOL, kind)
        _calls("$in", BOOL, kind, listed(kind))
        _calls("$anyElementTrue $allElementsTrue", BOOL, listed(kind))
        _calls("$setIsSubset $setEquals", BOOL, listed(kind), listed(kind))


def _texts() -> None:
    _calls("$strLenCP $strLenBytes", WHOLE, TEXT)
    _calls("$strcasecmp", WHOLE, TEXT, TEXT)
    for more in ((), ("natural",), ("natural", "natural")):
        _calls("$indexOfCP $indexOfBytes", WHOLE, TEXT, TEXT, *more)
    _calls("$toLower $toUpper", TEXT, TEXT)
    _calls("$concat", TEXT, TEXT, TEXT)
    _calls("$substrCP $substrBytes", TEXT, TEXT, "natural", "natural")
    _calls("$trim $ltrim $rtrim", TEXT, TEXT, named="input")
    _calls("$trim $ltrim $rtrim", TEXT, TEXT, TEXT, named="input chars")
    _calls("$replaceOne $replaceAll", TEXT, TEXT, TEXT, TEXT, named="input find replacement")
    _calls("$replaceOne $replaceAll", TEXT, TEXT, "separator", TEXT, named="input find replacement")
    _calls("$split", listed(TEXT), TEXT, "separator")


def _times() -> None:
    parts = "$year $month $dayOfMonth $dayOfYear $dayOfWeek $hour $minute $second $millisecond $week"
    _calls(f"{parts} $isoWeek $isoWeekYear $isoDayOfWeek", WHOLE, TIME)
    _calls(parts, WHOLE, TIME, named="date")
    _calls("$add $subtract", TIME, TIME, "step")
    _calls("$subtract", WHOLE, TIME, TIME)


def _lists() -> None:
    for kind in SCALARS:
        many = listed(kind)
        _calls("$size", WHOLE, many)
        _calls("$indexOfArray", WHOLE, many, kind)
        _calls("$indexOfArray", WHOLE, many, kind, "natural")
        _calls("$arrayElemAt", kind, many, "place")
        _calls("$first $last $min $max", kind, many)
        _calls("$min $max", kind, kind, kind)
        _calls("$slice", many, many, "place")
        _calls("$slice", many, many, "place", "positive")
        _calls("$concatArrays $setUnion $setIntersection $setDifference", many, many, many)
        _calls("$reverseArray", many, many)
        _calls("$firstN $lastN $minN $maxN", many, many, "positive", named="input n")
        _calls("$sortArray", many, many, "way", named="input sortBy")
    _calls("$range", listed(WHOLE), "place", "natural")
    _calls("$range", listed(WHOLE), "place", "place", "way")


def _cond(maker: Maker, kind: Kind) -> Any:
    return {"$cond": [maker.make(BOOL), maker.make(kind), maker.make(kind)]}


def _cond_named(maker: Maker, kind: Kind) -> Any:
    return {"$cond": {"if": maker.make(BOOL), "then": maker.make(kind), "else": maker.make(kind)}}


def _if_null(maker: Maker, kind: Kind) -> Any:
    return {"$ifNull": [maker.make(kind) for _ in range(maker.any_of(2, 3))]}


def _switch(maker: Maker, kind: Kind) -> Any:
    branches = [{"case": maker.make(BOOL), "then": maker.make(kind)} for _ in range(2)]
    return {"$switch": {"branches": branches, "default": maker.make(kind)}}


def _let(maker: Maker, kind: Kind) -> Any:
    other = maker.any_of(*SCALARS)
    return {"$let": {"vars": {"v": maker.make(other)}, "in": maker.with_("v", other).make(kind)}}


def _filter(maker: Maker, kind: Kind) -> Any:
    condition = maker.with_("e", kind["list"]).make(BOOL)
    limit = maker.any_of({}, {}, {"limit": maker.leaf("positive")})
    return {"$filter": {"input": maker.make(kind), "as": "e", "cond": condition, **limit}}


def _map(maker: Maker, kind: Kind) -> Any:
    item = maker.any_of(*SHORT, {"struct": {"k": "string", "x.y": "double", "n": "int64"}})
    inside = maker.with_("m", item).make(kind["list"])
    return {"$map": {"input": maker.make({"list": item}), "as": "m", "in": inside}}


def _reduce(maker: Maker, kind: Kind) -> Any:
    body = maker.with_("this", kind).with_("value", kind).make(kind)
    start = VALUES[kind](maker.chance)
    return {"$reduce": {"input": maker.make({"list": kind}), "initialValue": literal(start), "in": body}}


def _zip(maker: Maker, kind: Kind) -> Any:
    inputs = [maker.make(kind["list"]) for _ in range(2)]
    more = maker.any_of({}, {"useLongestLength": True})
    return {"$zip": {"inputs": inputs, **more}}


def _sort_records(maker: Maker, kind: Kind) -> Any:
    by = maker.any_of({"n": 1, "k": -1}, {"k": 1}, {"n": -1})
    return {"$sortArray": {"input": maker.make(kind), "sortBy": by}}


def _get_field(maker: Maker, kind: Kind) -> Any:
    return {"$getField": {"field": "n" if kind == WHOLE else "k", "input": maker.make(RECORD)}}


def _pairs(maker: Maker, _kind: Kind) -> Any:
    return {"$objectToArray": maker.any_of("$e", {"$ifNull": ["$e", {"p": 1, "q": maker.make(WHOLE)}]})}


def _forms() -> None:
    for kind in (*SCALARS, *map(listed, SHORT)):
        for name, way in (("$cond", _cond), ("$ifNull", _if_null), ("$switch", _switch), ("$let", _let)):
            _enter(name, kind, way)
        _enter("$cond", kind, _cond_named)
    for kind in SCALARS:
        _enter("$filter", listed(kind), _filter)
    for kind in SHORT:
        _enter("$map", listed(kind), _map)
        _enter("$reduce", kind, _reduce)
        _enter("$zip", listed(listed(kind)), _zip)
    _enter("$sortArray", listed(RECORD), _sort_records)
    _enter("$filter", listed(RECORD), _filter)
    for kind in (WHOLE, TEXT):
        _enter("$getField", kind, _get_field)
    _calls("$mergeObjects", EVEN, EVEN, EVEN)
    _calls("$mergeObjects", RECORD, RECORD, RECORD)
    _enter("$objectToArray", listed({"struct": {"k": TEXT, "v": WHOLE}}), _pairs)


for _family in (_numbers, _domains, _domains, _truths, _texts, _times, _lists, _forms):
    _family()

WANTED = (*SCALARS, BOOL, *map(listed, SCALARS), RECORD, listed(RECORD))


def expression(chance: Random, schema: dict[str, Kind], depth: int = 3) -> Any:
    """An expression over a table's columns."""
    return Maker(chance, references(schema), depth).make(chance.choice(WANTED))


def called(chance: Random, schema: dict[str, Kind], name: str, depth: int = 1) -> list[Any]:
    """For each way to call an operator, an expression that does so."""
    maker = Maker(chance, references(schema), depth)
    return [way(maker.deeper(), kind) for kind, way in WAYS[name]]
