"""Media of other distributions: values of a cell that keep files beside a small record."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar, Self
from weakref import WeakValueDictionary

from vitrail import dtypes
from vitrail.dtypes import DType
from vitrail.errors import Invalid
from vitrail.kinds import Shelf
from vitrail.media import recorded
from vitrail.media.content import Content
from vitrail.media.image import Image
from vitrail.plugin_choice import EVERYTHING, PluginChoice

GROUP = "vitrail.media"

log = logging.getLogger(__name__)


class Medium:
    """A value that keeps files beside a small record, such as a sound.

    A distribution brings one of its own as a subclass, which names its kind and the parts of its record;
    a part called "digest", wherever it stands in the record, names a file by the SHA-256 of its bytes.
    An entry point of the group `vitrail.media`, called by the kind, leads to the class: it is then found
    on the face by its name, and where it is not installed its values are read as `Medium`, whole.

        class Audio(Medium):
            kind = "audio"
            parts = (("digest", Text()), ("seconds", Number(integer=False, unit="s")))

    Args:
        record: the parts' values, by name; a part that is left out is missing.
        files: the contents that the record's digests name.

    Attributes:
        kind: what it is called in stored types.
        parts: (name, type) of the record, in order.
        dtype: the type of a column of it.
        origin: (artifact's digest, entry's name) where it was read from an artifact as an entry.

    Raises:
        Invalid: the record has a part that the class has not.
    """

    kind: str = ""
    parts: ClassVar[tuple[tuple[str, DType], ...]] = ()
    dtype: dtypes.Medium
    origin: tuple[str, str] | None = None
    _record: dict[str, Any]
    _find: Callable[[str], Content]

    def __init__(self, record: Mapping[str, Any], *files: Content) -> None:
        known = {content.digest: content for content in files}
        self.dtype = dtypes.Medium(self.parts, self.kind)
        self._take(record, known.__getitem__)

    def __init_subclass__(cls) -> None:
        _known[cls.kind] = cls

    @classmethod
    def of_record(
        cls, record: Mapping[str, Any], dtype: dtypes.Medium, find: Callable[[str], Content]
    ) -> Self:
        """The value of a stored record; nothing is read yet.

        Args:
            record: its parts.
            dtype: its column's type.
            find: leads from a digest to a file's content.
        """
        made = cls.__new__(cls)
        made.dtype, made.kind = dtype, str(dtype.name)
        made._take(record, find)
        return made

    def _take(self, record: Mapping[str, Any], find: Callable[[str], Content]) -> None:
        names = self.dtype.field_names
        if wrong := [name for name in record if name not in names]:
            raise Invalid(f"{self.dtype} has no part {wrong[0]!r:.100}; there are: {', '.join(names)}")
        self._record = {name: record.get(name) for name in names}
        self._find = find

    def record(self) -> dict[str, Any]:
        """What a table keeps of it; `of_record` reads it back."""
        return dict(self._record)

    def contents(self) -> Iterator[Content]:
        """The contents of its files."""
        for digest in dict.fromkeys(_digests(self._record)):
            yield self._find(digest)

    def read(self, digest: str | None = None) -> bytes:
        """A file's bytes: those that the record's own digest names, or another one's.

        Raises:
            NotFound: the store has no such bytes.
        """
        return self._find(digest or self._record["digest"]).read()

    def store(self, shelf: Shelf) -> dict[str, Any]:
        return recorded.left(self, shelf)

    @classmethod
    def load(cls, document: dict[str, Any], shelf: Shelf) -> Self:
        return cls.of_record(*recorded.found(document, shelf, dtypes.Medium, "a medium"))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Medium):
            return NotImplemented
        return self.dtype.name == other.dtype.name and self._record == other._record

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        plain = {
            n: v for n, v in self._record.items() if isinstance(v, str | int | float) and n != "digest"
        }
        return f"{self.dtype}({', '.join(f'{name}={value!r:.80}' for name, value in plain.items())})"


_tried: set[str] = set()
_known: WeakValueDictionary[str, type[Medium]] = WeakValueDictionary()
_choice = EVERYTHING


def admit(choice: PluginChoice) -> None:
    """Say whose media may be loaded into this process."""
    global _choice  # noqa: PLW0603 - as process-wide as what is imported
    _choice = choice


def installed() -> list[EntryPoint]:
    """The entry points of the media that may be loaded, by kind."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return [
        point for point in points if _choice.admits(point.name, point.dist.name if point.dist else "")
    ]


def medium_of(kind: str) -> type[Medium]:
    """The class of a kind; `Medium` itself where no distribution brings one that can be loaded."""
    if kind not in _known and kind not in _tried:
        _tried.add(kind)
        for point in installed():
            if point.name == kind:
                _loaded(point)
    return _known.get(kind, Medium)


def value_of(
    record: Mapping[str, Any], dtype: dtypes.Image | dtypes.Medium, find: Callable[[str], Content]
) -> Image | Medium:
    """The picture or the other medium of a stored record."""
    if isinstance(dtype, dtypes.Image):
        return Image.of_record(record, dtype, find)
    return medium_of(str(dtype.name)).of_record(record, dtype, find)


def is_medium(document: Mapping[str, Any]) -> bool:
    """Whether `Medium.store` wrote a document."""
    dtype = document.get("type")
    return isinstance(dtype, Mapping) and dtype.get("type") == dtypes.Medium.kind


def medium_called(name: str) -> type[Medium] | None:
    """The class that some distribution brings under a name of its own, such as "Audio"."""
    points = [point for point in installed() if point.attr == name]
    return _loaded(points[0]) if points else None


def _loaded(point: Any) -> type[Medium] | None:
    try:
        found = point.load()
    except Exception:
        log.exception("the medium %r of %s cannot be loaded", point.name, point.dist)
        return None
    if not (isinstance(found, type) and issubclass(found, Medium) and found.kind == point.name):
        log.error("the medium %r of %s is no Medium of that kind", point.name, point.dist)
        return None
    return found


def _digests(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for name, part in value.items():
                if name == "digest" and isinstance(part, str):
                    yield part
                else:
                    yield from _digests(part)
        case list() | tuple():
            for item in value:
                yield from _digests(item)
