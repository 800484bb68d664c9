"""Rows with values gathered from the rows around them, and rows with the number of their bucket."""

from __future__ import annotations

from sqlglot import exp

from vitrail.dtypes import Timestamp, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.folding import Folding, Over
from vitrail.query.gather import Frame, Gather, accumulator
from vitrail.query.lower import Lowering
from vitrail.query.making.made import Made, columns_of, number_of
from vitrail.query.operators.series import above
from vitrail.query.relation import Relation, makes, relation
from vitrail.query.steps import Bucketed, Windowed
from vitrail.query.tree import call, column, joined, named

_WHOLE = ("UNBOUNDED", "PRECEDING", "UNBOUNDED", "FOLLOWING")


@makes(Windowed)
class Framed(Made):
    """Rows with values gathered from a window around each."""

    plan: Windowed

    def part(self) -> Tree:
        rows = relation(self.plan.source, self.statement)
        values = [named(value, name) for name, value in columns_of(rows).items()]
        first = len(values)
        for place, (_, gather, frame) in enumerate(self.plan.values, first):
            values.append(named(self._gathered(rows, gather, frame), f"c{place}"))
        return rows.select().select(*values, named(number_of(rows), "r")).subquery(self.alias)

    def _gathered(self, rows: Relation, gather: Gather, frame: Frame) -> Tree:
        plan = self.plan
        keys = tuple(
            term for key, descending in plan.by for term in rows.terms(key, descending=descending)
        )
        order = (*keys, *rows.order())

        def lower(lowering: Lowering) -> Tree:
            partition: tuple[Tree, ...] = ()
            if plan.partition is not None:
                partition = (lowering.key(lowering.sql(plan.partition), plan.partition.dtype),)
            ranged = frame.kind == "range"
            by = (self._ranged(lowering),) if ranged else order
            over = Over(partition, by, keys, self._spec(frame))
            folding = Folding(lowering, order, None, over, natural=not ranged)
            return accumulator(gather.name).lower(folding, gather)

        return rows.lowered(lower)

    def _ranged(self, lowering: Lowering) -> Tree:
        """The key that a range goes by."""
        ((key, _),) = self.plan.by
        tree = lowering.sql(key)
        if isinstance(required(key.dtype), Timestamp):
            tree = call("make_timestamp", call("epoch_us", tree))
        else:
            tree = b.cast(tree, "DOUBLE")
        return exp.Ordered(this=tree, nulls_first=True)

    def _spec(self, frame: Frame) -> exp.WindowSpec:
        kind = "RANGE" if frame.kind == "range" else "ROWS"
        start, start_side = self._bound(frame, frame.low, "PRECEDING")
        end, end_side = self._bound(frame, frame.high, "FOLLOWING")
        return exp.WindowSpec(kind=kind, start=start, start_side=start_side, end=end, end_side=end_side)

    def _bound(self, frame: Frame, value: float | None, open_side: str) -> tuple[str | Tree, str | None]:
        if value is None:
            return "UNBOUNDED", open_side
        if value == 0:
            return "CURRENT ROW", None
        side = "PRECEDING" if value < 0 else "FOLLOWING"
        if frame.unit is not None:
            return b.cast(b.text(f"{int(abs(value))} {frame.unit}"), "INTERVAL"), side
        if frame.kind == "range":
            return exp.Literal.number(repr(float(abs(value)))), side
        return b.number(int(abs(value))), side


@makes(Bucketed)
class Dealt(Made):
    """Rows with the number of their bucket: as many rows each as fit, equal keys together."""

    plan: Bucketed

    def part(self) -> Tree:
        rows = relation(self.plan.source, self.statement)
        values = columns_of(rows)
        terms = rows.terms(self.plan.key, descending=False)
        upto = exp.Window(this=call("count", exp.Star()), order=exp.Order(expressions=terms))
        ranked = [named(value, name) for name, value in values.items()]
        ranked += [named(number_of(rows), "r"), named(upto, "u")]
        ranked += [named(rows.sql(self.plan.key) if self.plan.series else b.number(0), "v")]
        inner, ends = self.statement.alias(), self.statement.alias()
        own = [column(inner, name) for name in (*values, "r")]
        e = exp.to_identifier("e")
        below = b.function(("e",), b.infix(exp.LT, e, column(inner, "u")))
        number = call("len", call("list_filter", column(ends, "e"), below))
        select = exp.select(*own, named(number, f"c{len(values)}"))
        select = joined(select.from_(inner), self._ends(inner).subquery(ends), "cross")
        ranked_select = rows.select().select(*ranked)
        return select.with_(inner, as_=ranked_select, materialized=True).subquery(self.alias)

    def _pairs(self, ranked: str) -> Tree:
        """The keys in order, as a list of how many rows there are up to each, and the key."""
        pair = b.struct({"u": column(ranked, "u"), "v": column(ranked, "v")})
        return call("list_sort", call("array_agg", exp.Distinct(expressions=[pair])))

    def _end(self, listed: Tree, target: Tree, n: Tree) -> Tree:
        """After how many rows a bucket ends that holds so many at least."""
        reached = b.function(("u",), b.infix(exp.GTE, b.part(exp.to_identifier("u"), "u"), target))
        first = call("list_extract", call("list_filter", listed, reached), 1)
        series = self.plan.series
        if series is None:
            return b.part(first, "u")
        lowering = Lowering(lambda _: b.NULL(), prefix=self.statement.prefix())
        edge = above(lowering, b.part(first.copy(), "v"), series)

        def within(limit: Tree) -> Tree:
            value = b.part(exp.to_identifier("w"), "v")
            same = b.infix(exp.EQ, value, b.part(first.copy(), "v"))
            test = b.either(b.infix(exp.LT, value, limit), same)
            some = call("list_filter", listed.copy(), b.function(("w",), test))
            last = b.part(call("list_extract", some, -1), "u")
            return b.coalesce(call("greatest", last, target.copy()), n.copy())

        found = lowering.let(edge, within)
        self.statement.values.update(lowering.params)
        return found

    def _ends(self, ranked: str) -> exp.Select:
        """After how many rows each bucket ends, as a list `e`."""
        buckets = self.plan.buckets
        whole = self.statement.alias()
        counted = exp.select(
            named(self._pairs(ranked), "l"), named(call("max", column(ranked, "u")), "n")
        )
        counted = counted.from_(ranked)
        n, listed = column(whole, "n"), column(whole, "l")
        share = b.infix(exp.Div, b.cast(n, "DOUBLE"), b.number(buckets))
        half = b.infix(exp.Add, share, exp.Literal.number("0.5"))
        size = call("greatest", b.cast(call("floor", half), "BIGINT"), b.number(1))
        s, i = (exp.to_identifier(name) for name in ("s", "i"))
        last = b.coalesce(call("list_extract", s, -1), b.number(0))
        target = call("least", b.infix(exp.Add, last, size), n)
        first = self._end(listed, target, n)
        final = b.infix(exp.EQ, i, b.number(buckets))
        end = b.case((final, n.copy()), default=first)
        more = b.infix(exp.LT, last.copy(), n.copy())
        step = b.case((more, call("list_append", s, end)), default=s.copy())
        numbers = call("range", 1, buckets + 1)
        start = b.cast(b.array(), "BIGINT[]")
        folded = call("list_reduce", numbers, b.function(("s", "i"), step), start)
        return exp.select(named(folded, "e")).from_(counted.subquery(whole))
