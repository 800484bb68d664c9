"""Saved views: artifacts of the type "view", each of whose versions holds one view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitrail.errors import Invalid, NotFound, VitrailError, did_you_mean
from vitrail.store import names
from vitrail.store.artifact import Artifact
from vitrail.store.removal import check_removable, remove
from vitrail.store.run import Run
from vitrail.view import View

if TYPE_CHECKING:
    from vitrail.store.project import Project
    from vitrail.store.records import VersionRow

TYPE = "view"
ENTRY = "view"
_PROJECT = "views"


@dataclass(frozen=True, slots=True)
class Saved:
    """A version of a saved view.

    Attributes:
        name: the view's name.
        version: such as "v2".
        created: when it was saved, UTC, in ISO 8601.
        manifest: the digest of its manifest.
        view: the view itself.
    """

    name: str
    version: str
    created: str
    manifest: str
    view: View


def saved(project: Project) -> dict[str, list[Saved]]:
    """All saved views: name → versions, the newest first. What cannot be read is left out."""
    found: dict[str, list[Saved]] = {}
    for name, rows in project.artifacts().get(TYPE, {}).items():
        for row in reversed(rows):
            try:
                view = Artifact.of_version(project, row).get(ENTRY)
            except VitrailError:
                continue
            if isinstance(view, View):
                one = Saved(name, row.version, row.created, row.manifest, view)
                found.setdefault(name, []).append(one)
    return found


def save(project: Project, view: View, name: str, description: str | None = None) -> Artifact:
    """Save a view; where a saved view has the name already, as a new version of it.

    Returns:
        the artifact that holds it. The versions of the tables that it shows are its ancestors.

    Raises:
        Invalid: the name cannot be, or an artifact of another type has it.
        NotFound: a table that the view shows is not there.
        StoreError: the store cannot be written.
    """
    artifact = Artifact(name, TYPE, description)
    artifact.add(view, ENTRY)
    check_type(project, name, TYPE)
    used = [project.artifact(source.artifact) for source in view.sources]
    with Run(project, _PROJECT, "save-view", None, None) as run:
        for table in used:
            run.use_artifact(table)
        return run.log_artifact(artifact)


def saved_view(project: Project, name: str) -> View:
    """A saved view.

    Args:
        project: where it is.
        name: of the view, or `name:v2`.

    Raises:
        NotFound: there is none; the message names the nearest.
    """
    bare, alias = names.split(name)
    known = project.artifacts().get(TYPE, {})
    if bare not in known:
        raise NotFound(f"no saved view {bare!r:.200}{did_you_mean(bare, known)}")
    view: View = project.artifact(f"{bare}:{alias}").get(ENTRY)
    return view


def rename(project: Project, name: str, new: str) -> Artifact:
    """Give a saved view another name: its versions are logged again by that name, then it is deleted.

    Returns:
        the newest version, by the new name.

    Raises:
        NotFound: there is no such view.
        Invalid: the new name is taken or cannot be, or the view cannot be deleted.
    """
    names.artifact_name(new)
    rows = _rows(project, name)
    if any(new in by_name for by_name in project.artifacts().values()):
        raise Invalid(f"the name {new!r} is taken; choose another")
    check_removable(project, name)
    with Run(project, _PROJECT, "rename-view", None, {"from": name}) as run:
        for row in rows:  # the oldest first, so that they keep their numbers
            old = Artifact.of_version(project, row)
            draft = Artifact(new, TYPE, old.description, old.metadata)
            for entry in old.names:
                draft.add(old.get(entry), entry)
            renamed = run.log_artifact(draft, aliases=[a for a in row.aliases if a != "latest"])
    remove(project, name)
    return renamed


def delete(project: Project, name: str) -> None:
    """Delete a saved view with all its versions; the tables that it shows stay.

    Raises:
        NotFound: there is no such view.
        Invalid: a run has used it, or another artifact was made of it.
    """
    _rows(project, name)
    remove(project, name)


def _rows(project: Project, name: str) -> list[VersionRow]:
    known = project.artifacts().get(TYPE, {})
    if name not in known:
        raise NotFound(f"no saved view {name!r:.200}{did_you_mean(str(name), known)}")
    return known[name]


def check_type(project: Project, name: str, kind: str) -> None:
    """Make sure that artifacts of a name have a type, before anything is worked out to be logged.

    Raises:
        Invalid: they have another one.
    """
    for known, by_name in project.artifacts().items():
        if known != kind and name in by_name:
            raise Invalid(
                f"an artifact of type {known!r} is called {name!r} already; choose another name"
            )
