"""Small tables and pictures, for tests of tables."""

from __future__ import annotations

import numpy as np

from vitrail.dtypes import Number
from vitrail.media.classes import Classes
from vitrail.media.image import Image as Picture
from vitrail.table import Table

INT, FLOAT = Number(integer=True), Number(integer=False)


CLASSES = Classes([{"id": 0, "name": "dog"}, {"id": 1, "name": "cat"}])


def column_types(table):
    return [dtype for _, dtype in table.dtype.columns]


def one_column(*values):
    return Table(["c"], [[value] for value in values])


def picture(shade, **layers):
    return Picture(np.full((4, 6), shade, np.uint8), classes=CLASSES, **layers)


def boxes(*ids):
    position = {"minX": 0, "maxX": 3, "minY": 1, "maxY": 2}
    data = [{"position": position, "domain": "pixel", "class_id": number} for number in ids]
    return {"truth": {"box_data": data}}
