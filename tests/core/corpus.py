"""Runs query cases with a real server's answers against the language, and counts.

    python -m tests.core.corpus CASES.jsonl [--out RESULTS.jsonl] [--strict]

A case is scored in the typed reading: what is absent is null. An error that only single rows cause reads
as null in these rows; `--strict` wants an error. Kinds of outcome:

    right       the rows agree with the server's, or both refuse the query
    wrong       they do not
    untyped     the query has no single type (a list of texts and numbers, a branch of either), and is
                refused as such, where the server answers
    unknown     it names a column or a part that the table has not, and is refused as such
    not built   it uses operators or stages that are not there yet
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from vitrail import mixed
from vitrail.dtypes import (
    Boolean,
    DType,
    List,
    Mixed,
    Number,
    Struct,
    Table,
    Text,
    Timestamp,
    optional,
    required,
)
from vitrail.errors import Invalid
from vitrail.layout import arrow_schema
from vitrail.query.dynamic.functions import register
from vitrail.query.expr import Column, Expr
from vitrail.query.lower import Lowering, bound, complaints
from vitrail.query.matching import KNOWN
from vitrail.query.mongo import parse_expression, parse_filter, parse_match
from vitrail.query.operator import operators
from vitrail.query.parameters import FORMS
from vitrail.query.plan import Scan

HOME = Path(__file__).parents[3] / "shared" / "corpus"
_SCALARS: dict[str, DType] = {
    "int64": Number(integer=True),
    "int32": Number(integer=True),
    "any": Mixed(),
    "double": Number(integer=False),
    "string": Text(),
    "bool": Boolean(),
    "timestamp": Timestamp("instant"),
}
_UNTYPED = (
    "a mixture",
    "a value is one type",
    "one type in common",
    "have no order",
    "makes Text of",
    "a regular expression is no value",
)
_UNKNOWN = ("no column ", "no part ", "has no parts, so no ")


@dataclass(frozen=True)
class Outcome:
    """How a case went."""

    kind: str
    why: str = ""


def cases(path: Path) -> Iterator[dict[str, Any]]:
    """The cases of a file."""
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def known_ops(kind: str) -> set[str]:
    """The operators that a case of this kind may use."""
    expressions = {*operators(), *FORMS, "$$ROOT", "$$CURRENT", "$$REMOVE"}
    return {*expressions, *KNOWN} if kind == "match" else expressions


def supported(case: dict[str, Any]) -> bool:
    """Whether the language has what a case uses."""
    return case["kind"] != "pipeline" and set(case["ops"]) <= known_ops(case["kind"])


def dtype_of(kind: Any) -> DType:
    """The type of a column of the corpus; every value may be missing."""
    if isinstance(kind, dict) and "list" in kind:
        return optional(List(dtype_of(kind["list"])))
    if isinstance(kind, dict):
        return optional(Struct(tuple((name, dtype_of(part)) for name, part in kind["struct"].items())))
    return optional(_SCALARS[kind])


def stored(value: Any, dtype: DType) -> Any:
    """A value of the corpus as the layout stores it."""
    inner = required(dtype)
    if value is None:
        return None
    if isinstance(inner, Mixed):
        return mixed.encode(_plain(value))
    match inner:
        case List(item):
            return [stored(v, item) for v in value]
        case Struct(parts=tuple(parts)):
            return {f"f{i}": stored(value.get(name), part) for i, (name, part) in enumerate(parts)}
    found = _plain(value)
    return float(found) if inner == Number(integer=False) else found


def _plain(value: Any) -> Any:
    """A value of the corpus in Python."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((tag, inside),) = value.items()
        if tag == "$numberDouble":
            return float(inside.replace("Infinity", "inf"))
        if tag in ("$numberLong", "$date"):
            return int(inside) if tag == "$numberLong" else dt.datetime.fromisoformat(inside)
    return {name: _plain(item) for name, item in value.items()}


def shown(value: Any, dtype: DType) -> Any:
    """A value of the engine as the corpus writes it."""
    inner = required(dtype)
    if value is None:
        return None
    if isinstance(inner, Mixed):
        return mixed.decode(value)
    match inner:
        case List(item):
            return [shown(v, item) for v in value]
        case Struct(parts=tuple(parts)):
            return {name: shown(value.get(f"f{i}"), part) for i, (name, part) in enumerate(parts)}
        case Number(integer=True):
            return int(value)
        case Number():
            return float(value)
    return value


