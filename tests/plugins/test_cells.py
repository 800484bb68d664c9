"""Cells as text: each drawing of a few small columns stands in `cells.txt`.

`python tests/plugins/test_cells.py` writes that file anew; read its diff like a picture.
"""

import datetime as dt
import re
from pathlib import Path

import pytest
from panes import Column

from vitrail.dtypes import (
    Boolean,
    BoxLayer,
    Image,
    List,
    MaskLayer,
    Number,
    Optional,
    Struct,
    Text,
    Timestamp,
    Versions,
)
from vitrail.visualizer import Size, version_color

KEPT = Path(__file__).with_name("cells.txt")
FLOAT, TWO = Number(integer=False), ("v3", "v4")
CLASSES = ((0, "dog"), (1, "<cat>"))
IMAGE = Image(
    (BoxLayer("truth", (), CLASSES), BoxLayer("found", ("sure",), CLASSES)),
    (MaskLayer("ground", ((1, "road"),)),),
    (),
)


def box(class_id: int, domain: str, sure: float | None = None) -> dict[str, object]:
    corners = {"minX": 0.25, "maxX": 0.5, "minY": 0.1, "maxY": 0.9}
    scores = {"sure": sure}
    return {"class_id": class_id, "position": corners, "domain": domain, "box_caption": None} | {
        "scores": scores
    }


PICTURE = {
    "digest": "d" * 64,
    "format": "png",
    "width": 40,
    "height": 20,
    "caption": "a <dog>",
    "boxes": {"truth": [box(0, "fraction")], "found": [box(13, "pixel", 0.5), box(1, "pixel", 0.75)]},
    "masks": {"ground": {"digest": "e" * 64, "class_ids": [0, 1]}},
}
LOGGED = {"a": 0.5, "b": ["x", "<y>"], "c": None}
MOMENT = dt.datetime(2026, 2, 3, 4, 5, 6, 700_000)

COLUMNS = {
    "number": Column(FLOAT, 0.5, 12.25, 3e-7, 0.0, float("nan"), float("-inf"), 1e20),
    "number, whole": Column(Number(integer=True, unit="px"), 12_345, -7, 2**63 - 1),
    "text": Column(Text(), "a < b", ""),
    "boolean": Column(Boolean(), True, False),
    "timestamp": Column(Timestamp("instant"), MOMENT.replace(tzinfo=dt.UTC)),
    "timestamp, naive": Column(Timestamp("naive"), MOMENT),
    "timestamp, date": Column(Timestamp("date"), MOMENT.date()),
    "struct": Column(Struct((("a", FLOAT), ("b", List(Text())), ("c", Optional(FLOAT)))), LOGGED),
    "list": Column(List(List(FLOAT)), [[1.0, 2.0], []], []),
    "histogram": Column(List(FLOAT), [0.0, 0.1, 1.0, None], [1.0], [None], [], bins=4),
    "histogram, wide": Column(List(FLOAT), [0.0, 0.1, 1.0, None], bins=4, size=Size(200, 64)),
    "histogram, log": Column(List(FLOAT), [0.0] * 99 + [1.0], bins=2, log=True, labels=False),
    "time_histogram": Column(
        List(Timestamp("date")), [dt.date(2024, 1, 1), dt.date(2026, 1, 1)], bins=4
    ),
    "multi_histogram": Column(Versions(List(FLOAT), TWO), ([0.0, 1.0], [1.0, 1.0]), bins=2),
    "multi_histogram, lacking": Column(Versions(Optional(List(FLOAT)), TWO), ([0.0, 1.0], None), bins=2),
    "bars": Column(Versions(Optional(FLOAT), TWO), (0.5, 1.0), (None, -0.5), (float("nan"), 0.0)),
    "counts": Column(List(Text()), ["cat", "cat", "<dog>", None], ["<dog>"], []),
    "counts, others": Column(List(Text()), list("aaabbc"), top=2),
    "boolean_counts": Column(List(Boolean()), [True, True, False]),
    "grouped_bars": Column(Versions(List(Text()), TWO), (["cat"], ["cat", "dog"])),
    "side_by_side": Column(
        Versions(Optional(Text()), TWO), ("cat", "cat"), ("cat", "<dog>"), (None, "x")
    ),
    "image": Column(IMAGE, PICTURE),
    "gallery": Column(List(Image((), (), ())), [PICTURE] * 5, [], size=Size(150, 40)),
}


def written() -> str:
    """All cells, as `cells.txt` holds them."""
    blocks = [f"## {name}\n" + "\n".join(column.drawn()) for name, column in COLUMNS.items()]
    return "\n\n".join(blocks) + "\n"


def cells(text: str) -> dict[str, str]:
    blocks = (block.partition("\n") for block in text.removeprefix("## ").split("\n\n## "))
    return {name: body.strip() for name, _, body in blocks}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_cell_looks_as_it_did(name: str) -> None:
    assert "\n".join(COLUMNS[name].drawn()) == cells(KEPT.read_text(encoding="utf-8"))[name]


def test_every_kept_cell_is_still_drawn() -> None:
    assert list(cells(KEPT.read_text(encoding="utf-8"))) == list(COLUMNS)


def test_equal_bins_stand_at_equal_places_down_the_column() -> None:
    full, last, *_ = COLUMNS["histogram"].drawn()
    assert re.findall(r"M([\d.]+) ", full) == ["0", "75"]
    assert re.findall(r"M([\d.]+) ", last) == ["75"]


def test_equal_categories_stand_at_equal_places_down_the_column() -> None:
    both, one, *_ = COLUMNS["counts"].drawn()
    at = {text: x for x, text in re.findall(r'<text x="([\d.]+)"[^>]*>([^<]*)</text>', both)}
    assert (
        at.items()
        >= {t: x for x, t in re.findall(r'<text x="([\d.]+)"[^>]*>([^<]*)</text>', one)}.items()
    )


def test_a_version_has_one_colour_in_every_drawing() -> None:
    for name in ("multi_histogram", "bars", "grouped_bars", "side_by_side"):
        drawn = "".join(COLUMNS[name].drawn())
        assert set(re.findall(r"#[0-9a-f]{6}", drawn)) - {"#6b7280"} == {
            version_color(0),
            version_color(1),
        }


if __name__ == "__main__":
    KEPT.write_text(written(), encoding="utf-8")
