"""The functions by which the engine works on values of several kinds: Arrow arrays in, an array out.

    mixed_call(name, [value, …]) -> text     an operator of `vitrail.query.dynamic.table`, null where it refuses
    mixed_fails(name, [value, …]) -> bool    whether it refuses
    mixed_key(value) -> blob                 bytes that sort and compare as MongoDB's values do; never null
    mixed_truth(value) -> bool               MongoDB's truth; never null
    mixed_items(value) -> text[]             the items of a list, null of anything else
    mixed_path(value, path) -> text          what a dotted path leads to, as in expressions
    mixed_text(value) -> text                the text that a value is, null of anything else
    mixed_number(value) -> double            the number that a value is, null of anything else
    mixed_moment(value) -> timestamptz       the point in time that a value is, null of anything else
    mixed_matches(value, condition) -> bool  whether a value meets a condition of a query document

The values are those of strangers: whatever cannot be read, or would grow past its bound, is null.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from vitrail.errors import Invalid
from vitrail.mixed import Value, decode, encode, key, microseconds
from vitrail.query.dynamic.matching import condition
from vitrail.query.dynamic.paths import reached
from vitrail.query.dynamic.table import function, is_number, truth

if TYPE_CHECKING:
    import duckdb

MOST_TEXT = 1_000_000
_FAULTS = (Invalid, ArithmeticError, ValueError, RecursionError)


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the functions known to a connection, before its configuration is locked."""
    text, texts = "VARCHAR", "VARCHAR[]"
    for name, made, parameters, result in (
        ("mixed_call", _call, [text, texts], text),
        ("mixed_fails", _fails, [text, texts], "BOOLEAN"),
        ("mixed_key", _keys, [text], "BLOB"),
        ("mixed_truth", _truths, [text], "BOOLEAN"),
        ("mixed_items", _items, [text], texts),
        ("mixed_path", _reached, [text, text], text),
        ("mixed_text", _texts, [text], text),
        ("mixed_number", _numbers, [text], "DOUBLE"),
        ("mixed_moment", _moments, [text], "TIMESTAMPTZ"),
        ("mixed_matches", _matches, [text, text], "BOOLEAN"),
    ):
        connection.create_function(  # type: ignore[call-overload]  # its stub knows no plain texts
            name, made, parameters, result, type="arrow", null_handling="special"
        )


def _decoded(texts: Iterable[str | None]) -> dict[str | None, Value]:
    """Each different text's value; null of what cannot be read."""
    values: dict[str | None, Value] = {}
    for text in texts:
        if text not in values:
            try:
                values[text] = decode(text)
            except Invalid:
                values[text] = None
    return values


def _each(texts: Any, make: Callable[[Value], Any]) -> list[Any]:
    """What is made of each value; equal texts are worked out once."""
    listed = texts.to_pylist()
    made = {text: make(value) for text, value in _decoded(listed).items()}
    return [made[text] for text in listed]


def _text(value: Value) -> str | None:
    text = encode(value)
    if text is not None and len(text) > MOST_TEXT:
        raise Invalid(f"a value has at most {MOST_TEXT:,} letters")
    return text


def _worked_out(names: Any, args: Any) -> list[tuple[str | None, bool]]:
    """For each row the operator's value as text, and whether it was refused."""
    rows: Sequence[Sequence[str | None]] = args.to_pylist()
    called = [function(name) for name in names.to_pylist()]
    values = _decoded(text for row in rows for text in row)
    found: list[tuple[str | None, bool]] = []
    for made, row in zip(called, rows, strict=True):
        try:
            found.append((_text(made(*(values[text] for text in row))), False))
        except _FAULTS:
            found.append((None, True))
    return found


def _call(names: Any, args: Any) -> Any:
    import pyarrow as pa

    return pa.array([text for text, _ in _worked_out(names, args)], pa.string())


def _fails(names: Any, args: Any) -> Any:
    import pyarrow as pa

    return pa.array([refused for _, refused in _worked_out(names, args)], pa.bool_())


def _keys(texts: Any) -> Any:
    import pyarrow as pa

    return pa.array(_each(texts, key), pa.binary())


def _truths(texts: Any) -> Any:
    import pyarrow as pa

    return pa.array(_each(texts, truth), pa.bool_())


def _items(texts: Any) -> Any:
    import pyarrow as pa

    def items(value: Value) -> list[str | None] | None:
        return [encode(item) for item in value] if isinstance(value, list) else None

    return pa.array(_each(texts, items), pa.list_(pa.string()))


def _reached(texts: Any, paths: Any) -> Any:
    import pyarrow as pa

    listed, wanted = texts.to_pylist(), paths.to_pylist()
    values = _decoded(listed)
    found = [encode(reached(values[text], path)) for text, path in zip(listed, wanted, strict=True)]
    return pa.array(found, pa.string())


def _texts(texts: Any) -> Any:
    import pyarrow as pa

    return pa.array(_each(texts, lambda v: v if isinstance(v, str) else None), pa.string())


def _numbers(texts: Any) -> Any:
    import pyarrow as pa

    return pa.array(_each(texts, lambda v: float(v) if is_number(v) else None), pa.float64())


def _moments(texts: Any) -> Any:
    import pyarrow as pa

    def moment(value: Value) -> int | None:
        return microseconds(value) if isinstance(value, dt.date) else None

    return pa.array(_each(texts, moment), pa.int64()).cast(pa.timestamp("us", "UTC"))


def _matches(texts: Any, conditions: Any) -> Any:
    import pyarrow as pa

    listed, wanted = texts.to_pylist(), conditions.to_pylist()
    tests = {text: condition(text) for text in set(wanted)}
    values = _decoded(listed)
    found = [tests[test](values[text]) for text, test in zip(listed, wanted, strict=True)]
    return pa.array(found, pa.bool_())
