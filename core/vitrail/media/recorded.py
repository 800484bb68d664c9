"""How a value that keeps files beside a record lies on a shelf, and how it is read back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from vitrail.dtypes import DType, dtype_from_json
from vitrail.errors import Invalid, NewerFormat
from vitrail.kinds import Shelf
from vitrail.media.content import Content

FORMAT = 1

Type = TypeVar("Type", bound=DType)


class Recorded(Protocol):
    """What is stored as a record and files."""

    @property
    def dtype(self) -> Any:
        """The type of a column of it."""

    def record(self) -> dict[str, Any]:
        """What a table keeps of it."""

    def contents(self) -> Iterator[Content]:
        """The contents of the files that the record names."""


def left(value: Recorded, shelf: Shelf) -> dict[str, Any]:
    """Leave a value's files on a shelf, and give the document that `found` reads."""
    for content in value.contents():
        content.leave(shelf)
    return {"format": FORMAT, "type": value.dtype.to_json(), "record": value.record()}


def found(
    document: dict[str, Any], shelf: Shelf, kind: type[Type], name: str
) -> tuple[dict[str, Any], Type, Callable[[str], Content]]:
    """What `left` wrote: the record, its type, and what leads from a digest to a file's content.

    Args:
        document: what `left` gave.
        shelf: where the files lie.
        kind: which type it has.
        name: what it is called in messages.

    Raises:
        NewerFormat: a newer Vitrail wrote it.
        Invalid: it is of another type.
    """
    if document["format"] > FORMAT:
        raise NewerFormat(f"{name} of format {document['format']}; this Vitrail reads up to {FORMAT}")
    dtype = dtype_from_json(document["type"])
    if not isinstance(dtype, kind):
        raise Invalid(f"the type of {name} is {kind.__name__}, not {dtype}")
    return document["record"], dtype, lambda digest: Content(digest, shelf)
