"""A picture under its boxes and masks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from vitrail.dtypes import DType, Image, required
from vitrail.visualizer import Frame, class_color, shown
from vitrail_plugins.svg import element

MOST_BOXES = 2000


class ImageOptions(BaseModel):
    """What is laid over a picture."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    boxes: bool = Field(default=True, description="boxes are drawn")
    masks: bool = Field(default=True, description="masks are drawn")
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
        about = f"{data['width']} × {data['height']} px, {data['format']}"
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
        layers = self._layers(data, kind, frame) if isinstance(kind, Image) else {}
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

    def _layers(self, data: Mapping[str, Any], kind: Image, frame: Frame) -> dict[str, Any]:
        """What is laid over the picture, as `<vt-picture>` reads it."""
        size = (data["width"], data["height"])
        names = dict(kind.classes or ())
        boxes, masks, seen = [], [], set[int]()
        for layer in kind.boxes if self.options.boxes and kind.boxes else ():
            drawn = [
                shape
                for box in ((data.get("boxes") or {}).get(layer.name) or ())[:MOST_BOXES]
                if (shape := _shape(box, size))["score"] is None
                or shape["score"] >= self.options.least_score
            ]
            if drawn:
                boxes.append({"name": layer.name, "boxes": drawn})
            names |= dict(layer.classes)
            seen |= {shape["class_id"] for shape in drawn if shape["class_id"] is not None}
        for mask in kind.masks if self.options.masks and kind.masks else ():
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


def _shape(box: Mapping[str, Any], size: tuple[int, int]) -> dict[str, Any]:
    """A box in pixels of the picture, with the score that the threshold looks at: its first."""
    scale = (1, 1) if box["domain"] == "pixel" else size
    corners = box["position"]
    scores = {name: score for name, score in (box.get("scores") or {}).items() if score is not None}
    return {
        "class_id": box["class_id"],
        "x0": corners["minX"] * scale[0],
        "y0": corners["minY"] * scale[1],
        "x1": corners["maxX"] * scale[0],
        "y1": corners["maxY"] * scale[1],
        "score": next(iter(scores.values()), None),
        "scores": scores,
        "caption": box.get("box_caption"),
    }
