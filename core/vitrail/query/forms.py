"""The operators that bring variables or take their argument as it stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from vitrail.dtypes import DType
from vitrail.query.expr import Call, Expr, Filter, Let, Literal, Map, Reduce
from vitrail.query.syntax import Document, Node, Regex, Scalar
from vitrail.query.value_types import common, item_type

if TYPE_CHECKING:
    from vitrail.query.parser import Parser

Form = Callable[["Parser", Node, str], Expr]

_NAME = re.compile(r"[a-z][\w]*|[^\x00-\x7f][\w]*")


def named(parser: Parser, node: Node, place: str, names: tuple[str, ...], least: int) -> dict[str, Node]:
    """The parameters that a document gives, by name; the first `least` of them must be there."""
    if not isinstance(node, Document):
        message = f"{place.rpartition('.')[2]} takes a document with {', '.join(names)}"
        raise parser.fault(message, node, place)
    parser.named(node, names, 0, place)
    given = {entry.key: entry.value for entry in node.entries}
    for name in names[:least]:
        if name not in given:
            operator_name = place.rpartition(".")[2]
            raise parser.fault(f"{operator_name} needs the parameter {name!r}", node, place)
    return given


def variable(parser: Parser, node: Node | None, place: str) -> str:
    """The name of a variable, "this" where none is given."""
    if node is None:
        return "this"
    if isinstance(node, Scalar) and isinstance(node.value, str) and _NAME.fullmatch(node.value):
        return node.value
    raise parser.fault("a variable's name begins with a small letter", node, place)


def _filter(parser: Parser, node: Node, place: str) -> Expr:
    given = named(parser, node, place, ("input", "cond", "as", "limit"), 2)
    source = parser.expr(given["input"], f"{place}.input")
    name = variable(parser, given.get("as"), f"{place}.as")
    item = _items(parser, given["input"], place, source)
    inside = parser.over(source, given["input"], place).knowing(**{name: item})
    condition = inside.condition(given["cond"], f"{place}.cond")
    limit = _limit(parser, given.get("limit"), f"{place}.limit")
    return parser.born(given["input"], place, lambda: Filter(source, name, condition, limit))


def _limit(parser: Parser, node: Node | None, place: str) -> int | None:
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return None
    value = node.value if isinstance(node, Scalar) else None
    whole = int(value) if isinstance(value, int | float) and value == int(value) else 0
    if isinstance(value, bool) or whole < 1:
        raise parser.fault("the limit must be a whole number, 1 or more", node, place)
    return whole


def _items(parser: Parser, node: Node, place: str, source: Expr) -> DType:
    found: list[DType] = []

    def look() -> Expr:
        found.append(item_type(place.rpartition(".")[2], source, None))
        return source

    parser.born(node, place, look)
    return found[0]


def _map(parser: Parser, node: Node, place: str) -> Expr:
    given = named(parser, node, place, ("input", "in", "as"), 2)
    source = parser.expr(given["input"], f"{place}.input")
    name = variable(parser, given.get("as"), f"{place}.as")
    item = _items(parser, given["input"], place, source)
    inside = parser.over(source, given["input"], place).knowing(**{name: item})
    body = inside.expr(given["in"], f"{place}.in")
    return parser.born(given["input"], place, lambda: Map(source, name, body))


def _reduce(parser: Parser, node: Node, place: str) -> Expr:
    given = named(parser, node, place, ("input", "initialValue", "in"), 3)
    source = parser.expr(given["input"], f"{place}.input")
    initial = parser.expr(given["initialValue"], f"{place}.initialValue")
    item = _items(parser, given["input"], place, source)
    dtype = initial.dtype
    inside = parser.over(source, given["input"], place)
    for _ in range(3):  # the value so far may widen: from whole numbers to floats, then to missing
        body = inside.knowing(this=item, value=dtype).expr(given["in"], f"{place}.in")
        wider = common([dtype, body.dtype])
        if wider == dtype:
            break
        dtype = wider
    return parser.born(given["in"], place, lambda: Reduce(source, initial, body, dtype))


def _let(parser: Parser, node: Node, place: str) -> Expr:
    given = named(parser, node, place, ("vars", "in"), 2)
    if not isinstance(given["vars"], Document):
        raise parser.fault("vars is a document of names and values", given["vars"], place)
    variables: list[tuple[str, Expr]] = []
    for entry in given["vars"].entries:
        name = variable(parser, Scalar(entry.span, entry.key), f"{place}.vars")
        variables.append((name, parser.expr(entry.value, f"{place}.vars.{name}")))
    inside = parser.knowing(**{name: value.dtype for name, value in variables})
    return Let(tuple(variables), inside.expr(given["in"], f"{place}.in"))


def _literal(parser: Parser, node: Node, place: str) -> Expr:
    return parser.constant(node, place)


def _regex_call(parser: Parser, node: Node, place: str) -> Expr:
    given = named(parser, node, place, ("input", "regex", "options"), 2)
    source = parser.expr(given["input"], f"{place}.input")
    pattern, options = regex(parser, given["regex"], given.get("options"), place)
    return parser.born(
        given["regex"],
        place,
        lambda: Call(place.rpartition(".")[2], (source, Literal(pattern), Literal(options))),
    )


def regex(parser: Parser, node: Node, options: Node | None, place: str) -> tuple[str, str]:
    """A regular expression and its options, given as `/a/i` or as texts."""
    value = node.value if isinstance(node, Scalar) else None
    more = options.value if isinstance(options, Scalar) else None
    if options is not None and not (isinstance(more, str) or more is None):
        raise parser.fault("the options are a text of i, m, s, x", options, place)
    if isinstance(value, Regex):
        if value.options and more:
            raise parser.fault("the options are given twice", node, place)
        return value.pattern, value.options or str(more or "")
    if not isinstance(value, str) or value.startswith("$"):
        hint = "write it as /…/ or as a text; a path is no pattern"
        raise parser.fault("the regular expression must be a constant", node, place, hint=hint)
    return value, str(more or "")


FORMS: dict[str, Form] = {
    "$filter": _filter,
    "$map": _map,
    "$reduce": _reduce,
    "$let": _let,
    "$literal": _literal,
    "$regexMatch": _regex_call,
    "$regexFind": _regex_call,
    "$regexFindAll": _regex_call,
}
