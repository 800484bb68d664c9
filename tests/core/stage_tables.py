"""What tests of pipelines share: small tables as documents, and what a pipeline makes of them."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

from corpus import Near

from vitrail.query.plan import Plan
from vitrail.query.stages.pipeline import parse_pipeline

Documents = list[dict[str, Any]]
Schema = dict[str, Any]


@functools.cache
def near() -> Near:
    """The engine of these tests."""
    return Near(Path(tempfile.mkdtemp()))


def schema_of(docs: Documents) -> Schema:
    """The types of plain values, by column."""
    names = dict.fromkeys(name for doc in docs for name in doc)
    return {name: _kind([doc.get(name) for doc in docs]) for name in names}


def _kind(values: list[Any]) -> Any:
    there = [value for value in values if value is not None]
    if there and all(isinstance(value, list) for value in there):
        return {"list": _kind([item for value in there for item in value])}
    if there and all(isinstance(value, dict) and "$date" not in value for value in there):
        names = dict.fromkeys(name for value in there for name in value)
        return {"struct": {name: _kind([value.get(name) for value in there]) for name in names}}
    kinds = {type(value) for value in there}
    if kinds == {dict}:
        return "timestamp"
    simple = {int: "int64", float: "double", str: "string", bool: "bool"}
    if kinds == {int, float}:
        return "double"
    return simple[kinds.pop()] if len(kinds) == 1 else "any" if kinds else "int64"


def table(docs: Documents, schema: Schema | None = None) -> Plan:
    """A table of documents."""
    return near().table({"schema": schema or schema_of(docs), "docs": docs})


def plan_of(pipeline: Any, docs: Documents, schema: Schema | None = None, **tables: Documents) -> Plan:
    """The plan of a pipeline over documents, with others by name."""
    others = {name: table(rows) for name, rows in tables.items()}
    return parse_pipeline(pipeline, table(docs, schema), tables=others, keys=near().names)


def ask(pipeline: Any, docs: Documents, schema: Schema | None = None, **tables: Documents) -> Documents:
    """The documents that a pipeline makes of others."""
    return near().documents(plan_of(pipeline, docs, schema, **tables))
