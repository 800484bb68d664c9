"""What every visualizer promises, ours or yours, as one class of tests."""

# ruff: noqa: S101

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, ClassVar

from markupsafe import Markup
from pydantic_core import PydanticUndefined

from vitrail.domain import Domain
from vitrail.drawer import Drawer, Entry
from vitrail.dtypes import Any as AnyType
from vitrail.dtypes import DType
from vitrail.hookspecs import hookimpl
from vitrail.query.reduction import Reduction, reduction_from_json
from vitrail.registry import Registry
from vitrail.testing.answers import answer, domain_of
from vitrail.testing.frame import MemoryFrame
from vitrail.testing.samples import CANARY, HOSTILE, types, values
from vitrail.visualizer import Frame, Size, shown

_SIZES = (Size(200, 64), Size(24, 16))
_VOID = {"br", "hr", "img", "input", "wbr", "source", "track", "col"}
_PLACEABLE = ("__html__", "references", "servable", "__panel__", "savefig")
_READ_AS_MARKUP = {
    *("tooltips", "text", "render_as_text", "axis_label", "title", "html_id", "major_label_overrides"),
}
_RUNNING = {"script", "iframe", "object", "embed", "base", "link", "meta", "form"}


@dataclass(frozen=True)
class Drawn:
    """A value that was drawn, and how it looks."""

    dtype: DType
    value: Any
    what: Any

    def __str__(self) -> str:
        return f"{self.dtype}: {repr(self.value)[:200]}"


class VisualizerContract:
    """Tests of a visualizer; a test class subclasses it and names the visualizer.

    Attributes:
        visualizer: what is tested.
        settings: the settings with which it is tested, beside its defaults.
        most_letters: how long the markup of a cell may grow, however large the value.
    """

    visualizer: ClassVar[type[Any]]
    settings: ClassVar[tuple[Mapping[str, Any], ...]] = ()
    most_letters: ClassVar[int] = 20_000
    _drawn_cells: ClassVar[list[Drawn]]
    _drawn_panes: ClassVar[list[Drawn]]

    def registry(self) -> Registry:
        """A registry with the visualizer, and with whatever draws its parts."""
        registry = Registry()
        registry.register(_Bringing([self.visualizer]), name="tested")
        registry.register(_Bringing([Part]), name="parts")
        return registry

    def place(self, pane: Any) -> None:
        """Put a pane on a page; raises where it cannot be. Override it to use the real page."""
        if isinstance(pane, list | tuple):
            for part in pane:
                self.place(part)
            return
        known = any(hasattr(pane, name) for name in _PLACEABLE)
        assert known or isinstance(pane, str), f"cannot be placed: {type(pane)}"

    def test_it_declares_a_name_a_pattern_and_settings(self) -> None:
        entry = self._entry()
        assert entry.accepts.depth >= 0
        assert self.registry().fitting(types(entry.accepts)[0])

    def test_every_setting_has_a_default_and_a_description(self) -> None:
        fields = self._entry().Options.model_fields
        assert {name for name, field in fields.items() if not field.description} == set()
        assert {
            n for n, f in fields.items() if f.get_default(call_default_factory=True) is PydanticUndefined
        } == set()

    def test_settings_read_back_from_json_are_the_same(self) -> None:
        entry = self._entry()
        for settings in ({}, *self.settings):
            options = entry.make(settings).options
            assert entry.make(json.loads(options.model_dump_json())).options == options

    def test_what_it_reads_is_a_document(self) -> None:
        for drawer, dtype, cells in self._columns():
            reads = drawer.reads(dtype, self._frame(domain_of(cells, dtype)))
            assert reduction_from_json(json.loads(json.dumps(reads.to_json()))) == reads
            assert hash(reads) == hash(reads)

    def test_a_cell_draws_every_value_that_it_accepts(self) -> None:
        for drawn in self._cells():
            assert isinstance(drawn.what, Markup), str(drawn)

    def test_a_cell_lets_no_markup_through(self) -> None:
        for drawn in self._cells():
            assert foreign(drawn.what) == [], str(drawn)

    def test_a_cell_is_well_formed(self) -> None:
        for drawn in self._cells():
            assert unclosed(drawn.what) == [], str(drawn)

    def test_a_cell_is_bounded_however_large_its_value(self) -> None:
        for drawn in self._cells():
            assert len(drawn.what) <= self.most_letters, str(drawn)

    def test_a_cell_is_the_same_each_time(self) -> None:
        again = [drawn.what for drawn in self._draw_cells()]
        assert [drawn.what for drawn in self._cells()] == again

    def test_a_pane_can_be_placed(self) -> None:
        for drawn in self._panes():
            self.place(drawn.what)

    def test_a_pane_lets_no_markup_through(self) -> None:
        for drawn in self._panes():
            for part in parts_of(drawn.what):
                assert foreign(part) == [], str(drawn)

    def _entry(self) -> Entry:
        return next(e for e in self.registry().visualizers if e.visualizer is self.visualizer)

    def _frame(self, domain: Domain | None, size: Size = _SIZES[0]) -> MemoryFrame:
        return MemoryFrame(self.registry(), domain=domain, size=size, title=HOSTILE[0])

    def _columns(self, *, most: int | None = None) -> Iterator[tuple[Drawer, DType, tuple[Any, ...]]]:
        """Every column of every setting; of settings beside the defaults `most` columns."""
        entry = self._entry()
        accepted = types(entry.accepts)
        for settings in ({}, *self.settings):
            for dtype in accepted[:most] if settings else accepted:
                yield entry.make(settings), dtype, values(dtype)

    def _cells(self) -> list[Drawn]:
        """Every cell; they are drawn once for all tests of a class."""
        if "_drawn_cells" not in type(self).__dict__:
            type(self)._drawn_cells = list(self._draw_cells())
        return type(self)._drawn_cells

    def _draw_cells(self) -> Iterator[Drawn]:
        for drawer, dtype, cells in self._columns():
            for size in _SIZES:
                frame = self._frame(domain_of(cells, dtype), size)
                for value, data in _answers(drawer, dtype, cells, frame):
                    yield Drawn(dtype, value, drawer.cell(data, dtype, frame))

    def _panes(self) -> list[Drawn]:
        """A pane of every column; they are drawn once for all tests of a class."""
        if "_drawn_panes" not in type(self).__dict__:
            type(self)._drawn_panes = list(self._draw_panes())
        return type(self)._drawn_panes

    def _draw_panes(self) -> Iterator[Drawn]:
        for drawer, dtype, cells in self._columns(most=1):  # a figure costs a thousand cells
            frame = self._frame(domain_of(cells, dtype), Size(400, 200))
            for value, data in _answers(drawer, dtype, cells, frame):
                yield Drawn(dtype, value, drawer.pane(data, dtype, frame))


