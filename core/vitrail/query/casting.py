"""How $type, $convert, $dateToString and $dateFromString are read: what comes instead of null and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.dtypes import Mixed, Nothing, required
from vitrail.query.dynamic.table import Refused
from vitrail.query.dynamic.table import call as worked_out
from vitrail.query.expr import Call, Expr, Literal
from vitrail.query.forms import Form, named
from vitrail.query.operator import Misfit
from vitrail.query.operators.conversion import converts
from vitrail.query.syntax import Array, Node, Regex, Scalar

if TYPE_CHECKING:
    from vitrail.query.parser import Parser

_NULL = Literal(None)
_TARGETS = {
    "int": "$toInt",
    "long": "$toLong",
    "double": "$toDouble",
    "string": "$toString",
    "bool": "$toBool",
    "date": "$toDate",
}
_NUMBERS = {16: "int", 18: "long", 1: "double", 2: "string", 8: "bool", 9: "date"}
_OUT = {"objectId": 7, "decimal": 19}


def _type(parser: Parser, node: Node, place: str) -> Expr:
    inside = node
    if isinstance(node, Array):
        if len(node.items) != 1:
            raise parser.fault(f"$type takes 1 argument, got {len(node.items)}", node, place)
        inside = node.items[0]
    if isinstance(inside, Scalar) and isinstance(inside.value, Regex):
        return Literal("regex")
    value = parser.expr(inside, place)
    return parser.born(node, place, lambda: Call("$type", (value,)))


def _convert(parser: Parser, node: Node, place: str) -> Expr:
    given = named(parser, node, place, ("input", "to", "onError", "onNull"), 2)
    read = {name: parser.expr(inside, f"{place}.{name}") for name, inside in given.items()}
    source, caught = read["input"], "onError" in read
    on_error, on_null = read.get("onError", _NULL), read.get("onNull", _NULL)
    to = _target(parser, read["to"], given["to"], f"{place}.to")
    if isinstance(required(source.dtype), Mixed):
        args = (source, Literal(to), on_error, on_null, Literal(caught))
        return parser.born(node, place, lambda: Call("$convert", args))
    if isinstance(source.dtype, Nothing):
        return on_null
    if to is None:
        return Call("otherwise", (source, _NULL, on_null, _NULL))
    name = _TARGETS[to]
    if caught and isinstance(source, Literal):
        try:
            worked_out(name, [source.value])
        except Refused:
            return on_error
        caught = False
    if not caught:
        made = parser.born(given["input"], place, lambda: Call(name, (source,)))
    elif converts(name, source.dtype):
        made = Call(f"{name} or null", (source,))
    else:
        made = _NULL
    if not caught and "onNull" not in read:
        return made
    return parser.born(
        node, place, lambda: Call("otherwise", (source, made, on_null, on_error if caught else _NULL))
    )


def _target(parser: Parser, to: Expr, node: Node, place: str) -> str | None:
    """The name of the wanted type; None for null."""
    if not isinstance(to, Literal):
        raise parser.fault("$convert needs a constant type", node, place)
    value = to.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = _NUMBERS.get(value, value)
    if value is None or (isinstance(value, str) and value in _TARGETS):
        return value
    if value in (*_OUT, *_OUT.values()):
        raise parser.fault(f"there are no values of type {value!r} here", node, place)
    known = f"there are: {', '.join(_TARGETS)}"
    raise parser.fault(f"no type {value!r} to convert to; {known}", node, place)


def _date_to_string(parser: Parser, node: Node, place: str) -> Expr:
    given = named(parser, node, place, ("date", "format", "timezone", "onNull"), 1)
    read = {name: parser.expr(inside, f"{place}.{name}") for name, inside in given.items()}
    args: tuple[Expr, ...] = (read["date"], read.get("timezone", Literal("UTC")))
    if "format" in read:
        args = (*args, read["format"])
    nodes = [given.get(name, node) for name in ("date", "timezone", "format")]
    made = parser.born(node, place, lambda: Call("$dateToString", args), nodes)
    if "onNull" not in read:
        return made
    return parser.born(node, place, lambda: Call("otherwise", (args[0], made, read["onNull"], _NULL)))


def _date_from_string(parser: Parser, node: Node, place: str) -> Expr:
    names = ("dateString", "format", "timezone", "onError", "onNull")
    given = named(parser, node, place, names, 1)
    read = {name: parser.expr(inside, f"{place}.{name}") for name, inside in given.items()}
    source, on_null = read["dateString"], read.get("onNull", _NULL)
    caught = "onError" in read
    args: tuple[Expr, ...] = (source, read.get("timezone", Literal("UTC")))
    if "format" in read:
        args = (*args, read["format"])
    nodes = [given.get(name, node) for name in ("dateString", "timezone", "format")]
    try:
        if caught:
            parser.born(node, place, lambda: Call("$dateFromString or null", args), nodes)
            made: Expr = Call("$dateFromString", args)
        else:
            made = parser.born(node, place, lambda: Call("$dateFromString", args), nodes)
    except Misfit:  # a constant that is no date
        return read["onError"]
    if caught:
        made = Call("$dateFromString or null", args)
    elif "onNull" not in read:
        return made
    return parser.born(
        node, place, lambda: Call("otherwise", (source, made, on_null, read.get("onError", _NULL)))
    )


FORMS: dict[str, Form] = {
    "$type": _type,
    "$convert": _convert,
    "$dateToString": _date_to_string,
    "$dateFromString": _date_from_string,
}
