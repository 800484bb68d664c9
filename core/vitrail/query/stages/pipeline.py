"""A pipeline, such as `[{$match: …}, {$group: …}]`, read into a plan."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vitrail.dtypes import DType
from vitrail.errors import Invalid, QueryError, did_you_mean
from vitrail.query.expr import Expr
from vitrail.query.nearest import closest
from vitrail.query.parser import Parser
from vitrail.query.plan import Plan
from vitrail.query.reading import read
from vitrail.query.syntax import Array, Document, Node, Scalar

MOST_STAGES = 200

Keys = Callable[[Plan, Expr], Sequence[str]]
_FAMILIES = ("basic", "unwinding", "shapes", "grouping", "tables", "windows")


@dataclass(frozen=True)
class Pipeline:
    """What the stages of a pipeline are read with.

    Attributes:
        text: the text that was typed; None where it came as documents.
        tables: the other tables that stages may name.
        keys: gives the names that the documents of an expression over a plan have among them.
        lenient: whether a path that leads nowhere reads as null.
        scope: the variables that are known, with their types.
        depth: in how many other pipelines it stands.
    """

    text: str | None = None
    tables: Mapping[str, Plan] = field(default_factory=dict)
    keys: Keys | None = None
    lenient: bool = False
    scope: tuple[tuple[str, DType], ...] = ()
    depth: int = 0

    def parser(self, plan: Plan) -> Parser:
        """What reads expressions over a plan's rows."""
        return Parser(plan, self.text, self.scope, lenient=self.lenient)

    def inner(self, /, **variables: DType) -> Pipeline:
        """What reads a pipeline inside this one, which may use some variables too."""
        return replace(self, scope=(*self.scope, *variables.items()), depth=self.depth + 1)

    def table(self, stage: Stage, node: Node, place: str) -> Plan:
        """The other table that a name stands for."""
        name = node.value if isinstance(node, Scalar) else None
        if not isinstance(name, str):
            raise stage.fault("a table's name is a text", node, place)
        if name not in self.tables:
            raise stage.fault(f"no table {name!r}{did_you_mean(name, self.tables)}", node, place)
        return self.tables[name]

    def read(self, node: Node, plan: Plan, place: str) -> Plan:
        """The plan that the stages of a list make of another."""
        if not isinstance(node, Array):
            message = "a pipeline is a list of stages, such as [{$match: {…}}]"
            raise self.parser(plan).fault(message, node, place)
        if len(node.items) > MOST_STAGES or self.depth > 8:
            message = f"a pipeline has at most {MOST_STAGES} stages, and stands in at most 8 others"
            raise self.parser(plan).fault(message, node, place)
        for index, item in enumerate(node.items):
            plan = self._stage(item, plan, place, first=index == 0)
        return plan

    def _stage(self, node: Node, plan: Plan, place: str, *, first: bool) -> Plan:
        parser = self.parser(plan)
        if not isinstance(node, Document) or len(node.entries) != 1:
            message = "a stage is a document with one key, such as {$limit: 10}"
            raise parser.fault(message, node, place)
        entry = node.entries[0]
        here = f"{place}.{entry.key}" if place else entry.key
        known = stages()
        if entry.key not in known:
            hint = closest(entry.key, known)
            raise QueryError(f"no stage {entry.key!r}", span=entry.span, path=here, hint=hint)
        if entry.key == "$documents" and not first:
            raise QueryError("$documents is the first stage", span=entry.span, path=here)
        stage = Stage(self, parser, plan, entry.key)
        return stage.born(entry.value, here, lambda: known[entry.key](stage, entry.value, here))


