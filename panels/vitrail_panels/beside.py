"""The tables that a pipeline in the page may name beside the one that is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from vitrail.errors import Invalid, NotFound
from vitrail.query.plan import Plan
from vitrail.store.project import Project
from vitrail.view import Source

_TABLES = ("table", "joined-table")
_PLACE = re.compile(r"(?P<artifact>[^/]+:v\d+)/(?P<entry>.+)", re.DOTALL)


class Beside(Mapping[str, Plan]):
    """Tables by name: the other entries of an artifact's version, and `artifact:v3/entry` of any.

    An alias names none, since it may lead elsewhere between two windows of one view.

    Args:
        project: where they are.
        source: the table that is shown.
        plan: gives the plan of a source.

    Attributes:
        named: the tables that were found so far, each once.
    """

    def __init__(self, project: Project, source: Source, plan: Callable[[Source], Plan]) -> None:
        self._project, self._source, self._plan = project, source, plan
        self.named: dict[Source, None] = {}

    def __getitem__(self, name: str) -> Plan:
        place = _PLACE.fullmatch(name)
        source = self._source.model_copy(update=place.groupdict() if place else {"entry": name})
        try:
            plan = self._plan(source)
        except (NotFound, Invalid):
            raise KeyError(name) from None
        self.named[source] = None
        return plan

    def __iter__(self) -> Iterator[str]:
        entries = self._project.artifact(self._source.artifact).manifest.entries
        return (name for name, entry in entries.items() if entry.kind in _TABLES)

    def __len__(self) -> int:
        return sum(1 for _ in self)
