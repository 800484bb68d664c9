"""The shell around the parts: themes, drawer, and nothing in a string that could run."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import panel as pn
import pytest
from component_stand import CLASSES, PLOT, Stand, column, layers, picture

from vitrail_panels.components import Crumbs, Drawer, Drawing, Grid, Sidebar, Toolbar
from vitrail_panels.ui.guarded import Guarded
from vitrail_panels.ui.shell import Shell

UI = Path(__file__).parents[2] / "panels" / "vitrail_panels" / "ui"

pytestmark = pytest.mark.browser

# What strangers write where a name is asked for.
EVIL = (
    """<img src=x onerror="window.ran='img'"><script>window.ran='script'</script>"""
    """<svg onload="window.ran='svg'"></svg>"'><b onmouseover="window.ran='b'">`${window.ran='tick'}`"""
)
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' blob:; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self' ws: blob:; img-src 'self' data: blob:"
)


def parts(name: str = "predictions", cell: str = "") -> dict[str, Any]:
    """A whole page whose every string is `name`, as far as one is given."""
    columns = [
        column("image", type="Image", glyph="IMG", visualizer="image", align="", width=180),
        column(name, type=name, visualizer=name, choices=[name, "text"], align=""),
        column("loss", type="List(Number)", glyph="LIST", visualizer="histogram", align=""),
    ]
    source = {"artifact": f"{name}:v1", "entry": name}
    entries = [
        {"name": name, "kind": "table", "rows": 1797},
        {"name": "joined", "kind": "table", "rows": 3},
    ]
    versions = [
        {"version": f"v{n}", "aliases": [name], "created": name, "entries": entries} for n in (1, 0)
    ]
    error = {"message": name, "hint": name, "line": 1, "column": 2, "start": 0, "stop": 4}
    evil = name == EVIL
    toolbar = Toolbar(
        where=name if evil else "{$gt: ['$score', 0.5]}",
        error=error if evil else None,
        reading=name if evil else "expression",
        columns=[{"name": name, "type": name}],
        operators=["$gt"],
        group=[name],
        sort=[{"by": name, "descending": True}],
        compare=[source | {"color": name if evil else "#f28e2b"}],
        versions=[source],
        status=name if evil else "1,797 rows",
        warnings=[name] if evil else [],
    )
    grid = Grid(
        columns=columns,
        headers={"loss": cell or PLOT},
        total=500,
        row_height=76,
        source="api/window?n=500",
    )
    detail = pn.Column(
        Drawing(markup=picture(controls=True) + cell, label=name), sizing_mode="stretch_width"
    )
    return {
        "crumbs": Crumbs(parts=["digits", name], labels=[name] if evil else ["v1", "latest"]),
        "sidebar": Sidebar(
            tree=[{"type": name, "names": [{"name": name, "versions": versions}]}],
            current=source,
            compared=[f"{name}:v0"],
        ),
        "toolbar": toolbar,
        "stage": grid,
        "drawer": Drawer(open=True, title=name if evil else "row 12", note="of 1,797"),
        "detail": detail,
    }


def shell(stand: Stand, page: Any, query: str = "", **other: Any) -> dict[str, Any]:
    made: dict[str, Any] = {}

    def make() -> Shell:
        made.clear()
        made.update(parts(**other))
        return Shell(**made, project=other.get("name", "digits"))

    stand.cells = lambda _, row, wide: [
        picture(),
        other.get("cell") or f"<span>class {row % 10}</span>",
        other.get("cell") or PLOT,
    ]
    stand.show(page, make, query)
    page.wait_for_selector(".row:not(.loading)")
    page.wait_for_selector("vt-picture[controls] .toggle")
    return made


