"""$lookup $unionWith $facet: several tables, or several views of one."""

from __future__ import annotations

from vitrail.dtypes import List, required
from vitrail.query.expr import Call, Column, Expr, Items, Literal, Variable
from vitrail.query.forms import variable
from vitrail.query.plan import Plan, Where
from vitrail.query.stages.paths import fresh, placed, reached
from vitrail.query.stages.pipeline import Stage, stage
from vitrail.query.steps import Correlated, Documents, Facets, Matched, Project, Stacked
from vitrail.query.syntax import Array, Document, Node, Scalar
from vitrail.query.value_types import common


@stage("$unionWith")
def _union(stage: Stage, node: Node, place: str) -> Plan:
    if isinstance(node, Scalar):
        return Stacked((stage.plan, stage.pipeline.table(stage, node, place)))
    given = stage.parameters(node, place, ("coll", "pipeline"))
    other = _source(stage, given, "coll", node, place)
    if "pipeline" in given:
        other = stage.pipeline.inner().read(given["pipeline"], other, f"{place}.pipeline")
    return Stacked((stage.plan, other))


def _source(stage: Stage, given: dict[str, Node], name: str, node: Node, place: str) -> Plan:
    """The table that is named, or none where the pipeline begins with its own documents."""
    if name in given:
        return stage.pipeline.table(stage, given[name], f"{place}.{name}")
    pipeline = given.get("pipeline")
    first = pipeline.items[0] if isinstance(pipeline, Array) and pipeline.items else None
    if isinstance(first, Document) and first.get("$documents") is not None:
        return Documents((), ())
    raise stage.fault(f"{stage.name} needs the parameter {name!r}", node, place)


@stage("$facet")
def _facet(stage: Stage, node: Node, place: str) -> Plan:
    if not isinstance(node, Document) or not node.entries:
        raise stage.fault("$facet takes a document of pipelines", node, place)
    tables: list[tuple[str, Plan]] = []
    for entry in node.entries:
        here = f"{place}.{entry.key}"
        name = stage.new_name(Scalar(entry.span, entry.key), here, "the name of a facet")
        if isinstance(entry.value, Array):
            for item in entry.value.items:
                first = item.entries[0].key if isinstance(item, Document) and item.entries else ""
                if first in ("$facet", "$documents"):
                    raise stage.fault(f"{first} does not stand in $facet", item, here)
        tables.append((name, stage.pipeline.inner().read(entry.value, stage.plan, here)))
    return Facets(tuple(tables))


_NULL = Literal(None)
_KEY = "local key"
_LOOKUP = ("from", "localField", "foreignField", "as", "let", "pipeline")


@stage("$lookup")
def _lookup(stage: Stage, node: Node, place: str) -> Plan:
    given = stage.parameters(node, place, _LOOKUP)
    if "as" not in given:
        raise stage.fault("$lookup needs the parameter 'as'", node, place)
    path = stage.text(given["as"], f"{place}.as")
    if not path or path.startswith("$") or not all(path.split(".")):
        raise stage.fault("as is a column's name", given["as"], f"{place}.as")
    pair = "localField" in given, "foreignField" in given
    if pair[0] != pair[1]:
        raise stage.fault("localField and foreignField stand together", node, place)
    if not pair[0] and "pipeline" not in given:
        message = "$lookup needs localField and foreignField, or a pipeline"
        raise stage.fault(message, node, place)
    if "let" in given and "pipeline" not in given:
        raise stage.fault("let stands with a pipeline", given["let"], f"{place}.let")
    other = _source(stage, given, "from", node, place)
    name = fresh(stage.plan, "documents")
    found = _found(stage, given, other, name, place=place)
    values = placed(found, tuple(path.split(".")), Column(name, None, found.column(name)))
    return Project(found, tuple((key, value) for key, value in values.items() if key != name))


def _found(stage: Stage, given: dict[str, Node], other: Plan, name: str, *, place: str) -> Plan:
    if "localField" not in given:
        return _correlated(stage, given, other, name, place=place)
    mine = _key(stage, stage.plan, given["localField"], f"{place}.localField")
    theirs = _key(stage, other, given["foreignField"], f"{place}.foreignField")
    if "pipeline" not in given:
        return Matched(stage.plan, other, (mine, theirs), name)
    return _correlated(stage, given, other, name, place=place, keys=(mine, theirs))


def _key(stage: Stage, plan: Plan, node: Node, place: str) -> Expr:
    path = stage.text(node, place)
    if not path or path.startswith("$") or not all(path.split(".")):
        raise stage.fault("a field is a path without $", node, place)
    return reached(stage.pipeline.parser(plan), tuple(path.split(".")))


def _correlated(
    stage: Stage,
    given: dict[str, Node],
    other: Plan,
    name: str,
    *,
    place: str,
    keys: tuple[Expr, Expr] | None = None,
) -> Plan:
    variables: list[tuple[str, Expr]] = []
    let = given.get("let")
    if let is not None and not isinstance(let, Document):
        raise stage.fault("let is a document of names and values", let, f"{place}.let")
    for entry in let.entries if isinstance(let, Document) else ():
        here = f"{place}.let.{entry.key}"
        known = variable(stage.parser, Scalar(entry.span, entry.key), here)
        variables.append((known, stage.parser.expr(entry.value, here)))
    types = {known: value.dtype for known, value in variables}
    inside = stage.pipeline.inner(**types)
    if keys is not None:
        mine, theirs = keys
        variables.append((_KEY, mine))
        other = Where(other, _same(Variable(_KEY, mine.dtype), theirs))
    plan = inside.read(given["pipeline"], other, f"{place}.pipeline")
    return Correlated(stage.plan, tuple(variables), plan, name)


def _same(left: Expr, right: Expr) -> Expr:
    """Whether two keys are the same, or an item of one and the other."""
    lists = tuple(map(_listed, (left, right)))
    if common([one.dtype for one in lists]) is None:
        lists = tuple(Call("as mixed", (one,)) for one in lists)
    return Call("$gt", (Call("$size", (Call("$setIntersection", lists),)), Literal(0)))


def _listed(key: Expr) -> Expr:
    """What a key stands for: its items, null for none of them, or itself."""
    if not isinstance(required(key.dtype), List):
        return Items((key,))
    none = Call("$or", (Call("$eq", (key, _NULL)), Call("$eq", (Call("length", (key,)), Literal(0)))))
    return Call("$cond", (none, Items((_NULL,)), key))
