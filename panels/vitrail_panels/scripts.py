"""The scripts that strangers' panes bring for the browser: run as modules, and watched while they run."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any

import panel as pn
from panel.custom import AnyWidgetComponent, ReactComponent, ReactiveESM
from panel.viewable import Viewable, Viewer

from vitrail.errors import Invalid
from vitrail_panels.components import Drawing

_OURS = frozenset({"panel", "panel_material_ui", "vitrail_panels"})
_FAILED = "vitrail_failed"
_MOST_LETTERS = 2000
# Runs a script in a module of its own, so that what it raises when it is read stops nothing but itself.
# What it raises later is known by the name that its source has for the browser.
_AROUND = """\
const name = NAME
const url = URL.createObjectURL(new Blob([SOURCE + "\\n//# sourceURL=" + name], {type: "text/javascript"}))
const said = (error) => error instanceof Error ? `${error.name}: ${error.message}` : String(error)
let guest = null, trouble = ""
try {
  guest = await importShim(url)
  URL.revokeObjectURL(url)
  const own = guest.default
  guest = own?.[KIND] ?? (typeof own === "function" ? own() : own) ?? guest
  if (typeof guest.render !== "function") trouble = "it exports no function render"
} catch (error) { trouble = said(error) }

const telling = new Map()
const heard = (error, place) => {
  if (`${place} ${error?.stack}`.includes(name)) for (const send of telling.values()) send(said(error))
}
addEventListener("error", (event) => heard(event.error ?? event.message, event.filename))
addEventListener("unhandledrejection", (event) => heard(event.reason, ""))

export default {
  initialize(given) {
    if (trouble) return
    try { return guest.initialize?.(given) } catch (error) { trouble = said(error) }
  },
  render(given) {
    const { view } = given
    for (const model of [view.model, view.model.data]) {
      // Bokeh takes what came from the server last for new, and would send it back whole.
      view.model.document?._new_models?.delete(model)
    }
    const send = (detail) => view.model_proxy.send_event(EVENT, new CustomEvent(EVENT, {detail}))
    telling.set(view, send)
    view.model_proxy.on("lifecycle:remove", () => telling.delete(view))
    if (trouble) return send(trouble)
    try {
      const drawn = guest.render(view.adapter ? {...given, model: view.adapter} : given)  // an AnyWidget's
      if (drawn instanceof Promise) drawn.catch((error) => send(said(error)))
      return drawn
    } catch (error) { send(said(error)) }
  },
}
"""
_WORD = re.compile(r"\b(NAME|SOURCE|KIND|EVENT)\b")


def scripts_watched(pane: Any, failed: Callable[[str], Any]) -> Any:
    """A pane whose scripts are watched: one that fails in the browser gives way to a card.

    Args:
        pane: what a visualizer drew.
        failed: makes the card, as markup, of what the browser said.

    Raises:
        Invalid: a script cannot run here.
    """
    if isinstance(pane, list | tuple):
        return [scripts_watched(part, failed) for part in pane]
    if not isinstance(pane, Viewable | Viewer):
        return pane
    shown: Any = pn.panel(pane)
    guests = list(_guests(shown))
    if not guests:
        return pane
    room = pn.Column(shown, sizing_mode="stretch_width", margin=0)

    def give_way(said: str) -> None:
        if room.objects == [shown]:
            room[:] = [Drawing(markup=str(failed(said)))]

    for guest in guests:
        _watch(guest, give_way)
    return room


def _guests(shown: Any) -> Iterator[ReactiveESM]:
    """The parts with a script that neither we nor Panel brought, and that nobody watches yet."""
    for part in shown.select(ReactiveESM):
        ours = type(part).__module__.partition(".")[0] in _OURS
        if not ours and "_render_esm" not in vars(part):
            yield part


def _watch(guest: ReactiveESM, give_way: Callable[[str], None]) -> None:
    kind = type(guest).__name__
    if isinstance(guest, ReactComponent) and not isinstance(guest, AnyWidgetComponent):
        raise Invalid(
            f"{kind} is a ReactComponent, which fetches React from another machine; "
            "a pane with a script of its own is a JSComponent or an AnyWidgetComponent"
        )
    source = _source(type(guest))
    name = f"{kind}-{sha256(source.encode()).hexdigest()[:12]}.js"
    words = {"NAME": name, "SOURCE": source, "KIND": kind, "EVENT": _FAILED}
    around = _WORD.sub(lambda found: json.dumps(words[found[0]]), _AROUND)
    # Panel keeps modules by the name of their bundle, and hands on the text of one that has no address.
    guest._bundle_path = PurePath(name)
    vars(guest)["_render_esm"] = lambda *_args, **_settings: around
    vars(guest)["_get_properties"] = partial(_properties, guest)
    guest.on_event(_FAILED, lambda event: give_way(_text(event)))


def _properties(guest: ReactiveESM, doc: Any) -> dict[str, Any]:
    """What the browser is told of a part: also of which parameters its class has.

    Panel tells that with the page, when many a class of a plugin is not there yet.
    """
    type(guest)._data_model__initialized = False
    return type(guest)._get_properties(guest, doc)


def _source(kind: type[ReactiveESM]) -> str:
    path = kind._esm_path(compiled=True)
    return textwrap.dedent(Path(path).read_text("utf-8") if path else str(kind._esm))


def _text(event: Any) -> str:
    return str(event.data.get("detail", ""))[:_MOST_LETTERS]
