"""$group $sortByCount $bucket $bucketAuto: rows gathered into one for each value of a key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from vitrail.dtypes import Nothing, Number, Struct, Table, required
from vitrail.errors import QueryError, did_you_mean
from vitrail.query.expr import Call, Column, Expr, Field, Items, Literal, Record
from vitrail.query.gather import By, Frame, Gather, accumulators
from vitrail.query.nearest import closest
from vitrail.query.operator import Misfit, said
from vitrail.query.operators.comparison import rank
from vitrail.query.operators.series import SERIES
from vitrail.query.parser import Parser
from vitrail.query.plan import Plan, Scan, Sort
from vitrail.query.stages.basic import order
from vitrail.query.stages.paths import column, fresh
from vitrail.query.stages.pipeline import Stage, stage
from vitrail.query.steps import Bucketed, Folded, Project, Windowed
from vitrail.query.syntax import Array, Document, Entry, Node, Scalar
from vitrail.query.walk import rewritten

MOST_BUCKETS = 10_000
_NULL = Literal(None)
_COUNT = Gather("$sum", (Literal(1),))


@stage("$group")
def _group(stage: Stage, node: Node, place: str) -> Plan:
    if not isinstance(node, Document):
        raise stage.fault("$group takes a document with _id", node, place)
    by = node.get("_id")
    if by is None:
        hint = "write _id: null for one group of all rows"
        raise stage.fault("$group needs the key _id", node, place, hint=hint)
    key = stage.parser.expr(by, f"{place}._id")
    values = gathered(stage, [e for e in node.entries if e.key != "_id"], place, key)
    return Folded(stage.plan, ("_id", key), values)


def gathered(
    stage: Stage, entries: list[Entry], place: str, key: Expr
) -> tuple[tuple[str, Gather], ...]:
    """The accumulators of a document, by the names of their columns."""
    values: list[tuple[str, Gather]] = []
    for entry in entries:
        here = f"{place}.{entry.key}"
        if "." in entry.key or entry.key.startswith("$") or not entry.key:
            message = f"{entry.key!r} is no column's name, at {place}"
            hint = ""
            if entry.key in accumulators("group"):
                hint = f"write {{name: {{{entry.key}: …}}}}"
            raise QueryError(message, span=entry.span, path=here, hint=hint)
        if not isinstance(entry.value, Document) or len(entry.value.entries) != 1:
            message = f"{entry.key!r} needs one accumulator, such as {{$sum: 1}}"
            raise stage.fault(message, entry.value, here)
        one = entry.value.entries[0]
        values.append((entry.key, accumulated(stage.parser, one, here, "group", key)))
    return tuple(values)


def accumulated(parser: Parser, entry: Entry, place: str, where: str, key: Expr | None) -> Gather:
    """One accumulator with its arguments."""
    here, known = f"{place}.{entry.key}", accumulators(where)
    if entry.key not in known:
        hint = closest(entry.key, known)
        raise QueryError(f"no accumulator {entry.key!r}", span=entry.span, path=here, hint=hint)
    names = known[entry.key].parameters
    nodes: list[Node] = [entry.value]
    try:
        if not names:
            return Gather(entry.key, (_value(parser, entry, here),))
        if names == ("",):
            if not isinstance(entry.value, Document) or entry.value.entries:
                raise parser.fault(f"{entry.key} takes an empty document", entry.value, here)
            return Gather(entry.key)
        given = _given(parser, entry, here, names)
        nodes = [given[name] for name in names if name != "sortBy"]
        args = tuple(
            _argument(parser, name, given[name], here, key)
            for name in names
            if name not in ("sortBy", "method")
        )
        by: By = ()
        if "sortBy" in given:
            by = order(parser, given["sortBy"], f"{here}.sortBy")
        return Gather(entry.key, args, by)
    except Misfit as error:
        guilty = entry.value
        if names and error.argument is not None and error.argument < len(nodes):
            guilty = nodes[error.argument]
        raise parser.fault(str(error), guilty, here, hint=error.hint) from None


def _value(parser: Parser, entry: Entry, place: str) -> Expr:
    if isinstance(entry.value, Array):
        message = f"{entry.key} takes one value here, not a list of them"
        raise parser.fault(message, entry.value, place)
    return parser.expr(entry.value, place)


def _given(parser: Parser, entry: Entry, place: str, names: tuple[str, ...]) -> dict[str, Node]:
    if not isinstance(entry.value, Document):
        raise parser.fault(f"{entry.key} takes a document with {', '.join(names)}", entry.value, place)
    parser.named(entry.value, names, len(names), place)
    given = {one.key: one.value for one in entry.value.entries}
    method = given.get("method")
    if method is not None and not (isinstance(method, Scalar) and method.value == "approximate"):
        raise parser.fault("the method is 'approximate'", method, f"{place}.method")
    return given


def _argument(parser: Parser, name: str, node: Node, place: str, key: Expr | None) -> Expr:
    here = f"{place}.{name}"
    if name == "n":
        return _number(parser, node, here, key)
    if name == "p":
        return _parts(parser, node, here)
    return parser.expr(node, here)


def _number(parser: Parser, node: Node, place: str, key: Expr | None) -> Expr:
    """How many items are wanted: a constant, or worked out of the parts of the group's key."""
    if isinstance(node, Scalar) and not isinstance(node.value, str):
        return parser.expr(node, place)
    inner = required(key.dtype) if key is not None else Nothing()
    parts = inner.parts or () if isinstance(inner, Struct) else ()
    of_key = Scan("", Table(tuple(parts)), 0)
    found = replace(parser, plan=of_key).expr(node, place)

    def part(expr: Expr) -> Expr | None:
        if not isinstance(expr, Column) or key is None:
            return None
        return dict(key.parts)[expr.name] if isinstance(key, Record) else Field(key, expr.name)

    return rewritten(found, part)


