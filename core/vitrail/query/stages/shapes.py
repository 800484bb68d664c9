"""$project $addFields $set $unset $replaceRoot $replaceWith: rows with other columns."""

from __future__ import annotations

from dataclasses import dataclass

from vitrail.dtypes import List, Mixed, Nothing, Optional, required
from vitrail.errors import QueryError, did_you_mean
from vitrail.query.expr import Call, Expr, Filter, Literal, Map, Record, Variable
from vitrail.query.operator import said
from vitrail.query.plan import Plan
from vitrail.query.stages import dynamic
from vitrail.query.stages.paths import Values, is_document, parts_of, values_of
from vitrail.query.stages.pipeline import Stage, stage
from vitrail.query.steps import Project
from vitrail.query.syntax import Array, Document, Entry, Node, Scalar

INCLUDE, EXCLUDE = "include", "exclude"
_NULL = Literal(None)


@dataclass(frozen=True)
class Leaf:
    """What a projection says of one path.

    Attributes:
        entry: where it says so.
        value: INCLUDE, EXCLUDE, or the expression's node.
    """

    entry: Entry
    value: str | Node


Tree = dict[str, "Leaf | Tree"]


class Shape:
    """The paths of a projection as a tree."""

    def __init__(self, stage: Stage, place: str, *, flags: bool) -> None:
        self.stage, self.place, self.flags = stage, place, flags
        self.tree: Tree = {}
        self.leaves: list[tuple[tuple[str, ...], Leaf]] = []

    def read(self, node: Node) -> Shape:
        """Read the stage's document."""
        if not isinstance(node, Document) or (self.flags and not node.entries):
            message = f"{self.stage.name} takes a document with one column or more"
            raise self.stage.fault(message, node, self.place)
        for entry in node.entries:
            self._entry(entry, (), self.place)
        return self

    def _entry(self, entry: Entry, before: tuple[str, ...], place: str) -> None:
        here = f"{place}.{entry.key}"
        segments = tuple(entry.key.split("."))
        if not all(segments) or any(s.startswith("$") for s in segments):
            message = f"{entry.key!r} is no column's name, at {place}"
            raise QueryError(message, span=entry.span, path=here)
        if before and len(segments) > 1:
            raise QueryError(f"the key {entry.key!r} has a dot", span=entry.span, path=here)
        path = (*before, *segments)
        value = entry.value
        if isinstance(value, Document) and not (value.entries and value.entries[0].key.startswith("$")):
            if not value.entries:
                raise self.stage.fault("an empty document is no value", value, here)
            for inner in value.entries:
                self._entry(inner, path, here)
            return
        self._put(path, Leaf(entry, self._said(value)), here)

    def _said(self, node: Node) -> str | Node:
        value = node.value if isinstance(node, Scalar) else None
        if self.flags and isinstance(value, bool | int | float):
            return INCLUDE if value else EXCLUDE
        return node

    def _put(self, path: tuple[str, ...], leaf: Leaf, place: str) -> None:
        tree = self.tree
        for segment in path[:-1]:
            inner = tree.setdefault(segment, {})
            if isinstance(inner, Leaf):
                message = f"{'.'.join(path)!r} stands beside {segment!r}, which holds it"
                raise QueryError(message, span=leaf.entry.span, path=place)
            tree = inner
        if path[-1] in tree:
            raise QueryError(f"{'.'.join(path)!r} stands twice", span=leaf.entry.span, path=place)
        tree[path[-1]] = leaf
        self.leaves.append((path, leaf))

    def value(self, leaf: Leaf, path: tuple[str, ...]) -> Expr:
        """The expression of a leaf that is computed."""
        node = leaf.entry.value
        return self.stage.parser.value(node, f"{self.place}.{'.'.join(path)}")


def is_removed(leaf: Leaf) -> bool:
    """Whether a leaf takes its column away."""
    return isinstance(leaf.value, Scalar) and leaf.value.value == "$$REMOVE"


@stage("$project")
def _project(stage: Stage, node: Node, place: str) -> Plan:
    shape = Shape(stage, place, flags=True).read(node)
    others = [(path, leaf) for path, leaf in shape.leaves if path != ("_id",)]
    counted = others or shape.leaves
    out = counted[0][1].value == EXCLUDE
    for path, leaf in counted:
        if (leaf.value == EXCLUDE) != out:
            verb = ("leaves out", "keeps") if out else ("keeps", "leaves out")
            message = (
                f"$project {verb[0]} columns or {verb[1]} them, not both; {'.'.join(path)!r} differs"
            )
            raise QueryError(message, span=leaf.entry.span, path=place)
    own = shape.tree.get("_id")
    if out:
        if isinstance(own, Leaf) and own.value not in (INCLUDE, EXCLUDE):
            raise QueryError("$project leaves out columns and works out _id", path=place)
        tree = {name: sub for name, sub in shape.tree.items() if not _is(sub, INCLUDE)}
        return _without(stage, tree, place)
    return _with(stage, shape, place)


