"""Each version's value beside the others', drawn by the visualizer that its type calls for."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from vitrail.dtypes import Any as AnyType
from vitrail.dtypes import DType, Versions, required
from vitrail.query.reduction import Reduction
from vitrail.visualizer import Frame, Size
from vitrail_plugins.bars import chip, same
from vitrail_plugins.svg import element

MISSING = element("span", "–", class_="vt-missing")


class SideBySideVisualizer:
    """Whatever the versions hold, side by side; one value where they agree."""

    name = "side_by_side"
    accepts = Versions(AnyType())

    def reads(self, dtype: DType, frame: Frame) -> Reduction:
        """What the visualizer of one version's value reads."""
        return frame.reads(_item(dtype))

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """The values beside each other, or the one value that all versions hold."""
        names, item = _names(dtype), _item(dtype)
        if same(data):
            value = MISSING if data[0] is None else frame.place_cell(data[0], item)
            return element("div", value, class_="vt-same")
        width = max(24, frame.size.width_px // len(names) - 10)
        size = Size(width, max(16, frame.size.height_px - 16))
        parts = [
            element(
                "div",
                _chip(name, place, data),
                MISSING if value is None else frame.place_cell(value, item, size=size),
            )
            for place, (name, value) in enumerate(zip(names, data, strict=True))
        ]
        return element("div", *parts, class_="vt-sides vt-differ")

    def pane(self, data: Any, dtype: DType, frame: Frame) -> Any:
        """The values at their full size: markup side by side, everything else under each other."""
        names, item = _names(dtype), _item(dtype)
        heads = [_chip(name, place, data) for place, name in enumerate(names)]
        panes = [MISSING if value is None else frame.place_pane(value, item) for value in data]
        if not all(isinstance(pane, Markup) for pane in panes):
            under = [element("div", head, class_="vt-side") for head in heads]
            return [part for pair in zip(under, panes, strict=True) for part in pair]
        parts = [element("div", *pair) for pair in zip(heads, panes, strict=True)]
        return element("div", *parts, class_="vt-beside vt-linked")


def _chip(name: str, place: int, data: Any) -> Markup:
    """A version's name, with a sign where its value is not the first version's."""
    if place == 0 or same((data[0], data[place])):
        return chip(name, place)
    sign = element("b", "≠", title="not the same as in the first version")
    return element("span", chip(name, place), sign, class_="vt-version")


def _item(dtype: DType) -> DType:
    kind = required(dtype)
    return kind.item if isinstance(kind, Versions) else kind


def _names(dtype: DType) -> tuple[str, ...]:
    kind = required(dtype)
    return (kind.names or ()) if isinstance(kind, Versions) else ()