@dataclass(frozen=True)
class Stage:
    """One stage while it is read.

    Attributes:
        pipeline: what it is a part of.
        parser: reads expressions over the rows that come in.
        plan: these rows.
        name: such as "$group".
    """

    pipeline: Pipeline
    parser: Parser
    plan: Plan
    name: str

    def fault(self, message: str, node: Node, place: str, *, hint: str = "") -> QueryError:
        """An error about a node, which says where it stands."""
        return self.parser.fault(message, node, place, hint=hint)

    def born(self, node: Node, place: str, make: Callable[[], Plan]) -> Plan:
        """A node of ours, or its refusal at its place in the text."""
        try:
            return make()
        except QueryError as error:
            if error.path or error.span:
                raise
            raise self.fault(str(error), node, place, hint=error.hint) from None
        except Invalid as error:
            raise self.fault(str(error), node, place) from None

    def parameters(
        self, node: Node, place: str, names: tuple[str, ...], least: int = 0
    ) -> dict[str, Node]:
        """The parameters that a document gives, by name; the first `least` must be there."""
        if not isinstance(node, Document):
            raise self.fault(f"{self.name} takes a document with {', '.join(names)}", node, place)
        for entry in node.entries:
            if entry.key not in names:
                message = f"{self.name} has no parameter {entry.key!r}{did_you_mean(entry.key, names)}"
                raise QueryError(message, span=entry.span, path=place)
        given = {entry.key: entry.value for entry in node.entries}
        for name in names[:least]:
            if name not in given:
                raise self.fault(f"{self.name} needs the parameter {name!r}", node, place)
        return given

    def text(self, node: Node, place: str) -> str:
        """A text that is one."""
        value = node.value if isinstance(node, Scalar) else None
        if not isinstance(value, str):
            raise self.fault("a text is wanted", node, place)
        return value

    def whole(self, node: Node, place: str, least: int) -> int:
        """A whole number."""
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            raise self.fault(f"{self.name} needs a whole number", node, place)
        if value < least:
            raise self.fault(f"{self.name} needs a whole number, {least} or more", node, place)
        return min(int(value), 2**62)

    def flag(self, node: Node | None, place: str) -> bool:
        """True or false; false where it is left out."""
        if node is None:
            return False
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        raise self.fault("true or false is wanted", node, place)

    def new_name(self, node: Node, place: str, what: str) -> str:
        """A name for a new column."""
        name = node.value if isinstance(node, Scalar) else None
        if not isinstance(name, str) or not name:
            raise self.fault(f"{what} is a text that is not empty", node, place)
        if name.startswith("$") or "." in name or "\0" in name:
            raise self.fault(f"{what} has no dot and does not begin with $", node, place)
        return name


Reader = Callable[[Stage, Node, str], Plan]
_TABLE: dict[str, Reader] = {}


def stage(*names: str) -> Callable[[Reader], Reader]:
    """Enter what reads a stage under its names."""

    def enter(reader: Reader) -> Reader:
        _TABLE.update(dict.fromkeys(names, reader))
        return reader

    return enter


@functools.cache
def _load() -> None:
    for family in _FAMILIES:
        importlib.import_module(f"vitrail.query.stages.{family}")


def stages() -> dict[str, Reader]:
    """What reads each stage, by name."""
    _load()
    return _TABLE


def parse_pipeline(
    source: str | Sequence[Mapping[str, Any]],
    plan: Plan,
    *,
    tables: Mapping[str, Plan] | None = None,
    keys: Keys | None = None,
    lenient: bool = False,
) -> Plan:
    """The plan that a pipeline makes of another.

    Args:
        source: the text as it was typed, or the list of documents in Python.
        plan: what comes in.
        tables: the other tables that $lookup and $unionWith may name.
        keys: asked for the names in documents that are known only by their data, such as those of
            {$arrayToObject: …} where they become columns; without it such a pipeline is an error.
        lenient: read a path that leads nowhere as null, instead of refusing it.

    Raises:
        QueryError: the pipeline makes no sense; with its place in the text.
    """
    text = source if isinstance(source, str) else None
    return Pipeline(text, tables or {}, keys, lenient).read(read(source), plan, "")
