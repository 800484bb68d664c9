"""What each key that the help names does, on an open page of sixty rows with the columns id, label, loss and gap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Until = Callable[[Callable[[], bool]], None]


def of_the_help(page: Any, shot: Any) -> set[str]:
    """Opens and closes the help; the keys that it names."""
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Filters and shortcuts")
    said = {key for each in dialog.locator("dt").all_inner_texts() for key in each.split()}
    shot("toolbar-keys")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    return said


def of_the_filter(page: Any) -> None:
    """/, Tab, Shift Enter, Escape, and f."""
    text = page.get_by_role("combobox", name="filter", exact=True)
    page.keyboard.press("/")
    text.press_sequentially("{lab")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Enter")
    assert text.input_value() == "{label\n"
    page.keyboard.press("Escape")
    assert text.input_value() == ""
    page.keyboard.press("f")
    builder = page.get_by_role("dialog", name="filter by a column")
    builder.wait_for()
    page.keyboard.press("Escape")
    builder.wait_for(state="hidden")


def of_the_table(page: Any, until: Until) -> None:
    """Arrows, PgUp, PgDn, Home, End; Space, Shift Space, Ctrl a and Escape. Ends in row 2."""
    page.get_by_role("grid").focus()
    active = page.locator(".cell.active")
    walk = [("ArrowDown", 0), ("ArrowDown", 1), ("End", 59), ("Home", 0)]
    for key, row in [*walk, ("PageDown", None), ("PageUp", 0), ("ArrowDown", 1), ("ArrowUp", 0)]:
        page.keyboard.press(key)
        if row is not None:
            until(lambda row=row: active.locator("..").get_attribute("aria-rowindex") == str(row + 2))
    for key, column in [("ArrowRight", "3"), ("ArrowLeft", "2")]:
        page.keyboard.press(key)
        until(lambda column=column: active.get_attribute("aria-colindex") == column)
    for key in ("Space", "ArrowDown", "ArrowDown", "Shift+Space"):
        page.keyboard.press(key)
    picked = page.locator(".row.picked")
    until(lambda: picked.count() == 3)
    page.keyboard.press("ControlOrMeta+a")
    page.get_by_text("60 rows picked").wait_for()
    page.keyboard.press("Escape")
    until(lambda: picked.count() == 0)


def of_the_detail(page: Any, until: Until) -> None:
    """Enter, w, j, k and Escape, from row 2."""
    page.keyboard.press("Enter")
    page.get_by_text("row 2", exact=True).wait_for()
    drawer = page.locator(".vt-drawer")
    narrow = drawer.bounding_box()["width"]
    page.keyboard.press("w")
    until(lambda: drawer.bounding_box()["width"] > narrow)
    page.keyboard.press("w")
    until(lambda: drawer.bounding_box()["width"] == narrow)
    page.keyboard.press("j")
    page.get_by_text("row 3", exact=True).wait_for()
    page.keyboard.press("k")
    page.get_by_text("row 2", exact=True).wait_for()
    page.keyboard.press("Escape")
    until(drawer.is_hidden)


def of_a_title(page: Any, until: Until) -> None:
    """Alt and arrows, Alt Shift and arrows, a click and a click with Shift."""
    heads = page.locator(".head")
    title = page.locator('.head[data-column="loss"] .title')
    title.focus()
    wide = heads.nth(2).bounding_box()["width"]
    page.keyboard.press("Alt+ArrowRight")
    until(lambda: heads.nth(2).bounding_box()["width"] > wide)
    title.focus()
    page.keyboard.press("Alt+Shift+ArrowLeft")
    until(lambda: heads.nth(1).get_attribute("data-column") == "loss")
    page.locator('.head[data-column="label"] .title').click()
    page.get_by_role("button", name="remove label").wait_for()
    page.locator('.head[data-column="loss"] .title').click(modifiers=["Shift"])
    page.get_by_role("button", name="remove loss").wait_for()
    assert page.get_by_role("button", name="remove label").is_visible()


def of_bars(page: Any, until: Until) -> None:
    """Tab to the bars of a column, arrows, Shift and arrows, Enter, Escape; of a derived column too."""
    text = page.get_by_role("combobox", name="filter", exact=True)
    bars = page.get_by_role("slider", name="filter by the bars of loss")
    bars.and_(page.locator("[aria-valuemax='20']")).wait_for()
    page.get_by_role("button", name="loss: how it is shown and sorted").focus()
    for key in ("Tab", "End", "ArrowLeft", "ArrowRight", *["Shift+ArrowLeft"] * 9):
        page.keyboard.press(key)
    assert bars.get_attribute("aria-valuetext") == "bars 11 to 20 of 20"
    assert bars.locator(".brushed").count() == 1
    page.keyboard.press("Enter")
    page.get_by_text("30 rows of 60").wait_for()
    until(lambda: text.input_value() == "{loss: {$gte: 2.95, $lte: 5.9}}")
    page.keyboard.press("Enter")  # the same again takes it back
    page.get_by_text("60 rows", exact=True).wait_for()
    page.keyboard.press("Escape")
    focused = page.locator('.head[data-column="loss"] .title:focus')
    until(lambda: focused.count() == 1)
    assert bars.locator(".brushed").count() == 0

    page.get_by_role("slider", name="filter by the bars of gap").press("Enter")
    page.get_by_text("3 rows of 60").wait_for()
    assert "gap" in text.input_value()
