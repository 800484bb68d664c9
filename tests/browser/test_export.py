"""A page in one file: opened from the disk with the network off, over rows made by strangers."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

import vitrail as vt
from vitrail.dtypes import Number

pytestmark = pytest.mark.browser

ROWS = "[role=rowgroup].layer .row:not([hidden])"
HOSTILE = '</script><script>hacked=1</script><img src=x onerror="hacked=1">'
PHOTOS = 210
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {1: "disc", 2: "ring"}


def photos() -> list[bytes]:
    """Pictures about as large as a camera's at this size."""
    random = np.random.default_rng(2)
    coarse = Image.fromarray(random.integers(0, 255, (24, 32, 3), dtype="uint8"))
    pixels = np.asarray(coarse.resize((640, 480), Image.Resampling.BICUBIC), "int16")
    pixels = (pixels + random.integers(-6, 7, (480, 640, 1))).clip(0, 255).astype("uint8")
    found = []
    for number in range(PHOTOS):
        into = io.BytesIO()
        Image.fromarray(np.roll(pixels, 3 * number, axis=1)).save(into, "JPEG", quality=90)
        found.append(into.getvalue())
    return found


def boxed(content: bytes) -> vt.Image:
    boxes = [
        {"position": {"minX": 0.2, "maxX": 0.5, "minY": 0.2, "maxY": 0.6}, "class_id": 1},
        {"position": {"minX": 0.6, "maxX": 0.9, "minY": 0.3, "maxY": 0.8}, "class_id": 2},
    ]
    return vt.Image(content, boxes={"truth": {"box_data": boxes, "class_labels": SHAPES}})


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pictures = [boxed(content) for content in photos()]
    table = vt.Table(["id", "kind", "loss", HOSTILE, "picture"])
    for row in range(10_000):
        loss = None if row % 10 == 9 else row / 100
        said = HOSTILE if row == 3 else f"number {row}"
        table.add_data(
            row, "odd" if row % 2 else "even", loss, said, pictures[row % PHOTOS] if row < 1000 else None
        )
    path = tmp_path_factory.mktemp("export") / "page.html"
    said = vt.export(table, path)
    assert said == "10,000 rows, 200 pictures, 10 left out"
    return path


@pytest.fixture
def opened(page: Any, exported: Path) -> Any:
    page.context.set_offline(True)
    page.goto(exported.as_uri())
    page.wait_for_selector(f"{ROWS} .loaded")
    return page


def ids(page: Any) -> list[int]:
    """The first cells of the rows that are seen, from above."""
    rows = page.locator(ROWS).evaluate_all(
        "(rows) => rows.map((row) => [+row.getAttribute('aria-rowindex'),"
        " row.querySelector('.cell').textContent])"
    )
    return [int(text.replace(",", "") or -1) for _, text in sorted(rows)]


def test_ten_thousand_rows_and_two_hundred_pictures_are_below_20_mb(exported: Path) -> None:
    assert exported.stat().st_size < 20_000_000
    assert exported.read_text().count("data:image/jpeg;base64,") == 200


def test_a_file_shows_its_rows_and_says_what_it_holds(opened: Any, shot: Any) -> None:
    opened.get_by_text("In this file: 10,000 rows, 200 pictures, 10 left out").wait_for()
    assert ids(opened)[:4] == [0, 1, 2, 3]
    assert opened.locator(ROWS).nth(3).locator("[role=gridcell]").nth(3).inner_text() == HOSTILE
    assert opened.evaluate("globalThis.hacked") is None
    shot("export")


def test_filters_and_sorting_work_in_the_file(opened: Any, until: Any) -> None:
    opened.get_by_role("button", name="odd 5,000").click()
    opened.get_by_text("5,000 of 10,000 rows").wait_for()
    opened.get_by_label("loss: least").fill("99")
    opened.get_by_text("40 of 10,000 rows").wait_for()
    until(lambda: ids(opened)[:2] == [9901, 9903])
    opened.get_by_role("columnheader").nth(2).get_by_role("button").first.click()
    opened.get_by_role("columnheader").nth(2).get_by_role("button").first.click()
    until(lambda: ids(opened)[:2] == [9997, 9995])
    opened.get_by_label("loss: least").fill("")
    opened.get_by_label("contains").fill("NUMBER 12")
    opened.get_by_text("55 of 10,000 rows").wait_for()
    until(lambda: ids(opened)[0] == 1297)
    opened.locator("[role=grid]").focus()
    opened.keyboard.press("Control+End")
    until(lambda: ids(opened)[-1] == 1299)  # a missing loss comes last


