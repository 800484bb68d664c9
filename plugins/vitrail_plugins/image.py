"""A picture under its boxes and masks."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, TypeVar

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from vitrail.dtypes import BoxLayer, DType, Image, MaskLayer, required
from vitrail.visualizer import Frame, class_color, shown
from vitrail_plugins.svg import element

Layer = TypeVar("Layer", BoxLayer, MaskLayer)
MOST_BOXES, MOST_SMALL_BOXES = 2000, 150


class ImageOptions(BaseModel):
    """What is laid over a picture."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    boxes: bool = Field(default=True, description="boxes are drawn")
    masks: bool = Field(default=True, description="masks are drawn")
    layers: str = Field(
        default="",
        max_length=1000,
        description="names of the layers that are drawn, with commas between; all of them if empty",
    )
    score: str = Field(
        default="",
        max_length=200,
        description="the name of the score that boxes are held to; their first one if empty",
    )
    least_score: float = Field(
        default=0.0, ge=0.0, le=1.0, description="boxes with a lower score are left out"
    )


class ImageVisualizer:
    """A picture with its layers; in a pane with a legend, toggles and a score threshold."""

    name = "image"
    accepts = Image()
    Options = ImageOptions
    options: ImageOptions

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """The picture, small."""
        return self._picture(data, dtype, frame, controls=False)

    def pane(self, data: Any, dtype: DType, frame: Frame) -> Any:
        """The picture at its full size, with controls, and what else is known of it."""
        caption = data.get("caption")
        about = f"{data['width']} × {data['height']} px, {data['format']}{_left_out(data)}"
        return element(
            "figure",
            self._picture(data, dtype, frame, controls=True),
            element(
                "figcaption",
                element("div", shown(caption, 2000)) if caption else "",
                element("small", about, class_="vt-muted"),
            ),
            class_="vt-figure",
        )

    def _picture(self, data: Any, dtype: DType, frame: Frame, *, controls: bool) -> Markup:
        kind = required(dtype)
        most = MOST_BOXES if controls else MOST_SMALL_BOXES
        layers = self._layers(data, kind, frame, most) if isinstance(kind, Image) else {}
        width = None if controls else 2 * frame.size.width_px
        return element(
            "vt-picture",
            src=frame.url(data["digest"], width_px=width),
            width=data["width"],
            height=data["height"],
            label=shown(data.get("caption") or frame.title, 300),
            layers=json.dumps(layers, separators=(",", ":"), ensure_ascii=False),
            group=frame.title,
            controls="" if controls else None,
        )

    def _layers(self, data: Mapping[str, Any], kind: Image, frame: Frame, most: int) -> dict[str, Any]:
        """What is laid over the picture, as `<vt-picture>` reads it."""
        size = (data["width"], data["height"])
        names = dict(kind.classes or ())
        boxes, masks, seen = [], [], set[int]()
        for layer in self._drawn(kind.boxes) if self.options.boxes else ():
            stored_boxes = (data.get("boxes") or {}).get(layer.name) or ()
            shapes = (_shape(box, size, self.options.score) for box in stored_boxes)
            drawn = [s for s in shapes if s["score"] is None or s["score"] >= self.options.least_score]
            drawn = _surest(drawn, most)
            if drawn:
                boxes.append({"name": layer.name, "boxes": drawn})
            names |= dict(layer.classes)
            seen |= {shape["class_id"] for shape in drawn if shape["class_id"] is not None}
        for mask in self._drawn(kind.masks) if self.options.masks else ():
            names |= dict(mask.classes)
            stored = (data.get("masks") or {}).get(mask.name)
            if stored:
                masks.append({"name": mask.name, "src": frame.url(stored["digest"])})
                seen |= {number for number in stored["class_ids"] or () if number or 0 in names}
        classes = {
            str(number): {"name": names.get(number, f"class {number}"), "color": class_color(number)}
            for number in sorted(seen)
        }
        return {"boxes": boxes, "masks": masks, "classes": classes}

    def _drawn(self, layers: tuple[Layer, ...] | None) -> list[Layer]:
        """The layers that the settings name."""
        wanted = {name.strip() for name in self.options.layers.split(",") if name.strip()}
        return [layer for layer in layers or () if not wanted or layer.name.strip() in wanted]


def _surest(shapes: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Those with the highest scores, in their order; a box without a score goes before any other."""
    if len(shapes) <= most:
        return shapes
    first = sorted(range(len(shapes)), key=lambda i: -_sureness(shapes[i]))[:most]
    return [shapes[i] for i in sorted(first)]


def _sureness(shape: dict[str, Any]) -> float:
    return math.inf if shape["score"] is None else float(shape["score"])


def _left_out(data: Mapping[str, Any]) -> str:
    """What a pane says of layers that hold more boxes than are drawn."""
    crowded = {name: len(boxes or ()) for name, boxes in (data.get("boxes") or {}).items()}
    said = [
        f", {MOST_BOXES:,} of {count:,} boxes of {shown(name, 60)}"
        for name, count in crowded.items()
        if count > MOST_BOXES
    ]
    return "".join(said)


def _is_score(score: Any) -> bool:
    return score is not None and math.isfinite(score)


def _shape(box: Mapping[str, Any], size: tuple[int, int], score: str) -> dict[str, Any]:
    """A box in pixels of the picture, with the score that the threshold looks at."""
    scale = (1, 1) if box["domain"] == "pixel" else size
    corners, caption = box["position"], box.get("box_caption")
    scores = {name: score for name, score in (box.get("scores") or {}).items() if _is_score(score)}
    return {
        "class_id": box["class_id"],
        "x0": round(corners["minX"] * scale[0], 2),
        "y0": round(corners["minY"] * scale[1], 2),
        "x1": round(corners["maxX"] * scale[0], 2),
        "y1": round(corners["maxY"] * scale[1], 2),
        "score": scores.get(score) if score else next(iter(scores.values()), None),
        "scores": scores,
        "caption": None if caption is None else shown(caption, 120),
    }
