"""How a page in the browser comes by its rows and pictures."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from vitrail.errors import VitrailError
from vitrail_panels.thumbnails import SOUNDS, TYPES, smaller, sniffed

BY_MESSAGE = "message:?"
WIDEST_PX = 2048
_LARGE_BYTES = 1_000_000
_KEPT = 512
_AS_THEY_ARE = {"PNG", *SOUNDS}  # a PNG may be a mask, whose points are numbers


@dataclass(frozen=True, slots=True)
class Reach:
    """How a page comes by its rows and pictures.

    Attributes:
        windows: what a view's query is put behind, to name its rows.
        url: gives the address of a stored picture or mask, by its digest, at most some px wide.
        patience_s: for the first rows, before the headers are asked.
    """

    windows: str
    url: Callable[[str, int | None], str]
    patience_s: float = 3.0


def _served_at(digest: str, width_px: int | None) -> str:
    return f"media/{digest}" + (f"?w={width_px}" if width_px else "")


SERVED = Reach("api/window?", _served_at)


def by_message(read: Callable[[str], bytes]) -> Reach:
    """Without an address of ours: rows by the grid's own messages, pictures within the markup.

    Args:
        read: gives a picture's bytes by its digest.
    """

    @lru_cache(_KEPT)
    def url(digest: str, width_px: int | None) -> str:
        try:
            return data_url(within(read(digest), width_px))
        except VitrailError:
            return ""  # drawn as a picture that cannot be shown

    return Reach(BY_MESSAGE, url)


def within(content: bytes, width_px: int | None) -> bytes:
    """A picture as it is sent: at most so wide; a large photograph a little smaller where it is whole.

    Raises:
        Invalid: the bytes are no picture.
    """
    if width_px:
        return smaller(content, width_px)
    if len(content) <= _LARGE_BYTES or sniffed(content[:12]) in _AS_THEY_ARE:
        return content
    return smaller(content, WIDEST_PX)


def data_url(content: bytes) -> str:
    """A picture or a sound within its own address; "" for what is neither."""
    format_ = sniffed(content[:12])
    if format_ is None:
        return ""
    return f"data:{TYPES[format_]};base64,{base64.b64encode(content).decode('ascii')}"
