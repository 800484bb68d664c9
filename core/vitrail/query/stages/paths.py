"""Paths of stages: what they lead to, and columns with something put where they lead."""

from __future__ import annotations

from vitrail.dtypes import DType, Image, List, Mixed, Struct, required
from vitrail.errors import QueryError
from vitrail.query.expr import Column, Expr, Field, Map, Record, Variable
from vitrail.query.parser import Parser
from vitrail.query.plan import Plan
from vitrail.query.stages.dynamic import write
from vitrail.query.step import own
from vitrail.query.syntax import Entry, Scalar

Values = dict[str, Expr]


def path_of(entry: Entry, place: str) -> tuple[str, ...]:
    """The segments of a key that is a path.

    Raises:
        QueryError: it is none.
    """
    segments = tuple(entry.key.split("."))
    if not all(segments) or any(segment.startswith("$") for segment in segments):
        raise QueryError(f"{entry.key!r} is no path, at {place}", span=entry.span, path=place)
    return segments


def reached(parser: Parser, path: tuple[str, ...]) -> Expr:
    """What a path leads to.

    Raises:
        QueryError: it leads nowhere.
    """
    return parser.path(Scalar(None, None), "$" + ".".join(path), "")


def values_of(plan: Plan) -> Values:
    """A plan's columns, as they are."""
    return {name: Column(name, None, dtype) for name, dtype in own(plan)}


def column(plan: Plan, name: str) -> Column:
    """A column of a plan, as it is."""
    return Column(name, None, plan.column(name))


def fresh(plan: Plan, name: str) -> str:
    """A name that no column of a plan has."""
    taken = {known for known, _ in own(plan)}
    names = (name, *(f"{name}_{i}" for i in range(1, len(taken) + 2)))
    return next(known for known in names if known not in taken)


def placed(plan: Plan, path: tuple[str, ...], value: Expr, values: Values | None = None) -> Values:
    """A plan's columns with a value where a path leads; of a list, in each of its items."""
    found = dict(values or values_of(plan))
    first, *rest = path
    found[first] = with_part(found.get(first), tuple(rest), value)
    return found


def with_part(source: Expr | None, path: tuple[str, ...], value: Expr, depth: int = 0) -> Expr:
    """A value with another where a path leads: what is no document becomes one."""
    if not path:
        return value
    inner = None if source is None else required(source.dtype)
    if isinstance(inner, List) and source is not None:
        name = f"part {depth} of {path[0]}"
        item = Variable(name, inner.item)
        return Map(source, name, with_part(item, path, value, depth + 1))
    if isinstance(inner, Mixed) and source is not None:
        return write(source, path, value)
    first, *rest = path
    parts = parts_of(source)
    parts[first] = with_part(parts.get(first), tuple(rest), value, depth)
    return Record(tuple(parts.items()))


def parts_of(source: Expr | None) -> Values:
    """The parts of a document by name; none of anything else."""
    if isinstance(source, Record):
        return dict(source.parts)
    if source is None or not isinstance(required(source.dtype), Struct | Image):
        return {}
    return {name: Field(source, name) for name in required(source.dtype).field_names}


def is_document(dtype: DType) -> bool:
    """Whether a value has parts with names."""
    return isinstance(required(dtype), Struct | Image)
