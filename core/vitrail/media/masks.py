"""Masks over a picture: for each pixel the id of a class, kept as a PNG file.

The file is 8-bit grey where every id is below 256, otherwise RGB with id = R + 256 * G and B = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitrail.dtypes import MaskLayer
from vitrail.errors import Invalid, NotFound, did_you_mean
from vitrail.media.classes import label_pairs
from vitrail.media.content import Content
from vitrail.media.encoding import encoded
from vitrail.media.pixels import opened

if TYPE_CHECKING:
    import numpy as np

_KEYS = ("mask_data", "path", "class_labels")


@dataclass(frozen=True, slots=True, eq=False)
class Mask(Mapping[str, Any]):
    """A named mask. As a mapping it has `mask_data` and `class_labels`, as `vt.Image(masks=...)` takes.

    Attributes:
        name: such as "predictions".
        content: the mask's file.
        class_ids: the ids that occur in it, rising.
        classes: (class id, name), by id; empty where none were given.
    """

    name: str
    content: Content
    class_ids: tuple[int, ...]
    classes: tuple[tuple[int, str], ...] = ()

    @property
    def data(self) -> np.ndarray[Any, Any]:
        """The class id of each pixel: (height, width), uint8 or, from 256 classes on, uint16."""
        with opened(self.content.read(), f"the mask {self.name!r}") as picture:
            return _ids_of(picture, self.name)

    @property
    def layer(self) -> MaskLayer:
        """The layer's part in the picture's type."""
        return MaskLayer(self.name, self.classes)

    @property
    def labelled(self) -> list[tuple[int, str | None]]:
        """The classes that are seen in it, each with its name."""
        names = dict(self.classes)
        return [(number, names.get(number)) for number in self.class_ids]

    def record(self) -> dict[str, Any]:
        """What a table keeps of the mask."""
        return {"digest": self.content.digest, "class_ids": list(self.class_ids)}

    @classmethod
    def of_record(
        cls,
        name: str,
        record: Mapping[str, Any],
        classes: tuple[tuple[int, str], ...],
        find: Callable[[str], Content],
    ) -> Mask:
        """The mask of a stored record."""
        return cls(name, find(record["digest"]), tuple(record["class_ids"]), classes)

    def same(self, other: Mask) -> bool:
        """Whether both show the same: id for id and label for label."""
        import numpy as np

        if self.labelled != other.labelled:
            return False
        if self.content.digest == other.content.digest:
            return True
        return bool(np.array_equal(self.data, other.data))

    def __eq__(self, other: object) -> bool:
        return self.same(other) if isinstance(other, Mask) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, key: str) -> Any:
        if key == "mask_data":
            return self.data
        if key == "class_labels" and self.classes:
            return dict(self.classes)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(("mask_data", "class_labels") if self.classes else ("mask_data",))

    def __len__(self) -> int:
        return 2 if self.classes else 1


def mask_layer(
    name: str, layer: Any, size: tuple[int, int], classes: tuple[tuple[int, str], ...]
) -> Mask:
    """A guest's mask.

    Args:
        name: the layer's name.
        layer: {"mask_data": (height, width) whole numbers | "path": file, "class_labels"?: {id: name}}.
        size: the picture's width and height in pixels.
        classes: the picture's own classes, for a layer without `class_labels`.

    Raises:
        Invalid: it has another size than the picture, holds something else than class ids, or an id
            that is not among the classes; 0 may stand for no class.
    """
    place = f"the mask {name!r}"
    if not isinstance(layer, Mapping):
        given = type(layer).__name__ if hasattr(layer, "shape") else f"{layer!r:.200}"
        raise Invalid(f"{place} is {{'mask_data': array}} or {{'path': file}}, not {given}")
    for key in layer:
        if key not in _KEYS:
            raise Invalid(f"{place} knows no {key!r}{did_you_mean(str(key), _KEYS)}")
    if ("mask_data" in layer) == ("path" in layer):
        raise Invalid(f"{place} has either mask_data or a path; found: {', '.join(layer) or 'neither'}")
    if layer.get("class_labels") is not None:
        classes = label_pairs(layer["class_labels"], place)
    if isinstance(layer, Mask) and _fits(layer, size):
        return Mask(name, layer.content, _checked_ids(layer.class_ids, classes, place), classes)
    ids = _read(layer["path"], place) if "path" in layer else _ids(layer["mask_data"], place)
    if ids.shape != (size[1], size[0]):
        raise Invalid(
            f"{place} has {ids.shape[1]} x {ids.shape[0]} pixels, the picture {size[0]} x {size[1]}"
        )
    import numpy as np

    found = _checked_ids(tuple(int(i) for i in np.unique(ids)), classes, place)
    return Mask(name, encoded(_picture(ids, found[-1])), found, classes)


def _fits(mask: Mask, size: tuple[int, int]) -> bool:
    with opened(mask.content.read(), f"the mask {mask.name!r}") as picture:
        return bool(picture.size == size)


def _checked_ids(
    found: tuple[int, ...], classes: tuple[tuple[int, str], ...], place: str
) -> tuple[int, ...]:
    unknown = [number for number in found if number and number not in dict(classes)]
    if classes and unknown:
        known = ", ".join(f"{i} {n}" for i, n in classes[:12])
        raise Invalid(f"{place} holds {unknown[0]}, which is no class; there are: {known}")
    return found


def _read(path: Any, place: str) -> np.ndarray[Any, Any]:
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise NotFound(f"no file {str(path)!r} for {place}") from None
    except (OSError, TypeError, ValueError) as error:
        raise Invalid(f"the file {str(path)!r} of {place} cannot be read: {error}") from None
    with opened(content, f"{place}, {str(path)!r}") as picture:
        if picture.format == "JPEG":
            raise Invalid(f"{place} is a JPEG file, which does not keep class ids exact; use PNG")
        return _ids_of(picture, place)


def _ids_of(picture: Any, place: str) -> np.ndarray[Any, Any]:
    import numpy as np

    if picture.mode in ("L", "P", "1") or picture.mode.startswith("I"):
        return _ids(np.asarray(picture), place)
    if picture.mode != "RGB":
        raise Invalid(
            f"{place} is of mode {picture.mode}; a mask is grey, paletted, or RGB with ids R + 256 G"
        )
    array = np.asarray(picture).astype(np.uint16)
    if array[:, :, 2].any():
        raise Invalid(f"{place} is RGB, where an id is R + 256 G and B is 0, but its B is not")
    return array[:, :, 0] + 256 * array[:, :, 1]


def _ids(data: Any, place: str) -> np.ndarray[Any, Any]:
    import numpy as np

    array = np.asarray(data)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim != 2 or not array.size:
        raise Invalid(f"{place} has the shape (height, width), not {array.shape}")
    if array.dtype.kind == "f" and np.isfinite(array).all() and (array == np.rint(array)).all():
        array = array.astype(np.int64)
    if array.dtype.kind not in "biu":
        raise Invalid(f"{place} is made of whole numbers, the class ids, not {array.dtype}")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > 65535:
        raise Invalid(f"{place} holds ids from {low} to {high}; they lie in 0-65535")
    return array.astype(np.uint8 if high < 256 else np.uint16)


def _picture(ids: np.ndarray[Any, Any], highest: int) -> Any:
    import numpy as np
    from PIL import Image

    if highest < 256:
        return Image.fromarray(np.ascontiguousarray(ids.astype(np.uint8)))
    planes = np.zeros((*ids.shape, 3), dtype=np.uint8)
    planes[:, :, 0] = ids & 0xFF
    planes[:, :, 1] = ids >> 8
    return Image.fromarray(planes)
