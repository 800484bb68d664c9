"""The contract with a pane: what a visualizer declares, and the frame that places it.

The smallest visualizer is a name, a pattern and a `cell`:

    class Stars:
        name = "stars"
        accepts = Number()

        def cell(self, data, dtype, frame):
            return "★" * round(5 * data)

What it leaves out has a default: no options; `reads` asks for the values; `cell` shows the value as
text; `pane` shows the cell, larger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict

from vitrail.domain import Domain
from vitrail.dtypes import DType, List, Number, Versions, required
from vitrail.query.reduction import Reduction

# Colours that stay apart for colour-blind readers and on light and dark ground. One colour is one
# version and one class everywhere.
# Source: Tableau 10, Stone 2016.
PALETTE: tuple[str, ...] = (
    "#4e79a7",
    "#f28e2b",
    "#59a14f",
    "#e15759",
    "#b07aa1",
    "#76b7b2",
    "#edc948",
    "#ff9da7",
    "#9c755f",
    "#86878f",
)


def version_color(place: int) -> str:
    """The colour of the version at `place` among those compared, counted from 0."""
    return PALETTE[place % len(PALETTE)]


def class_color(class_id: int) -> str:
    """The colour of a class, the same in every picture and plot."""
    return PALETTE[class_id % len(PALETTE)]


class NoOptions(BaseModel):
    """The options of a visualizer that has none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Size:
    """Room to draw in."""

    width_px: int
    height_px: int


class Frame(Protocol):
    """What a visualizer is handed beside its data.

    Attributes:
        domain: what all cells of the column share; None where the type has none.
        size: the room for this drawing.
        title: the column's name.
    """

    @property
    def domain(self) -> Domain | None: ...

    @property
    def size(self) -> Size: ...

    @property
    def title(self) -> str: ...

    def reads(self, dtype: DType) -> Reduction:
        """What the visualizer that draws a part of this type reads; for a `reads` that delegates."""

    def place_cell(self, data: Any, dtype: DType, *, size: Size | None = None) -> Markup:
        """A part, drawn small by the visualizer that its type calls for; one that fails is a card."""

    def place_pane(self, data: Any, dtype: DType) -> Any:
        """A part, drawn large."""

    def url(self, digest: str, *, width_px: int | None = None) -> str:
        """Where the browser finds a stored picture, mask or sound; at most `width_px` wide where given."""

    def grid(self) -> Any:
        """The virtual grid over the table that is looked at; for a visualizer of `Table`."""

    def select(self, condition: str) -> None:
        """Offer a selection to the page: an expression in the query language, as its filter takes it."""


class Visualizer(Protocol):
    """What draws values of one pattern of types. No base class is needed.

    A fresh instance is made for each column that is drawn, and `options` is set on it before anything
    is called.

    Attributes:
        name: what it is called in menus and saved views, such as "histogram".
        accepts: the pattern of the types that it draws.
        Options: its settings; form, defaults and saved state come from its fields.
        options: the settings in force.
    """

    name: ClassVar[str]
    accepts: ClassVar[DType]
    Options: ClassVar[type[BaseModel]]
    options: BaseModel

    def reads(self, dtype: DType, frame: Frame) -> Reduction:
        """What it needs of the data."""

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup | str:
        """A small drawing as SVG or HTML for a table's cell; plain `str` is escaped."""

    def pane(self, data: Any, dtype: DType, frame: Frame) -> Any:
        """A large drawing: markup, anything that `panel.panel` can place, or a list of such."""


def shown(value: Any, limit: int = 200) -> str:
    """A value as short plain text, cut after `limit` letters; for titles and fallbacks."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def axis_title(title: str, dtype: DType) -> str:
    """What an axis of a column's values is called: its title, and the unit of its numbers if they have one.

    >>> axis_title("speed", List(Number(unit="m/s")))
    'speed (m/s)'
    """
    kind = required(dtype)
    while isinstance(kind, List | Versions):
        kind = required(kind.item)
    return f"{title} ({kind.unit})" if isinstance(kind, Number) and kind.unit else title
