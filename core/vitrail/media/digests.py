"""The digests of the files that a column names: of pictures, masks and other media."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitrail.dtypes import DType, Image, List, Medium, Optional, Struct, Text, Versions, required


def holds_images(dtype: DType) -> bool:
    """Whether values of the type have pictures or other media in them."""
    match dtype:
        case Image() | Medium():
            return True
        case Optional(item) | List(item) | Versions(item):
            return holds_images(item)
        case Struct(parts=tuple(parts)):
            return any(holds_images(part) for _, part in parts)
        case _:
            return False


def digests(array: Any, dtype: DType) -> Iterator[str]:
    """The digests of the files that an Arrow array of our layout names; some twice."""
    if not holds_images(dtype):
        return
    match dtype:
        case Optional(item):
            yield from digests(array, item)
        case List(item):
            yield from digests(array.flatten(), item)
        case Medium():
            yield from _named(array, Struct(dtype.parts))
        case Struct(parts=tuple(parts)):
            for child, (_, part) in zip(array.flatten(), parts, strict=True):
                yield from digests(child, part)
        case Versions(item):
            for child in array.flatten():
                yield from digests(child, item)
        case Image():
            yield from _named(array, dtype.record)


def _named(array: Any, dtype: DType) -> Iterator[str]:
    """What stands in the parts of a record that are called "digest", at any depth."""
    match dtype:
        case Optional(item):
            yield from _named(array, item)
        case List(item):
            yield from _named(array.flatten(), item)
        case Struct(parts=tuple(parts)):
            for child, (name, part) in zip(array.flatten(), parts, strict=True):
                if name == "digest" and required(part) == Text():
                    yield from _texts(child)
                else:
                    yield from _named(child, part)


def _texts(array: Any) -> Iterator[str]:
    yield from (text for text in array.unique().to_pylist() if text is not None)
