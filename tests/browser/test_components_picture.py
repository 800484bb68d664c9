"""Pictures under boxes and masks: toggles need no server, and strangers' data is only data."""

from __future__ import annotations

from typing import Any

import panel as pn
import pytest
from component_stand import Stand, box, layers, picture

from vitrail_panels.components import Drawing

pytestmark = pytest.mark.browser

PANE = "vt-picture[controls]"
SMALL = "vt-picture:not([controls])"


def both(over: Any = None, **other: str) -> pn.Column:
    """A small picture and a large one of the same group."""
    small = f'<div style="height:80px">{picture(over, **other)}</div>'
    large = Drawing(markup=picture(over, controls=True, **other), label="large", width=480)
    return pn.Column(Drawing(markup=small, label="small", width=200), large)


def boxes(page: Any, inside: str) -> int:
    """How many boxes are seen."""
    return int(page.locator(inside).evaluate("each => each.stage.seen.length"))


def color(page: Any, canvas: str, x: float, y: float) -> list[int]:
    """What is drawn on a canvas at a share of its width and height, as red, green, blue, opacity."""
    frames(page)
    return page.locator(canvas).evaluate(
        """(canvas, [x, y]) => canvas.hidden ? [0, 0, 0, 0]
             : [...canvas.getContext('2d').getImageData(x * canvas.width, y * canvas.height, 1, 1).data]""",
        [x, y],
    )


def frames(page: Any) -> None:
    """Waits until what is asked for is drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def point(page: Any, x: float, y: float, inside: str = PANE) -> None:
    """Points at a share of a picture's width and height."""
    place = page.locator(f"{inside} .stage").bounding_box()
    page.mouse.move(place["x"] + x * place["width"], place["y"] + y * place["height"])


def ready(page: Any, pictures: int = 2) -> None:
    """Waits until the masks of all pictures are read."""
    page.wait_for_selector("vt-picture")
    page.wait_for_function(
        """pictures => { const find = (root) => [...root.querySelectorAll('*')].flatMap(n => [n, ...(n.shadowRoot ? find(n.shadowRoot) : [])]);
             const all = find(document).filter(n => n.localName === 'vt-picture');
             return all.length === pictures && all.every(p => p.stage.masks.every(m => m.mask && m.painted)); }""",
        arg=pictures,
    )


def test_toggles_and_threshold_act_on_all_pictures_of_the_group_without_a_request(
    stand: Stand, page: Any, shot: Any
) -> None:
    stand.show(page, both)
    ready(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    assert (boxes(page, SMALL), boxes(page, PANE)) == (4, 4)
    shot("picture")
    classes = page.get_by_role("group", name="classes")
    classes.get_by_role("button", name="cat").click()
    assert (boxes(page, SMALL), boxes(page, PANE)) == (2, 2)
    assert (
        color(page, f"{PANE} .mask", 0.5, 0.5) == color(page, f"{SMALL} .mask", 0.5, 0.5) == [0, 0, 0, 0]
    )
    classes.get_by_role("button", name="cat").click()
    assert color(page, f"{PANE} .mask", 0.5, 0.5) == [0x59, 0xA1, 0x4F, 255]
    assert color(page, f"{PANE} .mask", 0.02, 0.02) == [0, 0, 0, 0]
    page.get_by_role("slider", name="score at least").fill("0.5")
    assert (boxes(page, SMALL), boxes(page, PANE)) == (3, 3)
    layer = page.get_by_role("group", name="layers").get_by_role("button", name="truth")
    layer.click()
    assert layer.get_attribute("aria-pressed") == "false"
    assert (boxes(page, SMALL), boxes(page, PANE)) == (1, 1)
    page.get_by_role("button", name="show none of the classes").click()
    assert (boxes(page, SMALL), boxes(page, PANE)) == (0, 0)
    page.get_by_role("slider", name="mask opacity").fill("0.2")
    frames(page)
    assert page.locator(f"{SMALL} .mask").evaluate("canvas => canvas.style.opacity") == "0.2"
    assert asked == []


def test_what_is_hidden_stays_hidden_after_a_reload(stand: Stand, page: Any) -> None:
    stand.show(page, both)
    ready(page)
    page.get_by_role("group", name="classes").get_by_role("button", name="dog").click()
    page.get_by_role("slider", name="score at least").fill("0.4")
    stand.show(page, both)
    ready(page)
    assert (boxes(page, SMALL), boxes(page, PANE)) == (2, 2)
    assert page.get_by_role("slider", name="score at least").input_value() == "0.4"


def test_the_wheel_zooms_and_the_whole_is_one_press_away(stand: Stand, page: Any, shot: Any) -> None:
    stand.show(page, both)
    ready(page)
    space = page.locator(f"{PANE} .stage > img")
    whole = space.bounding_box()
    page.locator(f"{PANE} .stage").hover()
    page.mouse.wheel(0, -500)
    frames(page)
    assert space.bounding_box()["width"] > 2 * whole["width"]
    shot("picture-zoomed")
    page.locator(f"{PANE} .stage").press("0")
    frames(page)
    assert space.bounding_box() == whole


def test_a_box_says_its_class_and_score_when_pointed_at(stand: Stand, page: Any, shot: Any) -> None:
    over = {
        "boxes": [
            {"name": "found", "boxes": [{**box(2, (20, 20, 70, 60), 0.75), "caption": "a <b>dog</b>"}]}
        ]
    }
    stand.show(page, lambda: both(over | {"classes": layers()["classes"]}))
    point(page, 45 / 96, 40 / 64)
    tip = page.locator(f"{PANE} .tip")
    assert tip.inner_text().split("\n") == ["dog", "found · score 0.750", "a <b>dog</b>"]
    shot("picture-tip")


def test_a_picture_that_cannot_be_read_is_shown_as_missing(
    stand: Stand, page: Any, tolerated: list[str], shot: Any
) -> None:
    tolerated.append("404")
    stand.show(page, lambda: both(src="api/nowhere"))
    page.get_by_text("this picture cannot be shown").wait_for()
    assert page.get_by_role("img", name="a scene: cannot be shown").count() == 2
    shot("picture-missing")


@pytest.mark.parametrize(
    "over",
    [
        "{not json",
        "[]",
        "null",
        '{"boxes": 3, "masks": "x", "classes": [1]}',
        {
            "boxes": [None, {"boxes": [None, 3, {"x0": "a"}, {"x0": 9, "x1": 1, "y0": 0, "y1": 1}]}],
            "masks": [None],
        },
        {
            "classes": {"1": {"name": {"a": 1}, "color": "url(http://192.0.2.1/x)"}},
            "masks": [{"src": "http://192.0.2.1/m"}],
        },
    ],
)
def test_layers_that_are_no_layers_leave_the_picture_alone(stand: Stand, page: Any, over: Any) -> None:
    stand.show(page, lambda: both(over))
    page.wait_for_function(
        """() => { const find = (root) => [...root.querySelectorAll('*')].flatMap(n => [n, ...(n.shadowRoot ? find(n.shadowRoot) : [])]);
             const images = find(document).filter(n => n.localName === 'img'); return images.length === 2 && images.every(n => n.complete && n.naturalWidth === 96); }"""
    )
    assert boxes(page, PANE) == 0


def test_a_picture_from_another_machine_is_not_asked_for(stand: Stand, page: Any) -> None:
    stand.show(page, lambda: both(src="http://192.0.2.1/picture.png"))
    page.get_by_text("this picture cannot be shown").wait_for()
