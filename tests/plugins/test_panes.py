"""Panes: figures with their text, and what a brush or a click offers as a filter."""

import datetime as dt
import html
import json
from typing import Any

import pytest
from bokeh.events import SelectionGeometry, Tap
from markupsafe import Markup
from panes import Column
from test_cells import IMAGE, PICTURE

from vitrail.dtypes import (
    Boolean,
    DType,
    Image,
    List,
    Number,
    Optional,
    Struct,
    Table,
    Text,
    Timestamp,
    Versions,
)
from vitrail.query.expr import Expr
from vitrail.query.mongo import parse_filter
from vitrail.query.plan import Compare, Plan, Scan
from vitrail.visualizer import Size, class_color

FLOAT, TWO = Number(integer=False), ("v3", "v4")


def fired(plot: Any, event: Any) -> None:
    """Let a figure hear an event, as the server does when it comes from the browser."""
    for callback in plot._event_callbacks.get(event.event_name, ()):
        callback(event)


def brushed(plot: Any, low: float, high: float, *, final: bool = True) -> None:
    geometry = {"type": "rect", "x0": low, "x1": high, "y0": 0, "y1": 1}
    fired(plot, SelectionGeometry(plot, geometry=geometry, final=final))


def tapped(plot: Any, x: float) -> None:
    fired(plot, Tap(plot, x=x, y=0.5))


def table_of(name: str, dtype: DType) -> Plan:
    return Scan("0" * 64, Table(((name, dtype),)), 4)


def read(condition: str, plan: Plan) -> Expr:
    return parse_filter(condition, plan).condition


def test_a_brushed_stretch_of_a_histogram_offers_its_bins_as_a_filter() -> None:
    column = Column(List(FLOAT), [0.0, 0.1, 1.0], bins=4)
    plot, _ = column.pane()
    brushed(plot, 0.3, 0.6)
    brushed(plot, 0.6, 2.0)
    brushed(plot, 0.3, 0.6, final=False)
    assert [json.loads(text) for text in column.frame.selected] == [
        {"$and": [{"$gte": ["$loss", 0.25]}, {"$lt": ["$loss", 0.75]}]},
        {"$and": [{"$gte": ["$loss", 0.5]}, {"$lte": ["$loss", 1.0]}]},
    ]


def test_a_clicked_bar_of_a_histogram_offers_its_bin_as_a_filter() -> None:
    column = Column(List(FLOAT), [0.0, 0.1, 1.0], bins=4)
    plot, _ = column.pane()
    for x in (-0.1, 0.3, 1.2):
        tapped(plot, x)
    assert [json.loads(text) for text in column.frame.selected] == [
        {"$and": [{"$gte": ["$loss", 0.25]}, {"$lt": ["$loss", 0.5]}]}
    ]


def test_a_brushed_stretch_of_time_offers_dates_that_the_language_reads() -> None:
    days = [dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 5)]
    column = Column(List(Timestamp("naive")), days, title="when", bins=4)
    plot, _ = column.pane()
    brushed(
        plot,
        days[0].replace(tzinfo=dt.UTC).timestamp() * 1000 + 1,
        days[0].replace(tzinfo=dt.UTC).timestamp() * 1000 + 2,
    )
    assert column.frame.selected == [
        "{$and: [{$gte: [\"$when\", ISODate('2026-01-01T00:00:00.000Z')]}, "
        "{$lt: [\"$when\", ISODate('2026-01-02T00:00:00.000Z')]}]}"
    ]
    read(column.frame.selected[0], table_of("when", Timestamp("naive")))


@pytest.mark.parametrize("value", ["cat", "<dog>", "$x", "a'b\"c", "", "é", "\n"])
@pytest.mark.parametrize("name", ["label", "a b", "a.b", "0.label", "a$b", "<b>", "'\""])
def test_a_clicked_category_offers_a_filter_that_the_language_reads(name: str, value: str) -> None:
    column = Column(List(Text()), [value], title=name)
    plot, _ = column.pane()
    tapped(plot, 0.2)
    tapped(plot, 7.0)
    (offered,) = column.frame.selected
    condition = read(offered, table_of(name, Text())).to_json()
    assert condition["name"] == "$eq"
    assert [condition["args"][0]["name"], condition["args"][1]["value"]] == [name, value]


def test_the_others_and_the_missing_are_no_filter() -> None:
    column = Column(List(Text()), [*"aabc", None], title="label", top=1)
    plot, _ = column.pane()
    tapped(plot, 1.0)
    tapped(plot, 2.0)
    assert column.frame.selected == []


def test_a_boolean_is_offered_as_a_boolean() -> None:
    column = Column(List(Boolean()), [True, True, False], title="ok")
    plot, _ = column.pane()
    tapped(plot, 0.0)
    assert json.loads(column.frame.selected[0]) == {"$eq": ["$ok", True]}


