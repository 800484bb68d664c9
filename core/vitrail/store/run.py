"""Runs: what uses artifacts and makes new ones."""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from vitrail.errors import Invalid, NotFound
from vitrail.kinds import Storable
from vitrail.store import current, names
from vitrail.store.artifact import Artifact
from vitrail.store.commit import Content, commit, now
from vitrail.store.digest import plain, settings

if TYPE_CHECKING:
    from vitrail.store.project import Project

RUNNING, FINISHED, FAILED = "running", "finished", "failed"


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """A run, as the store knows it.

    Attributes:
        id: of the run.
        project, job_type, name: what it was called.
        config: its settings.
        state: "running", "finished" or "failed"; a run whose process was killed stays "running", and
            after the catalog was made again it is "unknown".
        created, ended: when, UTC, in ISO 8601.
    """

    _project: Project = field(repr=False, compare=False)
    id: str
    project: str
    job_type: str
    name: str
    config: dict[str, Any]
    state: str
    created: str
    ended: str | None

    def used_artifacts(self) -> list[Artifact]:
        """The artifacts that it used."""
        rows = self._project.records.used(self.id)
        return [Artifact.of_version(self._project, row) for row in rows]

    def logged_artifacts(self) -> list[Artifact]:
        """The artifacts that it logged."""
        rows = self._project.records.made(self.id)
        return [Artifact.of_version(self._project, row) for row in rows]

    def history(self) -> list[dict[str, Any]]:
        """What it logged by `Run.log`, in order, each with its `_step`. A table or a picture stands
        there as {"artifact": "name:version", "entry": name}.
        """
        return self._project.records.history(self.id)


