"""Every pane that we bring keeps the contract that we ship."""

from typing import Any

import pytest

from vitrail.testing import VisualizerContract
from vitrail_panels.placing import placed
from vitrail_plugins import vitrail_visualizers
from vitrail_plugins.bars import BarsVisualizer
from vitrail_plugins.boolean import BooleanVisualizer
from vitrail_plugins.counts import (
    BooleanCountsVisualizer,
    CountsVisualizer,
    GroupedBarsVisualizer,
    GroupedBooleanBarsVisualizer,
)
from vitrail_plugins.gallery import GalleryVisualizer
from vitrail_plugins.histogram import (
    HistogramVisualizer,
    MultiHistogramVisualizer,
    MultiTimeHistogramVisualizer,
    TimeHistogramVisualizer,
)
from vitrail_plugins.image import ImageVisualizer
from vitrail_plugins.media import MediaVisualizer
from vitrail_plugins.nested import AnyVisualizer, ListVisualizer, MixedVisualizer, StructVisualizer
from vitrail_plugins.number import NumberVisualizer
from vitrail_plugins.side_by_side import SideBySideVisualizer
from vitrail_plugins.table import TableVisualizer
from vitrail_plugins.text import TextVisualizer
from vitrail_plugins.timestamp import TimestampVisualizer


class Placed(VisualizerContract):
    """The contract, with the page's own way of placing a pane."""

    def place(self, pane: Any) -> None:
        placed(pane).get_root()


class TestNumber(Placed):
    visualizer = NumberVisualizer
    settings = ({"digits": 1}, {"digits": 15})


class TestText(Placed):
    visualizer = TextVisualizer


class TestBoolean(Placed):
    visualizer = BooleanVisualizer


class TestTimestamp(Placed):
    visualizer = TimestampVisualizer


class TestStruct(Placed):
    visualizer = StructVisualizer


class TestList(Placed):
    visualizer = ListVisualizer


class TestMixed(Placed):
    visualizer = MixedVisualizer


class TestPlain(Placed):
    visualizer = AnyVisualizer


class TestHistogram(Placed):
    visualizer = HistogramVisualizer
    settings = ({"bins": 200, "log": True}, {"bins": 1, "labels": False})


class TestTimeHistogram(Placed):
    visualizer = TimeHistogramVisualizer


class TestMultiHistogram(Placed):
    visualizer = MultiHistogramVisualizer
    settings = ({"log": True},)


class TestMultiTimeHistogram(Placed):
    visualizer = MultiTimeHistogramVisualizer


class TestBars(Placed):
    visualizer = BarsVisualizer


class TestCounts(Placed):
    visualizer = CountsVisualizer
    settings = ({"top": 1}, {"top": 100})


class TestBooleanCounts(Placed):
    visualizer = BooleanCountsVisualizer


class TestGroupedBars(Placed):
    visualizer = GroupedBarsVisualizer


class TestGroupedBooleanBars(Placed):
    visualizer = GroupedBooleanBarsVisualizer


class TestImage(Placed):
    visualizer = ImageVisualizer
    settings = ({"boxes": False, "masks": False}, {"least_score": 0.75})
    most_letters = 60_000


class TestGallery(Placed):
    visualizer = GalleryVisualizer


class TestMedia(Placed):
    visualizer = MediaVisualizer


class TestSideBySide(Placed):
    visualizer = SideBySideVisualizer


class TestTable(Placed):
    visualizer = TableVisualizer


def test_every_pane_is_tested() -> None:
    tested = {each.visualizer for each in Placed.__subclasses__()}
    assert tested == set(vitrail_visualizers())


class Leaking:
    name = "leaking"
    accepts = TextVisualizer.accepts

    def cell(self, data: Any, dtype: Any, frame: Any) -> Any:
        from markupsafe import Markup

        return Markup(f"<b>{data}</b>")


def test_the_contract_finds_a_cell_that_does_not_escape() -> None:
    class Contract(VisualizerContract):
        visualizer = Leaking

    with pytest.raises(AssertionError, match="vitrail-canary"):
        Contract().test_a_cell_lets_no_markup_through()
