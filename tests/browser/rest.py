"""When a page is at rest: nothing is worked out, fetched or moved any more."""

from __future__ import annotations

from typing import Any

AT_REST = """() => {
  const within = (root) => [...root.querySelectorAll('*')].flatMap((node) => [node, ...(node.shadowRoot ? within(node.shadowRoot) : [])]);
  const nodes = within(document);
  const works = (node) => node.matches('[aria-busy=true], [role=progressbar]') && node.checkVisibility();
  const loads = (node) => node.matches('img[src]:not([loading=lazy])') && node.checkVisibility() && !node.complete;
  return !nodes.some((node) => works(node) || loads(node)) && document.getAnimations().length === 0;
}"""


def at_rest(page: Any) -> None:
    """Waits until no part says that it is busy, every picture is here and nothing moves."""
    page.wait_for_function(AT_REST)
    page.evaluate("() => document.fonts.ready")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.wait_for_function(AT_REST)
