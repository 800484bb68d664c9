"""Runs query cases with a real server's answers against the language, and counts.

    python -m tests.core.corpus CASES.jsonl [--out RESULTS.jsonl] [--strict]

A case is scored in the typed reading: what is absent is null, and a column or a part that there is not
reads as null. An error that only single rows cause reads as null in these rows; `--strict` wants an error,
and so do pipelines always, since their rows are no longer those of the table. Kinds of outcome:

    right       the rows agree with the server's, or both refuse the query
    wrong       they do not
    refused     the query is refused where the server answers, as one of several types or of unknown names
    not built   it uses operators or stages that are not there yet
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb

sys.path.insert(0, str(Path(__file__).parent))

from corpus_table import put, shown

from vitrail.errors import VitrailError
from vitrail.query.duck import DuckEngine
from vitrail.query.dynamic.functions import register
from vitrail.query.gather import accumulators
from vitrail.query.matching.arguments import KNOWN
from vitrail.query.operator import operators
from vitrail.query.operators.refusal import MARK
from vitrail.query.parameters import FORMS
from vitrail.query.plan import Plan
from vitrail.query.question import Question
from vitrail.query.sql import compile_question
from vitrail.query.stages.pipeline import parse_pipeline, stages

HOME = Path(__file__).parents[3] / "shared" / "corpus"
KINDS = ("right", "wrong", "refused", "not built")
_REFUSALS = (
    *("a mixture", "a value is one type", "one type in common", "have no order", "makes Text of"),
    *("a regular expression is no value", "no column ", "no part ", "has no parts, so no "),
)


@dataclass(frozen=True)
class Outcome:
    """How a case went."""

    kind: str
    why: str = ""


def cases(path: Path) -> Iterator[dict[str, Any]]:
    """The cases of a file."""
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def known_ops() -> set[str]:
    """All that a case may use."""
    variables = ("$$ROOT", "$$CURRENT", "$$REMOVE", "$$NOW")
    gathered = (*accumulators("group"), *accumulators("window"))
    return {*operators(), *FORMS, *KNOWN, *stages(), *gathered, *variables}


def supported(case: dict[str, Any]) -> bool:
    """Whether the language has what a case uses."""
    return set(case["ops"]) <= known_ops()


class Near(DuckEngine):
    """The engine without its workers: in this process, over tables that are put into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, tuple[str, ...]] = {}
        self.connection = duckdb.connect(config={"python_enable_replacements": "false"})
        register(self.connection)
        self.connection.execute("SET TimeZone = 'UTC'")

    def table(self, source: dict[str, Any]) -> Plan:
        """A case, or one of its collections, as a plan."""
        scan, path = put(source["schema"], source["docs"], self.folder)
        self.files[scan.table] = (str(path),)
        return scan

    def _ask(self, question: Question, _ticket: Any) -> Any:
        sql = compile_question(question, self.files)
        return self.connection.sql(sql.text, params=dict(sql.values)).to_arrow_table()

    def names(self, plan: Plan, expr: Any) -> list[str]:
        """The names among the documents of an expression."""
        from vitrail.query.stages.dynamic import names_of

        return names_of(self, plan, expr)

    def documents(self, plan: Plan) -> list[dict[str, Any]]:
        """The rows of a plan as documents."""
        table = self.rows(plan)
        columns = plan.dtype.columns or ()
        found = [
            [shown(value, dtype) for value in table.column(place).to_pylist()]
            for place, (_, dtype) in enumerate(columns)
        ]
        names = [name for name, _ in columns]
        return [dict(zip(names, row, strict=True)) for row in zip(*found, strict=True)]


def stages_of(case: dict[str, Any]) -> list[Any]:
    """A case as a pipeline."""
    match case["kind"]:
        case "expr":
            return [{"$replaceWith": {"value": case["query"]}}]
        case "filter":
            return [{"$match": {"$expr": case["query"]}}, {"$project": {"_id": 1}}]
        case "match":
            return [{"$match": case["query"]}, {"$project": {"_id": 1}}]
    pipeline: list[Any] = case["query"]
    return pipeline


def answer(case: dict[str, Any], engine: Near, *, strict: bool = False) -> dict[str, Any]:
    """The rows that the language answers, or its error."""
    return answers(case, engine, strict=strict)[strict]


