"""Pieces of SQL as sqlglot trees, spelled for DuckDB; the only file that knows its functions' names.

sqlglot writes no parentheses of its own accord: whatever is an operand goes through `paren`.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

Tree = exp.Expression
TRUE, FALSE, NULL = exp.true, exp.false, exp.Null

_CLOSED = (
    exp.Column,
    exp.Identifier,
    exp.Placeholder,
    exp.Paren,
    exp.Anonymous,
    exp.Boolean,
    exp.Null,
    exp.Literal,
    exp.Cast,
    exp.TryCast,
    exp.Case,
    exp.Coalesce,
    exp.Struct,
    exp.Array,
)


def paren(tree: Tree) -> Tree:
    """The tree as an operand of anything."""
    return tree if isinstance(tree, _CLOSED) else exp.Paren(this=tree)


def call(name: str, *args: Tree) -> Tree:
    """A function by DuckDB's own name, so that nothing translates it on the way."""
    return exp.Anonymous(this=name, expressions=list(args))


def infix(kind: type[Tree], left: Tree, right: Tree) -> Tree:
    """A binary operator."""
    return kind(this=paren(left.copy()), expression=paren(right.copy()))


def both(*parts: Tree) -> Tree:
    """AND of the parts; true of none."""
    return _chain(exp.And, parts, exp.true())


def either(*parts: Tree) -> Tree:
    """OR of the parts; false of none."""
    return _chain(exp.Or, parts, exp.false())


def _chain(kind: type[Tree], parts: tuple[Tree, ...], empty: Tree) -> Tree:
    if not parts:
        return empty
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2  # a balanced tree keeps the engine's nesting low
    return infix(kind, _chain(kind, parts[:middle], empty), _chain(kind, parts[middle:], empty))


def negate(tree: Tree) -> Tree:
    """NOT."""
    return exp.Not(this=paren(tree))


def is_null(tree: Tree) -> Tree:
    """IS NULL."""
    if isinstance(tree, exp.Case) and _made_where(tree):
        return negate(coalesce(tree.args["ifs"][0].this.copy(), FALSE()))
    return exp.Is(this=paren(tree.copy()), expression=exp.Null())


def _made_where(tree: exp.Case) -> bool:
    """Whether it is a struct where one condition holds and null elsewhere: its parts need not be read."""
    ifs, default = tree.args["ifs"], tree.args.get("default")
    missing = default is None or isinstance(
        default.this if isinstance(default, exp.Cast) else default, exp.Null
    )
    return missing and not tree.this and len(ifs) == 1 and isinstance(ifs[0].args["true"], exp.Struct)


def not_null(tree: Tree) -> Tree:
    """IS NOT NULL."""
    return negate(is_null(tree))


def same(left: Tree, right: Tree) -> Tree:
    """IS NOT DISTINCT FROM."""
    return infix(exp.NullSafeEQ, left, right)


def different(left: Tree, right: Tree) -> Tree:
    """IS DISTINCT FROM."""
    return infix(exp.NullSafeNEQ, left, right)


def coalesce(*trees: Tree) -> Tree:
    """The first that is not null."""
    return exp.Coalesce(this=trees[0], expressions=list(trees[1:]))


def case(*branches: tuple[Tree, Tree], default: Tree | None = None) -> Tree:
    """CASE WHEN … THEN … ELSE … END; null where nothing fits and there is no default."""
    ifs = [exp.If(this=condition, true=value) for condition, value in branches]
    return exp.Case(ifs=ifs, default=default)


def number(value: int) -> Tree:
    """A whole number of our own; values of the query are bound instead."""
    return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))


def text(value: str) -> Tree:
    """A text of our own; values of the query are bound instead."""
    return exp.Literal.string(value)


def cast(tree: Tree, to: str) -> Tree:
    """CAST, which raises where it fails."""
    return exp.Cast(this=tree, to=exp.DataType.build(to, dialect="duckdb"))


def nan() -> Tree:
    """NaN."""
    return cast(text("nan"), "DOUBLE")


def is_nan(tree: Tree) -> Tree:
    """Whether a float is NaN."""
    return call("isnan", tree.copy())


def part(tree: Tree, name: str) -> Tree:
    """A part of a struct, by its name in storage."""
    return call("struct_extract", tree, text(name))


def struct(parts: dict[str, Tree]) -> Tree:
    """A struct of parts by their names in storage."""
    pairs = [
        exp.PropertyEQ(this=exp.to_identifier(name), expression=value) for name, value in parts.items()
    ]
    return exp.Struct(expressions=pairs)


def array(*items: Tree) -> Tree:
    """A list written out."""
    return exp.Array(expressions=list(items))


def function(names: tuple[str, ...], body: Tree) -> Tree:
    """A lambda."""
    return exp.Lambda(this=body, expressions=[exp.to_identifier(name) for name in names])


def simple(tree: Tree) -> bool:
    """Whether a value costs nothing to be written twice: a column, a parameter, a part of either."""
    if isinstance(tree, exp.Anonymous):
        return tree.name == "struct_extract" and simple(tree.expressions[0])
    if isinstance(tree, exp.Cast):
        return isinstance(tree.this, exp.Placeholder | exp.Null)
    return isinstance(tree, exp.Column | exp.Identifier | exp.Placeholder | exp.Null | exp.Boolean)


def duck_type(dtype: Any) -> str:
    """DuckDB's name for the type in which values of `dtype` lie, after `vitrail.layout`.

    Raises:
        Invalid: no column can be stored as `dtype`.
    """
    from vitrail import dtypes as dt
    from vitrail.errors import Invalid

    match dtype:
        case dt.Optional(item):
            return duck_type(item)
        case dt.Nothing():
            return "INTEGER"
        case dt.Number(integer=integer):
            return "BIGINT" if integer else "DOUBLE"
        case dt.Text() | dt.Mixed():
            return "VARCHAR"
        case dt.Boolean():
            return "BOOLEAN"
        case dt.Timestamp(form=form):
            return {"instant": "TIMESTAMPTZ", "date": "DATE"}.get(form or "", "TIMESTAMP")
        case dt.List(item):
            return f"{duck_type(item)}[]"
        case dt.Image():
            return duck_type(dtype.record)
        case dt.Struct(parts=tuple(parts)):
            inside = ", ".join(f"f{i} {duck_type(part)}" for i, (_, part) in enumerate(parts))
            return f"STRUCT({inside})"
    raise Invalid(f"no column can be stored as {dtype}")
