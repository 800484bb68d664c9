"""Tables and values of the corpus, in our layout and back."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vitrail import mixed
from vitrail.dtypes import (
    Boolean,
    DType,
    List,
    Mixed,
    Nothing,
    Number,
    Struct,
    Table,
    Text,
    Timestamp,
    optional,
    required,
)
from vitrail.layout import arrow_schema
from vitrail.parquet import options
from vitrail.query.plan import Scan

_SCALARS: dict[str, DType] = {
    "int64": Number(integer=True),
    "int32": Number(integer=True),
    "any": Mixed(),
    "double": Number(integer=False),
    "string": Text(),
    "bool": Boolean(),
    "timestamp": Timestamp("instant"),
}


def dtype_of(kind: Any) -> DType:
    """The type of a column of the corpus; every value may be missing."""
    if isinstance(kind, dict) and "list" in kind:
        return optional(List(dtype_of(kind["list"])))
    if isinstance(kind, dict):
        return optional(Struct(tuple((name, dtype_of(part)) for name, part in kind["struct"].items())))
    return optional(_SCALARS[kind])


def plain(value: Any) -> Any:
    """A value of the corpus in Python."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((tag, inside),) = value.items()
        if tag == "$numberDouble":
            return float(inside.replace("Infinity", "inf"))
        if tag in ("$numberLong", "$date"):
            return int(inside) if tag == "$numberLong" else dt.datetime.fromisoformat(inside)
    return {name: plain(item) for name, item in value.items()}


def stored(value: Any, dtype: DType) -> Any:
    """A value of the corpus as the layout stores it."""
    inner = required(dtype)
    if value is None:
        return None
    match inner:
        case Mixed():
            return mixed.encode(plain(value))
        case List(item):
            return [stored(v, item) for v in value]
        case Struct(parts=tuple(parts)):
            return {f"f{i}": stored(value.get(name), part) for i, (name, part) in enumerate(parts)}
    found = plain(value)
    return float(found) if inner == Number(integer=False) else found


def shown(value: Any, dtype: DType) -> Any:
    """A value of the engine as the corpus writes it."""
    inner = required(dtype)
    if value is None or isinstance(inner, Nothing):
        return None
    match inner:
        case Mixed():
            return mixed.decode(value)
        case List(item):
            return [shown(v, item) for v in value]
        case Struct(parts=tuple(parts)):
            return {name: shown(value.get(f"f{i}"), part) for i, (name, part) in enumerate(parts)}
    return value


def put(schema: Mapping[str, Any], docs: list[dict[str, Any]], folder: Path) -> tuple[Scan, Path]:
    """A table of the corpus as a Parquet file."""
    dtype = Table(tuple((name, dtype_of(kind)) for name, kind in schema.items()))
    columns = [
        pa.array([stored(doc.get(name), part) for doc in docs], field.type)
        for (name, part), field in zip(dtype.columns or (), arrow_schema(dtype), strict=True)
    ]
    text = json.dumps([schema, docs])
    digest = hashlib.sha256(text.encode()).hexdigest()
    path = folder / f"{digest}.parquet"
    if not path.exists():
        pq.write_table(pa.table(columns, schema=arrow_schema(dtype)), path, **options(dtype))
    return Scan(digest, dtype, len(docs)), path
