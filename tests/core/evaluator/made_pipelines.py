"""Short pipelines of basic stages by chance, over tables whose column `_id` counts the rows."""

from __future__ import annotations

from random import Random
from typing import Any

from evaluator.made_documents import document
from evaluator.made_expressions import Maker, references, spelled
from evaluator.made_tables import SCALARS, Kind

Schema = dict[str, Kind]
Stage = dict[str, Any]


def pipeline(chance: Random, schema: Schema) -> list[Stage]:
    """Stages that end in rows whose order is defined."""
    stages: list[Stage] = []
    for _ in range(chance.randint(1, 3)):
        stages += chance.choice(KEEPING)(chance, schema)
    stages += chance.choice(CHANGING)(chance, schema)
    if chance.random() < 0.5:
        stages += [{chance.choice(["$skip", "$limit"]): chance.randint(1, 9)}]
    return stages


def _made(chance: Random, schema: Schema, kind: Kind) -> Any:
    return Maker(chance, references(schema), 1).make(kind)


def _plain(schema: Schema, *kinds: Kind) -> list[str]:
    return sorted(name for name, kind in schema.items() if spelled(name) and kind in kinds)


def _match(chance: Random, schema: Schema) -> list[Stage]:
    return [{"$match": document(chance, schema, 1)}]


def _match_expression(chance: Random, schema: Schema) -> list[Stage]:
    return [{"$match": {"$expr": _made(chance, schema, "bool")}}]


def _set(chance: Random, schema: Schema) -> list[Stage]:
    name = chance.choice(_plain(schema, *SCALARS))
    if name == "_id":
        return []
    return [{chance.choice(["$set", "$addFields"]): {name: _made(chance, schema, schema[name])}}]


def _sort(chance: Random, schema: Schema) -> list[Stage]:
    names = chance.sample(_plain(schema, *SCALARS), 2)
    by = {name: chance.choice([1, -1]) for name in names if name != "_id"}
    return [{"$sort": {**by, "_id": chance.choice([1, -1])}}]


def _cut(chance: Random, _schema: Schema) -> list[Stage]:
    return [{"$skip": chance.randint(0, 3)}, {"$limit": chance.randint(5, 30)}]


def _unset(chance: Random, schema: Schema) -> list[Stage]:
    return [
        {"$unset": [name for name in _plain(schema, *schema.values()) if chance.random() < 0.3] or "_id"}
    ]


def _project(chance: Random, schema: Schema) -> list[Stage]:
    names = chance.sample([name for name in _plain(schema, *schema.values()) if name != "_id"], 2)
    made = {"made": _made(chance, schema, chance.choice(SCALARS))}
    return [{"$project": {**dict.fromkeys(names, 1), **made}}]


def _unwind(chance: Random, schema: Schema) -> list[Stage]:
    name = chance.choice([one for one, kind in schema.items() if spelled(one) and "list" in kind])
    more = chance.choice([{}, {"includeArrayIndex": "at"}, {"preserveNullAndEmptyArrays": True}])
    return [{"$unwind": {"path": f"${name}", **more}}]


def _count(_chance: Random, _schema: Schema) -> list[Stage]:
    return [{"$count": "n"}]


def _group(chance: Random, schema: Schema) -> list[Stage]:
    fields = {
        "sum": {"$sum": _made(chance, schema, "int64")},
        "least": {"$min": _made(chance, schema, chance.choice(SCALARS))},
        "most": {"$max": _made(chance, schema, "double")},
        "all": {"$push": "$i"},
        "first": {"$first": "$z"},
        "last": {"$last": "$b"},
        "n": {"$count": {}},
        "set": {"$addToSet": "$j"},
    }
    chosen = chance.sample(sorted(fields), 4)
    key = chance.choice([None, *(f"${name}" for name in _plain(schema, *SCALARS))])
    return [{"$group": {"_id": key, **{name: fields[name] for name in chosen}}}, {"$sort": {"_id": 1}}]


KEEPING = (_match, _match_expression, _set, _sort, _cut)
CHANGING = (_unset, _project, _unwind, _count, _group, _group, _sort)
