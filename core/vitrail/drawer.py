"""A visualizer at hand, and one with its settings, ready to draw."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup, escape
from pydantic import BaseModel, ValidationError

from vitrail.dtypes import DType
from vitrail.errors import Invalid
from vitrail.query.reduction import Reduction, Values, check_fits
from vitrail.visualizer import Frame, NoOptions, shown

MOST_LETTERS = 500_000  # of a cell
MOST_PANE_LETTERS = 5_000_000


class Drawer:
    """A visualizer with its settings, ready to draw one column.

    What the plugin left out has its default: `reads` asks for the values, `cell` shows them as text,
    `pane` shows the cell.

    Args:
        entry: the visualizer.
        options: its settings.
    """

    def __init__(self, entry: Entry, options: BaseModel) -> None:
        self.entry = entry
        self.options = options

    @cached_property
    def _maker(self) -> Any:
        """The visualizer itself, made at its first use, so that one that cannot be made fails to draw."""
        maker = self.entry.visualizer()
        maker.options = self.options
        return maker

    def reads(self, dtype: DType, frame: Frame) -> Reduction:
        """What it needs of the data."""
        reads = getattr(self._maker, "reads", None)
        reduction = Values() if reads is None else reads(dtype, frame)
        if not isinstance(reduction, Reduction):
            raise TypeError(f"reads gave {type(reduction).__name__}, not a reduction")
        check_fits(reduction, dtype)
        return reduction

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """A small drawing; what is not markup is escaped."""
        cell = getattr(self._maker, "cell", None)
        drawn = shown(data) if cell is None else cell(data, dtype, frame)
        if not isinstance(drawn, str) and not hasattr(drawn, "__html__"):
            raise TypeError(f"cell gave {type(drawn).__name__}, not markup or text")
        if letters := _too_many(drawn, MOST_LETTERS):
            del drawn  # the traceback would keep it
            raise _too_large("cell", letters, MOST_LETTERS)
        return escape(drawn)

    def pane(self, data: Any, dtype: DType, frame: Frame) -> Any:
        """A large drawing."""
        pane = getattr(self._maker, "pane", None)
        drawn = self.cell(data, dtype, frame) if pane is None else pane(data, dtype, frame)
        if letters := _too_many(drawn, MOST_PANE_LETTERS):
            del drawn
            raise _too_large("pane", letters, MOST_PANE_LETTERS)
        return drawn


@dataclass(frozen=True, slots=True)
class Entry:
    """A visualizer that is at hand.

    Attributes:
        visualizer: the class.
        name: what it is called in menus and saved views.
        accepts: the pattern of the types that it draws.
        Options: its settings.
        plugin: the name under which its plugin is registered.
        distribution: name and version of the distribution that brought it.
    """

    visualizer: type[Any]
    name: str
    accepts: DType
    Options: type[BaseModel]
    plugin: str
    distribution: str

    def make(self, options: Mapping[str, Any] | BaseModel | None = None) -> Drawer:
        """The visualizer with these settings; those that are left out have their defaults.

        Raises:
            Invalid: there is no such setting, or it cannot have that value.
        """
        if isinstance(options, BaseModel):
            options = options.model_dump()
        try:
            return Drawer(self, self.Options.model_validate(dict(options or {})))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise Invalid(f"visualizer {self.name!r}, setting {place!r}: {first['msg']}") from None

    def make_fitting(self, options: Mapping[str, Any]) -> Drawer:
        """The visualizer with those of these settings that it still has and that still can be."""
        kept: dict[str, Any] = {}
        for name, value in options.items():
            try:
                self.make(kept | {name: value})
            except Invalid:
                continue
            if name in self.Options.model_fields:
                kept[name] = value
        return self.make(kept)


def entry_of(visualizer: Any, plugin: str, distribution: str) -> Entry:
    """A visualizer that keeps the contract.

    Raises:
        Invalid: it does not; the message says what is missing.
    """
    if not inspect.isclass(visualizer):
        raise Invalid(f"a visualizer is a class, got {visualizer!r}")
    where = f"visualizer {visualizer.__qualname__}"
    name, pattern = getattr(visualizer, "name", None), getattr(visualizer, "accepts", None)
    if not isinstance(name, str) or not name or len(name) > 100 or not name.isprintable():
        raise Invalid(f"{where} wants a `name`, a short printable text, got {name!r}")
    if not isinstance(pattern, DType):
        raise Invalid(f"{where} wants `accepts`, a type such as Number(), got {pattern!r}")
    options = getattr(visualizer, "Options", NoOptions)
    if not (inspect.isclass(options) and issubclass(options, BaseModel)):
        raise Invalid(f"{where} has `Options` that are no pydantic model: {options!r}")
    for part in ("reads", "cell", "pane"):
        if hasattr(visualizer, part) and not callable(getattr(visualizer, part)):
            raise Invalid(f"{where} has a `{part}` that cannot be called")
    if not hasattr(visualizer, "cell") and not hasattr(visualizer, "pane"):
        raise Invalid(f"{where} wants a `cell` or a `pane`")
    _check_options(where, options)
    return Entry(visualizer, name, pattern, options, plugin, distribution)


def _check_options(where: str, options: type[BaseModel]) -> None:
    """Make sure that settings can be made and described.

    Raises:
        Invalid: they cannot.
    """
    try:
        options()
        options.model_json_schema()
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise Invalid(f"{where}, setting {place!r}: its default is missing or not valid") from None
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise Invalid(f"{where} has `Options` without a schema: {why:.300}") from error


def _too_many(drawn: Any, most: int) -> int:
    """How many letters were drawn, where they are more than a page takes; else 0."""
    return len(drawn) if isinstance(drawn, str) and len(drawn) > most else 0


def _too_large(part: str, letters: int, most: int) -> Invalid:
    return Invalid(f"{part} gave {letters:,} letters; a page takes {most:,}")
