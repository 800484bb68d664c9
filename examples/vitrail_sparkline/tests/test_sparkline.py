"""The sparkline keeps the contract of visualizers, and draws its values in their order."""

from vitrail_sparkline import Options, Sparkline

from vitrail.dtypes import List, Number
from vitrail.query.reduction import Items
from vitrail.testing import MemoryFrame, VisualizerContract


class TestSparkline(VisualizerContract):
    visualizer = Sparkline
    settings = ({"points": 2, "fill": True},)


def drawn(*values):
    made = Sparkline()
    made.options = Options()
    return made.cell(Items(values, len(values)), List(Number()), MemoryFrame(None))


def test_the_line_rises_where_the_values_do():
    assert 'points="0.0,64.0 100.0,32.0 200.0,0.0"' in drawn(1, 2, 3)


def test_a_list_without_numbers_says_so():
    assert drawn(None, float("nan")) == "no numbers"
