"""Questions as SQL: one SELECT each, built as a tree, with every value bound as a parameter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlglot import exp

from vitrail.query.compiling import facts, folds, values, windows
from vitrail.query.lower import bound
from vitrail.query.question import Question
from vitrail.query.statement import Index, Statement
from vitrail.query.tree import DIALECT
from vitrail.statistics import Known

_KINDS: dict[str, Callable[[Question, Statement], exp.Select]] = {
    "count": facts.count,
    "window": windows.window,
    "reduce": folds.reduce,
    "points": folds.points,
    "rows": windows.rows,
    "ids": windows.ids,
    "range": values.range_of,
    "categories": values.categories,
    "unique": facts.unique,
    "aligned": facts.aligned,
    "kinds": facts.kinds,
    "warnings": facts.warnings,
    "explain": windows.rows,
}


@dataclass(frozen=True)
class Sql:
    """A statement that can be run.

    Attributes:
        tree: one SELECT.
        values: its parameters, by name.
        moves: whether other values of `start` and `stop` make it that of another window.
    """

    tree: exp.Select
    values: Mapping[str, Any]
    moves: bool = False

    @cached_property
    def text(self) -> str:
        """The statement in the engine's dialect."""
        return self.tree.sql(DIALECT)


def compile_question(
    question: Question,
    files: Mapping[str, tuple[str, ...]],
    offsets: Mapping[str, tuple[int, ...]] | None = None,
    indexes: Mapping[str, Index] | None = None,
    known: Mapping[str, Known] | None = None,
) -> Sql:
    """The SELECT that answers a question.

    Args:
        question: what is asked.
        files: table digest -> its Parquet files.
        offsets: table digest -> the number of rows before each of its files, where it has several.
        indexes: table digest -> its index, where one is at hand.
        known: table digest -> what is known of its values.

    Raises:
        Invalid: a reduction does not fit its column, or a table's files are not at hand.
    """
    meets = question.unique, question.aligned, question.share
    statement = Statement(files, offsets or {}, *meets, indexes or {}, known or {})
    tree = _KINDS[question.kind](question, statement)
    return Sql(tree, bound(tree, statement.values), statement.moves)