class Part:
    """Draws the parts of what is tested, as escaped text."""

    name = "~part"
    accepts = AnyType()

    def cell(self, data: Any, dtype: DType, frame: Frame) -> str:
        return shown(data)


class _Bringing:
    def __init__(self, visualizers: list[type[Any]]) -> None:
        self.visualizers = visualizers

    @hookimpl
    def vitrail_visualizers(self) -> list[type[Any]]:
        return self.visualizers


def _answers(
    drawer: Drawer, dtype: DType, cells: tuple[Any, ...], frame: MemoryFrame
) -> Iterator[tuple[Any, Any]]:
    reads: Reduction = drawer.reads(dtype, frame)
    for value in cells:
        yield value, answer(value, dtype, reads, frame.domain)


class _Reader(HTMLParser):
    """Collects what a browser would run, and what data brought with it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)
        if tag == CANARY or tag in _RUNNING:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            text = (value or "").strip().lower()
            if (
                CANARY in name
                or name.startswith("on")
                or (text.startswith("javascript:") and name in {"href", "src"})
            ):
                self.found.append(f"{tag}: {name}={value}")

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.open.append(f"/{tag}")


def foreign(markup: str) -> list[str]:
    """The elements and attributes in some markup that run, or that came out of a hostile value.

    >>> foreign("<b onclick=x>1</b>")
    ['b: onclick=x']
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader.found + [CANARY] * (f"<{CANARY}" in markup.lower())


def unclosed(markup: str) -> list[str]:
    """The elements in some markup that are not closed in their turn.

    >>> unclosed("<b><i></b>")
    ['b', 'i', '/b']
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader.open


def parts_of(pane: Any) -> Iterator[str]:
    """The texts of a pane that a browser reads as markup: its own, and those of the models of a plot."""
    if isinstance(pane, list | tuple):
        for part in pane:
            yield from parts_of(part)
    elif isinstance(pane, str):
        yield pane
    elif hasattr(pane, "references"):
        for model in pane.references():
            if "CustomJS" in type(model).__name__:
                yield f"<script>{type(model).__name__}</script>"
            yield from _model_markup(model)


def _model_markup(model: Any) -> Iterator[str]:
    has = {name: getattr(model, name) for name in _READ_AS_MARKUP & model.properties()}
    tooltips = has.get("tooltips")
    for pair in tooltips if isinstance(tooltips, list) else ():
        yield from (f"<script>{text}</script>" if "{safe}" in text else text for text in pair)
    if type(model).__name__ in {"Div", "Paragraph"} and not has.get("render_as_text"):
        yield str(has.get("text"))
    labels = [has.get(name) for name in ("axis_label", "title", "html_id")]
    overrides = has.get("major_label_overrides")
    labels += list(overrides.values()) if isinstance(overrides, dict) else []
    for label in labels:
        if isinstance(label, str) and "$$" in label:
            yield f"<script>{label} would be typeset as mathematics</script>"
