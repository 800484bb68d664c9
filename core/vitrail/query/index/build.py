"""A process that builds the index of one table; `python -m vitrail.query.index.build`.

It reads what to build from its standard input, as one JSON document, and writes its progress to its
standard output, a JSON document a line. It may read the table's files and write its own, and nothing
else. It can be killed at any time: the index gets its name when it is whole, and its document after that.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from vitrail.dtypes import Text, required
from vitrail.query import binning
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.footers import known_of_files
from vitrail.query.index.about import About, Facts
from vitrail.query.index.facts import coded, first_facts, last_facts, reading, spelled
from vitrail.query.index.listed import listed
from vitrail.query.lower import bound
from vitrail.query.plan import Scan, plan_from_json
from vitrail.query.statement import Statement
from vitrail.query.tree import DIALECT, call, named, sole

_FILES_A_STEP = 4
_LOOSE_ROWS = 32_000_000
_NICE = 10
_GROUP_ROWS = 245_760  # half as many groups as the engine's own choice: their blocks are filled better
_HASHES = 2**64


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be built.

    Attributes:
        scan: the table.
        files: its files.
        target: the index's file; its document stands beside it, with another ending.
        scratch: a folder for what does not fit in memory.
        memory_bytes, threads: what the build may use.
        sample_rows: about how many rows the sample is to have; tables with less than four times as many
            get none.
    """

    scan: Scan
    files: tuple[str, ...]
    target: Path
    scratch: str
    memory_bytes: int
    threads: int
    sample_rows: int

    def to_json(self) -> dict[str, Any]:
        """The order as a JSON document."""
        return {
            "scan": self.scan.to_json(),
            "files": list(self.files),
            "target": str(self.target),
            "scratch": self.scratch,
            "memory_bytes": self.memory_bytes,
            "threads": self.threads,
            "sample_rows": self.sample_rows,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Order:
        """The order that `to_json` wrote."""
        scan = plan_from_json(document["scan"])
        if not isinstance(scan, Scan):
            raise TypeError("only a stored table gets an index")
        return cls(
            scan,
            tuple(document["files"]),
            Path(document["target"]),
            document["scratch"],
            document["memory_bytes"],
            document["threads"],
            document["sample_rows"],
        )


def document_of(target: Path) -> Path:
    """Where the document of an index stands."""
    return target.with_suffix(".json")


class Builder:
    """Fills one index."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.temporary = order.target.with_name(f".new-{order.target.name}-{secrets.token_hex(4)}")
        self._connection = self._open()

    def _open(self) -> duckdb.DuckDBPyConnection:
        order = self.order
        temporary = str(self.temporary)
        config: dict[str, Any] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_persistent_secrets": "false",
            "python_enable_replacements": "false",
            "threads": str(order.threads),
            "memory_limit": f"{order.memory_bytes}B",
            "temp_directory": order.scratch,
        }
        connection = duckdb.connect(":memory:", config=config)
        connection.execute("SET TimeZone = 'UTC'")
        allowed = [*order.files, temporary, temporary + ".wal"]
        connection.execute("SET allowed_paths = $value", {"value": allowed})
        connection.execute(f"ATTACH $path AS kept (ROW_GROUP_SIZE {_GROUP_ROWS})", {"path": temporary})
        connection.execute("USE kept")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return connection

    def ask(self, tree: exp.Select, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows of a SELECT."""
        text = spelled(tree)
        return self._connection.execute(text, bound(tree, dict(values)) or None).fetchall()

    def _do(self, text: str, tree: exp.Select | None = None, statement: Statement | None = None) -> None:
        """Run a statement of ours, which may end with a SELECT."""
        values = bound(tree, statement.values) if tree and statement else {}
        whole = f"{text} {tree.sql(DIALECT)}" if tree else text
        self._connection.execute(whole, values or None)

    def run(self) -> Iterator[dict[str, Any]]:
        """Build the index, telling how far it is."""
        order, scan = self.order, self.order.scan
        yield {"share": 0.0}
        known = known_of_files(self._connection, order.files)
        facts, words = first_facts(scan, order.files, self.ask, known)
        yield {"share": 0.1}
        if words:
            self._list_words(words)
        columns = self._columns(facts, words)
        self._do(f"CREATE TABLE rows ({', '.join(f'{name} {kind}' for name, kind, _ in columns)})")
        for stop in range(_FILES_A_STEP, len(order.files) + _FILES_A_STEP, _FILES_A_STEP):
            self._fill(order.files[stop - _FILES_A_STEP : stop], [value for *_, value in columns])
            yield {"share": 0.1 + 0.7 * min(stop / len(order.files), 1)}
        ((rows,),) = self.ask(_counted("rows"), {})
        if rows != scan.rows:
            raise ValueError(f"the table has {scan.rows:,} rows, its files {rows:,}")
        facts = last_facts(scan, facts, words, self.ask)
        yield {"share": 0.85}
        for one in listed(scan.schema):
            dtype = (scan.schema.columns or ())[one.place][1]
            self._do(f"CREATE TABLE {one.table} AS", one.filled(dtype), Statement({}))
        sample = self._draw_sample()
        yield {"share": 0.95}
        self._finish(facts, sample)
        yield {"share": 1.0}

    def _list_words(self, words: Sequence[int]) -> None:
        statement = Statement({})
        found: exp.Query | None = None
        for place in words:
            one = reading(self.order.files, statement).select(named(sole(f"c{place}"), "w"))
            found = one if found is None else exp.union(found, one, distinct=False)
        if found is not None:
            distinct = exp.select(sole("w")).from_(found.subquery("f")).where(b.not_null(sole("w")))
            self._do("CREATE TEMP TABLE words AS", distinct.distinct(), statement)
            self._do("CREATE TYPE kept.main.word AS ENUM (SELECT w FROM temp.words ORDER BY w)")

    def _columns(
        self, facts: Sequence[Facts], words: Sequence[int]
    ) -> list[tuple[str, str, Tree | tuple[int, Facts]]]:
        """(name, type, value) of each column of the index."""
        columns: list[tuple[str, str, Tree | tuple[int, Facts]]] = []
        loose = self.order.scan.rows <= _LOOSE_ROWS
        for place, (_, dtype) in enumerate(self.order.scan.schema.columns or ()):
            kind = b.duck_type(dtype)
            if place in words and isinstance(required(dtype), Text):
                kind = "word"
            elif kind == "DOUBLE":
                # packed it takes a seventh less room, and twice as long to be read
                kind = ("FLOAT" if facts[place].single else kind) + (
                    loose * " USING COMPRESSION 'uncompressed'"
                )
            columns.append((f"c{place}", kind, sole(f"c{place}")))
        for place, one in enumerate(facts):
            if coded(one):
                columns.append((f"b{place}", "UTINYINT", (place, one)))
        return columns

    def _fill(self, files: Sequence[str], values: Sequence[Tree | tuple[int, Facts]]) -> None:
        statement = Statement({})
        selected = [
            self._code(*value, statement) if isinstance(value, tuple) else value.copy()
            for value in values
        ]
        self._do("INSERT INTO rows", reading(files, statement).select(*selected), statement)

    def _code(self, place: int, facts: Facts, statement: Statement) -> Tree:
        _, dtype = (self.order.scan.schema.columns or ())[place]
        codes = coded(facts)
        if codes is None:
            raise ValueError(f"column {place} has no codes")
        return codes.sql(binning.measured(sole(f"c{place}"), dtype), statement.bind)

    def _draw_sample(self) -> int:
        """A table of some rows, those with the lowest hashes of their numbers."""
        rows = self.order.scan.rows
        if rows < 4 * self.order.sample_rows:
            return 0
        statement = Statement({})
        number = sole("rowid")
        below = statement.bind(_HASHES // rows * self.order.sample_rows)
        taken = exp.select(named(number, "r"), exp.Star()).from_(exp.to_table("rows"))
        taken = taken.where(exp.LT(this=call("hash", number), expression=below))
        self._do("CREATE TABLE sample AS", taken, statement)
        ((count,),) = self.ask(_counted("sample"), {})
        return int(count)

    def _finish(self, facts: Sequence[Facts], sample: int) -> None:
        stamp = secrets.token_hex(16)
        self._connection.execute("CREATE TABLE about AS SELECT $stamp AS stamp", {"stamp": stamp})
        self._connection.execute("CHECKPOINT kept")
        self._connection.close()
        size = self.temporary.stat().st_size
        about = About(self.order.scan, tuple(facts), stamp, size, sample_rows=sample)
        document = self.temporary.with_name(f"{self.temporary.name}.json")
        document.write_text(json.dumps(about.to_json()))
        for path in (self.temporary, document):
            with path.open("rb") as file:
                os.fsync(file.fileno())
        os.replace(self.temporary, self.order.target)
        os.replace(document, document_of(self.order.target))

    def clear(self) -> None:
        """Remove what is not finished."""
        self._connection.close()
        for path in self.temporary.parent.glob(f"{self.temporary.name}*"):
            with contextlib.suppress(OSError):
                path.unlink()


def _counted(table: str) -> exp.Select:
    return exp.select(named(call("count", exp.Star()), "n")).from_(exp.to_table(table))


def _say(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Build what the standard input says."""
    order = Order.from_json(json.loads(sys.stdin.readline()))
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    builder = Builder(order)
    try:
        for line in builder.run():
            _say(line)
    except (duckdb.Error, OSError, ValueError) as error:
        _say({"error": f"{type(error).__name__}: {error}"[:2000]})
    finally:
        builder.clear()


if __name__ == "__main__":
    main()
