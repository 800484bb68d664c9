"""A picture under its boxes and masks as one SVG, which needs no script and no other file."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from markupsafe import Markup
from PIL import Image, ImageColor

from vitrail.visualizer import class_color, shown

_HALF = 128
_DASHES = (None, "7 4", "2 3")


def picture_svg(picture: Mapping[str, str], *, labels: bool = False) -> Markup:
    """A picture of `<vt-picture>`'s attributes.

    Args:
        picture: `src`, within its own address, `width` and `height`, `label` and `layers`.
        labels: whether boxes are named.
    """
    width, height = float(picture.get("width", 1)), float(picture.get("height", 1))
    layers = json.loads(picture.get("layers") or "{}")
    colors = {int(key): one.get("color") or "" for key, one in layers.get("classes", {}).items()}
    parts = [*_image(picture.get("src", ""), width, height)]
    for mask in layers.get("masks", []):
        parts += _image(_colored(mask.get("src", ""), colors), width, height)
    for place, layer in enumerate(layers.get("boxes", [])):
        for box in layer.get("boxes", []):
            parts.append(_box(box, colors, place, max(1.2, max(width, height) / 250)))
            if labels:
                parts.append(_label(box, layers.get("classes", {}), max(5.0, max(width, height) / 40)))
    markup = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w:g} {h:g}" width="{w:g}" height="{h:g}" '
        'role="img"><title>{title}</title>{parts}</svg>'
    )
    return markup.format(w=width, h=height, title=picture.get("label", ""), parts=Markup("").join(parts))


def _image(src: str, width: float, height: float) -> Iterator[Markup]:
    if src.startswith("data:image/"):
        yield Markup('<image href="{}" width="{:g}" height="{:g}" preserveAspectRatio="none"/>').format(
            src, width, height
        )


def _box(box: Mapping[str, Any], colors: Mapping[int, str], place: int, thick: float) -> Markup:
    dash = _DASHES[place % len(_DASHES)]
    return Markup(
        '<rect x="{:g}" y="{:g}" width="{:g}" height="{:g}" fill="none" stroke="{}" '
        'stroke-width="{:.2f}"{}/>'
    ).format(
        box["x0"], box["y0"], box["x1"] - box["x0"], box["y1"] - box["y0"],
        _color(box["class_id"], colors), thick,
        Markup(' stroke-dasharray="{}"').format(dash) if dash else "",
    )  # fmt: skip


def _label(box: Mapping[str, Any], classes: Mapping[str, Any], size: float) -> Markup:
    name = classes.get(str(box["class_id"]), {}).get("name", "")
    score = "" if box.get("score") is None else f" {box['score']:.2f}"
    return Markup(
        '<text x="{:g}" y="{:g}" font-family="sans-serif" font-weight="600" font-size="{:.2f}" '
        'fill="#fff" stroke="#14181f" stroke-width="{:.2f}" paint-order="stroke">{}</text>'
    ).format(box["x0"], box["y0"] - size * 0.3, size, size / 5, shown(f"{name}{score}", 40))


def _color(number: int | None, colors: Mapping[int, str]) -> str:
    return colors.get(number or 0) or class_color(number or 0)


def _colored(src: str, colors: Mapping[int, str]) -> str:
    """A mask's classes in their colours, half of what is below shining through."""
    head, _, text = src.partition("base64,")
    if not head.startswith("data:image/png"):
        return ""
    with Image.open(io.BytesIO(base64.b64decode(text)), formats=["PNG"]) as mask:
        channels = np.asarray(mask.convert("RGB") if mask.mode not in {"L", "P"} else mask)
    ids = channels if channels.ndim == 2 else channels[..., 0].astype("uint16") + 256 * channels[..., 1]
    pixels = np.zeros((*ids.shape, 4), "uint8")
    for number in np.unique(ids):
        if number or 0 in colors:
            rgb = ImageColor.getrgb(_color(int(number), colors))[:3]
            pixels[ids == number] = (*rgb, _HALF)
    Image.fromarray(pixels).save(into := io.BytesIO(), "PNG")
    return "data:image/png;base64," + base64.b64encode(into.getvalue()).decode("ascii")