def _parts(parser: Parser, node: Node, place: str) -> Expr:
    value = parser.expr(node, place)
    items = value.items if isinstance(value, Items) else ()
    numbers = [i.value for i in items if isinstance(i, Literal)]
    if not numbers or len(numbers) != len(items):
        raise parser.fault("p is a list of numbers from 0 to 1", node, place)
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 1:
            raise parser.fault("p is a list of numbers from 0 to 1", node, place)
    return value


@stage("$sortByCount")
def _by_count(stage: Stage, node: Node, place: str) -> Plan:
    if isinstance(node, Scalar) and not (isinstance(node.value, str) and node.value.startswith("$")):
        raise stage.fault("$sortByCount takes a path or an expression", node, place)
    if isinstance(node, Document) and not (node.entries and node.entries[0].key.startswith("$")):
        raise stage.fault("$sortByCount takes a path or an expression", node, place)
    key = stage.parser.expr(node, place)
    folded = Folded(stage.plan, ("_id", key), (("count", _COUNT),))
    return Sort(folded, ((Column("count", None, folded.column("count")), True),))


@stage("$bucket")
def _bucket(stage: Stage, node: Node, place: str) -> Plan:
    names = ("groupBy", "boundaries", "default", "output")
    given = stage.parameters(node, place, names, 2)
    value = _grouped_by(stage, given["groupBy"], f"{place}.groupBy")
    edges = _boundaries(stage, given["boundaries"], f"{place}.boundaries")
    branches: list[Expr] = []
    for low, high in pairwise(edges):
        inside = Call("$and", (Call("$gte", (value, low)), Call("$lt", (value, high))))
        branches += [inside, low]
    if "default" in given:
        default = stage.parser.expr(given["default"], f"{place}.default")
        if not _is_constant(default):
            raise stage.fault("default is a constant", given["default"], f"{place}.default")
        _outside(stage, default, edges, given["default"], f"{place}.default")
    else:
        text = "$bucket has no bucket for a value, and no default"
        default = Call("refuse", (Literal(text), edges[0]))
    key = Call("$switch", (*branches, default))
    return Folded(stage.plan, ("_id", key), _output(stage, given.get("output"), f"{place}.output", key))


def _grouped_by(stage: Stage, node: Node, place: str) -> Expr:
    path = isinstance(node, Scalar) and isinstance(node.value, str) and node.value.startswith("$")
    operation = isinstance(node, Document) and bool(node.entries) and node.entries[0].key.startswith("$")
    if not path and not operation:
        raise stage.fault("groupBy is a path or an expression", node, place)
    return stage.parser.expr(node, place)


def _output(stage: Stage, node: Node | None, place: str, key: Expr) -> tuple[tuple[str, Gather], ...]:
    if node is None:
        return (("count", _COUNT),)
    if not isinstance(node, Document):
        raise stage.fault("output is a document of accumulators", node, place)
    return gathered(stage, list(node.entries), place, key)


def _boundaries(stage: Stage, node: Node, place: str) -> list[Expr]:
    if not isinstance(node, Array) or len(node.items) < 2:
        raise stage.fault("boundaries are a list of two values or more", node, place)
    edges = [stage.parser.expr(item, f"{place}[{i}]") for i, item in enumerate(node.items)]
    for index, edge in enumerate(edges):
        if not isinstance(edge, Literal):
            raise stage.fault("boundaries are constants", node.items[index], f"{place}[{index}]")
        if index and rank(edge.dtype) != rank(edges[0].dtype):
            raise stage.fault("boundaries are of one type", node.items[index], f"{place}[{index}]")
        if index and not _is_below(edges[index - 1], edge):
            raise stage.fault("boundaries rise", node.items[index], f"{place}[{index}]")
    return edges