class Config(dict[str, Any]):
    """A run's settings; each is an item and an attribute."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(
                f"no setting {name!r}; there are: {', '.join(self) or 'none'}"
            ) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value


class Run:
    """A step of the work, from `vitrail.init` to `finish`. In a `with` block it is finished at the end
    of the block, and recorded as failed where the block raises.

    Attributes:
        id: of the run.
        project, job_type, name: what it is called.
        config: its settings; may be changed while it runs.
        state: "running", "finished" or "failed".
        step: the number of the next `log`.
    """

    def __init__(
        self,
        store: Project,
        project: str,
        job_type: str,
        name: str | None,
        config: Mapping[str, Any] | None,
    ) -> None:
        self._store = store
        self.id = secrets.token_hex(8)
        self.project = names.label(project, "a project's name")
        self.job_type = names.label(job_type, "a job type")
        self.config = Config(settings(config, "the config"))
        self.state = RUNNING
        self.step = 0
        self.created = now()
        self.name = self._begin(None if name is None else names.label(name, "a run's name"))

    def _begin(self, name: str | None) -> str:
        with self._store.catalog.writing() as catalog:
            if name is None:
                (count,) = catalog.execute("SELECT count(*) FROM runs").fetchone()
                name = f"{self.job_type}-{count + 1}"
            catalog.execute(
                "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                (self.id, self.project, self.job_type, name, self._config(), self.state, self.created),
            )
        return name

    def _config(self) -> str:
        return json.dumps(plain(dict(self.config), "the config"))

    def use_artifact(self, artifact: str | Artifact, type: str | None = None) -> Artifact:  # noqa: A002
        """An artifact to read from; the run is recorded as having used it.

        Args:
            artifact: `name:alias`, `name:v3`, or `name` for the latest; or a logged artifact.
            type: the type that it is to have.

        Raises:
            NotFound: there is no such artifact, version or alias; the message names the nearest.
            Invalid: it has another type.
        """
        self._check_running()
        found = artifact if isinstance(artifact, Artifact) else self._store.artifact(artifact)
        if type is not None and found.type != type:
            raise Invalid(f"{found.qualified_name} is of type {found.type!r}, not {type!r}")
        if found.is_logged and not self._store.has(found):
            raise Invalid(f"{found.qualified_name} is in another store than the run")
        with self._store.catalog.writing() as catalog:
            catalog.execute("INSERT OR IGNORE INTO used VALUES (?, ?)", (self.id, found.row.id))
        return found

    def log_artifact(
        self,
        artifact: Artifact | str | Path,
        name: str | None = None,
        type: str | None = None,  # noqa: A002 - the word that people know
        aliases: Collection[str] | str | None = None,
    ) -> Artifact:
        """Give an artifact a version, which lasts once this returns.

        The same content as an earlier version of the same name gives that version again. The aliases,
        and `latest`, lead to it from now on.

        Args:
            artifact: what to log; or the path of a file or a folder, for an artifact of its own.
            name: the artifact's name, where a path is logged; by default the file's.
            type: the artifact's type, where a path is logged; by default "unspecified".
            aliases: that are to lead to it.

        Returns:
            the artifact, which now has a version and a digest.

        Raises:
            Invalid: an object in it cannot be stored, or artifacts of that name have another type.
            StoreError: the store cannot be written. There is no new version then.
        """
        self._check_running()
        if not isinstance(artifact, Artifact):
            if not isinstance(artifact, str | Path):
                raise Invalid(
                    f"an artifact or a path is logged, not {artifact!r:.200}; "
                    "put it into one: vt.Artifact(name, type).add(it, name)"
                )
            artifact = _of_path(Path(artifact), name, type)
        wanted = names.aliases_of(aliases)
        if artifact.is_logged and self._store.has(artifact):
            self._store.move_aliases(artifact.row, wanted, self.id)
            return artifact
        if artifact.is_logged:
            artifact = artifact.new_draft()
        self._save_config()
        content = Content(
            artifact.name,
            artifact.type,
            artifact.description,
            plain(artifact.metadata, "the metadata"),
            artifact.store,
        )
        used = frozenset(row.id for row in self._store.records.used(self.id))
        version = commit(self._store, content, wanted, self.id, used)
        artifact.become(self._store, self._store.records.by_id(version))
        return artifact

    def log(self, data: Mapping[str, Any], step: int | None = None, commit: bool = True) -> None:
        """Record some values: numbers, text, tables, pictures.

        A table or a picture becomes an artifact of type "run_table" or "run_media" that is named by the
        run and the value.

        Args:
            data: name → value.
            step: the number under which they stand; by default one more than the last.
            commit: taken for the sake of code that gives it; every call is recorded at once.

        Raises:
            Invalid: a value can be neither written as JSON nor put into an artifact.
        """
        self._check_running()
        if not isinstance(data, Mapping):
            raise Invalid(f"log takes a dict of name → value, not {data!r:.200}")
        document = {names.label(key, "a value's name"): self._value(key, data[key]) for key in data}
        number = self.step if step is None else int(step)
        with self._store.catalog.writing() as catalog:
            (place,) = catalog.execute(
                "SELECT count(*) FROM history WHERE run = ?", (self.id,)
            ).fetchone()
            catalog.execute(
                "INSERT INTO history VALUES (?, ?, ?, ?, ?)",
                (self.id, place, number, now(), json.dumps(document)),
            )
        self.step = number + 1

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, Real) and not isinstance(value, bool | int):
            number = float(value)
            return int(value) if math.isfinite(number) and hasattr(value, "__index__") else number
        if not isinstance(value, Storable) or isinstance(value, Artifact):
            return plain(value, f"the value {name!r}")
        entry = "".join("-" if letter in "/\\:" else letter for letter in name).replace("..", "-")
        kind = "run_table" if value.kind in ("table", "joined-table") else "run_media"
        artifact = Artifact(f"run-{self.id}-{entry}"[: names.LONGEST], kind)
        artifact.add(value, entry)
        return {"artifact": self.log_artifact(artifact).qualified_name, "entry": entry}

    def finish(self, exit_code: int | None = None) -> None:
        """End the run; it is recorded as failed where the exit code is not 0."""
        if self.state != RUNNING:
            return
        state = FAILED if exit_code else FINISHED
        with self._store.catalog.writing() as catalog:
            catalog.execute(
                "UPDATE runs SET state = ?, config = ?, ended = ? WHERE id = ?",
                (state, self._config(), now(), self.id),
            )
        self.state = state
        current.leave(self)

    def _save_config(self) -> None:
        with self._store.catalog.writing() as catalog:
            catalog.execute("UPDATE runs SET config = ? WHERE id = ?", (self._config(), self.id))

    def _check_running(self) -> None:
        if self.state != RUNNING:
            raise Invalid(f"the run {self.name!r} is {self.state}; begin another one with vitrail.init")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.finish(0 if kind is None else 1)
        except Exception as fault:
            if error is None:
                raise
            error.add_note(f"besides, the run could not be recorded as failed: {fault}")
        finally:
            current.leave(self)

    def __repr__(self) -> str:
        return f"Run({self.name!r}, {self.job_type!r} of {self.project!r}, {self.state})"


def _of_path(path: Path, name: str | None, kind: str | None) -> Artifact:
    artifact = Artifact(path.name if name is None else name, kind or "unspecified")
    if path.is_dir():
        artifact.add_dir(path)
    elif path.exists():
        artifact.add_file(path)
    else:
        raise NotFound(f"no file or folder {str(path)!r}")
    return artifact
