"""Query documents by chance."""

from __future__ import annotations

from random import Random
from typing import Any

from evaluator.made_expressions import spelled
from evaluator.made_tables import VALUES, Kind

_TESTS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte")


def document(chance: Random, schema: dict[str, Kind], depth: int = 2) -> dict[str, Any]:
    """A query document over a table's columns."""
    if depth and chance.random() < 0.4:
        parts = [document(chance, schema, depth - 1) for _ in range(chance.randint(1, 2))]
        return {chance.choice(["$and", "$or", "$nor"]): parts}
    names = chance.sample(sorted(name for name in schema if spelled(name)), chance.randint(1, 2))
    return {name: _condition(chance, schema[name]) for name in names}


def _condition(chance: Random, kind: Kind) -> dict[str, Any]:
    if isinstance(kind, str):
        return _scalar(chance, kind)
    if "struct" in kind:
        return {chance.choice(["$eq", "$ne"]): None}
    way, inner = chance.randrange(4), kind["list"]
    if way == 0 or not isinstance(inner, str):
        return {"$size": chance.randint(0, 4)}
    if way == 1:
        return {"$elemMatch": _scalar(chance, inner, "$eq")}
    if way == 2:
        return {"$all": [VALUES[inner](chance) for _ in range(chance.randint(1, 2))]}
    return _scalar(chance, inner)


def _scalar(chance: Random, kind: str, more: str = "$exists") -> dict[str, Any]:
    def some() -> Any:
        return None if chance.random() < 0.1 else VALUES[kind](chance)

    name = chance.choice([*_TESTS, "$in", "$nin", "$not", more, "both"])
    if name in ("$in", "$nin"):
        return {name: [some() for _ in range(chance.randint(1, 3))]}
    if name == "$exists":
        return {name: chance.random() < 0.5}
    if name == "both":
        return {"$gte": some(), "$lte": some()}
    inside = {chance.choice(_TESTS) if name == "$not" else name: some()}
    return {"$not": inside} if name == "$not" else inside
