"""$match $sort $limit $skip $sample $count $documents."""

from __future__ import annotations

import random
from functools import partial

from vitrail.dtypes import List, Mixed, Nothing, required
from vitrail.query.expr import Call, Expr, Literal, Record
from vitrail.query.gather import By, Gather
from vitrail.query.gathering.accumulators import comparable
from vitrail.query.matching.document import document_condition
from vitrail.query.parser import Parser
from vitrail.query.plan import Plan, Sort, Where
from vitrail.query.stages.paths import column, path_of, reached
from vitrail.query.stages.pipeline import Stage, stage
from vitrail.query.steps import Documents, Folded, Project, Sampled, Slice
from vitrail.query.syntax import Array, Document, Node, Scalar

_MOST_KEYS = 32


@stage("$match")
def _match(stage: Stage, node: Node, place: str) -> Plan:
    if not isinstance(node, Document):
        raise stage.fault("$match takes a query document", node, place)
    return Where(stage.plan, document_condition(stage.parser, node, place))


@stage("$sort")
def _sort(stage: Stage, node: Node, place: str) -> Plan:
    return Sort(stage.plan, order(stage.parser, node, place))


def order(parser: Parser, node: Node, place: str) -> By:
    """The keys of `{name: 1, other: -1}`; of a list its least item counts, or its greatest."""
    if not isinstance(node, Document) or not node.entries:
        raise parser.fault("an order is a document such as {name: 1, other: -1}", node, place)
    if len(node.entries) > _MOST_KEYS:
        raise parser.fault(f"an order has at most {_MOST_KEYS} keys", node, place)
    keys: list[tuple[Expr, bool]] = []
    for entry in node.entries:
        here = f"{place}.{entry.key}"
        way = entry.value.value if isinstance(entry.value, Scalar) else None
        if isinstance(way, bool) or not isinstance(way, int | float) or way not in (1, -1):
            raise parser.fault("an order goes 1 or -1", entry.value, here)
        path = path_of(entry, place)
        key = Scalar(entry.span, entry.key)
        value = parser.born(key, here, partial(reached, parser, path))
        keys += _keys(value, descending=way == -1)
    return tuple(keys)


def _keys(value: Expr, *, descending: bool) -> list[tuple[Expr, bool]]:
    inner = required(value.dtype)
    if isinstance(inner, Nothing):
        return []
    comparable("an order", value.dtype)
    if isinstance(inner, Mixed):
        end = Call("highest" if descending else "lowest", (value,))
        return [(Call("is full", (value,)), descending), (end, descending)]
    if not isinstance(inner, List):
        return [(value, descending)]
    empty = Call("$eq", (Call("length", (value,)), Literal(0)))
    some = Call("$cond", (empty, Literal(0), Literal(1)))
    ways = (Literal(""), Literal(-1 if descending else 1))
    end = Call("$arrayElemAt", (Call("$sortArray", (value, *ways)), Literal(0)))
    return [(some, descending), *_keys(end, descending=descending)]


@stage("$limit")
def _limit(stage: Stage, node: Node, place: str) -> Plan:
    stop = stage.whole(node, place, 1)
    return Slice(stage.plan, 0, stop)


@stage("$skip")
def _skip(stage: Stage, node: Node, place: str) -> Plan:
    start = stage.whole(node, place, 0)
    return Slice(stage.plan, start, None) if start else stage.plan


@stage("$sample")
def _sample(stage: Stage, node: Node, place: str) -> Plan:
    given = stage.parameters(node, place, ("size",), 1)
    size = stage.whole(given["size"], f"{place}.size", 1)
    return Sampled(stage.plan, size, random.getrandbits(62))


@stage("$count")
def _count(stage: Stage, node: Node, place: str) -> Plan:
    name = stage.new_name(node, place, "the name of the count")
    if name == "_id":
        raise stage.fault("the name of the count is not _id", node, place)
    folded = Folded(stage.plan, ("_id", Literal(None)), ((name, Gather("$count")),))
    return Project(folded, ((name, column(folded, name)),))


@stage("$documents")
def _documents(stage: Stage, node: Node, place: str) -> Plan:
    if not isinstance(node, Array):
        raise stage.fault("$documents takes a list of documents", node, place)
    records: list[Record] = []
    empty = stage.pipeline.parser(Documents((), ()))
    for index, item in enumerate(node.items):
        value = empty.expr(item, f"{place}[{index}]")
        if not isinstance(value, Record):
            raise stage.fault("$documents takes a list of documents", item, f"{place}[{index}]")
        records.append(value)
    names = tuple(dict.fromkeys(name for record in records for name, _ in record.parts))
    rows = tuple(
        tuple(dict(record.parts).get(name, Literal(None)) for name in names) for record in records
    )
    return Documents(names, rows)
