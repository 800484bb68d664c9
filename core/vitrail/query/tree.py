"""More pieces of SQL trees than expressions need: columns, lists, and values in another type's storage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.dtypes import DType, Image, List, Mixed, Nothing, Number, Struct, required
from vitrail.errors import Invalid
from vitrail.query import build as b
from vitrail.query.build import Tree

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

DIALECT = "duckdb"


def call(name: str, *arguments: Tree | int | str) -> Tree:
    """A call of one of the engine's own functions; whole numbers and words of ours become literals."""
    return b.call(name, *(_literal(one) for one in arguments))


def _literal(value: Tree | int | str) -> Tree:
    if isinstance(value, exp.Expression):
        return value.copy()
    return b.text(value) if isinstance(value, str) else b.number(value)


def column(table: str, name: str) -> Tree:
    """A column of one part of the FROM."""
    return exp.column(name, table=table)


def sole(name: str) -> Tree:
    """A column of the only part of the FROM."""
    return exp.column(name)


def named(value: Tree, name: str) -> Tree:
    """A value under a name of ours."""
    return exp.Alias(this=value, alias=exp.to_identifier(name))


def each(values: Tree, name: str, body: Callable[[Tree], Tree]) -> Tree:
    """Every item of a list, turned into something else; `name` is what the item is called inside."""
    return call("list_transform", values, b.function((name,), body(exp.to_identifier(name))))


def only(values: Tree, name: str, condition: Callable[[Tree], Tree]) -> Tree:
    """The items of a list for which a condition is true."""
    return call("list_filter", values, b.function((name,), condition(exp.to_identifier(name))))


def where_there(value: Tree, result: Tree) -> Tree:
    """A result that is null where the value is."""
    return b.case((b.not_null(value), result))


def first_of(versions: Sequence[tuple[Tree | None, Tree]]) -> Tree:
    """The value of the first version that has the row; of the last that is given, if none has it."""
    cases: list[tuple[Tree, Tree]] = []
    for place, (here, value) in enumerate(versions):
        if here is None or place == len(versions) - 1:
            return b.case(*cases, default=value) if cases else value
        cases.append((here, value))
    return b.NULL()


def joined(select: exp.Select, part: Tree | str, how: str, on: exp.Expr | None = None) -> exp.Select:
    """A SELECT with one more part in its FROM, which has a name of ours if it is one of the statement.

    The tree is built here, since sqlglot's own `join` parses the words `how`, each time.
    """
    table = exp.Table(this=exp.to_identifier(part)) if isinstance(part, str) else part
    side = how.upper() if how in ("left", "right", "full") else None
    kind = None if side else how.upper()
    return select.join(exp.Join(this=table, side=side, kind=kind, on=on), copy=False)


def empty(dtype: DType) -> Tree:
    """Null, as a value of a type."""
    return b.cast(b.NULL(), b.duck_type(dtype))


def convert(
    value: Tree, have: DType, want: DType, depth: int = 0, *, lowering: Lowering | None = None
) -> Tree:
    """A value stored as one type, stored as another that holds all of its values.

    Args:
        value: the value.
        have: its type.
        want: a wider type (`vitrail.union`, `vitrail.query.value_types.common`).
        depth: how many lists are around it.
        lowering: makes values of several kinds, where `want` holds such.
    """
    have, want = required(have), required(want)
    match have, want:
        case _ if have == want:
            return value
        case Nothing(), _:
            return empty(want)
        case Number(integer=mine), Number(integer=theirs):
            return value if mine == theirs else b.cast(value, "DOUBLE")
        case List(mine), List(theirs):
            return each(
                value, f"e{depth}", lambda v: convert(v, mine, theirs, depth + 1, lowering=lowering)
            )
        case ((Struct() | Image()), (Struct() | Image())):
            return _convert_parts(value, have, want, depth, lowering)
        case _, Mixed() if lowering is not None:
            return lowering.widen(value, have, want)
        case _:
            raise Invalid(f"{have} does not fit into {want}")


def _convert_parts(value: Tree, have: DType, want: DType, depth: int, lowering: Lowering | None) -> Tree:
    parts: dict[str, Tree] = {}
    for place, name in enumerate(want.field_names):
        wanted, known = want.field(name), have.field(name)
        dtype = wanted[0] if wanted else Nothing()
        parts[f"f{place}"] = (
            convert(b.part(value.copy(), known[1]), known[0], dtype, depth, lowering=lowering)
            if known
            else empty(dtype)
        )
    return where_there(value, b.struct(parts))
