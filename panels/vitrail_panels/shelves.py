"""The stored artifacts as the sidebar shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from vitrail.errors import NotFound, VitrailError
from vitrail.store.views import TYPE
from vitrail.view import Source, View

if TYPE_CHECKING:
    from vitrail.store.manifest import Entry
    from vitrail.store.project import Project
    from vitrail.store.records import VersionRow

Entries = list[dict[str, Any]]
Mark = tuple[int, int, int] | None

# A manifest never changes: its digest -> the entries that it names.
_entries: WeakKeyDictionary[Project, dict[str, Entries]] = WeakKeyDictionary()


def mark(project: Project) -> Mark:
    """What differs once something was logged: which file the catalog is, its time and its size."""
    try:
        found = project.catalog.path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def tree(project: Project) -> list[dict[str, Any]]:
    """Types, names, versions and entries, the newest version first."""
    known = _entries.setdefault(project, {})
    return [
        {
            "type": type_,
            "names": [
                {"name": name, "versions": [_version(project, row, known) for row in reversed(rows)]}
                for name, rows in names.items()
            ],
        }
        for type_, names in project.artifacts().items()
    ]


def apart(whole: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The tree without the saved views, and these: name and versions, each with its address's query."""
    saved = [
        {"name": name["name"], "versions": [_saved(version) for version in name["versions"]]}
        for type_ in whole
        for name in type_["names"]
        if _is_saved_view(type_["type"], name)
    ]
    rest = [
        {**type_, "names": [n for n in type_["names"] if not _is_saved_view(type_["type"], n)]}
        for type_ in whole
    ]
    return [type_ for type_ in rest if type_["names"]], saved


def offers(tree: list[dict[str, Any]], source: Source) -> list[dict[str, str]]:
    """The tables that can be compared with a source: the same entry of other versions."""
    return [
        {"artifact": artifact, "entry": source.entry}
        for artifact, entries in _versions(tree, source.artifact.partition(":")[0])
        if any(entry["name"] == source.entry for entry in entries)
    ]


def view_of(tree: list[dict[str, Any]], artifact: str, entry: str | None = None) -> View:
    """The view of an entry, or of a version's first table; the files of one that holds no table.

    Raises:
        NotFound: the version holds nothing.
    """
    held = dict(_versions(tree, artifact.partition(":")[0])).get(artifact, [])
    tables = [one["name"] for one in held if one["kind"].endswith("table")]
    named = entry or next(iter(tables or [one["name"] for one in held]), None)
    if named is None:
        raise NotFound(f"{artifact!r:.300} holds nothing that could be shown")
    source = Source(artifact=artifact, entry=named)
    return View(source=source, tab="files") if held and not tables else View(source=source)


def saved_view(saved: list[dict[str, Any]], name: str, version: str) -> View:
    """A saved view in one of its versions.

    Raises:
        NotFound: there is no such view.
    """
    for known in saved:
        for one in known["versions"]:
            if (known["name"], one["version"]) == (name, version):
                return View.from_query(one["query"])
    raise NotFound(f"no saved view {name!r:.200} in version {version!r:.20}")


def _versions(tree: list[dict[str, Any]], name: str) -> Iterator[tuple[str, Entries]]:
    """Each version of a name as `name:version`, with what it holds."""
    for kind in tree:
        for known in kind["names"]:
            if known["name"] == name:
                for version in known["versions"]:
                    yield f"{name}:{version['version']}", version["entries"]


def _is_saved_view(type_: str, name: dict[str, Any]) -> bool:
    """Whether all that is stored by a name are views."""
    entries = [version["entries"] for version in name["versions"]]
    return type_ == TYPE and all(len(some) == 1 and "query" in some[0] for some in entries)


def _saved(version: dict[str, Any]) -> dict[str, Any]:
    facts = {name: version[name] for name in ("version", "created")}
    return facts | {"query": version["entries"][0]["query"]}


def _version(project: Project, row: VersionRow, known: dict[str, Entries]) -> dict[str, Any]:
    return {
        "version": row.version,
        "aliases": sorted(row.aliases),
        "created": row.created,
        "entries": _entries_of(project, row.manifest, known),
    }


def _entries_of(project: Project, manifest: str, known: dict[str, Entries]) -> Entries:
    """What a version holds; nothing where its manifest is damaged, which opening it will tell."""
    if manifest not in known:
        try:
            entries = project.read_manifest(manifest).entries
        except VitrailError:
            return []
        known[manifest] = [_entry(name, entry) for name, entry in entries.items()]
    return known[manifest]


def _entry(name: str, entry: Entry) -> dict[str, Any]:
    facts = {"name": name, "kind": entry.kind, "rows": (entry.document or {}).get("rows")}
    if entry.kind != View.kind:
        return facts
    try:
        return facts | {"query": View.load(entry.document).to_query()}
    except (VitrailError, KeyError, TypeError):  # newer, or damaged: listed, and opens nothing
        return facts
