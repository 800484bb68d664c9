"""The pictures that go into a file, each once and not without end."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image

from vitrail.errors import VitrailError
from vitrail_panels.reach import BY_MESSAGE, Reach, data_url
from vitrail_panels.thumbnails import smaller, sniffed

WIDEST_PX = 480
MOST_CHARS = 15_000_000
_SMALL_BYTES = 24_000
_MASKS_EACH = 4


class Gathered:
    """Pictures by the addresses that drawings name them by.

    Args:
        most: how many pictures are taken; masks are counted apart, four for each.

    Attributes:
        left_out: the digests of those that find no room.
    """

    def __init__(self, most: int) -> None:
        self.left_out: set[str] = set()
        self._named: dict[str, tuple[str, bool]] = {}
        self._room = {True: most * _MASKS_EACH, False: most}

    @property
    def reach(self) -> Reach:
        """Rows by message, pictures by the addresses here."""
        return Reach(BY_MESSAGE, self.url)

    def url(self, digest: str, width_px: int | None) -> str:
        """The address of a picture that is taken in; "" for one that finds no room.

        A picture in a cell has a width. One without is a mask, whose points are numbers.
        """
        is_mask = width_px is None
        address = f"media/{'mask-' if is_mask else ''}{digest}"
        if address in self._named:
            return address
        if self._room[is_mask] <= 0:
            self.left_out.add(digest)
            return ""
        self._room[is_mask] -= 1
        self._named[address] = digest, is_mask
        return address

    def pictures(self, read: Callable[[str], bytes]) -> dict[str, str]:
        """Address → the picture within its own address, for all that were named and find room.

        Args:
            read: gives a picture's bytes by its digest.
        """
        found: dict[str, str] = {}
        room = MOST_CHARS
        for address, (digest, is_mask) in self._named.items():
            try:
                content = read(digest)
                text = data_url(content if is_mask else compact(content))
            except VitrailError:
                continue  # drawn as a picture that cannot be shown
            if len(text) <= room:
                found[address] = text
                room -= len(text)
            else:
                self.left_out.add(digest)
        return found


def compact(content: bytes) -> bytes:
    """A picture for a file that is to stay small: at most 480 px wide, as JPEG where that is shorter.

    Raises:
        Invalid: the bytes are no picture.
    """
    content = smaller(content, WIDEST_PX)
    if len(content) <= _SMALL_BYTES or sniffed(content[:12]) != "PNG":
        return content
    with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
        if picture.has_transparency_data:
            return content
        into = io.BytesIO()
        picture.convert("RGB").save(into, "JPEG", quality=85)
    return min(content, into.getvalue(), key=len)