def test_nothing_that_strangers_wrote_runs(
    stand: Stand, page: Any, tolerated: list[str], shot: Any
) -> None:
    tolerated.append("404")  # the pictures named in the markup that a server forgot to escape
    over = layers()
    for layer in (*over["boxes"], *over["masks"]):
        layer["name"] = EVIL
    over["classes"] = {key: {"name": EVIL, "color": EVIL} for key in CLASSES}
    over["boxes"][0]["boxes"][0]["caption"] = EVIL
    shell(stand, page, name=EVIL, cell=EVIL + picture(over, label=EVIL))
    page.locator(".more").nth(1).click()
    page.wait_for_selector("[role=menu]")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="group by").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Help").click()
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.locator(".cell b").first.hover()
    page.wait_for_timeout(300)
    shot("page-hostile")
    assert page.evaluate("() => window.ran") is None
    assert EVIL in page.title()
    assert page.locator(".title .name").nth(1).text_content() == EVIL


def test_markup_loads_nothing_from_elsewhere_and_keeps_the_rest(stand: Stand, page: Any) -> None:
    away = "http://192.0.2.1/a.png"
    markup = (
        f'<p style="background:url({away})">kept</p><img src="{away}"><img srcset="{away} 2x"><video poster="{away}">'
        f'</video><svg width="9" height="9"><image href="{away}" width="9" height="9"/><rect fill="url({away}#a)"'
        ' width="9" height="9"/></svg><a href="javascript:window.ran=1">link</a><input background="x">'
        f'<vt-picture src="{away}" layers="{{}}"></vt-picture><style>@import "{away}";</style>'
        '<svg role="img" aria-label="plot"><rect width="5" height="5" style="fill:var(--vt-mark)"/></svg>'
    )
    stand.show(page, lambda: Drawing(markup=markup, label="drawing", width=300))
    page.get_by_text("kept").wait_for()
    page.get_by_text("link").click()
    fill = page.get_by_role("img", name="plot").locator("rect").evaluate("r => getComputedStyle(r).fill")
    assert fill == "rgb(78, 121, 167)"
    assert page.evaluate("() => window.ran") is None


def test_the_version_that_is_open_is_in_sight_among_many(stand: Stand, page: Any) -> None:
    def names(many: int) -> list[dict[str, Any]]:
        entries = [{"name": "rows", "kind": "table", "rows": 3}]
        versions = [{"version": "v0", "aliases": ["latest"], "created": "", "entries": entries}]
        return [{"name": f"name {number}", "versions": versions} for number in range(many)]

    sidebar = shell(stand, page)["sidebar"]
    current = {"artifact": "name 79:v0", "entry": "rows"}
    sidebar.param.update(tree=[{"type": "dataset", "names": names(100)}], current=current)
    page.get_by_title("name 79:v0").wait_for()
    place = page.locator(".pick[aria-current]").bounding_box()
    assert 0 < place["y"] < page.viewport_size["height"] - place["height"]


def test_the_page_works_under_a_policy_without_eval(stand: Stand, page: Any) -> None:
    stand.policy = POLICY
    shell(stand, page)
    page.get_by_role("button", name="Light or dark").click()
    page.get_by_role("group", name="classes").get_by_role("button", name="cat").click()
    page.keyboard.press("/")
    assert page.evaluate("() => document.documentElement.dataset.theme") == "dark"


def test_the_theme_is_toggled_and_kept(stand: Stand, page: Any, shot: Any) -> None:
    def ground() -> list[str]:
        return [
            page.locator(place).evaluate("node => getComputedStyle(node).backgroundColor")
            for place in ("body", ".vt-top", "[role=grid]")
        ]

    shell(stand, page)
    light = ground()
    shot("page-light")
    page.get_by_role("button", name="Light or dark").click()
    dark = ground()
    assert all(one != other for one, other in zip(light, dark, strict=True))
    shell(stand, page)
    assert ground() == dark
    shot("page-dark")


