"""Expressions as SQL: MongoDB's semantics, spelled out for DuckDB.

`Lowering(column)` gives trees of sqlglot; every value of a query is a named parameter (`$p0`, `$p1`, …)
collected in `Lowering.params`, and the only names inside the SQL are ids of ours. Several expressions of
one statement share one `Lowering`, so that their parameters do not collide. `bound` picks the parameters
that a finished statement really holds, since the engine refuses superfluous ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from vitrail.dtypes import (
    Boolean,
    DType,
    List,
    Mixed,
    Nothing,
    Number,
    required,
)
from vitrail.errors import QueryError
from vitrail.mixed import encode
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import (
    Call,
    Column,
    Expr,
    Field,
    Filter,
    Items,
    Let,
    Literal,
    Map,
    Position,
    Present,
    Record,
    Reduce,
    Value,
    Variable,
)
from vitrail.query.mixing import mixes
from vitrail.query.operator import applied, said
from vitrail.query.operators.bounds import bounded
from vitrail.query.ordering import key_of, order_of
from vitrail.query.place import Place
from vitrail.query.value_types import nullable
from vitrail.query.widening import widened


def bound(tree: Tree, params: dict[str, Any]) -> dict[str, Any]:
    """Those of the parameters that the tree holds."""
    names = {node.name for node in tree.find_all(exp.Placeholder)}
    return {name: value for name, value in params.items() if name in names}


class Lowering:
    """Makes SQL of the expressions of one statement.

    Args:
        column: the SQL of a column.
        prefix: what the parameters' names begin with.
        place: where a column's values lie, if that is known.

    Attributes:
        params: the values of all parameters handed out so far, by name.
    """

    def __init__(
        self,
        column: Callable[[Column | Position | Present], Tree],
        *,
        prefix: str = "p",
        place: Callable[[Column], Place | None] | None = None,
    ) -> None:
        self.params: dict[str, Any] = {}
        self._column = column
        self._prefix = prefix
        self._scope: dict[str, Tree] = {}
        self._place = place
        self._places: dict[str, Place] = {}
        self._variables = 0

    def sql(self, expr: Expr) -> Tree:
        """The value, null where it is missing."""
        match expr:
            case Column() | Present() | Position():
                return self._column(expr).copy()
            case Literal(value=value):
                return self.bind(value)
            case Variable(name=name):
                return self._scope[name].copy()
            case Field():
                return self._field(expr)
            case Items(items=items):
                return self._items(expr, items)
            case Record(parts=parts):
                return b.struct({f"f{i}": self.sql(value) for i, (_, value) in enumerate(parts)})
            case Call(name=name, args=args):
                tree: Tree = applied(name, args).lower(self, args)
                return tree
            case Filter():
                return self._filter(expr)
            case Map(source=source, name=name, body=body):
                return self.over("list_transform", source, name, lambda: self.sql(body))
            case Reduce():
                return self._reduce(expr)
            case Let(variables=variables, body=body):
                return self._let(list(variables), lambda: self.sql(body))
        raise QueryError(f"{type(expr).__name__} has no SQL")

    def place(self, expr: Expr) -> Place | None:
        """Where a value lies in a stored table, if it is taken from there as it is."""
        match expr:
            case Column():
                return self._place(expr) if self._place else None
            case Variable(name=name):
                return self._places.get(name)
            case Field(source=source, name=name) if not isinstance(required(source.dtype), List):
                above, part = self.place(source), required(source.dtype).field(name)
                return above.part(part[1]) if above and part else None
            case Filter(source=source):
                return self.place(source)
        return None

    def may_be_null(self, expr: Expr) -> bool:
        """Whether a value may be missing, by its type and by what is known of the table."""
        place = self.place(expr) if nullable(expr) else None
        facts = place.facts if place else None
        return facts.nulls > 0 if facts else nullable(expr)

    def may_be_nan(self, expr: Expr) -> bool:
        """Whether a value may be NaN, by its type and by what is known of the table."""
        inner = required(expr.dtype)
        if not isinstance(inner, Number) or inner.integer:
            return False
        place = self.place(expr)
        facts = place.facts if place else None
        return facts is None or facts.nans > 0

    def truth(self, expr: Expr) -> Tree:
        """Whether the value counts as true: not false, null, or 0. Never null."""
        match required(expr.dtype):
            case Nothing():
                return b.FALSE()
            case Boolean():
                test = self.sql(expr)
            case Number():
                test = b.infix(exp.NEQ, self.sql(expr), b.number(0))
            case Mixed():
                return b.call("mixed_truth", self.sql(expr))
            case _:
                return b.not_null(self.sql(expr)) if nullable(expr) else b.TRUE()
        return b.coalesce(test, b.FALSE()) if nullable(expr) else test

    def condition(self, expr: Expr) -> Tree:
        """Like `truth`, for a WHERE: null may stand for false, which lets the engine skip row groups."""
        if isinstance(expr, Call):
            where = applied(expr.name, expr.args).where
            if where is not None:
                simpler: Tree = where(self, expr.args)
                return simpler
        if isinstance(required(expr.dtype), Boolean):
            return self.sql(expr)
        if isinstance(required(expr.dtype), Number):
            return b.infix(exp.NEQ, self.sql(expr), b.number(0))
        return self.truth(expr)

    def order(self, expr: Expr) -> tuple[Tree, ...]:
        """Keys that sort as MongoDB does: each ascending with NULLS FIRST, or descending with NULLS LAST."""
        return order_of(self, expr)

    def bind(self, value: Any, to: str | None = None) -> Tree:
        """A value as a parameter, of DuckDB's type `to` if it is said."""
        if value is None:
            return b.cast(b.NULL(), to) if to else b.NULL()
        name = f"{self._prefix}{len(self.params)}"
        kind = to or _kind(value)
        if isinstance(value, dt.datetime) and value.tzinfo is not None:
            # as text: the driver would want a time zone library for it
            value = value.astimezone(dt.UTC).isoformat(sep=" ")
        self.params[name] = value
        return b.cast(exp.Placeholder(this=name), kind)

    def let(self, tree: Tree, body: Callable[[Tree], Tree]) -> Tree:
        """`body` of a value that it may use more than once without its being worked out twice."""
        if b.simple(tree):
            return body(tree)
        name = self.fresh()
        inside = body(exp.to_identifier(name))
        return b.call(
            "list_extract",
            b.call("list_transform", b.array(tree), b.function((name,), inside)),
            b.number(1),
        )

    def named(self, args: tuple[Expr, ...], body: Callable[..., Tree]) -> Tree:
        """`body` of arguments that it may lower more than once without their being worked out twice."""
        if not args:
            return body()
        first, *rest = args
        if isinstance(first, Literal):
            return self.named(tuple(rest), lambda *more: body(first, *more))

        def held(tree: Tree) -> Tree:
            variable = Variable(f"{self.fresh()} held", first.dtype)
            later = tuple(rest)
            return self.inside(
                {variable.name: tree}, lambda: self.named(later, lambda *more: body(variable, *more))
            )

        return self.let(self.sql(first), held)

    def fresh(self) -> str:
        """A name for a lambda's argument that nothing else has."""
        self._variables += 1
        return f"v{self._variables}"

    def over(self, function: str, source: Expr, name: str, body: Callable[[], Tree]) -> Tree:
        """A list function whose lambda's argument is what `$$name` stands for inside `body`."""
        tree = self.sql(source)
        argument = self.fresh()
        place = self.place(source)
        places = {name: place.items} if place else {}
        inside = self.inside({name: exp.to_identifier(argument)}, body, places)
        return b.call(function, tree, b.function((argument,), inside))

    def each(self, function: str, tree: Tree, body: Callable[[Tree], Tree]) -> Tree:
        """A list function with a lambda over a list that is SQL already."""
        argument = self.fresh()
        return b.call(function, tree, b.function((argument,), body(exp.to_identifier(argument))))

    def as_type(self, expr: Expr, dtype: DType) -> Tree:
        """The value in the storage of a wider type."""
        return self.widen(self.sql(expr), expr.dtype, dtype)

    def widen(self, tree: Tree, dtype: DType, to: DType) -> Tree:
        """SQL of type `dtype` in the storage of the wider type `to`."""
        return widened(self, tree, dtype, to)

    def key(self, tree: Tree, dtype: DType) -> Tree:
        """A value whose native order is MongoDB's."""
        return key_of(self, tree, dtype)

    def _field(self, expr: Field) -> Tree:
        """A part; of values of several kinds, the whole path to it at once."""
        names, source = [expr.name], expr.source
        while isinstance(source, Field) and mixes(source.dtype):
            names.insert(0, source.name)
            source = source.source
        inner = required(source.dtype)
        listed = isinstance(inner, List) and isinstance(required(inner.item), Mixed)
        if isinstance(inner, Mixed) or listed:
            path = self.bind(".".join(names))
            return b.call("mixed_path", self.as_type(source, Mixed()), path)
        return _part(self, self.sql(expr.source), expr.source.dtype, expr.name)

    def _items(self, expr: Items, items: tuple[Expr, ...]) -> Tree:
        item = required(expr.dtype)
        if not isinstance(item, List) or not items:
            return b.array()
        kind = b.duck_type(item.item)
        if len(items) > 16 and all(isinstance(i, Literal) for i in items):
            read = encode if isinstance(required(item.item), Mixed) else _plain
            values = [read(i.value) for i in items if isinstance(i, Literal)]
            return self.bind(values, f"{kind}[]")
        return b.array(*(self.as_type(i, item.item) for i in items))

    def _filter(self, expr: Filter) -> Tree:
        kept = self.over("list_filter", expr.source, expr.name, lambda: self.condition(expr.condition))
        if expr.limit is None:
            return kept
        return b.call("list_slice", kept, b.number(1), b.number(expr.limit))

    def _reduce(self, expr: Reduce) -> Tree:
        so_far, item = self.fresh(), self.fresh()
        names = {"value": exp.to_identifier(so_far), "this": exp.to_identifier(item)}
        source, first = self.sql(expr.source), self.as_type(expr.initial, expr.type)
        body = self.inside(names, lambda: self.as_type(expr.body, expr.type))
        body = bounded(self, body, expr.type, "$reduce")
        kind = b.duck_type(expr.type)
        return b.call(
            "list_reduce",
            source,
            b.function((so_far, item), b.cast(body, kind)),
            b.cast(first, kind),
        )

    def _let(self, variables: list[tuple[str, Expr]], body: Callable[[], Tree]) -> Tree:
        trees = [(name, self.sql(value)) for name, value in variables]
        scope = {name: tree for name, tree in trees if b.simple(tree)}
        held = [(name, tree) for name, tree in trees if name not in scope]
        if not held:
            return self.inside(scope, body)
        name = self.fresh()
        packed = b.struct({f"f{i}": tree for i, (_, tree) in enumerate(held)})
        for place, (variable, _) in enumerate(held):
            scope[variable] = b.part(exp.to_identifier(name), f"f{place}")
        inside = self.inside(scope, body)
        listed = b.call("list_transform", b.array(packed), b.function((name,), inside))
        return b.call("list_extract", listed, b.number(1))

    def know(self, names: Mapping[str, Tree]) -> None:
        """Let variables stand for the given SQL from now on."""
        self._scope = {**self._scope, **names}

    def inside(
        self,
        names: Mapping[str, Tree],
        body: Callable[[], Tree],
        places: Mapping[str, Place] | None = None,
    ) -> Tree:
        """`body`, in which variables stand for the given SQL, of which some are at known places."""
        outer = self._scope, self._places
        kept = {name: place for name, place in self._places.items() if name not in names}
        self._scope, self._places = {**self._scope, **names}, {**kept, **(places or {})}
        try:
            return body()
        finally:
            self._scope, self._places = outer


def _part(lowering: Lowering, tree: Tree, dtype: DType, name: str) -> Tree:
    inner = required(dtype)
    if isinstance(inner, List):
        item = inner.item
        return lowering.each("list_transform", tree, lambda v: _part(lowering, v, item, name))
    found = inner.field(name)
    if found is None:
        raise QueryError(f"{said(inner)} has no part {name!r}")
    return b.part(tree, found[1])


def _plain(value: Value) -> Any:
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC).isoformat(sep=" ")
    return value


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "BOOLEAN"
        case int():
            return "BIGINT" if -(2**63) <= value < 2**63 else "HUGEINT"
        case float():
            return "DOUBLE"
        case bytes():
            return "BLOB"
        case dt.datetime():
            return "TIMESTAMP" if value.tzinfo is None else "TIMESTAMPTZ"
        case dt.date():
            return "DATE"
    return "VARCHAR"
