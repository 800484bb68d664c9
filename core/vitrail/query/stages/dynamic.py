"""Stages over values of several kinds, whose parts are known only by the data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vitrail import mixed
from vitrail.dtypes import Optional
from vitrail.errors import QueryError
from vitrail.query.expr import Call, Column, Expr, Field, Literal
from vitrail.query.plan import Plan
from vitrail.query.steps import Folded, Project, Slice, Unwound
from vitrail.query.syntax import Node, Scalar

if TYPE_CHECKING:
    from vitrail.query.engine import Engine
    from vitrail.query.stages.pipeline import Stage
    from vitrail.query.stages.shapes import Leaf, Shape, Tree

MOST_NAMES = 1_000
_NULL = Literal(None)
Path = tuple[str, ...]


def _leaves(sub: Tree, before: Path = ()) -> Iterator[tuple[Path, Leaf]]:
    for name, inside in sub.items():
        if isinstance(inside, dict):
            yield from _leaves(inside, (*before, name))
        else:
            yield (*before, name), inside


def _named(paths: list[Path]) -> tuple[Expr, ...]:
    return tuple(Literal(".".join(path)) for path in paths)


def shaped(shape: Shape, source: Expr, sub: Tree, path: Path) -> Expr:
    """A value of several kinds with only the parts that are kept or worked out."""
    leaves = list(_leaves(sub))
    kept = [inside for inside, leaf in leaves if leaf.value == "include"]
    found: Expr = Call("keep parts", (source, *_named(kept))) if kept else _NULL
    for inside, leaf in leaves:
        if leaf.value != "include":
            found = write(found, inside, shape.value(leaf, (*path, *inside)))
    return found


def dropped(source: Expr, sub: Tree) -> Expr:
    """A value of several kinds without some of its parts."""
    return Call("drop parts", (source, *_named([path for path, _ in _leaves(sub)])))


def added(shape: Shape, source: Expr, sub: Tree, path: Path) -> Expr:
    """A value of several kinds with more parts."""
    found = source
    for inside, leaf in _leaves(sub):
        if isinstance(leaf.value, Scalar) and leaf.value.value == "$$REMOVE":
            found = Call("drop parts", (found, *_named([inside])))
        else:
            found = write(found, inside, shape.value(leaf, (*path, *inside)))
    return found


def write(source: Expr, path: Path, value: Expr) -> Expr:
    """A value of several kinds with another where a path leads."""
    return Call("write part", (source, *_named([path]), value))


def replaced(stage: Stage, value: Expr, node: Node, place: str) -> Plan:
    """The parts of documents of several kinds as the columns."""
    keys = stage.pipeline.keys
    if keys is None:
        message = f"the parts of the document are known only by the data, so {stage.name} has no columns"
        hint = "write the document out, such as {name: '$path'}"
        raise stage.fault(message, node, place, hint=hint)
    names = list(keys(stage.plan, value))
    if len(names) > MOST_NAMES:
        message = f"the documents have more than {MOST_NAMES:,} names among them"
        raise stage.fault(message, node, place)
    columns = tuple((name, Field(value, name)) for name in names)
    return Project(stage.plan, columns, missing(stage, value))


def missing(stage: Stage, value: Expr) -> tuple[tuple[str, Expr], ...]:
    """What MongoDB refuses to put into the place of a row."""
    if not isinstance(value.dtype, Optional):
        return ()
    return ((f"{stage.name} of null", Call("$eq", (value, _NULL))),)


def names_of(engine: Engine, plan: Plan, expr: Expr) -> list[str]:
    """The names that the documents of an expression have among them, in order; a few more than allowed.

    Raises:
        QueryError: a name is no text.
    """
    pairs = Unwound(plan, Call("$objectToArray", (expr,)), ("a pair", "its place"))
    key = Field(Column("a pair", None, pairs.column("a pair")), "k")
    found = engine.rows(Slice(Folded(pairs, ("name", key), ()), 0, MOST_NAMES + 1))
    names: list[Any] = found.column(0).to_pylist()
    if "Mixed" in str(key.dtype):
        names = [mixed.decode(name) for name in names]
    if not all(isinstance(name, str) for name in names):
        raise QueryError("a name in a document is no text")
    return names
