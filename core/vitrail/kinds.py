"""What can be put into an artifact, by the name of its kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, runtime_checkable

if TYPE_CHECKING:
    from vitrail.query.engine import Engine


class Shelf(Protocol):
    """Where an object leaves its bytes while its artifact is logged, and finds them again later."""

    def put(self, content: bytes | Path, *, suffix: str = "") -> str:
        """Keep some bytes, or a file's; the same bytes are kept once.

        Returns:
            their SHA-256 in hexadecimal.
        """

    def refer(self, digest: str) -> bool:
        """Name bytes that an artifact of this store holds already, without keeping them again.

        Returns:
            whether the store has them; where it has, the artifact they came from becomes an
            ancestor of the one that is being logged.
        """

    def path(self, digest: str) -> Path:
        """A file with these bytes, checked against the digest at its first use.

        Raises:
            NotFound: the store has no such bytes.
            Damaged: the bytes are not what the digest promises.
        """

    def read(self, digest: str) -> bytes:
        """The bytes themselves; otherwise as `path`."""

    def entry(self, artifact: str, name: str) -> Any:
        """The object `name` of another artifact, given by its digest; for objects made of others."""

    def ancestor(self, artifact: str, entry: str, digest: str | None = None) -> str:
        """Name an entry of another artifact as what the one that is being logged comes of.

        Args:
            artifact: `name:alias`, or `name:v3`.
            entry: the entry's name.
            digest: that the artifact is to have; where the name leads to another one, any that has it.

        Returns:
            the artifact's name with its version, such as "scenes:v3".

        Raises:
            NotFound: the store has no such artifact or entry.
        """

    @property
    def engine(self) -> Engine:
        """What answers questions about the tables that this shelf's store holds."""


@runtime_checkable
class Storable(Protocol):
    """What `Artifact.add` takes: it leaves its bytes on a shelf and keeps a small document.

    Attributes:
        kind: the kind's name, such as "table".

    An object may also have attributes that whoever reads it from an artifact sets: `origin`, (the
    artifact's digest, the entry's name), so that an object made of it can name it by `Shelf.entry`; and
    `logged_as`, the `vitrail.view.Source` that names it for people.

    An object may also have a `selection`, the `vitrail.selection.Selection` by which it was taken out of
    logged tables: it goes into the metadata of the artifact that the object is added to.
    """

    kind: ClassVar[str]

    def store(self, shelf: Shelf) -> dict[str, Any]:
        """Leave the bytes on the shelf.

        Returns:
            a JSON document from which `load` makes an equal object: the digests it needs, never
            the bytes. The same content gives the same document.
        """

    @classmethod
    def load(cls, document: dict[str, Any], shelf: Shelf) -> Self:
        """The object that `store` wrote, reading its bytes only when they are asked for."""
