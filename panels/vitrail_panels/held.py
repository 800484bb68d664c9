"""A project of a few tables at hand, whether a store holds them or not."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from vitrail.errors import NotFound, did_you_mean
from vitrail.joined_table import JoinedTable
from vitrail.media.content import Contents
from vitrail.scratch import engine_over
from vitrail.store.project import Project
from vitrail.table import Table
from vitrail.view import Source

if TYPE_CHECKING:
    from vitrail.query.engine import Engine
    from vitrail.store.artifact import Artifact
    from vitrail.store.records import VersionRow

Tabular: TypeAlias = Table | JoinedTable


@dataclass(frozen=True)
class _Manifest:
    """What an artifact holds, as far as tables go."""

    entries: Mapping[str, Tabular]


class _Artifact:
    """Tables by their names, as a logged artifact would give them."""

    def __init__(self, name: str, tables: Mapping[str, Tabular]) -> None:
        self.qualified_name = self.digest = name
        self.manifest = _Manifest(tables)

    def get(self, entry: str) -> Tabular:
        """A table.

        Raises:
            NotFound: there is none of this name.
        """
        if entry not in self.manifest.entries:
            raise NotFound(f"no table {entry!r:.200} is shown here")
        return self.manifest.entries[entry]


class Held(Project):
    """A project of these tables and of nothing else: whoever looks at it reaches no other one.

    Args:
        tables: each by the artifact and entry that views name it by.
    """

    def __init__(self, tables: Mapping[Source, Tabular]) -> None:
        super().__init__(Path(tempfile.gettempdir()) / f"vitrail-{secrets.token_hex(8)}")  # never made
        self.tables = dict(tables)
        by_name: dict[str, dict[str, Tabular]] = {}
        for source, table in self.tables.items():
            by_name.setdefault(source.artifact, {})[source.entry] = table
        self._artifacts = {name: _Artifact(name, held) for name, held in by_name.items()}

    def artifact(self, name: str) -> Artifact:
        """The tables of a name, for reading."""
        if name not in self._artifacts:
            raise NotFound(f"no artifact {name!r:.200} here{did_you_mean(name, self._artifacts)}")
        return cast("Artifact", self._artifacts[name])

    def artifacts(self) -> dict[str, dict[str, list[VersionRow]]]:
        """Nothing that could be chosen instead."""
        return {}

    def picture(self, digest: str) -> bytes:
        """A picture's or mask's bytes.

        Raises:
            NotFound: none of the tables has it.
        """
        return self._contents.find(digest).read()

    @cached_property
    def _contents(self) -> Contents:
        return Contents.of_all(part.contents for table in self.tables.values() for part in _parts(table))

    @property
    def engine(self) -> Engine:
        """The engine that finds all of the tables; it is not ours to end."""
        return self._engine_and_hold[0]

    @cached_property
    def _engine_and_hold(self) -> tuple[Engine, Any]:
        return engine_over(base for table in self.tables.values() for base in table.bases)

    def close(self) -> None:
        """Nothing is ended: the engine is shared."""


def _parts(table: Tabular) -> tuple[Table, ...]:
    return table.tables if isinstance(table, JoinedTable) else (table,)
