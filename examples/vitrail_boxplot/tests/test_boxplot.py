"""The box plot keeps the contract of visualizers, and its quarters filter the page."""

import pytest
from vitrail_boxplot import BoxPlot, Options

from vitrail.dtypes import List, Number
from vitrail.query.reduction import Summary
from vitrail.registry import Registry
from vitrail.testing import MemoryFrame, VisualizerContract

DATA = Summary(9, 0, -50.0, 8.0, -1.0, (2.0, 4.0, 6.0))


class TestBoxPlot(VisualizerContract):
    visualizer = BoxPlot
    settings = ({"whiskers": "fences", "mean": False},)


def drawn(part, frame, **settings):
    made = BoxPlot()
    made.options = Options(**settings)
    return getattr(made, part)(DATA, List(Number()), frame)


def test_a_cell_marks_quartiles_and_mean():
    cell = drawn("cell", MemoryFrame(Registry()))
    assert "9 values, quartiles 2, 4 and 6" in cell
    assert "<circle" in cell
    assert "<circle" not in drawn("cell", MemoryFrame(Registry()), mean=False)


def test_fences_reach_no_further_than_one_and_a_half_boxes():
    frame = MemoryFrame(Registry())
    assert drawn("pane", frame).places == [-50.0, 2.0, 4.0, 6.0, 8.0]
    assert drawn("pane", frame, whiskers="fences").places == [-4.0, 2.0, 4.0, 6.0, 8.0]


@pytest.mark.parametrize(("quarter", "low", "high"), [(0, "-50.0", "2.0"), (3, "6.0", "8.0")])
def test_a_quarter_that_is_pressed_filters_the_page(quarter, low, high):
    frame = MemoryFrame(Registry(), title="loss")
    drawn("pane", frame)._handle_msg(quarter)
    assert frame.selected == [f"{{$and: [{{$gte: ['$loss', {low}]}}, {{$lte: ['$loss', {high}]}}]}}"]


def test_another_message_does_nothing():
    frame = MemoryFrame(Registry())
    drawn("pane", frame)._handle_msg("4")
    assert frame.selected == []
