"""A picture with named layers of boxes and masks, and a caption."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from vitrail import dtypes
from vitrail.errors import Invalid, NotFound
from vitrail.kinds import Shelf
from vitrail.media import pixels, recorded
from vitrail.media.boxes import Box, Boxes, box_layer
from vitrail.media.classes import Classes
from vitrail.media.content import Content
from vitrail.media.encoding import encoded
from vitrail.media.masks import Mask, mask_layer
from vitrail.media.text import name, text

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image


class Image:
    """A picture. Its file is opened only when its pixels are asked for.

    Args:
        data_or_path: a file's path or its bytes, which are kept as they are (PNG, JPEG, GIF, WEBP, BMP
            or TIFF, of which the first frame is shown, turned as its EXIF says); a PIL picture or an
            array (height, width), also with 1, 3 or 4 channels, kept as PNG: whole numbers from 0 to
            255, booleans as black and white, floats in [0, 1] scaled to 0-255, other floats in 0-255;
            or another `Image`, whose picture, caption and classes are taken over, but not its layers.
        classes: the classes that boxes and masks without `class_labels` of their own tell apart.
        boxes: layer name → {"box_data": [{"position": {"minX", "maxX", "minY", "maxY"} or {"middle":
            [x, y], "width", "height"}, "domain"?: "pixel", "class_id"?, "scores"?: {name: number},
            "box_caption"?}, …], "class_labels"?: {id: name}}; positions are relative to the picture's
            size where the domain is not "pixel".
        masks: layer name → {"mask_data": (height, width) class ids} or {"path": file}, each with
            "class_labels"?: {id: name}. Class 0 may stand for no class.
        caption: a line of text.

    Attributes:
        width, height: in pixels.
        format: of the file, such as "png".
        caption: None where there is none.
        digest: SHA-256 of the file, in hexadecimal.
        origin: (artifact's digest, entry's name) where it was read from an artifact as an entry.

    Raises:
        Invalid: no picture can be made of it, or a layer does not fit it; the message says which.
        NotFound: there is no such file.
    """

    kind: ClassVar[str] = "image"
    width: int
    height: int
    format: str
    caption: str | None
    origin: tuple[str, str] | None
    _content: Content
    _classes: tuple[tuple[int, str], ...]
    _boxes: dict[str, Boxes]
    _masks: dict[str, Mask]
    _dtype: dtypes.Image | None

    def __init__(
        self,
        data_or_path: Any,
        classes: Classes | Iterable[Mapping[str, Any]] | None = None,
        boxes: Mapping[str, Any] | None = None,
        masks: Mapping[str, Any] | None = None,
        caption: str | None = None,
    ) -> None:
        own: tuple[tuple[int, str], ...] = ()
        if isinstance(data_or_path, Image):
            other = data_or_path
            self._content, size, self.format = other._content, (other.width, other.height), other.format
            caption = other.caption if caption is None else caption
            own = other._classes
        else:
            self._content, size, self.format = _taken(data_or_path)
        if classes is not None:
            own = (classes if isinstance(classes, Classes) else Classes(classes)).pairs
        self.width, self.height = size
        self.caption = None if caption is None else text(caption, "a caption")
        self.origin = None
        self._classes = own
        self._boxes = {n: box_layer(n, layer, size, own) for n, layer in _layers(boxes, "boxes")}
        self._masks = {n: mask_layer(n, layer, size, own) for n, layer in _layers(masks, "masks")}
        self._dtype = None

    @classmethod
    def of_record(
        cls, record: Mapping[str, Any], dtype: dtypes.Image, find: Callable[[str], Content]
    ) -> Self:
        """The picture of a stored record; nothing is read yet.

        Args:
            record: its parts, as `dtypes.Image.record` names them.
            dtype: its column's type.
            find: leads from a digest to a file's content.
        """
        image = cls.__new__(cls)
        image._content = find(record["digest"])
        image.format, image.width, image.height = record["format"], record["width"], record["height"]
        image.caption = record["caption"]
        image.origin = None
        image._classes = dtype.classes or ()
        image._dtype = None
        boxes, masks = record.get("boxes") or {}, record.get("masks") or {}
        image._boxes = {
            layer.name: Boxes(layer.name, tuple(map(Box.of_record, boxes[layer.name])), layer.classes)
            for layer in dtype.boxes or ()
            if boxes.get(layer.name) is not None
        }
        image._masks = {
            layer.name: Mask.of_record(layer.name, masks[layer.name], layer.classes, find)
            for layer in dtype.masks or ()
            if masks.get(layer.name) is not None
        }
        return image

    def record(self) -> dict[str, Any]:
        """What a table keeps of the picture; `of_record` reads it back."""
        record: dict[str, Any] = {
            "digest": self.digest,
            "format": self.format,
            "width": self.width,
            "height": self.height,
            "caption": self.caption,
        }
        if self._boxes:
            record["boxes"] = {n: [b.as_dict() for b in layer.data] for n, layer in self._boxes.items()}
        if self._masks:
            record["masks"] = {name: mask.record() for name, mask in self._masks.items()}
        return record

    @property
    def dtype(self) -> dtypes.Image:
        """The picture's type: its layers with their classes and the names of their scores."""
        if self._dtype is None:
            boxes = tuple(self._boxes[name].layer for name in sorted(self._boxes))
            masks = tuple(self._masks[name].layer for name in sorted(self._masks))
            self._dtype = dtypes.Image(boxes, masks, self._classes)
        return self._dtype

    @property
    def digest(self) -> str:
        return self._content.digest

    @property
    def classes(self) -> Classes | None:
        """The picture's own classes."""
        return Classes.of(self._classes) if self._classes else None

    @property
    def boxes(self) -> dict[str, dict[str, Any]]:
        """The layers of boxes, in the form in which they are given, with minX, maxX, minY, maxY."""
        return {name: layer.as_dict() for name, layer in self._boxes.items()}

    @property
    def masks(self) -> dict[str, Mask]:
        """The masks: each a mapping with `mask_data` and `class_labels`, read when asked for."""
        return dict(self._masks)

    def contents(self) -> Iterator[Content]:
        """The contents of the picture's file and of its masks'."""
        yield self._content
        for mask in self._masks.values():
            yield mask.content

    def read(self) -> bytes:
        """The picture's file, as bytes."""
        return self._content.read()

    def pixels(self) -> np.ndarray[Any, Any]:
        """The picture's pixels.

        Returns:
            uint8 (height, width), (height, width, 3) or (height, width, 4); uint16 (height, width) of
            a 16-bit grey file.
        """
        return pixels.array_of(self.to_pil())

    def to_pil(self) -> PIL.Image.Image:
        """The picture as one of PIL's, without its layers."""
        with pixels.opened(self.read(), "the picture") as picture:
            return picture

    def store(self, shelf: Shelf) -> dict[str, Any]:
        return recorded.left(self, shelf)

    @classmethod
    def load(cls, document: dict[str, Any], shelf: Shelf) -> Self:
        return cls.of_record(*recorded.found(document, shelf, dtypes.Image, "a picture"))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        import numpy as np

        return np.asarray(self.pixels(), dtype=dtype)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Image):
            return NotImplemented
        return (
            self._head() == other._head() and self._masks == other._masks and self._pixels_equal(other)
        )

    __hash__ = None  # type: ignore[assignment]

    def _head(self) -> tuple[Any, ...]:
        boxes = {name: layer.labelled for name, layer in self._boxes.items()}
        return self.width, self.height, self.caption, boxes

    def _pixels_equal(self, other: Image) -> bool:
        import numpy as np

        return self.digest == other.digest or np.array_equal(self.pixels(), other.pixels())

    def __repr__(self) -> str:
        layers = [f"boxes {name}: {len(layer.data)}" for name, layer in self._boxes.items()]
        layers += [f"mask {name}" for name in self._masks]
        return f"Image({', '.join([f'{self.width} x {self.height} {self.format}', *layers])})"


