"""Entries that are plain files, and those that only say where something is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import unquote, urlsplit

from vitrail.errors import Invalid, NewerFormat, NotFound
from vitrail.kinds import Shelf
from vitrail.store import names
from vitrail.store.digest import digest_of_file

FORMAT = 1
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.+")


class File:
    """A plain file.

    Attributes:
        place: the file's path, or the shelf that has its bytes.
    """

    kind: ClassVar[str] = "file"

    def __init__(self, place: Path | Shelf, digest: str | None = None) -> None:
        self.place = place
        self._digest = digest

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hexadecimal."""
        if self._digest is None:
            self._digest = digest_of_file(self.path())
        return self._digest

    def path(self) -> Path:
        """A file with these bytes, to be read only."""
        return self.place if isinstance(self.place, Path) else self.place.path(self._digest or "")

    def read(self) -> bytes:
        """The bytes."""
        if isinstance(self.place, Path):
            return self.place.read_bytes()
        return self.place.read(self._digest or "")

    def store(self, shelf: Shelf) -> dict[str, Any]:
        if isinstance(self.place, Path):
            self._digest = shelf.put(self.place)
        elif not shelf.refer(self.digest):
            shelf.put(self.place.path(self.digest))
        return {"format": FORMAT, "digest": self._digest}

    @classmethod
    def load(cls, document: dict[str, Any], shelf: Shelf) -> Self:
        _known(document, "a file")
        return cls(shelf, document["digest"])

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, File) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)


class Reference:
    """Something that stays where it is: only its address is kept.

    Attributes:
        uri: the address.
        digest: SHA-256 of a local file, as it was when it was added; None of anything else.
    """

    kind: ClassVar[str] = "reference"

    def __init__(self, uri: str, digest: str | None = None) -> None:
        self.uri = uri
        self.digest = digest

    @classmethod
    def of(cls, address: str | Path) -> Self:
        """A reference to an address or to a local file.

        Raises:
            Invalid: it is neither.
            NotFound: there is no such file.
        """
        text = names.label(str(address), "a reference's address", 2_048)
        path = _local(text)
        if path is None:
            return cls(text)
        if not path.is_file():
            raise NotFound(f"no file {str(path)!r}; a reference leads to a file or is an address")
        path = path.resolve()
        return cls(path.as_uri(), digest_of_file(path))

    def path(self) -> Path:
        """The local file that it leads to.

        Raises:
            Invalid: it leads elsewhere, or the file has changed.
            NotFound: the file is gone.
        """
        path = _local(self.uri)
        if path is None:
            raise Invalid(
                f"{self.uri!r} is not fetched, since no request leaves this machine; fetch it yourself"
            )
        if not path.is_file():
            raise NotFound(f"the file {str(path)!r}, which a reference leads to, is gone")
        if self.digest is not None and digest_of_file(path) != self.digest:
            raise Invalid(f"the file {str(path)!r} has changed since the reference to it was added")
        return path

    def store(self, shelf: Shelf) -> dict[str, Any]:
        return {"format": FORMAT, "uri": self.uri, "digest": self.digest}

    @classmethod
    def load(cls, document: dict[str, Any], shelf: Shelf) -> Self:  # noqa: ARG003 - as kinds.Storable says
        _known(document, "a reference")
        return cls(document["uri"], document["digest"])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Reference):
            return NotImplemented
        return (self.uri, self.digest) == (other.uri, other.digest)

    def __hash__(self) -> int:
        return hash((self.uri, self.digest))


def _local(address: str) -> Path | None:
    if address.startswith("file://"):
        return Path(unquote(urlsplit(address).path))
    return None if _ADDRESS.fullmatch(address) else Path(address)


def _known(document: dict[str, Any], what: str) -> None:
    if document["format"] > FORMAT:
        raise NewerFormat(f"{what} of format {document['format']}; this Vitrail reads up to {FORMAT}")
