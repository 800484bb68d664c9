"""Pictures looked at closely: zoom, what is pointed at, versions side by side, and how smooth it stays."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import panel as pn
import pytest
from component_stand import Stand, box, layers, picture
from test_components_picture import PANE, both, color, frames, point, ready

from vitrail_panels.components import Drawing

pytestmark = pytest.mark.browser

Record = Callable[[str, object], None]
WIDE, HIGH = 3840, 2560
HUGE = {"src": f"api/picture?w={WIDE}", "width": str(WIDE), "height": str(HIGH)}


def crowd(many: int, width: int, height: int) -> dict[str, Any]:
    """That many boxes of three classes, and a mask as large as the picture."""
    chance = random.Random(many)
    shapes = []
    for _ in range(many):
        x, y = chance.uniform(0, 0.95) * width, chance.uniform(0, 0.95) * height
        size = chance.uniform(0.01, 0.05) * width
        corners = (x, y, min(x + size, width), min(y + size * 0.8, height))
        shapes.append(box(chance.randint(1, 3), corners, chance.random()))
    masks = [{"name": "ground", "src": f"api/mask?w={width}"}]
    return layers() | {"boxes": [{"name": "found", "boxes": shapes}], "masks": masks}


def beside() -> Drawing:
    """Two versions of a picture, zoomed together."""
    old = layers() | {"boxes": layers()["boxes"][:1]}
    panes = "".join(
        f"<div><b>{name}</b>{picture(over, controls=True)}</div>"
        for name, over in (("v1", old), ("v2", layers()))
    )
    return Drawing(markup=f'<div class="vt-beside vt-linked">{panes}</div>', label="versions", width=900)


def view(page: Any, place: int = 0) -> list[float]:
    """The zoom of a large picture, and the share of it that is at the upper left."""
    found: list[float] = (
        page.locator(PANE)
        .nth(place)
        .evaluate("({stage}) => [stage.view.zoom, stage.view.x, stage.view.y]")
    )
    return found


def held(page: Any, act: str, turns: int) -> list[float]:
    """The milliseconds between frames while `act` is done in each of them to a large picture."""
    times: list[float] = page.locator(PANE).evaluate(
        f"""async (each, turns) => {{
            const frame = () => new Promise(requestAnimationFrame);
            const act = (turn) => {act};
            const times = [];
            let last = await frame();
            for (let turn = 0; turn < turns; turn++) {{
                act(turn);
                const now = await frame();
                times.push(now - last);
                last = now;
            }}
            return times;
        }}""",
        turns,
    )
    return times


def told(times: list[float]) -> str:
    ordered = sorted(times)
    return f"median {ordered[len(ordered) // 2]:.1f} ms, 95 % {ordered[int(len(ordered) * 0.95)]:.1f} ms"


def test_keys_zoom_and_move_and_the_wheel_keeps_the_point_under_it(stand: Stand, page: Any) -> None:
    stand.show(page, both)
    ready(page)
    stage = page.locator(f"{PANE} .stage")
    stage.press("ArrowRight")
    assert view(page) == [1, 0, 0]
    for key in ("+", "+", "ArrowRight", "ArrowDown"):
        stage.press(key)
    zoom, x, y = view(page)
    assert (zoom, x, y) == pytest.approx((1.5625, 0.18 + 0.064, 0.18 + 0.064))
    stage.press("0")
    point(page, 0.75, 0.25)
    page.mouse.wheel(0, -600)
    page.wait_for_function("zoom => zoom", arg=True)
    frames(page)
    zoom, x, y = view(page)
    assert zoom > 2
    assert (x + 0.75 / zoom, y + 0.25 / zoom) == pytest.approx((0.75, 0.25), abs=0.01)


def test_two_fingers_zoom_and_one_moves(stand: Stand, page: Any) -> None:
    stand.show(page, both)
    ready(page)
    area = page.locator(f"{PANE} .stage").bounding_box()
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *places: tuple[float, float]) -> None:
        points = [
            {"x": area["x"] + x * area["width"], "y": area["y"] + y * area["height"], "id": number}
            for number, (x, y) in enumerate(places)
        ]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", (0.4, 0.5), (0.6, 0.5))
    for apart in (0.15, 0.2, 0.25, 0.3):
        fingers("touchMove", (0.5 - apart, 0.5), (0.5 + apart, 0.5))
    fingers("touchEnd")
    zoom, x, y = view(page)
    assert zoom == pytest.approx(3, rel=0.2)
    assert (x + 0.5 / zoom, y + 0.5 / zoom) == pytest.approx((0.5, 0.5), abs=0.05)
    fingers("touchStart", (0.5, 0.5))
    for along in (0.55, 0.6, 0.7):
        fingers("touchMove", (along, 0.5))
    fingers("touchEnd")
    moved = view(page)
    assert moved[0] == zoom
    assert moved[1] == pytest.approx(x - 0.2 / zoom, abs=0.05)


def test_boxes_and_masks_stay_on_their_points_when_zoomed(stand: Stand, page: Any, shot: Any) -> None:
    stand.show(page, lambda: both(layers() | {"boxes": []}))
    ready(page)
    assert color(page, f"{PANE} .mask", 0.1, 0.5)[3] == 0
    page.locator(PANE).evaluate("({stage}) => stage.view.enlarge(8)")
    assert color(page, f"{PANE} .mask", 0.1, 0.5) == [0x59, 0xA1, 0x4F, 255]
    shot("picture-mask-zoomed")


def test_a_mask_and_the_next_box_say_what_they_are(stand: Stand, page: Any) -> None:
    stand.show(page, both)
    ready(page)
    tip = page.locator(f"{PANE} [role=status]")
    point(page, 0.5, 0.75)
    assert tip.is_hidden()
    point(page, 0.3, 0.95)
    assert tip.inner_text().split("\n") == ["dog", "ground"]
    stage = page.locator(f"{PANE} .stage")
    stage.press("]")
    assert tip.inner_text().split("\n") == ["cat", "truth"]
    stage.press("[")
    assert tip.inner_text().split("\n") == ["cow", "found · score 0.200"]
    page.get_by_role("group", name="classes").get_by_role("button", name="cow").click()
    assert tip.is_hidden()


def test_labels_are_shown_or_not(stand: Stand, page: Any, shot: Any) -> None:
    one = layers() | {
        "masks": [],
        "boxes": [{"name": "truth", "boxes": [box(1, (30, 30, 60, 60), 0.5)]}],
    }
    stand.show(page, lambda: both(one))
    ready(page)
    label = (30.4 / 96, 30 / 64 - 0.03)
    assert color(page, f"{PANE} .shapes", *label)[3] == 255
    press = page.get_by_role("button", name="box labels")
    press.press("Enter")
    assert press.get_attribute("aria-pressed") == "false"
    assert color(page, f"{PANE} .shapes", *label)[3] == 0
    shot("picture-no-labels")


def test_versions_side_by_side_are_zoomed_together(stand: Stand, page: Any, shot: Any) -> None:
    stand.show(page, beside)
    ready(page, 2)
    page.locator(f"{PANE} .stage").nth(1).hover()
    page.mouse.wheel(0, -400)
    frames(page)
    first, second = (page.locator(PANE).nth(place) for place in (0, 1))
    assert view(page, 0) == view(page, 1)
    assert view(page, 0)[0] > 2
    images = [each.locator("img").bounding_box() for each in (first, second)]
    stages = [each.locator(".stage").bounding_box() for each in (first, second)]
    offsets = [image["x"] - stage["x"] for image, stage in zip(images, stages, strict=True)]
    assert offsets[0] == pytest.approx(offsets[1], abs=0.5)
    shot("picture-beside-zoomed")
    first.get_by_role("button", name="show the whole picture").click()
    assert view(page, 1) == [1, 0, 0]


def test_a_small_picture_reads_fewer_points_of_a_large_mask(stand: Stand, page: Any) -> None:
    stand.show(page, lambda: both(crowd(10, WIDE, HIGH), **HUGE))
    ready(page)
    kept = page.locator("vt-picture").evaluate_all(
        "all => all.map(({stage}) => [stage.masks[0].mask.width, [...stage.masks[0].mask.areas.keys()]])"
    )
    assert kept == [[256, [0, 1, 2]], [WIDE, [0, 1, 2]]]


def test_a_huge_mask_under_two_thousand_boxes(
    stand: Stand, page: Any, shot: Any, record_property: Record
) -> None:
    large = Drawing(
        markup=picture(crowd(2_000, WIDE, HIGH), controls=True, **HUGE), label="large", width=1000
    )
    stand.show(page, lambda: large)
    ready(page, 1)
    shot("picture-crowd")
    acts = {
        "nothing": "0",
        "zoom": "each.stage.view.enlarge(turn < 15 ? 1.08 : 1 / 1.08, 0.4, 0.4)",
        "move": "(each.stage.view.zoom < 2 && each.stage.view.enlarge(3), each.stage.view.move(0.01 * Math.sin(turn / 9), 0.004))",
        "score": "each.settings.set('score', (turn % 50) / 50)",
        "class": "each.settings.toggle('classes', '1')",
    }
    for name, act in acts.items():
        times = held(page, act, 30)
        assert len(times) == 30
        record_property(f"frames of {name}", told(times))
        print(f"\n{WIDE} x {HIGH}, 2,000 boxes, {name}: {told(times)}", end="")
    shot("picture-crowd-zoomed")


def test_a_class_on_a_page_of_fifty_pictures_sends_nothing(
    stand: Stand, page: Any, shot: Any, record_property: Record
) -> None:
    def fifty() -> pn.Column:
        over = crowd(40, 960, 640)
        each = {"src": "api/picture?w=960", "width": "960", "height": "640"}
        small = f'<div style="height:80px;display:inline-block;margin:2px">{picture(over, **each)}</div>'
        large = Drawing(markup=picture(over, controls=True, **each), label="large", width=420)
        return pn.Row(Drawing(markup=49 * small, label="small", width=900), large)

    sent: list[Any] = []

    def note(frame: Any) -> None:
        sent.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", note))
    stand.show(page, fifty)
    ready(page, 50)
    assert sent, "the page's own messages are seen"
    page.wait_for_timeout(300)
    sent.clear()
    page.on("request", lambda request: sent.append(request.url))
    cat = page.get_by_role("group", name="classes").get_by_role("button", name="cat")
    took = [
        cat.evaluate(
            """async (button) => {
                const began = performance.now();
                button.click();
                await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
                return performance.now() - began;
            }"""
        )
        for _ in range(11)
    ]
    assert page.locator("vt-picture").evaluate_all(
        "all => all.every(({stage}) => stage.seen.length > 0 && stage.seen.every(({box}) => box.id !== 1))"
    )
    shot("pictures-fifty")
    page.wait_for_timeout(300)
    assert sent == []
    record_property("toggle of 50 pictures", told(took))
    print(f"\na class of 50 pictures, click to drawn: {told(took)}", end="")