def test_a_brush_over_compared_versions_offers_a_filter_that_the_language_reads() -> None:
    column = Column(Versions(List(FLOAT), TWO), ([0.0, 0.5], [1.0]), bins=4)
    plot, _ = column.pane()
    brushed(plot, 0.1, 0.2)
    one = table_of("loss", FLOAT)
    read(column.frame.selected[0], Compare((one, one), TWO))


def test_a_figure_is_told_in_words_too() -> None:
    assert (
        "3 values, most in 0 to 0.25 (2), 1 missing"
        in Column(List(FLOAT), [0.0, 0.1, 1.0, None], bins=4).pane()[1]
    )
    assert (
        "v3, cat: 1; v4, &lt;dog&gt;: 2, cat: 1, 1 missing"
        in Column(Versions(List(Text()), TWO), (["cat"], ["cat", "<dog>", "<dog>", None])).pane()[1]
    )


def test_an_axis_has_its_unit() -> None:
    metres = Number(integer=False, unit="m")
    plot, _ = Column(List(metres), [0.0, 1.0], title="far").pane()
    assert plot.xaxis[0].axis_label == "far (m)"
    plot, told = Column(Versions(Optional(metres), TWO), (0.5, None), title="far").pane()
    assert plot.yaxis[0].axis_label == "far (m)"
    assert "v3: 0.5, v4: missing" in told


def test_a_figure_has_no_ground_of_its_own() -> None:
    plot, _ = Column(List(FLOAT), [0.0, 1.0]).pane()
    assert (plot.background_fill_color, plot.border_fill_color) == (None, None)


def layers_of(markup: str) -> Any:
    found = markup.partition('layers="')[2].partition('"')[0]
    return json.loads(html.unescape(found))


def test_a_picture_brings_its_boxes_in_its_own_pixels_and_names_every_class() -> None:
    (drawn,) = Column(IMAGE, PICTURE).drawn()
    layers = layers_of(drawn)
    truth, found = layers["boxes"]
    assert [truth["name"], found["name"]] == ["truth", "found"]
    assert truth["boxes"][0] | {"scores": {}} == {
        "class_id": 0,
        "x0": 10.0,
        "y0": 2.0,
        "x1": 20.0,
        "y1": 18.0,
        "score": None,
        "scores": {},
        "caption": None,
    }
    assert [box["score"] for box in found["boxes"]] == [0.5, 0.75]
    assert layers["classes"]["13"] == {"name": "class 13", "color": class_color(13)}
    assert layers["masks"] == [{"name": "ground", "src": "media/" + "e" * 64}]


def test_the_settings_of_a_picture_choose_its_layers_and_its_scores() -> None:
    (drawn,) = Column(IMAGE, PICTURE, layers="found", least_score=0.6, masks=False).drawn()
    layers = layers_of(drawn)
    assert [(layer["name"], len(layer["boxes"])) for layer in layers["boxes"]] == [("found", 1)]
    assert layers["masks"] == []


def test_a_score_that_is_no_number_leaves_the_layers_readable() -> None:
    box = dict(PICTURE["boxes"]["found"][0]) | {"scores": {"sure": float("nan")}}
    picture = PICTURE | {"boxes": {"truth": [], "found": [box]}}
    (drawn,) = Column(IMAGE, picture).drawn()
    assert "NaN" not in drawn
    assert layers_of(drawn)["boxes"][0]["boxes"][0]["score"] is None


def test_a_gallery_asks_the_frame_for_each_picture_and_counts_the_rest() -> None:
    column = Column(List(Image((), (), ())), [PICTURE] * 50, pictures=8, size=Size(200, 40))
    (drawn,) = column.drawn()
    assert drawn.count("<vt-picture") == 3
    assert "+47" in drawn
    assert column.pane().count("<vt-picture") == 8


def test_galleries_stand_side_by_side_under_their_versions() -> None:
    pictures = Versions(Optional(List(Image((), (), ()))), TWO)
    (drawn,) = Column(pictures, ([PICTURE] * 2, None), size=Size(240, 92)).drawn()
    assert drawn.index("v3") < drawn.index("<vt-picture") < drawn.index("v4") < drawn.index("vt-missing")


def test_versions_that_agree_are_quiet_and_those_that_differ_are_marked() -> None:
    texts = Versions(Optional(Text()), ("v1", "v2", "v3"))
    same, apart = Column(texts, ("cat", "cat", "cat"), ("cat", "dog", "cat")).drawn()
    assert same == '<div class="vt-same"><span class="vt-text">cat</span></div>'
    assert apart.count("≠") == 1
    assert apart.index("v2") < apart.index("≠") < apart.index("v3")


def test_nested_values_fold_and_are_cut_where_they_grow_large() -> None:
    deep: Any = "<b>"
    for _ in range(200):
        deep = {"a": deep}
    column = Column(Struct((("a", Struct()),)), deep)
    (drawn,) = column.drawn()
    pane = column.pane()
    assert len(drawn) < 200
    assert isinstance(pane, Markup)
    assert "<b>" not in pane
    assert "<details" in pane
    wide = Column(List(List(FLOAT)), [[float(i) for i in range(5_000)]] * 100, items=1_000).pane()
    assert len(wide) < 1_000_000
