"""Entries of artifacts: from an object to what the manifest says of it, and back."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from vitrail.errors import Damaged, Invalid, did_you_mean
from vitrail.kinds import Shelf, Storable
from vitrail.media.medium import is_medium, medium_of
from vitrail.store.digest import canonical, digest_of
from vitrail.store.manifest import Entry
from vitrail.store.shelf import Staging

KINDS = {
    "file": "vitrail.store.file:File",
    "reference": "vitrail.store.file:Reference",
    "table": "vitrail.table:Table",
    "joined-table": "vitrail.joined_table:JoinedTable",
    "image": "vitrail.media.image:Image",
    "classes": "vitrail.media.classes:Classes",
    "view": "vitrail.view:View",
}


def kind_named(name: str) -> type[Storable]:
    """The class of a kind.

    Raises:
        Invalid: this Vitrail knows no such kind.
    """
    if name not in KINDS:
        raise Invalid(f"no kind of entry is called {name!r}{did_you_mean(name, KINDS)}")
    module, _, attribute = KINDS[name].partition(":")
    found: type[Storable] = getattr(import_module(module), attribute)
    return found


def stored(thing: Storable, staging: Staging) -> Entry:
    """Leave an object's bytes on a shelf.

    Returns:
        what the manifest says of it.
    """
    staging.sizes.clear()
    document = thing.store(staging)
    digest = document["digest"] if thing.kind == "file" else digest_of(canonical(document))
    return Entry(kind=thing.kind, document=document, digest=digest, size=sum(staging.sizes.values()))


def loaded(entry: Entry, shelf: Shelf, origin: tuple[str, str]) -> Any:
    """The object that an entry describes.

    Args:
        entry: what the manifest says of it.
        shelf: where its bytes are.
        origin: the artifact's digest and the entry's name.
    """
    known = entry.kind in KINDS or not is_medium(entry.document)
    kind = kind_named(entry.kind) if known else medium_of(entry.kind)
    try:
        thing = kind.load(entry.document, shelf)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise Damaged(f"the entry {origin[1]!r} cannot be read: {error!r}") from error
    if hasattr(thing, "origin"):
        thing.origin = origin
    return thing
