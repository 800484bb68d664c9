"""The rows of a table, and new ones where a column's values leave gaps."""

from __future__ import annotations

from sqlglot import exp

from vitrail.dtypes import DType, Number, Timestamp, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.making.made import Made, nested
from vitrail.query.operators.refusal import MARK
from vitrail.query.plan import Plan
from vitrail.query.relation import makes
from vitrail.query.steps import MOST_FILLED, Densified
from vitrail.query.tree import call, column, empty, joined, named


@makes(Densified)
class Filled(Made):
    """Rows in the order of their series and the column."""

    plan: Densified

    def part(self) -> Tree:
        plan, source = self.plan, nested(self.plan.source, self.statement)
        known, wanted = dict(plan.source.dtype.columns or ()), dict(plan.dtype.columns or ())
        rows, new, whole = (self.statement.alias() for _ in range(3))

        def own(name: str) -> Tree:
            tree = source.value(name)
            return source.lowered(lambda lowering: lowering.widen(tree, known[name], wanted[name]))

        values = [named(own(name), f"c{place}") for name, place in self.places.items()]
        first = source.select().select(*values, named(source.position, "r"))
        made = self._made(rows, wanted[plan.name])
        parts = {f"c{self.places[name]}": f"p{i}" for i, name in enumerate(plan.partition)}
        parts[f"c{self.places[plan.name]}"] = "v"
        filled = []
        for name, place in self.places.items():
            part = parts.get(f"c{place}")
            value = column(new, part) if part else empty(wanted[name])
            filled.append(named(value, f"c{place}"))
        on = [
            exp.NullSafeEQ(this=column(new, part), expression=column(rows, name))
            for name, part in parts.items()
        ]
        gaps = exp.select(*filled, named(b.cast(b.NULL(), "BIGINT"), "r")).from_(made.subquery(new))
        gaps = joined(gaps, rows, "anti", exp.and_(*on))
        everything = exp.union(exp.select(exp.Star()).from_(rows), gaps, distinct=False)
        order = [exp.Ordered(this=column(whole, name), nulls_first=True) for name in (*parts, "r")]
        number = exp.Window(this=call("row_number"), order=exp.Order(expressions=order))
        columns = [column(whole, f"c{place}") for place in self.places.values()]
        select = exp.select(*columns, named(number, "r"))
        stacked = exp.Subquery(this=everything, alias=exp.TableAlias(this=exp.to_identifier(whole)))
        select = select.from_(stacked).with_(rows, as_=first, materialized=True)
        return select.subquery(self.alias)

    def _made(self, rows: str, dtype: DType) -> exp.Select:
        """The series: their columns as `p0`, …, and the values that belong into them as `v`."""
        plan = self.plan
        value = column(rows, f"c{self.places[plan.name]}")
        parts = [column(rows, f"c{self.places[name]}") for name in plan.partition]
        names = [f"p{i}" for i in range(len(parts))]
        series, ends = self.statement.alias(), self.statement.alias()
        shown = [named(part, name) for part, name in zip(parts, names, strict=True)]
        each = exp.select(*shown).from_(rows)
        if plan.bounds is not None:
            low, high = (self._constant(bound, dtype) for bound in plan.bounds)
            groups = each.select(named(low, "l"), named(high, "h"))
        elif plan.each:
            groups = each.select(named(call("min", value), "l"), named(call("max", value), "h"))
        else:
            span = exp.select(named(call("min", value), "l"), named(call("max", value), "h")).from_(rows)
            groups = each.select(column(ends, "l"), column(ends, "h"))
            groups = joined(groups, span.subquery(ends), "cross")
        places = [exp.column(name) for name in (*names, *(() if plan.each else ("l", "h")))]
        if plan.each:
            groups = groups.group_by(*(part.copy() for part in parts)) if parts else groups
        else:
            groups = exp.select(*places).distinct().from_(groups.subquery(self.statement.alias()))
        own = [column(series, name) for name in names]
        values = call("unnest", self._values(column(series, "l"), column(series, "h"), dtype))
        return exp.select(*own, named(values, "v")).from_(groups.subquery(series))

    def _constant(self, bound: object, dtype: DType) -> Tree:
        from vitrail.query.expr import Literal
        from vitrail.query.lower import Lowering

        if not isinstance(bound, Literal):
            return b.NULL()
        lowering = Lowering(lambda _: b.NULL(), prefix=self.statement.prefix())
        tree = b.cast(lowering.as_type(bound, required(dtype)), b.duck_type(dtype))
        self.statement.values.update(lowering.params)
        return tree

    def _values(self, low: Tree, high: Tree, dtype: DType) -> Tree:
        """The values from one to another: without the end where the bounds say so."""
        plan = self.plan
        inclusive = plan.bounds is None
        if isinstance(required(dtype), Timestamp):
            return self._times(low, high, dtype, inclusive=inclusive)
        number = required(dtype)
        whole = isinstance(number, Number) and number.integer
        step: Tree = b.number(int(plan.step)) if whole else exp.Literal.number(repr(float(plan.step)))
        span = b.infix(exp.Div, b.infix(exp.Sub, b.cast(high, "DOUBLE"), b.cast(low, "DOUBLE")), step)
        count = call("floor", span) if inclusive else b.infix(exp.Sub, call("ceil", span), b.number(1))
        i = exp.to_identifier("i")
        one = b.infix(exp.Add, low, b.infix(exp.Mul, i, step))
        return call("list_transform", self._range(count), b.function(("i",), one))

    def _times(self, low: Tree, high: Tree, dtype: DType, *, inclusive: bool) -> Tree:
        plan = self.plan
        form = getattr(required(dtype), "form", "naive")

        def naive(tree: Tree) -> Tree:
            return (
                call("make_timestamp", call("epoch_us", tree))
                if form == "instant"
                else b.cast(tree, "TIMESTAMP")
            )

        start, end = naive(low), naive(high)
        unit = plan.unit or "millisecond"
        months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
        i = exp.to_identifier("i")
        if months:
            interval = b.cast(b.text(f"{int(plan.step) * months} months"), "INTERVAL")
            between = call("datediff", b.text("month"), start, end)
            span = b.infix(exp.Div, b.cast(between, "DOUBLE"), b.number(int(plan.step) * months))
            count = call("ceil", span)
        else:
            from vitrail.query.gathering.windows import UNITS_MS

            us = int(plan.step * UNITS_MS[unit] * 1000)
            interval = b.cast(b.text(f"{us} microseconds"), "INTERVAL")
            length = b.infix(exp.Sub, call("epoch_us", end), call("epoch_us", start))
            count = call("ceil", b.infix(exp.Div, b.cast(length, "DOUBLE"), b.number(us)))
        one = b.infix(exp.Add, start, b.infix(exp.Mul, interval, b.cast(i, "BIGINT")))
        listed = call("list_transform", self._range(count), b.function(("i",), one))
        t = exp.to_identifier("t")
        kind = exp.LTE if inclusive else exp.LT
        kept = call("list_filter", listed, b.function(("t",), b.infix(kind, t, end)))
        if form == "instant":
            back = call("make_timestamptz", call("epoch_us", t))
            return call("list_transform", kept, b.function(("t",), back))
        return call("list_transform", kept, b.function(("t",), b.cast(t, b.duck_type(dtype))))

    def _range(self, count: Tree) -> Tree:
        text = f"{MARK}$densify would make more than {MOST_FILLED:,} rows"
        many = b.infix(exp.GT, count, b.number(MOST_FILLED))
        refused = b.cast(call("error", b.text(text)), "BIGINT")
        last = b.case((many, refused), default=b.cast(count.copy(), "BIGINT"))
        return call("range", b.number(0), b.infix(exp.Add, last, b.number(1)))


__all__ = ["Filled", "Plan"]
