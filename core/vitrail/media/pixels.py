"""Pictures as files and as arrays: what is read, what is written, and how large it may be."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from vitrail.errors import Invalid

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
LARGEST_PX = 64_000_000


@contextmanager
def opened(content: bytes, place: str) -> Iterator[PIL.Image.Image]:
    """A picture's file, decoded and turned as its EXIF says; `format` stays that of the file.

    Args:
        content: the file's bytes.
        place: what the file is, for the message.

    Raises:
        Invalid: it is no picture of a known format, it is cut off, or larger than 64 megapixels.
    """
    import struct

    from PIL import Image, ImageOps, UnidentifiedImageError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                _bound(picture.width, picture.height, place)
                picture.load()
                upright = ImageOps.exif_transpose(picture)
                upright.format = picture.format
        except UnidentifiedImageError:
            known = ", ".join(FORMATS)
            raise Invalid(f"{place} is no picture that can be read; formats: {known}") from None
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Invalid(f"{place} is too large: {error}") from None
        except Invalid:
            raise
        except (OSError, SyntaxError, ValueError, TypeError, EOFError, struct.error) as error:
            raise Invalid(f"{place} is cut off or damaged: {error}") from None
    yield upright


def _bound(width: int, height: int, place: str) -> None:
    if width * height > LARGEST_PX:
        raise Invalid(
            f"{place} has {width} x {height} pixels; a picture has at most {LARGEST_PX:,} "
            "(64 megapixels): scale it down or cut it into tiles"
        )


def array_of(picture: PIL.Image.Image) -> np.ndarray[Any, Any]:
    """A picture's pixels.

    Returns:
        uint8 (height, width), (height, width, 3) or (height, width, 4); uint16 (height, width) of a
        16-bit grey file.
    """
    import numpy as np

    if picture.mode.startswith("I"):
        return np.asarray(picture).astype(np.uint16)
    if picture.mode not in ("L", "RGB", "RGBA"):
        clear = picture.mode in ("LA", "PA", "La", "RGBa") or "transparency" in picture.info
        grey = picture.mode == "1"
        picture = picture.convert("L" if grey else "RGBA" if clear else "RGB")
    return np.array(picture)


def picture_of(array: np.ndarray[Any, Any]) -> PIL.Image.Image:
    """An array as a picture, 8 bits a channel.

    Args:
        array: (height, width), also with a last axis of 1, 3 or 4. Whole numbers from 0 to 255;
            booleans, as black and white; floats, all in [0, 1] scaled to 0-255, or else in 0-255.

    Raises:
        Invalid: it has another shape, or values outside.
    """
    import numpy as np
    from PIL import Image

    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise Invalid(
            f"a picture has the shape (height, width), or that with 1, 3 or 4 channels, not {array.shape}"
        )
    if not array.size:
        raise Invalid(f"a picture has at least one pixel, not {array.shape}")
    _bound(array.shape[1], array.shape[0], "the array")
    return Image.fromarray(np.ascontiguousarray(_bytes_of(array)))


def _bytes_of(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    if array.dtype == np.uint8:
        return array
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * 255
    if array.dtype.kind not in "iuf":
        raise Invalid(f"a picture is made of numbers, not {array.dtype}")
    low, high = array.min(), array.max()
    if not (low >= 0 and high <= 255):
        raise Invalid(
            f"a picture's {'numbers' if array.dtype.kind == 'f' else 'whole numbers'} lie in 0-255 "
            f"(or, as floats, in 0-1), but these go from {low} to {high}; scale them first"
        )
    if array.dtype.kind == "f":
        array = np.rint(array.astype(np.float64) * (255 if high <= 1 else 1))
    return array.astype(np.uint8)


def png(picture: PIL.Image.Image) -> bytes:
    """A picture as a PNG file without metadata: the same pixels give the same bytes."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def storable(picture: PIL.Image.Image) -> PIL.Image.Image:
    """A guest's PIL picture in a mode that PNG keeps without loss.

    Raises:
        Invalid: its numbers lie outside what a picture can hold, or it is too large.
    """
    import numpy as np

    _bound(picture.width, picture.height, "the PIL picture")
    if not picture.width or not picture.height:
        raise Invalid(f"a picture has at least one pixel, not {picture.size}")
    if picture.mode in ("F", "I"):
        return picture_of(np.asarray(picture))
    if picture.mode in ("1", "L", "LA", "RGB", "RGBA", "I;16"):
        return _bare(picture)
    clear = picture.mode in ("PA", "La", "RGBa") or "transparency" in picture.info
    return _bare(picture.convert("RGBA" if clear else "RGB"))


def _bare(picture: PIL.Image.Image) -> PIL.Image.Image:
    bare = picture.copy()
    if "transparency" in bare.info:
        bare = bare.convert("RGBA")
    bare.info.clear()
    return bare
