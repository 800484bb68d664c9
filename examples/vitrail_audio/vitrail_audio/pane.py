"""A sound drawn: its waveform in a cell, a player and its spectrogram in a pane."""

import math
from typing import Literal

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

import vitrail as vt
from vitrail.dtypes import Medium

_MOST_PEAKS = 400
_WAVE = Markup(
    '<svg role="img" viewBox="0 0 {w} {h}" width="{room}" height="{h}" preserveAspectRatio="none">'
    '<title>{said}</title><path d="{line}" fill="currentColor" fill-opacity="0.75"/></svg>'
)
_PICTURE = Markup('<img src="{src}" alt="{said}" style="{style}">')
_PLAYER = Markup('<audio controls preload="metadata" src="{src}" style="width: 100%"></audio>')
_AXIS = Markup(
    '<div style="display: flex; justify-content: space-between; font-size: 11px"><span>{low}</span>'
    "<span>{high}</span></div>"
)


class Options(BaseModel):
    """What is drawn."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cell: Literal["waveform", "spectrogram"] = Field(default="waveform", description="what a cell shows")
    spectrogram: bool = Field(default=True, description="whether the pane shows the spectrogram")


class Waves:
    """How a sound swings over time, and which frequencies it has."""

    name = "audio"
    accepts = Medium(name="audio")
    Options = Options
    options: Options

    def cell(self, data, dtype, frame):
        width, height = frame.size.width_px, frame.size.height_px
        if self.options.cell == "spectrogram":
            style = f"width: {width}px; height: {height}px"
            return _PICTURE.format(src=_spectrogram(data, frame), said=_said(data), style=style)
        return _wave(data, width, height, width)

    def pane(self, data, dtype, frame):
        parts = [Markup("<p>{}</p>").format(data["caption"])] if data["caption"] else []
        parts += [_PLAYER.format(src=frame.url(data["digest"])), _wave(data, 400, 80, "100%")]
        if self.options.spectrogram:
            parts.append(_AXIS.format(low=f"{_number(data['rate']) / 2000:g} kHz", high="loud is light"))
            style = "width: 100%; height: 160px; image-rendering: auto"
            picture = _PICTURE.format(src=_spectrogram(data, frame), said=_said(data), style=style)
            parts.append(picture)
        parts.append(_AXIS.format(low="0 s", high=_said(data)))
        return Markup("<div>{}</div>").format(Markup("").join(parts))


def _wave(data, width, height, room):
    """The waveform, as far above the middle as below; `room` is how wide the page makes it."""
    known = data["peaks"] or [0.0]
    swings = [_number(peak) for peak in known[:: 1 + len(known) // _MOST_PEAKS]]
    most, middle, step = max(*swings, 1e-9), height / 2, width / len(swings)
    tall = [max(0.5, 0.95 * middle * swing / most) for swing in swings]
    above = [f"{place * step:.1f},{middle - swing:.1f}" for place, swing in enumerate(tall)]
    below = [f"{place * step:.1f},{middle + swing:.1f}" for place, swing in enumerate(tall)]
    line = "M" + " L".join([*above, *reversed(below)]) + " Z"
    return _WAVE.format(w=width, h=height, room=room, said=_said(data), line=line)


def _spectrogram(data, frame):
    return frame.url((data["spectrogram"] or {}).get("digest") or "")


def _said(data):
    return f"{_number(data['seconds']):.3g} s of sound"


def _number(value):
    """A number that can be drawn; 0 for one that cannot."""
    return abs(float(value)) if value is not None and math.isfinite(value) else 0.0


@vt.hookimpl
def vitrail_visualizers():
    """The visualizers that this plugin brings."""
    return [Waves]
