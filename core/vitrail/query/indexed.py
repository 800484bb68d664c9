"""A stored table's rows, read from its index."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Call, Column, Expr
from vitrail.query.index.about import About, Unfit, read_about
from vitrail.query.items import wanted_items
from vitrail.query.leaf import Leaf
from vitrail.query.plan import Scan
from vitrail.query.statement import Statement
from vitrail.query.tree import DIALECT, column, named

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Attached:
    """An index that a worker has opened.

    Attributes:
        name: what it is called inside the worker's database.
        about: what it says of itself.
        sampled: whether only the rows of its sample are meant.
    """

    name: str
    about: About
    sampled: bool = False

    def sample(self) -> Attached:
        """The index's sample alone.

        Raises:
            Unfit: it has none.
        """
        if not self.about.sample_rows:
            raise Unfit("the index has no sample")
        return replace(self, sampled=True)

    def leaf(self, scan: Scan, statement: Statement) -> Leaf | None:
        """The table's rows, unless the index is of a table read otherwise."""
        return Indexed(scan, statement, self) if scan == self.about.scan else None


def attach(connection: duckdb.DuckDBPyConnection, name: str, path: Path, scan: Scan) -> Attached:
    """Open a table's index beside what a connection has open already.

    Raises:
        Unfit: it cannot be opened, or is not what its document says.
    """
    import duckdb

    about = read_about(path.with_suffix(".json"), scan)
    try:
        connection.execute(_opened(name).sql(DIALECT), {"path": str(path)})
        stamp = exp.select("stamp").from_(exp.table_("about", db="main", catalog=name))
        found = connection.execute(stamp.sql(DIALECT)).fetchall()
    except duckdb.Error as error:
        raise Unfit(f"the index {path.name} cannot be opened: {error}") from error
    if found != [(about.stamp,)]:
        raise Unfit(f"the index {path.name} is not the one of its document")
    return Attached(name, about)


def _opened(name: str) -> exp.Attach:
    """The statement that opens the file `$path` to be read, under a name."""
    file = exp.alias_(exp.Parameter(this=exp.var("path")), name)
    return exp.Attach(this=file, expressions=[exp.AttachOption(this=exp.var("READ_ONLY"))])


class Indexed(Leaf):
    """A stored table's rows in its index; they lie there in their order, so a row's id is its number."""

    plan: Scan

    def __init__(self, plan: Scan, statement: Statement, index: Attached) -> None:
        super().__init__(plan, statement)
        self.index = index

    @property
    def numbered_from_0(self) -> bool:
        return not self.conditions and not self.keys and not self.index.sampled

    def part(self) -> Tree:
        sampled = self.index.sampled
        table = exp.table_("sample" if sampled else "rows", db="main", catalog=self.index.name)
        listed: list[Tree] = [exp.Star()]
        if not sampled:
            listed.append(named(exp.column("rowid"), "r"))
        for place, facts in enumerate(self.index.about.facts):
            if facts.words or facts.single:
                kind = "VARCHAR" if facts.words else "DOUBLE"
                listed.append(named(b.cast(exp.column(f"c{place}"), kind), f"w{place}"))
        return exp.select(*listed).from_(table).subquery(self.alias)

    def value(self, name: str) -> Tree:
        stored = super().value(name)
        facts = self.index.about.of(name)
        otherwise = facts.words or facts.single
        return column(self.alias, f"w{self.places[name]}") if otherwise else stored

    def code(self, name: str) -> Tree:
        """The code of a column that has codes."""
        return column(self.alias, f"b{self.places[name]}")

    def word(self, name: str) -> Tree:
        """The place of a column's value in the index's list of words, for a column stored so."""
        return b.call("enum_code", column(self.alias, f"c{self.places[name]}"))

    def holds(self, expr: Expr) -> Tree:
        if isinstance(expr, Call) and expr.name in ("$and", "$or"):
            chain = b.both if expr.name == "$and" else b.either
            return chain(*map(self.holds, expr.args))
        wanted = None if self.index.sampled else wanted_items(expr, self.plan.schema)
        if wanted is None:
            return self._without_nan(super().holds(expr))
        table = exp.table_(wanted.listed.table, db="main", catalog=self.index.name)
        return exp.In(this=self.position, query=wanted.rows(table, self.statement).subquery())

    def _without_nan(self, condition: Tree) -> Tree:
        """A condition without the guards against NaN on columns that hold none."""
        none = {
            f"{kind}{place}"
            for place, facts in enumerate(self.index.about.facts)
            for kind in "cw"
            if not facts.nans
        }

        def plain(node: Tree) -> Tree:
            if isinstance(node, exp.LT) and node.expression == b.nan() and _name(node.this) in none:
                return b.not_null(node.this)
            return node

        return condition.transform(plain)

    def terms(self, expr: Expr, *, descending: bool) -> list[Tree]:
        terms = super().terms(expr, descending=descending)
        stored = self.raw(expr)
        if stored is not None:
            terms[-1].set("this", stored)
        if isinstance(expr, Column) and not self.index.about.of(expr.name).nans:
            return terms[-1:]  # what goes before tells NaN from the other numbers
        return terms

    def raw(self, expr: Expr) -> Tree | None:
        """A column as it is stored, where it can be grouped by and sorted as its values can."""
        if not isinstance(expr, Column) or expr.side:
            return None
        facts = self.index.about.of(expr.name)
        if facts.words or facts.single:
            return column(self.alias, f"c{self.places[expr.name]}")
        return None

    def window(self, start: int, stop: int | None) -> exp.Select | None:
        if not self.numbered_from_0 or stop is None:
            return self.stretch(start, stop)
        self.statement.moves = True
        self.statement.values |= {"start": start, "stop": stop}
        first, end = (exp.Placeholder(this=name) for name in ("start", "stop"))
        after = exp.GTE(this=self.position, expression=first)
        return self.select().where(after, exp.LT(this=self.position, expression=end), copy=False)

    def stretch(self, start: int, stop: int | None) -> exp.Select | None:
        if self.keys or self.index.sampled:
            return None
        bind = self.statement.bind
        if not self.conditions:
            terms: list[Tree] = []
            if start:
                terms.append(exp.GTE(this=self.position, expression=bind(start)))
            if stop is not None:
                terms.append(exp.LT(this=self.position, expression=bind(stop)))
            return self.select().where(*terms) if terms else self.select()
        inner = self.select().select(exp.Column(this=exp.Star(), table=exp.to_identifier(self.alias)))
        if stop is not None:
            inner = inner.limit(bind(max(stop - start, 0)))
        inner = inner.offset(bind(start)) if start else inner
        return exp.Select().from_(inner.subquery(self.alias))


def _name(tree: Tree) -> str:
    """A column's name, without the parentheses around it; "" for anything else."""
    while isinstance(tree, exp.Paren):
        tree = tree.this
    return tree.name if isinstance(tree, exp.Column) else ""
