"""MongoDB's query language, read against a plan into typed expressions.

A filter is either an expression (`{$gt: ['$conf', 0.5]}`) or a query document (`{conf: {$gt: 0.5}}`):
a document whose keys are all column paths, or `$and`, `$or`, `$nor` over such, or `$expr`, is a query
document; one whose first key is an operator is an expression; a mixture is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vitrail.errors import QueryError, Span
from vitrail.query.cursor import CONSTANTS
from vitrail.query.expr import Expr
from vitrail.query.matching.document import document_condition
from vitrail.query.operator import operators
from vitrail.query.parameters import FORMS
from vitrail.query.parser import Parser
from vitrail.query.paths import resolve
from vitrail.query.plan import Plan, Where
from vitrail.query.reading import read
from vitrail.query.soundness import sound
from vitrail.query.stages.pipeline import Keys, Pipeline, stages
from vitrail.query.syntax import Array, Document, Node

Reading = Literal["expression", "query document", "pipeline"]
_NAME = re.compile(r"[^\W\d]\w*(\.\w+)*")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A filter that was understood.

    Attributes:
        condition: true for the rows that are kept.
        reading: as what the text was read.
    """

    condition: Expr
    reading: Reading


def parse_filter(source: str | Mapping[str, Any], plan: Plan) -> Parsed:
    """A filter over the plan's rows.

    Args:
        source: the text as it was typed, or the document in Python.
        plan: what is filtered.

    Raises:
        QueryError: the filter makes no sense; with its place in the text.
    """
    if not isinstance(source, str | Mapping):
        kind_found = type(source).__name__
        raise QueryError(
            f"a filter is text or a document such as {{'label': 'cat'}}, not a {kind_found}"
        )
    node = read(source)
    parser = Parser(plan, source if isinstance(source, str) else None)
    kind = reading(node)
    if kind == "query document" and isinstance(node, Document):
        return Parsed(document_condition(parser, node, ""), kind)
    return Parsed(sound(parser.condition(node, ""), asked=True), kind)


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was understood.

    Attributes:
        plan: what it makes of the plan that it was asked of.
        reading: as what it was read.
    """

    plan: Plan
    reading: Reading


def parse_query(
    source: str | Mapping[str, Any] | Sequence[Mapping[str, Any]],
    plan: Plan,
    tables: Mapping[str, Plan] | None = None,
    *,
    keys: Keys | None = None,
    lenient: bool = False,
) -> Query:
    """What an expression, a query document or a pipeline makes of a plan.

    A list whose items are documents with a stage's key each is a pipeline, and so is an empty one; the
    others filter the rows.

    Args:
        source: the text as it was typed, or the document or list in Python.
        plan: what is asked.
        tables: the other tables that $lookup and $unionWith may name.
        keys: see `parse_pipeline`.
        lenient: read a path that leads nowhere as null, instead of refusing it.

    Raises:
        QueryError: the query makes no sense; with its place in the text.
    """
    text = source if isinstance(source, str) else None
    node = read(source)
    if is_pipeline(node):
        return Query(Pipeline(text, tables or {}, keys, lenient).read(node, plan, ""), "pipeline")
    parser = Parser(plan, text, lenient=lenient)
    kind = reading(node)
    if kind == "query document" and isinstance(node, Document):
        return Query(Where(plan, document_condition(parser, node, "")), kind)
    return Query(Where(plan, sound(parser.condition(node, ""), asked=True)), kind)


def is_pipeline(node: Node) -> bool:
    """Whether a query is a list of stages."""
    if not isinstance(node, Array):
        return False
    first = node.items[0] if node.items else None
    return first is None or (
        isinstance(first, Document)
        and bool(first.entries)
        and (first.entries[0].key in stages() or not is_expression(first))
    )


def is_expression(node: Document) -> bool:
    """Whether a document's first key is an operator of expressions."""
    return node.entries[0].key in {*operators(), *FORMS}


def parse_match(source: str | Mapping[str, Any], plan: Plan) -> Expr:
    """The condition of a query document, whatever its keys.

    Raises:
        QueryError: it makes no sense; with its place in the text.
    """
    node = read(source)
    if not isinstance(node, Document):
        raise QueryError("a query document is wanted", span=node.span)
    return document_condition(Parser(plan, source if isinstance(source, str) else None), node, "")


def parse_expression(source: Any, plan: Plan) -> Expr:
    """A value worked out for each of the plan's rows, such as a key to group or sort by.

    A text that is the name of a column is that column, also without `$`.

    Raises:
        QueryError: the expression makes no sense; with its place in the text.
    """
    if isinstance(source, str):
        name = source.strip()
        if name in dict(plan.dtype.columns or ()):
            return resolve(plan, (name,))[0]
        if _NAME.fullmatch(name) and name not in CONSTANTS:
            raise _unknown(plan, source, name)
    node = read(source)
    return Parser(plan, source if isinstance(source, str) else None).value(node, "")


def _unknown(plan: Plan, source: str, name: str) -> QueryError:
    """The error about a word that is no column's name, and perhaps a path without its `$`."""
    span = Span(source.index(name), source.index(name) + len(name))
    try:
        resolve(plan, tuple(name.split(".")))
    except QueryError as error:
        return QueryError(str(error), span=span)
    return QueryError(f"{name!r} is no column's name", span=span, hint=f"write '${name}' for the path")


def reading(node: Node) -> Reading:
    """As what a filter is read.

    Raises:
        QueryError: it mixes the two.
    """
    if not isinstance(node, Document):
        return "expression"
    kinds = [_kind(entry.key, entry.value) for entry in node.entries]
    if "expression" not in kinds:
        return "query document"
    if kinds[0] == "expression" and len(kinds) == 1:
        return "expression"
    odd = node.entries[kinds.index("expression")] if kinds[0] != "expression" else node.entries[1]
    raise QueryError(
        f"{odd.key!r} does not belong here: a filter is an expression or a query document, not both",
        span=odd.span,
        hint="write {$and: […]} over parts of one kind, or {$expr: …} for an expression",
    )


def _kind(key: str, value: Node) -> Reading:
    if not key.startswith("$") or key in ("$nor", "$expr", "$comment", "$sampleRate"):
        return "query document"
    if key not in ("$and", "$or") or not isinstance(value, Array) or not value.items:
        return "expression"
    kinds = {
        reading(item) if isinstance(item, Document) and item.entries else "expression"
        for item in value.items
    }
    if len(kinds) > 1:
        odd = next(
            item
            for item in value.items
            if isinstance(item, Document) and item.entries and reading(item) == "query document"
        )
        raise QueryError(
            f"{key} mixes expressions and query documents",
            span=odd.span,
            hint="write all of them as expressions, such as {$eq: ['$label', 'cat']}",
        )
    return kinds.pop()
