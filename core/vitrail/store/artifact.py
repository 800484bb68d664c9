"""An artifact: a named, versioned bundle of tables, media and files."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile, rmtree
from tempfile import mkdtemp
from typing import IO, TYPE_CHECKING, Any

from vitrail.errors import Invalid, NotFound, did_you_mean
from vitrail.kinds import Shelf, Storable
from vitrail.store import names, trouble
from vitrail.store.digest import settings
from vitrail.store.entry import loaded, stored
from vitrail.store.file import File, Reference
from vitrail.store.manifest import Entry, Manifest
from vitrail.store.path import EntryPath
from vitrail.view import Source

if TYPE_CHECKING:
    from vitrail.store.project import Project
    from vitrail.store.records import VersionRow
    from vitrail.store.run import LoggedRun
    from vitrail.store.shelf import Staging


class Artifact:
    """A named bundle of tables, media and files. It is filled, then logged by a run, which gives it a
    version; from then on it does not change.

    Args:
        name: up to 128 letters, without slashes, colons and "..".
        type: what artifacts of this name are, such as "dataset"; one name has one type.
        description: what it is, in words.
        metadata: whatever else is to be known of it, as a JSON document.

    Raises:
        Invalid: a name that cannot be, or metadata that JSON cannot hold.
    """

    def __init__(
        self,
        name: str,
        type: str,  # noqa: A002 - the word that people know
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self._name = names.artifact_name(name)
        self._type = names.artifact_name(type, "an artifact's type")
        if description is not None and not isinstance(description, str):
            raise Invalid(f"a description is text, not {description!r:.200}")
        self._description = description
        self._metadata: dict[str, Any] = settings(metadata, "the metadata")
        self._things: dict[str, Storable] = {}
        self._folder: _Folder | None = None
        self._project: Project | None = None
        self._row: VersionRow | None = None
        self._manifest: Manifest | None = None

    @classmethod
    def of_version(cls, project: Project, row: VersionRow) -> Artifact:
        """The artifact of a version that a store has."""
        artifact = cls(row.name, row.type)
        artifact._project, artifact._row = project, row
        return artifact

    # What it is

    @property
    def name(self) -> str:
        """Its name, without the version."""
        return self._name

    @property
    def type(self) -> str:
        """Its type."""
        return self._type

    @property
    def description(self) -> str | None:
        """What it is, in words."""
        return self._description if self._row is None else self.manifest.description

    @property
    def metadata(self) -> dict[str, Any]:
        """Whatever else is known of it. Before it is logged, this dict can be changed."""
        return self._metadata if self._row is None else dict(self.manifest.metadata)

    @property
    def is_logged(self) -> bool:
        """Whether it has a version."""
        return self._row is not None

    @property
    def row(self) -> VersionRow:
        """Its version's row in the catalog.

        Raises:
            Invalid: it is not logged yet.
        """
        if self._row is None:
            raise Invalid(
                f"the artifact {self._name!r} is not logged yet, so it has no version and digest"
            )
        return self._row

    @property
    def version(self) -> str:
        """Its version, such as "v3"."""
        return self.row.version

    @property
    def digest(self) -> str:
        """SHA-256 of what it holds; the same content has the same in every store."""
        return self.row.digest

    @property
    def qualified_name(self) -> str:
        """Its name with the version, such as "scenes:v3"."""
        return f"{self._name}:{self.version}"

    @property
    def created_at(self) -> str:
        """When it was logged, UTC, in ISO 8601."""
        return self.row.created

    @property
    def size(self) -> int:
        """The size of all that it holds, in bytes."""
        return self.row.size

    @property
    def aliases(self) -> list[str]:
        """The aliases that lead to this version now."""
        return list(self.project.records.aliases(self.row.id))

    @property
    def manifest(self) -> Manifest:
        """What it is made of, as a document."""
        row = self.row
        if self._manifest is None:
            self._manifest = self.project.read_manifest(row.manifest)
        return self._manifest

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its entries."""
        return tuple(self._things if self._row is None else self.manifest.entries)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    # Filling it

    def add(self, obj: Storable, name: str) -> None:
        """Put an object into it: a table, a picture, classes, a view. It is stored when the artifact is
        logged.

        What a table was taken out of by queries goes into the metadata, under "queries" and `name`.

        Raises:
            Invalid: the object is of no such kind, or the name cannot be or is taken.
        """
        if not isinstance(obj, Storable):
            raise Invalid(
                f"a {type(obj).__name__} is nothing that an artifact holds; it holds Table, JoinedTable, "
                "Image, Classes and View, and files by add_file"
            )
        self._put(names.entry_name(name), obj)
        selection = getattr(obj, "selection", None)
        if selection is not None:
            queries = self._metadata.setdefault("queries", {})
            if isinstance(queries, dict):  # a guest may mean something else by that name
                queries.setdefault(name, selection.document())

    def add_file(self, local_path: str | Path, name: str | None = None, policy: str = "mutable") -> None:
        """Put a file into it.

        Args:
            local_path: where the file is.
            name: what the entry is called; by default as the file.
            policy: "mutable" copies the file now, so that it may change or go before the artifact is
                logged; "immutable" reads it only then.

        Raises:
            NotFound: there is no such file.
        """
        if policy not in ("mutable", "immutable"):
            raise Invalid(f"a policy is 'mutable' or 'immutable', not {policy!r}")
        path = _path(local_path)
        if not path.is_file():
            raise NotFound(
                f"no file {str(path)!r}" + ("; it is a folder: use add_dir" if path.is_dir() else "")
            )
        name = names.entry_name(path.name if name is None else name)
        self._check_free(name)
        if policy == "mutable":
            copy = self._new_path()
            with trouble.disk(f"copying {str(path)!r}"):
                copyfile(path, copy)
            path = copy
        self._put(name, File(path.resolve()))

    def add_dir(self, local_path: str | Path, name: str | None = None, policy: str = "mutable") -> None:
        """Put all files of a folder into it, those of folders inside too.

        Args:
            local_path: where the folder is.
            name: what stands before the files' names, followed by a slash.
            policy: as for `add_file`.
        """
        folder = _path(local_path)
        if not folder.is_dir():
            raise NotFound(f"no folder {str(folder)!r}")
        before = f"{names.entry_name(name)}/" if name else ""
        for inside, folders, files in os.walk(folder):
            folders.sort()
            for file in sorted(files):
                path = Path(inside, file)
                self.add_file(path, before + path.relative_to(folder).as_posix(), policy)

    def add_reference(self, uri: str | Path | EntryPath, name: str | None = None) -> None:
        """Put into it where something is, without its bytes.

        Args:
            uri: an address, a local file, or an entry of a logged artifact (`get_path`), whose bytes are
                named rather than kept again.
            name: what the entry is called; by default as the last part of the address.
        """
        if isinstance(uri, EntryPath):
            self._put(names.entry_name(uri.name if name is None else name), uri.artifact.get(uri.name))
            return
        reference = Reference.of(uri)
        last = reference.uri.rstrip("/").rpartition("/")[2]
        self._put(names.entry_name(last if name is None else name), reference)

    @contextmanager
    def new_file(self, name: str, mode: str = "w", encoding: str | None = None) -> Iterator[IO[Any]]:
        """A new file in it, open for writing in a `with` block; left out where the block raises."""
        if mode not in ("w", "wb", "x", "xb"):
            raise Invalid(f"a new file is opened with mode 'w' or 'wb', not {mode!r}")
        name = names.entry_name(name)
        self._check_free(name)
        path = self._new_path()
        with path.open(mode, encoding=encoding or (None if "b" in mode else "utf-8")) as file:
            yield file
        self._put(name, File(path))

    def new_draft(self) -> Artifact:
        """A new artifact with the same entries, to which more can be added; their bytes are not copied."""
        draft = Artifact(self.name, self.type, self.description, self.metadata)
        for name in self.names:
            draft._things[name] = self.get(name)
        return draft

    def _put(self, name: str, thing: Storable) -> None:
        self._check_free(name)
        self._things[name] = thing

    def _check_free(self, name: str) -> None:
        if self._row is not None:
            raise Invalid(f"{self.qualified_name} is logged and does not change; add to its new_draft()")
        if name in self._things:
            raise Invalid(f"the artifact {self._name!r} has an entry {name!r} already")

    def _new_path(self) -> Path:
        if self._folder is None:
            self._folder = _Folder()
        return self._folder.new_path()

    def store(self, staging: Staging) -> dict[str, Entry]:
        """Leave all entries' bytes on a shelf, for the commit."""
        return {name: stored(thing, staging) for name, thing in self._things.items()}

    def become(self, project: Project, row: VersionRow) -> None:
        """Be the version that was just committed."""
        self._project, self._row = project, row
        self._things, self._folder = {}, None

    # Reading it

    def get(self, name: str) -> Any:
        """An entry as it was added: a table, a picture, classes, a file or a reference.

        Raises:
            NotFound: there is no such entry; the message names the nearest.
        """
        if self._row is None:
            return self._things[self._known(name)]
        entry = self.entry(name)
        thing = loaded(entry, self.project.shelf, (self._row.digest, name))
        if hasattr(thing, "logged_as"):
            thing.logged_as = Source(artifact=self.qualified_name, entry=name)
        return thing

    def entry(self, name: str) -> Entry:
        """What the manifest says of an entry. Raises as `get`."""
        return self.manifest.entries[self._known(name)]

    def get_path(self, name: str) -> EntryPath:
        """An entry's place, from which its file can be taken. Raises as `get`."""
        return EntryPath(self, name, self.entry(name))

    def download(self, root: str | Path | None = None) -> Path:
        """Write what it holds into a folder: files as they are, tables as Parquet, the rest as JSON.

        Args:
            root: the folder; by default ./artifacts/<name>-<version>.

        Returns:
            the folder.
        """
        folder = Path(root) if root is not None else Path("artifacts", f"{self._name}-{self.version}")
        for name in self.names:
            self.get_path(name).download(folder)
        return folder

    def verify(self) -> None:
        """Read everything that it holds again.

        Raises:
            Damaged: some bytes are not what their digest promises, or are gone; the message says which.
        """
        self.project.verify_version(self.row)

    @property
    def shelf(self) -> Shelf:
        """Where its bytes are."""
        return self.project.shelf

    def logged_by(self) -> LoggedRun | None:
        """The run that first logged it."""
        return next(iter(self.project.records.made_by(self.row.id)), None)

    def used_by(self) -> list[LoggedRun]:
        """The runs that have used it."""
        return self.project.records.used_by(self.row.id)

    def _known(self, name: str) -> str:
        if name not in self.names:
            place = self._name if self._row is None else self.qualified_name
            raise NotFound(f"no entry {name!r:.200} in {place}{did_you_mean(str(name), self.names)}")
        return name

    @property
    def project(self) -> Project:
        """The project that has it."""
        if self._project is None:
            raise Invalid(f"the artifact {self._name!r} is not logged yet")
        return self._project

    def __repr__(self) -> str:
        place = f"{self._name}:{self._row.version}" if self._row else f"{self._name}, not logged"
        return f"Artifact({place}; {self._type}; {', '.join(self.names) or 'empty'})"


def _path(given: object) -> Path:
    if not isinstance(given, str | Path) or "\0" in str(given):
        raise Invalid(f"a file is named by its path, not {given!r:.200}")
    return Path(given)


class _Folder:
    """A temporary folder for copies and new files, which goes when this object goes."""

    def __init__(self) -> None:
        self._path = Path(mkdtemp(prefix="vitrail-"))
        self._count = 0
        weakref.finalize(self, rmtree, self._path, ignore_errors=True)

    def new_path(self) -> Path:
        """A path in it that was not given before."""
        self._count += 1
        return self._path / str(self._count)
