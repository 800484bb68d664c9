"""The panes that Vitrail brings."""

from vitrail.hookspecs import hookimpl


@hookimpl
def vitrail_visualizers() -> list[type]:
    """Each pane's class; they are imported when the registry asks."""
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
    from vitrail_plugins.nested import (
        AnyVisualizer,
        ListVisualizer,
        MixedVisualizer,
        StructVisualizer,
    )
    from vitrail_plugins.number import NumberVisualizer
    from vitrail_plugins.side_by_side import SideBySideVisualizer
    from vitrail_plugins.table import TableVisualizer
    from vitrail_plugins.text import TextVisualizer
    from vitrail_plugins.timestamp import TimestampVisualizer

    return [
        *(NumberVisualizer, TextVisualizer, BooleanVisualizer, TimestampVisualizer),
        *(StructVisualizer, ListVisualizer, MixedVisualizer, AnyVisualizer),
        *(ImageVisualizer, GalleryVisualizer, MediaVisualizer),
        *(HistogramVisualizer, TimeHistogramVisualizer, CountsVisualizer, BooleanCountsVisualizer),
        *(MultiHistogramVisualizer, MultiTimeHistogramVisualizer, BarsVisualizer),
        *(GroupedBarsVisualizer, GroupedBooleanBarsVisualizer),
        *(SideBySideVisualizer, TableVisualizer),
    ]