def table_of(case: dict[str, Any]) -> tuple[Scan, pa.Table]:
    """The plan and the rows of a case, in our layout."""
    schema = Table(tuple((name, dtype_of(kind)) for name, kind in case["schema"].items()))
    columns = [
        pa.array([stored(doc.get(name), dtype) for doc in case["docs"]], field.type)
        for (name, dtype), field in zip(schema.columns or (), arrow_schema(schema), strict=True)
    ]
    rows = pa.table(columns, schema=arrow_schema(schema))
    return Scan("0" * 64, schema, len(case["docs"])), rows


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
        return [shown(v, expr.dtype) for v in self.ask(lambda lowering: lowering.sql(expr))]

    def kept(self, expr: Expr) -> list[bool]:
        """Which rows a filter keeps; three ways of asking agree."""
        truth = self.ask(lambda lowering: lowering.truth(expr))
        where = [bool(v) for v in self.ask(lambda lowering: lowering.condition(expr))]
        assert truth == where, (truth, where)
        return where

    def complained(self, expr: Expr) -> list[bool]:
        found = [self.kept(when) for _, when in complaints(expr)]
        return [any(row) for row in zip(*found, strict=True)] if found else [False] * self.scan.rows


def answer(case: dict[str, Any], *, strict: bool = False) -> dict[str, Any]:
    """The rows that the language answers, or its error."""
    scan, rows = table_of(case)
    asker = Asker(scan, rows)
    try:
        if case["kind"] == "expr":
            expr = parse_expression(_document(case["query"]), scan)
        elif case["kind"] == "match":
            expr = parse_match(case["query"], scan)
        else:
            expr = parse_filter(_document(case["query"]), scan).condition
    except Invalid as error:
        return {"error": str(error)}
    if strict and any(asker.complained(expr)):
        return {"error": "read as null: " + ", ".join(text for text, _ in complaints(expr))}
    if case["kind"] == "expr":
        return {"rows": asker.values(expr)}
    ids = [doc["_id"] for doc in case["docs"]]
    return {"rows": [i for i, kept in zip(ids, asker.kept(expr), strict=True) if kept]}


def _document(query: Any) -> Any:
    """A text in a case is an expression's value, not a text to be read."""
    return json.dumps(query) if isinstance(query, str) else query


def score(case: dict[str, Any], compare: ModuleType, *, strict: bool = False) -> tuple[Outcome, Any]:
    """How a case goes, and what was answered."""
    if not supported(case):
        return Outcome("not built"), None
    got = answer(case, strict=strict)
    errors = "strict" if strict else "rowwise"
    result = compare.compare_case(case, got, reading="typed", errors=errors)
    if result.ok:
        return Outcome("right"), got
    for kind, words in (("untyped", _UNTYPED), ("unknown", _UNKNOWN)):
        if any(word in got.get("error", "") for word in words):
            return Outcome(kind, got["error"]), got
    return Outcome("wrong", result.why), got


def comparator() -> ModuleType:
    """The corpus's own comparator."""
    spec = importlib.util.spec_from_file_location("corpus_compare", HOME / "compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(arguments: list[str]) -> int:
    """Score the cases of a file; 1 if any is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.core.corpus")
    parser.add_argument("cases", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    chosen = parser.parse_args(arguments)
    compare, counts, lines = comparator(), Counter[tuple[str, str]](), []
    for case in cases(chosen.cases):
        outcome, got = score(case, compare, strict=chosen.strict)
        counts[case["group"], outcome.kind] += 1
        if got is not None:
            lines.append(json.dumps({"id": case["id"], **got}, ensure_ascii=False, default=str))
        if outcome.kind == "wrong" or (chosen.verbose and outcome.why):
            query = json.dumps(case["query"], ensure_ascii=False)[:120]
            print(f"{outcome.kind}: {case['id']} {query} | {outcome.why[:200]}")
    if chosen.out:
        chosen.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    kinds = ("right", "wrong", "untyped", "unknown", "not built")
    for group in sorted({group for group, _ in counts}):
        row = "  ".join(f"{kind} {counts[group, kind]:4d}" for kind in kinds)
        print(f"{group:18s} {row}")
    totals = {kind: sum(n for (_, k), n in counts.items() if k == kind) for kind in kinds}
    print(f"{'total':18s} " + "  ".join(f"{kind} {n:4d}" for kind, n in totals.items()))
    return 1 if totals["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
