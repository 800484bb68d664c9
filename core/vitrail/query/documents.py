"""How $getField, $setField, $unsetField, $mergeObjects and $arrayToObject are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.dtypes import List, Nothing, required
from vitrail.errors import did_you_mean
from vitrail.query.expr import Call, Expr, Items, Literal, Record
from vitrail.query.forms import Form, named
from vitrail.query.operators.objects import parts_of
from vitrail.query.syntax import Array, Document, Node, Scalar
from vitrail.query.wholes import row_of

if TYPE_CHECKING:
    from vitrail.query.parser import Parser


def _field_name(parser: Parser, node: Node, place: str) -> str:
    """A constant name; the only way to write one with a dot or a dollar."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, str) and value.startswith("$"):
        hint = f"write {{$literal: '{value}'}} for a name that begins with $"
        raise parser.fault("the field's name must be a constant", node, place, hint=hint)
    if isinstance(node, Document):
        expr = parser.expr(node, place)
        value = expr.value if isinstance(expr, Literal) else None
    if not isinstance(value, str):
        raise parser.fault("the field's name must be a constant text", node, place)
    return value


def _get(parser: Parser, node: Node, place: str) -> Expr:
    keys = [entry.key for entry in node.entries] if isinstance(node, Document) else []
    if not keys or keys[0].startswith("$"):
        return _part(parser, _field_name(parser, node, place), parser.root(), node, place)
    given = named(parser, node, place, ("field", "input"), 1)
    name = _field_name(parser, given["field"], f"{place}.field")
    if "input" not in given:
        hint = "write {$getField: 'name'} for a column"
        raise parser.fault("$getField needs the parameter 'input'", node, place, hint=hint)
    source = parser.expr(given["input"], f"{place}.input")
    return _part(parser, name, source, given["field"], place)


def _part(parser: Parser, name: str, source: Expr, node: Node, place: str) -> Expr:
    row = row_of(source)
    if row is not None:
        found = dict(row.parts).get(name)
        if found is not None:
            return found
    parts = parts_of(source.dtype)
    unknown = parts is not None and name not in dict(parts)
    if unknown and not parser.lenient:
        known = did_you_mean(name, [part for part, _ in parts or ()])
        raise parser.fault(f"no field {name!r}{known}", node, place)
    return parser.born(node, place, lambda: Call("$getField", (Literal(name), source)))


def _set(parser: Parser, node: Node, place: str) -> Expr:
    given = named(parser, node, place, ("field", "input", "value"), 3)
    name = _field_name(parser, given["field"], f"{place}.field")
    source = parser.expr(given["input"], f"{place}.input")
    value = given["value"]
    if isinstance(value, Scalar) and value.value == "$$REMOVE":
        return _unset_of(parser, name, source, given["input"], place)
    new = parser.expr(value, f"{place}.value")
    if isinstance(source, Record):
        return Record(tuple({**dict(source.parts), name: new}.items()))
    args = (Literal(name), source, new)
    return parser.born(given["input"], place, lambda: Call("$setField", args))


def _unset(parser: Parser, node: Node, place: str) -> Expr:
    given = named(parser, node, place, ("field", "input"), 2)
    name = _field_name(parser, given["field"], f"{place}.field")
    source = parser.expr(given["input"], f"{place}.input")
    return _unset_of(parser, name, source, given["input"], place)


def _unset_of(parser: Parser, name: str, source: Expr, node: Node, place: str) -> Expr:
    if isinstance(source, Record):
        kept = tuple(part for part in source.parts if part[0] != name)
        if kept:
            return Record(kept)
    return parser.born(node, place, lambda: Call("$unsetField", (Literal(name), source)))


def _array_to_object(parser: Parser, node: Node, place: str) -> Expr:
    inside = node
    if isinstance(node, Array):
        if len(node.items) != 1:
            message = f"$arrayToObject takes 1 argument, got {len(node.items)}"
            hint = "wrap the list of pairs: {$arrayToObject: [[['a', 1]]]}"
            raise parser.fault(message, node, place, hint=hint)
        inside = node.items[0]
    source = parser.expr(inside, place)
    if isinstance(source, Items):
        pairs = [_pair(item) for item in source.items]
        if pairs and None not in pairs:
            return Record(tuple(dict(filter(None, pairs)).items()))
    if isinstance(source.dtype, Nothing):
        return Literal(None)
    if isinstance(required(source.dtype), List):
        _refuse_constants(parser, source, node, place)
    return parser.born(node, place, lambda: Call("$arrayToObject", (source,)))


def _pair(item: Expr) -> tuple[str, Expr] | None:
    """A key that is known, and its value."""
    match item:
        case Items(items=(Literal(value=str() as name), value)):
            return name, value
        case Record(parts=parts) if {name for name, _ in parts} == {"k", "v"} and len(parts) == 2:
            key = dict(parts)["k"]
            if isinstance(key, Literal) and isinstance(key.value, str):
                return key.value, dict(parts)["v"]
    return None


def _refuse_constants(parser: Parser, source: Expr, node: Node, place: str) -> None:
    """An error where an item written out can be no pair."""
    for item in source.items if isinstance(source, Items) else ():
        wrong = isinstance(item, Literal) or (isinstance(item, Items) and len(item.items) != 2)
        if isinstance(item, Items) and len(item.items) == 2:
            key = item.items[0]
            wrong = isinstance(key, Literal) and not isinstance(key.value, str)
        if isinstance(item, Record):
            wrong = {name for name, _ in item.parts} != {"k", "v"}
        if wrong:
            hint = "write [['a', 1], ['b', 2]] or [{k: 'a', v: 1}, {k: 'b', v: 2}]"
            message = "$arrayToObject needs pairs of a text and a value"
            raise parser.fault(message, node, place, hint=hint)


def _rand(parser: Parser, node: Node, place: str) -> Expr:
    if isinstance(node, Document | Array) and not (
        node.entries if isinstance(node, Document) else node.items
    ):
        return Call("$rand", ())
    raise parser.fault("$rand takes no arguments", node, place, hint="write {$rand: {}}")


FORMS: dict[str, Form] = {
    "$getField": _get,
    "$setField": _set,
    "$unsetField": _unset,
    "$arrayToObject": _array_to_object,
    "$rand": _rand,
}
