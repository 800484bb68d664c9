"""Stages over values of several kinds, whose parts are known only by the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.query.expr import Expr
from vitrail.query.plan import Plan
from vitrail.query.syntax import Node

if TYPE_CHECKING:
    from vitrail.query.stages.pipeline import Stage
    from vitrail.query.stages.shapes import Shape, Tree


def shaped(shape: Shape, source: Expr, sub: Tree, path: tuple[str, ...]) -> Expr:
    """A value of several kinds with only the parts that are kept or worked out."""
    raise shape.stage.parser.fault("not yet", shape.leaves[0][1].entry.value, shape.place)


def dropped(source: Expr, sub: Tree) -> Expr:
    """A value of several kinds without some of its parts."""
    raise NotImplementedError


def added(shape: Shape, source: Expr, sub: Tree, path: tuple[str, ...]) -> Expr:
    """A value of several kinds with more parts."""
    raise NotImplementedError


def replaced(stage: Stage, value: Expr, node: Node, place: str) -> Plan:
    """The parts of documents of several kinds as the columns."""
    raise NotImplementedError