def _is_below(low: Expr, high: Expr) -> bool:
    if not isinstance(low, Literal) or not isinstance(high, Literal):
        return False
    try:
        return bool(low.value < high.value)  # type: ignore[operator]
    except TypeError:
        return False


def _is_constant(expr: Expr) -> bool:
    if isinstance(expr, Items):
        return all(map(_is_constant, expr.items))
    if isinstance(expr, Record):
        return all(_is_constant(value) for _, value in expr.parts)
    return isinstance(expr, Literal)


def _outside(stage: Stage, default: Expr, edges: list[Expr], node: Node, place: str) -> None:
    if not isinstance(default, Literal) or rank(default.dtype) != rank(edges[0].dtype):
        return
    if not _is_below(default, edges[0]) and _is_below(default, edges[-1]):
        raise stage.fault("default lies outside of the boundaries", node, place)


@stage("$bucketAuto")
def _bucket_auto(stage: Stage, node: Node, place: str) -> Plan:
    names = ("groupBy", "buckets", "output", "granularity")
    given = stage.parameters(node, place, names, 2)
    value = _grouped_by(stage, given["groupBy"], f"{place}.groupBy")
    buckets = stage.whole(given["buckets"], f"{place}.buckets", 1)
    if buckets > MOST_BUCKETS:
        message = f"$bucketAuto makes at most {MOST_BUCKETS:,} buckets"
        raise stage.fault(message, given["buckets"], f"{place}.buckets")
    output = _output(stage, given.get("output"), f"{place}.output", value)
    series = _series(stage, given.get("granularity"), f"{place}.granularity", value)
    return dealt(stage.plan, value, buckets, output, series)


def _series(stage: Stage, node: Node | None, place: str, value: Expr) -> str | None:
    if node is None:
        return None
    series = stage.text(node, place)
    if series not in SERIES:
        known = did_you_mean(series, SERIES, most=len(SERIES))
        raise stage.fault(f"no granularity {series!r}{known}", node, place)
    if not isinstance(required(value.dtype), Number | Nothing):
        raise stage.fault(f"a granularity needs numbers, got {said(value.dtype)}", node, place)
    return series


def dealt(
    plan: Plan,
    key: Expr,
    buckets: int,
    output: tuple[tuple[str, Gather], ...],
    series: str | None = None,
) -> Plan:
    """The rows of a plan in buckets of about one size, each with its least key and the next one's."""
    number = fresh(plan, "bucket")
    numbered = Bucketed(plan, key, buckets, number, series)
    rising: By = ((key, False),)
    ends = (("min", Gather("$top", (key,), rising)), ("max", Gather("$bottom", (key,), rising)))
    names = {f"gathered {index}": name for index, (name, _) in enumerate(output)}
    values = tuple((own, gather) for own, (_, gather) in zip(names, output, strict=True))
    bucket = Column(number, None, Number(integer=True))
    folded = Folded(numbered, ("bucket", bucket), (*values, *ends))
    order: By = ((column(folded, "bucket"), False),)
    found = Windowed(folded, None, order, tuple(_neighbours(folded)))
    low, high = _rounded(found, series) if series else _plain(found)
    named = ((name, column(found, own)) for own, name in names.items())
    return Project(found, (("_id", Record((("min", low), ("max", high)))), *named))


def _neighbours(buckets: Plan) -> Iterator[tuple[str, Gather, Frame]]:
    """The ends of the buckets beside each, and whether it is the first or the last."""
    for name, end, by in (("next", "min", 1), ("before", "max", -1)):
        yield name, Gather("$shift", (column(buckets, end), Literal(by), _NULL)), Frame()
    for name, by in (("last", 1), ("first", -1)):
        yield name, Gather("$shift", (Literal(False), Literal(by), Literal(True))), Frame()


def _plain(buckets: Plan) -> tuple[Expr, Expr]:
    least, greatest = column(buckets, "min"), column(buckets, "max")
    return least, Call("$cond", (column(buckets, "last"), greatest, column(buckets, "next")))


def _rounded(buckets: Plan, series: str) -> tuple[Expr, Expr]:
    """The ends of buckets at numbers of a series; a bucket of zeros ends below the next one."""

    def rounded(way: str, name: str) -> Expr:
        return Call(f"round {way}", (column(buckets, name), Literal(series)))

    def is_zero(name: str) -> Expr:
        return Call("$eq", (column(buckets, name), Literal(0)))

    low = Call("$cond", (is_zero("before"), rounded("down", "min"), rounded("up", "before")))
    low = Call("$cond", (column(buckets, "first"), rounded("down", "min"), low))
    ends = Call("$and", (is_zero("max"), Call("$not", (column(buckets, "last"),))))
    return low, Call("$cond", (ends, rounded("down", "next"), rounded("up", "max")))
