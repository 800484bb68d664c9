"""The digests of the pictures and masks that a column names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitrail.dtypes import DType, Image, List, MaskLayer, Optional, Struct, Versions


def holds_images(dtype: DType) -> bool:
    """Whether values of the type have pictures in them."""
    match dtype:
        case Image():
            return True
        case Optional(item) | List(item) | Versions(item):
            return holds_images(item)
        case Struct(parts=tuple(parts)):
            return any(holds_images(part) for _, part in parts)
        case _:
            return False


def digests(array: Any, dtype: DType) -> Iterator[str]:
    """The digests of the files of every picture and mask in an Arrow array of our layout; some twice."""
    if not holds_images(dtype):
        return
    match dtype:
        case Optional(item):
            yield from digests(array, item)
        case List(item):
            yield from digests(array.flatten(), item)
        case Struct(parts=tuple(parts)):
            for child, (_, part) in zip(array.flatten(), parts, strict=True):
                yield from digests(child, part)
        case Versions(item):
            for child in array.flatten():
                yield from digests(child, item)
        case Image():
            yield from _of_images(array, dtype)


def _of_images(array: Any, dtype: Image) -> Iterator[str]:
    children = dict(zip(dtype.record.field_names, array.flatten(), strict=True))
    yield from _texts(children["digest"])
    if dtype.masks:
        for layer in children["masks"].flatten():
            names = MaskLayer("").mask.field_names
            yield from _texts(layer.flatten()[names.index("digest")])


def _texts(array: Any) -> Iterator[str]:
    yield from (text for text in array.unique().to_pylist() if text is not None)
