// The elements that the grid is made of.

import { html } from "../dom.js";

const quiet = { role: "presentation" };

/** What scrolls in a box, below the heads, and what is said beside it. */
export function parts(notices) {
  const heads = html("div", { class: "heads", role: "row", "aria-rowindex": "1" });
  const layer = html("div", { class: "layer", role: "rowgroup" });
  const spacer = html("div", { class: "spacer", ...quiet });
  const top = html("div", { class: "top", role: "rowgroup" }, heads);
  const box = html("div", { class: "box", ...quiet }, html("div", { class: "content", ...quiet }, top, layer, spacer));
  const table = html("div", { class: "grid", role: "grid", tabindex: "0", "aria-label": "table", "aria-readonly": "true" }, box, notices);
  return { heads, layer, spacer, box, table };
}
