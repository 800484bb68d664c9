"""What the catalog says of versions, aliases and runs."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vitrail.errors import NotFound, did_you_mean

if TYPE_CHECKING:
    from vitrail.store.project import Project
    from vitrail.store.run import LoggedRun

_VERSION = (
    "SELECT versions.id, name, type, number, digest, manifest, created, size "
    "FROM versions JOIN artifacts ON artifacts.id = versions.artifact "
)
_RUN = "SELECT id, project, job_type, name, config, state, created, ended FROM runs "


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version, as the catalog knows it.

    Attributes:
        id: in the catalog of this store.
        name, type: of the artifact.
        number: of the version, counted from 0.
        digest: of its content.
        manifest: the digest of its manifest.
        created: when it was logged, UTC, in ISO 8601.
        size: of all that it holds, in bytes.
        aliases: that lead to it, where they were asked for.
    """

    id: int
    name: str
    type: str
    number: int
    digest: str
    manifest: str
    created: str
    size: int
    aliases: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Its name, such as "v3"."""
        return f"v{self.number}"


class Records:
    """The questions that are asked of a project's catalog."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._query = project.catalog.query

    def version(self, name: str, alias: str) -> VersionRow:
        """The version that a name and an alias lead to.

        Raises:
            NotFound: there is none; the message names the nearest.
        """
        if alias[:1] == "v" and alias[1:].isascii() and alias[1:].isdigit() and len(alias) < 16:
            found = self._query(_VERSION + "WHERE name = ? AND number = ?", (name, int(alias[1:])))
        else:
            found = self._query(
                _VERSION + "JOIN aliases ON version = versions.id WHERE name = ? AND alias = ?",
                (name, alias),
            )
        if found:
            return VersionRow(*found[0])
        known = self._query("SELECT id FROM artifacts WHERE name = ?", (name,))
        if not known:
            others = [row[0] for row in self._query("SELECT name FROM artifacts ORDER BY name")]
            place = str(self._project.root)
            raise NotFound(f"no artifact {name!r} in the store {place!r}{did_you_mean(name, others)}")
        aliases = self._query(
            "SELECT alias FROM aliases WHERE artifact = ? ORDER BY alias", (known[0][0],)
        )
        versions = self._query(
            "SELECT number FROM versions WHERE artifact = ? ORDER BY number DESC", (known[0][0],)
        )
        there = [row[0] for row in aliases] + [f"v{row[0]}" for row in versions]
        raise NotFound(f"no version or alias {alias!r} of {name!r}{did_you_mean(alias, there)}")

    def by_id(self, version: int) -> VersionRow:
        """A version by its id in the catalog."""
        return VersionRow(*self._query(_VERSION + "WHERE versions.id = ?", (version,))[0])

    def by_digest(self, digest: str) -> VersionRow:
        """The first version with some content.

        Raises:
            NotFound: there is none.
        """
        found = self._query(_VERSION + "WHERE digest = ? ORDER BY versions.id LIMIT 1", (digest,))
        if not found:
            raise NotFound(
                f"no artifact with digest {digest!r:.80} in the store {str(self._project.root)!r}"
            )
        return VersionRow(*found[0])

    def versions(self) -> list[VersionRow]:
        """All versions, by type, name and number, with their aliases."""
        aliases: dict[int, list[str]] = {}
        for version, alias in self._query("SELECT version, alias FROM aliases ORDER BY alias"):
            aliases.setdefault(version, []).append(alias)
        rows = self._query(_VERSION + "ORDER BY type, name, number")
        return [replace(VersionRow(*row), aliases=tuple(aliases.get(row[0], ()))) for row in rows]

    def aliases(self, version: int) -> tuple[str, ...]:
        """The aliases that lead to a version."""
        rows = self._query("SELECT alias FROM aliases WHERE version = ? ORDER BY alias", (version,))
        return tuple(row[0] for row in rows)

    def runs(self) -> list[LoggedRun]:
        """All runs, oldest first."""
        return self._runs("ORDER BY created, id", ())

    def run(self, run: str) -> LoggedRun:
        """A run by its id.

        Raises:
            NotFound: there is none.
        """
        found = self._runs("WHERE id = ?", (run,))
        if not found:
            known = [row[0] for row in self._query("SELECT id FROM runs ORDER BY created DESC")]
            raise NotFound(f"no run {run!r:.80}{did_you_mean(str(run), known)}")
        return found[0]

    def made_by(self, version: int) -> list[LoggedRun]:
        """The runs that logged a version, the first one first."""
        where = "JOIN made ON made.run = id WHERE version = ? ORDER BY created, id"
        return self._runs(where, (version,))

    def used_by(self, version: int) -> list[LoggedRun]:
        """The runs that used a version, oldest first."""
        where = "JOIN used ON used.run = id WHERE version = ? ORDER BY created, id"
        return self._runs(where, (version,))

    def made(self, run: str) -> list[VersionRow]:
        """The versions that a run logged."""
        rows = self._query(
            _VERSION + "JOIN made ON version = versions.id WHERE run = ? ORDER BY versions.id", (run,)
        )
        return [VersionRow(*row) for row in rows]

    def used(self, run: str) -> list[VersionRow]:
        """The versions that a run used."""
        rows = self._query(
            _VERSION + "JOIN used ON version = versions.id WHERE run = ? ORDER BY versions.id", (run,)
        )
        return [VersionRow(*row) for row in rows]

    def history(self, run: str) -> list[dict[str, Any]]:
        """What a run logged, in order: each a dict of name → value, with `_step` and `_created`."""
        rows = self._query(
            "SELECT step, created, document FROM history WHERE run = ? ORDER BY place", (run,)
        )
        return [
            {**json.loads(document), "_step": step, "_created": created}
            for step, created, document in rows
        ]

    def table_parts(self, digest: str) -> tuple[str, ...]:
        """The digests of a table's Parquet files, in order; empty where the table is not known."""
        rows = self._query(
            "SELECT blob FROM tables WHERE digest = ? ORDER BY place", (bytes.fromhex(digest),)
        )
        return tuple(blob.hex() for (blob,) in rows)

    def _runs(self, rest: str, values: tuple[Any, ...]) -> list[LoggedRun]:
        from vitrail.store.run import LoggedRun

        return [
            LoggedRun(self._project, run, project, job, name, json.loads(config), state, created, ended)
            for run, project, job, name, config, state, created, ended in self._query(
                _RUN + rest, values
            )
        ]
