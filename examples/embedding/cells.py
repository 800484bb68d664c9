"""The table that the examples show: made-up cells, each a picture with a box around it."""

from __future__ import annotations

import numpy as np

import vitrail as vt

KINDS = {1: "red", 2: "white"}


def cells(count: int = 60) -> vt.Table:
    """A table that nobody has logged."""
    random = np.random.default_rng(7)
    table = vt.Table(["id", "kind", "size", "picture"])
    for number in range(count):
        kind = int(random.integers(1, 3))
        radius = float(np.clip(random.normal(9, 2), 4, 14))
        table.add_data(number, KINDS[kind], round(radius, 2), _picture(random, kind, radius))
    return table


def _picture(random: np.random.Generator, kind: int, radius: float) -> vt.Image:
    x, y = random.uniform(16, 48, 2)
    rows, columns = np.mgrid[:64, :64]
    inside = (columns - x) ** 2 + (rows - y) ** 2 < radius**2
    ground = random.integers(190, 215, (64, 64, 3), dtype="uint8")
    color = (176, 58, 62) if kind == 1 else (240, 240, 246)
    pixels = np.where(inside[..., None], np.array(color, "uint8"), ground)
    box = {
        "position": {"minX": x - radius, "maxX": x + radius, "minY": y - radius, "maxY": y + radius},
        "domain": "pixel",
        "class_id": kind,
    }
    return vt.Image(pixels, boxes={"cell": {"box_data": [box], "class_labels": KINDS}})
