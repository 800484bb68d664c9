"""Stored pictures made smaller: each once, kept on disk under its digest and width."""

from __future__ import annotations

import asyncio
import contextlib
import io
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image, ImageOps

from vitrail.errors import Invalid

FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
SOUNDS = {"WAVE": "audio/wav", "FLAC": "audio/flac", "OGG": "audio/ogg", "MP3": "audio/mpeg"}
TYPES = FORMATS | SOUNDS
MOST_PIXELS = 64_000_000
WIDEST_PX = 2048
# Widths are rounded down to these, so that nobody can ask for a picture in thousands of sizes.
STEP_PX = 16
# What Pillow raises at a picture that it cannot read, or will not.
_BROKEN = (
    *(OSError, SyntaxError, ValueError, EOFError),
    *(Image.DecompressionBombError, Image.DecompressionBombWarning),
)


def sniffed(head: bytes) -> str | None:
    """The format of a picture or a sound by its first 12 bytes, a key of `TYPES`; None for all else."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head[:6] in {b"GIF87a", b"GIF89a"}:
        return "GIF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "WAVE"
    if head.startswith((b"fLaC", b"OggS")):
        return "FLAC" if head.startswith(b"fLaC") else "OGG"
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] in {b"\xfb", b"\xf3", b"\xf2"}):
        return "MP3"
    return None


def rounded(width_px: int) -> int:
    """The width that is made where `width_px` is asked for."""
    return max(STEP_PX, min(width_px, WIDEST_PX) // STEP_PX * STEP_PX)


class Thumbnails:
    """Makes pictures smaller in threads of its own.

    Args:
        folder: where they are kept; it may be emptied at any time.
        threads: how many are made at once.
        most_bytes: about how much is kept; the oldest go first.
    """

    def __init__(self, folder: Path, threads: int = 2, most_bytes: int = 1_000_000_000) -> None:
        self.folder = folder
        self.most_bytes = most_bytes
        self.made = 0
        self._written_bytes = 0
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="vitrail-thumbnail")
        self._under_way: dict[Path, asyncio.Future[bytes]] = {}

    async def picture(
        self, read: Callable[[], bytes], digest: str, width_px: int | None
    ) -> tuple[bytes, str]:
        """A stored picture, at most `width_px` wide, or a sound, and its content type.

        Args:
            read: gives the stored bytes; called in a thread, and only where they are needed.
            digest: theirs.
            width_px: None takes the picture as it is.

        Raises:
            Invalid: the bytes are neither, or too large a picture.
        """
        loop = asyncio.get_running_loop()
        if width_px is None:
            content = await loop.run_in_executor(self._executor, lambda: _whole(read()))
        else:
            content = await self._once(read, digest, rounded(width_px))
        return content, TYPES[sniffed(content[:12]) or "PNG"]

    async def _once(self, read: Callable[[], bytes], digest: str, width_px: int) -> bytes:
        """Whoever asks for what is being made waits for the same answer."""
        kept = self.folder / digest[:2] / f"{digest}-{width_px}"
        if kept not in self._under_way:
            loop = asyncio.get_running_loop()
            making = loop.run_in_executor(self._executor, self._kept_or_made, read, kept, width_px)
            self._under_way[kept] = making
            making.add_done_callback(lambda _: self._under_way.pop(kept, None))
        return await asyncio.shield(self._under_way[kept])

    def _kept_or_made(self, read: Callable[[], bytes], kept: Path, width_px: int) -> bytes:
        with contextlib.suppress(OSError):
            return kept.read_bytes()
        content = smaller(read(), width_px)
        self.made += 1
        with contextlib.suppress(OSError):  # a full or read-only disk costs time only
            kept.parent.mkdir(parents=True, exist_ok=True)
            fresh = kept.with_name(f"{kept.name}.{secrets.token_hex(4)}")
            try:
                fresh.write_bytes(content)
                fresh.replace(kept)
            finally:
                fresh.unlink(missing_ok=True)
            self._written_bytes += len(content)
            if self._written_bytes > self.most_bytes // 8:
                self._written_bytes = 0
                self._make_room()
        return content

    def _make_room(self) -> None:
        files = [(path.stat(), path) for path in self.folder.glob("??/*")]
        files.sort(key=lambda each: each[0].st_mtime_ns)
        left = sum(found.st_size for found, _ in files)
        for found, path in files:
            if left <= self.most_bytes:
                return
            path.unlink(missing_ok=True)
            left -= found.st_size

    def close(self) -> None:
        """End the threads."""
        self._executor.shutdown(wait=False, cancel_futures=True)


def _whole(content: bytes) -> bytes:
    """The bytes as they are, if they are a picture or a sound that a browser may be given."""
    if sniffed(content[:12]) is None:
        raise Invalid(f"only pictures and sounds are shown ({', '.join(TYPES)}), and this is neither")
    return content


def smaller(content: bytes, width_px: int) -> bytes:
    """A picture at most `width_px` wide; one that is no wider stays as it is.

    Raises:
        Invalid: the bytes are no picture, a broken one, or one with more than 64 million pixels.
    """
    format_ = sniffed(content[:12])
    if format_ not in FORMATS:
        raise Invalid(f"only pictures are made smaller ({', '.join(FORMATS)}), and this is none")
    try:
        with Image.open(io.BytesIO(content), formats=[str(format_)]) as picture:
            return _shrunk(picture, width_px) or content
    except _BROKEN as error:
        raise (
            error if isinstance(error, Invalid) else Invalid(f"the picture cannot be read: {error}")
        ) from None


def _shrunk(picture: Image.Image, width_px: int) -> bytes | None:
    """The picture's bytes at this width; None where it is no wider."""
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise Invalid(
            f"a picture of at most {MOST_PIXELS:,} pixels is made smaller, this one is {width} x {height}"
        )
    if width <= width_px:
        return None
    picture.draft("RGB", (width_px, max(1, round(height * width_px / width))))
    upright = ImageOps.exif_transpose(picture)
    size = (width_px, max(1, round(upright.height * width_px / upright.width)))
    into = io.BytesIO()
    if picture.format == "JPEG":
        upright.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(into, "JPEG", quality=85)
    else:
        plain = upright if upright.mode in {"L", "RGB", "RGBA"} else upright.convert("RGBA")
        plain.resize(size, Image.Resampling.LANCZOS).save(into, "PNG")
    return into.getvalue()