def test_classes_are_toggled_in_the_file(opened: Any, shot: Any, until: Any) -> None:
    opened.locator(ROWS).nth(1).click()
    key = opened.get_by_role("button", name="disc")
    key.wait_for()
    shapes = opened.locator(".vt-drawer-body canvas.shapes")
    drawn = "(canvas) => canvas.toDataURL()"
    until(lambda: len(shapes.evaluate(drawn)) > 3000)
    before = shapes.evaluate(drawn)
    key.click()
    until(lambda: shapes.evaluate(drawn) != before)
    shot("export-row")
    assert key.get_attribute("aria-pressed") == "false"


def test_a_file_says_how_much_it_leaves_out(page: Any, tmp_path: Path, shot: Any) -> None:
    table = vt.Table(["id"], [[row] for row in range(50)])
    path = tmp_path / "few.html"
    assert vt.export(table, path, rows=20) == "the first 20 of 50 rows"
    page.emulate_media(color_scheme="dark")
    page.goto(path.as_uri())
    page.get_by_text("the first 20 of 50 rows").wait_for()
    shot("export-dark")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    table = vt.Table(["id"], [[1]])
    with pytest.raises(vt.errors.Invalid, match=r"a file ends in \.html or \.svg or \.png"):
        vt.export(table, tmp_path / "page.pdf")
    with pytest.raises(vt.errors.Invalid, match=r"no setting .row. of"):
        vt.export(table, tmp_path / "page.html", row=3)


@pytest.fixture
def few() -> vt.Table:
    table = vt.Table(["label", "loss", "picture"], dtype={"loss": Number(integer=False, unit="nats")})
    for row, content in enumerate(photos()[:3]):
        table.add_data(HOSTILE if row else "plain", row / 2, boxed(content))
    return table


def test_a_column_is_drawn_for_a_paper(page: Any, few: vt.Table, tmp_path: Path, shot: Any) -> None:
    names = {"label": "counts", "loss": "histogram", "picture": "gallery"}
    for column, visualizer in names.items():
        path = tmp_path / f"{column}.svg"
        assert vt.export(few, path, column=column).startswith(f"{column} as")
        root = ET.parse(path).getroot()
        assert root.tag == f"{SVG}svg", visualizer
        assert "var(--" not in path.read_text()
    words = ["".join(text.itertext()) for text in ET.parse(tmp_path / "loss.svg").iter(f"{SVG}text")]
    assert words == ["0", "1", "loss (nats)", "0", "1", "count"]
    vt.export(few, tmp_path / "row.svg", column="picture", row=1)
    shown = "".join(f"<img height=240 src='{path.name}'>" for path in sorted(tmp_path.glob("*.svg")))
    (tmp_path / "all.html").write_text(f"<meta charset=utf-8><body style='background:white'>{shown}")
    page.goto((tmp_path / "all.html").as_uri())
    whole = "[...document.images].every((image) => image.complete && image.naturalWidth > 0)"
    page.wait_for_function(whole)
    shot("export-svg")


def test_a_drawing_of_versions_says_which_colour_is_which(tmp_path: Path) -> None:
    with vt.init(project="p", job_type="make", store=tmp_path / "store") as run:
        for name in ("old", HOSTILE):
            artifact = vt.Artifact("rows", "dataset")
            artifact.add(vt.Table(["loss"], [[k / 7] for k in range(40)]), name)
            run.log_artifact(artifact)
    view = vt.View(source="rows:v0/old", compare=(f"rows:v1/{HOSTILE}",))
    assert vt.export(view, tmp_path / "two.svg", column="loss", store=tmp_path / "store")
    words = ["".join(text.itertext()) for text in ET.parse(tmp_path / "two.svg").iter(f"{SVG}text")]
    assert [word.split() for word in words if "\u25a0" in word] == [["\u25a0", "v0", "\u25a0", "v1"]]
    assert words[-3:] == ["1", "2", "count"]


def test_a_png_is_drawn_by_a_browser(few: vt.Table, tmp_path: Path) -> None:
    path = tmp_path / "loss.png"
    vt.export(few, path, column="loss", width=200, height=100)
    with Image.open(path) as picture:
        assert picture.size == (400, 200)
        assert len(picture.convert("RGB").getcolors(100_000) or []) > 1


def test_a_png_without_a_browser_says_what_to_install(
    few: vt.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(vt.errors.Invalid, match="pip install playwright"):
        vt.export(few, tmp_path / "loss.png", column="loss")


def test_a_drawing_is_of_a_column_that_is_there(few: vt.Table, tmp_path: Path) -> None:
    with pytest.raises(vt.errors.Invalid, match=r"a drawing is of one column; say which: .*label, loss"):
        vt.export(few, tmp_path / "x.svg")
    with pytest.raises(vt.errors.NotFound, match=r"no column .los..*Did you mean 'loss'"):
        vt.export(few, tmp_path / "x.svg", column="los")
    with pytest.raises(vt.errors.Invalid, match="makes no drawing"):
        vt.export(few, tmp_path / "x.svg", column="loss", row=0)
