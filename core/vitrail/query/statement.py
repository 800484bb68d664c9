"""What one SELECT gathers while it is built: names, bound values, and where its tables' rows lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sqlglot import exp

if TYPE_CHECKING:
    from vitrail.query.leaf import Leaf
    from vitrail.query.plan import Scan
    from vitrail.statistics import Known


class Index(Protocol):
    """Another place where a stored table's rows lie, quicker to ask than its files."""

    def leaf(self, scan: Scan, statement: Statement) -> Leaf | None:
        """The table's rows as a part of a FROM; None where the files are to be read."""


@dataclass
class Statement:
    """What one SELECT gathers while it is built.

    Attributes:
        files: table digest -> its files.
        offsets: table digest -> the number of rows before each of its files.
        unique: (table digest, column) of the keys that are known to hold no value twice.
        aligned: the comparisons whose tables are known to have the same keys in the same order.
        share: of which part of the keys rows are wanted, one in so many, where several tables meet; 0 of all.
        indexes: table digest -> its index, where one is at hand.
        known: table digest -> what is known of its values.
        values: the parameters bound so far, by name.
        scope: what the variables of a table around stand for, by name.
        moves: whether `start` and `stop` alone say which window is meant; see `Relation.window`.
    """

    files: Mapping[str, tuple[str, ...]]
    offsets: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    unique: frozenset[tuple[str, str]] = frozenset()
    aligned: frozenset[tuple[str, ...]] = frozenset()
    share: int = 0
    indexes: Mapping[str, Index] = field(default_factory=dict)
    known: Mapping[str, Known] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    scope: dict[str, Any] = field(default_factory=dict)
    moves: bool = False
    aliases: int = 0
    prefixes: int = 0
    _names: dict[tuple[type, str], str] = field(default_factory=dict)

    def bind(self, value: Any) -> exp.Placeholder:
        """The parameter that stands for a value."""
        known = type(value), repr(value)
        if known not in self._names:
            self._names[known] = f"x{len(self.values)}"
            self.values[self._names[known]] = value
        return exp.Placeholder(this=self._names[known])

    def prefix(self) -> str:
        """What the parameters of one expression are called by, and those of no other."""
        self.prefixes += 1
        return f"p{self.prefixes - 1}_"

    def alias(self) -> str:
        """A name for a part of the FROM that no other part has."""
        self.aliases += 1
        return f"t{self.aliases - 1}"
