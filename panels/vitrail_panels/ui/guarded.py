"""A component of somebody else's script, kept from taking the page down with it."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Any, ClassVar

from panel.custom import JSComponent

_log = logging.getLogger(__name__)

# A `render` that throws leaves Panel's root waiting for ever, which freezes pages that hold a Tabulator;
# a module that cannot be parsed shows nothing at all. So the source is imported by a module of ours.
_MODULE = """
const source = %s;
let loading;
function load() {
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  return (loading ??= (globalThis.importShim ?? ((url) => import(url)))(address));
}
function card(message) {
  const element = document.createElement("div");
  element.setAttribute("role", "alert");
  element.style.cssText = "padding:8px 12px;border:1px solid var(--vt-danger-line,#f6c6c1);border-radius:8px;" +
    "background:var(--vt-danger-soft,#fef1f0);color:var(--vt-danger,#b42318);font:13px/1.45 sans-serif";
  element.textContent = `this drawing failed in the browser: ${message}`;
  return element;
}
export async function render(parts) {
  try {
    const loaded = await load();
    return await (loaded.default?.render ?? loaded.render)(parts);
  } catch (error) {
    const message = String(error?.message ?? error);
    console.warn("vitrail: a drawing failed:", message);
    parts.model.send_msg({ type: "failed", message });
    return card(message);
  }
}
"""


class Guarded(JSComponent):
    """A JavaScript component whose failures become a card and a line in the log.

    A subclass gives `_source`, the text of an ES module with a `render` as Panel wants it. Panel keeps
    modules by the name of their class and the length of their text, so the name gets the text's hash.
    """

    __abstract = True

    _esm = "export function render() {}"
    _source: ClassVar[str] = _esm

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__name__ += hashlib.sha256(cls._source.encode()).hexdigest()[:12]

    @classmethod
    def _render_esm(cls, compiled: Any = True, server: bool = False) -> str:  # noqa: ARG003
        return _MODULE % json.dumps(cls._source)

    def _handle_msg(self, data: Any) -> None:
        if isinstance(data, dict) and data.get("type") == "failed":
            _log.warning("%s failed in the browser: %.500s", type(self).__name__, data.get("message"))