def _is(sub: Leaf | Tree, said: str) -> bool:
    return isinstance(sub, Leaf) and sub.value == said


def _with(stage: Stage, shape: Shape, place: str) -> Plan:
    known = values_of(stage.plan)
    tree = dict(shape.tree)
    if _is(tree.get("_id", {}), EXCLUDE):
        del tree["_id"]
    elif "_id" in known:
        tree = {"_id": tree.pop("_id", _INCLUDED), **tree}
    kept = [name for name in known if name in tree and not _computed(tree[name])]
    names = dict.fromkeys((*(("_id",) if "_id" in tree else ()), *kept, *tree))
    found: Values = {}
    for name in names:
        sub = tree[name]
        if name not in known and _is(sub, INCLUDE):
            dotted = [n for n in known if n == name]
            _unknown(stage, name, sub, place, known=known)
            if not dotted:
                found[name] = _NULL
                continue
        if isinstance(sub, Leaf) and is_removed(sub):
            continue
        if name not in known and not _computes(sub):
            _unknown(stage, name, sub, place, known=known)
            found[name] = _NULL
            continue
        found[name] = _shaped(shape, known.get(name, _NULL), sub, (name,))
    return Project(stage.plan, tuple(found.items()))


_INCLUDED = Leaf(Entry("_id", None, Scalar(None, 1)), INCLUDE)


def _unknown(stage: Stage, name: str, sub: Leaf | Tree, place: str, *, known: Values) -> None:
    """Refuse a column that there is not, unless it reads as null."""
    if not stage.pipeline.lenient:
        leaf = _first(sub)
        message = f"no column {name!r}{did_you_mean(name, known)}"
        raise QueryError(message, span=leaf.entry.span, path=f"{place}.{name}")


def _first(sub: Leaf | Tree) -> Leaf:
    while not isinstance(sub, Leaf):
        sub = next(iter(sub.values()))
    return sub


def _computed(sub: Leaf | Tree) -> bool:
    return isinstance(sub, Leaf) and sub.value not in (INCLUDE, EXCLUDE)


def _computes(sub: Leaf | Tree) -> bool:
    """Whether anything in it is worked out."""
    return _computed(sub) if isinstance(sub, Leaf) else any(map(_computes, sub.values()))


def _shaped(shape: Shape, source: Expr, sub: Leaf | Tree, path: tuple[str, ...]) -> Expr:
    """A value with only the parts that are kept or worked out."""
    if isinstance(sub, Leaf):
        return source if sub.value == INCLUDE else shape.value(sub, path)
    inner, computes = required(source.dtype), _computes(sub)
    if isinstance(inner, Mixed):
        return dynamic.shaped(shape, source, sub, path)
    if isinstance(inner, List):
        name = f"item of {'.'.join(path)}"
        item = Variable(name, inner.item)
        if (
            not computes
            and not isinstance(required(inner.item), List | Mixed)
            and not is_document(inner.item)
        ):
            return Filter(source, name, Literal(False))
        return Map(source, name, _shaped(shape, item, sub, path))
    known = parts_of(source)
    if not known and not computes:
        return _NULL
    if is_document(source.dtype):
        for name in sub:
            if name not in known and not _computes(sub[name]):
                here = ".".join((*path, name))
                if not shape.stage.pipeline.lenient:
                    raise QueryError(
                        f"no part {name!r} in {'.'.join(path)!r}{did_you_mean(name, known)}",
                        span=_first(sub[name]).entry.span,
                        path=f"{shape.place}.{here}",
                    )
    names = [n for n in known if n in sub and not _computed(sub[n])]
    names += [n for n in sub if n not in names and (n in known or _computes(sub[n]))]
    parts = [
        (n, _shaped(shape, known.get(n, _NULL), sub[n], (*path, n))) for n in names if not _gone(sub[n])
    ]
    return _guarded(source, Record(tuple(parts)), always=computes)


def _gone(sub: Leaf | Tree) -> bool:
    return isinstance(sub, Leaf) and is_removed(sub)


