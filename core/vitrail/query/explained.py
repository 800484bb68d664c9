"""How the engine would answer: the statement, its values, and the plan that DuckDB makes of it."""

from __future__ import annotations

import io
from typing import Any

import duckdb
import pyarrow as pa

from vitrail.errors import QueryError
from vitrail.query.sql import Sql
from vitrail.query.tree import DIALECT

_MOST_LETTERS = 200


def explained(connection: duckdb.DuckDBPyConnection, sql: Sql) -> memoryview:
    """The statement, its values and the engine's plan, as three rows of an Arrow IPC stream.

    Raises:
        QueryError: the statement is not one SELECT.
    """
    statement, *more = connection.extract_statements(sql.text)
    if more or statement.type != duckdb.StatementType.SELECT:
        raise QueryError("only a SELECT is explained, and only one")
    (explain,) = connection.extract_statements(f"EXPLAIN {sql.text}")
    found = connection.execute(explain, dict(sql.values)).fetchall()
    values = [f"${name} = {_said(value)}" for name, value in sql.values.items()]
    plan = "\n".join(text.rstrip() for _, text in found)
    table = pa.table({"a0": [sql.tree.sql(DIALECT, pretty=True), "\n".join(values), plan]})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getbuffer()


def _said(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"
