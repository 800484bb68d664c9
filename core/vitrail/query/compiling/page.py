"""Which rows a window shows: found first by their ids, so that only theirs are worked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from vitrail.errors import Invalid
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.leaf import Leaf
from vitrail.query.narrow import narrowed
from vitrail.query.relation import Found, Relation
from vitrail.query.tree import call, column, joined, named, sole


def page_of(rows: Relation, start: int, stop: int | None, extra: Mapping[str, Tree]) -> exp.Select:
    """The ids of the rows [start, stop) as `i0`, `i1`, …, and their order as `i`."""
    wanted = {f"i{k}": value for k, value in enumerate(rows.ids)} | {"p": rows.position} | dict(extra)
    keys = {f"o{k}": term.this for k, term in enumerate(rows.keys)}
    inner = rows.select().select(*(named(v.copy(), k) for k, v in (wanted | keys).items()), copy=False)
    order = [
        exp.Ordered(this=sole(name), desc=term.args["desc"], nulls_first=term.args["nulls_first"])
        for name, term in zip(keys, rows.keys, strict=True)
    ]
    order.append(exp.Ordered(this=sole("p")))
    bind = rows.statement.bind
    if stop is not None:
        inner = inner.limit(bind(max(stop - start, 0)), copy=False)
    offset: Tree | None = bind(start) if start else None
    near = narrowed(rows, start, stop)
    if near is None or not near.alike:
        inner = inner.order_by(*(term.copy() for term in order), copy=False)
    if near is not None:
        inner, offset = inner.where(near.condition), near.offset
        for part, select in near.parts:
            inner = inner.with_(part, as_=select, materialized=True)
    inner = inner.offset(offset, copy=False) if offset is not None else inner
    place = exp.Window(this=call("row_number"), order=exp.Order(expressions=order))
    name = rows.statement.alias()
    return exp.select(*(exp.column(k, table=name) for k in wanted), named(place, "i")).from_(
        inner.subquery(name, copy=False), copy=False
    )


def listed(rows: Relation, ids: Sequence[int]) -> tuple[exp.Select, Relation]:
    """Rows by their numbers, as `_page` gives them, and the relation of them."""
    if not isinstance(rows, Leaf):
        raise Invalid("only the rows of a stored table are asked for by their numbers")
    listed = b.cast(rows.statement.bind(list(ids)), "BIGINT[]")
    places = call("generate_subscripts", listed.copy(), b.number(1))
    page = exp.select(named(call("unnest", listed), "i0"), named(places, "i"))
    on = exp.EQ(this=rows.position, expression=column("page", "i0"))
    part = rows.part()
    return page, Found(rows, lambda: joined(exp.Select().from_("page"), part, "inner", on))


def with_page(select: exp.Select, page: exp.Select) -> exp.Select:
    """A SELECT that can read the rows of a page as `page`."""
    return select.with_("page", as_=page, materialized=True, copy=False)