def answers(
    case: dict[str, Any], engine: Near, *, strict: bool = True
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer with errors that single rows cause as null, and with them as errors if they are asked for."""
    try:
        source = engine.table(case)
        tables = {name: engine.table(one) for name, one in (case.get("collections") or {}).items()}
        plan = parse_pipeline(stages_of(case), source, tables=tables, keys=engine.names, lenient=True)
        warnings = engine.warnings(plan) if strict or case["kind"] == "pipeline" else ()
        refusal = {"error": "read as null: " + ", ".join(warnings)}
        if warnings and case["kind"] == "pipeline":
            return refusal, refusal
        rows = engine.documents(plan)
    except VitrailError as error:
        return ({"error": str(error)},) * 2
    except duckdb.InvalidInputException as error:
        if MARK not in str(error):
            raise
        return ({"error": str(error)},) * 2
    except Exception as error:  # noqa: BLE001 - whatever breaks, the next case is asked
        return ({"broken": f"{type(error).__name__}: {error}"},) * 2
    name = {"expr": "value", "filter": "_id", "match": "_id"}.get(case["kind"])
    found = {"rows": rows if name is None else [row[name] for row in rows]}
    return found, refusal if warnings else found


def written(value: Any) -> Any:
    """A value that JSON does not have, as the corpus writes it."""
    if isinstance(value, dt.datetime):
        moment = value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)
        return {"$date": moment.isoformat(timespec="milliseconds") + "Z"}
    return {"$date": f"{value.isoformat()}T00:00:00.000Z"} if isinstance(value, dt.date) else str(value)


def score(
    case: dict[str, Any], compare: ModuleType, engine: Near, *, strict: bool = False
) -> tuple[Outcome, Any]:
    """How a case goes, and what was answered."""
    got = answer(case, engine, strict=strict)
    return judged(case, compare, got, strict=strict), got


def judged(case: dict[str, Any], compare: ModuleType, got: dict[str, Any], *, strict: bool) -> Outcome:
    """How a case went that was answered so."""
    if "broken" in got:
        return Outcome("wrong", f"broken: {got['broken']}")
    errors = "strict" if strict else "rowwise"
    result = compare.compare_case(case, got, reading="typed", errors=errors)
    if result.ok:
        return Outcome("right")
    if not supported(case):
        return Outcome("not built", got.get("error", ""))
    if any(word in got.get("error", "") for word in _REFUSALS):
        return Outcome("refused", got["error"])
    return Outcome("wrong", result.why)


def comparator(folder: Path = HOME) -> ModuleType:
    """The corpus's own comparator, which stands beside the cases."""
    path = next(one for one in (folder / "compare.py", HOME / "compare.py") if one.exists())
    spec = importlib.util.spec_from_file_location("corpus_compare", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(arguments: list[str]) -> int:
    """Score the cases of a file; 1 if any is not right."""
    parser = argparse.ArgumentParser(prog="python -m tests.core.corpus")
    parser.add_argument("cases", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("-k", "--kind", help="only the cases of this kind")
    parser.add_argument("-i", "--id", help="only the cases whose id holds this")
    chosen = parser.parse_args(arguments)
    compare, counts, lines = comparator(chosen.cases.parent), Counter[tuple[str, str]](), []
    with tempfile.TemporaryDirectory() as folder:
        engine = Near(Path(folder))
        for case in cases(chosen.cases):
            if (chosen.kind and case["kind"] != chosen.kind) or (chosen.id or "") not in case["id"]:
                continue
            outcome, got = score(case, compare, engine, strict=chosen.strict)
            counts[case["group"], outcome.kind] += 1
            lines.append(json.dumps({"id": case["id"], **got}, ensure_ascii=False, default=written))
            if outcome.kind != "right":
                query = json.dumps(case["query"], ensure_ascii=False)[:200]
                print(f"{outcome.kind}: {case['id']} {query} | {outcome.why[:300]}")
    if chosen.out:
        chosen.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for group in sorted({group for group, _ in counts}):
        row = "  ".join(f"{kind} {counts[group, kind]:4d}" for kind in KINDS)
        print(f"{group:18s} {row}")
    totals = {kind: sum(n for (_, k), n in counts.items() if k == kind) for kind in KINDS}
    print(f"{'total':18s} " + "  ".join(f"{kind} {n:4d}" for kind, n in totals.items()))
    return 0 if sum(totals.values()) == totals["right"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
