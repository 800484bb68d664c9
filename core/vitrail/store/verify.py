"""Verifying: everything is read again and compared with its digest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vitrail.errors import Damaged, NewerFormat, StoreError
from vitrail.store.digest import digest_of, digest_of_file
from vitrail.store.pack import read_index

if TYPE_CHECKING:
    from vitrail.store.project import Project
    from vitrail.store.records import VersionRow


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is damaged or gone.

    Attributes:
        path: the file.
        reason: what is wrong with it.
        versions: those that need it, as `name:version`.
    """

    path: Path
    reason: str
    versions: tuple[str, ...]

    def __str__(self) -> str:
        needed = f" (needed by {', '.join(self.versions)})" if self.versions else ""
        return f"{str(self.path)!r} {self.reason}{needed}"


def verify(project: Project) -> tuple[Fault, ...]:
    """Read the whole store again: the catalog, each manifest, blob and pack.

    Returns:
        what is damaged or gone; empty where all is well.
    """
    faults = []
    for (words,) in project.catalog.query("PRAGMA integrity_check"):
        if words != "ok":
            faults.append(Fault(project.catalog.path, f"is damaged: {words}", ()))
    for row in project.records.versions():
        reason = _manifest_fault(project, row)
        if reason:
            place = project.manifest_path(row.manifest)
            faults.append(Fault(place, reason, (f"{row.name}:{row.version}",)))
    return (*faults, *_file_faults(project, None))


def verify_version(project: Project, row: VersionRow) -> None:
    """Read everything again that a version needs.

    Raises:
        Damaged: something is damaged or gone; the message says what.
    """
    manifest = project.read_manifest(row.manifest)
    if manifest.digest != row.digest:
        raise Damaged(
            f"the manifest of {row.name}:{row.version} is of other content than its digest says"
        )
    faults = _file_faults(project, row)
    if faults:
        raise Damaged(f"{row.name}:{row.version}: " + "; ".join(map(str, faults)))


def _manifest_fault(project: Project, row: VersionRow) -> str:
    try:
        manifest = project.read_manifest(row.manifest)
    except NewerFormat as error:
        return str(error)
    except StoreError:
        return "is gone or is not what its digest promises"
    return "" if manifest.digest == row.digest else "is of other content than its version's digest says"


def _file_faults(project: Project, row: VersionRow | None) -> tuple[Fault, ...]:
    """The faults of all files that versions need, or of those that one needs."""
    names = {v.id: f"{v.name}:{v.version}" for v in project.records.versions()}
    needed: dict[tuple[str, bool], list[str]] = {}
    rows = project.catalog.query(
        "SELECT digest, pack, version FROM files JOIN holds ON file = files.id ORDER BY digest, version"
    )
    mine = {digest for digest, _, version in rows if row is None or version == row.id}
    for digest, pack, version in rows:
        if digest in mine:
            needed.setdefault((digest.hex(), bool(pack)), []).append(names[version])
    faults = []
    for (digest, pack), versions in needed.items():
        path = project.blobs.pack(digest) if pack else project.blobs.file(digest)
        reason = _fault(path, digest, pack)
        if reason:
            faults.append(Fault(path, reason, tuple(versions)))
    return tuple(faults)


def _fault(path: Path, digest: str, pack: bool) -> str:
    try:
        if digest_of_file(path) == digest:
            return ""
        return _bad_members(path) if pack else "is not what its digest promises"
    except FileNotFoundError:
        return "is gone"
    except OSError as error:
        return f"cannot be read: {error}"


def _bad_members(path: Path) -> str:
    """Which blobs of a damaged pack are damaged themselves."""
    members = read_index(path)
    content = path.read_bytes()
    bad = [d for d, (start, size) in members.items() if digest_of(content[start : start + size]) != d]
    return f"is not what its digest promises; {len(bad)} of its {len(members)} blobs are damaged"
