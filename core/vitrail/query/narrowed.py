"""A filter's text made narrower by one more condition."""

from __future__ import annotations

from collections.abc import Sequence

from vitrail.query.mongo import is_pipeline, reading
from vitrail.query.reading import read
from vitrail.query.syntax import Array, Document, Entry, Node


def narrowed(text: str, condition: str) -> str:
    """A filter that keeps what both the filter and a condition keep; a pipeline with one stage more.

    Args:
        text: the filter or pipeline as it was typed; it makes sense, or is empty.
        condition: an expression or a query document.

    >>> narrowed("", "{$gt: ['$loss', 1]}")
    "{$gt: ['$loss', 1]}"
    >>> narrowed("{$and: ['$hit', '$seen']}", "'$new'")
    "{$and: ['$hit', '$seen', '$new']}"
    >>> narrowed("{label: 'cat'}", "{$gt: ['$loss', 1]}")
    "{$and: [{label: 'cat'}, {$expr: {$gt: ['$loss', 1]}}]}"
    >>> narrowed("[{$limit: 9}]", "{$gt: ['$loss', 1]}")
    "[{$limit: 9}, {$match: {$expr: {$gt: ['$loss', 1]}}}]"
    >>> narrowed("{$gt: ['$loss', 1]}", "{label: 'cat'}")
    "{$and: [{$expr: {$gt: ['$loss', 1]}}, {label: 'cat'}]}"
    """
    text = text.strip()
    if not text or text == condition:
        return condition
    node = read(text)
    if isinstance(node, Array) and is_pipeline(node):
        stages, stage = _pieces(text, node.items), f"{{$match: {_document(condition)}}}"
        return text if stages and stages[-1] == stage else f"[{', '.join([*stages, stage])}]"
    if reading(node) == "expression" and reading(read(condition)) == "query document":
        return f"{{$and: [{_document(text)}, {condition}]}}"
    part = condition if reading(node) == "expression" else _document(condition)
    match node:
        case Document(entries=(Entry(key="$and", value=Array(items=items)),)):
            parts = _pieces(text, items)
        case _:
            parts = [text]
    return text if part in parts else f"{{$and: [{', '.join([*parts, part])}]}}"


def _document(condition: str) -> str:
    """A condition as a query document."""
    return condition if reading(read(condition)) == "query document" else f"{{$expr: {condition}}}"


def _pieces(text: str, nodes: Sequence[Node]) -> list[str]:
    return [text[node.span.start : node.span.stop] for node in nodes if node.span]
