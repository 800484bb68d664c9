"""One database of a worker: what it may read, and how it runs what it is asked."""

from __future__ import annotations

import io
import json
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

import duckdb
import pyarrow as pa

from vitrail.errors import QueryError
from vitrail.query.dynamic.functions import register
from vitrail.query.explained import explained
from vitrail.query.footers import known_of_files, row_offsets
from vitrail.query.indexed import attach
from vitrail.query.limits import Limits
from vitrail.query.plan import Scan
from vitrail.query.question import Question
from vitrail.query.sql import Sql, compile_question

_BATCH_ROWS = 8192
_MOST_PAGES = 32
_MOVING = {"start", "stop"}


class TooLarge(Exception):
    """The answer is larger than it may be."""


class Desk:
    """One database that may read one set of files."""

    def __init__(
        self,
        files: Mapping[str, tuple[str, ...]],
        limits: Limits,
        scratch: str,
        indexes: Mapping[str, str],
        tables: Mapping[str, Scan],
    ) -> None:
        self.files = files
        self.connection = duckdb.connect(":memory:", config=_config(limits, scratch))
        register(self.connection)
        self.indexes = {
            digest: attach(self.connection, f"x{place}", Path(path), tables[digest])
            for place, (digest, path) in enumerate(sorted(indexes.items()))
        }
        allowed = [name for names in files.values() for name in names]
        for text, value in (
            ("SET TimeZone = 'UTC'", None),
            ("SET perfect_ht_threshold = 20", None),
            ("SET allowed_paths = $value", allowed),
            ("SET max_execution_time = $value", max(1, round(limits.time_s * 1000))),
            ("SET enable_external_access = false", None),
            ("SET lock_configuration = true", None),
        ):
            self.connection.execute(text, None if value is None else {"value": value})
        self.offsets = {
            digest: row_offsets(self.connection, names)
            for digest, names in files.items()
            if len(names) > 1
        }
        self.known = {digest: known_of_files(self.connection, names) for digest, names in files.items()}
        self._pages: OrderedDict[str, str] = OrderedDict()
        self._prepared = 0

    def ready(self, document: Mapping[str, Any], limits: Limits) -> Callable[[], memoryview]:
        """What answers a question as an Arrow IPC stream.

        A window of rows that were not filtered is the same statement wherever it lies: it is made once.

        Args:
            document: the question as a JSON document.
            limits: how far it may go.

        Raises:
            VitrailError: the question makes no sense.
        """
        page = json.dumps({**document, "start": 0, "stop": 0}) if document["stop"] is not None else ""
        if page not in self._pages:
            question = Question.from_json(dict(document))
            sql = self.compiled(question)
            if question.kind == "explain":
                return partial(explained, self.connection, sql)
            if not sql.moves or sql.values.keys() != _MOVING:
                return partial(self.run, sql, limits)
            self._prepare(page, sql)
        self._pages.move_to_end(page)
        name, start, stop = self._pages[page], document["start"], document["stop"]
        return partial(self._run_page, f"EXECUTE {name}(start := {start:d}, stop := {stop:d})", limits)

    def compiled(self, question: Question) -> Sql:
        """The SELECT that answers a question."""
        indexes = {d: index.sample() if question.sampled else index for d, index in self.indexes.items()}
        return compile_question(question, self.files, self.offsets, indexes, self.known)

    def _prepare(self, page: str, sql: Sql) -> None:
        self._only_select(sql.text)
        if len(self._pages) >= _MOST_PAGES:
            self.connection.execute(f"DEALLOCATE {self._pages.popitem(last=False)[1]}")
        self._prepared += 1
        name = f"page{self._prepared}"
        self.connection.execute(f"PREPARE {name} AS {sql.text}")
        self._pages[page] = name

    def _only_select(self, text: str) -> duckdb.Statement:
        statement, *more = self.connection.extract_statements(text)
        if more or statement.type != duckdb.StatementType.SELECT:
            raise QueryError("only a SELECT is run, and only one")
        return statement

    def run(self, sql: Sql, limits: Limits) -> memoryview:
        """The answer of one SELECT as an Arrow IPC stream."""
        answer = self.connection.sql(self._only_select(sql.text), params=dict(sql.values))
        return _written(answer.to_arrow_reader(_BATCH_ROWS), limits)

    def _run_page(self, text: str, limits: Limits) -> memoryview:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the copy that is made of the rows, which are few
            reader = self.connection.execute(text).to_arrow_reader(_BATCH_ROWS)
        return _written(cast("pa.RecordBatchReader", reader), limits)


def _written(reader: pa.RecordBatchReader, limits: Limits) -> memoryview:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
            if sink.tell() > limits.result_bytes:
                raise TooLarge
    return sink.getbuffer()


def _config(limits: Limits, scratch: str) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_persistent_secrets": "false",
        "python_enable_replacements": "false",
        "threads": str(limits.threads),
        "memory_limit": f"{limits.memory_bytes}B",
        "temp_directory": scratch,
        "max_temp_directory_size": f"{limits.scratch_bytes}B",
    }
