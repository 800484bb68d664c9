"""A stored table's rows, read from its Parquet files or from its index."""

from __future__ import annotations

from sqlglot import exp

from vitrail.errors import Invalid
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.leaf import Leaf
from vitrail.query.plan import Scan
from vitrail.query.relation import makes
from vitrail.query.statement import Statement
from vitrail.query.tree import call, column, named


@makes(Scan)
def scanned(scan: Scan, statement: Statement) -> Leaf:
    """A stored table's rows: from its index where there is one, from its files where not."""
    index = statement.indexes.get(scan.table)
    found = index.leaf(scan, statement) if index else None
    return found or Scanned(scan, statement)


class Scanned(Leaf):
    """A stored table's rows."""

    plan: Scan

    def __init__(self, plan: Scan, statement: Statement) -> None:
        super().__init__(plan, statement)
        self._files = statement.files.get(plan.table, ())
        self._before = statement.offsets.get(plan.table, (0,))
        if not self._files:
            raise Invalid(f"no files of table {plan.table[:12]} are at hand")

    @property
    def reads_files(self) -> bool:
        return True

    @property
    def row(self) -> str:
        return "file_row_number" if len(self._files) == 1 else "r"

    @property
    def ids(self) -> tuple[Tree, ...]:
        """The file and the row in it, by which the scan itself passes over what is not wanted."""
        if len(self._files) == 1:
            return (self.position,)
        return column(self.alias, "q"), column(self.alias, "file_row_number")

    @property
    def numbered_from_0(self) -> bool:
        return not self.conditions and not self.keys

    def stretch(self, start: int, stop: int | None) -> exp.Select | None:
        if self.keys:
            return None
        return self._streamed(start, stop) if self.conditions else self._between(start, stop)

    def _between(self, start: int, stop: int | None) -> exp.Select:
        """The rows [start, stop), of the files alone in which they are."""
        ends = (*self._before[1:], self.plan.rows)
        places = [
            place
            for place, (first, end) in enumerate(zip(self._before, ends, strict=True))
            if end > start and (stop is None or first < stop)
        ] or [0]
        moved = self.moved = self._before[places[0]]
        self._files = self._files[places[0] : places[-1] + 1]
        self._before = tuple(before - moved for before in self._before[places[0] : places[-1] + 1])
        bind = self.statement.bind
        terms: list[Tree] = []
        if start > moved:
            terms.append(exp.GTE(this=self.position, expression=bind(start - moved)))
        if stop is not None:
            terms.append(exp.LT(this=self.position, expression=bind(max(stop - moved, 0))))
        return self.select().where(*terms) if terms else self.select()

    def _streamed(self, start: int, stop: int | None) -> exp.Select:
        """The kept rows [start, stop), as they leave the scan."""
        bind = self.statement.bind
        inner = self.select().select(exp.Column(this=exp.Star(), table=exp.to_identifier(self.alias)))
        if stop is not None:
            inner = inner.limit(bind(max(stop - start, 0)))
        inner = inner.offset(bind(start)) if start else inner
        return exp.Select().from_(inner.subquery(self.alias, copy=False), copy=False)

    def part(self) -> Tree:
        if len(self._files) == 1:
            return self.bare()
        file = column(self.alias, "file_index")
        inner = exp.select(exp.Star(), named(file, "q"), named(self.numbered_row(), "r"))
        return inner.from_(self.bare(), copy=False).subquery(self.alias, copy=False)

    def bare(self) -> exp.Table:
        """The files as they are read, under `alias`."""
        with_rows = exp.EQ(this=exp.column("file_row_number"), expression=b.TRUE())
        read = exp.Anonymous(
            this="read_parquet", expressions=[self.statement.bind(list(self._files)), with_rows]
        )
        return exp.Table(this=read, alias=exp.TableAlias(this=exp.to_identifier(self.alias)))

    def numbered_row(self) -> Tree:
        """A row's number, in the files as they are read."""
        row = column(self.alias, "file_row_number")
        if len(self._files) == 1:
            return row
        before = self.statement.bind(list(self._before))
        index = b.cast(column(self.alias, "file_index"), "BIGINT")
        place = exp.Add(this=index, expression=b.number(1))
        return b.infix(exp.Add, row, call("list_extract", before, place))
