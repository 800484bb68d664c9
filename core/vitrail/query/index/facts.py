"""What one pass over a table's files tells of its columns, before and after their index is filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from sqlglot import exp

from vitrail.domain import CategoryDomain, NumberDomain
from vitrail.dtypes import Boolean, DType, Image, List, Number, Struct, Text, Timestamp, required
from vitrail.query import binning
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.index.about import Facts
from vitrail.query.index.codes import Codes
from vitrail.query.plan import Scan
from vitrail.query.statement import Statement
from vitrail.query.tree import DIALECT, call, named, sole
from vitrail.statistics import Facts as Said
from vitrail.statistics import Known

_FEW_WORDS = 10_000
_MOST_WORDS = 60_000
_MOST_CATEGORIES = 300


class Ask(Protocol):
    """Runs a SELECT with its parameters and gives all of its rows."""

    def __call__(self, tree: exp.Select, values: Mapping[str, Any]) -> list[tuple[Any, ...]]: ...


def reading(files: Sequence[str], statement: Statement) -> exp.Select:
    """A SELECT of nothing yet from the rows of some files."""
    read = exp.Anonymous(this="read_parquet", expressions=[statement.bind(list(files))])
    return exp.Select().from_(exp.Table(this=read))


def first_facts(
    scan: Scan, files: Sequence[str], ask: Ask, known: Known
) -> tuple[list[Facts], list[int]]:
    """What has to be known before the index is filled, and the places of texts of few kinds.

    Args:
        scan: the table.
        files: its files.
        ask: reads them.
        known: what their footers say, which is not counted again.
    """
    statement = Statement({})
    wanted: list[Tree] = []
    columns = scan.schema.columns or ()
    for place, (_, dtype) in enumerate(columns):
        value, plain = sole(f"c{place}"), required(dtype)
        said = known.get(f"c{place}")
        if said is None and not isinstance(plain, List | Struct | Image):
            wanted.append(named(call("count", value), f"n{place}"))
        if isinstance(plain, Timestamp) or (isinstance(plain, Number) and said is None):
            measure = binning.measured(value, plain)
            finite = b.case((binning.is_finite(measure.copy(), plain), measure))
            wanted += [named(call(end, finite.copy()), f"{end}{place}") for end in ("min", "max")]
        if isinstance(plain, Number) and not plain.integer:
            if said is None:
                wanted.append(named(call("count_if", b.is_nan(value)), f"nan{place}"))
            single = exp.TryCast(this=value.copy(), to=exp.DataType.build("FLOAT", dialect=DIALECT))
            longer = b.different(b.cast(single, "DOUBLE"), value)
            wanted.append(named(call("count_if", longer), f"longer{place}"))
        elif isinstance(plain, Text):
            wanted.append(named(call("approx_count_distinct", value.copy()), f"kinds{place}"))
    select = reading(files, statement).select(*wanted)
    (row,) = ask(select, statement.values) if wanted else ((),)
    found = dict(zip([one.alias for one in wanted], row, strict=True))
    facts, words, many = [], [], 0
    for place, (_, dtype) in enumerate(columns):
        facts.append(_of(place, required(dtype), found, scan.rows, known.get(f"c{place}")))
        kinds = found.get(f"kinds{place}")
        if kinds is not None and kinds <= min(_FEW_WORDS, _MOST_WORDS - many, scan.rows // 4):
            words.append(place)
            many += kinds
    return facts, words


def _of(place: int, dtype: DType, found: Mapping[str, Any], rows: int, said: Said | None) -> Facts:
    there = found.get(f"n{place}")
    single = found.get(f"longer{place}") == 0
    if said is None:
        nulls = None if there is None else rows - there
        facts = Facts(nulls, found.get(f"nan{place}") or 0, single=single)
    else:
        facts = Facts(said.nulls, said.nans, single=single, rising=said.rising)
    low, high = found.get(f"min{place}"), found.get(f"max{place}")
    if said is not None and isinstance(dtype, Number):
        low, high = said.low, said.high
    if low is None or high is None:
        return facts
    whole = isinstance(dtype, Number) and bool(dtype.integer)
    return replace(facts, domain=NumberDomain(low, high, whole, isinstance(dtype, Timestamp)))


def coded(facts: Facts) -> Codes | None:
    """The codes that the column is to have; None where it has no use for any."""
    codes = Codes(facts.domain) if facts.domain else None
    return codes if codes and codes.usable else None


def last_facts(scan: Scan, facts: Sequence[Facts], words: Sequence[int], ask: Ask) -> list[Facts]:
    """The facts again, with what is counted in the filled index: codes and categories."""
    full = []
    for place, ((_, dtype), one) in enumerate(zip(scan.schema.columns or (), facts, strict=True)):
        found = one
        if coded(one):
            by_code = dict(ask(_counts(sole(f"b{place}")), {}))
            tally = tuple(by_code.get(code, 0) for code in range(max(by_code) + 1))
            found = replace(found, tally=tally)
        if place in words or isinstance(required(dtype), Boolean):
            pairs = [(word, n) for word, n in ask(_counts(sole(f"c{place}")), {}) if word is not None]
            pairs.sort(key=lambda pair: (-pair[1], pair[0]))
            kept = tuple(word for word, _ in pairs[:_MOST_CATEGORIES])
            categories = CategoryDomain(kept, len(pairs)) if pairs else None
            counts = tuple(n for _, n in pairs[:_MOST_CATEGORIES])
            found = replace(found, categories=categories, counts=counts, words=place in words)
        if place in words:
            found = replace(found, shares=_shares(place, ask))
        full.append(found)
    return full


def _shares(place: int, ask: Ask) -> tuple[int, ...]:
    by_word = dict(ask(_counts(call("enum_code", sole(f"c{place}"))), {}))
    by_word.pop(None, None)
    return tuple(by_word.get(word, 0) for word in range(max(by_word, default=-1) + 1))


def _counts(value: Tree) -> exp.Select:
    select = exp.select(named(value, "x"), named(call("count", exp.Star()), "n"))
    return select.from_(exp.to_table("rows")).group_by(value.copy())


def spelled(tree: exp.Expression) -> str:
    """A tree in the engine's dialect."""
    return tree.sql(DIALECT)
