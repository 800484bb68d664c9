"""A small table for the tests of operators, and what an expression answers over it."""

from __future__ import annotations

from typing import Any

from asking import Asker, table_of

from vitrail.query.complaint import complaints
from vitrail.query.mongo import parse_expression

NAN = {"$numberDouble": "NaN"}
SCHEMA: dict[str, Any] = {
    "_id": "int64",
    "i": "int64",
    "d": "double",
    "s": "string",
    "b": "bool",
    "t": "timestamp",
    "n": {"list": "int64"},
    "l": {"list": "double"},
    "w": {"list": "string"},
    "o": {"struct": {"x": "int64", "y": "double"}},
    "rs": {"list": {"struct": {"k": "string", "at": {"struct": {"x": "double"}}}}},
}
DOCS: list[dict[str, Any]] = [
    {
        "_id": 0,
        "i": 2,
        "d": 2.5,
        "s": "Äbc",
        "b": True,
        "t": {"$date": "2023-01-15T10:30:45.250Z"},
        "n": [3, 1, 2],
        "l": [1.0, None, NAN],
        "w": ["b", "a"],
        "o": {"x": 1, "y": 2.5},
        "rs": [{"k": "a", "at": {"x": 0.5}}, {"k": None, "at": None}],
    },
    {
        "_id": 1,
        "i": 0,
        "d": NAN,
        "s": "",
        "b": False,
        "t": {"$date": "1969-07-20T20:17:40.999Z"},
        "n": [],
        "l": [],
        "w": [],
        "o": {"x": None, "y": None},
        "rs": [],
    },
    {"_id": 2},
    {
        "_id": 3,
        "i": -7,
        "d": -0.5,
        "s": " 12\t",
        "b": True,
        "t": {"$date": "2024-12-31T23:59:59.999Z"},
        "n": [None, 5],
        "l": [2.5, 1.5],
        "w": [None, "a"],
        "o": {"x": 4, "y": -0.5},
        "rs": [{"k": "b", "at": {"x": 1.5}}],
    },
]


def asker() -> Asker:
    """The table, ready to be asked."""
    return Asker(*table_of({"schema": SCHEMA, "docs": DOCS}))


def values(table: Asker, text: str) -> list[Any]:
    """What the expression gives for each row."""
    return table.values(parse_expression(text, table.scan))


def told(table: Asker, text: str) -> tuple[list[str], list[bool]]:
    """The expression's complaints, and which rows they concern."""
    expr = parse_expression(text, table.scan)
    return [message for message, _ in complaints(expr)], table.complained(expr)
