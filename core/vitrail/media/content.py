"""The bytes of a picture or a mask, by their digest, wherever they lie."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vitrail.errors import Damaged, NotFound
from vitrail.kinds import Shelf

_KEEP = "a picture of a file that does not stay is vt.Image(file.read_bytes())"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Content:
    """Some bytes, read only when they are asked for.

    Attributes:
        digest: their SHA-256 in hexadecimal.
        place: the bytes themselves, the file that has them, or the shelf that knows their digest.
    """

    digest: str
    place: bytes | Path | Shelf

    @classmethod
    def of(cls, place: bytes | Path) -> Content:
        """The content of some bytes or of a file."""
        content = place if isinstance(place, bytes) else place.read_bytes()
        return cls(hashlib.sha256(content).hexdigest(), place)

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return len(self.place) if isinstance(self.place, bytes) else 0

    def read(self) -> bytes:
        """The bytes.

        Raises:
            Damaged: a file has changed since the picture was made of it.
            NotFound: the file or the shelf's bytes are gone.
        """
        if isinstance(self.place, bytes):
            return self.place
        if not isinstance(self.place, Path):
            return self.place.read(self.digest)
        try:
            content = self.place.read_bytes()
        except FileNotFoundError:
            message = f"the file {str(self.place)!r}, of which a picture was made, is gone; {_KEEP}"
            raise NotFound(message) from None
        if hashlib.sha256(content).hexdigest() != self.digest:
            message = f"the file {str(self.place)!r} has changed since a picture was made of it; {_KEEP}"
            raise Damaged(message)
        return content

    def leave(self, shelf: Shelf, suffix: str = "") -> None:
        """See to it that `shelf` has the bytes: by reference where its store has them already."""
        if isinstance(self.place, bytes | Path):
            shelf.put(self.read(), suffix=suffix)
        elif not shelf.refer(self.digest):
            shelf.put(self.place.read(self.digest), suffix=suffix)


class Contents:
    """Where the pictures of a table are found: some at hand, the rest on shelves.

    Args:
        shelves: none where all are at hand.
    """

    def __init__(self, *shelves: Shelf) -> None:
        self._at_hand: dict[str, Content] = {}
        self._shelves = shelves

    @classmethod
    def of_all(cls, contents: Iterable[Contents]) -> Contents:
        """Where the pictures of several tables are found."""
        first, *others = unique = list({id(one): one for one in contents}.values())
        if not others:
            return first
        whole = cls(*{id(shelf): shelf for one in unique for shelf in one._shelves}.values())
        for content in (content for one in unique for content in one):
            whole.keep(content)
        return whole

    def keep(self, content: Content) -> None:
        """Have this content at hand; the first one with its digest stays."""
        self._at_hand.setdefault(content.digest, content)

    def find(self, digest: str) -> Content:
        """The content with this digest.

        Raises:
            NotFound: it is neither at hand nor is there a shelf.
        """
        content = self._at_hand.get(digest)
        if content is not None:
            return content
        for shelf in self._shelves:
            if len(self._shelves) == 1 or _has(shelf, digest):
                return Content(digest, shelf)
        raise NotFound(f"the table knows no picture with digest {digest}")

    def __iter__(self) -> Iterator[Content]:
        return iter(self._at_hand.values())


def _has(shelf: Shelf, digest: str) -> bool:
    try:
        shelf.read(digest)
    except NotFound:
        return False
    return True
