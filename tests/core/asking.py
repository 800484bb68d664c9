"""Expressions asked over a few rows, in an engine of the test's own process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
from corpus_table import dtype_of, shown, stored
from sqlglot import exp

from vitrail.dtypes import Table
from vitrail.layout import arrow_schema
from vitrail.query.complaint import complaints
from vitrail.query.dynamic.functions import register
from vitrail.query.expr import Column, Expr
from vitrail.query.lower import Lowering, bound
from vitrail.query.plan import Scan


def table_of(case: Mapping[str, Any]) -> tuple[Scan, pa.Table]:
    """The plan and the rows of a case, in our layout."""
    schema = Table(tuple((name, dtype_of(kind)) for name, kind in case["schema"].items()))
    columns = [
        pa.array([stored(doc.get(name), dtype) for doc in case["docs"]], field.type)
        for (name, dtype), field in zip(schema.columns or (), arrow_schema(schema), strict=True)
    ]
    rows = pa.table(columns, schema=arrow_schema(schema))
    return Scan("0" * 64, schema, len(case["docs"])), rows


def _plain(value: Any) -> Any:
    """A value with its whole numbers past 64 bits as such."""
    match value:
        case Decimal():
            return int(value)
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {name: _plain(item) for name, item in value.items()}
    return value


class Asker:
    """Answers expressions over the rows of a case."""

    def __init__(self, scan: Scan, rows: pa.Table) -> None:
        self.names = [name for name, _ in scan.schema.columns or ()]
        self.scan = scan
        self.connection = duckdb.connect(config={"python_enable_replacements": "false"})
        register(self.connection)
        self.connection.register("t", rows)

    def column(self, column: Column) -> exp.Expression:
        return exp.column(f"c{self.names.index(column.name)}", table="t")

    def ask(self, make: Callable[[Lowering], exp.Expression]) -> list[Any]:
        """One value for each row."""
        lowering = Lowering(self.column)
        tree = exp.select(exp.alias_(make(lowering), "value")).from_("t")
        params = bound(tree, lowering.params)
        answer = self.connection.sql(tree.sql("duckdb"), params=params)
        return answer.to_arrow_table().column(0).to_pylist()

    def values(self, expr: Expr) -> list[Any]:
        """The expression's value for each row."""
        return [_plain(shown(v, expr.dtype)) for v in self.ask(lambda lowering: lowering.sql(expr))]

    def kept(self, expr: Expr) -> list[bool]:
        """Which rows a filter keeps; both ways of asking agree."""
        truth = self.ask(lambda lowering: lowering.truth(expr))
        where = [bool(v) for v in self.ask(lambda lowering: lowering.condition(expr))]
        assert truth == where, (truth, where)
        return where

    def complained(self, expr: Expr) -> list[bool]:
        """Which rows MongoDB would refuse."""
        found = [self.kept(when) for _, when in complaints(expr)]
        return [any(row) for row in zip(*found, strict=True)] if found else [False] * self.scan.rows
