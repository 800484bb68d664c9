"""The bytes of a picture or a mask, by their digest, wherever they lie."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vitrail.errors import Damaged, NotFound
from vitrail.kinds import Shelf
from vitrail.spill import Aside, Spill

MEMORY_BYTES = 64_000_000
MOST_COMING = 256
_KEEP = "a picture of a file that does not stay is vt.Image(file.read_bytes())"


@dataclass(eq=False, repr=False)
class Content:
    """Some bytes, read only when they are asked for. It does not change.

    Attributes:
        digest: their SHA-256 in hexadecimal.
        place: the bytes themselves, where they were laid aside, the file that has them, or the shelf
            that knows their digest.
    """

    digest: str
    place: bytes | Aside | Path | Shelf

    @classmethod
    def of(cls, place: bytes | Path) -> Content:
        """The content of some bytes or of a file."""
        content = place if isinstance(place, bytes) else place.read_bytes()
        return cls(hashlib.sha256(content).hexdigest(), place)

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return len(self.place) if isinstance(self.place, bytes) else 0

    @property
    def is_there(self) -> bool:
        """Whether nobody is still at work on it."""
        return True

    def read(self) -> bytes:
        """The bytes.

        Raises:
            Damaged: a file has changed since the picture was made of it.
            NotFound: the file or the shelf's bytes are gone.
        """
        if isinstance(self.place, bytes):
            return self.place
        if isinstance(self.place, Aside):
            return self.place.read()
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
        if isinstance(self.place, bytes | Aside | Path):
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
        self._coming: list[Content] = []
        self._held: list[Content] = []
        self._held_bytes = 0
        self._spill = Spill()
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
        """Have this content at hand; the first one with its digest stays.

        What exceeds 64 MB is laid aside in a temporary file.
        """
        if not content.is_there and len(self._coming) < MOST_COMING:
            self._coming.append(content)
            return
        self._settle()
        self._take(content)

    def _settle(self) -> None:
        """Wait for what is still being made."""
        coming, self._coming = self._coming, []
        for content in coming:
            self._take(content)

    def _take(self, content: Content) -> None:
        if content.digest in self._at_hand:
            return
        self._at_hand[content.digest] = content
        if isinstance(content.place, bytes):
            self._held.append(content)
            self._held_bytes += len(content.place)
        if self._held_bytes > MEMORY_BYTES:
            for held in self._held:
                aside = self._spill.add_bytes(held.read())
                self._at_hand[held.digest] = Content(held.digest, aside)
            self._held, self._held_bytes = [], 0

    def find(self, digest: str) -> Content:
        """The content with this digest.

        Raises:
            NotFound: it is neither at hand nor is there a shelf.
        """
        self._settle()
        content = self._at_hand.get(digest)
        if content is not None:
            return content
        for shelf in self._shelves:
            if len(self._shelves) == 1 or _has(shelf, digest):
                return Content(digest, shelf)
        raise NotFound(f"the table knows no picture with digest {digest}")

    def __iter__(self) -> Iterator[Content]:
        self._settle()
        return iter(self._at_hand.values())


def _has(shelf: Shelf, digest: str) -> bool:
    try:
        shelf.read(digest)
    except NotFound:
        return False
    return True
