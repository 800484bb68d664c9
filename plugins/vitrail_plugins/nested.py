"""Records and lists as text that folds."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from vitrail.dtypes import Any as AnyType
from vitrail.dtypes import DType, List, Mixed, Struct
from vitrail.query.reduction import Items, Reduction, Values
from vitrail.visualizer import Frame, shown
from vitrail_plugins.svg import element
from vitrail_plugins.writing import number_text

DEEPEST = 12
MOST_PARTS = 1000


class NestedOptions(BaseModel):
    """How much of something nested is shown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    items: int = Field(default=50, ge=1, le=1000, description="items of a list that are shown")


class ListVisualizer:
    """A list: its length and its first items in a cell, all of it folded in a pane."""

    name = "list"
    accepts = List(AnyType())
    Options = NestedOptions
    options: NestedOptions

    def reads(self, dtype: DType, frame: Frame) -> Reduction:
        """The first items."""
        return Values(limit=self.options.items)

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """The first items in one line."""
        return element(
            "span",
            element("small", f"{data.total:,} ", class_="vt-muted"),
            inline(data),
            class_="vt-nested",
        )

    def pane(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """Every item that was read, foldable."""
        return element("div", folded(data, opened=True), class_="vt-nested")


class StructVisualizer:
    """A record: its parts in one line in a cell, foldable in a pane."""

    name = "struct"
    accepts = Struct()

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """The parts in one line."""
        return element("span", inline(data), class_="vt-nested")

    def pane(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """Every part, foldable."""
        return element("div", folded(data, opened=True), class_="vt-nested")


class MixedVisualizer:
    """A value of any kind, written as JSON: a text stands in quotes, so that "1" is not taken for 1."""

    name = "mixed"
    accepts = Mixed()

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """The beginning of the value."""
        return element("span", shown(_json(data), 200), class_="vt-nested")

    def pane(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """The value, the parts of a list or a document foldable."""
        if isinstance(data, list | dict):
            return element("div", folded(data, opened=True), class_="vt-nested")
        return element("div", shown(_json(data), 100_000), class_="vt-prose")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=scalar)


class AnyVisualizer:
    """Whatever nobody else draws, as plain text."""

    name = "plain"
    accepts = AnyType()

    def cell(self, data: Any, dtype: DType, frame: Frame) -> Markup:
        """The value in one line."""
        return element("span", inline(data), class_="vt-nested")


def scalar(value: Any) -> str:
    """A value without parts, as text."""
    match value:
        case None:
            return "–"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number_text(value)
        case str():
            return shown(value, 2000)
        case dt.datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case dt.date():
            return value.isoformat()
        case _:
            return shown(value)


def inline(value: Any, depth: int = 0) -> str:
    """A nested value in one line, cut where it grows long."""
    if depth >= 3:
        return "…"
    match value:
        case Items(values, total):
            return inline(list(values), depth) if total else "[]"
        case Mapping():
            parts = [f"{shown(str(k), 40)}: {inline(v, depth + 1)}" for k, v in list(value.items())[:8]]
            return "{" + ", ".join(parts + ["…"] * (len(value) > 8)) + "}"
        case list() | tuple():
            parts = [inline(item, depth + 1) for item in value[:8]]
            return "[" + ", ".join(parts + ["…"] * (len(value) > 8)) + "]"
        case _:
            return shown(scalar(value), 80)


def folded(value: Any, *, opened: bool = False) -> Markup:
    """A nested value that can be folded and unfolded; at most `MOST_PARTS` of its parts."""
    return _Folding().drawn(value, opened=opened)


class _Folding:
    """Draws a nested value until it has drawn enough."""

    def __init__(self) -> None:
        self.left = MOST_PARTS

    def drawn(self, value: Any, *, opened: bool = False, depth: int = 0) -> Markup:
        """A value, and its parts below it."""
        match value:
            case Items(values, total):
                parts: list[tuple[Any, Any]] = list(enumerate(values))
            case Mapping():
                parts, total = list(value.items()), len(value)
            case list() | tuple():
                parts, total = list(enumerate(value)), len(value)
            case _:
                return element("span", scalar(value))
        if not parts or depth >= DEEPEST or self.left <= 0:
            return element("span", inline(value))
        rows = []
        for name, part in parts:
            if self.left <= 0:
                break
            self.left -= 1
            below = self.drawn(part, depth=depth + 1)
            rows.append(element("div", element("dt", shown(str(name), 200)), element("dd", below)))
        if more := total - len(rows):
            rows.append(element("div", element("dd", f"and {more:,} more", class_="vt-muted")))
        return element(
            "details",
            element("summary", inline(value)),
            element("dl", *rows),
            open="" if opened else None,
        )