def test_the_drawer_makes_room_and_gives_it_back(stand: Stand, page: Any, until: Any, shot: Any) -> None:
    made = shell(stand, page)
    heard: list[Any] = []
    made["drawer"].listen(heard.append)
    narrow = page.get_by_role("grid").bounding_box()["width"]
    page.keyboard.press("j")
    until(lambda: heard == [{"type": "step", "by": 1}])
    page.keyboard.press("Escape")
    until(lambda: heard[1:] == [{"type": "close"}])
    made["drawer"].open = False
    page.locator(".vt-drawer").wait_for(state="hidden")
    assert page.get_by_role("grid").bounding_box()["width"] > narrow + 300
    shot("page-without-drawer")


def test_nothing_on_the_page_is_wider_than_the_page(stand: Stand, page: Any, shot: Any) -> None:
    for width in (1400, 1000, 720):
        page.set_viewport_size({"width": width, "height": 800})
        made = shell(stand, page, name="a-name-that-is-much-longer-than-there-is-any-room-for-it")
        made["drawer"].open = False
        page.locator(".vt-drawer").wait_for(state="hidden")
        assert page.evaluate("() => document.documentElement.scrollWidth") == width
        shot(f"page-{width}")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("export function render() { throw new Error('boom <b>'); }", "boom <b>"),
        ("export function render( { nonsense", "this drawing failed in the browser"),
    ],
)
def test_a_strangers_script_that_fails_is_a_card(
    stand: Stand, page: Any, tolerated: list[str], until: Any, source: str, said: str
) -> None:
    tolerated.append("Parse error")
    heard: list[Any] = []

    class Strange(Guarded):
        _source = source

        def _handle_msg(self, data: Any) -> None:
            super()._handle_msg(data)
            heard.append(data)

    stand.show(page, lambda: pn.Column(Strange(height=60), Drawing(markup="<p>still here</p>")))
    card = page.get_by_role("alert")
    card.wait_for()
    assert said in card.inner_text()
    assert page.get_by_text("still here").is_visible()
    until(lambda: [message["type"] for message in heard] == ["failed"])


def test_a_strangers_script_that_works_is_drawn(stand: Stand, page: Any) -> None:
    class Kind(Guarded):
        _source = "export function render() { const b = document.createElement('b'); b.textContent = 'kind'; return b; }"

    stand.show(page, lambda: Kind(height=60))
    page.get_by_text("kind").wait_for()


def test_the_bundles_are_made_of_the_sources_that_lie_beside_them() -> None:
    made = hashlib.sha256()
    for path in sorted(
        path.relative_to(UI).as_posix() for path in (UI / "src").rglob("*") if path.is_file()
    ):
        made.update(f"{path}\n".encode() + (UI / path).read_bytes())
    found = (UI / "dist" / "sources.sha256").read_text().strip()
    assert found == made.hexdigest(), "run `npm run build` in panels/vitrail_panels/ui"


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_told_from_its_ground(stand: Stand, page: Any, theme: str) -> None:
    shell(stand, page, f"?theme={theme}")
    style = page.evaluate(
        """() => { const all = getComputedStyle(document.documentElement); const found = {};
             for (const name of ['fg', 'soft', 'muted', 'accent', 'danger', 'warn', 'on-accent', 'bg', 'surface', 'raised', 'sunken',
               'hover', 'accent-soft', 'danger-soft', 'warn-soft']) found[name] = all.getPropertyValue('--vt-' + name).trim(); return found; }"""
    )
    assert all(re.fullmatch(r"#[0-9a-f]{6}", color) for color in style.values()), style
    grounds = ["bg", "surface", "raised", "sunken", "hover", "accent-soft"]
    pairs = [(text, ground) for text in ("fg", "soft", "accent") for ground in grounds]
    pairs += [("muted", ground) for ground in grounds]
    pairs += [
        ("danger", "danger-soft"),
        ("danger", "bg"),
        ("warn", "warn-soft"),
        ("on-accent", "accent"),
    ]
    weak = {pair: round(_contrast(style[pair[0]], style[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}
