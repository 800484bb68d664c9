"""The operators whose document is no plain list of parameters: $switch, $zip, $sortArray, $dateFromParts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.query import casting, documents, forms
from vitrail.query.expr import Call, Expr, Literal
from vitrail.query.forms import Form, named
from vitrail.query.operators.calendar import FROM_PARTS
from vitrail.query.syntax import Array, Document, Node, Scalar

if TYPE_CHECKING:
    from vitrail.query.parser import Parser


def _switch(parser: Parser, node: Node, place: str) -> Expr:
    given = named(parser, node, place, ("branches", "default"), 1)
    branches = given["branches"]
    if not isinstance(branches, Array) or not branches.items:
        raise parser.fault("$switch needs a list of one or more branches", branches, place)
    args: list[Expr] = []
    nodes: list[Node] = []
    for index, branch in enumerate(branches.items):
        here = f"{place}.branches[{index}]"
        if not isinstance(branch, Document):
            raise parser.fault("a branch is a document with case, then", branch, here)
        pair = {entry.key: entry.value for entry in branch.entries}
        parser.named(branch, ("case", "then"), 0, place)
        for name in ("case", "then"):
            if name not in pair:
                raise parser.fault(f"the branch needs {name!r}", branch, here)
        args.append(parser.condition(pair["case"], f"{here}.case"))
        args.append(parser.expr(pair["then"], f"{here}.then"))
        nodes += [pair["case"], pair["then"]]
    if "default" in given:
        args.append(parser.expr(given["default"], f"{place}.default"))
        nodes.append(given["default"])
    return parser.born(node, place, lambda: Call("$switch", tuple(args)), nodes)


def _zip(parser: Parser, node: Node, place: str) -> Expr:
    given = named(parser, node, place, ("inputs", "useLongestLength", "defaults"), 1)
    inputs, longest, defaults = (given.get(n) for n in ("inputs", "useLongestLength", "defaults"))
    if not isinstance(inputs, Array) or not inputs.items:
        raise parser.fault("$zip needs a list of one or more lists", node, place)
    flag = longest.value if isinstance(longest, Scalar) else None
    if longest is not None and not isinstance(flag, bool):
        raise parser.fault("useLongestLength is true or false", longest, place)
    others = defaults.items if isinstance(defaults, Array) else ()
    if defaults is not None and not flag:
        raise parser.fault("defaults want useLongestLength: true", defaults, place)
    if defaults is not None and len(others) != len(inputs.items):
        raise parser.fault("$zip needs one default for each list", defaults, place)
    lists = [parser.expr(n, f"{place}.inputs[{i}]") for i, n in enumerate(inputs.items)]
    values = [parser.expr(n, f"{place}.defaults[{i}]") for i, n in enumerate(others)]
    args = (Literal(bool(flag)), Literal(len(values)), *values, *lists)
    return parser.born(inputs, place, lambda: Call("$zip", args))


def _sort_array(parser: Parser, node: Node, place: str) -> Expr:
    given = named(parser, node, place, ("input", "sortBy"), 2)
    source = parser.expr(given["input"], f"{place}.input")
    by, here = given["sortBy"], f"{place}.sortBy"
    keys = [(entry.key, entry.value) for entry in by.entries] if isinstance(by, Document) else [("", by)]
    if not keys:
        raise parser.fault("sortBy needs a part to sort by", by, here)
    args: list[Expr] = [source]
    for path, way in keys:
        value = way.value if isinstance(way, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or value not in (1, -1):
            raise parser.fault("sortBy is 1, -1, or a document of parts with 1 or -1", way, here)
        if isinstance(by, Document) and (not all(path.split(".")) or path.startswith("$")):
            raise parser.fault(f"{path!r} is no path", by, here)
        args += [Literal(path), Literal(int(value))]
    return parser.born(given["input"], place, lambda: Call("$sortArray", tuple(args)))


def _from_parts(parser: Parser, node: Node, place: str) -> Expr:
    keys = {entry.key for entry in node.entries} if isinstance(node, Document) else set()
    name, names = FROM_PARTS["isoWeekYear" in keys]
    given = named(parser, node, place, (*names, "timezone"), 1)
    args = []
    for index, part in enumerate(names):
        default = Literal(1 if index < 3 else 0)
        args.append(parser.expr(given[part], f"{place}.{part}") if part in given else default)
    where = (
        parser.expr(given["timezone"], f"{place}.timezone") if "timezone" in given else Literal("UTC")
    )
    nodes = [given.get(part, node) for part in (*names, "timezone")]
    return parser.born(node, place, lambda: Call(name, (*args, where)), nodes)


FORMS: dict[str, Form] = {
    **forms.FORMS,
    **casting.FORMS,
    **documents.FORMS,
    "$switch": _switch,
    "$zip": _zip,
    "$sortArray": _sort_array,
    "$dateFromParts": _from_parts,
}