def _taken(data: Any) -> tuple[Content, tuple[int, int], str]:
    """A guest's picture as (content, (width, height), format)."""
    import numpy as np
    import PIL.Image

    if isinstance(data, str | os.PathLike):
        return _of_file(os.fspath(data))
    if isinstance(data, bytes | bytearray | memoryview):
        return _checked(Content.of(bytes(data)), bytes(data), "the picture")
    if isinstance(data, PIL.Image.Image):
        try:
            picture = pixels.storable(data)
        except Invalid:
            raise
        except (OSError, SyntaxError, ValueError) as error:  # its file is read only now
            raise Invalid(f"the PIL picture cannot be read: {error}") from None
    elif isinstance(data, np.ndarray) or hasattr(data, "__array__"):
        picture = pixels.picture_of(np.asarray(data))
    else:
        raise Invalid(
            f"a picture is a path, bytes, an array, a PIL picture or another Image, not {data!r:.200}"
        )
    return encoded(picture), picture.size, "png"


def _of_file(given: str) -> tuple[Content, tuple[int, int], str]:
    place = f"the file {given!r:.400}"
    try:
        path = Path(given).resolve()
        content = path.read_bytes()
    except FileNotFoundError:
        if "://" in given:
            raise Invalid(f"{given!r:.200} is not fetched; download it and give the file") from None
        raise NotFound(f"no file {str(path)!r:.400}") from None
    except (OSError, ValueError) as error:
        raise Invalid(f"{place} cannot be read: {error!s:.200}") from None
    return _checked(Content(Content.of(content).digest, path), content, place)


def _checked(content: Content, data: bytes, place: str) -> tuple[Content, tuple[int, int], str]:
    with pixels.opened(data, place) as picture:
        return content, picture.size, str(picture.format).lower()


def _layers(layers: Any, kind: str) -> list[tuple[str, Any]]:
    if layers is None:
        return []
    if not isinstance(layers, Mapping):
        raise Invalid(f"{kind} are a dict of layer name → layer, not {layers!r:.200}")
    return [(name(key, f"the name of a layer of {kind}"), layer) for key, layer in layers.items()]
