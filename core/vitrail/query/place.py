"""Where in a stored table an expression's values come from, and so what is known of them."""

from __future__ import annotations

from dataclasses import dataclass

from vitrail.statistics import Facts, Known


@dataclass(frozen=True, slots=True)
class Place:
    """A column of a stored table, or what lies inside of one.

    Attributes:
        known: what is known of the table's values.
        path: which of them these are, as `vitrail.statistics` names them.
    """

    known: Known
    path: str

    @property
    def items(self) -> Place:
        """The items of lists."""
        return Place(self.known, f"{self.path}[]")

    def part(self, name: str) -> Place:
        """A part of structs, by its name in storage."""
        return Place(self.known, f"{self.path}.{name}")

    @property
    def facts(self) -> Facts | None:
        """What is known of the values."""
        return self.known.get(self.path)
