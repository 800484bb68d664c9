"""A point in time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from markupsafe import Markup

from vitrail.dtypes import DType, Timestamp
from vitrail.visualizer import Frame
from vitrail_plugins.svg import element


class TimestampVisualizer:
    """A date, or a date and a time."""

    name = "timestamp"
    accepts = Timestamp()

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """The time to the second; the mouse over it tells the rest."""
        if not isinstance(data, dt.datetime):
            return element("time", data.isoformat(), class_="vt-time", datetime=data.isoformat())
        zone = "Z" if data.tzinfo else ""
        return element(
            "time",
            data.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds") + zone,
            class_="vt-time",
            datetime=data.isoformat(),
            title=data.isoformat(sep=" "),
        )
