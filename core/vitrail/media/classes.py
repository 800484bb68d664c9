"""The classes that boxes and masks tell apart: ids and their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Self

from vitrail.errors import Invalid, NewerFormat
from vitrail.kinds import Shelf
from vitrail.media.text import text

FORMAT = 1


class Classes:
    """A set of classes.

    >>> Classes([{"id": 0, "name": "dog"}, {"id": 1, "name": "cat"}]).pairs
    ((0, 'dog'), (1, 'cat'))

    Args:
        class_set: a dict with `id` and `name` for each class.

    Attributes:
        pairs: (id, name), by id.

    Raises:
        Invalid: an id that is no whole number from 0 to 65535 or stands twice, or a name that is no text.
    """

    kind: ClassVar[str] = "classes"

    def __init__(self, class_set: Iterable[Mapping[str, Any]]) -> None:
        names: dict[int, str] = {}
        if not isinstance(class_set, Iterable):
            raise Invalid(f"classes are a list of {{'id': 0, 'name': 'dog'}}, not {class_set!r}")
        for entry in class_set:
            if not isinstance(entry, Mapping) or set(entry) != {"id", "name"}:
                raise Invalid(f"a class is {{'id': 0, 'name': 'dog'}}, not {entry!r}")
            number = class_id(entry["id"])
            if number in names:
                raise Invalid(f"class {number} stands twice: {names[number]!r} and {entry['name']!r}")
            names[number] = text(entry["name"], "a class's name")
        self.pairs: tuple[tuple[int, str], ...] = tuple(sorted(names.items()))

    @classmethod
    def of(cls, pairs: Iterable[tuple[Any, Any]]) -> Self:
        """The classes of (id, name) pairs."""
        return cls([{"id": number, "name": name} for number, name in pairs])

    def store(self, shelf: Shelf) -> dict[str, Any]:
        return {"format": FORMAT, "classes": [[number, name] for number, name in self.pairs]}

    @classmethod
    def load(cls, document: dict[str, Any], shelf: Shelf) -> Self:  # noqa: ARG003 - as kinds.Storable says
        if document["format"] > FORMAT:
            raise NewerFormat(
                f"classes of format {document['format']}; this Vitrail reads up to {FORMAT}"
            )
        return cls.of(document["classes"])

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return ({"id": number, "name": name} for number, name in self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __eq__(self, other: object) -> bool:
        return self.pairs == other.pairs if isinstance(other, Classes) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.pairs)

    def __repr__(self) -> str:
        return f"Classes({list(self)})"


def class_id(value: Any) -> int:
    """A class's id as an int.

    Raises:
        Invalid: it is no whole number from 0 to 65535, which is what a mask's file can hold.
    """
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 65535:
        raise Invalid(f"a class id is a whole number from 0 to 65535, not {value!r}")
    return int(value)


def label_pairs(labels: Any, place: str) -> tuple[tuple[int, str], ...]:
    """A layer's `class_labels` as (id, name) pairs, by id.

    Args:
        labels: a dict of id → name, or `Classes`.
        place: what they belong to, for the message.

    Raises:
        Invalid: they are neither.
    """
    if isinstance(labels, Classes):
        return labels.pairs
    if not isinstance(labels, Mapping):
        raise Invalid(f"the class_labels of {place} are a dict of id → name, not {labels!r}")
    try:
        return Classes.of(labels.items()).pairs
    except Invalid as error:
        raise Invalid(f"in the class_labels of {place}: {error}") from None