def _guarded(source: Expr, made: Expr, *, always: bool = False) -> Expr:
    """What is made of a value, null where the value is."""
    if always or not isinstance(source.dtype, Optional | Nothing):
        return made
    return Call("$cond", (Call("$eq", (source, _NULL)), _NULL, made))


def _without(stage: Stage, tree: Tree, place: str) -> Plan:
    found = values_of(stage.plan)
    for name, sub in tree.items():
        if name not in found:
            _unknown(stage, name, sub, place, known=found)
        elif isinstance(sub, Leaf):
            del found[name]
        else:
            found[name] = _dropped(stage, found[name], sub, (name,))
    return Project(stage.plan, tuple(found.items()))


def _dropped(stage: Stage, source: Expr, sub: Tree, path: tuple[str, ...]) -> Expr:
    """A value without some of its parts."""
    inner = required(source.dtype)
    if isinstance(inner, Mixed):
        return dynamic.dropped(source, sub)
    if isinstance(inner, List):
        name = f"item of {'.'.join(path)}"
        return Map(source, name, _dropped(stage, Variable(name, inner.item), sub, path))
    parts = parts_of(source)
    if not parts:
        return source
    for name, inside in sub.items():
        if name not in parts:
            if not stage.pipeline.lenient:
                message = f"no part {name!r} in {'.'.join(path)!r}{did_you_mean(name, parts)}"
                raise QueryError(message, span=_first(inside).entry.span, path=".".join((*path, name)))
        elif isinstance(inside, Leaf):
            del parts[name]
        else:
            parts[name] = _dropped(stage, parts[name], inside, (*path, name))
    return _guarded(source, Record(tuple(parts.items())))


@stage("$unset")
def _unset(stage: Stage, node: Node, place: str) -> Plan:
    items = node.items if isinstance(node, Array) else (node,)
    if not items:
        raise stage.fault("$unset takes a column's name, or a list of them", node, place)
    entries = []
    for item in items:
        name = item.value if isinstance(item, Scalar) else None
        if not isinstance(name, str) or not name:
            raise stage.fault("$unset takes a column's name, or a list of them", item, place)
        entries.append(Entry(name, item.span, Scalar(item.span, 0)))
    shape = Shape(stage, place, flags=True).read(Document(node.span, tuple(entries)))
    return _without(stage, shape.tree, place)


@stage("$addFields", "$set")
def _add(stage: Stage, node: Node, place: str) -> Plan:
    shape = Shape(stage, place, flags=False).read(node)
    found = values_of(stage.plan)
    for name, sub in shape.tree.items():
        if _gone(sub):
            found.pop(name, None)
        else:
            found[name] = _added(shape, found.get(name), sub, (name,))
    return Project(stage.plan, tuple(found.items()))


def _added(shape: Shape, source: Expr | None, sub: Leaf | Tree, path: tuple[str, ...]) -> Expr:
    """A value with parts that are worked out; what is no document becomes one."""
    if isinstance(sub, Leaf):
        return shape.value(sub, path)
    inner = None if source is None else required(source.dtype)
    if isinstance(inner, Mixed) and source is not None:
        return dynamic.added(shape, source, sub, path)
    if isinstance(inner, List) and source is not None:
        name = f"item of {'.'.join(path)}"
        return Map(source, name, _added(shape, Variable(name, inner.item), sub, path))
    parts = parts_of(source)
    for name, inside in sub.items():
        if _gone(inside):
            parts.pop(name, None)
        else:
            parts[name] = _added(shape, parts.get(name), inside, (*path, name))
    return Record(tuple(parts.items()))


@stage("$replaceRoot")
def _root(stage: Stage, node: Node, place: str) -> Plan:
    given = stage.parameters(node, place, ("newRoot",), 1)
    return replaced(stage, given["newRoot"], f"{place}.newRoot")


@stage("$replaceWith")
def _replace(stage: Stage, node: Node, place: str) -> Plan:
    return replaced(stage, node, place)


def replaced(stage: Stage, node: Node, place: str) -> Plan:
    """The parts of a document as the columns."""
    value = stage.parser.value(node, place)
    inner = required(value.dtype)
    if isinstance(inner, Mixed):
        return dynamic.replaced(stage, value, node, place)
    if not is_document(value.dtype):
        raise stage.fault(f"{stage.name} needs a document, got {said(inner)}", node, place)
    checks: tuple[tuple[str, Expr], ...] = ()
    if isinstance(value.dtype, Optional):
        checks = ((f"{stage.name} of null", Call("$eq", (value, _NULL))),)
    return Project(stage.plan, tuple(parts_of(value).items()), checks)
