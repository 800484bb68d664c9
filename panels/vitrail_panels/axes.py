"""What stands around a drawing for a paper: its axes, and which colour is which version."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from markupsafe import Markup

from vitrail.dtypes import DType, Versions, required
from vitrail.visualizer import Size, axis_title, shown, version_color

_TITLE_PX, _LEGEND_PX, _EDGE_PX = 22, 26, 8
_LEAST_TITLED_PX, _LEAST_SCALED_PX = 80, 160  # a drawing that is less high has no title, no scale
_TICK_PX, _DIGIT_PX, _COUNT_PX = 5, 6.6, 18
_INK, _QUIET = "#1c2430", "#616b7b"
_SCALE = re.compile(r'data-scale="(\d+) ([\d.]+) ([\d.]+)"')


@dataclass(frozen=True, slots=True)
class Axes:
    """What is around a drawing of one column.

    Attributes:
        column: the column's name.
        dtype: the type of what is drawn.
        size: of the whole.
        most: of bars that count something, how many the tallest stands for; 0 for all else.
    """

    column: str
    dtype: DType
    size: Size
    most: int

    @classmethod
    def of(cls, column: str, dtype: DType, size: Size, svg: str) -> Axes:
        """The axes of a drawing, which may tell what its bars count."""
        found = _SCALE.search(svg) if size.height_px >= _LEAST_SCALED_PX else None
        return cls(column, dtype, size, int(found[1]) if found else 0)

    @property
    def room(self) -> Size:
        """What is left for the drawing."""
        if not self._is_titled:
            return self.size
        width = self.size.width_px - self._left - _EDGE_PX
        return Size(width, self.size.height_px - self._above - _TITLE_PX)

    def around(self, svg: str) -> str:
        """A drawing of the size of `room` with all of it, on white."""
        if not self._is_titled:
            return svg
        width, height = self.size.width_px, self.size.height_px
        title = axis_title(self.column, self.dtype)
        parts = [
            Markup('<rect width="{}" height="{}" fill="white"/>').format(width, height),
            Markup('<g transform="translate({} {})">{}</g>').format(
                self._left, self._above, Markup(svg)
            ),
            _text(self._left + self.room.width_px / 2, height - 6, title, _INK),
            *self._legend(),
            *self._ticks(svg),
        ]
        return str(
            Markup(
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
                'font-family="sans-serif" font-size="12">{parts}</svg>'
            ).format(w=width, h=height, parts=Markup("").join(parts))
        )

    @property
    def _is_titled(self) -> bool:
        return self.size.height_px >= _LEAST_TITLED_PX

    @property
    def _versions(self) -> tuple[str, ...]:
        kind = required(self.dtype)
        return (kind.names or ()) if isinstance(kind, Versions) else ()

    @property
    def _above(self) -> int:
        return _LEGEND_PX if self._versions else _EDGE_PX

    @property
    def _left(self) -> int:
        if not self.most:
            return _EDGE_PX
        return round(_COUNT_PX + len(f"{self.most:,}") * _DIGIT_PX + _TICK_PX + 3)

    def _legend(self) -> list[Markup]:
        names = Markup(" \u2002 ").join(
            Markup('<tspan fill="{}">\u25a0</tspan> {}').format(version_color(place), shown(name, 40))
            for place, name in enumerate(self._versions)
        )
        return [_text(self.size.width_px - _EDGE_PX, 16, names, _INK, "end")] if names else []

    def _ticks(self, svg: str) -> list[Markup]:
        """The counts at the left; the greatest is at most what the tallest bar stands for."""
        found = _SCALE.search(svg)
        if not self.most or found is None:
            return []
        line = Markup('<path d="M{} {}h{}" stroke="{}"/>')
        right, top_px, base_px = self._left - 2, float(found[2]), float(found[3])
        parts = []
        for count in range(0, self.most + 1, _step(self.most)):
            y = self._above + base_px - count / self.most * (base_px - top_px)
            parts.append(line.format(right - _TICK_PX, round(y, 1), _TICK_PX, _QUIET))
            parts.append(_text(right - _TICK_PX - 3, y + 4, f"{count:,}", _QUIET, "end"))
        turned = Markup('<g transform="translate(12 {}) rotate(-90)">{}</g>')
        middle = self._above + base_px / 2
        return [*parts, turned.format(round(middle, 1), _text(0, 0, "count", _INK))]


def _step(most: int) -> int:
    """A round number of which `most` has at most five."""
    power: int = 10 ** int(math.log10(most))
    return next(step for step in (power // 5, power // 2, power, power * 2) if step * 5 >= most)


def _text(x: float, y: float, text: str, fill: str, anchor: str = "middle") -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="{}" fill="{}">{}</text>').format(
        round(x, 1), round(y, 1), anchor, fill, text
    )
