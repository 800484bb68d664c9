"""Rows as cards: how large a card is, and what stands where on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vitrail.visualizer import Size
from vitrail_panels.arranged import is_pictures

if TYPE_CHECKING:
    from vitrail.dtypes import DType
    from vitrail.view import View
    from vitrail_panels.scene import Shown

_WIDTHS_PX = (160, 224, 336)  # small, usual, large
_TALL_PX = 60  # a row so high is none of the small ones
_COVER = 0.75  # the height of a card's picture, by its width
_CAPTION_PX = 56
_PADDING_PX, _GAP_PX = 20, 4
_LABEL = 0.4  # of a caption's width is its column's name


def width_px(view: View) -> int:
    """How wide a card is."""
    if view.height is None:
        return _WIDTHS_PX[1]
    return _WIDTHS_PX[0] if view.height < _TALL_PX else _WIDTHS_PX[2]


def room(size: Size, dtype: DType, view: View) -> Size:
    """The room of a column on a card."""
    wide = width_px(view) - _PADDING_PX
    if is_pictures(dtype):
        return Size(wide, int(wide * _COVER))
    return Size(int(wide * (1 - _LABEL)), min(size.height_px, _CAPTION_PX))


def told(columns: Sequence[Shown], view: View) -> dict[str, Any]:
    """What the grid is told of its cards: {"width", "height" (px), "covers": the columns of pictures}."""
    high = sum(column.size.height_px + _GAP_PX for column in columns)
    covers = [column.name for column in columns if is_pictures(column.dtype)]
    return {"width": width_px(view), "height": high + _PADDING_PX, "covers": covers}
